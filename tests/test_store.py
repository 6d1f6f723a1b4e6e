"""Tables: written beside their place, read back the same, harmless in a spreadsheet."""

from __future__ import annotations

import csv
import json
import re
import shutil
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from python_calamine import CalamineWorkbook

from pipeline.errors import TableError
from pipeline.store import CHINESE_HEADERS, SUFFIXES, read_table, replace_text
from pipeline.tag import COLUMNS, SHARES
from pipeline.work import STRUCTURE_COLUMNS
from pipeline.write import table_writer

ROW = {
    "document": "东河/2024.txt",
    "unit": "东河县民宗局",
    "period": "2024",
    "paragraph": 3,
    "point": None,
    "sentence": 2,
    "start": 120,
    "end": 133,
    "heading": "一、主要工作 > （一）抓好宣传",
    "text": "举办宣讲12场。",
    "category": "publicity_education",
    "category_name": "宣传教育",
    "probability": 0.8125,
    "secondary": "",
    "stage": "done",
    "review": 1,
}
STAGES = {"done": "已开展", "plan": "下步计划"}


def table(*changes: Mapping[str, object], columns: Sequence[str] = COLUMNS) -> pd.DataFrame:
    """Return a table of tags: a right row, changed."""
    return pd.DataFrame([{SHARES: "", **ROW, **change} for change in changes], columns=list(columns))


def write(path: Path, *tables: pd.DataFrame, language: str = "zh", columns: Sequence[str] = COLUMNS) -> Path:
    with table_writer(path, columns, language=language, stage_names=STAGES if language == "zh" else {}) as writer:
        for part in tables:
            writer.write(part)
    return path


def sheets(path: Path) -> dict[str, list[list[Any]]]:
    book = CalamineWorkbook.from_path(path)
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


ROWS = table(
    {},
    {"text": '“引号”，逗号, "直引号"；①𠮷', "point": 4, "probability": 1.0, "review": 0, "stage": "plan"},
    {"text": "第一行\n第二行\t制表", "unit": "", "period": "2024H1", "heading": ""},
    {"text": "=1+1", "unit": "+cmd", "heading": "-2", "document": "@x.txt"},
    {"text": "'=1", "unit": "'", "heading": "''-2", "document": "0012.txt"},
    {"text": "NA", "unit": "null", "heading": "nan", "period": "None", "secondary": "a;b"},
)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_format_gives_back_what_was_written(tmp_path: Path, suffix: str, language: str) -> None:
    back = read_table(write(tmp_path / f"tags{suffix}", ROWS.head(2), ROWS.tail(4), language=language))
    assert list(back.columns) == list(COLUMNS)
    expected = ROWS.copy()
    if suffix == ".xlsx" and language == "zh":
        expected["stage"] = expected["stage"].map(STAGES)  # .xlsx is for people
    for name in ("paragraph", "point", "sentence", "start", "end", "review"):
        expected[name] = expected[name].astype("Int64")
    assert_frame_equal(back, expected, check_dtype=False)
    assert back["review"].tolist() == [1, 0, 1, 1, 1, 1]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_rows_of_paragraphs_have_shares(tmp_path: Path, suffix: str) -> None:
    columns = (*COLUMNS, SHARES)
    rows = table({SHARES: "a:0.750;b:0.250", "sentence": None}, columns=columns)
    back = read_table(write(tmp_path / f"tags{suffix}", rows, columns=columns, language="en"))
    assert list(back.columns) == list(columns)
    assert back[SHARES].tolist() == ["a:0.750;b:0.250"]
    assert back["sentence"].isna().all()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_table_without_rows_can_be_read(tmp_path: Path, suffix: str) -> None:
    assert len(read_table(write(tmp_path / f"tags{suffix}"))) == 0


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_table_of_structure_can_be_written_in_every_format(tmp_path: Path, suffix: str) -> None:
    row = ("a.txt", 1, None, 1, "heading", 2, 0, 5, "一、工作", "（一）宣传", "甲县", "2024", "unit: title")
    back = read_table(
        write(tmp_path / f"units{suffix}", pd.DataFrame([row], columns=list(STRUCTURE_COLUMNS)), columns=STRUCTURE_COLUMNS)
    )
    assert list(back.columns) == list(STRUCTURE_COLUMNS)
    assert back.loc[0, "text"] == "（一）宣传"
    assert back.loc[0, "level"] == 2


@pytest.mark.parametrize("suffix", [".CSV", ".Xlsx"])
def test_the_ending_counts_whatever_its_case(tmp_path: Path, suffix: str) -> None:
    assert len(read_table(write(tmp_path / f"tags{suffix}", table({})))) == 1


def test_csv_opens_in_a_spreadsheet_with_its_charset_known(tmp_path: Path) -> None:
    data = write(tmp_path / "tags.csv", table({})).read_bytes()
    assert data.startswith(b"\xef\xbb\xbfdocument,unit,period,paragraph,point,sentence,start,end,heading,text,")
    assert data.decode("utf-8-sig").splitlines()[1].startswith("东河/2024.txt,东河县民宗局,2024,3,,2,120,133,")


def test_names_of_columns_stay_in_every_language(tmp_path: Path) -> None:
    for language in ("zh", "en"):
        with write(tmp_path / "tags.csv", table({}), language=language).open(encoding="utf-8-sig", newline="") as stream:
            assert next(csv.reader(stream)) == list(COLUMNS)
        line = write(tmp_path / "tags.jsonl", table({}), language=language).read_text(encoding="utf-8")
        assert list(json.loads(line)) == list(COLUMNS)
        assert list(pd.read_parquet(write(tmp_path / "tags.parquet", table({}), language=language)).columns) == list(COLUMNS)


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x","y")'])
def test_a_cell_that_a_spreadsheet_would_run_is_neutralised(tmp_path: Path, cell: str) -> None:
    with write(tmp_path / "tags.csv", table({"text": cell, "unit": cell})).open(encoding="utf-8-sig", newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert row["text"] == row["unit"] == f"'{cell}"
    book = sheets(write(tmp_path / "tags.xlsx", table({"text": cell}), language="en"))["tags"]
    assert str(book[1][COLUMNS.index("text")]).strip() == cell.strip()


def test_text_in_xlsx_is_text_and_neither_formula_link_nor_number(tmp_path: Path) -> None:
    rows = table({"text": "=1+1", "unit": "https://example.cn", "heading": "0012", "period": "2024"})
    path = write(tmp_path / "tags.xlsx", rows)
    with zipfile.ZipFile(path) as archive:
        xml = "".join(archive.read(name).decode("utf-8") for name in archive.namelist() if name.startswith("xl/worksheets"))
    assert "<f>" not in xml
    assert "<hyperlink" not in xml
    row = sheets(path)["标注"][1]
    assert [row[COLUMNS.index(name)] for name in ("text", "unit", "heading", "period")] == [
        "=1+1",
        "https://example.cn",
        "0012",
        "2024",
    ]


def test_xlsx_has_chinese_headers_stages_and_marks(tmp_path: Path) -> None:
    rows = sheets(write(tmp_path / "tags.xlsx", ROWS))["标注"]
    assert rows[0] == [CHINESE_HEADERS[name] for name in COLUMNS]
    assert rows[0][:4] == ["报告", "单位", "时期", "段落"]
    assert [row[COLUMNS.index("stage")] for row in rows[1:3]] == ["已开展", "下步计划"]
    assert [row[COLUMNS.index("review")] for row in rows[1:3]] == ["是", ""]


def test_xlsx_has_english_headers_where_that_is_asked_for(tmp_path: Path) -> None:
    rows = sheets(write(tmp_path / "tags.xlsx", ROWS, language="en"))["tags"]
    assert rows[0] == list(COLUMNS)
    assert [row[COLUMNS.index("stage")] for row in rows[1:3]] == ["done", "plan"]
    assert [row[COLUMNS.index("review")] for row in rows[1:3]] == ["yes", ""]


def test_every_column_of_a_table_has_a_chinese_header() -> None:
    assert {*COLUMNS, SHARES, *STRUCTURE_COLUMNS} <= set(CHINESE_HEADERS)
    assert len(set(CHINESE_HEADERS.values())) == len(CHINESE_HEADERS)


def test_xlsx_has_a_frozen_header_and_filters(tmp_path: Path) -> None:
    with zipfile.ZipFile(write(tmp_path / "tags.xlsx", ROWS)) as archive:
        xml = archive.read("xl/worksheets/sheet1.xml").decode("utf-8")
    assert 'state="frozen"' in xml
    assert '<autoFilter ref="A1:P7"/>' in xml
    spans = re.findall(r'<col min="(\d+)" max="(\d+)" width="([\d.]+)"', xml)
    widths = {COLUMNS[number - 1]: float(width) for low, high, width in spans for number in range(int(low), int(high) + 1)}
    assert list(widths) == list(COLUMNS)
    assert widths["text"] > 50
    assert min(widths.values()) > 8


def test_more_rows_than_a_sheet_holds_go_to_further_sheets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.spreadsheet._ROWS_OF_A_SHEET", 4)
    rows = table(*[{"sentence": number} for number in range(1, 11)])
    path = write(tmp_path / "tags.xlsx", rows.head(3), rows.tail(7))
    found = sheets(path)
    assert list(found) == ["标注", "标注 2", "标注 3"]
    assert [len(sheet) for sheet in found.values()] == [5, 5, 3]
    assert all(sheet[0] == [CHINESE_HEADERS[name] for name in COLUMNS] for sheet in found.values())
    assert read_table(path)["sentence"].tolist() == list(range(1, 11))


def test_exactly_as_many_rows_as_a_sheet_holds_need_one_sheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.spreadsheet._ROWS_OF_A_SHEET", 3)
    assert list(sheets(write(tmp_path / "tags.xlsx", table({}, {}, {})))) == ["标注"]


def test_a_text_longer_than_a_cell_is_cut_in_xlsx_alone(tmp_path: Path) -> None:
    rows = table({"text": "长" * 40_000})
    assert read_table(write(tmp_path / "tags.xlsx", rows))["text"].str.len().tolist() == [32_767]
    assert read_table(write(tmp_path / "tags.csv", rows))["text"].str.len().tolist() == [40_000]


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("text", ["甲\ud800乙", "甲\udfff"])
def test_a_lone_surrogate_is_replaced_and_stops_nothing(tmp_path: Path, suffix: str, text: str) -> None:
    back = read_table(
        write(tmp_path / f"tags{suffix}", table({}).astype(object).assign(text=pd.Series([text], dtype=object)), language="en")
    )
    (found,) = back["text"].tolist()
    assert found[0] == "甲"
    assert len(found) == len(text)
    assert not re.search("[\ud800-\udfff]", found)


@pytest.mark.parametrize("text", ["甲\x00乙", "甲\x0b乙", "甲\x1f乙", "甲\ufffe乙"])
def test_a_character_that_xml_forbids_does_not_break_the_spreadsheet(tmp_path: Path, text: str) -> None:
    assert read_table(write(tmp_path / "tags.xlsx", table({"text": text}))).loc[0, "text"] == "甲\ufffd乙"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_output_stays_as_it_was_when_writing_fails(tmp_path: Path, suffix: str) -> None:
    path = write(tmp_path / f"tags{suffix}", table({}))
    before = path.read_bytes()
    with pytest.raises(ZeroDivisionError), table_writer(path, COLUMNS) as writer:
        writer.write(table({"text": "新"}))
        raise ZeroDivisionError
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_write_that_fails_leaves_nothing_where_nothing_was(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(KeyboardInterrupt), table_writer(tmp_path / f"tags{suffix}", COLUMNS):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_old_table_stands_until_the_new_one_is_through(tmp_path: Path, suffix: str) -> None:
    path = write(tmp_path / f"tags{suffix}", table({}))
    before = path.read_bytes()
    with table_writer(path, COLUMNS, language="en") as writer:
        writer.write(table({"text": "新"}))
        assert path.read_bytes() == before
    assert read_table(path).loc[0, "text"] == "新"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_folder_that_vanishes_meanwhile_is_a_named_fault(tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, temporary = tmp_path / "out", tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    with pytest.raises(TableError, match="can't be written"), table_writer(folder / f"tags{suffix}", COLUMNS) as writer:
        writer.write(table({}))
        shutil.rmtree(folder)
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_in_place_of_the_folder_is_a_named_fault(tmp_path: Path, suffix: str) -> None:
    (tmp_path / "out").write_text("x", encoding="utf-8")
    with pytest.raises(TableError, match="can't be written"), table_writer(tmp_path / "out" / f"tags{suffix}", COLUMNS):
        pass


def test_missing_folders_are_made(tmp_path: Path) -> None:
    assert write(tmp_path / "a" / "b" / "tags.csv", table({})).is_file()


def test_a_long_chinese_name_of_the_output_can_be_written(tmp_path: Path) -> None:
    assert write(tmp_path / ("长" * 80 + ".csv"), table({})).is_file()


@pytest.mark.parametrize("name", ["tags", "tags.txt", "tags.xls", "tags.csv.gz"])
def test_an_unknown_ending_is_refused_and_the_known_ones_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(TableError, match="no table format") as caught:
        table_writer(tmp_path / name, COLUMNS)
    assert ".xlsx" in caught.value.remedy
    (tmp_path / name).write_text("x", encoding="utf-8")
    with pytest.raises(TableError, match="no table format"):
        read_table(tmp_path / name)


def test_a_folder_as_output_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tags.csv").mkdir()
    with pytest.raises(TableError, match="this is a folder"):
        table_writer(tmp_path / "tags.csv", COLUMNS)


@pytest.mark.parametrize("suffix", [".xlsx", ".parquet", ".jsonl", ".csv"])
@pytest.mark.parametrize("data", [b"", b"\xff\xfe\x00\x01 no table", b'{"a": ', b"PK\x03\x04nothing", b"[1]\n"])
def test_a_table_that_is_none_is_a_named_fault(tmp_path: Path, suffix: str, data: bytes) -> None:
    path = tmp_path / f"tags{suffix}"
    path.write_bytes(data)
    if (suffix, data) in ((".csv", b'{"a": '), (".csv", b"PK\x03\x04nothing"), (".csv", b"[1]\n"), (".jsonl", b"")):
        assert len(read_table(path)) == 0  # a header of one odd column, or no line
        return
    with pytest.raises(TableError, match="can't be read as a table") as caught:
        read_table(path)
    assert "\n" not in caught.value.line()


def test_a_table_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="no such table"):
        read_table(tmp_path / "none.csv")


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    for suffix in SUFFIXES:
        first, second = (write(tmp_path / f"{name}{suffix}", ROWS).read_bytes() for name in "ab")
        assert first == second


def test_numpy_values_are_written_as_plain_ones(tmp_path: Path) -> None:
    rows = table({"paragraph": np.int64(3), "probability": np.float64(0.5), "review": np.int64(0), "point": np.nan})
    line = json.loads(write(tmp_path / "tags.jsonl", rows).read_text(encoding="utf-8"))
    assert (line["paragraph"], line["probability"], line["review"], line["point"]) == (3, 0.5, 0, None)


def test_a_text_is_replaced_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a" / "metrics.json"
    replace_text(path, "一\r\n二\n")
    assert path.read_bytes() == "一\r\n二\n".encode()

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", fail)
    with pytest.raises(TableError, match="no space left on device"):
        replace_text(path, "三")
    assert path.read_bytes() == "一\r\n二\n".encode()
    assert [file.name for file in path.parent.iterdir()] == ["metrics.json"]
