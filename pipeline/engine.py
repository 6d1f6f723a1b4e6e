"""Score sentences of many documents at once: what :class:`pipeline.vectorise.BlockVectoriser` and linear scorers say, without their matrices.

The model is linear, so a block adds to a sentence's scores weight / ‖t·idf‖ · Σ t·idf·W over the terms of one text, t = 1 + log(count).
That sum depends on the text alone: it is made once for each different text, however many sentences have it as heading, lead or neighbour.
A latent space (:mod:`pipeline.latent`) is one more head, whose scores are features of the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.classify import LinearScorer
from pipeline.collect import Collected
from pipeline.lexicon import Lexicon, unite
from pipeline.lookup import LONGEST, Counts, Ngrams, Words
from pipeline.pack import PackedScorer
from pipeline.params import UNITS, Block
from pipeline.product import product
from pipeline.segment import Segmenter
from pipeline.vectorise import PLACES, BlockVectoriser

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
_MOST = 0.5  # of the texts; where more are used, all are summed instead of these picked out


class _Part(NamedTuple):
    """A block of one head in a table: which columns are its own, its inverse document frequencies, its weight."""

    columns: slice
    idf: int
    weight: float


class _Table(NamedTuple):
    """Weights of one piece of context in one unit, of all heads side by side.

    Attributes:
        block: of a head; it tells the piece of context and the unit.
        numbers: for each term of the lexicon its row here; the last, of zeros, where no head has it.
        weights: (rows, classes of the heads), times inverse document frequencies.
        squares: (rows, different ones), of inverse document frequencies; 0 for a term that a block hasn't.
        columns: of the heads' scores.
    """

    block: Block
    numbers: NDArray[np.int32]
    weights: Array
    squares: Array
    parts: tuple[_Part, ...]
    columns: slice

    def sums(self, counts: Counts) -> Array:
        """Return (texts, columns) what each text adds to the scores."""
        terms = self.numbers.take(counts.terms)
        sums = product(counts.starts, terms, counts.logs, self.weights)
        lengths = np.sqrt(product(counts.starts, terms, counts.logs**2, self.squares))
        for part in self.parts:
            sums[:, part.columns] *= (part.weight / np.maximum(lengths[:, part.idf], 1e-150))[:, None]
        return sums


class Engine:
    """The heads of a model, ready to score.

    Args:
        heads: vectoriser and scorer of each.
        segmenter: makes words.
    """

    def __init__(self, heads: Sequence[tuple[BlockVectoriser, LinearScorer | PackedScorer]], segmenter: Segmenter) -> None:
        self.latent = heads[0][0].latent  # the same for all heads
        if self.latent:
            heads = [*heads, (self.latent.vectoriser, self.latent.projection)]
        self.intercept = np.concatenate([scorer.intercept for _, scorer in heads])
        ends = np.cumsum([len(scorer.intercept) for _, scorer in heads]).tolist()
        self.columns = [slice(end - len(scorer.intercept), end) for end, (_, scorer) in zip(ends, heads, strict=True)]
        blocks: list[_HeadBlock] = []
        places, self.latent_weights = [], list[Array]()
        for (features, scorer), columns in zip(heads, self.columns, strict=True):
            start = 0
            for block, terms, idf in zip(features.blocks, features.terms_, features.idf_, strict=True):
                blocks.append(_HeadBlock(block, columns, terms, idf, scorer.part(start, start + len(terms))))
                start += len(terms)
            places.append(scorer.part(start, start + len(PLACES)) * features.place_weight)
            if features.latent:
                self.latent_weights.append(scorer.part(start + len(PLACES), None))
        self.place = np.concatenate(places, axis=1)
        self.words, self.ngrams, self.tables = Words(Lexicon.empty(), segmenter), Ngrams(Lexicon.empty()), list[_Table]()
        for unit in UNITS:
            of_unit = [block for block in blocks if block.block.unit == unit]
            lexicon, numbers = unite([block.terms for block in of_unit])
            if unit == "word":
                self.words = Words(lexicon, segmenter)
            else:
                self.ngrams = Ngrams(lexicon)
            self.tables += _tables(of_unit, numbers, len(lexicon))

    @staticmethod
    def can_score(blocks: Iterable[Block]) -> bool:
        """Tell whether the n-grams of the blocks are such as the engine looks up."""
        return all(block.high <= (1 if block.unit == "word" else LONGEST) for block in blocks)

    def scores(self, collected: Collected) -> list[Array]:
        """Return each head's scores (sentences, classes)."""
        counts = {"word": self.words.count(collected.texts), "character": self.ngrams.count(collected.texts)}
        return self.scores_of(collected, counts)

    def scores_of(self, collected: Collected, counts: Mapping[str, Counts]) -> list[Array]:
        """Return each head's scores (sentences, classes), from the counts of the words and of the characters of the texts."""
        scores = collected.place @ self.place + self.intercept
        for table in self.tables:
            index, of_unit = collected.index[table.block.source], counts[table.block.unit]
            used = np.bincount(index, minlength=len(collected.texts)) > 0
            if used.mean() > _MOST:
                scores[:, table.columns] += table.sums(of_unit)[index]
            else:
                place = np.cumsum(used) - 1
                scores[:, table.columns] += table.sums(of_unit.of(np.flatnonzero(used)))[place[index]]
        found = [scores[:, columns] for columns in self.columns]
        if self.latent is None:
            return found
        latent = self.latent.placed(found.pop())
        return [values + latent @ weights for values, weights in zip(found, self.latent_weights, strict=True)]


class _HeadBlock(NamedTuple):
    """A block of a head: its columns among all scores, its terms, their inverse document frequencies and weights."""

    block: Block
    columns: slice
    terms: Sequence[str]
    idf: Array
    weights: Array


def _tables(blocks: Sequence[_HeadBlock], numbers: Sequence[Integers], size: int) -> list[_Table]:
    """Return a table for each piece of context and n-gram length; a head has each but once in a table."""
    groups: dict[tuple[str, int, int, int], list[int]] = {}
    for place, head in enumerate(blocks):
        block, again = head.block, 0
        key = (block.source, block.low, block.high, again)
        while any(blocks[other].columns == head.columns for other in groups.get(key, ())):
            again += 1
            key = (block.source, block.low, block.high, again)
        groups.setdefault(key, []).append(place)
    return [_table([blocks[place] for place in group], [numbers[place] for place in group], size) for group in groups.values()]


def _table(blocks: Sequence[_HeadBlock], numbers: Sequence[Integers], size: int) -> _Table:
    used = np.zeros(size, dtype=bool)
    used[np.concatenate(numbers)] = True
    rows = np.flatnonzero(used)
    number = np.full(size, len(rows), dtype=np.int32)
    number[rows] = np.arange(len(rows))
    first = blocks[0].columns.start
    columns = slice(first, blocks[-1].columns.stop)
    weights = np.zeros((len(rows) + 1, columns.stop - columns.start))
    different: list[Array] = []
    parts = []
    for block, places in zip(blocks, numbers, strict=True):
        idf = np.zeros(len(rows) + 1)
        idf[number[places]] = block.idf
        own = slice(block.columns.start - first, block.columns.stop - first)
        weights[number[places], own] = block.weights * block.idf[:, None]
        same = next((place for place, other in enumerate(different) if np.array_equal(other, idf)), len(different))
        different += [idf] if same == len(different) else []
        parts.append(_Part(own, same, block.block.weight))
    return _Table(blocks[0].block, number, weights, np.stack(different, axis=1) ** 2, tuple(parts), columns)
