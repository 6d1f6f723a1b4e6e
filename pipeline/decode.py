"""Decode posteriors in document order: neighbouring sentences inform each other through learnt transitions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pipeline.records import Sentence

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

# How a sentence stands to the one before it.
WITHIN, ACROSS, UNDER, START = 0, 1, 2, 3
RELATIONS = ("within a paragraph", "across paragraphs", "under a heading")
_LEAST = 1e-12
_EARLY = 32  # sentences; most chains have forgotten after half as many
_AGREED = 1e-13
STRENGTHS = (0.0, 0.15, 0.3, 0.45, 0.6, 0.8, 1.0)


@dataclass(frozen=True)
class Chain:
    """A chain over the sentences of a document.

    A path of classes y scores Σ log pᵢ(yᵢ) + strength · Σ log [T(yᵢ | yᵢ₋₁) / π(yᵢ)]: with strength 1 a hidden Markov model whose
    emissions are posteriors over priors (Bourlard & Morgan 1994, "Connectionist Speech Recognition", chapter 7). Since the rows
    already hold words of the neighbours, less than 1 fits better.

    Attributes:
        log_ratio: (relations, classes, classes), log T(to | from) − log π(to).
        strength: weight of the transitions.
        temperature: sharpens or flattens the result, so that it is calibrated.
    """

    log_ratio: Array
    strength: float
    temperature: float

    def decode(self, posteriors: Array, relations: Sequence[int] | Integers) -> Array:
        """Return each sentence's posterior given the whole document, by the forward-backward algorithm.

        Args:
            posteriors: (sentences, classes), in order, of one document or of several, one after the other.
            relations: (sentences,), how each stands to the one before it; :data:`START` where a document begins, as the first does.
        """
        if not len(posteriors):
            return posteriors
        links = np.array(relations, dtype=np.int64)
        links[0] = START
        # After START all classes are alike whatever came before: documents in a row decode as if each stood alone.
        steps = np.concatenate([np.exp(self.strength * self.log_ratio), np.ones((1, *self.log_ratio.shape[1:]))])
        emission = np.maximum(posteriors, _LEAST)
        forward = _messages(emission, steps, links)
        backward = _messages(emission[::-1], steps.transpose(0, 2, 1), np.append(START, links[:0:-1]))[::-1]
        # Both hold the sentence's own emission, and so does their product, once too often.
        return _powered(forward * backward / emission, self.temperature)

    def decode_all(self, posteriors: Sequence[Array], relations: Sequence[Sequence[int]]) -> list[Array]:
        """Decode several documents."""
        if not posteriors:
            return []
        sizes = [len(values) for values in posteriors]
        links = np.concatenate([np.append(START, kinds[1:])[: len(kinds)] for kinds in relations])
        return np.split(self.decode(np.concatenate(posteriors), links), np.cumsum(sizes)[:-1])


def _messages(emission: Array, steps: Array, relations: Integers) -> Array:
    """Return for each sentence its emission times what the sentences before it say, each row summing to 1.

    The sentences are cut into stretches that run side by side, each begun some sentences early. A beginning is forgotten within a few
    sentences, for transitions only tilt posteriors: where a stretch ends must agree with what the next one found there, else all is done
    again with beginnings twice as early, down to the document's own.
    """
    count, early = len(emission), _EARLY
    while True:
        length = max(early, int(np.sqrt(count)))
        if length + early >= count:
            return _run(emission, steps, relations, np.zeros(1, dtype=np.int64), count)[:, 0]
        starts = np.arange(0, count, length)
        found = _run(emission, steps, relations, starts - early, length + early)
        ahead = found[early - 1, 1:]  # what each stretch but the first found just before its own sentences
        if np.abs(ahead - found[-1, :-1]).max() <= _AGREED:
            return found[early:].transpose(1, 0, 2).reshape(-1, emission.shape[1])[:count]
        early *= 2


def _run(emission: Array, steps: Array, relations: Integers, starts: Integers, length: int) -> Array:
    """Pass messages through stretches of one length side by side (length, stretches, classes); outside the sentences nothing is said."""
    count, classes = emission.shape
    together = steps.transpose(1, 0, 2).reshape(classes, -1)
    places = starts[None, :] + np.arange(length)[:, None]
    inside = (places >= 0) & (places < count)
    places = np.where(inside, places, 0)
    links = np.where(inside, relations[places], START)
    heard = emission.take(places, axis=0)
    heard[~inside] = 1.0
    row = np.arange(len(starts)) * len(steps)
    heard[0] /= heard[0].sum(axis=1, keepdims=True)
    for at in range(1, length):
        reached = (heard[at - 1] @ together).reshape(-1, classes).take(row + links[at], axis=0)
        reached *= heard[at]
        np.divide(reached, np.add.reduce(reached, axis=1, keepdims=True), out=heard[at])
    return heard


def _powered(posteriors: Array, temperature: float) -> Array:
    values = np.maximum(posteriors, _LEAST) ** temperature
    return np.asarray(values / values.sum(axis=1, keepdims=True))


def relations_of(sentences: Sequence[Sentence]) -> list[int]:
    """Return how each sentence of a document stands to the one before it (0 for the first)."""
    found = [WITHIN]
    for before, sentence in pairwise(sentences):
        found.append(UNDER if before.is_heading else WITHIN if before.paragraph == sentence.paragraph else ACROSS)
    return found[: len(sentences)]


@dataclass(frozen=True)
class CodedSequence:
    """A coded document: posteriors (sentences, classes), relations and labels (sentences,); a label of -1 is not known."""

    posteriors: Array
    relations: Sequence[int]
    labels: NDArray[np.int64]


def fit_chain(documents: Sequence[CodedSequence], classes: int, *, smoothing: float) -> Chain:
    """Learn transitions from labels, strength and temperature from the likelihood of cross-fitted posteriors.

    Args:
        documents: at least one.
        classes: how many classes there are.
        smoothing: how many transitions, drawn as the classes are, are added to each row of counts.
    """
    from scipy import optimize  # 0.3 s, which tagging doesn't need

    counts = np.zeros((len(RELATIONS), classes, classes))
    for document in documents:
        for at in range(1, len(document.labels)):
            if min(document.labels[at - 1], document.labels[at]) >= 0:
                counts[document.relations[at], document.labels[at - 1], document.labels[at]] += 1
    labels = np.concatenate([document.labels for document in documents])
    totals = np.bincount(labels[labels >= 0], minlength=classes) + 1.0
    prior = totals / totals.sum()
    transitions = counts + smoothing * classes * prior
    transitions /= transitions.sum(axis=2, keepdims=True)
    log_ratio = np.round(np.log(transitions) - np.log(prior), 6)
    relations = [document.relations for document in documents]
    posteriors = [document.posteriors for document in documents]
    known = labels >= 0

    def tempered(strength: float) -> tuple[float, float, float]:
        decoded = np.concatenate(Chain(log_ratio, strength, 1.0).decode_all(posteriors, relations))[known]
        logs = np.log(np.maximum(decoded, 1e-12))
        chosen = logs[np.arange(len(logs)), labels[known]].sum()

        def loss(temperature: float) -> float:
            return float(np.log(np.exp(temperature * logs).sum(axis=1)).sum() - temperature * chosen)

        temperature = round(
            float(optimize.minimize_scalar(loss, bounds=(0.3, 3.0), method="bounded", options={"xatol": 1e-3}).x), 2
        )
        return loss(temperature), strength, temperature

    _, strength, temperature = min(map(tempered, STRENGTHS))
    return Chain(log_ratio, strength, temperature)
