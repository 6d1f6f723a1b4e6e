"""Prepare the report's trends: a chart a category for all reports, and the numbers from which the page draws those of a group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from pipeline.chart import Axis, trend_svg
from pipeline.compare import ALL, Comparison
from pipeline.contrast import LESS, MORE
from pipeline.report_data import series_of

_MOST_SERIES = 80


def trend_charts(comparison: Comparison, table: pd.DataFrame, language: str) -> dict[str, Any]:
    """Return the charts of all reports and the numbers of every series; no charts where there are fewer than two periods.

    Args:
        comparison: the comparison.
        table: of :func:`pipeline.tables.trend_table`.
        language: of names.
    """
    names = comparison.names(language)
    periods = sorted(set(table["period"]))
    if len(periods) < 2:
        return {"charts": [], "series": [], "periods": [], "data": None}
    series = list(dict.fromkeys(table["series"]))[: _MOST_SERIES + 1]
    kept = table[table["series"].isin(series)]
    numbers = kept[["share", "low", "high"]].astype(float)
    largest = numbers.max(axis=1).groupby(kept["series"], sort=False).max()
    axes = {name: Axis(tuple(periods), float(largest[name])) for name in series}
    values: dict[str, list[list[Any]]] = {name: [[None] * len(names) for _ in periods] for name in series}
    codes = {code: place for place, code in enumerate(comparison.codes)}
    period_of = {period: place for place, period in enumerate(periods)}
    for row, (share, low, high) in zip(kept.to_dict("records"), numbers.to_numpy().tolist(), strict=True):
        changed = int(row["verdict"] in (MORE, LESS))
        interval = [] if np.isnan(low) else [round(low, 4), round(high, 4)]
        values[row["series"]][period_of[row["period"]]][codes[row["category"]]] = [round(share, 4), changed, *interval]
    charts = [
        {
            "name": name,
            "svg": Markup(trend_svg(axes[ALL], [row[place] for row in values[ALL]])),  # noqa: S704 - numbers and escaped periods
            "figures": [_figure(row[place]) for row in values[ALL]],
        }
        for place, name in enumerate(names)
    ]
    data = {"periods": periods, "tops": [axes[name].top for name in series], "series": series}
    data["values"] = [values[name] for name in series]
    data["counts"] = _counts(comparison, series, periods)
    return {"charts": charts, "series": series, "periods": periods, "data": data}


def _figure(value: Sequence[float] | None) -> str:
    """Return a share, its interval if there is one, and a mark where the emphasis changed; the page's script writes the same."""
    if value is None:
        return "–"
    interval = f" ({100 * value[2]:.1f}–{100 * value[3]:.1f})" if len(value) > 2 else ""
    return f"{100 * value[0]:.1f}{interval}{' ●' if value[1] else ''}"


def _counts(comparison: Comparison, series: Sequence[str], periods: Sequence[str]) -> list[list[list[int]]]:
    """Return how many sentences are tagged with each category, by series and period."""
    table, tags = comparison.population.table[comparison.tagged_in], comparison.population.tags[comparison.tagged_in]
    own = [series_of(comparison, row) for row in table.to_dict("records")]
    counts = np.zeros((len(series), len(periods), len(comparison.codes)), dtype=np.int64)
    places, when = {name: place for place, name in enumerate(series)}, {period: place for place, period in enumerate(periods)}
    for name, period, tag in zip(own, table["period"], tags.tolist(), strict=True):
        counts[0, when[period], tag] += 1
        if places.get(name):
            counts[places[name], when[period], tag] += 1
    rows: list[list[list[int]]] = counts.tolist()
    return rows
