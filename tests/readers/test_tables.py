"""Tables: one report or one paragraph a row, columns by their usual or a given name."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
import xlsxwriter

from pipeline.errors import ReadError
from pipeline.read import Source, read_documents
from pipeline.readers.content import Columns, Content, Limits
from pipeline.readers.isolate import read_isolated
from pipeline.readers.tables import read_csv, read_jsonl
from tests.fixtures.ole_parts import compound, workbook

ROWS = (("正文", "单位", "年份"), ("一、甲。\n乙。", "东河县", 2022), ("丙。", "西山镇", 2023))


def as_csv(rows: Sequence[Sequence[object]], delimiter: str = ",") -> bytes:
    """Write rows."""
    import io

    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter).writerows(rows)
    return stream.getvalue().encode()


def found(data: bytes, columns: Columns | None = None) -> list[Content]:
    """Read a .csv file."""
    return list(read_csv(data, where="a.csv", limits=Limits(), columns=columns or Columns()))


def text(content: Content) -> str:
    """Return the text of a report."""
    return "\n".join(paragraph.text for paragraph in content.paragraphs)


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_a_row_is_a_report(delimiter: str) -> None:
    first, second = found(as_csv(ROWS, delimiter))
    assert (text(first), first.unit, first.period, first.part) == ("一、甲。\n乙。", "东河县", "2022", "2")
    assert (text(second), second.unit, second.period, second.part) == ("丙。", "西山镇", "2023", "3")


def test_rows_of_one_document_are_its_paragraphs() -> None:
    rows = [("document", "text"), ("甲", "一"), ("乙", "二"), ("甲", "三")]
    first, second = found(as_csv(rows), Columns(row="paragraph"))
    assert (first.part, text(first)) == ("甲", "一\n三")
    assert (second.part, text(second)) == ("乙", "二")


def test_without_a_document_column_all_rows_are_one_report() -> None:
    (only,) = found(as_csv([("text",), ("一",), ("二",)]), Columns(row="paragraph"))
    assert text(only) == "一\n二"


def test_columns_are_named_by_the_call() -> None:
    rows = [("编号", "内文", "机构名", "正文"), ("a", "甲", "乙局", "不要")]
    (only,) = found(as_csv(rows), Columns(text="内文", unit="机构名", document="编号"))
    assert (text(only), only.unit, only.part) == ("甲", "乙局", "a")


@pytest.mark.parametrize("columns", [Columns(text="没有"), Columns(unit="没有"), Columns(period="没有")])
def test_a_column_that_is_missing_is_named_with_those_that_are_there(columns: Columns) -> None:
    with pytest.raises(ReadError, match="no column '没有' among 正文、单位、年份"):
        found(as_csv(ROWS), columns)


def test_what_a_row_is_must_be_known() -> None:
    with pytest.raises(ReadError, match="a row is a report or a paragraph, not 'x'"):
        found(as_csv(ROWS), Columns(row="x"))


def test_a_title_above_the_header_and_short_rows_are_borne() -> None:
    first, second = found(as_csv([("2023年总结汇总",), (), *ROWS, ("",), ("", "北镇")]))
    assert (first.part, second.part) == ("4", "5")


def test_two_rows_of_one_name_keep_two_names() -> None:
    rows = [("document", "text"), ("甲", "一"), ("甲", "二")]
    assert [content.part for content in found(as_csv(rows))] == ["甲", "甲#2"]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([{"text": "甲"}, {"content": "乙", "year": 2023}], ["甲", "乙"]),
        ([{"text": ["一", "二"]}], ["一\n二"]),
        ([{"title": "只有标题", "text": ""}, {"text": "甲"}], ["甲"]),
    ],
)
def test_json_lines(lines: list[object], expected: list[str]) -> None:
    data = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines).encode()
    contents = read_jsonl(data, where="a.jsonl", limits=Limits(), columns=Columns())
    assert [text(content) for content in contents] == expected


def test_a_json_list_and_a_single_object_are_read() -> None:
    for data in (json.dumps([{"text": "甲"}, {"text": "乙"}], indent=1), json.dumps({"text": "甲"}, indent=1)):
        contents = list(read_jsonl(data.encode(), where="a.json", limits=Limits(), columns=Columns()))
        assert text(contents[0]) == "甲"


def book(tmp_path: Path, sheets: dict[str, Sequence[Sequence[object]]]) -> bytes:
    """Write a spreadsheet."""
    file = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(file) as out:
        for name, rows in sheets.items():
            sheet = out.add_worksheet(name)
            for number, row in enumerate(rows):
                for column, value in enumerate(row):
                    sheet.write(number, column, value)
    return file.read_bytes()


def sheet_texts(data: bytes, columns: Columns | None = None, kind: str = "xlsx") -> list[tuple[str, str]]:
    """Return the texts and periods of a spreadsheet's reports."""
    contents = read_isolated(kind, data, where="a.xlsx", limits=Limits(), columns=columns)
    return [(text(content), content.period) for content in contents]


def test_a_spreadsheet_is_read_from_the_sheet_with_text(tmp_path: Path) -> None:
    data = book(tmp_path, {"说明": [("填表说明",)], "数据": ROWS})
    assert sheet_texts(data) == [("一、甲。\n乙。", "2022"), ("丙。", "2023")]


def test_a_sheet_is_named_by_the_call(tmp_path: Path) -> None:
    data = book(tmp_path, {"一": ROWS, "二": [("正文",), ("丁。",)]})
    assert sheet_texts(data, Columns(sheet="二")) == [("丁。", "")]
    with pytest.raises(ReadError, match="no sheet '三' among 一、二"):
        sheet_texts(data, Columns(sheet="三"))


def test_an_old_spreadsheet_is_read() -> None:
    cells: dict[tuple[int, int], float | str] = {(0, 0): "正文", (0, 1): "年份", (1, 0): "甲。", (1, 1): 2022.0}
    assert sheet_texts(compound({"Workbook": workbook(cells)}), kind="xls") == [("甲。", "2022")]


def test_many_rows_come_one_by_one(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(as_csv([("正文",), *((f"第{number}份报告。",) for number in range(3000))]))
    documents = read_documents(Source(file, "a.csv"))
    assert next(documents).name == "a.csv#2"
    assert sum(1 for _ in documents) == 2999
