"""Keep account of chunks that others work on: what is given out, what died with its worker, what is whole again.

A chunk whose worker died is taken apart: its documents are tried again one by one, so that one of them costs none of the others. One that
takes its worker with it when alone is given up.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pipeline.gather import Item
from pipeline.work import Outcome, failed

_LOSSES = 5


@dataclass(frozen=True, slots=True)
class Attempt:
    """Documents that are given to one worker.

    Attributes:
        chunk: number of the chunk that they are of.
        items: the documents.
        deaths: how many workers they have cost.
        losses: how often their outcomes were lost on the way, through no fault of theirs.
    """

    chunk: int
    items: tuple[Item, ...]
    deaths: int = 0
    losses: int = 0


class Attempts:
    """Gives out chunks, and puts them together again when they are done.

    Args:
        chunks: the documents.
        ahead: how many chunks may be given out beyond the first that isn't done; it bounds what is held in memory.
    """

    def __init__(self, chunks: Iterator[tuple[Item, ...]], ahead: int) -> None:
        self.ahead, self._chunks, self._next = ahead, chunks, 0
        self._again: deque[Attempt] = deque()
        self._open: dict[int, tuple[Item, ...]] = {}
        self._outcomes: dict[int, dict[str, Outcome]] = {}

    def take(self) -> Attempt | None:
        """Return what is to be given out next; nothing while the first chunk lags, or if all is given out."""
        if self._again:
            return self._again.popleft()
        if self._open and self._next - min(self._open) >= self.ahead:
            return None
        items = next(self._chunks, None)
        if items is None:
            return None
        attempt = Attempt(self._next, items)
        self._open[attempt.chunk], self._outcomes[attempt.chunk] = items, {}
        self._next += 1
        return attempt

    def done(self, attempt: Attempt, outcomes: Sequence[Outcome]) -> Iterator[tuple[int, list[tuple[Item, Outcome]]]]:
        """Note the outcomes of an attempt; yield its chunk if that is whole now."""
        known = self._outcomes[attempt.chunk]
        known.update({outcome.name: outcome for outcome in outcomes})
        items = self._open[attempt.chunk]
        if len(known) == len(items):
            del self._open[attempt.chunk], self._outcomes[attempt.chunk]
            yield attempt.chunk, [(item, known[item.source.name]) for item in items]

    def died(self, attempt: Attempt, why: str) -> Iterator[tuple[int, list[tuple[Item, Outcome]]]]:
        """Note that an attempt cost its worker; yield its chunk if that is whole now."""
        if not attempt.deaths or len(attempt.items) > 1:
            self._again.extend(Attempt(attempt.chunk, (item,), attempt.deaths + 1) for item in attempt.items)
            return
        remedy = "split it, or save its text as .txt, and try again"
        yield from self.done(attempt, [failed(item.source, why, remedy) for item in attempt.items])

    def lost(self, attempt: Attempt) -> bool:
        """Give out again what was lost through no fault of its own; False if that came too often to be chance."""
        if attempt.losses == _LOSSES:
            return False
        self._again.append(replace(attempt, losses=attempt.losses + 1))
        return True

    @property
    def is_over(self) -> bool:
        """Tell whether all that was given out is done; after :meth:`take` has given nothing, that is all."""
        return not self._open
