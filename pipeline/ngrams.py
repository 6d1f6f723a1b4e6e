"""Count words and character n-grams with arrays: the same terms and counts as scikit-learn's ``CountVectorizer``, several times faster."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from pipeline.segment import END, Numbering, Segmenter

_SPACES = re.compile(r"\s\s+")


def count_ngrams(texts: Sequence[str], low: int, high: int) -> tuple[NDArray[np.object_], sparse.csr_matrix]:
    """Return all n-grams of ``low`` to ``high`` characters, in the order of their characters, and how often each stands in each text.

    Small and capital letters count as one, and so do white spaces that follow one another.

    Returns:
        Terms (terms,), and counts (texts, terms) as 64-bit integers.
    """
    plain = [_SPACES.sub(" ", text.lower()) for text in texts]
    joined = "".join(plain)
    lengths = np.array([len(text) for text in plain], dtype=np.int64)
    row = np.repeat(np.arange(len(plain)), lengths)
    characters = np.unique(np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32), return_inverse=True)[1]
    radix = int(characters.max(initial=0)) + 1
    terms: list[str] = []
    rows, columns = [], []
    gram = np.zeros(len(characters), dtype=np.int64)  # number of the n-gram that begins here
    for size in range(1, high + 1):
        count = max(len(characters) - size + 1, 0)
        gram = gram[:count] * radix + characters[size - 1 :]
        inside = row[:count] == row[size - 1 :]
        if size < low:
            continue
        first, column = np.unique(gram[inside], return_index=True, return_inverse=True)[1:]
        starts = np.flatnonzero(inside)
        rows.append(row[starts])
        columns.append(column + len(terms))
        terms += [joined[at : at + size] for at in starts[first].tolist()]
        gram = np.unique(gram, return_inverse=True)[1] if size < high else gram
    return _sorted(terms, np.concatenate(rows), np.concatenate(columns), len(plain))


def count_words(texts: Sequence[str], segmenter: Segmenter) -> tuple[NDArray[np.object_], sparse.csr_matrix]:
    """Return all words, in the order of their characters, and how often each stands in each text; small and capital letters count as one.

    Returns:
        Terms (terms,), and counts (texts, terms) as 64-bit integers.
    """
    known: dict[str, int] = {}
    numbers = segmenter.numbers(texts, Numbering(lambda word: known.setdefault(word.lower(), len(known))))
    inside = numbers >= 0
    return _sorted(list(known), np.cumsum(numbers == END)[inside], numbers[inside], len(texts))


def _sorted(
    terms: list[str], rows: NDArray[np.int64], columns: NDArray[np.int64], texts: int
) -> tuple[NDArray[np.object_], sparse.csr_matrix]:
    order = np.array(sorted(range(len(terms)), key=terms.__getitem__), dtype=np.int64)
    place = np.empty(len(terms), dtype=np.int64)
    place[order] = np.arange(len(terms))
    ones = np.ones(len(rows), dtype=np.int64)
    counts = sparse.coo_matrix((ones, (rows, place[columns])), shape=(texts, len(terms))).tocsr()
    return np.array(terms, dtype=object)[order], counts
