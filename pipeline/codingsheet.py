"""Labels as a spreadsheet to code in: a row a sentence in its context, with drop-down lists for category and stage."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.codebook import Codebook
from pipeline.coding import REQUIRED, cells_of, label_from
from pipeline.errors import TableError
from pipeline.labels import quote_of
from pipeline.records import Sentence
from pipeline.spans import CodedDocument, Imported, Placed, Row, imported, names_to_codes, shown_names

# Column, Chinese header, width. What a coder doesn't touch stands at the end.
_COLUMNS = (
    ("document", "报告", 22),
    ("heading", "标题路径", 26),
    ("paragraph", "段落", 6),
    ("sentence", "句", 5),
    ("text", "原文", 60),
    ("category", "类别", 16),
    ("stage", "阶段", 10),
    ("secondary", "次要类别", 22),
    ("context", "段落上下文", 60),
    ("coder", "编码员", 10),
    ("codebook_version", "手册版本", 9),
    ("round", "轮次", 6),
    ("inclusion_probability", "入样概率", 9),
    ("quote", "引文（勿改）", 24),
    ("number", "行号（勿改）", 8),
)
_NAMES = {header: name for name, header, _ in _COLUMNS}
_PLACE = {name: place for place, (name, _, _) in enumerate(_COLUMNS)}
_AROUND = 80  # characters of the paragraph on either side of the sentence
_CELL = 32_000
_WORDS = {
    "zh": {
        "sheet": "编码",
        "codes": "代码表",
        "fault": "请从列表中选择",
        "also": "可填多个，用；隔开",
        "header": ("代码", "名称", "说明", "信号词"),
    },
    "en": {
        "sheet": "coding",
        "codes": "codes",
        "fault": "Choose from the list",
        "also": "Any number, separated by ;",
        "header": ("code", "name", "definition", "signals"),
    },
}
_WRAPPED = ("heading", "text", "context", "secondary")
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def to_codingsheet(documents: Sequence[CodedDocument], codebook: Codebook, language: str) -> bytes:
    """Return reports as a workbook: a row a label, and a row without codes for each sentence that has none.

    Raises:
        TableError: a label holds a character that no spreadsheet can, or there are more rows than a sheet has.
    """
    import xlsxwriter

    stream = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    words = _WORDS[language]
    with xlsxwriter.Workbook(stream, options) as book:
        bold = book.add_format({"bold": True, "bg_color": "#DDE6F0", "border": 1, "valign": "vcenter"})
        plain, wrapped = book.add_format({"valign": "top"}), book.add_format({"valign": "top", "text_wrap": True})
        sheet = book.add_worksheet(words["sheet"])
        sheet.freeze_panes(1, 0)
        for place, (name, header, width) in enumerate(_COLUMNS):
            sheet.set_column(place, place, width, wrapped if name in _WRAPPED else plain)
            sheet.write_string(0, place, header if language == "zh" else name, bold)
        rows = [row for coded in documents for row in _sheet_rows(coded, codebook, language)]
        if len(rows) >= 1_048_576:
            raise TableError(f"{len(rows):,} rows are more than a sheet has", remedy="export fewer reports at a time")
        for number, row in enumerate(rows, 1):
            sheet.set_row(number, min(15.0 * max(1, -(-2 * len(row["text"]) // 58)), 405.0))
            for name, value in row.items():
                if value:
                    sheet.write_string(number, _PLACE[name], value[:_CELL], wrapped if name in _WRAPPED else plain)
        sheet.autofilter(0, 0, max(len(rows), 1), len(_COLUMNS) - 1)
        _add_lists(book, sheet, bold, wrapped, max(len(rows), 1), codebook, language)
    return stream.getvalue()


def _add_lists(book: Any, sheet: Any, bold: Any, wrapped: Any, rows: int, codebook: Codebook, language: str) -> None:
    """Add the sheet of codes, and the drop-down lists that it feeds: a list in the cell itself holds 255 characters only."""
    words = _WORDS[language]
    codes = book.add_worksheet(words["codes"])
    codes.set_column(0, 1, 20)
    codes.set_column(2, 3, 70, wrapped)
    for place, header in enumerate(words["header"]):
        codes.write_string(0, place, header, bold)
    line = 1
    for column, group in (("category", codebook.categories), ("stage", codebook.stages)):
        shown = shown_names(group, language)
        source = f"='{words['codes']}'!$B${line + 1}:$B${line + len(group)}"
        for code in group:
            cells = (code.code, shown[code.code], code.definitions[language], "、".join(code.signals))
            for place, value in enumerate(cells):
                codes.write_string(line, place, value, wrapped if place > 1 else None)
            line += 1
        line += 1
        rule = {"validate": "list", "source": source, "error_title": words["fault"], "error_message": words["fault"]}
        sheet.data_validation(1, _PLACE[column], rows, _PLACE[column], rule)
    also = {"validate": "any", "input_message": words["also"]}
    sheet.data_validation(1, _PLACE["secondary"], rows, _PLACE["secondary"], also)


def _sheet_rows(coded: CodedDocument, codebook: Codebook, language: str) -> Iterator[dict[str, str]]:
    sentences = coded.structured.sentences
    single = {placed.start for placed in coded.labels if placed.label.sentence}
    codes = shown_names(codebook.categories, language) | shown_names(codebook.stages, language)
    todo: list[tuple[int, int, Placed | Sentence]] = [(placed.start, placed.number, placed) for placed in coded.labels]
    todo += [(sentence.start, 0, sentence) for sentence in sentences if sentence.start not in single]
    at = {sentence.start: sentence for sentence in sentences}
    for start, _, item in sorted(todo, key=lambda entry: (entry[0], isinstance(entry[2], Sentence), entry[1])):
        shown = {"heading": " > ".join(at[start].headings), "context": _context(coded, item.start, item.end)}
        text = coded.structured.document.text[item.start : item.end]
        if isinstance(item, Sentence):
            place = {"paragraph": str(item.paragraph), "sentence": str(item.sentence)}
            own = {"document": coded.structured.document.name, **place, "quote": quote_of(text)}
            yield {**shown, **own, "text": text, "codebook_version": codebook.version}
            continue
        cells = cells_of(item.label)
        for cell in cells.values():
            if bad := _NOT_IN_XML.search(cell):
                what = f"the character U+{ord(bad[0]):04X} can't stand in a spreadsheet"
                raise TableError(what, where=item.label.where, remedy="export to labelstudio or doccano")
        secondary = "; ".join(codes[code] for code in item.label.secondary)
        named = {"category": codes[item.label.category], "stage": codes[item.label.stage], "secondary": secondary}
        yield {**shown, **cells, **named, "text": text, "number": str(item.number)}


def _context(coded: CodedDocument, start: int, end: int) -> str:
    """Return the paragraph around a span, which stands in brackets 【】."""
    text = coded.structured.document.text
    begin, stop = text.rfind("\n", 0, start) + 1, text.find("\n", end)
    stop = len(text) if stop < 0 else stop
    low, high = max(begin, start - _AROUND), min(stop, end + _AROUND)
    before, after = ("…" if low > begin else "") + text[low:start], text[end:high] + ("…" if high < stop else "")
    return f"{before}【{text[start:end]}】{after}" if before.strip() or after.strip() else ""


def from_codingsheet(file: Path, codebook: Codebook, coder: str) -> Imported:
    """Return the labels of a coding sheet; rows without any code are passed over.

    Args:
        file: the workbook, in any language.
        codebook: knows codes and names.
        coder: of rows that name none.

    Raises:
        TableError: the file isn't a workbook, or a column is missing.
    """
    header, lines = _coded_sheet(file)
    rows = []
    for number, line in enumerate(lines, 2):
        cells = dict(zip(header, map(_cell, line), strict=False))
        if cells["category"] or cells["stage"] or cells.get("secondary"):
            rows.append(_read(cells, f"{file}, row {number}", codebook, coder))
    return imported(rows)


def _coded_sheet(file: Path) -> tuple[list[str], list[list[Any]]]:
    """Return names of the columns and rows of the sheet to code in, wherever in the workbook it was moved to."""
    from python_calamine import CalamineError, CalamineWorkbook

    remedy = "start from what `worktag labels export --to xlsx` writes"
    if file.suffix.lower() == ".csv":
        remedy = "save it from the spreadsheet program as .xlsx; a label file is checked with `worktag labels check` as it is"
    header: list[str] = []
    try:
        book = CalamineWorkbook.from_path(file)
        for name in book.sheet_names:
            sheet = book.get_sheet_by_name(name)
            lines = sheet.to_python(skip_empty_area=False)
            found = [_NAMES.get(cell, cell) for cell in map(_cell, lines[0])] if lines else []
            if set(REQUIRED) <= set(found):
                # Each cell of a merged range stands for what is shown in it; only its first one holds it.
                for (top, left), (bottom, right) in getattr(sheet, "merged_cell_ranges", None) or ():
                    for row in range(top, min(bottom + 1, len(lines))):
                        lines[row][left : right + 1] = [lines[top][left]] * (right + 1 - left)
                return found, lines[1:]
            header = header or found
    except (CalamineError, OSError, ValueError, IndexError) as error:
        raise TableError(f"can't be read as a workbook ({error})", where=str(file), remedy=remedy) from error
    missing = next(name for name in REQUIRED if name not in header)
    raise TableError(f"the column {missing!r} is missing from its first sheet", where=str(file), remedy=remedy)


def _read(cells: Mapping[str, str], where: str, codebook: Codebook, coder: str) -> Row:
    categories, stages = names_to_codes(codebook.categories), names_to_codes(codebook.stages)
    secondary = [name.strip() for name in re.split("[;；\n]", cells.get("secondary", ""))]
    coded = {
        "category": categories.get(cells["category"], cells["category"]),
        "stage": stages.get(cells["stage"], cells["stage"]),
        "secondary": ";".join(categories.get(name, name) for name in secondary if name),
        "coder": cells.get("coder") or coder,
        "quote": cells["quote"] or quote_of(cells.get("text", "")),
    }
    label, faults = label_from({**cells, **coded}, where, codebook)
    number = cells.get("number", "")
    return Row(int(number) if number.isascii() and number.isdigit() else 0, label, tuple(faults))


def _cell(value: Any) -> str:
    """Return a cell as text; a number that a person typed comes as a float."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
