"""Charsets: the byte order mark, strict UTF-8, strict GB18030; damage is named, not read as nonsense."""

from __future__ import annotations

import pytest

from pipeline.errors import ReadError
from pipeline.readers.text import decode, read_text
from tests.fixtures.pages import TEXT

TRADITIONAL = "過去一年，我們認真貫徹落實上級決策部署，把發展經濟和改善民生結合起來，各項工作都有了新的進展，群眾生活水準不斷提高。"


@pytest.mark.parametrize(
    ("charset", "named"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("gbk", "gb18030"),
        ("gb18030", "gb18030"),
        ("utf-16", "utf-16-le"),
        ("utf-32", "utf-32-le"),
    ],
)
def test_one_report_in_every_charset(charset: str, named: str) -> None:
    assert decode(TEXT.encode(charset)) == (TEXT, named)


def test_big5_is_told_from_gb18030_by_its_common_characters() -> None:
    assert decode(TRADITIONAL.encode("big5")) == (TRADITIONAL, "big5")
    assert decode(TRADITIONAL.encode("gb18030")) == (TRADITIONAL, "gb18030")


def test_the_second_blank_of_gbk_is_a_blank() -> None:
    assert decode("一、".encode("gbk") + b"\xa3\xa0" + "加强领导".encode("gbk"))[0] == "一、\u3000加强领导"


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (TEXT.encode()[:200] + b"\xff" + TEXT.encode()[200:], r"it is UTF-8, but damaged at byte 200"),
        (TEXT.encode()[:-2], "it is UTF-8, but damaged at byte"),
        (TEXT.encode("gbk")[:100] + b"\xff\xff" + TEXT.encode("gbk")[100:], r"reads as GB18030 that is damaged at byte \d+"),
    ],
)
def test_damage_is_named_with_its_place(data: bytes, what: str) -> None:
    with pytest.raises(ReadError, match=what):
        decode(data)


def test_a_declared_charset_counts_only_where_it_decodes() -> None:
    assert decode(TEXT.encode("gbk"), declared="gb18030") == (TEXT, "gb18030")
    assert decode(TEXT.encode("gbk"), declared="utf-8") == (TEXT, "gb18030")
    assert decode(TRADITIONAL.encode("big5"), declared="big5hkscs") == (TRADITIONAL, "big5hkscs")


def test_lines_are_paragraphs_whatever_ends_them() -> None:
    content = read_text("甲\r\n乙\r丙\u2028丁\n\n戊".encode(), where="a")
    assert [paragraph.text for paragraph in content.paragraphs] == ["甲", "乙", "丙", "丁", "", "戊"]
