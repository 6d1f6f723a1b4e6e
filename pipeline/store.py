"""Write tables document by document, beside their place and then into it; read them back."""

from __future__ import annotations

import csv
import json
import os
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import pandas as pd
from python_calamine import CalamineError

from pipeline.errors import TableError

SUFFIXES = (".csv", ".xlsx", ".parquet", ".jsonl")
# What people see at the top of a column; files for programs keep the names of the first column in any language.
CHINESE_HEADERS = {
    "document": "报告",
    "unit": "单位",
    "period": "时期",
    "paragraph": "段落",
    "point": "要点",
    "sentence": "句",
    "start": "起点",
    "end": "终点",
    "heading": "标题路径",
    "text": "原文",
    "category": "类别代码",
    "category_name": "类别",
    "probability": "概率",
    "secondary": "次要类别",
    "stage": "阶段",
    "review": "待复核",
    "shares": "占比",
    "kind": "类型",
    "level": "层级",
    "guessed": "推断依据",
}
_ENGLISH_HEADERS = {header: name for name, header in CHINESE_HEADERS.items()}
_WIDTHS = {
    "document": 24,
    "unit": 24,
    "heading": 36,
    "text": 70,
    "category": 20,
    "category_name": 14,
    "secondary": 26,
    "shares": 40,
}
_WRAPPED = ("text", "heading", "shares", "secondary", "document", "unit")
_INTEGERS = ("paragraph", "point", "sentence", "level", "start", "end", "review")
_ROWS_OF_A_SHEET = 1_048_575
_CHARACTERS_OF_A_CELL = 32_767
# Apostrophes before the sign too: one is put before on writing and taken off on reading, so that every text comes back as it was.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class TableWriter(ABC):
    """Writes a table in parts to a temporary file that replaces ``path`` when all went well; else ``path`` stays as it was.

    Args:
        path: where the table goes; its ending tells the format.
        columns: names of the columns.
        language: of the headers and stage names in .xlsx.
        stage_names: what people see of a stage in .xlsx.
    """

    def __init__(self, path: Path, columns: Sequence[str], *, language: str, stage_names: Mapping[str, str]) -> None:
        self.path, self.columns, self.language, self.stage_names = path, list(columns), language, stage_names
        self.beside = path.with_name(f".{path.name[:80]}.{os.getpid()}.tmp")

    def __enter__(self) -> Self:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._open()
        except OSError as error:
            raise _unwritable(self.path, error) from error
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        try:
            self._close()
            if kind is None:
                self.beside.replace(self.path)
        except OSError as fault:
            raise _unwritable(self.path, fault) from fault
        finally:
            self.beside.unlink(missing_ok=True)

    @abstractmethod
    def _open(self) -> None: ...

    @abstractmethod
    def write(self, table: pd.DataFrame) -> None:
        """Append the rows of ``table``."""

    @abstractmethod
    def _close(self) -> None: ...


class _TextWriter(TableWriter):
    stream: IO[str]
    encoding = "utf-8"

    def _open(self) -> None:
        self.stream = self.beside.open("w", encoding=self.encoding, errors="replace", newline="")

    def _close(self) -> None:
        self.stream.close()


class _CsvWriter(_TextWriter):
    encoding = "utf-8-sig"

    def _open(self) -> None:
        super()._open()
        self.writer = csv.writer(self.stream, lineterminator="\r\n")
        self.writer.writerow(self.columns)

    def write(self, table: pd.DataFrame) -> None:
        for row in table.itertuples(index=False, name=None):
            self.writer.writerow([neutral(_plain(value)) for value in row])


class _JsonlWriter(_TextWriter):
    def write(self, table: pd.DataFrame) -> None:
        for row in table.itertuples(index=False, name=None):
            values = {name: _plain(value) for name, value in zip(self.columns, row, strict=True)}
            self.stream.write(json.dumps(values, ensure_ascii=False) + "\n")


class _ParquetWriter(TableWriter):
    def _open(self) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        kinds = {name: pa.int64() for name in _INTEGERS} | {"probability": pa.float64()}
        self.schema = pa.schema([(name, kinds.get(name, pa.string())) for name in self.columns])
        self.writer = pq.ParquetWriter(self.beside, self.schema, compression="zstd")

    def write(self, table: pd.DataFrame) -> None:
        import pyarrow as pa

        columns = {name: [_encodable(_plain(value)) for value in table[name]] for name in self.columns}
        self.writer.write_table(pa.table(columns, schema=self.schema))

    def _close(self) -> None:
        self.writer.close()


class _XlsxWriter(TableWriter):
    def _open(self) -> None:
        import xlsxwriter

        options = {
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "constant_memory": True,
        }
        self.book = xlsxwriter.Workbook(str(self.beside), options)
        self.bold = self.book.add_format({"bold": True, "bg_color": "#DDE6F0", "border": 1, "valign": "vcenter"})
        self.top = self.book.add_format({"valign": "top"})
        self.wrapped = self.book.add_format({"valign": "top", "text_wrap": True})
        self.decimal = self.book.add_format({"valign": "top", "num_format": "0.00"})
        self.sheets = 0
        self._add_sheet()

    def _add_sheet(self) -> None:
        self.sheets += 1
        name = "标注" if self.language == "zh" else "tags"
        self.sheet = self.book.add_worksheet(name if self.sheets == 1 else f"{name} {self.sheets}")
        self.sheet.freeze_panes(1, 0)
        self.sheet.repeat_rows(0)
        self.sheet.set_landscape()
        self.sheet.set_paper(8)  # A3
        self.sheet.fit_to_pages(1, 0)
        self.sheet.set_row(0, 22)
        for place, column in enumerate(self.columns):
            header = CHINESE_HEADERS.get(column, column) if self.language == "zh" else column
            self.sheet.set_column(place, place, _WIDTHS.get(column, 9 if column in _INTEGERS else 11), self._format(column))
            self.sheet.write_string(0, place, header, self.bold)
        self.row = 0

    def _format(self, column: str) -> Any:
        if column == "probability":
            return self.decimal
        return self.wrapped if column in _WRAPPED else self.top

    def write(self, table: pd.DataFrame) -> None:
        for values in table.itertuples(index=False, name=None):
            if self.row == _ROWS_OF_A_SHEET:
                self._finish_sheet()
                self._add_sheet()
            self.row += 1
            self.sheet.set_row(self.row, self._height(values))
            for place, (column, raw) in enumerate(zip(self.columns, values, strict=True)):
                value = _plain(raw)
                if column == "stage" and self.language == "zh":
                    value = self.stage_names.get(str(value), value)
                elif column == "review":
                    value = ("是" if self.language == "zh" else "yes") if value else ""
                if isinstance(value, int | float):
                    self.sheet.write_number(self.row, place, value, self._format(column))
                elif value:
                    text = _NOT_IN_XML.sub("\ufffd", str(value))[:_CHARACTERS_OF_A_CELL]
                    self.sheet.write_string(self.row, place, text, self._format(column))

    def _height(self, values: Sequence[Any]) -> float:
        """Return the height of a row in points; not every program fits rows to wrapped text when it opens a file."""
        lines = 1
        for column, value in zip(self.columns, values, strict=True):
            if column in _WRAPPED and isinstance(value, str):
                cells = sum(2 if sign >= "\u2e80" else 1 for sign in value)
                lines = max(lines, -(-cells // (_WIDTHS[column] - 2)) + value.count("\n"))
        return min(15.0 * lines, 405.0)

    def _finish_sheet(self) -> None:
        self.sheet.autofilter(0, 0, max(self.row, 1), len(self.columns) - 1)

    def _close(self) -> None:
        from xlsxwriter.exceptions import XlsxWriterException

        self._finish_sheet()
        try:
            self.book.close()
        except XlsxWriterException as error:
            for sheet in self.book.worksheets():  # xlsxwriter leaves its temporary files behind
                sheet.row_data_fh.close()
                Path(sheet.row_data_filename).unlink(missing_ok=True)
            raise OSError(str(error)) from error


_WRITERS: dict[str, type[TableWriter]] = {
    ".csv": _CsvWriter,
    ".xlsx": _XlsxWriter,
    ".parquet": _ParquetWriter,
    ".jsonl": _JsonlWriter,
}


def table_writer(
    path: Path, columns: Sequence[str], *, language: str = "zh", stage_names: Mapping[str, str] | None = None
) -> TableWriter:
    """Return the writer for the ending of ``path``.

    Raises:
        TableError: no format has that ending, or the path is a folder.
    """
    writer = _WRITERS.get(path.suffix.lower())
    if writer is None:
        remedy = f"give a name that ends with {', '.join(SUFFIXES)}"
        raise TableError(f"no table format has the ending {path.suffix!r}", where=str(path), remedy=remedy)
    if path.is_dir():
        raise TableError("this is a folder", where=str(path), remedy="give the name of a file")
    return writer(path, columns, language=language, stage_names=stage_names or {})


def read_table(path: Path) -> pd.DataFrame:
    """Read a table that :func:`table_writer` wrote, in any language; its columns bear the names of the contract.

    Raises:
        TableError: it doesn't exist, has another ending, or can't be read.
    """
    if not path.is_file():
        raise TableError("no such table", where=str(path), remedy="check the path")
    suffix = path.suffix.lower()
    try:
        if suffix == ".csv":
            table = pd.read_csv(path, encoding="utf-8-sig", dtype=str, keep_default_na=False)
            table = table.map(bare)
        elif suffix == ".xlsx":
            sheets = pd.read_excel(path, engine="calamine", dtype=str, keep_default_na=False, sheet_name=None)
            table = pd.concat(sheets.values(), ignore_index=True).rename(columns=_ENGLISH_HEADERS)
        elif suffix == ".parquet":
            table = pd.read_parquet(path)
        elif suffix == ".jsonl":
            # Not pandas' own reader, which guesses at types and dates.
            lines = path.read_text(encoding="utf-8").split("\n")
            table = pd.DataFrame([_object(line) for line in lines if line.strip()])
        else:
            raise TableError(
                f"no table format has the ending {suffix!r}", where=str(path), remedy=f"known are {', '.join(SUFFIXES)}"
            )
    except (ValueError, OSError, KeyError, CalamineError) as error:
        raise TableError(
            f"can't be read as a table ({error})", where=str(path), remedy="write it again with `worktag tag`"
        ) from error
    return _typed(table)


def _object(line: str) -> dict[str, Any]:
    values = json.loads(line)
    if not isinstance(values, dict):
        raise ValueError("a line is no object")
    return values


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    typed = table.copy()
    if "review" in typed:
        typed["review"] = typed["review"].map(lambda cell: int(str(cell) in ("1", "1.0", "是", "yes")))
    for name in _INTEGERS:
        if name in typed:
            typed[name] = pd.to_numeric(typed[name], errors="coerce").astype("Int64")
    if "probability" in typed:
        typed["probability"] = pd.to_numeric(typed["probability"], errors="coerce")
    for name in typed.columns.difference([*_INTEGERS, "probability"]):
        typed[name] = typed[name].fillna("").astype(str)
    return typed


def replace_text(path: Path, text: str, *, encoding: str = "utf-8") -> None:
    """Write a text file beside its place, then put it there.

    Raises:
        TableError: the place can't be written.
    """
    replace_bytes(path, text.encode(encoding))


def replace_bytes(path: Path, data: bytes) -> None:
    """Write a file beside its place, then put it there.

    Raises:
        TableError: the place can't be written.
    """
    beside = path.with_name(f".{path.name[:80]}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(data)
        beside.replace(path)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        beside.unlink(missing_ok=True)


def _unwritable(path: Path, error: OSError) -> TableError:
    reason = (error.strerror or str(error)).lower()
    return TableError(
        f"can't be written ({reason})",
        where=str(path),
        remedy="close it if it is open elsewhere, or choose another place",
    )


def _encodable(value: Any) -> Any:
    """Return a text without halves of characters (lone surrogates), which no charset can write."""
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else value


def _plain(value: Any) -> Any:
    """Return a cell's value without numpy types; nothing for a missing one."""
    if value is None or (isinstance(value, float) and value != value):
        return None
    return value.item() if hasattr(value, "item") else value


def neutral(value: Any) -> Any:
    """Return a text that a spreadsheet would run as a formula with an apostrophe before it."""
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def bare(cell: str) -> str:
    """Undo :func:`neutral`."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
