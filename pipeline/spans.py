"""Labels as spans of a report's text, the form in which annotation programs keep them, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pipeline.codebook import LANGUAGES, Code, Codebook
from pipeline.coding import Label, cells_of, label_from
from pipeline.errors import LabelError
from pipeline.labels import find_labels, quote_of, read_labels
from pipeline.read import find_sources, read_document
from pipeline.records import Document, StructuredDocument
from pipeline.structure import structure


@dataclass(frozen=True, slots=True)
class Placed:
    """A label and where its span stands in the report's text.

    Attributes:
        number: of the row among all that are exported, from 1; puts the rows back into their order.
    """

    number: int
    label: Label
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class CodedDocument:
    """A report with its labels; without any where it is still to be coded."""

    structured: StructuredDocument
    labels: tuple[Placed, ...]


@dataclass(frozen=True, slots=True)
class Region:
    """A span that came back from an annotation program.

    Attributes:
        secondary: in any order.
        row: what :func:`row_of` wrote of it; None for a span that was drawn there.
        where: file and place, for faults.
    """

    start: int
    end: int
    category: str
    secondary: tuple[str, ...]
    stage: str
    coder: str
    row: Mapping[str, Any] | None
    where: str


@dataclass(frozen=True)
class Imported:
    """What an import found: labels, in the order in which they were exported, new ones behind; and every fault."""

    labels: tuple[Label, ...]
    faults: tuple[LabelError, ...]

    @cached_property
    def documents(self) -> int:
        """How many reports have a label."""
        return len({label.document for label in self.labels})


@dataclass(frozen=True, slots=True)
class Row:
    """A label on its way back, with its number; 0 for one that is new."""

    number: int
    label: Label
    faults: tuple[LabelError, ...] = ()


def imported(rows: Iterable[Row], faults: Iterable[LabelError] = ()) -> Imported:
    """Put rows into order, and name those whose text no file can hold."""
    ordered = sorted(rows, key=lambda row: (row.number == 0, row.number))
    halves = [
        LabelError("half a character (a lone surrogate) stands in it", where=row.label.where, remedy="mend the text there")
        for row in ordered
        if any("\ud800" <= sign <= "\udfff" for cell in cells_of(row.label).values() for sign in cell)
    ]
    found = (*faults, *(fault for row in ordered for fault in row.faults), *halves)
    return Imported(tuple(row.label for row in ordered), found)


def load_coded(reports: Path, labels: Path | None, codebook: Codebook) -> list[CodedDocument]:
    """Read all reports of a folder, and find their labels.

    Args:
        reports: a folder of reports, or one report.
        labels: a folder of label files, or one; None where nothing is coded yet.
        codebook: knows the codes.

    Raises:
        ReadError: a report can't be read.
        LabelError: the first fault of a label file.
    """
    documents = [structure(read_document(source)) for source in find_sources([reports])]
    placed: dict[str, list[Placed]] = {}
    rows = read_labels(labels, codebook) if labels else []
    by_name = {document.document.name: document.sentences for document in documents}
    for number, found in enumerate(find_labels(rows, documents), 1):
        sentences = by_name[found.label.document]
        start, end = sentences[found.indices[0]].start, sentences[found.indices[-1]].end
        placed.setdefault(found.label.document, []).append(Placed(number, found.label, start, end))
    return [CodedDocument(document, tuple(placed.get(document.document.name, ()))) for document in documents]


def row_of(placed: Placed) -> dict[str, Any]:
    """Return what an annotation program keeps of a label without understanding it: number, span and cells."""
    return {"number": placed.number, "start": placed.start, "end": placed.end, "cells": cells_of(placed.label)}


def read_row(value: Any) -> Mapping[str, Any] | None:
    """Return what :func:`row_of` wrote; None where there is nothing of that kind any more."""
    if not isinstance(value, Mapping) or not all(isinstance(value.get(name), int) for name in ("number", "start", "end")):
        return None
    cells = value.get("cells")
    return value if isinstance(cells, Mapping) and all(isinstance(cell, str) for cell in cells.values()) else None


def shown_names(codes: Sequence[Code], language: str) -> dict[str, str]:
    """Return what coders see of each code: its name, with the code where two bear the same, the code alone where it has a semicolon."""
    names = [code.names[language] for code in codes]
    return {
        code.code: code.code if ";" in name or "；" in name else f"{name} ({code.code})" if names.count(name) > 1 else name
        for code, name in zip(codes, names, strict=True)
    }


def names_to_codes(codes: Sequence[Code]) -> dict[str, str]:
    """Return the code of each code and of each name in any language, as :func:`shown_names` gives them."""
    shown = {name: code for language in LANGUAGES for code, name in shown_names(codes, language).items()}
    return shown | {code.code: code.code for code in codes}


def rows_from(regions: Iterable[Region], document: Document, codebook: Codebook) -> tuple[list[Row], list[LabelError]]:
    """Return the labels that regions of a report make, and the regions that make none.

    A region that stands where it stood keeps its row, but for codes and coder. One that was drawn or moved becomes the row of its
    paragraph, where it is exactly that, else of each sentence that it covers by half or more.
    """
    structured: StructuredDocument | None = None
    rows, faults = [], []
    for region in regions:
        row = region.row
        if row is not None and (row["start"], row["end"]) == (region.start, region.end):
            rows.append(_row(row["number"], row["cells"], region, codebook))
            continue
        structured = structured or structure(document)
        kept = row["cells"] if row is not None else {"codebook_version": codebook.version}
        places = _places(structured, region)
        rows += [_row(0, {**kept, **place, "inclusion_probability": ""}, region, codebook) for place in places]
        if not places:
            remedy = "draw it over a sentence, or remove it"
            faults.append(LabelError("the region holds no word of the report", where=region.where, remedy=remedy))
    return rows, faults


def _row(number: int, cells: Mapping[str, str], region: Region, codebook: Codebook) -> Row:
    before = cells.get("secondary", "").split(";")
    # Programs give the secondary categories back in their own order.
    secondary = cells["secondary"] if "secondary" in cells and sorted(filter(None, before)) == sorted(region.secondary) else None
    changed = {
        "category": region.category,
        "secondary": ";".join(region.secondary) if secondary is None else secondary,
        "stage": region.stage,
        "coder": region.coder,
    }
    label, faults = label_from({**cells, **changed}, region.where, codebook)
    return Row(number, label, tuple(faults))


def _places(structured: StructuredDocument, region: Region) -> Sequence[Mapping[str, str]]:
    sentences = structured.sentences
    overlap = [min(region.end, sentence.end) - max(region.start, sentence.start) for sentence in sentences]
    covered = [index for index, length in enumerate(overlap) if length > 0 and 2 * length >= len(sentences[index].text)]
    covered = covered or [index for index, length in enumerate(overlap) if length > 0 and length == max(overlap)]
    name = structured.document.name
    paragraphs = {sentences[index].paragraph for index in covered}
    if len(covered) > 1 and len(paragraphs) == 1:
        whole = [index for index, sentence in enumerate(sentences) if sentence.paragraph in paragraphs]
        if whole == covered:
            quote = quote_of("".join(sentences[index].text for index in whole))
            return [{"document": name, "paragraph": str(min(paragraphs)), "sentence": "", "quote": quote}]
    return [
        {
            "document": name,
            "paragraph": str(sentences[index].paragraph),
            "sentence": str(sentences[index].sentence),
            "quote": quote_of(sentences[index].text),
        }
        for index in covered
    ]
