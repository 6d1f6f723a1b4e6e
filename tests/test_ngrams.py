"""n-grams counted with arrays are those of scikit-learn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer

from pipeline.ngrams import count_ngrams, count_words
from pipeline.segment import Segmenter

RANGES = ((1, 1), (1, 2), (2, 3), (3, 3), (1, 4), (4, 5))


def check(texts: Sequence[str], low: int, high: int) -> None:
    terms, counts = count_ngrams(texts, range(low, high + 1))
    vectoriser = CountVectorizer(analyzer="char", ngram_range=(low, high))
    try:
        expected = vectoriser.fit_transform(texts)
    except ValueError:  # no n-gram at all: scikit-learn refuses an empty vocabulary
        assert counts.shape == (len(texts), 0)
        assert len(terms) == 0
        return
    assert list(terms.terms) == vectoriser.get_feature_names_out().tolist()
    assert counts.has_sorted_indices
    assert (counts != expected).nnz == 0


@pytest.mark.parametrize(("low", "high"), RANGES)
def test_terms_and_counts_are_those_of_scikit_learn(low: int, high: int) -> None:
    check(["\x02播种小麦，播种\x03", "", "甲", "A a\t\t b　　c\n", "𠮷🌾𠮷🌾", "İstanbul ẞ", "甲乙", "播种小麦"], low, high)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text("ab甲乙𠮷 \tİ", max_size=8), min_size=1, max_size=6), st.sampled_from(RANGES))
def test_any_text_is_counted_alike(texts: list[str], between: tuple[int, int]) -> None:
    check(texts, *between)


def test_ngrams_that_need_more_than_64_bits_are_counted_alike() -> None:
    check(["".join(map(chr, range(0x4E00, 0x4E00 + 3000))), "一丁丂七丄丅一丁丂七丄丅"], 5, 6)


def test_only_ngrams_of_the_sizes_that_are_asked_for_are_counted() -> None:
    terms, counts = count_ngrams(["甲乙丙"], (1, 3))
    assert (terms.terms, counts.toarray().tolist()) == (("丙", "乙", "甲", "甲乙丙"), [[1, 1, 1, 1]])


def test_no_text_has_no_ngram() -> None:
    terms, counts = count_ngrams([], (1, 2))
    assert (len(terms), counts.shape) == (0, (0, 0))
    assert count_ngrams(["", ""], (2,))[1].shape == (2, 0)
    assert np.issubdtype(counts.dtype, np.integer)


def test_words_and_counts_are_those_of_scikit_learn() -> None:
    segmenter = Segmenter(["播种小麦"])
    texts = ["播种小麦，播种", "", "使用App和APP", "主要工作\n\n抓好宣传0%", "甲"]
    terms, counts = count_words(texts, segmenter)
    vectoriser = CountVectorizer(token_pattern=r"\S+")  # noqa: S106
    expected = vectoriser.fit_transform([" ".join(segmenter.words(text)) for text in texts])
    assert list(terms.terms) == vectoriser.get_feature_names_out().tolist()
    assert (counts != expected).nnz == 0
    assert count_words(["", ""], segmenter)[1].shape == (2, 0)
