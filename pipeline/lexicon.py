"""The terms of a model's blocks, each once: blocks share most of their words and n-grams, and a model loads fast without a list of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import overload

import numpy as np
from numpy.typing import NDArray

from pipeline.segment import points_of

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

    @staticmethod
    def of(terms: Sequence[str]) -> Lexicon:
        """Return a lexicon of different terms that are in the order of their characters."""
        return Lexicon("".join(terms), np.array([len(term) for term in terms], dtype=np.int64))

    def take(self, kept: NDArray[np.bool_]) -> Lexicon:
        """Return a lexicon of some of the terms."""
        joined = points_of(self.joined)[np.repeat(kept, self.sizes)].tobytes().decode("utf-32-le", "surrogatepass")
        return Lexicon(joined, self.sizes[kept])

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

    @staticmethod
    def all_of(lexicon: Lexicon) -> Terms:
        """Return all terms of a lexicon."""
        return Terms(lexicon, np.arange(len(lexicon)))

    @staticmethod
    def of(terms: Sequence[str]) -> Terms:
        """Return different terms, in any order."""
        lexicon, (at,) = unite([terms])
        return Terms(lexicon, at)

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

    def take(self, places: Integers) -> Terms:
        """Return the terms at some places, in the order of these."""
        return Terms(self.lexicon, self.at[places])


def unite(sequences: Sequence[Sequence[str]]) -> tuple[Lexicon, list[Integers]]:
    """Return a lexicon of all terms in ``sequences``, and the numbers of each sequence's terms in it."""
    first = sequences[0] if sequences else None
    if isinstance(first, Terms) and all(isinstance(terms, Terms) and terms.lexicon is first.lexicon for terms in sequences):
        return first.lexicon, [terms.at for terms in sequences if isinstance(terms, Terms)]
    terms = sorted({term for sequence in sequences for term in sequence})
    number = {term: place for place, term in enumerate(terms)}
    return Lexicon.of(terms), [np.array([number[term] for term in sequence], dtype=np.int64) for sequence in sequences]


def only_used(lexicon: Lexicon, places: Sequence[Integers]) -> tuple[Lexicon, list[Integers]]:
    """Return a lexicon without the terms that stand at none of ``places``, and these places in it."""
    used = np.zeros(len(lexicon), dtype=bool)
    for at in places:
        used[at] = True
    number = np.cumsum(used) - 1
    return lexicon.take(used), [number[at] for at in places]
