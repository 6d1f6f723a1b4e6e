"""Vectorise sentences in their context: blocks of TF-IDF over words and characters of own text, headings, leads and neighbours."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pipeline.headings import unnumbered
from pipeline.lexicon import Lexicon, Terms
from pipeline.lookup import BEGIN, FINISH
from pipeline.params import SOURCES, UNITS, Block
from pipeline.records import StructuredDocument
from pipeline.segment import Segmenter, normalise

if TYPE_CHECKING:
    from scipy import sparse

    from pipeline.latent import Latent

Integers = NDArray[np.int64]
Kind = tuple[str, int, int]  # unit, shortest and longest n-gram
Keep = Callable[[object, Sequence[str], Callable[[], Any]], Any]
PLACES = ("is_heading", "opens_paragraph", "in_point", "place", "length", "last_third")


@dataclass(frozen=True, slots=True)
class Context:
    """What a classifier sees of a sentence.

    Attributes:
        texts: normalised text of each of :data:`pipeline.params.SOURCES`, in that order; empty where there is none.
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
            headings[0] if headings else "",
            normalise(sentence.paragraph_lead),
            normalise(sentence.point_lead),
            own[index - 1] if index else "",
            own[index + 1] if index + 1 < len(own) else "",
        )
        place = index / len(own)
        flags = (sentence.is_heading, sentence.sentence == 1, sentence.point > 0)
        found.append(Context(texts, (*map(float, flags), place, min(len(own[index]), 200) / 200, float(place > 0.7))))
    return found


@dataclass(frozen=True)
class Counted:
    """How often each n-gram stands in the rows' texts, counted once and then shared by blocks and by folds of cross-fitting.

    Attributes:
        rows: the rows.
        terms: for each (unit, low, high) the n-grams, in the order of columns.
        counts: for each (unit, low, high) a matrix (different texts, n-grams).
        index: for each (unit, low, high) and source the text of each row.
    """

    rows: Sequence[Context]
    terms: Mapping[Kind, Terms]
    counts: Mapping[Kind, sparse.csr_matrix]
    index: Mapping[tuple[Kind, str], Integers]
    place: NDArray[np.float64]


def count_terms(rows: Sequence[Context], blocks: Iterable[Block], segmenter: Segmenter, *, keep: Keep | None = None) -> Counted:
    """Count the n-grams of all blocks in ``rows``: those of characters together, so that all of them share one lexicon.

    Args:
        rows: the rows.
        blocks: the blocks.
        segmenter: makes words.
        keep: counts, or gives what it counted before (:func:`pipeline.cache.kept`).
    """
    from scipy import sparse

    from pipeline.ngrams import count_ngrams, count_words

    counted: Keep = keep or (lambda _what, _texts, count: count())
    sources: dict[Kind, list[str]] = {}
    for block in blocks:
        sources.setdefault((block.unit, block.low, block.high), []).append(block.source)
    texts: dict[str, dict[str, int]] = {unit: {} for unit in UNITS}

    @cache
    def place(unit: str, source: str) -> Integers:
        column, places = SOURCES.index(source), texts[unit]
        return np.array([places.setdefault(row.texts[column], len(places)) for row in rows], dtype=np.int64)

    terms, counts, index = {}, {}, {}
    for kind, names in sources.items():
        for name in dict.fromkeys(names):
            index[kind, name] = place(kind[0], name)
    if sizes := {size for unit, low, high in sources if unit == "character" for size in range(low, high + 1)}:
        marked = _prepared(texts["character"], "character", segmenter, {})
        lexicon, every = counted(("characters", sorted(sizes)), marked, lambda: count_ngrams(marked, sizes))
    for kind in sources:
        unit, low, high = kind
        if unit == "character":
            columns = np.flatnonzero((lexicon.sizes >= low) & (lexicon.sizes <= high))
            terms[kind], counts[kind] = Terms(lexicon, columns), every[:, columns] if len(columns) < len(lexicon) else every
        elif (low, high) == (1, 1):
            plain = list(texts[unit])
            found, counts[kind] = counted(("words", segmenter.dictionary), plain, partial(count_words, plain, segmenter))
            terms[kind] = Terms.all_of(found)
        else:
            vectoriser = _counter(kind)
            try:
                counts[kind] = vectoriser.fit_transform(_prepared(texts[unit], unit, segmenter, {"": ""})).tocsr()
                terms[kind] = Terms.all_of(Lexicon.of(vectoriser.get_feature_names_out().tolist()))
            except ValueError:  # no text at all: scikit-learn's "empty vocabulary"
                counts[kind], terms[kind] = sparse.csr_matrix((len(texts[unit]), 0)), Terms.all_of(Lexicon.empty())
    return Counted(rows, terms, counts, index, _places(rows))


class BlockVectoriser:
    """Rows of weighted, L2-normalised, sublinear TF-IDF blocks, side by side, then the sentence's place and its latent dimensions, if any.

    Args:
        blocks: the blocks.
        place_weight: factor of the place values.
        segmenter: makes words.
        latent: its dimensions are the last columns; None: there are none.
    """

    def __init__(self, blocks: Sequence[Block], place_weight: float, segmenter: Segmenter, latent: Latent | None = None) -> None:
        self.blocks, self.place_weight, self.segmenter, self.latent = tuple(blocks), place_weight, segmenter, latent

    def fit_counted(self, counted: Counted, rows: Integers) -> BlockVectoriser:
        """Learn from some of the counted rows the terms of each block and their inverse document frequencies."""
        self.columns_: list[Integers] = []
        self.terms_: list[Terms] = []
        self.idf_: list[NDArray[np.float64]] = []
        for block in self.blocks:
            kind = (block.unit, block.low, block.high)
            texts = np.bincount(counted.index[kind, block.source][rows], minlength=counted.counts[kind].shape[0]).astype(np.float64)
            counts = counted.counts[kind]
            frequency = np.bincount(counts.indices, weights=np.repeat(texts, np.diff(counts.indptr)), minlength=counts.shape[1])
            columns = np.flatnonzero(frequency >= block.min_df)
            self.columns_.append(columns)
            self.terms_.append(counted.terms[kind].take(columns))
            self.idf_.append(np.log((1 + len(rows)) / (1 + frequency[columns])) + 1)
        return self

    def transform_counted(self, counted: Counted, rows: Integers) -> sparse.csr_matrix:
        """Return a matrix (rows, features) of some of the rows that the vectoriser was fitted with."""
        from scipy import sparse

        parts = []
        for number, block in enumerate(self.blocks):
            kind = (block.unit, block.low, block.high)
            texts, inverse = np.unique(counted.index[kind, block.source][rows], return_inverse=True)
            parts.append(self._weighted(counted.counts[kind][texts][:, self.columns_[number]], number)[inverse])
        parts.append(sparse.csr_matrix(counted.place[rows] * self.place_weight))
        if self.latent:
            parts.append(sparse.csr_matrix(self.latent.transform_counted(counted, rows)))
        return sparse.hstack(parts, format="csr")

    def restore(self, terms: Sequence[Sequence[str]], idf: Sequence[NDArray[np.float64]]) -> BlockVectoriser:
        """Take on terms and inverse document frequencies learnt before, one sequence of each a block."""
        self.terms_ = [words if isinstance(words, Terms) else Terms.of(words) for words in terms]
        self.idf_ = [np.asarray(weights) for weights in idf]
        return self

    @cached_property
    def vocabularies_(self) -> list[dict[str, int]]:
        """Column of each term, for each block."""
        return [{word: column for column, word in enumerate(words)} for words in self.terms_]

    def transform(self, rows: Sequence[Context]) -> sparse.csr_matrix:
        """Return a matrix (rows, features) of any rows, by the terms taken on with :meth:`restore`: through scikit-learn, as the reference.

        :class:`pipeline.engine.Engine` scores without it, many documents at once.
        """
        from scipy import sparse

        parts, segmented = [], {"": ""}
        for number, block in enumerate(self.blocks):
            source = SOURCES.index(block.source)
            places: dict[str, int] = {}
            inverse = [places.setdefault(row.texts[source], len(places)) for row in rows]
            vocabulary = self.vocabularies_[number]
            if not vocabulary:
                parts.append(sparse.csr_matrix((len(rows), 0)))
                continue
            counter = _counter((block.unit, block.low, block.high), vocabulary)
            counts = counter.transform(_prepared(places, block.unit, self.segmenter, segmented)).tocsr()
            parts.append(self._weighted(counts, number)[inverse])
        parts.append(sparse.csr_matrix(_places(rows) * self.place_weight))
        if self.latent:
            parts.append(sparse.csr_matrix(self.latent.transform(rows)))
        return sparse.hstack(parts, format="csr")

    def _weighted(self, counts: sparse.csr_matrix, number: int) -> sparse.csr_matrix:
        """Return sublinear TF-IDF, each row of the block's weight in length."""
        from scipy import sparse

        rows = sparse.csr_matrix(counts, dtype=np.float64, copy=True)
        rows.data = (np.log(rows.data) + 1) * self.idf_[number][rows.indices]
        squares = np.add.reduceat(np.append(rows.data**2, 0.0), rows.indptr[:-1]) * (np.diff(rows.indptr) > 0)
        factor = self.blocks[number].weight / np.sqrt(np.maximum(squares, 1e-300))
        rows.data *= np.repeat(factor, np.diff(rows.indptr))
        return rows


def _prepared(texts: Iterable[str], unit: str, segmenter: Segmenter, segmented: dict[str, str]) -> list[str]:
    if unit == "character":
        # Marks at both ends tell a heading that begins with 宣传 from one that mentions it.
        return [BEGIN + text + FINISH if text else "" for text in texts]
    return [segmented.get(text) or segmented.setdefault(text, " ".join(segmenter.words(text))) for text in texts]


def _places(rows: Sequence[Context]) -> NDArray[np.float64]:
    return np.array([row.place for row in rows], dtype=np.float64).reshape(len(rows), len(PLACES))


def _counter(kind: Kind, vocabulary: Mapping[str, int] | None = None) -> Any:
    from sklearn.feature_extraction.text import CountVectorizer  # 1 s, which tagging doesn't need

    unit, low, high = kind
    return CountVectorizer(
        analyzer="word" if unit == "word" else "char",
        token_pattern=r"\S+" if unit == "word" else None,
        ngram_range=(low, high),
        vocabulary=vocabulary,
    )
