"""What a reader of a comparison must know first: what is missing, approximate or too thin to judge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.compare import Comparison, groups_without_audit, trend_groupings
from pipeline.estimate import LEAST_AUDITED
from pipeline.report_words import report_words

_NAMED = 3


@dataclass(frozen=True, slots=True)
class Note:
    """One thing to know: the key of its words, without ``note_``, and what fills them in."""

    key: str
    values: Mapping[str, str]

    def text(self, language: str) -> str:
        """Return the note in a language."""
        return report_words(language)[f"note_{self.key}"].format(**self.values)


def notes_on(comparison: Comparison, *, failed: int, flips: int, language: str) -> list[Note]:
    """Return what must be known of a comparison.

    Args:
        comparison: the comparison.
        failed: how many reports could not be read.
        flips: how many ranks differ by characters and by sentences.
        language: of names.
    """
    population, measured, say = comparison.population, comparison.main, report_words(language)
    labels, notes = measured.grouping.labels, []

    def add(key: str, names: Sequence[str] = (), **values: str) -> None:
        named = {"names": say["separator"].join(names[:_NAMED]), "count": str(len(names))} if names else {}
        notes.append(Note(key, named | values))

    if not population.exact:
        add("approximate")
    single = [label for number, label in enumerate(labels) if _reports(comparison, number) == 1]
    if single and "document" not in comparison.settings.by:
        add("single", single)
    if comparison.audit is not None and (few := groups_without_audit(comparison)):
        add("few", few, least=str(LEAST_AUDITED), by=",".join(comparison.settings.by))
    used = measured.sentences.sum(axis=0) > 0
    if comparison.audit is not None:
        used |= comparison.audit.codes.sum(axis=(0, 2)) > 0
    if not used.all():
        never = [name for name, seen in zip(comparison.names(language), used, strict=True) if not seen]
        add("never", never)
    if (population.table["period"] == "").any():
        add("no_period")
    elif missing := _without_period(comparison):
        add("missing", missing)
    if population.origin.crossfitted:
        known = set(population.origin.crossfitted) & set(population.table["document"])
        add("crossfitted", count=str(len(known)))
    if flips:
        add("flips", count=str(flips))
    if failed:
        add("failed", count=str(failed))
    weak = {kind: _weak(comparison, kind, language) for kind in ("unreliable", "tentative")}
    if any(weak.values()):
        add("reliability", **{kind: say["separator"].join(names) or "–" for kind, names in weak.items()})
    return notes


def _reports(comparison: Comparison, number: int) -> int:
    inside = comparison.main.grouping.member == number
    return len(np.unique(comparison.population.places.report[inside]))


def _without_period(comparison: Comparison) -> list[str]:
    """Return the series that lack reports of a period that others have."""
    groupings = [grouping for factors, grouping in trend_groupings(comparison) if factors]
    if not groupings:
        return []
    periods = {key[-1] for key in groupings[0].keys}
    series: dict[str, set[str]] = {}
    for key in groupings[0].keys:
        series.setdefault(" · ".join(key[:-1]), set()).add(key[-1])
    return [name for name, found in series.items() if found != periods]


def _weak(comparison: Comparison, kind: str, language: str) -> list[str]:
    return [
        name
        for code, name in zip(comparison.codes, comparison.names(language), strict=True)
        if comparison.reliability(code) == kind
    ]
