"""One coded span: a row of a label file, and what may be wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.codebook import Codebook
from pipeline.errors import LabelError

COLUMNS = (
    "document",
    "paragraph",
    "sentence",
    "quote",
    "category",
    "secondary",
    "stage",
    "coder",
    "codebook_version",
    "round",
    "inclusion_probability",
)
REQUIRED = ("document", "paragraph", "sentence", "quote", "category", "stage")
# Columns that hold numbers: type, smallest, largest, and what else such a number is.
_NUMBERS: tuple[tuple[str, type[int] | type[float], float, float, str], ...] = (
    ("paragraph", int, 1, 1e9, "number of a paragraph"),
    ("sentence", int, 0, 1e9, "number of a sentence"),
    ("inclusion_probability", float, 0, 1, "probability"),
)
_REMEDIES = {
    "paragraph": "give its number, from 1",
    "sentence": "give its number in the paragraph, from 1, or nothing for the whole paragraph",
    "inclusion_probability": "give a number from 0 to 1, or nothing",
}
_FEW = 10
_SECONDARY = re.compile(r"[\s,;+，；、]+")


@dataclass(frozen=True, slots=True)
class Label:
    """One coded span: a sentence, or a whole paragraph where ``sentence`` is 0.

    Attributes:
        quote: the span's first and last characters, so that the label finds its place again after small edits.
        inclusion_probability: with which it was drawn; 0 where it wasn't drawn by chance.
        where: file and line.
    """

    document: str
    paragraph: int
    sentence: int
    quote: str
    category: str
    secondary: tuple[str, ...]
    stage: str
    coder: str
    codebook_version: str
    round: str
    inclusion_probability: float
    where: str


def label_from(row: Mapping[str, str], where: str, codebook: Codebook) -> tuple[Label, list[LabelError]]:
    """Return the label that the cells of a row make, and what is wrong with it; a number that is none counts as 0.

    Args:
        row: cells by :data:`COLUMNS`; one that is missing is empty.
        where: file and line, for the faults.
        codebook: knows the codes.
    """
    values = {column: row.get(column, "") for column in COLUMNS}
    faults: list[LabelError] = []
    numbers = {}
    for column, kind, least, most, name in _NUMBERS:
        try:
            numbers[column] = kind(values[column] or ("" if least else 0))
            what = f"{values[column]} is no {name}"
        except ValueError:
            numbers[column], what = -1, f"a number is expected as {column}, not {values[column]!r}"
        if not least <= numbers[column] <= most:
            faults.append(LabelError(what, where=where, remedy=_REMEDIES[column]))
            numbers[column] = 0
    if not values["document"]:
        faults.append(LabelError("the document is empty", where=where, remedy="name the report's file"))
    secondary = tuple(code for code in _SECONDARY.split(values["secondary"]) if code)
    faults += _code_faults(values["category"], secondary, values["stage"], where, codebook)
    label = Label(
        values["document"],
        int(numbers["paragraph"]),
        int(numbers["sentence"]),
        values["quote"],
        values["category"],
        secondary,
        values["stage"],
        values["coder"],
        values["codebook_version"],
        values["round"],
        float(numbers["inclusion_probability"]),
        where,
    )
    return label, faults


def foreign_codebook(labels: Sequence[Label], codebook: Codebook, where: str) -> LabelError | None:
    """Return the one fault behind many: most of the labels are of another codebook than this one."""
    foreign = [label.category for label in labels if label.category and label.category not in codebook.category_codes]
    if len(foreign) <= _FEW or 2 * len(foreign) <= len(labels):
        return None
    what = f"{len(foreign):,} of {len(labels):,} labels have categories that the codebook doesn't know, {foreign[0]!r} first"
    return LabelError(what, where=where, remedy="name the codebook that they were coded by with --codebook")


def cells_of(label: Label) -> dict[str, str]:
    """Return a label as the cells of its row, by :data:`COLUMNS`."""
    probability = repr(label.inclusion_probability).removesuffix(".0") if label.inclusion_probability else ""
    place = (label.document, str(label.paragraph), str(label.sentence or ""), label.quote)
    codes = (label.category, ";".join(label.secondary), label.stage)
    cells = (*place, *codes, label.coder, label.codebook_version, label.round, probability)
    return dict(zip(COLUMNS, cells, strict=True))


def _code_faults(category: str, secondary: tuple[str, ...], stage: str, where: str, codebook: Codebook) -> list[LabelError]:
    faults = []
    for kind, known, codes in (
        ("category", codebook.category_codes, (category, *secondary)),
        ("stage", codebook.stage_codes, (stage,)),
    ):
        for code in dict.fromkeys(codes):
            if not code:
                remedy = f"give one of {', '.join(known)}, or remove the row"
                faults.append(LabelError(f"the {kind} is empty", where=where, remedy=remedy))
            elif code not in known:
                remedy = f"the codebook has {', '.join(known)}"
                faults.append(LabelError(f"unknown {kind} {code!r}", where=where, remedy=remedy))
    if category and category in secondary:
        faults.append(LabelError("the category stands among the secondary ones too", where=where, remedy="name it once"))
    if len(set(secondary)) < len(secondary):
        faults.append(LabelError("a secondary category stands there twice", where=where, remedy="name it once"))
    return faults
