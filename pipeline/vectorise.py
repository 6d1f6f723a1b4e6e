"""Vectorise sentences in their context: blocks of TF-IDF over words and characters of own text, headings, leads and neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

from pipeline.params import Block
from pipeline.records import StructuredDocument
from pipeline.segment import Segmenter, normalise
from pipeline.structure import unnumbered

SOURCES = ("own", "heading", "headings", "paragraph_lead", "point_lead", "previous", "following")
PLACES = ("is_heading", "opens_paragraph", "in_point", "place", "length", "last_third")
_BEGIN, _END = "\x02", "\x03"


@dataclass(frozen=True, slots=True)
class Context:
    """What a classifier sees of a sentence.

    Attributes:
        texts: normalised text of each of :data:`SOURCES`, in that order; empty where there is none.
        place: the values of :data:`PLACES`, each between 0 and 1.
    """

    texts: tuple[str, ...]
    place: tuple[float, ...]


def contexts(structured: StructuredDocument) -> list[Context]:
    """Return the context of each sentence of a document, in order."""
    sentences = structured.sentences
    own = [normalise(sentence.text) for sentence in sentences]
    found = []
    for index, sentence in enumerate(sentences):
        headings = [normalise(unnumbered(heading)) for heading in sentence.headings]
        texts = (
            own[index],
            headings[-1] if headings else "",
            "\n".join(headings),
            normalise(sentence.paragraph_lead),
            normalise(sentence.point_lead),
            own[index - 1] if index else "",
            own[index + 1] if index + 1 < len(own) else "",
        )
        place = index / len(own)
        flags = (sentence.is_heading, sentence.sentence == 1, sentence.point > 0)
        found.append(Context(texts, (*map(float, flags), place, min(len(own[index]), 200) / 200, float(place > 0.7))))
    return found


class BlockVectoriser:
    """Rows of weighted, L2-normalised, sublinear TF-IDF blocks, side by side, and the sentence's place at the end.

    Args:
        blocks: the blocks.
        place_weight: factor of the place values.
        segmenter: makes words.
    """

    def __init__(self, blocks: Sequence[Block], place_weight: float, segmenter: Segmenter) -> None:
        self.blocks, self.place_weight, self.segmenter = tuple(blocks), place_weight, segmenter

    def fit(self, rows: Sequence[Context]) -> BlockVectoriser:
        """Learn the terms of each block and their inverse document frequencies."""
        self.vectorisers_ = [_tfidf(block).fit(self._texts(block, rows)) for block in self.blocks]
        return self

    def restore(self, terms: Sequence[Sequence[str]], idf: Sequence[NDArray[np.float64]]) -> BlockVectoriser:
        """Take on terms and inverse document frequencies learnt before, one sequence of each a block."""
        self.vectorisers_ = []
        for block, words, weights in zip(self.blocks, terms, idf, strict=True):
            vectoriser = _tfidf(block)
            vectoriser.vocabulary_ = {word: index for index, word in enumerate(words)}
            vectoriser.idf_ = np.asarray(weights, dtype=np.float64)
            self.vectorisers_.append(vectoriser)
        return self

    def transform(self, rows: Sequence[Context]) -> sparse.csr_matrix:
        """Return a matrix (rows, features)."""
        parts = [
            vectoriser.transform(self._texts(block, rows)) * block.weight
            for block, vectoriser in zip(self.blocks, self.vectorisers_, strict=True)
        ]
        place = np.array([row.place for row in rows], dtype=np.float64).reshape(len(rows), len(PLACES))
        return sparse.hstack([*parts, sparse.csr_matrix(place * self.place_weight)], format="csr")

    @property
    def terms_(self) -> list[list[str]]:
        """Terms of each block in the order of their columns."""
        return [list(vectoriser.get_feature_names_out()) for vectoriser in self.vectorisers_]

    @property
    def idf_(self) -> list[NDArray[np.float64]]:
        """Inverse document frequencies of each block."""
        return [vectoriser.idf_ for vectoriser in self.vectorisers_]

    def _texts(self, block: Block, rows: Sequence[Context]) -> list[str]:
        source = SOURCES.index(block.source)
        texts = (row.texts[source] for row in rows)
        if block.unit == "character":
            # Marks at both ends tell a heading that begins with 宣传 from one that mentions it.
            return [_BEGIN + text + _END if text else "" for text in texts]
        words: dict[str, str] = {}
        return [words.get(text) or words.setdefault(text, " ".join(self.segmenter.words(text))) for text in texts]


def _tfidf(block: Block) -> TfidfVectorizer:
    return TfidfVectorizer(
        analyzer="word" if block.unit == "word" else "char",
        token_pattern=r"\S+" if block.unit == "word" else None,
        ngram_range=(block.low, block.high),
        min_df=block.min_df,
        sublinear_tf=True,
    )
