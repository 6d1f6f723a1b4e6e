"""The terms of a model's blocks, each once: blocks share most of their words and n-grams, and a model loads fast without a list of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import overload

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Lexicon:
    """Different terms in the order of their characters, as one text and the length of each."""

    joined: str
    sizes: Integers

    @staticmethod
    def empty() -> Lexicon:
        """Return a lexicon without terms."""
        return Lexicon("", np.zeros(0, dtype=np.int64))

    @cached_property
    def terms(self) -> tuple[str, ...]:
        """The terms as texts."""
        ends = np.cumsum(self.sizes)
        return tuple(map(self.joined.__getitem__, map(slice, (ends - self.sizes).tolist(), ends.tolist())))

    def __len__(self) -> int:
        return len(self.sizes)


class Terms(Sequence[str]):
    """Some terms of a lexicon, in an order of their own: a list that is made when it is first looked into."""

    def __init__(self, lexicon: Lexicon, at: Integers) -> None:
        self.lexicon, self.at = lexicon, at

    @cached_property
    def _terms(self) -> list[str]:
        terms = self.lexicon.terms
        return [terms[place] for place in self.at.tolist()]

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        return self._terms[place]

    def __iter__(self) -> Iterator[str]:
        return iter(self._terms)

    def __len__(self) -> int:
        return len(self.at)


def unite(sequences: Sequence[Sequence[str]]) -> tuple[Lexicon, list[Integers]]:
    """Return a lexicon of all terms in ``sequences``, and the numbers of each sequence's terms in it."""
    first = sequences[0] if sequences else None
    if isinstance(first, Terms) and all(isinstance(terms, Terms) and terms.lexicon is first.lexicon for terms in sequences):
        return first.lexicon, [terms.at for terms in sequences if isinstance(terms, Terms)]
    terms = sorted({term for sequence in sequences for term in sequence})
    number = {term: place for place, term in enumerate(terms)}
    lexicon = Lexicon("".join(terms), np.array([len(term) for term in terms], dtype=np.int64))
    return lexicon, [np.array([number[term] for term in sequence], dtype=np.int64) for sequence in sequences]
