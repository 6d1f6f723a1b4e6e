"""Are audits as precise as `worktag audit plan` says?

usage: python -m benchmarks.plans [--repeats 30] [--seed 1] [--within 2 3 5] [--trained-on N] [--pilot N]
       [--tags TABLE --labels DIR [--units units.csv]] [-o FILE.md]

Plans audits for ±points, draws each many times, codes it by the labels, and sets the mean half width of the intervals against the plan. With
--pilot the plan knows an audit of so many sentences; else it takes the posteriors at their word. --trained-on: tags of a model that had
only so many labelled sentences.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from benchmarks.cases import Case, base_case, bundled_population, labelled_population, weakly_tagged
from benchmarks.corpus import write_figures
from pipeline.audit_plan import trust_in
from pipeline.estimate import NORMAL
from pipeline.sample import CALIBRATED, Trust, precision, smallest

_CLOSE = 0.15


def realised(case: Case, count: int, repeats: int, seed: int, *, pairs: bool) -> list[float]:
    """Return the mean half width of the intervals of each of many audits of ``count`` sentences."""
    chance, widths = case.chance(count), []
    first, second = np.triu_indices(case.count, 1)
    for repeat in range(repeats):
        shares = case.estimate(case.audit(chance, np.random.default_rng([seed, count, repeat])))
        low, high = shares.interval
        half = NORMAL * np.sqrt(shares.variance[first] + shares.variance[second]) if pairs else (high - low) / 2
        widths.append(float(np.nanmean(half)))
    return widths


def planned(case: Case, within: float, trust: Trust, *, pairs: bool) -> tuple[int, float]:
    """Return how many sentences the plan asks for, and the half width that it foretells."""
    need = smallest(case.posteriors, case.weights, case.groups, within, trust, pairs=pairs)
    found = precision(case.posteriors, case.weights, case.groups, case.chance(need), trust)
    return need, float((found.differences if pairs else found.shares).mean())


def rows(case: Case, options: argparse.Namespace) -> list[tuple[str, float]]:
    """Return a line of the table for each plan, and how far the mean of the realised widths is off."""
    trust, found = CALIBRATED, []
    if options.pilot:
        pilot = case.audit(case.chance(options.pilot), np.random.default_rng([options.seed, options.pilot]))
        at = pilot.index
        trust = trust_in(case.posteriors[at], pilot.coded, case.weights[at], pilot.probability)
    for within in options.within:
        for pairs in (False, True)[: 1 + (case.count > 1)]:
            need, half = planned(case, within / 100, trust, pairs=pairs)
            widths = realised(case, need, options.repeats, options.seed, pairs=pairs)
            off = float(np.mean(widths)) / half - 1
            what = "differences" if pairs else "shares"
            figures = f"{need:,} | {100 * half:.2f} | {100 * np.mean(widths):.2f} | {off:+.0%} | {100 * np.std(widths):.2f}"
            found.append((f"| {case.name} | ±{within:g} | {what} | {figures} |", off))
    return found


def main() -> None:
    """Print the table, and write it if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--within", type=float, nargs="+", default=[2.0, 3.0, 5.0])
    parser.add_argument("--trained-on", type=int, metavar="N")
    parser.add_argument("--pilot", type=int, metavar="N")
    parser.add_argument("--tags", type=Path)
    parser.add_argument("--labels", type=Path)
    parser.add_argument("--units", type=Path)
    parser.add_argument("-o", "--output", type=Path)
    options = parser.parse_args()
    read = labelled_population(options.tags, options.labels, options.units) if options.tags else bundled_population()
    if options.trained_on:
        read = weakly_tagged(*read, options.trained_on, options.seed)
    base, table = base_case(*read), read[0].table
    found = [base, base.grouped("years", table["period"].str[:4].tolist()), base.grouped("units", table["unit"].tolist())]
    if "level" in table:
        found.insert(2, base.grouped("levels", table["level"].tolist()))
    each = [row for case in found for row in rows(case, options)]
    heads = ("groups", "asked", "intervals of", "sentences", "planned, points", "realised, mean", "off", "realised, s.d.")
    lines = [f"| {' | '.join(heads)} |", "| --- " * len(heads) + "|", *(line for line, _ in each)]
    close = sum(abs(off) <= _CLOSE for _, off in each)
    lines += ["", f"mean realised width within {_CLOSE:.0%} of the plan: {close} of {len(each)}"]
    write_figures(lines, options.output)


if __name__ == "__main__":
    main()
