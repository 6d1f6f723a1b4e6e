"""Make bytes of a document's rows: the very lines of a .csv or .jsonl file, or what other formats are made of later.

So they are made but once, by whoever works on the document, and are sent, kept and written as they are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from pipeline.store import neutral

# A row is a cell a column: text, whole number, decimal number, or None for an empty cell. Rows are made, looked at and sent by column.
Row = Sequence[Any]
Columns = Sequence[Sequence[Any]]
_SUSPECT = frozenset("'=+-@\t\r")  # what a cell begins with that may need an apostrophe
_QUOTED = re.compile('[,"\r\n]')  # what makes a cell of .csv need quotes


def packed(columns: Columns, names: Sequence[str], suffix: str) -> bytes:
    """Return rows as a file with that ending holds them; in JSON for formats that aren't made of lines.

    Args:
        columns: the cells of a document's rows.
        names: of the columns.
        suffix: ending of the table's name, in lower case.
    """
    if suffix == ".csv":
        return csv_lines(columns)
    if suffix == ".jsonl":
        return json_lines(columns, names)
    return json.dumps(columns, ensure_ascii=False).encode("utf-8", "surrogatepass")


def unpacked(table: bytes) -> Columns:
    """Return the columns of which :func:`packed` made JSON."""
    columns: Columns = json.loads(table.decode("utf-8", "surrogatepass"))
    return columns


def csv_lines(columns: Columns) -> bytes:
    """Return rows as lines of a .csv file whose cells no spreadsheet runs; the bytes that :mod:`csv` would write, in half the time."""
    lines = map(",".join, zip(*map(_csv_cells, columns), strict=True))
    return "\r\n".join([*lines, ""]).encode("utf-8", "replace")


def csv_header(names: Sequence[str]) -> bytes:
    """Return the first line of a .csv file."""
    return f"{','.join(map(_quoted, names))}\r\n".encode("utf-8", "replace")


def json_lines(columns: Columns, names: Sequence[str]) -> bytes:
    """Return rows as lines of a .jsonl file, an object a row."""
    encode = json.JSONEncoder(ensure_ascii=False).encode
    return "".join(f"{encode(dict(zip(names, row, strict=True)))}\n" for row in zip(*columns, strict=True)).encode(
        "utf-8", "replace"
    )


def _csv_cells(column: Sequence[Any]) -> Iterable[str]:
    """Return the cells of a column as they stand in a .csv file: the common column as it is, after one look at all of it."""
    kinds = set(map(type, column))
    if kinds != {str}:
        return map(repr if kinds <= {int, float} else _csv_cell, column)
    different = set(column)
    if _QUOTED.search("".join(different)) or not _SUSPECT.isdisjoint({cell[:1] for cell in different}):
        return map({cell: _csv_cell(cell) for cell in different}.__getitem__, column)
    return column


def _csv_cell(cell: Any) -> str:
    return "" if cell is None else _quoted(str(neutral(cell)))


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text
