"""Rows as lines: the bytes that Python's own writers make, with cells that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.lines import csv_header, csv_lines, json_lines, packed, unpacked
from pipeline.store import neutral

TEXTS = st.text(st.sampled_from("甲乙 ,\"'=+-@\t\r\n;\x00\u2028\U00020000"), max_size=6)
WHOLE, DECIMAL = st.integers(-9, 10**9), st.floats(allow_nan=False)
KINDS = [TEXTS, WHOLE, DECIMAL, st.none() | WHOLE, st.none() | TEXTS, st.one_of(st.none(), TEXTS, WHOLE, DECIMAL)]


def written(rows: list[tuple[Any, ...]]) -> bytes:
    """Return what the standard library makes of the rows."""
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator="\r\n").writerows([neutral(cell) for cell in row] for row in rows)
    return stream.getvalue().encode("utf-8", "replace")


@given(st.lists(st.tuples(*KINDS), max_size=5))
def test_lines_are_those_of_the_standard_library(rows: list[tuple[Any, ...]]) -> None:
    assert csv_lines(list(zip(*rows, strict=True))) == written(rows)


@pytest.mark.parametrize(
    "cell", ["=1", "+1", "-1", "@a", "'=1", "''-", "\t", "'", "a=1", "", "甲,乙", '甲"乙"', "\r", "\n", "\ud800"]
)
@pytest.mark.parametrize("others", [[], ["甲"], [None], [1]])
def test_a_single_cell_makes_no_difference_to_the_others(cell: str, others: list[Any]) -> None:
    rows = [(value, "乙", 3) for value in [*others, cell, *others]]
    assert csv_lines(list(zip(*rows, strict=True))) == written(rows)


def test_the_header_is_quoted_and_else_as_it_is() -> None:
    assert csv_header(["甲", "a,b", "=c"]).decode() == '甲,"a,b",=c\r\n'


def test_an_object_a_line() -> None:
    assert json_lines([("甲\n", "\ud800"), (None, 0.5), (1, 2)], ("a", "b", "c")).decode().split("\n") == [
        '{"a": "甲\\n", "b": null, "c": 1}',
        '{"a": "?", "b": 0.5, "c": 2}',
        "",
    ]


@given(st.lists(st.tuples(*KINDS), max_size=5))
def test_columns_for_other_formats_come_back_as_they_were(columns: list[tuple[Any, ...]]) -> None:
    assert unpacked(packed(columns, "abcdef", ".xlsx")) == [list(column) for column in columns]


def test_half_a_character_comes_back_too() -> None:
    assert unpacked(packed([("\ud800",)], ["a"], ".parquet")) == [["\ud800"]]


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_no_rows_are_no_lines(suffix: str) -> None:
    assert packed([()], ["a"], suffix) == packed([], [], suffix) == b""
