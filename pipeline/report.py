"""Write a comparison as one HTML file that opens offline: heat map, trends, differences, words, stages, and the sentences behind them."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd
from jinja2 import Environment, PackageLoader
from markupsafe import Markup
from numpy.typing import NDArray

from pipeline import __version__
from pipeline.chart import Axis, bar_svg, trend_svg
from pipeline.compare import ALL, Comparison, Measured, stage_shares
from pipeline.contrast import LESS, MORE, UNKNOWN
from pipeline.indicative import indicative_range
from pipeline.notes import Note
from pipeline.population import Grouping
from pipeline.report_data import Marker, choose_sentences, packed_sentences, script_json, series_of
from pipeline.report_words import report_words
from pipeline.terms import Term

Array = NDArray[np.float64]
_MOST_GROUPS = 200
_MOST_DIFFERENCES = 300
_OF_EACH_GROUP = 3
_MOST_SERIES = 80
_LEVELS = 10
_SIGNS = {MORE: ("▲", "more"), LESS: ("▼", "less")}
_TEXT_SIGNS = {MORE: ("△", "text_more"), LESS: ("▽", "text_less")}


@dataclass(frozen=True)
class Contents:
    """What a report shows.

    Attributes:
        comparison: the comparison.
        differences: its table of differences.
        trend: its table of trends.
        terms: its distinctive words.
        notes: what a reader must know first.
        failed: how many reports could not be read.
        round_name: of the audit.
        needed: how many audited sentences make ±3 points for shares and for differences.
        marker: marks what spoke for a tag; nothing without the model.
    """

    comparison: Comparison
    differences: pd.DataFrame
    trend: pd.DataFrame
    terms: Sequence[Term]
    notes: Sequence[Note]
    failed: int
    round_name: str
    needed: tuple[int, int] | None
    marker: Marker | None


def report_html(contents: Contents, language: str) -> str:
    """Return the report as HTML."""
    comparison, say = contents.comparison, report_words(language)
    labels = comparison.main.grouping.labels
    shown = _largest(comparison)
    chosen = choose_sentences(comparison, shown, contents.terms)
    trend = _trend(contents, language)
    data = {
        "codes": list(comparison.names(language)),
        "stages": [comparison.population.codebook.name(code, language) for code in comparison.population.codebook.stage_codes],
        "groups": list(labels),
        "cells": comparison.main.sentences.tolist(),
        "stage_cells": _stage_counts(comparison),
        "trend": trend["data"],
        "terms": [list(rows) for rows in chosen.terms],
        "say": {key: say[key] for key in _SCRIPT_WORDS},
        **packed_sentences(comparison, chosen, contents.marker),
    }
    style, script = _asset("report.css"), _asset("report.js")
    policy = f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; base-uri 'none'; form-action 'none'"
    environment = Environment(loader=PackageLoader("pipeline"), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return environment.get_template("report.html.j2").render(
        language={"zh": "zh-CN", "en": "en"}[language],
        say=say,
        policy=policy,
        style=Markup(style),  # noqa: S704 - the package's own file
        script=Markup(script),  # noqa: S704 - the package's own file
        data=Markup(script_json(data)),  # noqa: S704 - no < > & is left in it
        subtitle=_subtitle(comparison, language),
        tiles=_tiles(contents, say),
        how=_how(contents, say),
        notes=[note.text(language) for note in contents.notes],
        heat=_heat(comparison, shown, say, language),
        trend=trend,
        differences=_differences(contents, shown, say),
        terms=_terms(contents, shown),
        stages=_stages(comparison, shown, language),
        foot=_foot(contents, say),
    )


_SCRIPT_WORDS = (
    *("listed", "listed_all", "none", "probability", "audited_as", "review_mark", "panel", "all_groups", "interval", "separator"),
)


def _asset(name: str) -> str:
    return (files("pipeline") / "templates" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _largest(comparison: Comparison) -> NDArray[np.int64]:
    """Return 1 for each group (groups,) that the page shows: the longest ones, where there are very many."""
    weight = np.bincount(comparison.main.grouping.member, weights=comparison.population.weights)
    shown = np.zeros(len(weight), dtype=np.int64)
    shown[np.argsort(-weight, kind="stable")[:_MOST_GROUPS]] = 1
    return shown


def _subtitle(comparison: Comparison, language: str) -> str:
    say, stage = report_words(language), comparison.settings.stage
    factors = say["separator"].join(say.get(name, name) for name in comparison.settings.by)
    name = comparison.population.codebook.name(stage, language)
    return f"{say['by'].format(factors=factors)} · {say['only_stage'].format(stage=name) if stage else say['every_stage']}"


def _tiles(contents: Contents, say: Mapping[str, str]) -> list[tuple[str, str]]:
    table, comparison = contents.comparison.population.table, contents.comparison
    review = int(table["review"].sum()) if "review" in table else 0
    tiles = [
        (table["document"].nunique(), "tile_documents"),
        (len(comparison.main.grouping.keys), "tile_groups"),
        (len(table), "tile_sentences"),
        (int(comparison.population.weights.sum()), "tile_characters"),
        (review, "tile_review"),
        (contents.failed, "tile_failed"),
        (len(comparison.audit.index) if comparison.audit else 0, "tile_audited"),
    ]
    return [(f"{number:,}", say[key]) for number, key in tiles]


def _how(contents: Contents, say: Mapping[str, str]) -> list[str]:
    audited = contents.comparison.audit is not None
    lines = [say["how_audited" if audited else "how_unaudited"], say["how_click"]]
    if not audited and contents.comparison.settings.scale is not None:
        lines.insert(1, say["how_indicative"])
    if contents.needed and not audited:
        shares, pairs = contents.needed
        whole = len(contents.comparison.population.table)
        lines.append(say["plan"].format(shares=f"{shares:,}", pairs=f"{pairs:,}", all=f"{whole:,}"))
    return lines


def _heat(comparison: Comparison, shown: NDArray[np.int64], say: Mapping[str, str], language: str) -> dict[str, Any]:
    measured, population = comparison.main, comparison.population
    whole = comparison.measure(Grouping(("",), ((say["all_groups"],),), np.zeros(len(population.table), dtype=np.int64)))
    top = max(float(np.quantile(measured.best[shown == 1], 0.98)), 1e-9)
    rows = [_heat_row(comparison, whole, 0, -1, top, say)]
    rows += [_heat_row(comparison, measured, number, number, top, say) for number in np.flatnonzero(shown).tolist()]
    columns = [
        {"name": name, "reliability": comparison.reliability(code)}
        for code, name in zip(comparison.codes, comparison.names(language), strict=True)
    ]
    cut = say["heat_cut"].format(shown=int(shown.sum()), all=len(shown)) if not shown.all() else ""
    return {"columns": columns, "rows": rows, "cut": cut, "levels": range(_LEVELS + 1)}


def _heat_row(
    comparison: Comparison, measured: Measured, number: int, group: int, top: float, say: Mapping[str, str]
) -> dict[str, Any]:
    cells = []
    audited, scale = measured.audited, comparison.settings.scale
    known = audited is not None and bool(audited.enough[number])
    indicated = indicative_range(measured.expected, measured.spread, scale) if scale is not None else None
    for place, code in enumerate(comparison.codes):
        share, extra = float(measured.best[number, place]), ""
        if audited is not None and known:
            low, high = (end[number, place] for end in audited.interval)
            extra = f"±{50 * (high - low):.1f}"
        elif indicated is not None:
            extra = f"{say['about']} {100 * indicated.low[number, place]:.0f}–{100 * indicated.high[number, place]:.0f}"
        level = min(round(_LEVELS * share / top), _LEVELS)
        cells.append({"value": f"{100 * share:.1f}", "extra": extra, "level": level, "weak": comparison.reliability(code)})
    return {"label": measured.grouping.labels[number], "group": group, "cells": cells, "known": known}


def _trend(contents: Contents, language: str) -> dict[str, Any]:
    """Return the charts of all reports and the numbers of every series."""
    table, names = contents.trend, contents.comparison.names(language)
    periods = sorted(set(table["period"]))
    if len(periods) < 2:
        return {"charts": [], "series": [], "data": None}
    counts = contents.comparison
    series = list(dict.fromkeys(table["series"]))[: _MOST_SERIES + 1]
    kept = table[table["series"].isin(series)]
    numbers = kept[["share", "low", "high"]].astype(float)
    largest = numbers.max(axis=1).groupby(kept["series"], sort=False).max()
    axes = {name: Axis(tuple(periods), float(largest[name])) for name in series}
    values: dict[str, list[list[Any]]] = {name: [[None] * len(names) for _ in periods] for name in series}
    codes = {code: place for place, code in enumerate(counts.codes)}
    period_of = {period: place for place, period in enumerate(periods)}
    for row, (share, low, high) in zip(kept.to_dict("records"), numbers.to_numpy().tolist(), strict=True):
        changed = int(row["verdict"] in (MORE, LESS))
        interval = [] if np.isnan(low) else [round(low, 4), round(high, 4)]
        values[row["series"]][period_of[row["period"]]][codes[row["category"]]] = [round(share, 4), changed, *interval]
    charts = [
        {"name": name, "svg": Markup(trend_svg(axes[ALL], [row[place] for row in values[ALL]]))}  # noqa: S704 - numbers and escaped periods
        for place, name in enumerate(names)
    ]
    data = {"periods": periods, "tops": [axes[name].top for name in series], "series": series}
    data["values"] = [values[name] for name in series]
    data["counts"] = _trend_counts(contents.comparison, series, periods)
    return {"charts": charts, "series": series, "data": data}


def _trend_counts(comparison: Comparison, series: Sequence[str], periods: Sequence[str]) -> list[list[list[int]]]:
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


def _stage_counts(comparison: Comparison) -> list[list[int]]:
    population, member = comparison.population, comparison.main.grouping.member
    counts = np.zeros((len(comparison.main.grouping.keys), len(population.codebook.stages)), dtype=np.int64)
    np.add.at(counts, (member, population.stage_tags), 1)
    rows: list[list[int]] = counts.tolist()
    return rows


def _differences(contents: Contents, shown: NDArray[np.int64], say: Mapping[str, str]) -> dict[str, Any]:
    table, labels = contents.differences, contents.comparison.main.grouping.labels
    place = {label: number for number, label in enumerate(labels)}
    writers, texts = table["verdict"] != UNKNOWN, table["verdict_text"] != UNKNOWN
    audited = contents.comparison.audit is not None
    lead = say["differences_lead"].format(tests=f"{len(table):,}")
    counts = {"writers": int(writers.sum()), "texts": int((texts & ~writers).sum()), "unknown": int((~texts & ~writers).sum())}
    size = table["difference"].astype(float).abs()
    order = table.assign(writers=writers, texts=texts, size=size)
    order = order[
        [bool(shown[place[one]] and shown[place[other]]) for one, other in zip(order["first"], order["second"], strict=True)]
    ]
    order = order.sort_values(["writers", "texts", "size"], ascending=False, kind="stable")
    # The largest of all, and of each group, so that choosing a group shows something.
    own = np.minimum(order.groupby("first").cumcount(), order.groupby("second").cumcount()) < _OF_EACH_GROUP
    order = order[own | (np.arange(len(order)) < _MOST_DIFFERENCES // 2)].head(_MOST_DIFFERENCES)
    codes = {code: number for number, code in enumerate(contents.comparison.codes)}
    top = float(size.max()) if len(size) else 1.0
    rows = [_difference(row, place, codes, top, say, audited=audited) for row in order.to_dict("records")]
    summary = say["found"].format(**{key: f"{number:,}" for key, number in counts.items()})
    unjudged = say["unjudged"].format(shown=len(rows))
    more = say["shown"].format(shown=len(rows)) if len(rows) < len(table) else ""
    return {"rows": rows, "lead": lead if audited else "", "summary": f"{summary}{more}" if audited else unjudged}


def _difference(
    row: Mapping[Any, Any], place: Mapping[str, int], codes: Mapping[str, int], top: float, say: Mapping[str, str], *, audited: bool
) -> dict[str, Any]:
    sign, word = _SIGNS.get(row["verdict"]) or _TEXT_SIGNS.get(row["verdict_text"]) or ("?" if audited else "", "cannot tell")
    low, high = (row["low"], row["high"]) if row["low"] is not None else (None, None)
    interval = f"{_points(low)} … {_points(high)}" if low is not None and high is not None else ""
    return {
        "first": row["first"],
        "second": row["second"],
        "first_number": place[row["first"]],
        "second_number": place[row["second"]],
        "category": row["category_name"],
        "code": codes[row["category"]],
        "points": _points(row["difference"]),
        "interval": interval,
        "bar": Markup(bar_svg(row["difference"], low, high, top)),  # noqa: S704 - numbers only
        "sign": sign,
        "word": say[word] if audited else "",
        "kind": "writers" if row["verdict"] != UNKNOWN else "texts" if row["verdict_text"] != UNKNOWN else "unknown",
        "weak": row["reliability"],
    }


def _points(difference: float) -> str:
    return f"{100 * difference:+.1f}".replace("-", "−")


def _terms(contents: Contents, shown: NDArray[np.int64]) -> list[dict[str, Any]]:
    labels, rows = contents.comparison.main.grouping.labels, []
    for group in np.flatnonzero(shown).tolist():
        words = [
            {"number": number, "term": term.term, "z": f"{term.z:.1f}", "count": term.count}
            for number, term in enumerate(contents.terms)
            if term.group == group
        ]
        rows.append({"label": labels[group], "words": words})
    return rows


def _stages(comparison: Comparison, shown: NDArray[np.int64], language: str) -> dict[str, Any]:
    book, shares = comparison.population.codebook, stage_shares(comparison)
    rows = []
    for group in np.flatnonzero(shown).tolist():
        starts = np.concatenate([[0.0], np.cumsum(shares[group])])
        parts = [
            {"stage": number, "x": f"{100 * starts[number]:.2f}", "width": f"{100 * share:.2f}", "value": f"{100 * share:.0f}"}
            for number, share in enumerate(shares[group].tolist())
        ]
        rows.append({"label": comparison.main.grouping.labels[group], "group": group, "parts": parts})
    return {"names": [book.name(code, language) for code in book.stage_codes], "rows": rows}


def _foot(contents: Contents, say: Mapping[str, str]) -> list[str]:
    comparison = contents.comparison
    origin, periods = comparison.population.origin, sorted(set(comparison.population.table["period"]) - {""})
    lines = [say["model"].format(digest=origin.model[:16]) if origin.model else say["no_model"]]
    lines.append(say["codebook"].format(version=origin.codebook.version))
    audit = comparison.audit
    lines.append(say["audit_foot"].format(count=len(audit.index), round=contents.round_name) if audit else say["no_audit"])
    if periods:
        lines.append(say["data"].format(periods=periods[0] if len(periods) == 1 else f"{periods[0]}–{periods[-1]}"))
    return [" · ".join(lines), say["made"].format(version=__version__), say["sources"]]
