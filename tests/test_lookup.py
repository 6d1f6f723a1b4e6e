"""Known words and n-grams in texts: the same counts as scikit-learn's, term by term."""

from __future__ import annotations

import random

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer

from pipeline.lexicon import Lexicon, Terms, only_used, unite
from pipeline.lookup import BEGIN, FINISH, Counts, Ngrams, Words
from pipeline.segment import Segmenter, points_of

TEXTS = ["", "宣传宣传教育", "发放手册0册，使用App。", "", "主要工作\n\n抓好宣传", "İstanbul ΑΣ 宣传", "教育教育教育", "𠮷𠮷"]


def dense(counts: Counts, known: int) -> np.ndarray:
    found = np.zeros((len(counts.starts) - 1, known))
    rows = np.repeat(np.arange(len(found)), np.diff(counts.starts))
    assert np.unique(rows * known + counts.terms).size == len(counts.terms)
    found[rows, counts.terms] = np.exp(counts.logs - 1)
    return np.rint(found)


@pytest.mark.parametrize(("low", "high"), [(1, 1), (1, 2), (2, 2), (1, 3), (3, 3)])
def test_ngrams_are_counted_as_scikit_learn_does(low: int, high: int) -> None:
    marked = [f"{BEGIN}{text}{FINISH}" if text else "" for text in TEXTS]
    reference = CountVectorizer(analyzer="char", ngram_range=(low, high)).fit(marked)
    terms = sorted(reference.vocabulary_)[::2]  # half of them are unknown
    lexicon, _ = unite([terms])
    expected = CountVectorizer(analyzer="char", ngram_range=(low, high), vocabulary=terms).transform(marked).toarray()
    assert expected.sum() > 10
    assert (dense(Ngrams(lexicon).count(TEXTS), len(terms)) == expected).all()


def test_words_are_counted_as_scikit_learn_does() -> None:
    segmenter = Segmenter(["主要工作"])
    words = [" ".join(segmenter.words(text)) for text in TEXTS]
    pattern = r"\S+"
    terms = sorted(CountVectorizer(token_pattern=pattern).fit(words).vocabulary_)[::2]
    expected = CountVectorizer(token_pattern=pattern, vocabulary=terms).transform(words).toarray()
    lexicon, _ = unite([terms])
    assert expected.sum() > 5
    assert (dense(Words(lexicon, segmenter).count(TEXTS), len(terms)) == expected).all()


def test_nothing_known_and_nothing_asked() -> None:
    for lookup in (Words(Lexicon.empty(), Segmenter()), Ngrams(Lexicon.empty())):
        assert lookup.count(["宣传", ""]).starts.tolist() == [0, 0, 0]
        assert lookup.count([]).starts.tolist() == [0]


def test_every_ngram_is_found_and_no_other() -> None:
    chance = random.Random(3)  # noqa: S311
    signs = [chr(point) for point in range(0x4E00, 0x4E00 + 300)]
    ngrams = sorted({"".join(chance.choices(signs, k=chance.randrange(1, 4))) for _ in range(20_000)})
    lexicon, (numbers,) = unite([ngrams])
    lookup = Ngrams(lexicon)
    for size in (1, 2, 3):
        of_size = [number for number, ngram in enumerate(ngrams) if len(ngram) == size]
        text = "".join(ngrams[number] for number in of_size)
        found = lookup.find(lookup.signs.take(points_of(text)), size)
        assert found[::size].tolist() == of_size
        known = [text[place : place + size] in set(ngrams) for place in range(len(text) - size + 1)]
        assert ((found >= 0) == known).all()
        assert sum(known) < len(known) or size == 1
    assert numbers.tolist() == list(range(len(ngrams)))
    assert (lookup.find(lookup.signs.take(points_of("ab\x00𠮷一")), 2) == -1).all()


def test_so_many_texts_that_pairs_need_64_bits() -> None:
    lexicon, _ = unite([[chr(point) for point in range(0x4E00, 0x4E00 + 5000)]])
    texts = ["一丁一"] * 500_000
    counts = Ngrams(lexicon).count(texts)
    assert counts.terms.tolist() == [0, 1] * len(texts)
    assert np.allclose(counts.logs, np.tile([1 + np.log(2), 1], len(texts)))


def test_counts_of_some_texts() -> None:
    lexicon, _ = unite([["宣传", "教育", "手册"]])
    counts = Words(lexicon, Segmenter()).count(["宣传教育", "", "手册宣传宣传"])
    some = counts.of(np.array([2, 1, 2]))
    assert (dense(some, 3) == dense(counts, 3)[[2, 1, 2]]).all()


def test_terms_of_a_lexicon_are_a_list_of_texts() -> None:
    lexicon, (first, second) = unite([["乙", "甲"], ["丙", "甲"]])
    terms = Terms(lexicon, first)
    assert (list(terms), len(terms), terms[1], terms[:1]) == (["乙", "甲"], 2, "甲", ["乙"])
    assert [lexicon.terms[number] for number in second] == ["丙", "甲"]
    again, numbers = unite([terms, Terms(lexicon, second)])
    assert again is lexicon
    assert numbers[1].tolist() == second.tolist()


def test_a_lexicon_without_what_is_not_used_has_the_same_terms_at_other_places() -> None:
    lexicon = Lexicon.of(["𠮷", "\ud800a", "甲", "甲乙"])
    kept, (first, second) = only_used(lexicon, [np.array([3, 0]), np.array([3])])
    assert kept.terms == ("𠮷", "甲乙")
    assert (list(Terms(kept, first)), list(Terms(kept, second))) == (["甲乙", "𠮷"], ["甲乙"])
    assert list(Terms.all_of(lexicon).take(np.array([2, 0]))) == ["甲", "𠮷"]
    assert list(Terms.of(["乙", "甲", "丙"])) == ["乙", "甲", "丙"]
