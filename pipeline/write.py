"""Write tables in parts: to a temporary file, which takes the table's place when all went well.

Cells are plain values, by column: a batch of ten thousand reports needs neither pandas nor pyarrow to become .csv or .jsonl.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from codecs import BOM_UTF8
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Self

from pipeline.errors import TableError
from pipeline.lines import Columns, Row, csv_header, csv_lines, json_lines, unpacked
from pipeline.store import INTEGERS, SUFFIXES, unwritable

if TYPE_CHECKING:
    import pandas as pd

# Row groups of a fixed size, however the rows came: a batch that was stopped and resumed gives the same bytes.
_ROWS_OF_A_GROUP = 20_000


class TableWriter(ABC):
    """Writes a table in parts to a temporary file that replaces ``path`` when all went well; else ``path`` stays as it was.

    Args:
        path: where the table goes; its ending tells the format.
        columns: names of the columns.
        language: of the headers and stage names in .xlsx.
        stage_names: what people see of a stage in .xlsx.
        beside: the temporary file; None: one of this process beside the path.
    """

    def __init__(
        self, path: Path, columns: Sequence[str], *, language: str, stage_names: Mapping[str, str], beside: Path | None = None
    ) -> None:
        self.path, self.columns, self.language, self.stage_names = path, list(columns), language, stage_names
        self.beside = beside or path.with_name(f".{path.name[:80]}.{os.getpid()}.tmp")

    def __enter__(self) -> Self:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._open()
        except OSError as error:
            raise unwritable(self.path, error) from error
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        try:
            self._close()
            if kind is None:
                self.beside.replace(self.path)
        except OSError as fault:
            raise unwritable(self.path, fault) from fault
        finally:
            self.beside.unlink(missing_ok=True)

    def write(self, table: pd.DataFrame) -> None:
        """Append the rows of ``table``.

        Raises:
            TableError: they can't be written.
        """
        columns = [list(map(_plain, column)) for column in zip(*table.itertuples(index=False, name=None), strict=True)]
        try:
            self._write(columns)
        except OSError as error:
            raise unwritable(self.path, error) from error

    def write_packed(self, table: bytes) -> None:
        """Append rows of which :func:`pipeline.lines.packed` made bytes for this format.

        Raises:
            TableError: they can't be written.
        """
        try:
            self._write_packed(table)
        except OSError as error:
            raise unwritable(self.path, error) from error

    def _write_packed(self, table: bytes) -> None:
        self._write(unpacked(table))

    @abstractmethod
    def _open(self) -> None: ...

    @abstractmethod
    def _write(self, columns: Columns) -> None: ...

    @abstractmethod
    def _close(self) -> None: ...


class _LineWriter(TableWriter):
    stream: IO[bytes]

    def _open(self) -> None:
        self.stream = self.beside.open("wb")

    def _write_packed(self, table: bytes) -> None:
        self.stream.write(table)

    def _close(self) -> None:
        self.stream.close()


class _CsvWriter(_LineWriter):
    def _open(self) -> None:
        super()._open()
        self.stream.write(BOM_UTF8 + csv_header(self.columns))

    def _write(self, columns: Columns) -> None:
        self.stream.write(csv_lines(columns))


class _JsonlWriter(_LineWriter):
    def _write(self, columns: Columns) -> None:
        self.stream.write(json_lines(columns, self.columns))


class _ParquetWriter(TableWriter):
    def _open(self) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        kinds = {name: pa.int64() for name in INTEGERS} | {"probability": pa.float64()}
        self.schema = pa.schema([(name, kinds.get(name, pa.string())) for name in self.columns])
        self.writer = pq.ParquetWriter(self.beside, self.schema, compression="zstd")
        self.held: list[Row] = []

    def _write(self, columns: Columns) -> None:
        for row in zip(*columns, strict=True):
            self.held.append(row)
            if len(self.held) == _ROWS_OF_A_GROUP:
                self._write_group()

    def _write_group(self) -> None:
        import pyarrow as pa

        rows, self.held = self.held, []
        arrays = [_array(column, field.type) for column, field in zip(zip(*rows, strict=True), self.schema, strict=True)]
        self.writer.write_table(pa.Table.from_arrays(arrays, schema=self.schema))

    def _close(self) -> None:
        try:
            if self.held:
                self._write_group()
        finally:
            self.writer.close()


def table_writer(
    path: Path,
    columns: Sequence[str],
    *,
    language: str = "zh",
    stage_names: Mapping[str, str] | None = None,
    beside: Path | None = None,
) -> TableWriter:
    """Return the writer for the ending of ``path``.

    Raises:
        TableError: no format has that ending, or the path is a folder.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        remedy = f"give a name that ends with {', '.join(SUFFIXES)}"
        raise TableError(f"no table format has the ending {path.suffix!r}", where=str(path), remedy=remedy)
    if path.is_dir():
        raise TableError("this is a folder", where=str(path), remedy="give the name of a file")
    return _writer_of(suffix)(path, columns, language=language, stage_names=stage_names or {}, beside=beside)


def _writer_of(suffix: str) -> type[TableWriter]:
    if suffix == ".xlsx":
        from pipeline.spreadsheet import SpreadsheetWriter

        return SpreadsheetWriter
    known: dict[str, type[TableWriter]] = {".csv": _CsvWriter, ".parquet": _ParquetWriter, ".jsonl": _JsonlWriter}
    return known[suffix]


def _array(cells: Sequence[Any], kind: Any) -> Any:
    """Return cells as an array of pyarrow, without halves of characters (lone surrogates), which no charset can write."""
    import pyarrow as pa

    try:
        return pa.array(cells, type=kind)
    except UnicodeEncodeError:
        return pa.array([cell and cell.encode("utf-8", "replace").decode("utf-8") for cell in cells], type=kind)


def _plain(value: Any) -> Any:
    """Return a cell's value without numpy types; nothing for a missing one."""
    if value is None or (isinstance(value, float) and value != value):
        return None
    return value.item() if hasattr(value, "item") else value
