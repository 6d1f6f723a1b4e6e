"""The tables of a comparison: shares, differences, trends. Cells that aren't known are empty, never NaN."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.compare import ALL, Comparison, trend_groupings
from pipeline.contrast import Differences, adjusted, verdicts
from pipeline.indicative import indicative_range
from pipeline.population import SEPARATOR
from pipeline.terms import Term

Integers = NDArray[np.int64]
_DIGITS = 6
DIFFERENCE_COLUMNS = (
    "pair",
    "first",
    "second",
    "category",
    "category_name",
    "difference",
    "low",
    "high",
    "p",
    "q",
    "verdict",
    "p_text",
    "q_text",
    "verdict_text",
    "reliability",
)
_TREND_NAMES = {
    "share_low": "low",
    "share_high": "high",
    "difference": "change",
    "low": "change_low",
    "high": "change_high",
}
TREND_COLUMNS = (
    "series",
    "period",
    "category",
    "category_name",
    "share",
    "low",
    "high",
    "method",
    "change",
    "change_low",
    "change_high",
    "p",
    "q",
    "verdict",
    "p_text",
    "q_text",
    "verdict_text",
)
TERM_COLUMNS = ("group", "term", "z", "log_odds", "count", "elsewhere", "documents")


def emphasis_table(comparison: Comparison, language: str) -> pd.DataFrame:
    """Return the shares: a row a group and category. Empty cells are not known.

    ``rank`` and ``rank_by_count`` are the category's place within its group by characters and by number of sentences; ``flips`` is 1 where
    they differ. ``indicative_low`` and ``indicative_high`` go by the errors on the training reports and are no confidence interval.
    """
    measured, names = comparison.main, comparison.names(language)
    scale = comparison.settings.scale
    indicated = indicative_range(measured.expected, measured.spread, scale) if scale is not None else None
    low, high = measured.audited.interval if measured.audited is not None else (None, None)
    rows = []
    for number, label in enumerate(measured.grouping.labels):
        ranks = [(-shares[number]).argsort(kind="stable").argsort() + 1 for shares in (measured.counted, measured.by_sentences)]
        for place, code in enumerate(comparison.codes):
            cell = (number, place)
            rows.append(
                {
                    "group": label,
                    "category": code,
                    "category_name": names[place],
                    "counted": _rounded(measured.counted[cell]),
                    "expected": _rounded(measured.expected[cell]),
                    "audited": _rounded(measured.audited.point[cell]) if measured.audited else None,
                    "low": _rounded(low[cell]) if low is not None else None,
                    "high": _rounded(high[cell]) if high is not None else None,
                    "method": measured.method(number),
                    "sentences": measured.sentences[cell],
                    "characters": measured.characters[cell],
                    "audited_sentences": measured.audited.audited[number] if measured.audited else 0,
                    "counted_by_sentences": _rounded(measured.by_sentences[cell]),
                    "rank": ranks[0][place],
                    "rank_by_count": ranks[1][place],
                    "flips": int(ranks[0][place] != ranks[1][place]),
                    "indicative_low": _rounded(indicated.low[cell]) if indicated else None,
                    "indicative_high": _rounded(indicated.high[cell]) if indicated else None,
                    "reliability": comparison.reliability(code),
                }
            )
    return pd.DataFrame(rows, dtype=object)


def differences_table(comparison: Comparison, language: str) -> pd.DataFrame:
    """Return the differences between all pairs of groups that differ in one factor: a row a pair and category.

    ``verdict`` is of the writers' emphasis, ``verdict_text`` of these texts as they stand (:mod:`pipeline.contrast`).
    """
    measured, names = comparison.main, comparison.names(language)
    first, second = measured.grouping.pairs()
    labels = np.array(measured.grouping.labels, dtype=object)
    columns: dict[str, Any] = {
        "pair": np.repeat(labels[first] + " − " + labels[second], len(names)),
        "first": np.repeat(labels[first], len(names)),
        "second": np.repeat(labels[second], len(names)),
        "category": np.tile(np.array(comparison.codes, dtype=object), len(first)),
        "category_name": np.tile(np.array(names, dtype=object), len(first)),
        **_raw(comparison.contrast(measured, first, second)),
        "reliability": np.tile(np.array([comparison.reliability(code) for code in comparison.codes], dtype=object), len(first)),
    }
    return _judged(pd.DataFrame(columns))[list(DIFFERENCE_COLUMNS)]


def _raw(found: Differences) -> dict[str, Any]:
    """Return differences, ends and p-values, flat: a row a pair and category."""
    values = {"difference": found.difference, "low": found.low, "high": found.high, "p": found.p, "p_text": found.p_text}
    return {name: array.ravel() for name, array in values.items()}


def _judged(table: pd.DataFrame) -> pd.DataFrame:
    """Add q-values and verdicts; the false discovery rate is held over the whole table. Round, and leave empty what isn't known."""
    difference = table["difference"].to_numpy(dtype=np.float64)
    for end in ("", "_text"):
        q = adjusted(table[f"p{end}"].to_numpy(dtype=np.float64))
        table[f"q{end}"], table[f"verdict{end}"] = q, verdicts(difference, q)
    for name in ("difference", "low", "high", "p", "q", "p_text", "q_text"):
        table[name] = pd.Series([_rounded(value) for value in table[name].to_numpy(dtype=np.float64)], table.index, dtype=object)
    return table


def trend_table(comparison: Comparison, language: str) -> pd.DataFrame:
    """Return shares by period with the change from the period before: a row a series, period and category; series ``*`` is all reports.

    A year is compared with the year before, a first half with the first half before.
    """
    names, frames = comparison.names(language), []
    for _, grouping in trend_groupings(comparison):
        measured = comparison.measure(grouping)
        count, kinds = len(grouping.keys), len(names)
        series = np.array([SEPARATOR.join(key[:-1]) or ALL for key in grouping.keys], dtype=object)
        later, earlier = _successions([(name, key[-1]) for name, key in zip(series, grouping.keys, strict=True)])
        found = _raw(comparison.contrast(measured, later, earlier))
        low, high = measured.audited.interval if measured.audited else (np.full_like(measured.best, np.nan),) * 2
        columns: dict[str, Any] = {
            "series": np.repeat(series, kinds),
            "period": np.repeat(np.array([key[-1] for key in grouping.keys], dtype=object), kinds),
            "category": np.tile(np.array(comparison.codes, dtype=object), count),
            "category_name": np.tile(np.array(names, dtype=object), count),
            "share": measured.best.ravel(),
            "share_low": low.ravel(),
            "share_high": high.ravel(),
            "method": np.repeat(np.array([measured.method(number) for number in range(count)], dtype=object), kinds),
        }
        for name, values in found.items():
            columns[name] = np.full((count, kinds), np.nan)
            columns[name][later] = values.reshape(len(later), kinds)
            columns[name] = columns[name].ravel()
        frames.append(pd.DataFrame(columns))
    if not frames:
        return pd.DataFrame(columns=list(TREND_COLUMNS), dtype=object)
    table = _judged(pd.concat(frames, ignore_index=True))
    for name in ("share", "share_low", "share_high"):
        table[name] = pd.Series([_rounded(value) for value in table[name]], table.index, dtype=object)
    table.loc[table["difference"].isna(), ["verdict", "verdict_text"]] = ""
    return table.rename(columns=_TREND_NAMES)[list(TREND_COLUMNS)]


def _successions(groups: list[tuple[str, str]]) -> tuple[Integers, Integers]:
    """Return the places of groups (series, period) that have an earlier one of the same series and kind of period, and of that one."""
    last: dict[tuple[str, str], int] = {}
    found = []
    for place, (series, period) in enumerate(groups):
        key = (series, period[4:])  # the kind: nothing after the year, H1, Q3
        if key in last:
            found.append((place, last[key]))
        last[key] = place
    pairs = np.array(found, dtype=np.int64).reshape(len(found), 2)
    return pairs[:, 0], pairs[:, 1]


def terms_table(comparison: Comparison, terms: list[Term]) -> pd.DataFrame:
    """Return the words that set each group apart, largest z first."""
    labels = comparison.main.grouping.labels
    rows = [(labels[term.group], term.term, term.z, term.log_odds, term.count, term.elsewhere, term.documents) for term in terms]
    return pd.DataFrame(rows, columns=list(TERM_COLUMNS), dtype=object)


def _rounded(value: float) -> float | None:
    """Return a number for a table, or nothing for one that isn't known."""
    return None if np.isnan(value) else round(float(value) + 0.0, _DIGITS)
