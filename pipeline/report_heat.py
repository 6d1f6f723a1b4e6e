"""Prepare the report's heat map, what is known of each of its cells, and the bars of stages."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.compare import Comparison, Measured, stage_shares
from pipeline.estimate import weighted_shares
from pipeline.indicative import Range, indicative_range
from pipeline.population import Grouping
from pipeline.report_words import report_words

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
_LEVELS = 10


def heat_map(comparison: Comparison, shown: Integers, language: str) -> dict[str, Any]:
    """Return columns and rows of the heat map; the first row is all reports.

    Args:
        comparison: the comparison.
        shown: (groups,), whether (1 or 0) the page shows each group.
        language: of names.
    """
    measured, say = comparison.main, report_words(language)
    whole = _whole(comparison)
    top = max(float(np.quantile(measured.best[shown == 1], 0.98)), 1e-9)
    rows = [_row(comparison, whole, 0, -1, top, say["no_interval"])]
    rows += [_row(comparison, measured, number, number, top, say["no_interval"]) for number in np.flatnonzero(shown).tolist()]
    agreement = comparison.settings.agreement or {}
    columns = [
        {"name": name, "reliability": comparison.reliability(code), "alpha": f"{agreement[code]:.2f}" if code in agreement else ""}
        for code, name in zip(comparison.codes, comparison.names(language), strict=True)
    ]
    cut = say["heat_cut"].format(shown=int(shown.sum()), all=len(shown)) if not shown.all() else ""
    return {"columns": columns, "rows": rows, "cut": cut, "levels": range(_LEVELS + 1)}


def _whole(comparison: Comparison) -> Measured:
    return comparison.measure(Grouping(("",), (("*",),), np.zeros(len(comparison.population.table), dtype=np.int64)))


def _row(comparison: Comparison, measured: Measured, number: int, group: int, top: float, no_interval: str) -> dict[str, Any]:
    cells, indicated = [], _indicated(comparison, measured)
    low, high = measured.audited.interval if measured.audited is not None else (None, None)
    flips = _flips(measured)
    for place, code in enumerate(comparison.codes):
        share, extra = float(measured.best[number, place]), ""
        if low is not None and high is not None and not np.isnan(low[number, place]):
            extra = f"±{50 * (high[number, place] - low[number, place]):.1f}"
        elif indicated is not None:
            extra = f"≈{100 * indicated.low[number, place]:.1f}–{100 * indicated.high[number, place]:.1f}"
        elif measured.audited is not None:
            extra = no_interval
        cells.append(
            {
                "value": f"{100 * share:.1f}",
                "extra": extra,
                "level": min(round(_LEVELS * share / top), _LEVELS),
                "weak": comparison.reliability(code),
                "flips": bool(flips[number, place]),
            }
        )
    return {"label": measured.grouping.labels[number], "group": group, "cells": cells}


def _indicated(comparison: Comparison, measured: Measured) -> Range | None:
    """Return the range of an unaudited comparison."""
    scale = comparison.settings.scale
    return indicative_range(measured.expected, measured.spread, scale) if scale is not None and comparison.audit is None else None


def _flips(measured: Measured) -> NDArray[np.bool_]:
    """Return whether a category's place within its group (groups, categories) differs by characters and by sentences."""
    ranks = [(-shares).argsort(axis=1, kind="stable").argsort(axis=1) for shares in (measured.counted, measured.by_sentences)]
    return np.asarray(ranks[0] != ranks[1])


def packed_figures(comparison: Comparison) -> list[list[list[int]]]:
    """Return what is known of each cell, in thousandths: all reports first, then the groups.

    A cell is the share, counted and expected share, counted share by sentences, whether its rank flips, and the ends of its interval if it
    has one: of an unaudited comparison those of the indicative range.
    """
    packed = []
    for measured in (_whole(comparison), comparison.main):
        indicated = _indicated(comparison, measured)
        low, high = measured.audited.interval if measured.audited is not None else (None, None)
        if indicated is not None:
            low, high = indicated.low, indicated.high
        columns = [measured.best, measured.counted, measured.expected, measured.by_sentences]
        flips = _flips(measured)
        for group in range(len(measured.grouping.keys)):
            cells = [
                [*(round(1000 * float(column[group, code])) for column in columns), int(flips[group, code])]
                for code in range(len(comparison.codes))
            ]
            if low is not None and high is not None:
                for code, cell in enumerate(cells):
                    if not np.isnan(low[group, code]):
                        cell += [round(1000 * float(end[group, code])) for end in (low, high)]
            packed.append(cells)
    return packed


def stage_bars(comparison: Comparison, shown: Integers, language: str) -> dict[str, Any]:
    """Return the bars of stages: of each category over all reports, and of each group.

    Args:
        comparison: the comparison.
        shown: (groups,), whether (1 or 0) the page shows each group.
        language: of names.
    """
    population, names = comparison.population, comparison.names(language)
    book, groups = population.codebook, comparison.main.grouping.labels
    by_group = stage_shares(comparison)
    by_category = np.vstack(
        [
            weighted_shares(
                population.stage,
                population.weights * population.category[:, code],
                np.zeros(len(population.table), dtype=np.int64),
                1,
            )
            for code in range(len(names))
        ]
    )
    return {
        "names": [book.name(code, language) for code in book.stage_codes],
        "categories": [
            {"label": name, "number": f"k{code}", "parts": _parts(by_category[code])} for code, name in enumerate(names)
        ],
        "groups": [
            {"label": groups[group], "number": str(group), "parts": _parts(by_group[group])}
            for group in np.flatnonzero(shown).tolist()
        ],
    }


def _parts(shares: Array) -> list[dict[str, Any]]:
    starts = np.concatenate([[0.0], np.cumsum(shares)])
    return [
        {"stage": number, "x": f"{100 * starts[number]:.2f}", "width": f"{100 * share:.2f}", "value": f"{100 * share:.0f}"}
        for number, share in enumerate(shares.tolist())
    ]


def stage_counts(comparison: Comparison) -> dict[str, list[list[int]]]:
    """Return how many sentences are tagged with each stage, by group and by category."""
    population, stages = comparison.population, len(comparison.population.codebook.stages)
    counts = {}
    for name, rows, many in (
        ("groups", comparison.main.grouping.member, len(comparison.main.grouping.keys)),
        ("categories", population.tags, len(comparison.codes)),
    ):
        table = np.zeros((many, stages), dtype=np.int64)
        np.add.at(table, (rows, population.stage_tags), 1)
        counts[name] = table.tolist()
    return counts
