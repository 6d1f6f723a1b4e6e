"""Mark the words of a sentence that spoke for its tag: where the weights of its own words and characters add up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.model import Model
from pipeline.params import SOURCES
from pipeline.segment import normalise
from pipeline.vectorise import PLACES, Context

Array = NDArray[np.float64]
Span = tuple[int, int]
# The words with the largest weights are marked until so much of the weight is, or so much of the text.
_WEIGHT, _TEXT = 0.6, 0.3


def mark_evidence(model: Model, texts: Sequence[str], tags: Sequence[int]) -> list[list[Span]]:
    """Return for each text the spans (start, end) whose words and characters spoke for its category, in order.

    Only the sentence's own text is marked; what its headings and neighbours said is not in it.

    Args:
        model: the model that tagged.
        texts: sentences.
        tags: (texts,), number of each one's category.
    """
    head = model.category
    empty = ("",) * (len(SOURCES) - 1)
    rows = [Context((normalise(text), *empty), (0.0,) * len(PLACES)) for text in texts]
    if not rows:
        return []
    matrix = head.vectoriser.transform(rows)
    weights = head.scorer.weights - head.scorer.weights.mean(axis=1, keepdims=True)
    terms = [
        term if block.source == "own" else ""
        for block, words in zip(head.vectoriser.blocks, head.vectoriser.terms_, strict=True)
        for term in words
    ]
    found = []
    for number, (text, tag) in enumerate(zip(texts, tags, strict=True)):
        row = matrix[number]
        scores = np.zeros(len(text))
        for column, value in zip(row.indices, row.data, strict=True):
            if column < len(terms):
                _add(scores, text, terms[column].strip("\x02\x03"), float(value * weights[column, tag]))
        found.append(_spans(scores, _words(model, text)))
    return found


def _add(scores: Array, text: str, term: str, weight: float) -> None:
    """Spread a term's weight over the characters where it stands; a term with a number in it isn't found again, and stays unmarked."""
    places, at = [], text.find(term) if term else -1
    while at >= 0:
        places.append(at)
        at = text.find(term, at + 1)
    for place in places:
        scores[place : place + len(term)] += weight / (len(places) * len(term))


def _spans(scores: Array, words: Sequence[Span]) -> list[Span]:
    """Return the strongest words as spans, neighbours joined; none whose weight speaks against the category."""
    sums = np.array([scores[start:end].sum() for start, end in words])
    positive = np.maximum(sums, 0.0)
    order = np.argsort(-positive, kind="stable")
    chosen: list[Span] = []
    weight, length = 0.0, 0
    for place in order.tolist():
        start, end = words[place]
        if positive[place] <= 0 or weight >= _WEIGHT * positive.sum() or (chosen and length + end - start > _TEXT * len(scores)):
            break
        chosen.append((start, end))
        weight, length = weight + float(positive[place]), length + end - start
    joined: list[Span] = []
    for start, end in sorted(chosen):
        if joined and joined[-1][1] == start:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _words(model: Model, text: str) -> list[Span]:
    """Return where the words of a text stand."""
    found, at = [], 0
    for word in model.segmenter.words(text):
        start = text.find(word, at)
        if start >= 0:
            at = start + len(word)
            found.append((start, at))
    return found
