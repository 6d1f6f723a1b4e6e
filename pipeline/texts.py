"""Read texts, and the categories that people gave them, from any table: columns by name, or by number where there is no header."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import ReadError, TableError
from pipeline.readers.text import decode
from pipeline.store import bare

SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx", ".jsonl", ".parquet")


@dataclass(frozen=True)
class Texts:
    """The rows of a table.

    Attributes:
        where: the file.
        header: names of its columns; ``column1`` and so on where it has none.
        rows: cells as texts, as many in each row as there are columns.
        lines: the line, or row of the spreadsheet, in which each row begins.
    """

    where: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]

    def column(self, name: str, *, header: bool) -> list[str]:
        """Return the cells of a column.

        Args:
            name: its name, or its number from 1.
            header: the table has a header: it is a name.

        Raises:
            TableError: there is no such column.
        """
        place = self.header.index(name) if name in self.header else -1
        if not header:
            place = int(name) - 1 if name.isascii() and name.isdigit() else -1
        if not 0 <= place < len(self.header):
            columns = ", ".join(self.header) if header else f"1 to {len(self.header)}"
            remedy = f"its columns are {columns}" + ("; give --no-header if its first row is no header" if header else "")
            raise TableError(f"there is no column {name!r}", where=self.where, remedy=remedy)
        return [row[place] for row in self.rows]

    def place(self, row: int) -> str:
        """Return file and line of a row, for faults."""
        return f"{self.where}, row {self.lines[row]}"


@dataclass(frozen=True)
class Labelled:
    """Texts with a category each.

    Attributes:
        where: the table.
        texts: the texts.
        categories: of each text.
        lines: the line, or row of the spreadsheet, of each text.
        groups: what belongs together, so that it isn't split between training and judging; empty where that isn't known.
        unlabelled: how many rows of the table were left out because their category is empty.
    """

    where: str
    texts: tuple[str, ...]
    categories: tuple[str, ...]
    lines: tuple[int, ...]
    groups: tuple[str, ...] = ()
    unlabelled: int = 0

    def codes(self, classes: Sequence[str]) -> NDArray[np.int64]:
        """Return each text's category as its number among ``classes``.

        Raises:
            TableError: a category isn't one of them.
        """
        number = {category: place for place, category in enumerate(classes)}
        for category, line in zip(self.categories, self.lines, strict=True):
            if category not in number:
                known = ", ".join(classes[:12]) + (", …" if len(classes) > 12 else "")
                remedy = f"the training table has {known}"
                raise TableError(f"unknown category {category!r}", where=f"{self.where}, row {line}", remedy=remedy)
        return np.array([number[category] for category in self.categories], dtype=np.int64)


def read_labelled(file: Path, *, text: str, category: str, group: str | None = None, header: bool = True) -> Labelled:
    """Read texts and categories; rows whose category is empty are left out.

    Args:
        file: the table; its ending tells the format.
        text: column of the texts.
        category: column of the categories.
        group: column of what belongs together, such as the report that a text is from.
        header: the first row names the columns.

    Raises:
        TableError: the table can't be read, a column isn't there, a text is empty, or nothing is labelled.
    """
    table = read_texts(file, header=header)
    columns = [table.column(name, header=header) for name in (text, category, *([group] if group else []))]
    kept = [row for row, value in enumerate(columns[1]) if value.strip()]
    if not kept:
        raise TableError(f"no row has a category in column {category!r}", where=table.where, remedy="is it the right column?")
    if (empty := next((row for row in kept if not columns[0][row].strip()), None)) is not None:
        raise TableError("the text is empty", where=table.place(empty), remedy="fill it in, or remove the row")
    values = [tuple(column[row].strip() for row in kept) for column in columns]
    lines = tuple(table.lines[row] for row in kept)
    return Labelled(table.where, values[0], values[1], lines, values[2] if group else (), len(table.rows) - len(kept))


def read_texts(file: Path, *, header: bool = True) -> Texts:
    """Read all cells of a table as texts.

    Args:
        file: .csv, .tsv or .txt (tabs), .xlsx (its first sheet), .jsonl or .parquet (which have a header always).
        header: the first row names the columns.

    Raises:
        TableError: it doesn't exist, has another ending, holds nothing, or can't be read.
    """
    where, suffix = str(file), file.suffix.lower()
    if not file.is_file():
        raise TableError("no such table", where=where, remedy="check the path")
    if suffix not in SUFFIXES:
        raise TableError(f"no table format has the ending {suffix!r}", where=where, remedy=f"known are {', '.join(SUFFIXES)}")
    if not header and suffix in (".jsonl", ".parquet"):
        raise TableError(f"{suffix} names its columns always", where=where, remedy="leave --no-header out")
    try:
        rows, lines = _READERS[suffix](file)
    except (ValueError, OSError, KeyError, csv.Error, ReadError) as error:
        reason = error.what if isinstance(error, ReadError) else error
        raise TableError(
            f"can't be read as a table ({reason})", where=where, remedy="save it as CSV UTF-8, and try again"
        ) from error
    names = rows.pop(0) if rows and header else []
    lines = lines[len(lines) - len(rows) :]
    if not rows:
        raise TableError("there is no row in it", where=where, remedy="check the file")
    names = names or [f"column{number}" for number in range(1, max(map(len, rows)) + 1)]
    for row, line in zip(rows, lines, strict=True):
        if len(row) > len(names):
            what = f"{len(row)} cells in a row of {len(names)} columns"
            raise TableError(what, where=f"{where}, row {line}", remedy='put a text with a separator between double quotes, "…"')
    padded = (tuple(row) + ("",) * (len(names) - len(row)) for row in rows)
    return Texts(where, tuple(names), tuple(padded), tuple(lines))


Rows = tuple[list[list[str]], list[int]]


def _read_csv(file: Path) -> Rows:
    text, _ = decode(file.read_bytes(), where=str(file))
    reader, rows, lines = csv.reader(io.StringIO(text, newline="")), [], []
    for cells in reader:
        if any(cells):
            rows.append([bare(cell) for cell in cells])
            # A cell may hold line ends: the row's line is its first.
            lines.append(reader.line_num - sum(cell.count("\n") for cell in cells))
    return rows, lines


def _read_tabs(file: Path) -> Rows:
    """Split lines at tabs. Quotation marks are part of the text, unless a spreadsheet put them around a cell and doubled those within."""
    text, _ = decode(file.read_bytes(), where=str(file))
    numbered = [(number, line.removesuffix("\r")) for number, line in enumerate(text.split("\n"), 1)]
    kept = [(number, line) for number, line in numbered if line.strip()]
    return [[_unquoted(cell) for cell in line.split("\t")] for _, line in kept], [number for number, _ in kept]


def _unquoted(cell: str) -> str:
    inside = cell[1:-1]
    if len(cell) > 1 and cell[0] == cell[-1] == '"' and '"' not in inside.replace('""', ""):
        return inside.replace('""', '"')
    return cell


def _read_xlsx(file: Path) -> Rows:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        cells = CalamineWorkbook.from_path(file).get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, IndexError) as error:
        raise ValueError(str(error)) from error
    kept = [(number, row) for number, row in enumerate(cells, 1) if any(cell != "" for cell in row)]
    return [[_text(cell) for cell in row] for _, row in kept], [number for number, _ in kept]


def _read_jsonl(file: Path) -> Rows:
    text, _ = decode(file.read_bytes(), where=str(file))
    numbered = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    objects = [json.loads(line) for _, line in numbered]
    if not all(isinstance(value, dict) for value in objects):
        raise ValueError("a line is no object")
    return _from_records(objects, [number for number, _ in numbered])


def _read_parquet(file: Path) -> Rows:
    import pyarrow.parquet as pq

    records = pq.read_table(file)
    columns = [column.to_pylist() for column in records.columns]
    rows = [[_text(value) for value in row] for row in zip(*columns, strict=True)]
    return [list(records.column_names), *rows], [0, *range(1, len(rows) + 1)]


def _from_records(records: Sequence[dict[str, Any]], lines: Sequence[int]) -> Rows:
    names = list(dict.fromkeys(name for record in records for name in record))
    return [names, *([_text(record.get(name)) for name in names] for record in records)], [0, *lines]


def _text(value: Any) -> str:
    """Return a cell as text: a whole number without a decimal point, whatever the format calls it."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


_READERS = {
    ".csv": _read_csv,
    ".tsv": _read_tabs,
    ".txt": _read_tabs,
    ".xlsx": _read_xlsx,
    ".jsonl": _read_jsonl,
    ".parquet": _read_parquet,
}
