"""What all tables have in common: names of columns, harmless cells, files replaced whole; read a table back."""

from __future__ import annotations

import errno
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import TableError

if TYPE_CHECKING:
    import pandas as pd

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
INTEGERS = ("paragraph", "point", "sentence", "level", "start", "end", "review")
# Apostrophes before the sign too: one is put before on writing and taken off on reading, so that every text comes back as it was.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")


def posteriors_path(table: Path) -> Path:
    """Return where the posteriors of a table of tags lie."""
    return table.with_name(f"{table.name}.posteriors.parquet")


def read_table(path: Path) -> pd.DataFrame:
    """Read a table that :func:`table_writer` wrote, in any language; its columns bear the names of the contract.

    Raises:
        TableError: it doesn't exist, has another ending, or can't be read.
    """
    import pandas as pd
    from python_calamine import CalamineError

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
    import pandas as pd

    typed = table.copy()
    if "review" in typed:
        typed["review"] = typed["review"].map(lambda cell: int(str(cell) in ("1", "1.0", "是", "yes")))
    for name in INTEGERS:
        if name in typed:
            typed[name] = pd.to_numeric(typed[name], errors="coerce").astype("Int64")
    if "probability" in typed:
        typed["probability"] = pd.to_numeric(typed["probability"], errors="coerce")
    for name in typed.columns.difference([*INTEGERS, "probability"]):
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
        raise unwritable(path, error) from error
    finally:
        beside.unlink(missing_ok=True)


def unwritable(path: Path, error: OSError) -> TableError:
    """Return what to say where a file can't be written."""
    reason = (error.strerror or str(error)).lower()
    remedy = "close it if it is open elsewhere, or choose another place"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        remedy = "make room there and try again"
    return TableError(f"can't be written ({reason})", where=str(path), remedy=remedy)


def neutral(value: Any) -> Any:
    """Return a text that a spreadsheet would run as a formula with an apostrophe before it."""
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def bare(cell: str) -> str:
    """Undo :func:`neutral`."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
