"""Prepare the report's differences: the largest as rows, all of them for the page's filters, and a few as findings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup
from numpy.typing import NDArray

from pipeline.chart import bar_svg
from pipeline.compare import Comparison
from pipeline.contrast import LESS, MORE

Integers = NDArray[np.int64]
_MOST_ROWS = 60
_MOST_PACKED = 18_000
_FINDINGS = 6
# What the page calls a verdict, its sign, and its kind; numbered in this order for the page's script.
VERDICTS = (
    ("more", "▲", "writers"),
    ("less", "▼", "writers"),
    ("text_more", "△", "texts"),
    ("text_less", "▽", "texts"),
    ("cannot tell", "?", "unknown"),
)


def difference_rows(comparison: Comparison, table: pd.DataFrame, shown: Integers, say: Mapping[str, str]) -> dict[str, Any]:
    """Return the largest differences as rows, those of emphasis first, and what all of them come to.

    Args:
        comparison: the comparison.
        table: of :func:`pipeline.tables.differences_table`.
        shown: (groups,), whether (1 or 0) the page shows each group.
        say: the report's words.
    """
    audited = comparison.audit is not None
    verdict = _verdicts(table)
    kinds = [VERDICTS[number][2] for number in verdict.tolist()]
    order = _ordered(comparison, table, shown)[:_MOST_ROWS]
    top = float(table["difference"].astype(float).abs().max()) if len(table) else 1.0
    place = {label: number for number, label in enumerate(comparison.main.grouping.labels)}
    codes = {code: number for number, code in enumerate(comparison.codes)}
    rows = [
        _row(row, int(verdict[at]), place, codes, top, say, audited=audited)
        for at, row in zip(order.tolist(), table.iloc[order].to_dict("records"), strict=True)
    ]
    counts = {kind: f"{kinds.count(kind):,}" for kind in ("writers", "texts", "unknown")}
    summary = say["found"].format(**counts) if audited else say["unjudged"]
    lead = say["differences_lead"].format(tests=f"{len(table):,}") if audited else ""
    more = say["shown"].format(shown=len(rows)) if len(rows) < len(table) else ""
    return {"rows": rows, "lead": lead, "summary": summary, "more": more}


def _verdicts(table: pd.DataFrame) -> Integers:
    """Return the number in :data:`VERDICTS` of each row (rows,)."""
    writers, texts = table["verdict"].to_numpy(), table["verdict_text"].to_numpy()
    return np.select([writers == MORE, writers == LESS, texts == MORE, texts == LESS], [0, 1, 2, 3], 4).astype(np.int64)


def _ordered(comparison: Comparison, table: pd.DataFrame, shown: Integers) -> Integers:
    """Return the numbers of the rows whose groups are shown: differences of emphasis, of texts, others; in each the largest first.

    Categories on which coders disagree come last: nothing should be concluded from them.
    """
    place = {label: number for number, label in enumerate(comparison.main.grouping.labels)}
    inside = np.ones(len(table), dtype=bool)
    for name in ("first", "second"):
        inside &= shown[[place[label] for label in table[name]]] == 1
    unreliable = (table["reliability"] == "unreliable").to_numpy()
    size = table["difference"].astype(float).abs().to_numpy()
    order = np.lexsort((-size, _verdicts(table) // 2, unreliable))
    return np.asarray(order[inside[order]])


def _row(
    row: Mapping[Any, Any],
    verdict: int,
    place: Mapping[str, int],
    codes: Mapping[str, int],
    top: float,
    say: Mapping[str, str],
    *,
    audited: bool,
) -> dict[str, Any]:
    word, sign, kind = VERDICTS[verdict]
    low, high = row["low"], row["high"]
    return {
        "first": row["first"],
        "second": row["second"],
        "numbers": f"{place[row['first']]},{place[row['second']]}",
        "category": row["category_name"],
        "code": codes[row["category"]],
        "points": points(row["difference"]),
        "interval": f"{points(low)} … {points(high)}" if low is not None and high is not None else "",
        "bar": Markup(bar_svg(row["difference"], low, high, top)),  # noqa: S704 - numbers only
        "sign": sign if audited else "",
        "word": say[word] if audited else "",
        "kind": kind,
        "down": row["difference"] < 0,
        "weak": row["reliability"],
    }


def points(difference: float) -> str:
    """Return a difference of shares in points, with its sign."""
    return f"{100 * difference:+.1f}".replace("-", "−")


def packed_pairs(comparison: Comparison, table: pd.DataFrame, shown: Integers) -> dict[str, Any]:
    """Return whole pairs of groups for the page's filters: numbers of the groups, and flat, a value a pair and category, in thousandths.

    All pairs where they are few enough, else those with the largest differences.
    """
    many = len(comparison.codes)
    first, second = comparison.main.grouping.pairs()
    pairs = list(dict.fromkeys((_ordered(comparison, table, shown) // many).tolist()))[: max(_MOST_PACKED // many, 1)]
    kept = np.sort(np.array(pairs, dtype=np.int64))
    rows = (kept[:, None] * many + np.arange(many)).ravel()
    numbers = table[["difference", "low", "high"]].astype(float).to_numpy()[rows] * 1000
    packed: dict[str, Any] = {"groups": [[int(first[pair]), int(second[pair])] for pair in kept.tolist()], "all": len(table)}
    packed["verdicts"] = "".join(map(str, _verdicts(table)[rows].tolist()))
    for name, column in zip(("difference", "low", "high"), numbers.T, strict=True):
        packed[name] = [0 if np.isnan(value) else round(value) for value in column.tolist()]
        if name == "difference" and np.isnan(numbers[:, 1]).all():
            break
    packed["unknown"] = [at for at, value in enumerate(numbers[:, 1].tolist()) if np.isnan(value)] if "low" in packed else []
    return packed


def findings(comparison: Comparison, table: pd.DataFrame, shown: Integers, say: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the largest difference of emphasis of each of a few categories, as sentences; none without an audit.

    Args:
        comparison: the comparison.
        table: of :func:`pipeline.tables.differences_table`.
        shown: (groups,), whether (1 or 0) the page shows each group.
        say: the report's words.
    """
    if comparison.audit is None:
        return []
    place = {label: number for number, label in enumerate(comparison.main.grouping.labels)}
    codes = {code: number for number, code in enumerate(comparison.codes)}
    found: dict[str, dict[str, Any]] = {}
    order = _ordered(comparison, table, shown)
    for row in table.iloc[order[_verdicts(table)[order] < 2]].to_dict("records"):
        if row["category"] in found or row["reliability"] == "unreliable" or row["low"] is None:
            continue
        one, other, low, high = row["first"], row["second"], row["low"], row["high"]
        if row["difference"] < 0:
            one, other, low, high = other, one, -high, -low
        found[row["category"]] = {
            "text": say["finding"].format(
                first=one,
                second=other,
                category=row["category_name"],
                points=f"{100 * abs(row['difference']):.1f}",
                low=f"{100 * low:.1f}",
                high=f"{100 * high:.1f}",
            ),
            "numbers": f"{place[one]},{place[other]}",
            "code": codes[row["category"]],
        }
        if len(found) == _FINDINGS:
            break
    return list(found.values())
