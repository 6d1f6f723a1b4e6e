"""Traces of programs go and are counted; words, blanks and marks that people set stay."""

from __future__ import annotations

import pytest

from pipeline.readers.content import Paragraph
from pipeline.readers.traces import clean, clean_paragraphs


@pytest.mark.parametrize(
    ("text", "cleaned", "removed"),
    [
        ("甲[bookmark: _GoBack]乙", "甲乙", {"bookmark": 19}),
        ("民族\u00ad团结\u200b进步\u200e", "民族团结进步", {"invisible": 3}),
        ("\u202e甲\u2066乙\u2069\u061c", "甲乙", {"invisible": 4}),
        ("甲\x0c乙", "甲\n乙", {"form feed": 1}),
        ("甲\n\x0c乙", "甲\n乙", {"form feed": 1}),
        ("甲\x00\x1b\x7f乙", "甲乙", {"control": 3}),
        ("甲\ud800乙", "甲乙", {"surrogate": 1}),
        ("\uf06c 甲", " 甲", {"symbol": 1}),
        ("甲\ufffc乙", "甲乙", {"control": 1}),
        # stays
        ("　　全角空格　", "　　全角空格　", {}),
        ("***镇*村", "***镇*村", {}),
        ("𠮷①✓—…·〇", "𠮷①✓—…·〇", {}),
        ("\ufffd", "\ufffd", {}),
        ("甲\t乙\xa0丙", "甲\t乙\xa0丙", {}),
    ],
)
def test_clean(text: str, cleaned: str, removed: dict[str, int]) -> None:
    assert clean(text) == (cleaned, removed)
    assert clean(cleaned) == (cleaned, {})


def test_each_line_of_a_paragraph_keeps_its_level() -> None:
    paragraphs, removed = clean_paragraphs([Paragraph("甲\n乙", 1), Paragraph("丙\x0c丁")])
    assert paragraphs == [Paragraph("甲", 1), Paragraph("乙", 1), Paragraph("丙"), Paragraph("丁")]
    assert removed == {"form feed": 1}


def test_a_vertical_tab_that_a_reader_leaves_ends_a_line() -> None:
    assert clean_paragraphs([Paragraph("甲\x0b乙")]) == ([Paragraph("甲"), Paragraph("乙")], {"form feed": 1})
