"""Collect what the sentences of many documents need for scoring: each different text once, and who refers to it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from pipeline.decode import ACROSS, START, UNDER, WITHIN
from pipeline.headings import unnumbered
from pipeline.params import SOURCES
from pipeline.records import StructuredDocument, fields_of
from pipeline.segment import normalise

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
Value = TypeVar("Value", bound=Hashable)
_BETWEEN = "\x00"


@dataclass(frozen=True)
class Collected:
    """The sentences of documents, one document after the other.

    Attributes:
        texts: the different normalised texts; the first is empty.
        index: for each of :data:`pipeline.params.SOURCES` the text of each sentence, (sentences,).
        place: (sentences, places), as in :class:`pipeline.vectorise.Context`.
        relations: (sentences,), how each stands to the one before it, :data:`pipeline.decode.START` where a document begins.
        starts: (documents + 1,), where each document's sentences begin.
    """

    texts: Sequence[str]
    index: Mapping[str, Integers]
    place: Array
    relations: Integers
    starts: Integers


def collect(documents: Sequence[StructuredDocument]) -> Collected:
    """Collect the context of each sentence; the same texts and places as :func:`pipeline.vectorise.contexts` has one by one."""
    sentences = [sentence for document in documents for sentence in document.sentences]
    sizes = np.array([len(document.sentences) for document in documents], dtype=np.int64)
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    fields = fields_of(sentences)
    own = {"own": fields["text"], "paragraph_lead": fields["paragraph_lead"], "point_lead": fields["point_lead"]}
    texts = _numbered(chain([""], *own.values()))
    index = {source: _numbers(map(texts.__getitem__, of_source)) for source, of_source in own.items()}
    headings, above = _headings(fields["headings"])
    for column, source in enumerate(("heading", "headings", "part")):
        index[source] = np.where(above[:, column] == 0, 0, above[:, column] + len(texts) - 1)
    opens = np.zeros(len(sentences), dtype=bool)
    opens[starts[:-1][sizes > 0]] = True
    closes = np.append(opens[1:], True)[: len(sentences)]
    index["previous"] = np.where(opens, 0, np.roll(index["own"], 1))
    index["following"] = np.where(closes, 0, np.roll(index["own"], -1))
    normalised = [*_normalised(list(texts)), *headings[1:]]
    heading, paragraph = np.array(fields["is_heading"], dtype=bool), _numbers(fields["paragraph"])
    numbers = np.arange(len(sentences)) - np.repeat(starts[:-1], sizes)
    at = numbers / np.repeat(sizes, sizes)
    lengths = _numbers(map(len, normalised))[index["own"]]
    place = np.stack(
        [
            heading,
            _numbers(fields["sentence"]) == 1,
            _numbers(fields["point"]) > 0,
            at,
            np.minimum(lengths, 200) / 200,
            at > 0.7,
        ],
        axis=1,
    ).astype(np.float64)
    same = np.append(False, paragraph[1:] == paragraph[:-1])[: len(sentences)]
    under = np.append(False, heading[:-1])[: len(sentences)]
    relations = np.where(opens, START, np.where(under, UNDER, np.where(same, WITHIN, ACROSS)))
    return Collected(normalised, {source: index[source] for source in SOURCES}, place, relations, starts)


def _numbers(values: Iterable[int]) -> Integers:
    return np.fromiter(values, dtype=np.int64)


def _numbered(values: Iterable[Value]) -> dict[Value, int]:
    """Return the different values with their numbers, in the order in which they come."""
    return dict(zip(dict.fromkeys(values), count(), strict=False))


def _headings(paths: Sequence[tuple[str, ...]]) -> tuple[list[str], Integers]:
    """Return the different texts of heading paths, the first empty, and of which are each path's last heading, whole path and first one."""
    different = _numbered(paths)
    plain = {heading: normalise(unnumbered(heading)) for heading in {heading for path in different for heading in path}}
    words = [[plain[heading] for heading in path] or [""] for path in different]
    named = [text for found in words for text in (found[-1], "\n".join(found), found[0])]
    texts = _numbered(["", *named])
    of_path = _numbers(map(texts.__getitem__, named)).reshape(-1, 3)
    return list(texts), of_path[_numbers(map(different.__getitem__, paths))]


def _normalised(texts: list[str]) -> list[str]:
    """Normalise each text, all in one call: a sign stands between them that normalising neither changes nor heeds."""
    whole = normalise(_BETWEEN.join(texts)).split(_BETWEEN)
    return whole if len(whole) == len(texts) else [normalise(text) for text in texts]  # a text may hold the sign itself
