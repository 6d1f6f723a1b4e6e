"""Read spreadsheets (.xlsx, .xls) row by row. Runs in a child process (:mod:`pipeline.readers.isolate`)."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import re
import struct
from collections.abc import Iterator

import python_calamine

from pipeline.errors import ReadError
from pipeline.readers.content import Columns, Content, Limits
from pipeline.readers.ole import CompoundFile
from pipeline.readers.package import Package
from pipeline.readers.tables import contents

_REMEDY = "open it in Excel or WPS, save it as a new .xlsx and try again"
_CELL = re.compile(rb"<(?:[A-Za-z0-9]{1,10}:)?c\s[^<>]{0,200}?\br=[\"']([A-Za-z]{1,3})([0-9]{1,7})[\"']")
_MOST_CELLS = 20_000_000  # of the rectangle around all cells, which the parser lays out in memory, 24 bytes each
# Records of an .xls sheet that set a cell: they begin with its row and column ([MS-XLS] 2.4).
_CELL_RECORDS = frozenset({0x0006, 0x00BD, 0x00BE, 0x00D6, 0x00FD, 0x0201, 0x0203, 0x0204, 0x0205, 0x027E})


def read_sheets(data: bytes, kind: str, *, where: str, limits: Limits, columns: Columns) -> Iterator[Content]:
    """Yield the reports of a spreadsheet: of the sheet that is asked for, else of the first one with a text column.

    Raises:
        ReadError: it is damaged or encrypted, its cells are strewn too far, it has no text column, or too many rows.
    """
    (_check_xlsx if kind == "xlsx" else _check_xls)(data, where, limits)
    try:
        with _refusing_damage("the table", where):
            book = python_calamine.load_workbook(io.BytesIO(data))
            names = book.sheet_names
    except python_calamine.PasswordError as error:
        raise ReadError("the table is encrypted", where=where, remedy="save it without a password") from error
    if columns.sheet and columns.sheet not in names:
        raise ReadError(f"no sheet {columns.sheet!r} among {'、'.join(names)[:200]}", where=where, remedy="name one of them")
    failed: ReadError | None = None
    for name in [columns.sheet] if columns.sheet else names:
        place = f"{where}, sheet {name}" if len(names) > 1 else where
        reports = contents(_rows(book, name, place), kind, where=place, limits=limits, columns=columns)
        try:
            first = next(reports)
        except ReadError as error:
            failed = failed or error
            continue
        yield first
        yield from reports
        return
    raise failed or ReadError("the table has no sheet", where=where, remedy=_REMEDY)


def _rows(book: python_calamine.CalamineWorkbook, name: str, where: str) -> Iterator[tuple[int, list[str]]]:
    with _refusing_damage("the sheet", where):
        rows = enumerate(book.get_sheet_by_name(name).iter_rows(), 1)
    while True:
        with _refusing_damage("the sheet", where):
            number, row = next(rows, (0, []))
        if not number:
            return
        yield number, [_text(value) for value in row]


@contextlib.contextmanager
def _refusing_damage(what: str, where: str) -> Iterator[None]:
    """Turn what the parser raises on damage into an error of one line; its panics are no Exceptions."""
    try:
        yield
    except python_calamine.PasswordError:
        raise
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise ReadError(f"{what} is damaged", where=where, remedy=_REMEDY) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise ReadError(f"{what} is damaged", where=where, remedy=_REMEDY) from error


def _text(value: object) -> str:
    """Return a cell as a spreadsheet shows it: 2024, not 2024.0."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, dt.datetime) and not (value.hour or value.minute or value.second):
        return value.date().isoformat()
    return str(value)


def _check_xlsx(data: bytes, where: str, limits: Limits) -> None:
    """Refuse a sheet whose cells are so many or so far apart that its rectangle doesn't fit in memory."""
    package = Package(data, where=where, limits=limits)
    for name in sorted(package.names):
        if not name.endswith(".xml") or name.startswith(("docProps/", "xl/media/")):
            continue
        part = package.read(name) or b""
        if b"<!DOCTYPE" in part or b"<!ENTITY" in part:
            what = f"its part {name} declares a document type or entities, which no spreadsheet program writes"
            raise ReadError(what, where=where, remedy="don't trust this file; ask for a new one")
        if "worksheets/" in name:
            rows = width = 0
            for found in _CELL.finditer(part):
                rows, width = max(rows, int(found[2])), max(width, _column(found[1]))
            rows = max(rows, part.count(b"<row"))
            _refuse_strewn(rows, width, where, limits)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _check_xls(data: bytes, where: str, limits: Limits) -> None:
    """Do the same for the records of an old workbook."""
    compound = CompoundFile(data)
    stream = next((found for name in ("Workbook", "Book") if (found := compound.read(name, limits.file_bytes))), b"")
    at = rows = width = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        if kind in _CELL_RECORDS and length >= 4 and at + 8 <= len(stream):
            row, column = struct.unpack_from("<HH", stream, at + 4)
            if kind in (0x00BD, 0x00BE) and at + 4 + length <= len(stream):  # several cells; the last column ends the record
                (column,) = struct.unpack_from("<H", stream, at + 2 + length)
            rows, width = max(rows, row + 1), max(width, column + 1)
        at += 4 + length
    _refuse_strewn(rows, width, where, limits)


def _refuse_strewn(rows: int, width: int, where: str, limits: Limits) -> None:
    if rows > limits.rows + 100:
        what = f"the table has {rows:,} rows, more than {limits.rows:,}"
        raise ReadError(what, where=where, remedy="split it, or raise read: rows in params.yaml")
    if rows * width > _MOST_CELLS:
        what = f"the table's cells are strewn over {rows:,} rows and {width:,} columns"
        raise ReadError(what, where=where, remedy="copy the cells that hold text to a new sheet")
