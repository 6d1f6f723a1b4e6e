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
from pipeline.compare import Comparison
from pipeline.notes import Note
from pipeline.report_data import Marker, choose_sentences, packed_sentences, script_json, visible
from pipeline.report_heat import heat_map, packed_figures, stage_bars, stage_counts
from pipeline.report_pairs import difference_rows, findings, packed_pairs
from pipeline.report_trend import trend_charts
from pipeline.report_words import report_words
from pipeline.terms import Term

# The whole page, in bytes; sentences get what the rest leaves of it.
LARGEST = 1_950_000
_MOST_GROUPS, _MOST_CELLS = 200, 2_400
_SCRIPT_WORDS = (
    *("listed", "listed_all", "listed_none", "none", "probability", "audited_as", "review_mark", "all_groups", "interval"),
    *("separator", "colon", "counted", "expected", "audited", "by_sentences", "flips", "matches", "mark_key", "about"),
    *("more", "less", "text_more", "text_less", "cannot tell"),
)


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
        date: of the data, as the analyst gives it; the foot always names the periods. Never the date of the day: the same data make the
            same page.
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
    date: str = ""


def report_html(contents: Contents, language: str) -> str:
    """Return the report as HTML, at most :data:`LARGEST` bytes of it: the largest groups and differences, and sentences that fit."""
    comparison, say = contents.comparison, report_words(language)
    shown = _largest(comparison)
    trend = trend_charts(comparison, contents.trend, language)
    data = {
        "codes": list(comparison.names(language)),
        "stages": [comparison.population.codebook.name(code, language) for code in comparison.population.codebook.stage_codes],
        "groups": list(comparison.main.grouping.labels),
        "cells": comparison.main.sentences.tolist(),
        "figures": packed_figures(comparison),
        "audited": int(comparison.audit is not None),
        "stage_cells": stage_counts(comparison),
        "trend": trend["data"],
        "pairs": packed_pairs(comparison, contents.differences, shown),
        "weak": [comparison.reliability(code) for code in comparison.codes],
        "say": {key: say[key] for key in _SCRIPT_WORDS if contents.comparison.audit is not None or key != "interval"},
    }
    page = {
        "language": {"zh": "zh-CN", "en": "en"}[language],
        "say": say,
        "subtitle": _subtitle(comparison, language),
        "tiles": _tiles(contents, say),
        "findings": findings(comparison, contents.differences, shown, say),
        "how": _how(contents, say),
        "notes": [note.text(language) for note in contents.notes],
        "heat": heat_map(comparison, shown, language),
        "trend": trend,
        "trend_lead": say["trend_lead" if comparison.audit is not None else "trend_lead_unaudited"],
        "differences": difference_rows(comparison, contents.differences, shown, say),
        "audited": comparison.audit is not None,
        "terms": _terms(contents, shown),
        "stages": stage_bars(comparison, shown, language),
        "foot": _foot(contents, say),
    }
    return _filled(contents, page, data, shown)


def _filled(contents: Contents, page: Mapping[str, Any], data: Mapping[str, Any], shown: NDArray[np.int64]) -> str:
    """Add as many sentences as fit; what they weigh is estimated, so that it may take a second time."""
    budget = LARGEST - len(_render(page, data).encode())
    while True:
        chosen = choose_sentences(contents.comparison, shown, contents.terms, budget)
        packed = packed_sentences(contents.comparison, chosen, contents.marker)
        html = _render(
            page,
            {**data, "terms": [[holding, *rows] for holding, rows in zip(chosen.holding, chosen.terms, strict=True)], **packed},
        )
        over = len(html.encode()) - LARGEST
        if over <= 0 or not len(chosen.rows):
            return html
        budget -= over + budget // 50


def _render(page: Mapping[str, Any], data: Mapping[str, Any]) -> str:
    style, script = _asset("report.css"), _asset("report.js")
    policy = f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; base-uri 'none'; form-action 'none'"
    environment = Environment(
        loader=PackageLoader("pipeline"), autoescape=True, trim_blocks=True, lstrip_blocks=True, finalize=_finalized
    )
    return environment.get_template("report.html.j2").render(
        **page,
        policy=policy,
        style=Markup(style),  # noqa: S704 - the package's own file
        script=Markup(script),  # noqa: S704 - the package's own file
        data=Markup(script_json(data)),  # noqa: S704 - no < > & is left in it
    )


def _finalized(value: Any) -> Any:
    """Show what would turn the direction of the text around it, in everything that the page prints."""
    return visible(value) if type(value) is str else value


def _asset(name: str) -> str:
    return (files("pipeline") / "templates" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _largest(comparison: Comparison) -> NDArray[np.int64]:
    """Return 1 for each group (groups,) that the page shows: the longest ones, where there are very many."""
    weight = np.bincount(comparison.main.grouping.member, weights=comparison.population.weights)
    shown = np.zeros(len(weight), dtype=np.int64)
    most = min(_MOST_GROUPS, max(_MOST_CELLS // len(comparison.codes), 1))
    shown[np.argsort(-weight, kind="stable")[:most]] = 1
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
    lines = [say["how_audited" if audited else "how_unaudited"]]
    if not audited and contents.comparison.settings.scale is not None:
        lines.append(say["how_indicative"])
    if contents.needed and not audited:
        shares, pairs = contents.needed
        whole = len(contents.comparison.population.table)
        lines.append(say["plan"].format(shares=f"{shares:,}", pairs=f"{pairs:,}", all=f"{whole:,}"))
    return [*lines, say["how_click"], say["how_keys"]]


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


def _foot(contents: Contents, say: Mapping[str, str]) -> list[str]:
    comparison = contents.comparison
    origin, periods = comparison.population.origin, sorted(set(comparison.population.table["period"]) - {""})
    lines = [say["model"].format(digest=origin.model[:16]) if origin.model else say["no_model"]]
    lines.append(say["codebook"].format(version=origin.codebook.version))
    audit = comparison.audit
    lines.append(say["audit_foot"].format(count=len(audit.index), round=contents.round_name) if audit else say["no_audit"])
    if periods:
        lines.append(say["data"].format(periods=periods[0] if len(periods) == 1 else f"{periods[0]}–{periods[-1]}"))
    if contents.date:
        lines.append(say["dated"].format(date=contents.date))
    return [" · ".join(lines), say["made"].format(version=__version__), say["sources"]]
