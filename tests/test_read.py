"""Files become documents: charset, traces, title, unit, period."""

from __future__ import annotations

import codecs
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.errors import ReadError
from pipeline.read import Source, clean, decode, find_sources, find_title, read_document
from tests.conftest import ROOT

TEXT = "东河县民宗局2024年工作总结\n开展宣讲12场，发放手册。\n"


@pytest.mark.parametrize(
    ("data", "charset"),
    [
        (TEXT.encode("utf-8"), "utf-8"),
        (TEXT.encode("utf-8-sig"), "utf-8"),
        (codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"), "utf-16-le"),
        (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), "utf-16-be"),
        (TEXT.encode("gb18030"), "gb18030"),
        (TEXT.encode("gbk"), "gb18030"),
    ],
    ids=["utf-8", "utf-8 with mark", "utf-16-le", "utf-16-be", "gb18030", "gbk"],
)
def test_one_text_in_every_charset(data: bytes, charset: str) -> None:
    assert decode(data) == (TEXT, charset)


def test_rare_characters_of_gb18030() -> None:
    assert decode("㐀𠮷乡".encode("gb18030")) == ("㐀𠮷乡", "gb18030")


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"PK\x03\x04" + b"\x14\x00\x06\x00" * 30, "binary file"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "binary file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x01" * 40, "binary file"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "binary file"),
        (bytes(range(1, 32)) * 4, "binary file"),
        (codecs.BOM_UTF16_LE + b"\x00\xd8\x00\x00", "byte order mark says utf-16-le"),
        (codecs.BOM_UTF16_LE + b"\x2d\x4e\x87", "byte order mark says utf-16-le"),
        (codecs.BOM_UTF8 + "东河".encode("gb18030"), "byte order mark says utf-8"),
        (b"\xff\xff\xff\xff", "neither as UTF-8 nor as GB18030"),
        ("东河县".encode("gb18030") + b"\x80\xff", "neither as UTF-8 nor as GB18030"),
    ],
    ids=["zip", "pdf", "old word", "png", "controls", "lone surrogate", "odd bytes", "false mark", "no charset", "broken end"],
)
def test_bytes_that_are_no_text_are_refused_with_a_remedy(data: bytes, what: str) -> None:
    with pytest.raises(ReadError, match=what) as caught:
        decode(data, where="a.txt")
    assert caught.value.where == "a.txt"
    assert "save it as UTF-8" in caught.value.remedy


def test_the_place_of_a_broken_byte_is_named() -> None:
    with pytest.raises(ReadError, match="byte 4 "):
        decode(codecs.BOM_UTF8 + b"a\xff")


@pytest.mark.parametrize(
    ("text", "cleaned", "removed"),
    [
        ("甲[bookmark: _GoBack]乙", "甲乙", {"bookmark": 19}),
        ("甲\u200b乙\ufeff丙\u00ad", "甲乙丙", {"invisible": 3}),
        ("甲\x07乙\x00", "甲乙", {"control": 2}),
        ("甲\r\n乙\r丙\u2028丁\x0c戊", "甲\n乙\n丙\n丁\n戊", {"form feed": 1}),
        # must stay
        ("覆盖***人，[书签]保留\t　", "覆盖***人，[书签]保留\t　", {}),
        ("[bookmark 不是]", "[bookmark 不是]", {}),
        ("“引号”①②𠮷", "“引号”①②𠮷", {}),
    ],
)
def test_traces_go_and_are_counted_and_words_stay(text: str, cleaned: str, removed: dict[str, int]) -> None:
    assert clean(text) == (cleaned, removed)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("东河县民宗局2024年工作总结\n正文。", "东河县民宗局2024年工作总结"),
        ("\n\n　　东河县民宗局2024年工作总结　\n正文。", "东河县民宗局2024年工作总结"),
        ("东河县民宗局2024年工作\n总结及2025年工作打算\n正文。", "东河县民宗局2024年工作总结及2025年工作打算"),
        ("东河县民宗局\n2024年工作总结\n正文。", "东河县民宗局2024年工作总结"),
        ("东河县2024年工作总结\n2025年工作计划\n正文。", "东河县2024年工作总结"),
        ("东河县2024年工作总结（讨论稿）\n2025年工作计划", "东河县2024年工作总结（讨论稿）"),
        # none
        ("一、主要工作\n正文。", ""),
        ("（一）主要工作\n正文。", ""),
        ("按照要求，现汇报如下。\n正文。", ""),
        ("各位代表：\n正文。", ""),
        ("长" * 61 + "\n正文。", ""),
        ("", ""),
    ],
)
def test_the_title(text: str, title: str) -> None:
    assert find_title(text) == title


def test_a_document_bears_all_that_was_found(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes("东河县民宗局2024年工作总结\r\n开展宣讲[bookmark: _GoBack]12场。".encode("gb18030"))
    document = read_document(Source(file, "东河/a.txt"))
    assert document.name == "东河/a.txt"
    assert document.text == "东河县民宗局2024年工作总结\n开展宣讲12场。"
    assert (document.title, document.unit, document.period) == ("东河县民宗局2024年工作总结", "东河县民宗局", "2024")
    assert (document.charset, document.removed) == ("gb18030", {"bookmark": 19})


@pytest.mark.parametrize("data", [b"", b" \n\t", codecs.BOM_UTF8, "\u200b\n".encode()])
def test_a_file_without_words_is_empty(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(data)
    with pytest.raises(ReadError, match="the file is empty") as caught:
        read_document(Source(file, "a.txt"))
    assert caught.value.where == str(file)


def test_a_file_that_went_away_is_a_read_error(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="can't be opened"):
        read_document(Source(tmp_path / "gone.txt", "gone.txt"))


def test_folders_are_searched_in_order_and_names_are_relative(tmp_path: Path) -> None:
    for name in ("b.txt", "a.TXT", "sub/c.txt", ".hidden.txt", "~$lock.txt", "table.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("正文。", encoding="utf-8")
    assert [source.name for source in find_sources([tmp_path])] == ["a.TXT", "b.txt", "sub/c.txt"]


def test_a_file_is_taken_whatever_its_ending(tmp_path: Path) -> None:
    file = tmp_path / "report.text"
    file.write_text(TEXT, encoding="utf-8")
    (source,) = find_sources([file])
    assert source.name == "report.text"
    assert read_document(source).text == TEXT


def test_a_path_that_does_not_exist_and_a_folder_without_reports_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="no such file or folder"):
        list(find_sources([tmp_path / "nowhere"]))
    with pytest.raises(ReadError, match="no report in this folder"):
        list(find_sources([tmp_path]))


def test_reading_and_structuring_plain_text_needs_nothing_but_the_standard_library(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    code = (
        "import sys; from pathlib import Path; from pipeline.read import Source, read_document; from pipeline.structure import structure;"
        "structure(read_document(Source(Path(sys.argv[1]), 'a.txt')));"
        "print(*{name.split('.')[0] for name in sys.modules} - set(sys.stdlib_module_names) - {'pipeline', '__main__'})"
    )
    command = [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); {code}", str(tmp_path / "a.txt")]
    found = subprocess.run(command, check=True, capture_output=True, text=True)
    assert found.stdout.split() == []
