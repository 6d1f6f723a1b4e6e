"""Say below which posterior a person should look at a tag."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
# What the review mark promises: of the sentences that aren't marked so many are right, and they are so many of all.
PROMISED_PRECISION, PROMISED_SHARE = 0.95, 0.75
ALL_MARKED = 1.01  # a threshold that no posterior reaches


def promising_threshold(labels: Sequence[Integers], posteriors: Sequence[Array], precision: float) -> float:
    """Return the threshold of the wanted precision; if that would mark too many, as with few labels, that of the promised precision."""
    threshold = review_threshold(labels, posteriors, precision)
    values = np.concatenate(posteriors)[np.concatenate(labels) >= 0].max(axis=1)
    if (values >= threshold).mean() >= PROMISED_SHARE or precision <= PROMISED_PRECISION:
        return threshold
    return review_threshold(labels, posteriors, PROMISED_PRECISION)


def review_threshold(labels: Sequence[Integers], posteriors: Sequence[Array], precision: float) -> float:
    """Return the lowest posterior from which on sentences are right with the wanted precision, on cross-fitted posteriors.

    Where there is none, all are marked (:data:`ALL_MARKED`).
    """
    truth = np.concatenate(labels)
    values = np.concatenate(posteriors)[truth >= 0]
    best, right = values.max(axis=1), values.argmax(axis=1) == truth[truth >= 0]
    floored = np.floor(best * 1e4) / 1e4
    order = np.argsort(-floored, kind="stable")
    is_last = np.append(np.diff(floored[order]) < 0, True)  # sentences of one posterior are marked or not together
    kept = np.flatnonzero(is_last & (np.cumsum(right[order]) >= precision * np.arange(1, len(order) + 1)))
    return float(floored[order][kept[-1]]) if len(kept) else ALL_MARKED
