"""Marks: the words that spoke for a tag, within the text, in order."""

from __future__ import annotations

import pytest

from pipeline.evidence import mark_evidence
from pipeline.model import Model

CASES = [
    ("农技员下田指导防治小麦虫害7次。", "farming", "小麦"),
    ("为困难学生发放助学金900元。", "schooling", "学生"),
]


@pytest.mark.parametrize(("text", "code", "word"), CASES)
def test_the_word_that_tells_is_marked(small_model: Model, text: str, code: str, word: str) -> None:
    (spans,) = mark_evidence(small_model, [text], [small_model.codebook.category_codes.index(code)])
    assert word in "".join(text[start:end] for start, end in spans)


@pytest.mark.parametrize(("text", "code", "word"), CASES)
def test_what_speaks_for_one_category_is_not_marked_for_another(small_model: Model, text: str, code: str, word: str) -> None:
    codes = small_model.codebook.category_codes
    other = "schooling" if code == "farming" else "farming"
    (spans,) = mark_evidence(small_model, [text], [codes.index(other)])
    assert word not in [text[start:end] for start, end in spans]


def test_spans_are_in_order_apart_and_within_the_text(small_model: Model) -> None:
    texts = [text * 3 for text, _, _ in CASES] + ["𠮷小麦𠮷", "。", " ", "abc", "５００亩小麦"]
    for text, spans in zip(texts, mark_evidence(small_model, texts, [0] * len(texts)), strict=True):
        edges = [edge for span in spans for edge in span]
        assert edges == sorted(set(edges))
        assert all(0 <= edge <= len(text) for edge in edges)


def test_most_of_a_text_stays_unmarked(small_model: Model) -> None:
    text = "".join(text for text, _, _ in CASES)
    (spans,) = mark_evidence(small_model, [text], [0])
    assert sum(end - start for start, end in spans) < len(text) / 2


def test_no_texts_have_no_marks(small_model: Model) -> None:
    assert mark_evidence(small_model, [], []) == []
