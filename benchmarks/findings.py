"""Which differences are found, and which are found that are none?

usage: python -m benchmarks.findings [--repeats 20] [--seed 1] [--tags TABLE --labels DIR [--units units.csv]] [-o FILE.md]

Planted: the bundled units stress different things, and what they stress moves over the years; the labels say by how much. For audits of
several sizes: what share of differences of a size was found, and how often with the wrong sign.

False: every report is split into two random halves, by sentences or by paragraphs; both halves are audited, and compared. Any verdict is a
false finding. One table a report, and one table of all reports.
"""

from __future__ import annotations

import argparse
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.cases import Case, base_case, bundled_population, labelled_population
from benchmarks.corpus import write_figures
from pipeline.contrast import UNKNOWN, adjusted, differences, verdicts, writing
from pipeline.estimate import LEAST_AUDITED

Integers = NDArray[np.int64]
SIZES = (100, 300, 1000)
BINS = (0.0, 0.01, 0.03, 0.05, 0.1, 0.15, 1.0)


def found_by(
    case: Case, size: int, first: Integers, second: Integers, generator: np.random.Generator
) -> dict[str, NDArray[np.int64]]:
    """Draw and code an audit, and return the sign of each verdict (pairs, categories), 0 where there is none, by kind of verdict."""
    shares = case.estimate(case.audit(case.chance(size), generator))
    kinds = case.posteriors.shape[1]
    written = writing(case.posteriors, case.weights, case.groups, case.places, categories=kinds, count=case.count)
    found = differences(shares, written, first, second)
    signs = {}
    for name, p in (("emphasis", found.p), ("texts", found.p_text)):
        verdict = verdicts(found.difference, adjusted(p))
        signs[name] = np.where(verdict == UNKNOWN, 0, np.sign(np.nan_to_num(found.difference))).astype(np.int64)
    return signs


def planted(cases: list[Case], repeats: int, seed: int) -> list[str]:
    """Return the table of planted and found differences."""
    heads = [
        "case",
        "audit",
        "verdict on",
        *(f"{100 * low:g}–{100 * high:g}" for low, high in pairwise(BINS)),
        "wrong sign",
    ]
    lines = [f"| {' | '.join(heads)} |", "| --- " * len(heads) + "|"]
    for case in cases:
        first, second = np.triu_indices(case.count, 1)
        real = case.shares[first] - case.shares[second]
        place = np.digitize(np.abs(real), BINS[1:-1])
        counts = [int((place == number).sum()) for number in range(len(BINS) - 1)]
        lines.append(f"| {case.name}: planted | | | {' | '.join(map(str, counts))} | |")
        for size in SIZES:
            signs: dict[str, list[NDArray[np.int64]]] = {"emphasis": [], "texts": []}
            for repeat in range(repeats):
                for name, values in found_by(case, size, first, second, np.random.default_rng([seed, size, repeat])).items():
                    signs[name].append(values)
            for name, each in signs.items():
                stack = np.stack(each)
                right = stack == np.sign(real)
                cells = [f"{right[:, place == number].mean():.2f}" if many else "–" for number, many in enumerate(counts)]
                many = int((stack != 0).sum())
                wrong = f"{((stack != 0) & ~right).sum() / many:.3f}" if many else "–"
                lines.append(f"| {case.name} | {size:,} | {name} | {' | '.join(cells)} | {wrong} |")
    return lines


def halves(case: Case, how: str, generator: np.random.Generator) -> Case:
    """Return the reports split in random halves; reports too short to audit both halves are left out."""
    half = np.zeros(len(case.truth), dtype=np.int64)
    for report in range(int(case.places.report.max()) + 1):
        members = np.flatnonzero(case.places.report == report)
        parts = case.places.paragraph[members] if how == "paragraphs" else members
        values, inverse = np.unique(parts, return_inverse=True)
        half[members] = (generator.permutation(len(values)) % 2)[inverse]
    groups = 2 * case.places.report + half
    sizes = np.bincount(groups, minlength=2 * (int(case.places.report.max()) + 1)).reshape(-1, 2)
    long = np.asarray(sizes.min(axis=1) >= LEAST_AUDITED)
    part = case.part(f"halves by {how}", long[case.places.report])
    return part.grouped(part.name, [f"{group:06d}" for group in groups[long[case.places.report]].tolist()])


def false_findings(case: Case, repeats: int, seed: int) -> list[str]:
    """Return the shares of false findings among random halves of the same report."""
    heads = (
        "halves by",
        "audited a half",
        "verdict on",
        "of tests, a table a report",
        "of reports with any",
        "of tests, one table",
    )
    lines = [f"| {' | '.join(heads)} |", "| --- " * len(heads) + "|"]
    for how in ("sentences", "paragraphs"):
        for each in (10, 20):
            counted: dict[str, list[tuple[float, float, float]]] = {"emphasis": [], "texts": []}
            for repeat in range(repeats):
                generator = np.random.default_rng([seed, each, repeat])
                split = halves(case, how, generator)
                for name, values in _false(split, each, generator).items():
                    counted[name].append(values)
            for name, rows in counted.items():
                figures = " | ".join(f"{value:.4f}" for value in np.mean(rows, axis=0))
                lines.append(f"| {how} | {each} | {name} | {figures} |")
    return lines


def _false(case: Case, each: int, generator: np.random.Generator) -> dict[str, tuple[float, float, float]]:
    """Return the shares of false findings among pairs of halves, which are neighbouring groups."""
    shares = case.estimate(case.audit(case.chance(each * case.count), generator))
    kinds = case.posteriors.shape[1]
    written = writing(case.posteriors, case.weights, case.groups, case.places, categories=kinds, count=case.count)
    first = np.arange(0, case.count, 2)
    found = differences(shares, written, first, first + 1)
    rates = {}
    for name, p in (("emphasis", found.p), ("texts", found.p_text)):
        own = np.stack([verdicts(found.difference[row], adjusted(p[row])) for row in range(len(first))]) != UNKNOWN
        whole = verdicts(found.difference, adjusted(p)) != UNKNOWN
        rates[name] = (float(own.mean()), float(own.any(axis=1).mean()), float(whole.mean()))
    return rates


def main() -> None:
    """Print the tables, and write them if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tags", type=Path)
    parser.add_argument("--labels", type=Path)
    parser.add_argument("--units", type=Path)
    parser.add_argument("-o", "--output", type=Path)
    options = parser.parse_args()
    read = labelled_population(options.tags, options.labels, options.units) if options.tags else bundled_population()
    base, table = base_case(*read), read[0].table
    cases = [base.grouped("years", table["period"].str[:4].tolist()), base.grouped("units", table["unit"].tolist())]
    if "level" in table:
        cases.insert(1, base.grouped("levels", table["level"].tolist()))
    lines = [*planted(cases, options.repeats, options.seed), "", *false_findings(base, options.repeats, options.seed)]
    write_figures(lines, options.output)


if __name__ == "__main__":
    main()
