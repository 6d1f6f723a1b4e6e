"""Decode posteriors in document order: neighbouring sentences inform each other through learnt transitions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from pipeline.records import Sentence

Array = NDArray[np.float64]

# How a sentence stands to the one before it.
WITHIN, ACROSS, UNDER = 0, 1, 2
RELATIONS = ("within a paragraph", "across paragraphs", "under a heading")
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

    def decode(self, posteriors: Array, relations: Sequence[int]) -> Array:
        """Return each sentence's posterior given the whole document, by the forward-backward algorithm.

        Args:
            posteriors: (sentences, classes) of one document, in order.
            relations: (sentences,), how each stands to the one before it; the first is passed over.
        """
        if not len(posteriors):
            return posteriors
        emission = np.log(np.maximum(posteriors, 1e-12))
        steps = self.strength * self.log_ratio
        forward, backward = np.empty_like(emission), np.zeros_like(emission)
        forward[0] = emission[0]
        for at in range(1, len(emission)):
            forward[at] = emission[at] + logsumexp(forward[at - 1][:, None] + steps[relations[at]], axis=0)
        for at in range(len(emission) - 2, -1, -1):
            backward[at] = logsumexp(steps[relations[at + 1]] + (emission[at + 1] + backward[at + 1])[None, :], axis=1)
        joint = forward + backward
        joint -= logsumexp(joint, axis=1, keepdims=True)
        joint *= self.temperature
        return np.asarray(np.exp(joint - logsumexp(joint, axis=1, keepdims=True)))


def relations_of(sentences: Sequence[Sentence]) -> list[int]:
    """Return how each sentence of a document stands to the one before it (0 for the first)."""
    found = [WITHIN]
    for before, sentence in zip(sentences, sentences[1:], strict=False):
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
    chains = (Chain(log_ratio, strength, 1.0) for strength in STRENGTHS)
    return min((_tempered(chain, documents) for chain in chains), key=lambda pair: pair[0])[1]


def _tempered(chain: Chain, documents: Iterable[CodedSequence]) -> tuple[float, Chain]:
    """Return the chain at its best temperature, and its negative log likelihood."""
    decoded, labels = [], []
    for document in documents:
        known = document.labels >= 0
        decoded.append(np.log(np.maximum(chain.decode(document.posteriors, document.relations), 1e-12))[known])
        labels.append(document.labels[known])
    logs, truth = np.concatenate(decoded), np.concatenate(labels)

    def loss(temperature: float) -> float:
        scaled = temperature * logs
        return float((logsumexp(scaled, axis=1) - scaled[np.arange(len(truth)), truth]).sum())

    best = min((round(0.4 + 0.02 * step, 2) for step in range(61)), key=loss)
    return loss(best), Chain(chain.log_ratio, chain.strength, best)
