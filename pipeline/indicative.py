"""Say how far unaudited shares may be off, going by the errors of the cross-fitted posteriors: an indication, never a 95% interval.

On the training reports the truth is known, and each report's posteriors come from models that saw nothing of it. So each report's expected
shares can be set against its coded ones. The errors are measured in units of the standard deviation that the posteriors themselves foretell,
and the 90% quantile of their size stretches the range around other expected shares. It holds for texts that are written like the
training reports, and for no others: nothing but an audit tells of a text's own errors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.estimate import foretold_variance, weighted_shares
from pipeline.evaluate import Judged

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
_QUANTILE = 0.9
# Shares of a report move in steps of a sentence; a foretold standard deviation below a thousandth of the report is none.
_LEAST = 1e-3


@dataclass(frozen=True)
class Range:
    """Low and high ends (groups, categories) of indicative ranges of shares."""

    low: Array
    high: Array


def error_scale(judged: Judged) -> float:
    """Return by how much the posteriors' own standard deviation must be stretched to hold nine in ten errors of the training reports."""
    count = int(judged.documents.max()) + 1
    coded = np.eye(judged.category_posteriors.shape[1])[judged.category]
    expected, spread = expected_shares(judged.category_posteriors, judged.characters, judged.documents, count)
    truth = weighted_shares(coded, judged.characters, judged.documents, count)
    return float(np.quantile(np.abs(expected - truth) / np.maximum(spread, _LEAST), _QUANTILE))


def expected_shares(
    posteriors: Array, weights: Array, groups: Integers, count: int, *, categories: int | None = None
) -> tuple[Array, Array]:
    """Return expected shares and their standard deviations by the posteriors, each (groups, categories).

    Args:
        posteriors: (sentences, classes), rows sum to 1.
        weights: (sentences,), characters.
        groups: (sentences,), group numbers.
        count: how many groups there are.
        categories: how many classes are of interest; those behind are outside. All of them without it.
    """
    kept = posteriors.shape[1] if categories is None else categories
    means = weighted_shares(posteriors, weights, groups, count)
    domain = np.maximum(means[:, :kept].sum(axis=1, keepdims=True), 1e-12)
    shares = means[:, :kept] / domain
    variance = np.zeros_like(shares)
    for group in range(count):
        members = groups == group
        if members.any():
            part = weights[members] / weights[members].sum()
            noise = foretold_variance(posteriors[members], shares[group], part, 0.0)
            variance[group] = part**2 @ noise / domain[group] ** 2
    return shares, np.sqrt(variance)


def indicative_range(shares: Array, spread: Array, scale: float) -> Range:
    """Return the range around expected ``shares`` (groups, categories) with standard deviations ``spread``, stretched by ``scale``."""
    half = scale * np.maximum(spread, _LEAST)
    return Range(np.clip(shares - half, 0, 1), np.clip(shares + half, 0, 1))
