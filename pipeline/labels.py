"""Labels: what coders said of sentences, kept in CSV files that a spreadsheet opens, and found again in the reports."""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.codebook import Codebook
from pipeline.coding import COLUMNS, REQUIRED, Label, cells_of, foreign_codebook, label_from
from pipeline.errors import LabelError
from pipeline.records import Sentence, StructuredDocument
from pipeline.store import bare, neutral, replace_text

__all__ = [
    "COLUMNS",
    "Found",
    "Label",
    "Scan",
    "find_labels",
    "locate_labels",
    "quote_of",
    "read_labels",
    "scan_labels",
    "write_labels",
]

_CUT = "……"
_HEAD, _TAIL = 10, 8
_SPACE = re.compile(r"\s+")
_SHIFTED = 'put a text with a comma between double quotes, "…", and see that no comma is missing'


@dataclass(frozen=True, slots=True)
class Found:
    """A label and the sentences of its document that it codes, by their index."""

    label: Label
    indices: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Scan:
    """What label files hold: every row whose cells make a label, faulty or not, and every fault, in the order of the files."""

    labels: tuple[Label, ...]
    faults: tuple[LabelError, ...]


def quote_of(text: str) -> str:
    """Return the first and last characters of a span; the whole span if it is short. White space is left out."""
    text = _SPACE.sub("", text)
    return text if len(text) <= _HEAD + _TAIL + len(_CUT) else f"{text[:_HEAD]}{_CUT}{text[-_TAIL:]}"


def read_labels(folder: Path, codebook: Codebook) -> list[Label]:
    """Read all ``*.csv`` of a folder, or one file.

    Raises:
        LabelError: the first fault: there is no label file, or one has a missing column, an unknown code, or a number that is none.
    """
    scan = scan_labels(folder, codebook)
    if scan.faults:
        raise _first(scan.faults)
    return list(scan.labels)


def scan_labels(folder: Path, codebook: Codebook) -> Scan:
    """Read all ``*.csv`` of a folder, or one file, and collect every fault instead of raising the first."""
    files = sorted(folder.glob("*.csv")) if folder.is_dir() else [folder]
    if not files or not all(file.is_file() for file in files):
        return Scan((), (LabelError("no label files (*.csv) here", where=str(folder), remedy="check the path"),))
    labels: list[Label] = []
    faults: list[LabelError] = []
    for file in files:
        try:
            for row, where in _rows(file):
                if isinstance(row, LabelError):
                    faults.append(row)
                    continue
                label, found = label_from(row, where, codebook)
                labels.append(label)
                faults += found
        except LabelError as fault:
            faults.append(fault)
    if foreign := foreign_codebook(labels, codebook, str(folder)):
        return Scan((), (foreign,))
    return Scan(tuple(labels), tuple(faults))


def read_labels_below(folder: Path, codebook: Codebook) -> list[Label]:
    """Read the label files of a folder and of the folders in it, where a second coder's labels may lie; or one file.

    Raises:
        LabelError: as :func:`read_labels`.
    """
    folders = [path for path in (folder, *sorted(folder.rglob("*"))) if path.is_dir() and any(path.glob("*.csv"))]
    return [label for path in folders or [folder] for label in read_labels(path, codebook)]


def _rows(file: Path) -> Iterator[tuple[Mapping[str, str] | LabelError, str]]:
    """Yield each row's cells by column, or the fault where it has more cells than there are columns; and its file and line.

    Raises:
        LabelError: the file isn't UTF-8 or no CSV, or a column is missing.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise LabelError("the label file isn't UTF-8", where=str(file), remedy="save it as CSV UTF-8") from error
    except OSError as error:
        raise LabelError(f"can't be opened ({error.strerror})", where=str(file), remedy="check its permissions") from error
    first = text.partition("\n")[0]
    # Some spreadsheets separate by semicolons, as their country writes its decimals.
    separator = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        header = next(reader, [])
        if missing := [column for column in REQUIRED if column not in header]:
            remedy = f"columns are {', '.join(COLUMNS)}"
            raise LabelError(f"the column {missing[0]!r} is missing", where=str(file), remedy=remedy)
        for cells in reader:
            # A cell may hold line ends: the row's line is its first.
            where = f"{file}, line {reader.line_num - sum(cell.count(chr(10)) for cell in cells)}"
            if len(cells) > len(header) or (len(cells) < len(header) and _is_shifted(header, cells)):
                what = f"{len(cells)} cells in a row of {len(header)} columns"
                yield LabelError(what, where=where, remedy=_SHIFTED), where
            elif any(cell.strip() for cell in cells):  # a spreadsheet leaves empty rows
                yield {name: bare(cell.strip()) for name, cell in zip(header, cells, strict=False)}, where
    except csv.Error as error:
        remedy = "look for a quotation mark without its partner"
        raise LabelError(f"isn't valid CSV ({error})", where=f"{file}, line {reader.line_num}", remedy=remedy) from error


def _is_shifted(header: Sequence[str], cells: Sequence[str]) -> bool:
    """Tell whether a row lost a cell before its last ones: spreadsheets leave out empty cells at the end, and that does no harm."""
    row = dict(zip(header, cells, strict=False))
    places = (row.get("paragraph", "").strip(), row.get("sentence", "").strip())
    return any(cells) and not all(place.isdigit() or not place for place in places)


def find_labels(labels: Iterable[Label], documents: Sequence[StructuredDocument]) -> list[Found]:
    """Find the sentences that the labels code.

    Raises:
        LabelError: the first fault: a label's document is missing, its sentence isn't found, or one coder coded a sentence twice and
            differently.
    """
    found, faults = locate_labels(labels, documents)
    if faults:
        raise _first(faults)
    return found


def _first(faults: Sequence[LabelError]) -> LabelError:
    """Return the first fault, with a word on where the others are named."""
    first, others = faults[0], len(faults) - 1
    if not others:
        return first
    return LabelError(first.what, where=first.where, remedy=f"{first.remedy} (and {others:,} more: see `worktag labels check`)")


def locate_labels(
    labels: Iterable[Label], documents: Sequence[StructuredDocument], *, faulty: frozenset[str] = frozenset()
) -> tuple[list[Found], list[LabelError]]:
    """Find the sentences that the labels code, and collect every fault instead of raising the first.

    Args:
        labels: the labels.
        documents: the reports.
        faulty: where rows stand whose codes are wrong: that they contradict others too says nothing new.
    """
    by_name = {structured.document.name: structured for structured in documents}
    codes: dict[tuple[str, int, str, str], Label] = {}
    found: list[Found] = []
    faults: list[LabelError] = []
    for label in labels:
        structured = by_name.get(label.document)
        if structured is None:
            what = f"the report {label.document!r} isn't there"
            faults.append(LabelError(what, where=label.where, remedy="put it among the reports, or remove the row"))
            continue
        indices = _indices(label, structured)
        if not indices:
            what = f"its sentence isn't found in {label.document} ({label.quote!r})"
            remedy = "correct the quote to the text as it now stands, or remove the row"
            faults.append(LabelError(what, where=label.where, remedy=remedy))
            continue
        found.append(Found(label, indices))
        if label.where and label.where in faulty:
            continue
        earlier = [codes.setdefault((label.document, index, label.coder, label.round), label) for index in indices]
        other = next((one for one in earlier if (one.category, one.stage) != (label.category, label.stage)), None)
        if other is not None:
            what = f"coded otherwise by the same coder ({other.where})"
            faults.append(LabelError(what, where=label.where, remedy="keep one of the two rows"))
    return found, faults


def _indices(label: Label, structured: StructuredDocument) -> tuple[int, ...]:
    """Return the sentences that a label codes, nearest to where it says; none where its quote isn't found."""
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
    return ()


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
    """Write labels as CSV that opens in a spreadsheet (UTF-8 with byte order mark).

    A cell that a spreadsheet would run as a formula gets an apostrophe, which reading takes away again.

    Raises:
        TableError: the place can't be written.
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(map(neutral, cells_of(label).values()) for label in labels)
    replace_text(file, stream.getvalue(), encoding="utf-8-sig")
