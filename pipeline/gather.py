"""Gather the files of a batch: each once, under a name of its own, in chunks of even work."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.read import Source, find_sources
from pipeline.readers.files import printable

# A chunk ends with the first of these: large enough for batch-wise numpy and small enough that little is done again after a stop.
CHUNK_WORK = 1_000_000
CHUNK_DOCUMENTS = 64
# What a file costs beside plain text of its size, roughly: a converter or a parser in a process of its own is started for each.
_FIXED_WORK = {".doc": 200_000, ".wps": 200_000, ".rtf": 200_000, ".odt": 200_000, ".dot": 200_000, ".wpt": 200_000, ".pdf": 20_000}
_LEAST_WORK = 1_000


@dataclass(frozen=True, slots=True)
class Item:
    """A document of a batch.

    Attributes:
        source: the file and its name.
        size: bytes, before it was read; -1 if it can't be reached.
        modified: when it was changed last, in nanoseconds.
    """

    source: Source
    size: int
    modified: int

    @property
    def work(self) -> int:
        """What it costs, in bytes of plain text."""
        return max(self.size, _LEAST_WORK) + _FIXED_WORK.get(self.source.path.suffix.lower(), 0)


@dataclass(frozen=True, slots=True)
class Gathered:
    """The documents of a batch.

    Attributes:
        items: in the order in which they are tagged.
        repeated: names of documents that were asked for more than once, by a path given twice or a folder and a file in it.
    """

    items: tuple[Item, ...]
    repeated: tuple[str, ...]

    @property
    def work(self) -> int:
        """What all cost, in bytes of plain text."""
        return sum(item.work for item in self.items)


def gather(paths: Iterable[Path]) -> Gathered:
    """Return the documents among ``paths``.

    A path reached twice is taken once. Two files of the same name from different folders get so much of their paths before it that
    tables tell them apart.

    Raises:
        ReadError: a path doesn't exist, or a folder holds no report.
    """
    found: dict[str, Source] = {}
    repeated: dict[str, None] = {}
    for source in find_sources(paths):
        place = os.path.normcase(os.path.abspath(source.path))  # noqa: PTH100 - not resolved: a link is a name of its own
        if place in found:
            repeated[found[place].name] = None
        found.setdefault(place, source)
    return Gathered(tuple(map(_item, _named_apart(list(found.values())))), tuple(repeated))


def _item(source: Source) -> Item:
    try:
        status = source.path.stat()
    except (OSError, ValueError):  # reading it says why
        return Item(source, -1, 0)
    return Item(source, status.st_size, status.st_mtime_ns)


def _named_apart(sources: Sequence[Source]) -> Iterator[Source]:
    counts = Counter(source.name for source in sources)
    used = {name for name, count in counts.items() if count == 1}
    for source in sources:
        name = source.name
        if counts[name] > 1:
            parts = Path(os.path.abspath(source.path)).parts  # noqa: PTH100
            longer = (printable("/".join(parts[-length:])) for length in range(name.count("/") + 2, len(parts) + 1))
            name = next((candidate for candidate in longer if candidate not in used), name)
        used.add(name)
        yield replace(source, name=name)


def chunks(items: Iterable[Item]) -> Iterator[tuple[Item, ...]]:
    """Yield documents in chunks, in order."""
    chunk: list[Item] = []
    work = 0
    for item in items:
        if chunk and (work + item.work > CHUNK_WORK or len(chunk) == CHUNK_DOCUMENTS):
            yield tuple(chunk)
            chunk, work = [], 0
        chunk.append(item)
        work += item.work
    if chunk:
        yield tuple(chunk)
