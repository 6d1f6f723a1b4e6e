"""Do the 95% intervals of audited shares and of their differences cover the truth, and how wide are they?

usage: python -m benchmarks.coverage [--trials 1000] [--seed 1] [--hard] [--trained-on N]
       [--tags TABLE --labels DIR [--units units.csv]] [-o FILE.md]

The truth is the share by labels. A trial draws an audit from the tagged reports – cross-fitted: each tagged by models that never saw it –,
codes it by the labels, and estimates. Trials take turns over cases that are hard in different ways (benchmarks/cases.py). With --tags and
--labels the same is done for other text: a table of `worktag tag --posteriors` and labels of its sentences.

Labels only: the weighted shares in the same audit, with the usual design-based normal interval that knows nothing of the tags; and the same
for a simple random sample of that size, which is what one would draw without tags. Counting: the shares by tags, with the interval that one
would give them if tags were truth (sentences as a random sample).
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.cases import Case, base_case, bundled_population, cases, labelled_population, weakly_tagged
from benchmarks.corpus import write_figures
from benchmarks.hardships import hardships
from pipeline.audit_plan import trust_in
from pipeline.contrast import Places, differences, writing
from pipeline.estimate import LEAST_AUDITED, NORMAL, Sample
from pipeline.sample import CALIBRATED, precision

Array = NDArray[np.float64]
SIZES = (100, 300, 1000)
_COMMON = 0.02
_PILOT = 300


class Tally:
    """Collects covers and widths by case and size, and covers by category."""

    def __init__(self) -> None:
        self.shares: dict[tuple[str, int], list[float]] = defaultdict(list)
        self.differences: dict[tuple[str, int], list[float]] = defaultdict(list)
        self.categories: dict[int, list[tuple[float, int]]] = defaultdict(list)
        self.widths: dict[tuple[str, str, int], list[float]] = defaultdict(list)
        self.rivals: dict[tuple[str, int], list[float]] = defaultdict(list)


def trial(case: Case, size: int, chance: Array, generator: np.random.Generator, tally: Tally) -> None:
    """Draw one audit, estimate, and note what was covered."""
    sample = case.audit(chance, generator)
    shares, truth, key = case.estimate(sample), case.shares, (case.name, size)
    groups = np.flatnonzero(shares.enough)
    if len(groups) < 2:
        return  # by chance
    low, high = shares.interval
    covered = (low <= truth + 1e-9) & (truth - 1e-9 <= high)
    tally.shares[key].append(float(covered[groups].mean()))
    common = truth >= _COMMON
    for code in range(truth.shape[1]):
        inside = common[groups, code]
        tally.categories[code].append((float(covered[groups, code][inside].sum()), int(inside.sum())))
    tally.widths["audited", *key].append(float((high - low)[groups].mean()))
    first, second = (groups[places] for places in np.triu_indices(len(groups), 1))
    unused = Places(case.groups, case.places.report, case.places.paragraph)
    written = writing(case.posteriors, case.weights, case.groups, unused, categories=truth.shape[1], count=case.count)
    found = differences(shares, written, first, second)
    real = truth[first] - truth[second]
    tally.differences[key].append(float(((found.low <= real + 1e-9) & (real - 1e-9 <= found.high)).mean()))
    tally.widths["differences", *key].append(float((found.high - found.low).mean()))
    for name, (point, half) in rivals(case, sample, size, generator).items():
        tally.widths[name, *key].append(float(2 * half[groups].mean()))
        tally.rivals[name, size].append(float((np.abs(point - truth) <= half)[groups].mean()))
        gap = np.abs(point[first] - point[second] - real) <= np.hypot(half[first], half[second])
        tally.rivals[f"{name}, differences", size].append(float(gap.mean()))


def rivals(case: Case, sample: Sample, size: int, generator: np.random.Generator) -> Mapping[str, tuple[Array, Array]]:
    """Return point and half width (groups, categories) of the ways that do without tags, or without an audit."""
    index = np.concatenate(
        [
            generator.permutation(np.flatnonzero(case.groups == group))[: max(round(size * part), 2)]
            for group, part in enumerate(np.bincount(case.groups, minlength=case.count) / len(case.groups))
        ]
    )
    sizes, drawn = (np.bincount(groups, minlength=case.count) for groups in (case.groups, case.groups[index]))
    simple = Sample(index, (drawn / sizes)[case.groups[index]], case.coded[index], index)
    every = np.arange(len(case.truth))
    tags = np.eye(case.posteriors.shape[1])[case.posteriors.argmax(axis=1)]
    counted = Sample(every, np.ones(len(every)), tags, every)
    return {
        "labels only, same audit": labels_only(case, sample),
        "labels only, simple random sample": labels_only(case, simple),
        "counting tags": labels_only(case, counted, as_sample=True),
    }


def labels_only(case: Case, sample: Sample, *, as_sample: bool = False) -> tuple[Array, Array]:
    """Return weighted shares in a sample and half widths of their normal intervals (Särndal et al. 1992, section 5.7)."""
    shape = (case.count, case.posteriors.shape[1])
    point, half, groups = np.zeros(shape), np.zeros(shape), case.groups[sample.index]
    for group in range(case.count):
        inside = groups == group
        weight = case.weights[sample.index][inside] / sample.probability[inside]
        weight /= weight.sum()
        point[group] = weight @ sample.coded[inside]
        rest = 1.0 if as_sample else (1 - sample.probability[inside])[:, None]
        many = inside.sum()
        variance = many / max(many - 1, 1) * (rest * (weight[:, None] * (sample.coded[inside] - point[group])) ** 2).sum(axis=0)
        half[group] = NORMAL * np.sqrt(variance)
    return point, half


def run(found: list[Case], trials: int, seed: int) -> tuple[Tally, Mapping[tuple[str, str, int], float]]:
    """Run ``trials`` audits a size, in turn over the cases; return what was found and the widths that were planned."""
    tally, planned = Tally(), dict[tuple[str, str, int], float]()
    for size in SIZES:
        # Forty groups can't be told from a hundred sentences: where no two groups get enough, there is nothing to cover.
        usable = [(number, case, chance) for number, case in enumerate(found) if _comparable(case, chance := case.chance(size))]
        for number, case, chance in usable:
            pilot = case.audit(case.chance(_PILOT), np.random.default_rng([seed, size, number, _PILOT]))
            at = pilot.index
            trust = trust_in(case.posteriors[at], pilot.coded, case.weights[at], pilot.probability)
            for name, factor in (("planned", CALIBRATED), ("after a pilot", trust)):
                foretold = precision(case.posteriors, case.weights, case.groups, chance, factor).shares
                planned[name, case.name, size] = float(2 * foretold[np.isfinite(foretold).all(axis=1)].mean())
        for number in range(trials):
            _, case, chance = usable[number % len(usable)]
            trial(case, size, chance, np.random.default_rng([seed, size, number]), tally)
    return tally, planned


def _comparable(case: Case, chance: Array) -> bool:
    return int((np.bincount(case.groups, weights=chance) > LEAST_AUDITED - 1e-6).sum()) > 1


def report(tally: Tally, planned: Mapping[tuple[str, str, int], float], codes: tuple[str, ...]) -> list[str]:
    """Return the figures as lines of Markdown."""
    heads = ("case", "audit", "shares", "differences", "width, points", "planned", "after a pilot", "labels only", "ratio")
    lines = [f"| {' | '.join(heads)} |", "| --- " * len(heads) + "|"]
    for name, size in tally.shares:
        key = (name, size)
        width, rival = _mean(tally.widths["audited", *key]), _mean(tally.widths["labels only, same audit", *key])
        foretold = " | ".join(f"{100 * planned[name, *key]:.2f}" for name in ("planned", "after a pilot"))
        figures = f"{100 * width:.2f} | {foretold} | {100 * rival:.2f} | {width / rival:.2f}"
        lines.append(f"| {name} | {size:,} | {_mean(tally.shares[key]):.3f} | {_mean(tally.differences[key]):.3f} | {figures} |")
    shares = [value for values in tally.shares.values() for value in values]
    gaps = [value for values in tally.differences.values() for value in values]
    lines += ["", f"coverage of {len(shares):,} audits: shares {_mean(shares):.3f}, differences {_mean(gaps):.3f}"]
    each = {codes[code]: _ratio(pairs) for code, pairs in tally.categories.items()}
    least = min(each, key=lambda code: each[code])
    lines.append(f"by category (share of 2% or more): {', '.join(f'{code} {value:.3f}' for code, value in each.items())}")
    lines.append(f"least: {least} {each[least]:.3f}")
    for name in ("labels only, same audit", "labels only, simple random sample"):
        lines.append(f"mean width over that of {name}: {_ratio_of_widths(tally, name):.3f}")
    for name in ("planned", "after a pilot"):
        off = {key: abs(_mean(tally.widths["audited", *key]) / planned[name, *key] - 1) for key in tally.shares}
        worst = max(off, key=lambda key: off[key])
        many = sum(value <= 0.15 for value in off.values())
        lines.append(
            f"realised widths against {name}: within 15% in {many} of {len(off)}, off by {np.median(list(off.values())):.1%} in the median, "
            f"{off[worst]:.1%} at most ({worst[0]}, {worst[1]})"
        )
    names = dict.fromkeys(name for name, _ in tally.rivals)
    lines += ["", "coverage of the rivals: " + "; ".join(f"{name} {_mean(_all(tally, name)):.3f}" for name in names)]
    return lines


def _mean(values: list[float]) -> float:
    return float(np.mean(values))


def _ratio(pairs: list[tuple[float, int]]) -> float:
    return sum(hits for hits, _ in pairs) / max(sum(many for _, many in pairs), 1)


def _all(tally: Tally, name: str) -> list[float]:
    return [value for (other, _), values in tally.rivals.items() if other == name for value in values]


def _ratio_of_widths(tally: Tally, name: str) -> float:
    ours = [value for (kind, *_), values in tally.widths.items() if kind == "audited" for value in values]
    theirs = [value for (kind, *_), values in tally.widths.items() if kind == name for value in values]
    return _mean(ours) / _mean(theirs)


def main() -> None:
    """Print the figures, and write them if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=1000, help="audits a size")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--hard", action="store_true", help="the cases of benchmarks/hardships.py instead")
    parser.add_argument("--trained-on", type=int, metavar="N", help="tags of a model that had only N labelled sentences")
    parser.add_argument("--tags", type=Path)
    parser.add_argument("--labels", type=Path)
    parser.add_argument("--units", type=Path)
    parser.add_argument("-o", "--output", type=Path)
    options = parser.parse_args()
    read = labelled_population(options.tags, options.labels, options.units) if options.tags else bundled_population()
    if options.trained_on:
        read = weakly_tagged(*read, options.trained_on, options.seed)
    found = list(hardships(base_case(*read), options.seed)) if options.hard else cases(*read, options.seed)
    tally, planned = run(found, options.trials, options.seed)
    lines = report(tally, planned, read[0].codebook.category_codes)
    write_figures(lines, options.output)


if __name__ == "__main__":
    main()
