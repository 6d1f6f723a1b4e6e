"""A spreadsheet to code in: what it shows, its drop-down lists, and what a person writes there."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from pipeline.codebook import Codebook, codebook_from
from pipeline.errors import TableError
from pipeline.exchange import export_labels
from pipeline.labels import Label
from pipeline.records import StructuredDocument
from pipeline.spans import CodedDocument
from tests.conftest import Corpus, Run, label, structured
from tests.exchange.conftest import back, coded


def cells(file: Path) -> list[list[Any]]:
    return CalamineWorkbook.from_path(file).get_sheet_by_index(0).to_python(skip_empty_area=False)


def test_the_sheet_has_chinese_headers_names_and_the_sentence_in_its_paragraph(tmp_path: Path, codebook: Codebook) -> None:
    report = structured("标题\n一、教育\n修好水渠。新建教室八间。\n", "a.txt")
    one = replace(label(report, 2, "farming", "done"), secondary=("rest", "schooling"))
    file = export_labels(coded(report, [one]), tmp_path / "a.xlsx", codebook, to="xlsx")[0]
    rows = cells(file)
    assert rows[0][:10] == ["报告", "标题路径", "段落", "句", "原文", "类别", "阶段", "次要类别", "段落上下文", "编码员"]
    assert rows[3][:10] == [
        "a.txt",
        "一、教育",
        "3",
        "1",
        "修好水渠。",
        "农业",
        "已做",
        "其余; 教育",
        "【修好水渠。】新建教室八间。",
        "甲",
    ]
    assert rows[4][4:10] == ["新建教室八间。", "", "", "", "修好水渠。【新建教室八间。】", ""]
    english = export_labels(coded(report, [one]), tmp_path / "b.xlsx", codebook, to="xlsx", language="en")[0]
    assert cells(english)[0][4:8] == ["text", "category", "stage", "secondary"]
    assert cells(english)[3][5:8] == ["Farming", "done", "Rest; Schooling"]


def test_category_and_stage_have_drop_down_lists_of_the_codebooks_names(tmp_path: Path, codebook: Codebook) -> None:
    report = structured("标题\n修好水渠。\n", "a.txt")
    file = export_labels([CodedDocument(report, ())], tmp_path / "a.xlsx", codebook, to="xlsx")[0]
    sheet = ET.fromstring(zipfile.ZipFile(file).read("xl/worksheets/sheet1.xml"))  # noqa: S314
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    rules = {
        rule.get("sqref"): formula.text
        for rule in sheet.iter(f"{space}dataValidation")
        if (formula := rule.find(f"{space}formula1")) is not None
    }
    assert rules == {"F2:F3": "'代码表'!$B$2:$B$4", "G2:G3": "'代码表'!$B$6:$B$8"}
    lists = CalamineWorkbook.from_path(file).get_sheet_by_name("代码表").to_python(skip_empty_area=False)
    assert [row[1] for row in lists[1:4]] == ["农业", "教育", "其余"]
    assert [row[1] for row in lists[5:8]] == ["已做", "打算", "背景"]


def sheet(file: Path, *rows: Mapping[str, object]) -> Path:
    """Write a workbook as a person might: only some columns, numbers as numbers."""
    with xlsxwriter.Workbook(file) as book:
        page = book.add_worksheet()
        header = list(dict.fromkeys(name for row in rows for name in row))
        page.write_row(0, 0, header)
        for number, row in enumerate(rows, 1):
            page.write_row(number, 0, [row.get(name, "") for name in header])
    return file


def test_a_sheet_filled_in_by_hand_is_read(tmp_path: Path, codebook: Codebook) -> None:
    row = {
        "报告": "a.txt",
        "段落": 2,
        "句": 1.0,
        "引文（勿改）": "",
        "原文": "修好水渠。",
        "类别": "农业",
        "次要类别": "rest；教育",
        "阶段": " plan ",
    }
    empty = dict.fromkeys(row, "") | {"报告": "a.txt"}
    (one,) = back(sheet(tmp_path / "a.xlsx", empty, row), codebook, "xlsx", coder="丁")
    assert one == Label("a.txt", 2, 1, "修好水渠。", "farming", ("rest", "schooling"), "plan", "丁", "", "", 0.0, "")


def test_every_fault_of_a_sheet_is_named_and_nothing_is_written(tmp_path: Path, worktag: Run, corpus: Corpus) -> None:
    right = {"document": "a.txt", "paragraph": "1", "sentence": "", "quote": "甲", "category": "农业", "stage": "已做"}
    file = sheet(tmp_path / "a.xlsx", right, right | {"category": "渔业"}, right | {"stage": "", "paragraph": "x"})
    outcome = worktag("labels", "import", file, "--from", "xlsx", "-o", tmp_path / "out", "--codebook", corpus.codebook_file)
    assert outcome.code == 2
    assert [line.split(";")[0] for line in outcome.lines] == [
        f"worktag: {file}, row 3: unknown category '渔业'",
        f"worktag: {file}, row 4: a number is expected as paragraph, not 'x'",
        f"worktag: {file}, row 4: the stage is empty",
        "worktag: 3 faults",
    ]
    assert not (tmp_path / "out").exists()


def test_names_that_two_codes_bear_are_told_apart_by_the_code(tmp_path: Path, awkward: StructuredDocument) -> None:
    categories = [{"code": code, "name": name} for code, name in (("a", "农业"), ("b", "农业"), ("c", "甲；乙"))]
    book = codebook_from({"residual": "c", "categories": categories, "stages": categories}, where="")
    before = [replace(label(awkward, index, code, code), codebook_version="") for index, code in enumerate("abc")]
    file = export_labels(coded(awkward, before), tmp_path / "a.xlsx", book, to="xlsx")[0]
    assert [row[5] for row in cells(file)[1:4]] == ["农业 (a)", "农业 (b)", "c"]
    assert back(file, book, "xlsx") == before


def test_what_no_spreadsheet_can_hold_is_refused(tmp_path: Path, codebook: Codebook, awkward: StructuredDocument) -> None:
    bad = replace(label(awkward, 0, "rest", "done"), coder="\ufffe", where="labels.csv, line 2")
    with pytest.raises(TableError, match=r"labels.csv, line 2: the character U\+FFFE can't stand in a spreadsheet"):
        export_labels(coded(awkward, [bad]), tmp_path / "a.xlsx", codebook, to="xlsx")


def _typed(cell: str) -> str | int:
    """Return a number where a person typing the cell would get one."""
    return int(cell) if cell.isdecimal() and str(int(cell)) == cell else cell


def untidy(source: Path, target: Path) -> Path:
    """Write a coding sheet as it looks after a week: moved behind another sheet, columns in another order, notes, blank rows, merged cells, a filter."""
    header, *rows = cells(source)
    order = [len(header) - 1, *range(1, len(header) - 1), 0]
    with xlsxwriter.Workbook(target, {"strings_to_formulas": False}) as book:
        book.add_worksheet("草稿").write_row(0, 0, ["类别", "我的统计"])
        page = book.add_worksheet("编码")
        page.write_row(0, 0, ["备注", *(header[place] for place in order)])
        for number, row in enumerate(rows):
            line = 2 * number + 1 if number < 3 else number + 4  # a blank row between the first rows
            page.write_row(line, 1, [_typed(row[place]) for place in order[:-1]])
            if number % 3 == 0:
                page.set_row(line, None, None, {"hidden": True})
            if number < 3:
                page.write(line, len(order), row[0])
        page.merge_range(7, len(order), 3 + len(rows), len(order), rows[0][0])
        page.autofilter(0, 0, len(rows) + 3, len(order))
    return target


def test_an_untidy_sheet_gives_the_same_labels(
    tmp_path: Path, codebook: Codebook, awkward: StructuredDocument, labels: list[Label]
) -> None:
    file = export_labels(coded(awkward, labels), tmp_path / "a.xlsx", codebook, to="xlsx")[0]
    tidy = back(file, codebook, "xlsx")
    assert len(tidy) == len(labels)
    assert back(untidy(file, tmp_path / "b.xlsx"), codebook, "xlsx") == tidy


def test_what_libreoffice_saves_again_gives_the_same_labels(
    tmp_path: Path, codebook: Codebook, awkward: StructuredDocument, labels: list[Label]
) -> None:
    program = shutil.which("soffice")
    if program is None:
        pytest.skip("LibreOffice is not installed")
    file = export_labels(coded(awkward, labels), tmp_path / "a.xlsx", codebook, to="xlsx")[0]
    untidy(file, tmp_path / "b.xlsx")
    saved = tmp_path / "saved"
    options = [
        f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}",
        "--headless",
        "--convert-to",
        "xlsx",
        "--outdir",
        str(saved),
    ]
    subprocess.run([program, *options, str(file), str(tmp_path / "b.xlsx")], capture_output=True, timeout=120, check=False)
    if not (saved / "a.xlsx").is_file():
        pytest.skip("LibreOffice is installed without Calc")
    for name in ("a.xlsx", "b.xlsx"):
        assert back(saved / name, codebook, "xlsx") == back(file, codebook, "xlsx")


def test_a_sheet_that_was_saved_as_csv_is_refused_with_what_to_do(tmp_path: Path, codebook: Codebook) -> None:
    (tmp_path / "coding.csv").write_text("报告,段落\n", encoding="utf-8")
    with pytest.raises(
        TableError, match=r"coding.csv: can't be read as a workbook .*; save it from the spreadsheet program as .xlsx"
    ):
        back(tmp_path / "coding.csv", codebook, "xlsx")
