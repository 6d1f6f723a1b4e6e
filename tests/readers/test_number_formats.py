"""Numbers are written as Word's lists write them (ECMA-376 part 1, 17.18.59)."""

from __future__ import annotations

import pytest

from pipeline.readers.number_formats import format_number


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        ("decimal", {1: "1", 10: "10", 101: "101"}),
        ("decimalZero", {1: "01", 10: "10", 101: "101"}),
        ("decimalFullWidth", {1: "１", 10: "１０"}),
        ("decimalEnclosedCircle", {1: "①", 20: "⑳", 21: "21"}),
        ("decimalEnclosedParen", {1: "⑴", 20: "⒇", 21: "21"}),
        ("decimalEnclosedFullstop", {1: "⒈", 20: "⒛", 21: "21"}),
        ("ideographEnclosedCircle", {1: "㊀", 10: "㊉", 11: "11"}),
        ("lowerLetter", {1: "a", 26: "z", 27: "aa", 53: "aaa", 100_000: "100000"}),
        ("upperLetter", {1: "A", 28: "BB"}),
        ("lowerRoman", {4: "iv", 9: "ix", 1994: "mcmxciv", 5000: "5000"}),
        ("upperRoman", {4: "IV", 40: "XL"}),
        ("chineseCounting", {1: "一", 10: "十", 11: "十一", 20: "二十", 99: "九十九", 100: "一〇〇"}),
        (
            "chineseCountingThousand",
            {10: "十", 19: "十九", 100: "一百", 101: "一百零一", 110: "一百一十", 1001: "一千零一", 10_000: "一万"},
        ),
        ("japaneseCounting", {10: "十", 21: "二十一", 100: "百", 101: "百一", 1000: "千"}),
        ("ideographDigital", {1: "一", 10: "一〇", 11: "一一", 105: "一〇五"}),
        ("taiwaneseDigital", {10: "一○"}),
        ("chineseLegalSimplified", {1: "壹", 10: "壹拾", 105: "壹佰零伍"}),
        ("ideographTraditional", {1: "甲", 10: "癸", 11: "11"}),
        ("ideographZodiac", {1: "子", 12: "亥", 13: "13"}),
        ("ideographZodiacTraditional", {1: "甲子", 60: "癸亥", 61: "61"}),
        ("none", {1: "", 5: ""}),
        ("unheardOf", {3: "3"}),
    ],
)
def test_formats(kind: str, written: dict[int, str]) -> None:
    assert {number: format_number(number, kind) for number in written} == written


@pytest.mark.parametrize("value", [0, -1, 10**12])
def test_a_number_that_no_format_has_is_written_in_digits(value: int) -> None:
    assert format_number(value, "chineseCounting") == str(value)
