"""Read tables: one report or one paragraph a row, from .csv, .jsonl and the rows of a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, repeat

from pipeline.errors import ReadError
from pipeline.readers.content import TEXT_COLUMNS, Columns, Content, Limits, Paragraph
from pipeline.readers.text import decode, unify_line_ends

# A row is its number, as a spreadsheet counts, and its cells by column.
Row = tuple[int, Mapping[str, str]]
_USUAL = {
    "text": TEXT_COLUMNS,
    "document": frozenset({"document", "doc", "file", "filename", "文件", "文件名", "报告名称", "文档"}),
    "title": frozenset({"title", "标题", "题名", "题目", "报告标题"}),
    "unit": frozenset({"unit", "单位", "部门", "机构", "地区", "province", "省份"}),
    "period": frozenset({"period", "时期", "year", "年份", "年度", "时间"}),
}
_HEADER_ROWS = 20  # a table's own title and blank rows may stand above its header
_REMEDY = "name the columns (text, document, title, unit, period)"


def read_csv(data: bytes, *, where: str, limits: Limits, columns: Columns) -> Iterator[Content]:
    """Yield the reports of a .csv or .tsv file.

    Raises:
        ReadError: it decodes in no charset, has no text column, or more rows or longer cells than the limits allow.
    """
    text, charset = decode(data, where=where)
    delimiter = _delimiter(text)
    csv.field_size_limit(2**31 - 1)  # bounded by the size of the file; the default refuses a report in a cell
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        yield from contents(_numbered(reader), "csv", charset=charset, where=where, limits=limits, columns=columns)
    except csv.Error as error:
        raise ReadError(
            f"the table is damaged ({error})", where=f"{where}, line {reader.line_num}", remedy="save it anew"
        ) from error


def _delimiter(text: str) -> str:
    header = text.split("\n", 1)[0]
    return max(",\t;", key=lambda sign: (header.count(sign), sign == ","))


def _numbered(rows: Iterable[list[str]]) -> Iterator[tuple[int, list[str]]]:
    return ((number, row) for number, row in enumerate(rows, 1))


def read_jsonl(data: bytes, *, where: str, limits: Limits, columns: Columns) -> Iterator[Content]:
    """Yield the reports of JSON lines, or of a JSON list of objects.

    Raises:
        ReadError: it is no JSON, has no text field, or more lines than the limits allow.
    """
    text, charset = decode(data, where=where)
    rows = _objects(text, where)
    yield from reports(_cells(rows, where), "jsonl", charset=charset, where=where, limits=limits, columns=columns)


def _objects(text: str, where: str) -> Iterator[tuple[int, object]]:
    if text.lstrip().startswith("[") or ("\n" in text.strip() and text.strip().split("\n", 1)[0].strip() == "{"):
        values = _parsed(text, where)
        yield from enumerate(values if isinstance(values, list) else [values], 1)
        return
    for number, line in enumerate(io.StringIO(text), 1):
        if line.strip():
            yield number, _parsed(line, f"{where}, line {number}")


def _parsed(text: str, where: str) -> object:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ReadError(f"this is no JSON ({error})", where=where, remedy="put one object a line") from error
    return value


def _cells(rows: Iterable[tuple[int, object]], where: str) -> Iterator[Row]:
    for number, value in rows:
        if not isinstance(value, dict):
            raise ReadError("this is no JSON object", where=f"{where}, line {number}", remedy="put one object a line")
        yield number, {str(key): _cell(cell) for key, cell in value.items()}


def _cell(value: object) -> str:
    if isinstance(value, list):  # a list of paragraphs
        return "\n".join(str(item) for item in value if isinstance(item, str | int | float))
    return "" if value is None or isinstance(value, dict) else str(value)


def contents(
    rows: Iterable[tuple[int, list[str]]], kind: str, *, charset: str = "", where: str, limits: Limits, columns: Columns
) -> Iterator[Content]:
    """Yield the reports of rows whose header is among them.

    Raises:
        ReadError: no row is a header with the text column, or there are more rows than the limits allow.
    """
    source = iter(rows)
    header, seen = None, []
    for number, cells in source:
        names = [cell.strip().strip("\ufeff") for cell in cells]
        seen.append(names)
        if _find("text", names, columns):
            header = names
            break
        if number >= _HEADER_ROWS:
            break
    if header is None:
        header = next((names for names in seen if any(names)), [])
    held = header
    _check_columns(held, where, columns)
    table = ((number, dict(zip(held, chain(cells, repeat("")), strict=False))) for number, cells in source)
    yield from reports(table, kind, charset=charset, where=where, limits=limits, columns=columns)


def reports(
    rows: Iterable[Row], kind: str, *, charset: str = "", where: str, limits: Limits, columns: Columns
) -> Iterator[Content]:
    """Yield the reports that rows hold, one each, or one for all rows that name the same document.

    Raises:
        ReadError: a named column is missing, nothing has text, or there are more rows than the limits allow.
    """
    if columns.row not in ("report", "paragraph"):
        raise ReadError(f"a row is a report or a paragraph, not {columns.row!r}", where=where, remedy="choose one of them")
    bounded = _bounded(rows, where, limits, columns)
    found = _paragraph_rows(bounded, columns) if columns.row == "paragraph" else _report_rows(bounded, columns)
    count, used = 0, set[str]()
    for part, values, texts in found:
        lines = [line for text in texts for line in unify_line_ends(text).split("\n")]
        if not any(line.strip() for line in lines):
            continue
        count += 1
        name = part if part not in used else f"{part}#{count}"
        used.add(name)
        yield Content(
            tuple(map(Paragraph, lines)),
            kind,
            charset,
            title=values["title"],
            unit=values["unit"],
            period=values["period"],
            part=name,
        )
    if not count:
        raise ReadError("no row holds text", where=where, remedy=_REMEDY)


def _bounded(rows: Iterable[Row], where: str, limits: Limits, columns: Columns) -> Iterator[Row]:
    for count, row in enumerate(rows, 1):
        if count == 1:
            _check_columns(list(row[1]), where, columns)
        if count > limits.rows:
            what = f"the table has more than {limits.rows:,} rows"
            raise ReadError(what, where=where, remedy="split it, or raise read: rows in params.yaml")
        yield row


def _report_rows(rows: Iterable[Row], columns: Columns) -> Iterator[tuple[str, dict[str, str], list[str]]]:
    for number, cells in rows:
        values = _values(cells, columns)
        yield values["document"] or str(number), values, [values["text"]]


def _paragraph_rows(rows: Iterable[Row], columns: Columns) -> Iterator[tuple[str, dict[str, str], list[str]]]:
    """Gather the rows of each document; they are held until the last, because a document's rows may stand apart."""
    held: dict[str, tuple[dict[str, str], list[str]]] = {}
    for _, cells in rows:
        values = _values(cells, columns)
        held.setdefault(values["document"], (values, []))[1].append(values["text"])
    for name, (values, texts) in held.items():
        yield name, values, texts


def _values(cells: Mapping[str, str], columns: Columns) -> dict[str, str]:
    """Return what a row says, by role; a row without a column says nothing there."""
    found = {role: cells.get(_find(role, cells, columns)) or "" for role in _USUAL}
    return {role: text if role == "text" else " ".join(text.split())[:200] for role, text in found.items()}


def _check_columns(names: Sequence[str], where: str, columns: Columns) -> None:
    for role in _USUAL:
        wanted = getattr(columns, role)
        if (wanted and wanted not in names) or (role == "text" and not _find(role, names, columns)):
            missing = f"no column {wanted!r}" if wanted else "no column of text"
            named = "、".join(name for name in names if name)[:200]
            raise ReadError(f"{missing} among {named or 'the first rows'}", where=where, remedy=_REMEDY)


def _find(role: str, names: Iterable[str], columns: Columns) -> str:
    """Return the name of the column that plays a role: the one that was asked for, else a usual one."""
    wanted = getattr(columns, role)
    if wanted:
        return wanted if wanted in names else ""
    return next((name for name in names if name.strip().lower() in _USUAL[role]), "")
