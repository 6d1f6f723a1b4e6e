"""The spreadsheet of an audit: drop-down lists to code with, the codebook beside them; and its way back."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from python_calamine import CalamineError

from pipeline.audit import COLUMNS, labels_of
from pipeline.codebook import Codebook
from pipeline.errors import LabelError, TableError
from pipeline.labels import COLUMNS as LABEL_COLUMNS
from pipeline.labels import Label, read_labels
from pipeline.store import CHINESE_HEADERS, replace_text

_CHINESE = CHINESE_HEADERS | {
    "number": "序号",
    "context": "所在段落",
    "text": "待编码句",
    "category": "类别",
    "coder": "编码员",
    "note": "备注",
    "tag": "模型标注",
    "quote": "首尾",
    "codebook_version": "编码手册版本",
    "round": "轮次",
    "inclusion_probability": "入样概率",
    "check": "校验",
}
_ENGLISH = {_CHINESE[name]: name for name in COLUMNS}
# What a coder fills in, and what only the program reads.
_FILLED = ("category", "secondary", "stage", "coder", "note")
_HIDDEN = ("paragraph", "sentence", "start", "quote", "codebook_version", "round", "inclusion_probability", "check")
_WIDTHS = {
    "document": 20,
    "unit": 18,
    "heading": 28,
    "context": 60,
    "text": 50,
    "category": 18,
    "secondary": 18,
    "stage": 12,
    "note": 24,
}
_WRAPPED = ("document", "unit", "heading", "context", "text", "note")
_WORDS = {
    "zh": ("抽检", "编码手册", "代码", "名称", "定义", "从下拉列表中选择", "可空；可填多个，用分号隔开"),
    "en": ("audit", "codebook", "code", "name", "definition", "choose from the list", "may be empty; several with semicolons"),
}


def write_audit(path: Path, rows: pd.DataFrame, codebook: Codebook, *, language: str, show_tags: bool) -> None:
    """Write a drawn audit for coding, as .xlsx with drop-down lists or as .csv.

    Args:
        path: its ending tells the format.
        rows: of :func:`pipeline.audit.draw_audit`.
        codebook: for the lists and the second sheet.
        language: of headers and names in .xlsx.
        show_tags: show the model's tag; without it a coder judges for themselves.

    Raises:
        TableError: the ending is another, or the place can't be written.
    """
    if not show_tags:
        rows = rows.assign(tag="")
    suffix = path.suffix.lower()
    if suffix == ".csv":
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\r\n")
        writer.writerow(COLUMNS)
        # An apostrophe keeps a spreadsheet from running what a report says as a formula.
        writer.writerows(
            [f"'{cell}" if isinstance(cell, str) and cell[:1] in tuple("=+-@\t\r") else cell for cell in row]
            for row in rows.itertuples(index=False)
        )
        replace_text(path, stream.getvalue(), encoding="utf-8-sig")
    elif suffix == ".xlsx":
        _write_book(path, rows, codebook, language=language, show_tags=show_tags)
    else:
        raise TableError(
            f"an audit can't be written as {suffix!r}", where=str(path), remedy="give a name that ends with .xlsx or .csv"
        )


def _write_book(path: Path, rows: pd.DataFrame, codebook: Codebook, *, language: str, show_tags: bool) -> None:
    import xlsxwriter

    words = _WORDS[language]
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        book = xlsxwriter.Workbook(str(path), options)
        formats = {
            "head": book.add_format({"bold": True, "bg_color": "#DDE6F0", "border": 1, "valign": "vcenter", "text_wrap": True}),
            "top": book.add_format({"valign": "top"}),
            "wrapped": book.add_format({"valign": "top", "text_wrap": True}),
            "filled": book.add_format({"valign": "top", "bg_color": "#FFF9E5", "border": 1, "border_color": "#E0D6B0"}),
            "bold": book.add_format({"bold": True, "font_color": "#1A4F8A"}),
        }
        sheet, guide = book.add_worksheet(words[0]), book.add_worksheet(words[1])
        lists = _write_guide(guide, codebook, formats, words, language)
        _write_rows(sheet, rows, codebook, formats, language=language, show_tags=show_tags)
        _add_lists(sheet, len(rows), lists, words)
        book.close()
    except OSError as error:
        raise TableError(
            f"can't be written ({(error.strerror or str(error)).lower()})",
            where=str(path),
            remedy="close it, or choose another place",
        ) from error


def _write_guide(sheet: Any, codebook: Codebook, formats: Mapping[str, Any], words: Sequence[str], language: str) -> dict[str, str]:
    """Write the codebook; return the cells that hold the names, by column of the audit."""
    sheet.set_column(0, 0, 24, formats["top"])
    sheet.set_column(1, 1, 22, formats["top"])
    sheet.set_column(2, 2, 100, formats["wrapped"])
    for column, word in enumerate(words[2:5]):
        sheet.write_string(0, column, word, formats["head"])
    row, lists = 1, {}
    for kind, codes in (("category", codebook.categories), ("stage", codebook.stages)):
        lists[kind] = f"='{words[1]}'!$B${row + 1}:$B${row + len(codes)}"
        for code in codes:
            for column, text in enumerate((code.code, code.names.get(language, code.code), code.definitions.get(language, ""))):
                sheet.write_string(row, column, text)
            row += 1
        row += 1
    for number, rule in enumerate(codebook.rules, 1):
        sheet.write_string(row, 2, f"{number}. {rule}")
        row += 1
    return lists


def _write_rows(
    sheet: Any, rows: pd.DataFrame, codebook: Codebook, formats: Mapping[str, Any], *, language: str, show_tags: bool
) -> None:
    sheet.freeze_panes(1, 0)
    for place, column in enumerate(COLUMNS):
        hidden = column in _HIDDEN or (column == "tag" and not show_tags)
        look = formats["filled" if column in _FILLED else "wrapped" if column in _WRAPPED else "top"]
        sheet.set_column(place, place, _WIDTHS.get(column, 10), look, {"hidden": hidden})
        sheet.write_string(0, place, _CHINESE[column] if language == "zh" else column, formats["head"])
    for number, row in enumerate(rows.to_dict("records"), 1):
        for place, column in enumerate(COLUMNS):
            value = row[column]
            if column in ("category", "stage", "tag") and value:
                value = codebook.name(value, language)
            if column == "context":
                _write_context(sheet, number, place, str(value), str(row["text"]), formats)
            elif isinstance(value, int | float):
                sheet.write_number(number, place, value)
            elif value:
                sheet.write_string(number, place, str(value)[:32_000])
        lines = max(len(str(row["context"])) // 29, len(str(row["text"])) // 24) + 1
        sheet.set_row(number, min(15.0 * lines, 300.0))
    sheet.autofilter(0, 0, max(len(rows), 1), len(COLUMNS) - 1)


def _write_context(sheet: Any, row: int, column: int, text: str, sentence: str, formats: Mapping[str, Any]) -> None:
    before, mark, after = text[:32_000].partition(f"【{sentence}】")
    if not (mark and (before or after)):
        sheet.write_string(row, column, text[:32_000], formats["wrapped"])
        return
    pieces: list[Any] = [before] if before else []
    pieces += [formats["bold"], f"【{sentence}】"]
    pieces += [after] if after else []
    sheet.write_rich_string(row, column, *pieces, formats["wrapped"])


def _add_lists(sheet: Any, rows: int, lists: Mapping[str, str], words: Sequence[str]) -> None:
    for column, cells in lists.items():
        place = COLUMNS.index(column)
        sheet.data_validation(1, place, max(rows, 1), place, {"validate": "list", "source": cells, "input_message": words[5]})
    place = COLUMNS.index("secondary")
    sheet.data_validation(1, place, max(rows, 1), place, {"validate": "any", "input_message": words[6]})


def read_audit(path: Path, codebook: Codebook, round_name: str = "") -> list[Label]:
    """Read a coded audit: the spreadsheet that was drawn, or label files with inclusion probabilities.

    Args:
        path: a file, or a folder of label files, of which those with an inclusion probability count.
        codebook: of the table that was audited.
        round_name: take this round only.

    Raises:
        LabelError: it holds no audited sentence, or a row has a fault.
    """
    labels = list(_read(path, codebook))
    if round_name:
        labels = [label for label in labels if label.round == round_name]
    if not labels:
        remedy = "give the coded file of `worktag audit draw`" + (", and a --round that is in it" if round_name else "")
        raise LabelError("no audited sentences in it", where=str(path), remedy=remedy)
    return labels


def _read(path: Path, codebook: Codebook) -> Iterator[Label]:
    if path.is_dir():
        yield from (label for label in read_labels(path, codebook) if label.inclusion_probability > 0)
        return
    if not path.is_file():
        raise LabelError("no such audit", where=str(path), remedy="check --audit")
    try:
        if path.suffix.lower() == ".xlsx":
            rows = pd.read_excel(path, engine="calamine", dtype=str, keep_default_na=False, sheet_name=0)
        else:
            rows = pd.read_csv(path, encoding="utf-8-sig", dtype=str, keep_default_na=False)
            rows = rows.map(lambda cell: cell[1:] if cell[:1] == "'" and cell[1:2] in tuple("=+-@\t\r") else cell)
    except (ValueError, OSError, CalamineError) as error:
        raise LabelError("can't be read as a table", where=str(path), remedy="give an audit as .xlsx or .csv (UTF-8)") from error
    rows = rows.rename(columns=_ENGLISH).fillna("").astype(str)
    if tuple(rows.columns) == LABEL_COLUMNS:
        yield from (label for label in read_labels(path, codebook) if label.inclusion_probability > 0)
        return
    if missing := [name for name in COLUMNS if name not in rows and name not in ("note", "tag", "unit", "period", "number")]:
        raise LabelError(
            f"the column {missing[0]!r} is missing", where=str(path), remedy="give the file that `worktag audit draw` wrote"
        )
    yield from labels_of(rows[rows["document"] != ""], codebook, str(path))
