"""Sparse rows of TF-IDF blocks from sentences in context."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import sparse

from pipeline.params import SOURCES, Block, read_params
from pipeline.resources import default_params
from pipeline.segment import Segmenter
from pipeline.vectorise import PLACES, BlockVectoriser, Context, contexts, count_terms
from tests.conftest import structured

REPORT = """某县2024年工作总结
一、主要工作
（一）抓好宣传。做法如下。一是进校园。发放手册12册。二是进社区。
（二）抓好创建。新建点位3个。
二、存在问题
宣传还不够。
"""
WORDS = Block("own", "word", 1, 1, 1, 0.6)
CHARACTERS = Block("own", "character", 1, 2, 1, 0.8)
LEADS = Block("point_lead", "character", 1, 2, 1, 0.3)


def rows_of(text: str = REPORT) -> list[Context]:
    return contexts(structured(text))


def own(*texts: str) -> list[Context]:
    """Return rows of which only the own text is filled."""
    return [Context((text, *[""] * (len(SOURCES) - 1)), (0.0,) * len(PLACES)) for text in texts]


def fitted(rows: Sequence[Context], *blocks: Block, place_weight: float = 0.0) -> BlockVectoriser:
    """Return a vectoriser fitted to rows, as it is after loading a model."""
    segmenter = Segmenter()
    counted = count_terms(rows, blocks, segmenter)
    learnt = BlockVectoriser(blocks, place_weight, segmenter).fit_counted(counted, np.arange(len(rows)))
    return BlockVectoriser(blocks, place_weight, segmenter).restore(learnt.terms_, learnt.idf_)


def test_the_context_of_a_sentence() -> None:
    by_text = {row.texts[0]: dict(zip(SOURCES, row.texts, strict=True)) for row in rows_of()}
    assert by_text["发放手册0册。"] == {
        "own": "发放手册0册。",
        "heading": "抓好宣传。",
        "headings": "主要工作\n抓好宣传。",
        "part": "主要工作",
        "paragraph_lead": "做法如下。",
        "point_lead": "一是进校园。",
        "previous": "一是进校园。",
        "following": "二是进社区。",
    }
    assert by_text["某县0年工作总结"]["previous"] == ""
    assert by_text["宣传还不够。"]["following"] == ""


def test_the_place_of_a_sentence_lies_between_0_and_1() -> None:
    rows = rows_of(REPORT + "长" * 500 + "。")
    places = np.array([row.place for row in rows])
    assert places.shape == (len(rows), len(PLACES))
    assert places.min() >= 0
    assert places.max() <= 1
    by_text = {row.texts[0]: dict(zip(PLACES, row.place, strict=True)) for row in rows}
    assert by_text["一、主要工作"]["is_heading"] == 1.0
    assert by_text["发放手册0册。"]["in_point"] == 1.0
    assert by_text["做法如下。"]["in_point"] == 0.0
    assert by_text["发放手册0册。"]["opens_paragraph"] == 0.0
    assert by_text["宣传还不够。"]["last_third"] == 1.0


def test_an_empty_document_has_no_context() -> None:
    assert contexts(structured("")) == []


def test_the_formula_of_a_block_is_sublinear_tf_idf_of_the_blocks_length() -> None:
    vectoriser = fitted(own("甲甲乙", "乙丙"), Block("own", "character", 1, 1, 1, 0.5))
    terms = vectoriser.terms_[0]
    assert sorted(terms) == ["\x02", "\x03", "丙", "乙", "甲"]
    idf = {"甲": np.log(3 / 2) + 1, "乙": 1.0, "\x02": 1.0, "\x03": 1.0}
    assert_allclose([vectoriser.idf_[0][terms.index(term)] for term in idf], list(idf.values()))
    raw = {"甲": (np.log(2) + 1) * idf["甲"], "乙": 1.0, "\x02": 1.0, "\x03": 1.0}
    length = np.sqrt(sum(value**2 for value in raw.values()))
    row = vectoriser.transform(own("甲甲乙")).toarray()[0]
    assert_allclose([row[terms.index(term)] for term in raw], [0.5 * value / length for value in raw.values()])
    assert row[terms.index("丙")] == 0


def test_transform_counted_equals_transform_after_restore() -> None:
    rows = rows_of()
    blocks = read_params(default_params()).vectorise.category_blocks
    segmenter = Segmenter(["工作总结"])
    counted = count_terms(rows, blocks, segmenter)
    part = np.array([0, 2, 3, 4, 5, 8])
    learnt = BlockVectoriser(blocks, 0.3, segmenter).fit_counted(counted, part)
    restored = BlockVectoriser(blocks, 0.3, segmenter).restore(learnt.terms_, learnt.idf_)
    every = np.arange(len(rows))
    assert sum(map(len, learnt.terms_)) > 50
    assert_allclose(learnt.transform_counted(counted, every).toarray(), restored.transform(rows).toarray(), rtol=1e-12)


def test_terms_are_learnt_from_the_given_rows_alone() -> None:
    rows = own("甲乙", "丙丁")
    counted = count_terms(rows, [CHARACTERS], Segmenter())
    learnt = BlockVectoriser([CHARACTERS], 0.0, Segmenter()).fit_counted(counted, np.array([0]))
    assert "甲乙" in learnt.terms_[0]
    assert not any("丙" in term or "丁" in term for term in learnt.terms_[0])


def test_the_smallest_document_frequency_counts_rows_not_occurrences() -> None:
    rows = own("甲甲甲", "乙", "乙")
    learnt = fitted(rows, Block("own", "character", 1, 1, 2, 1.0))
    assert "乙" in learnt.terms_[0]
    assert "甲" not in learnt.terms_[0]


def test_unseen_terms_count_for_nothing() -> None:
    vectoriser = fitted(own("发放手册", "举办宣讲"), WORDS, CHARACTERS)
    known, with_unseen = vectoriser.transform(own("丙丁戊", "发放手册"))
    assert known.count_nonzero() == len(set(vectoriser.terms_[1]) & {"\x02", "\x03"})
    assert with_unseen.count_nonzero() > 2


def test_one_character_words_count() -> None:
    assert "创" in fitted(own("创", "建"), WORDS).terms_[0]


def test_an_empty_text_makes_an_empty_row_and_not_nan() -> None:
    vectoriser = fitted(own("发放手册", ""), WORDS, CHARACTERS)
    rows = vectoriser.transform(own("", "发放手册"))
    assert rows[0].count_nonzero() == 0
    assert np.isfinite(rows.toarray()).all()
    assert_allclose(sparse.linalg.norm(rows, axis=1), [0.0, np.hypot(0.6, 0.8)])


def test_a_block_without_any_text_has_no_columns() -> None:
    rows = own("发放手册", "举办宣讲")
    vectoriser = fitted(rows, LEADS, CHARACTERS)
    assert list(vectoriser.terms_[0]) == []
    assert vectoriser.transform(rows).shape == (2, len(vectoriser.terms_[1]) + len(PLACES))


def test_blocks_without_any_text_at_all_can_be_counted() -> None:
    rows = own("", "")
    vectoriser = fitted(rows, WORDS, LEADS)
    assert list(map(len, vectoriser.terms_)) == [0, 0]
    assert vectoriser.transform(rows).shape == (2, len(PLACES))


def test_the_place_stands_behind_the_blocks_with_its_weight() -> None:
    rows = rows_of()
    matrix = fitted(rows, CHARACTERS, place_weight=0.3).transform(rows).toarray()
    assert_allclose(matrix[:, -len(PLACES) :], 0.3 * np.array([row.place for row in rows]))


def test_rows_do_not_depend_on_the_rows_beside_them() -> None:
    rows = rows_of()
    vectoriser = fitted(rows, WORDS, CHARACTERS, LEADS)
    together = vectoriser.transform(rows).toarray()
    assert_allclose(together, np.vstack([vectoriser.transform([row]).toarray() for row in rows]))


@pytest.mark.parametrize("number", range(3))
def test_latin_letters_are_found_again_whatever_their_case(number: int) -> None:
    vectoriser = fitted(own("使用App宣传", "发放手册"), WORDS, CHARACTERS)
    variants = ("使用APP宣传", "使用app宣传", "使用App宣传")
    assert_allclose(vectoriser.transform(own(variants[number])).toarray(), vectoriser.transform(own("使用App宣传")).toarray())
