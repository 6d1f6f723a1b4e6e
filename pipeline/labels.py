"""Labels: what coders said of sentences, kept in CSV files that a spreadsheet opens, and found again in the reports."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.codebook import Codebook
from pipeline.errors import LabelError
from pipeline.records import Sentence, StructuredDocument

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
_REQUIRED = ("document", "paragraph", "sentence", "quote", "category", "stage")
_CUT = "……"
_HEAD, _TAIL = 10, 8
_SPACE = re.compile(r"\s+")


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


@dataclass(frozen=True, slots=True)
class Found:
    """A label and the sentences of its document that it codes, by their index."""

    label: Label
    indices: tuple[int, ...]


def quote_of(text: str) -> str:
    """Return the first and last characters of a span; the whole span if it is short. White space is left out."""
    text = _SPACE.sub("", text)
    return text if len(text) <= _HEAD + _TAIL + len(_CUT) else f"{text[:_HEAD]}{_CUT}{text[-_TAIL:]}"


def read_labels(folder: Path, codebook: Codebook) -> list[Label]:
    """Read all ``*.csv`` of a folder, or one file.

    Raises:
        LabelError: there is no label file, or one has a missing column, an unknown code, or a number that is none.
    """
    files = sorted(folder.glob("*.csv")) if folder.is_dir() else [folder]
    if not files or not all(file.is_file() for file in files):
        raise LabelError("no label files (*.csv) here", where=str(folder), remedy="check the path")
    return [label for file in files for label in _read_file(file, codebook)]


def read_labels_below(folder: Path, codebook: Codebook) -> list[Label]:
    """Read the label files of a folder and of the folders in it, where a second coder's labels may lie; or one file.

    Raises:
        LabelError: as :func:`read_labels`.
    """
    folders = [path for path in (folder, *sorted(folder.rglob("*"))) if path.is_dir() and any(path.glob("*.csv"))]
    return [label for path in folders or [folder] for label in read_labels(path, codebook)]


def _read_file(file: Path, codebook: Codebook) -> Iterable[Label]:
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise LabelError("the label file isn't UTF-8", where=str(file), remedy="save it as CSV UTF-8") from error
    reader = csv.DictReader(lines)
    if missing := [column for column in _REQUIRED if column not in (reader.fieldnames or ())]:
        raise LabelError(f"the column {missing[0]!r} is missing", where=str(file), remedy=f"columns are {', '.join(COLUMNS)}")
    try:
        for row in reader:
            yield _label(row, f"{file}, line {reader.line_num}", codebook)
    except csv.Error as error:
        what = f"isn't valid CSV ({error})"
        raise LabelError(
            what, where=f"{file}, line {reader.line_num}", remedy="look for a quotation mark without its partner"
        ) from error


def _label(row: Mapping[str, str | None], where: str, codebook: Codebook) -> Label:
    values = {column: (row.get(column) or "").strip() for column in COLUMNS}
    secondary = tuple(code for code in re.split(r"[,;+ ]+", values["secondary"]) if code)
    for code in (values["category"], *secondary):
        if code not in codebook.category_codes:
            known = ", ".join(codebook.category_codes)
            raise LabelError(f"unknown category {code!r}", where=where, remedy=f"the codebook has {known}")
    if values["stage"] not in codebook.stage_codes:
        known = ", ".join(codebook.stage_codes)
        raise LabelError(f"unknown stage {values['stage']!r}", where=where, remedy=f"the codebook has {known}")
    try:
        paragraph, sentence = int(values["paragraph"]), int(values["sentence"] or 0)
        probability = float(values["inclusion_probability"] or 0)
    except ValueError as error:
        raise LabelError(f"a number is expected ({error})", where=where, remedy="mend the row") from error
    if not 0 <= probability <= 1:
        raise LabelError(f"{probability} is no probability", where=where, remedy="give a number from 0 to 1, or nothing")
    if values["category"] in secondary:
        raise LabelError("the category stands among the secondary ones too", where=where, remedy="name it once")
    return Label(
        values["document"],
        paragraph,
        sentence,
        values["quote"],
        values["category"],
        secondary,
        values["stage"],
        values["coder"],
        values["codebook_version"],
        values["round"],
        probability,
        where,
    )


def find_labels(labels: Iterable[Label], documents: Sequence[StructuredDocument]) -> list[Found]:
    """Find the sentences that the labels code.

    Raises:
        LabelError: a label's document is missing, its sentence isn't found, or one coder coded a sentence twice and differently.
    """
    by_name = {structured.document.name: structured for structured in documents}
    codes: dict[tuple[str, int, str, str], Label] = {}
    found = []
    for label in labels:
        structured = by_name.get(label.document)
        if structured is None:
            raise LabelError(
                f"the report {label.document!r} isn't there",
                where=label.where,
                remedy="put it among the reports, or remove the row",
            )
        indices = _indices(label, structured)
        for index in indices:
            earlier = codes.setdefault((label.document, index, label.coder, label.round), label)
            if earlier is not label and (earlier.category, earlier.stage) != (label.category, label.stage):
                what = f"coded otherwise by the same coder ({earlier.where})"
                raise LabelError(what, where=label.where, remedy="keep one of the two rows")
        found.append(Found(label, indices))
    return found


def _indices(label: Label, structured: StructuredDocument) -> tuple[int, ...]:
    if not label.sentence:
        whole = defaultdict[int, list[int]](list)
        for index, sentence in enumerate(structured.sentences):
            whole[sentence.paragraph].append(index)
        texts = {number: "".join(structured.sentences[index].text for index in indices) for number, indices in whole.items()}
        numbers = sorted(texts, key=lambda number: abs(number - label.paragraph))
        place = next((number for number in numbers if _fits(label.quote, texts[number])), None)
        if place is not None:
            return tuple(whole[place])
    else:
        near = sorted(range(len(structured.sentences)), key=lambda index: _distance(label, structured.sentences[index]))
        for fits in (_fits, _fits_half):
            place = next((index for index in near if fits(label.quote, structured.sentences[index].text)), None)
            if place is not None:
                return (place,)
    what = f"its sentence isn't found in {label.document} ({label.quote!r})"
    raise LabelError(what, where=label.where, remedy="correct the quote to the text as it now stands, or remove the row")


def _distance(label: Label, sentence: Sentence) -> tuple[int, int]:
    return abs(sentence.paragraph - label.paragraph), abs(sentence.sentence - label.sentence)


def _fits(quote: str, text: str) -> bool:
    return _SPACE.sub("", quote) == quote_of(text)


def _fits_half(quote: str, text: str) -> bool:
    """Tell whether one end of the quote still stands at that end of the text: the other was edited."""
    head, cut, tail = _SPACE.sub("", quote).partition(_CUT)
    text = _SPACE.sub("", text)
    return (
        bool(cut)
        and len(text) >= _HEAD
        and ((len(head) >= 8 and text.startswith(head)) or (len(tail) >= 8 and text.endswith(tail)))
    )


def write_labels(file: Path, labels: Iterable[Label]) -> None:
    """Write labels as CSV that opens in a spreadsheet (UTF-8 with byte order mark)."""
    with file.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        for label in labels:
            probability = f"{label.inclusion_probability:g}" if label.inclusion_probability else ""
            secondary = ";".join(label.secondary)
            row = (
                label.document,
                label.paragraph,
                label.sentence or "",
                label.quote,
                label.category,
                secondary,
                label.stage,
            )
            writer.writerow([*row, label.coder, label.codebook_version, label.round, probability])
