"""Choose the sentences that a report opens to, and pack them with their marks for the page's script."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.compare import Comparison
from pipeline.evidence import Span
from pipeline.population import SEPARATOR
from pipeline.terms import Term

Integers = NDArray[np.int64]
Marker = Callable[[Sequence[str], Sequence[int]], list[list[Span]]]
_PER_CELL = 400
_PER_TERM = 3
_BYTES_BESIDE_TEXT = 48  # numbers, marks, and its part of the heading paths
_LONGEST = 600
# Signs that turn or hide the text around them: controls, and marks of direction. They are shown by their number instead.
_HIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")


def visible(text: str) -> str:
    """Show signs that turn the direction of text, or can't be seen, as ``[U+202E]``."""
    return _HIDDEN.sub(lambda found: f"[U+{ord(found.group()):04X}]", text)


@dataclass(frozen=True)
class Chosen:
    """Sentences that the page holds, and which of them show each distinctive word.

    Attributes:
        rows: (chosen,), their numbers in the population, ascending.
        terms: for each term the places of sentences among ``rows``.
        holding: for each term how many sentences of its group hold it.
    """

    rows: Integers
    terms: tuple[tuple[int, ...], ...]
    holding: tuple[int, ...]


def choose_sentences(comparison: Comparison, shown: Integers, terms: Sequence[Term], budget: int) -> Chosen:
    """Choose sentences for each cell of the heat map, each stage of a group, and each distinctive word, as many as fit.

    From each cell they come in turn from its different reports and stages, longer ones first: they weigh most in the share.

    Args:
        comparison: the comparison.
        shown: (groups,), whether (1 or 0) the page shows each group.
        terms: distinctive words.
        budget: what the sentences may weigh in the page, in bytes.
    """
    population, member = comparison.population, comparison.main.grouping.member
    texts = population.table["text"]
    size = np.array([len(text[:_LONGEST].encode()) + _BYTES_BESIDE_TEXT for text in texts])
    usable = np.flatnonzero(comparison.tagged_in & (shown[member] == 1))
    order = usable[np.lexsort((usable, -population.weights[usable]))]
    turn: dict[tuple[int, ...], int] = defaultdict(int)
    rank = np.full(len(texts), _PER_CELL + 1)
    cells: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    for row in order.tolist():
        cell = (int(member[row]), int(population.tags[row]))
        key = (*cell, int(population.places.report[row]), int(population.stage_tags[row]))
        cells[cell].append((turn[key], row))
        turn[key] += 1
    for entries in cells.values():
        for place, (_, row) in enumerate(sorted(entries, key=lambda entry: entry[0])):
            rank[row] = place
    holding = _holding(population.table["text"].tolist(), member, usable, terms)
    per_term, spent = _one_by_one(holding, size, budget // 2)
    wanted = {row for rows in per_term for row in rows}
    budget -= spent
    by_rank = usable[np.lexsort((usable, rank[usable]))]
    fits = by_rank[(np.cumsum(size[by_rank]) <= budget) & (rank[by_rank] <= _PER_CELL)]
    rows = np.array(sorted({*fits.tolist(), *wanted}), dtype=np.int64)
    position = {row: number for number, row in enumerate(rows.tolist())}
    places = tuple(tuple(position[row] for row in found) for found in per_term)
    return Chosen(rows, places, tuple(len(found) for found in holding))


def _holding(texts: Sequence[str], member: Integers, usable: Integers, terms: Sequence[Term]) -> list[list[int]]:
    """Return for each term the sentences of its group that hold it."""
    by_group: dict[int, list[int]] = defaultdict(list)
    for row in usable.tolist():
        by_group[int(member[row])].append(row)
    return [[row for row in by_group[term.group] if term.term in texts[row][:_LONGEST]] for term in terms]


def _one_by_one(holding: Sequence[Sequence[int]], size: Integers, budget: int) -> tuple[list[list[int]], int]:
    """Return up to three sentences of each term, and what they weigh together; each term gets its first before any gets a second."""
    found: list[list[int]] = [[] for _ in holding]
    taken: set[int] = set()
    spent = 0
    for place in range(_PER_TERM):
        for number, rows in enumerate(holding):
            if place >= len(rows):
                continue
            weight = 0 if rows[place] in taken else int(size[rows[place]])
            if spent + weight <= budget:
                found[number].append(rows[place])
                taken.add(rows[place])
                spent += weight
    return found, spent


def packed_sentences(comparison: Comparison, chosen: Chosen, marker: Marker | None) -> dict[str, Any]:
    """Return the chosen sentences for JSON: reports and heading paths once each, a list a sentence.

    A report is its name, the number of its group, its unit, period, and series of trends. A sentence is report, paragraph, heading, text,
    category, probability in %, stage, review mark, code of a person (−1: none), and the marked spans, flat.
    """
    population, table = comparison.population, comparison.population.table
    part = table.loc[chosen.rows]
    texts = [text[:_LONGEST] for text in part["text"]]
    marks = marker(texts, population.tags[chosen.rows].tolist()) if marker else [[] for _ in texts]
    coded = {}
    if comparison.audit is not None:
        coded = dict(zip(comparison.audit.index.tolist(), comparison.audit.codes.sum(axis=2).argmax(axis=1).tolist(), strict=True))
    headings: dict[str, int] = {}
    sentences = []
    reports = population.places.report
    for place, row in enumerate(part.to_dict("records")):
        number = int(chosen.rows[place])
        sentences.append(
            [
                int(reports[number]),
                int(row["paragraph"]),
                headings.setdefault(str(row["heading"]), len(headings)),
                texts[place] + ("……" if len(str(row["text"])) > _LONGEST else ""),
                int(population.tags[number]),
                round(100 * float(population.category[number].max())),
                int(population.stage_tags[number]),
                int(row.get("review", 0)),
                coded.get(number, -1),
                [edge for span in marks[place] for edge in span],
            ]
        )
    first = np.unique(reports, return_index=True)[1]
    member = comparison.main.grouping.member
    documents = [
        [str(row["document"]), int(member[at]), str(row["unit"]), str(row["period"]), series_of(comparison, row)]
        for at, row in zip(first.tolist(), table.loc[first].to_dict("records"), strict=True)
    ]
    return {"documents": documents, "headings": list(headings), "sentences": sentences}


def series_of(comparison: Comparison, row: Mapping[Any, Any]) -> str:
    """Return the series of trends that a row of the table belongs to."""
    return SEPARATOR.join(str(row[name]) for name in comparison.settings.by if name not in ("period", "document"))


def script_json(value: Any) -> str:
    """Return JSON that can stand in a script element: nothing in it ends the element or begins a comment."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text
