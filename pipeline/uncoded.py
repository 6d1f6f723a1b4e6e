"""Read reports that nobody coded, for what their text says without codes."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

import numpy as np

from pipeline.errors import WorktagError
from pipeline.progress import Progress
from pipeline.read import find_sources, read_document
from pipeline.records import StructuredDocument
from pipeline.structure import structure

OnFault = Callable[[WorktagError], None]


def no_fault(_fault: WorktagError) -> None:
    """Pass over a report that can't be read."""


def read_uncoded(
    reports: Path, coded: Collection[str], sentences: int, *, seed: int, progress: Progress, on_fault: OnFault
) -> tuple[StructuredDocument, ...]:
    """Read the reports of a folder without the coded ones, in an order drawn by chance, until there are enough sentences.

    Args:
        reports: the folder.
        coded: names of the reports to leave out.
        sentences: how many are enough.
        seed: of the order, so that a large folder gives the same reports each time.
        progress: is told how far it is: step, reports done, all of them.
        on_fault: is told of each report that can't be read; the others are read on.
    """
    sources = [source for source in find_sources([reports]) if source.name not in coded]
    documents: list[StructuredDocument] = []
    found = 0
    for done, number in enumerate(np.random.default_rng(seed).permutation(len(sources)).tolist()):
        if found >= sentences:
            break
        progress("uncoded reports", done, len(sources))
        try:
            documents.append(structure(read_document(sources[number])))
        except WorktagError as error:
            on_fault(error)
            continue
        found += len(documents[-1].sentences)
    return tuple(documents)
