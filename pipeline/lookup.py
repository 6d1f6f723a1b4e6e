"""Look up in texts the terms that a model knows: words by a dictionary, character n-grams by a table of their code points."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.lexicon import Lexicon
from pipeline.segment import END, NOTHING, Segmenter

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
BEGIN, FINISH = "\x02", "\x03"  # around a text whose characters are counted
LONGEST = 3  # characters of an n-gram; three code points fill 63 bits
_SPACES = re.compile(r"\s\s+")
_BITS = 21  # a code point and one, so that no n-gram looks like a shorter one
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # 2⁶⁴ over the golden ratio: Knuth, "The Art of Computer Programming", 6.4


class Counts(NamedTuple):
    """How often each known term stands in each text; texts side by side, their terms in ascending order.

    Attributes:
        starts: (texts + 1,), where the terms of each text begin.
        terms: numbers of the terms.
        logs: 1 + the logarithm of how often each stands in the text.
    """

    starts: Integers
    terms: Integers
    logs: Array

    def of(self, texts: Integers) -> Counts:
        """Return the counts of some of the texts."""
        sizes = np.diff(self.starts)[texts]
        starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        at = np.arange(starts[-1]) + np.repeat(self.starts[texts] - starts[:-1], sizes)
        return Counts(starts, self.terms[at], self.logs[at])

    def renumbered(self, numbers: Integers) -> Counts:
        """Return the counts of the terms that have a number (0 or more) in ``numbers`` (terms,), under that number."""
        terms = numbers.take(self.terms)
        kept = np.flatnonzero(terms >= 0)
        return Counts(np.searchsorted(kept, self.starts), terms[kept], self.logs[kept])


def _count(rows: Integers, terms: Integers, texts: int, known: int) -> Counts:
    """Count the pairs of text and term; rows ascend."""
    pairs = rows * known + terms
    pairs.sort()
    first = np.flatnonzero(np.append(True, pairs[1:] != pairs[:-1])[: len(pairs)])
    often = np.diff(np.append(first, len(pairs)))
    row, term = np.divmod(pairs[first], max(known, 1))
    starts = np.searchsorted(row, np.arange(texts + 1))
    logs = np.ones(len(first))
    several = np.flatnonzero(often > 1)
    logs[several] += np.log(often[several])
    return Counts(starts, term, logs)


class Words:
    """Known words and their numbers."""

    def __init__(self, lexicon: Lexicon, segmenter: Segmenter) -> None:
        self.known, self.segmenter = {word: number for number, word in enumerate(lexicon.terms)}, segmenter

    def count(self, texts: Sequence[str]) -> Counts:
        """Count the known words in each text; small and capital letters count as one."""
        numbers = self.segmenter.numbers(texts, lambda word: self.known.get(word.lower(), NOTHING))
        rows = np.cumsum(numbers == END)
        inside = numbers >= 0
        return _count(rows[inside], numbers[inside], len(texts), len(self.known))


class Ngrams:
    """Known n-grams of up to :data:`LONGEST` characters and their numbers, in an open hash table."""

    def __init__(self, lexicon: Lexicon) -> None:
        count, sizes = len(lexicon), lexicon.sizes
        self.sizes = np.flatnonzero(np.bincount(sizes)).tolist()  # np.unique would import numpy.ma
        self.keys = np.zeros(count + 1, dtype=np.int64)  # the last is of no n-gram: empty slots point at it
        points, starts = _points(lexicon.joined), np.cumsum(sizes) - sizes
        for size in self.sizes:
            of_size = np.flatnonzero(sizes == size)
            for place in range(size):
                self.keys[of_size] = (self.keys[of_size] << _BITS) | points[starts[of_size] + place]
        self.bits = max(count * 4, 2).bit_length()
        self.slots = np.full(2**self.bits, count, dtype=np.int32)
        waiting, slot = np.arange(count), self._slot(self.keys[:-1])
        while len(waiting):
            free = self.slots[slot] == count
            self.slots[slot[free]] = waiting[free]
            left = self.slots[slot] != waiting
            waiting, slot = waiting[left], (slot[left] + 1) & (2**self.bits - 1)

    def _slot(self, keys: Integers) -> Integers:
        return ((keys.view(np.uint64) * _MULTIPLIER) >> np.uint64(64 - self.bits)).view(np.int64)

    def find(self, keys: Integers) -> Integers:
        """Return the number of each n-gram, -1 where it isn't known."""
        nothing = len(self.keys) - 1
        slot = self._slot(keys)
        numbers = self.slots.take(slot)
        waiting = np.flatnonzero((self.keys.take(numbers) != keys) & (numbers != nothing))
        while len(waiting):
            slot[waiting] = (slot[waiting] + 1) & (2**self.bits - 1)
            numbers[waiting] = self.slots.take(slot[waiting])
            waiting = waiting[(self.keys.take(numbers[waiting]) != keys[waiting]) & (numbers[waiting] != nothing)]
        return np.where(numbers == nothing, NOTHING, numbers)

    def count(self, texts: Sequence[str]) -> Counts:
        """Count the known n-grams in each text between its marks; letters in any case and runs of white space count as one."""
        plain = [f"{BEGIN}{text}{FINISH}" if text else "" for text in texts]
        joined = "".join(plain)
        lower = joined.lower()
        if len(lower) != len(joined) or _SPACES.search(lower):  # İ becomes two characters
            plain = [_SPACES.sub(" ", text.lower()) for text in plain]
            lower = "".join(plain)
        points, row = _points(lower), np.repeat(np.arange(len(plain)), [len(text) for text in plain])
        rows, numbers = [], []
        key = np.zeros(len(points), dtype=np.int64)
        for size in range(1, max(self.sizes, default=0) + 1):
            key = (key[: max(len(points) - size + 1, 0)] << _BITS) | points[size - 1 :]
            if size in self.sizes:
                number = self.find(key)
                inside = np.flatnonzero((number >= 0) & (row[: len(key)] == row[size - 1 :]))
                rows.append(row[inside])
                numbers.append(number[inside])
        if not rows:
            return _count(np.zeros(0, np.int64), np.zeros(0, np.int64), len(texts), 0)
        return _count(np.concatenate(rows), np.concatenate(numbers), len(texts), len(self.keys) - 1)


def _points(text: str) -> Integers:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.int64) + 1
