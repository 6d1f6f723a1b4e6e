"""Count n-grams of characters, and words: the terms and counts of scikit-learn's ``CountVectorizer``, several times faster."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from pipeline.lexicon import Lexicon
from pipeline.segment import END, Numbering, Segmenter, points_of

Integers = NDArray[np.int64]
_SPACES = re.compile(r"\s\s+")


def count_ngrams(texts: Sequence[str], sizes: Collection[int]) -> tuple[Lexicon, sparse.csr_matrix]:
    """Return all n-grams of so many characters, and how often each stands in each text.

    Small and capital letters count as one, and so do white spaces that follow one another.

    Returns:
        Terms, and counts (texts, terms).
    """
    plain = [text.lower() for text in texts]
    joined = "".join(plain)
    if _SPACES.search(joined):
        plain = [_SPACES.sub(" ", text) for text in plain]
        joined = "".join(plain)
    points = points_of(joined)
    alphabet = np.flatnonzero(np.bincount(points))
    row = np.repeat(np.arange(len(plain)), np.array([len(text) for text in plain], dtype=np.int64))
    bits = _Bits(len(alphabet), max(sizes), len(plain))
    # Large arrays are worked on in their place: to get memory for further ones took longer than to sort them.
    found = _keys(_codes(points, alphabet), row, sizes, bits)
    found.sort()
    starts = _starts(found)
    counts = np.diff(np.append(starts, len(found))).astype(np.int32)
    found = found[starts]
    rows = (found & ((1 << bits.row) - 1)).astype(np.int32)
    found >>= bits.row
    first = _starts(found)
    by_term = sparse.csc_matrix((counts, rows, np.append(first, len(found))), shape=(len(plain), len(first)))
    return _lexicon(found[first], np.append(0, alphabet).astype(np.uint32), bits), by_term.tocsr()


def _codes(points: NDArray[np.uint32], alphabet: Integers) -> Integers:
    """Return the number of each character in the alphabet, from 1."""
    table = np.zeros(alphabet.max(initial=0) + 1, dtype=np.int64)
    table[alphabet] = np.arange(1, len(alphabet) + 1)
    return table[points]


class _Bits:
    """Where a number holds an n-gram's characters, the first one highest, and the row that it stands in.

    Sorted as numbers, n-grams are in the order of their characters, for there is no character 0; and those of a text stand together.
    """

    def __init__(self, characters: int, longest: int, rows: int) -> None:
        self.character, self.row = characters.bit_length(), rows.bit_length()
        self.shifts = [self.row + self.character * place for place in reversed(range(longest))]
        # Python's own integers have room for any n-gram.
        self.type: Any = np.int64 if self.shifts[0] + self.character < 64 else object


def _keys(codes: Integers, row: Integers, sizes: Collection[int], bits: _Bits) -> NDArray[Any]:
    """Return a number for each n-gram of the texts and its row."""
    found: list[NDArray[Any]] = [np.zeros(0, dtype=bits.type)]
    codes, key = codes.astype(bits.type), row.astype(bits.type)
    for size, shift in enumerate(bits.shifts, 1):
        count = max(len(codes) - size + 1, 0)
        key = key[:count]
        key += codes[size - 1 :] << shift
        if size in sizes:
            found.append(key[row[:count] == row[size - 1 :]])
    return np.concatenate(found)


def _starts(numbers: NDArray[Any]) -> Integers:
    """Return where a number begins that differs from the one before."""
    differs = np.ones(len(numbers), dtype=bool)
    np.not_equal(numbers[1:], numbers[:-1], out=differs[1:])
    return np.flatnonzero(differs)


def _lexicon(grams: NDArray[Any], alphabet: NDArray[np.uint32], bits: _Bits) -> Lexicon:
    mask = (1 << bits.character) - 1
    points = np.empty((len(grams), len(bits.shifts)), dtype=np.uint32)
    for place, shift in enumerate(bits.shifts):
        points[:, place] = alphabet[((grams >> (shift - bits.row)) & mask).astype(np.int32)]
    inside = points > 0
    return Lexicon(points[inside].tobytes().decode("utf-32-le", "surrogatepass"), inside.sum(axis=1))


def count_words(texts: Sequence[str], segmenter: Segmenter) -> tuple[Lexicon, sparse.csr_matrix]:
    """Return all words, and how often each stands in each text; small and capital letters count as one.

    Returns:
        Terms, and counts (texts, terms).
    """
    known: dict[str, int] = {}
    numbers = segmenter.numbers(texts, Numbering(lambda word: known.setdefault(word.lower(), len(known))))
    inside = numbers >= 0
    terms = sorted(known)
    place = np.empty(len(terms), dtype=np.int64)
    place[[known[term] for term in terms]] = np.arange(len(terms))
    found = (np.cumsum(numbers == END)[inside], place[numbers[inside]])
    counts = sparse.coo_matrix((np.ones(len(found[0]), dtype=np.int32), found), shape=(len(texts), len(terms))).tocsr()
    return Lexicon.of(terms), counts
