"""Measure tags against codes: confusion, F1, calibration."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


def confusion(truth: Integers, guess: Integers, classes: int) -> Integers:
    """Return counts (coded, tagged)."""
    return np.bincount(truth * classes + guess, minlength=classes * classes).reshape(classes, classes).astype(np.int64)


def f1_scores(table: Array | Integers) -> tuple[Array, Array, Array]:
    """Return precision, recall and F1 of each class from a confusion table; 0 where a class was neither coded nor tagged."""
    hits = np.diag(table).astype(np.float64)
    precision = hits / np.maximum(table.sum(axis=0), 1e-12)
    recall = hits / np.maximum(table.sum(axis=1), 1e-12)
    return precision, recall, 2 * hits / np.maximum(table.sum(axis=0) + table.sum(axis=1), 1e-12)


def macro_f1(truth: Integers, guess: Integers, classes: int) -> float:
    """Return the mean F1 of the classes that were coded at least once."""
    table = confusion(truth, guess, classes)
    coded = table.sum(axis=1) > 0
    return float(f1_scores(table)[2][coded].mean())


def reliability(best: Array, right: NDArray[np.bool_], bins: int) -> list[dict[str, float]]:
    """Return for each bin of equal width of the top posterior: its mean posterior, share of right tags, and sentences."""
    place = np.minimum((best * bins).astype(np.int64), bins - 1)
    found = []
    for number in range(bins):
        inside = place == number
        if inside.any():
            found.append({"posterior": best[inside].mean(), "right": right[inside].mean(), "sentences": int(inside.sum())})
    return found


def calibration_error(best: Array, right: NDArray[np.bool_], bins: int) -> float:
    """Return the expected calibration error of the top posterior (Naeini et al. 2015, bins of equal width)."""
    rows = reliability(best, right, bins)
    return sum(abs(row["posterior"] - row["right"]) * row["sentences"] for row in rows) / max(len(best), 1)
