"""Decode posteriors in document order: neighbouring sentences inform each other through learnt transitions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import optimize
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
        return self.decode_all([posteriors], [relations])[0]

    def decode_all(self, posteriors: Sequence[Array], relations: Sequence[Sequence[int]]) -> list[Array]:
        """Decode several documents side by side."""
        marginals = _marginals(posteriors, relations, np.exp(self.strength * self.log_ratio))
        return [_powered(values, self.temperature) for values in marginals]


def _marginals(posteriors: Sequence[Array], relations: Sequence[Sequence[int]], steps: Array) -> list[Array]:
    """Run forward-backward over documents padded to one length; each step is normalised, so that long documents don't underflow."""
    lengths = np.array([len(values) for values in posteriors])
    longest, classes = int(lengths.max(initial=0)), steps.shape[1]
    emission = np.ones((len(posteriors), longest, classes))
    relation = np.zeros((len(posteriors), longest), dtype=np.int64)
    for number, (values, kinds) in enumerate(zip(posteriors, relations, strict=True)):
        emission[number, : len(values)] = np.maximum(values, 1e-12)
        relation[number, : len(values)] = kinds
    forward, backward = emission.copy(), np.ones_like(emission)
    for at in range(1, longest):
        reached = np.einsum("dk,dkj->dj", forward[:, at - 1], steps[relation[:, at]]) * emission[:, at]
        forward[:, at] = reached / reached.sum(axis=1, keepdims=True)
    for at in range(longest - 2, -1, -1):
        ahead = np.einsum("dkj,dj->dk", steps[relation[:, at + 1]], emission[:, at + 1] * backward[:, at + 1])
        ends = at + 1 >= lengths  # padding says nothing
        backward[:, at] = np.where(ends[:, None], 1.0, ahead / ahead.sum(axis=1, keepdims=True))
    joint = forward * backward
    joint /= joint.sum(axis=2, keepdims=True)
    return [joint[number, :length] for number, length in enumerate(lengths)]


def _powered(posteriors: Array, temperature: float) -> Array:
    values = np.maximum(posteriors, 1e-12) ** temperature
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
            return float(logsumexp(temperature * logs, axis=1).sum() - temperature * chosen)

        temperature = round(
            float(optimize.minimize_scalar(loss, bounds=(0.3, 3.0), method="bounded", options={"xatol": 1e-3}).x), 2
        )
        return loss(temperature), strength, temperature

    _, strength, temperature = min(map(tempered, STRENGTHS))
    return Chain(log_ratio, strength, temperature)
