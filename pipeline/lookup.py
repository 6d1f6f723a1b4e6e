"""Look up in texts the terms that a model knows: words by a dictionary, character n-grams by a table of their code points."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.lexicon import Lexicon
from pipeline.segment import END, NOTHING, Numbering, Segmenter, points_of

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
Indices = NDArray[np.int32]
Keys = NDArray[Any]  # of 32 or 64 bits without a sign
BEGIN, FINISH = "\x02", "\x03"  # around a text whose characters are counted
LONGEST = 3  # characters of an n-gram; the numbers of three characters fill 63 bits
_SPACES = re.compile(r"\s\s+")
_MULTIPLIER = 0x9E3779B97F4A7C15  # 2⁶⁴ over the golden ratio: Knuth, "The Art of Computer Programming", 6.4


class Counts(NamedTuple):
    """How often each known term stands in each text; texts side by side, their terms in ascending order.

    Attributes:
        starts: (texts + 1,), where the terms of each text begin.
        terms: numbers of the terms.
        logs: 1 + the logarithm of how often each stands in the text.
    """

    starts: Indices
    terms: Indices
    logs: Array

    def of(self, texts: Integers) -> Counts:
        """Return the counts of some of the texts."""
        sizes = np.diff(self.starts)[texts]
        starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
        at = np.arange(starts[-1]) + np.repeat(self.starts[texts] - starts[:-1], sizes)
        return Counts(starts, self.terms[at], self.logs[at])


class _Counter:
    """Counts pairs of text and term, each pair one number: half as wide where that suffices, since memory is what takes the time."""

    def __init__(self, texts: int, known: int) -> None:
        self.texts, self.bits = texts, known.bit_length()
        self.kind = np.uint32 if (texts + 1) << self.bits < 2**32 else np.uint64

    def rows(self) -> Keys:
        """Return (texts + 1,) the number that a pair of each text begins with."""
        rows: Keys = np.arange(self.texts + 1, dtype=self.kind)
        return rows << self.bits

    def count(self, rows: Keys, terms: Indices | Integers) -> Counts:
        """Count pairs of texts, given as :meth:`rows` has them, and terms."""
        pairs = rows | terms.astype(self.kind)
        pairs.sort()
        new = np.ones(len(pairs) + 1, dtype=bool)  # here a pair begins that isn't the one before it, or all end
        np.not_equal(pairs[1:], pairs[:-1], out=new[1:-1])
        begins = np.flatnonzero(new)
        found, often = pairs[begins[:-1]], np.diff(begins)
        logs, several = np.ones(len(found)), np.flatnonzero(often > 1)
        logs[several] += np.log(often[several])
        starts = np.searchsorted(found, self.rows()).astype(np.int32)
        return Counts(starts, (found & self.kind(2**self.bits - 1)).astype(np.int32), logs)


class Words:
    """Known words and their numbers."""

    def __init__(self, lexicon: Lexicon, segmenter: Segmenter) -> None:
        self.known, self.segmenter = dict(zip(lexicon.terms, range(len(lexicon)), strict=True)), segmenter
        known = self.known.get
        self.numbering = Numbering(lambda word: known(word.lower(), NOTHING), self.known)

    def count(self, texts: Sequence[str]) -> Counts:
        """Count the known words in each text; small and capital letters count as one."""
        numbers = self.segmenter.numbers(texts, self.numbering)
        rows = np.cumsum(numbers == END)
        inside = np.flatnonzero(numbers >= 0)
        counter = _Counter(len(texts), len(self.known))
        return counter.count(counter.rows().take(rows.take(inside)), numbers.take(inside))


class Ngrams:
    """Known n-grams of up to :data:`LONGEST` characters and their numbers."""

    def __init__(self, lexicon: Lexicon) -> None:
        sizes, points = lexicon.sizes, points_of(lexicon.joined)
        self.known = len(lexicon)
        self.signs = np.zeros(sys.maxunicode + 1, dtype=np.int32)  # number of each character by its code point; 0: in no n-gram
        self.signs[points] = 1
        signs = np.flatnonzero(self.signs)
        self.signs[signs] = np.arange(1, len(signs) + 1)
        self.radix, starts = len(signs) + 1, np.cumsum(sizes) - sizes
        self.tables: dict[int, _Table] = {}
        for size in np.flatnonzero(np.bincount(sizes)).tolist():  # np.unique would import numpy.ma
            of_size = np.flatnonzero(sizes == size)
            numbers = self.signs.take(points[starts[of_size, None] + np.arange(size)])
            self.tables[size] = _Table(self._keys(numbers.T), of_size)

    def _keys(self, numbers: Sequence[Indices]) -> Keys:
        """Return a number for each n-gram, from the numbers of its first characters, its second ones, …; 0 for no n-gram."""
        kind = np.uint32 if self.radix ** len(numbers) < 2**32 else np.uint64
        keys: Keys = numbers[0].astype(kind)
        for of_next in numbers[1:]:
            keys *= kind(self.radix)
            keys += of_next.view(np.uint32)
        return keys

    def find(self, numbers: Indices, size: int) -> Indices:
        """Return the number of the n-gram of a size that begins at each character but the last, -1 where it isn't known."""
        count = max(len(numbers) - size + 1, 0)
        return self.tables[size].find(self._keys([numbers[place : place + count] for place in range(size)]))

    def count(self, texts: Sequence[str]) -> Counts:
        """Count the known n-grams in each text between its marks; letters in any case and runs of white space count as one."""
        plain = [f"{BEGIN}{text}{FINISH}" if text else "" for text in texts]
        joined = "".join(plain)
        lower = joined.lower()
        if len(lower) != len(joined) or _SPACES.search(lower):  # İ becomes two characters
            plain = [_SPACES.sub(" ", text.lower()) for text in plain]
            lower = "".join(plain)
        numbers, lengths = self.signs.take(points_of(lower)), np.array(list(map(len, plain)), dtype=np.int64)
        ends = np.cumsum(lengths)[lengths > 0]
        counter = _Counter(len(texts), self.known)
        row = np.repeat(counter.rows()[:-1], lengths)
        rows, terms = [row[:0]], [numbers[:0]]
        for size in self.tables:
            found = self.find(numbers, size)
            for place in range(1, size):  # what begins in one text and ends in the next
                found[ends[:-1] - place] = NOTHING
            inside = np.flatnonzero(found >= 0)
            rows.append(row[inside])
            terms.append(found[inside])
        return counter.count(np.concatenate(rows), np.concatenate(terms))


class _Table:
    """An open hash table: numbers by keys other than 0."""

    def __init__(self, keys: Keys, numbers: Integers) -> None:
        self.bits = max(len(keys) * 4, 2).bit_length()
        self.keys = np.zeros(2**self.bits, dtype=keys.dtype)
        self.numbers = np.full(2**self.bits, NOTHING, dtype=np.int32)
        slot = self._slot(keys)
        while len(keys):
            free = self.keys[slot] == 0
            self.keys[slot[free]] = keys[free]
            placed = self.keys[slot] == keys
            self.numbers[slot[placed]] = numbers[placed]
            keys, numbers, slot = keys[~placed], numbers[~placed], self._next(slot[~placed])

    def _slot(self, keys: Keys) -> Keys:
        width = keys.dtype.itemsize * 8
        slot: Keys = keys * keys.dtype.type(_MULTIPLIER >> (64 - width))
        slot >>= keys.dtype.type(width - self.bits)
        return slot

    def _next(self, slot: Keys) -> Keys:
        after: Keys = (slot + slot.dtype.type(1)) & slot.dtype.type(2**self.bits - 1)
        return after

    def find(self, keys: Keys) -> Indices:
        """Return the number of each key, -1 where it isn't known."""
        slot = self._slot(keys)
        numbers, there = self.numbers.take(slot), self.keys.take(slot)
        waiting = np.flatnonzero(there != keys)
        numbers[waiting] = NOTHING
        waiting = waiting[there[waiting] != 0]
        slot = slot[waiting]
        while len(waiting):
            slot = self._next(slot)
            there = self.keys.take(slot)
            same = there == keys[waiting]
            numbers[waiting[same]] = self.numbers.take(slot[same])
            left = ~same & (there != 0)
            waiting, slot = waiting[left], slot[left]
        return numbers
