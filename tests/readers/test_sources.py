"""What a folder is searched for, and what the document of a file says of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import ReadError
from pipeline.read import SUFFIXES, Source, find_sources, read_document, read_documents
from pipeline.readers.content import Columns
from tests.fixtures.make_docx import CASES
from tests.fixtures.pages import CSV, PAGE, REPORT


def write(folder: Path, name: str, data: bytes | str) -> Path:
    """Write a file, with its folders."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data.encode() if isinstance(data, str) else data)
    return file


def test_reports_of_all_kinds_are_found_in_the_order_of_names(tmp_path: Path) -> None:
    names = [f"{number:02d}{suffix}" for number, suffix in enumerate(sorted(SUFFIXES))]
    for name in names:
        write(tmp_path, f"sub/{name}", "正文。")
    write(tmp_path, "a.txt", "正文。")
    assert [source.name for source in find_sources([tmp_path])] == ["a.txt", *(f"sub/{name}" for name in names)]


@pytest.mark.parametrize(
    "name", ["units.csv", "labels.xlsx", "tags.jsonl", "README.md", "readme.txt", ".git/a.txt", "~$a.docx", ".a.txt", "a.png", "a"]
)
def test_what_is_no_report_is_passed_over(name: str, tmp_path: Path) -> None:
    write(tmp_path, name, "document,unit,period\n" if name == "units.csv" else "正文。")
    write(tmp_path, "b.txt", "正文。")
    assert [source.name for source in find_sources([tmp_path])] == ["b.txt"]


def test_a_table_is_read_when_it_is_named(tmp_path: Path) -> None:
    file = write(tmp_path, "t.csv", CSV)
    (source,) = find_sources([file])
    assert [document.name for document in read_documents(source)] == ["t.csv#2", "t.csv#3"]


def test_one_document_is_asked_of_a_file_with_several(tmp_path: Path) -> None:
    source = Source(write(tmp_path, "t.csv", CSV), "t.csv")
    with pytest.raises(ReadError, match="holds several reports"):
        read_document(source)
    whole = read_document(source, columns=Columns(row="paragraph"))
    assert whole.name == "t.csv"
    assert whole.text.count(REPORT[1]) == 2


def test_headings_are_marked_where_they_stand_in_the_text(tmp_path: Path) -> None:
    document = read_document(Source(write(tmp_path, "a.docx", CASES["headings_of_all_kinds"]()), "a.docx"))
    assert [(document.text[start:end], level) for start, end, level in document.headings] == [
        ("一、工作回顾", 1),
        ("大纲级别二", 2),
        ("全段加粗", 0),
        ("样式加粗", 0),
    ]
    assert document.kind == "docx"


def test_plain_text_marks_no_headings(tmp_path: Path) -> None:
    document = read_document(Source(write(tmp_path, "a.txt", "\n".join(REPORT)), "a.txt"))
    assert (document.kind, document.headings, document.notes) == ("text", (), ())


def test_traces_are_counted_over_reader_and_text(tmp_path: Path) -> None:
    document = read_document(Source(write(tmp_path, "a.html", PAGE), "a.html"))
    assert document.removed["page furniture"] > 50
    assert "版权所有" not in document.text


def test_units_csv_overrides_the_title(tmp_path: Path) -> None:
    write(tmp_path, "units.csv", "document,unit,period\na.txt,甲局,2020\n")
    write(tmp_path, "a.txt", "\n".join(REPORT))
    (source,) = find_sources([tmp_path])
    document = read_document(source)
    assert (document.unit, document.period) == ("甲局", "2020")


def test_unit_and_period_of_a_row_count_before_the_guess(tmp_path: Path) -> None:
    first, second = read_documents(Source(write(tmp_path, "t.csv", CSV), "t.csv"))
    assert (first.unit, first.period) == ("青石县民宗局", "2022")
    assert (second.unit, second.period) == ("青石县民宗局", "2023")


def test_units_csv_that_cannot_be_opened_is_a_read_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "units.csv", "document,unit,period\n")
    write(tmp_path, "a.txt", "正文。")

    def refuse(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_text", refuse)
    with pytest.raises(ReadError, match="can't be opened"):
        list(find_sources([tmp_path]))
