"""Draw an audit at random with known inclusion probabilities, and foretell how precise it will be.

A sentence is the likelier to be drawn the more it weighs and the less sure the model is of it: the error of the audited share comes from
sentences whose code the posterior doesn't foretell (the anticipated variance of Isaki & Fuller 1982, "Survey Design under the Regression
Superpopulation Model"). A floor keeps the sure ones in, for a model may be wrong and sure of it. Within each group the sentences are
sorted by predicted category and certainty, in random order among equals, and drawn at equal steps of the summed probabilities
(systematic sampling with unequal probabilities, Madow 1949): each stratum gets its share to within one sentence.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from pipeline.estimate import LEAST_AUDITED, NORMAL, UNSEEN_ERRORS, weighted_shares

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
# Added to the chance of an error before the root is taken: a sentence that the model is sure of is still drawn, at about a quarter of the
# rate of a doubtful one. Of .01, .03 and .1 the middle one gave short intervals and still covered where a model was confidently wrong
# (headlines of another field, as in pipeline/estimate.py).
_FLOOR = 0.03
_RAREST = 0.02
# In fewer sentences one error more or less, of one or two, makes the intervals half as wide or twice.
LEAST_PLANNED = 100


@dataclass(frozen=True)
class Precision:
    """How precise an audit of some size would be.

    Attributes:
        half: (groups, categories), 1.96 standard errors of each share.
        share: (groups, categories), as expected.
        audited: (groups,), expected number of sentences.
    """

    half: Array
    share: Array
    audited: Array

    @property
    def shares(self) -> Array:
        """Half widths (groups, categories) of the intervals of shares, which end at 0 and 1."""
        low, high = np.maximum(self.share - self.half, 0), np.minimum(self.share + self.half, 1)
        return np.asarray(np.where(np.isfinite(self.half), (high - low) / 2, np.inf))

    @property
    def differences(self) -> Array:
        """Half widths (pairs, categories) of the differences of all pairs of groups."""
        first, second = np.triu_indices(len(self.half), 1)
        return np.asarray(np.sqrt(self.half[first] ** 2 + self.half[second] ** 2))


def importance(posteriors: Array, weights: Array, *, rare: bool = False) -> Array:
    """Return how much each sentence (sentences,) matters to the audited shares: weight times the spread of its code around its posterior.

    Args:
        posteriors: (sentences, categories).
        weights: (sentences,), characters.
        rare: let errors count in proportion to the share of their category, so that rare categories get as precise as others.
    """
    share = weights @ posteriors / weights.sum()
    factor = 1 / np.maximum(share, _RAREST) if rare else np.ones(posteriors.shape[1])
    spread = (posteriors * (1 - posteriors)) @ (factor / (factor @ share))
    return np.asarray(weights * np.sqrt(spread + _FLOOR))


def inclusion_probabilities(importance: Array, weights: Array, groups: Integers, count: int) -> Array:
    """Return inclusion probabilities (sentences,) that sum to ``count``, or to the number of sentences if that is less.

    Groups get sentences in proportion to their error if all were drawn at one rate, so that their shares get alike precise; at least
    :data:`~pipeline.estimate.LEAST_AUDITED` each, where ``count`` allows.
    """
    many = int(groups.max()) + 1
    sizes = np.bincount(groups, minlength=many).astype(np.float64)
    need = np.bincount(groups, weights=importance, minlength=many) / np.bincount(groups, weights=weights, minlength=many)
    least = np.minimum(sizes, LEAST_AUDITED if count >= LEAST_AUDITED * many else 0)
    wanted = _whole(_fill(need, min(float(count), sizes.sum()), least, sizes))
    chance = np.zeros(len(groups))
    for group in range(many):
        members = groups == group
        chance[members] = _fill(importance[members], wanted[group], np.zeros(int(sizes[group])), np.ones(int(sizes[group])))
    return chance


def _fill(size: Array, total: float, least: Array, most: Array) -> Array:
    """Share out ``total`` in proportion to ``size``, each between ``least`` and ``most``."""
    low, high = 0.0, float((most / np.maximum(size, 1e-300)).max(initial=0.0))
    for _ in range(200):
        middle = (low + high) / 2
        if np.clip(middle * size, least, most).sum() < total:
            low = middle
        else:
            high = middle
    return np.clip(high * size, least, most)


def _whole(numbers: Array) -> Array:
    """Round numbers so that their sum stays: up where most was cut off."""
    low = np.floor(numbers + 1e-6)
    left = round(float(numbers.sum() - low.sum()))
    low[np.argsort(low - numbers, kind="stable")[:left]] += 1
    return low


def draw(chance: Array, groups: Integers, posteriors: Array, generator: np.random.Generator) -> Integers:
    """Draw sentences with inclusion probabilities ``chance`` (sentences,); return their numbers, ascending.

    Args:
        chance: (sentences,), as :func:`inclusion_probabilities` gave them.
        groups: (sentences,); each group is drawn for itself.
        posteriors: (sentences, categories), for the strata.
        generator: of random numbers.
    """
    certainty = np.floor(-np.log10(1 - posteriors.max(axis=1) + 1e-4))
    order = np.lexsort((generator.random(len(chance)), certainty, posteriors.argmax(axis=1), groups))
    drawn = []
    for members in np.split(order, np.flatnonzero(np.diff(groups[order])) + 1):
        steps = np.floor(np.cumsum(chance[members]) + generator.uniform(1e-9, 1))
        drawn.append(members[np.diff(steps, prepend=0.0) > 0])
    return np.sort(np.concatenate(drawn))


@dataclass(frozen=True)
class Trust:
    """How far posteriors can be trusted.

    Attributes:
        missed: chance of an error that they know nothing of (:func:`pipeline.estimate.missed_doubt`).
        ratio: by how much squared errors, weighted as they count, exceed those that are foretold with the missed ones added.
    """

    missed: float = 0.0
    ratio: float = 1.0


CALIBRATED = Trust()


def precision(posteriors: Array, weights: Array, groups: Integers, chance: Array, trust: Trust = CALIBRATED) -> Precision:
    """Foretell the half widths of an audit drawn with inclusion probabilities ``chance`` (sentences,).

    What the estimator will reckon with is foretold as it does it: with errors that are missed, and at least :data:`UNSEEN_ERRORS` more.

    Args:
        posteriors: (sentences, categories).
        weights: (sentences,), characters.
        groups: (sentences,).
        chance: (sentences,).
        trust: in the posteriors.
    """
    many, kinds = int(groups.max()) + 1, posteriors.shape[1]
    share = weighted_shares(posteriors, weights, groups, many)
    doubt = min(trust.missed + UNSEEN_ERRORS / (float(chance.sum()) + 1), 1.0)
    likely = (1 - doubt) * posteriors + doubt * (share[groups] + 1 / kinds) / 2
    noise = (weights**2 * (1 / chance - 1))[:, None] * likely * (1 - likely)
    sums = np.zeros((many, kinds))
    np.add.at(sums, groups, noise)
    whole = np.bincount(groups, weights=weights, minlength=many)[:, None]
    half = NORMAL * np.sqrt(trust.ratio * sums) * _mean_root(noise.sum(axis=1), likely, weights, chance) / whole
    audited = np.bincount(groups, weights=chance, minlength=many).astype(np.float64)
    half[audited < LEAST_AUDITED - 1e-6] = np.inf
    return Precision(half, share, audited)


def _mean_root(noise: Array, likely: Array, weights: Array, chance: Array) -> float:
    """Return the mean of the root of an estimated variance over the root of its mean: a chi's, with two degrees of freedom an error.

    Few errors are found in a small audit, mostly fewer than their mean, and its intervals are the shorter.
    """
    errors = (likely * (1 - likely)).sum(axis=1)
    wobble = (weights**2 * (1 - chance)) ** 2 / chance**3 * np.maximum(errors * (2 - errors), errors**2)
    degrees = 2 * noise.sum() ** 2 / max(float(wobble.sum()), 1e-300)
    return (
        float(np.sqrt(2 / degrees) * np.exp(special.gammaln((degrees + 1) / 2) - special.gammaln(degrees / 2)))
        if degrees > 0
        else 1.0
    )


def smallest(posteriors: Array, weights: Array, groups: Integers, within: float, trust: Trust = CALIBRATED, *, pairs: bool) -> int:
    """Return the smallest audit whose intervals, on average over groups and categories, are within ±``within``.

    Args:
        posteriors: (sentences, categories).
        weights: (sentences,), characters.
        groups: (sentences,).
        within: half width, between 0 and 1.
        trust: in the posteriors.
        pairs: of differences between groups instead of shares.

    Returns:
        A number of sentences, at least :data:`LEAST_PLANNED`; all of them where a sample doesn't do.
    """
    size = importance(posteriors, weights)
    low, high = min(LEAST_PLANNED, len(weights)) - 1, len(weights)
    while high - low > 1:
        middle = (low + high) // 2
        found = precision(posteriors, weights, groups, inclusion_probabilities(size, weights, groups, middle), trust)
        half = found.differences if pairs else found.shares
        low, high = (low, middle) if half.mean() <= within else (middle, high)
    return high
