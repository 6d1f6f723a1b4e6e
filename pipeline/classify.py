"""Classify sparse rows: ridge scores, made posteriors by temperature and bias."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:  # tagging doesn't need it, and it takes 0.2 s
    from scipy import sparse

Array = NDArray[np.float64]
# Fitted numbers are rounded, so that the last bits, in which processors differ, don't make two models of the same labels.
DIGITS = 6
# Bounds of the temperature, most steps towards the best one, and the slope a row that is none.
_COLDEST, _HOTTEST, _STEPS, _FLAT = 1e-3, 1e3, 100, 1e-9


@dataclass(frozen=True)
class LinearScorer:
    """One hyperplane a class.

    Attributes:
        weights: (features, classes).
        intercept: (classes,).
    """

    weights: Array
    intercept: Array

    def scores(self, rows: sparse.csr_matrix) -> Array:
        """Return scores (rows, classes)."""
        return np.asarray(rows @ self.weights + self.intercept)

    def part(self, start: int, stop: int | None) -> Array:
        """Return the weights of some features, (features, classes)."""
        return self.weights[start:stop]


def fit_scorer(rows: sparse.csr_matrix, labels: NDArray[np.int64], classes: int, *, alpha: float, power: float) -> LinearScorer:
    """Fit ridge regression of one-against-rest targets ±1.

    Args:
        rows: (rows, features).
        labels: (rows,), class numbers.
        classes: how many classes there are; one without rows gets a constant score.
        alpha: penalty.
        power: each row weighs (mean class size / size of its class) to this power.
    """
    targets = np.where(labels[:, None] == np.arange(classes)[None, :], 1.0, -1.0)
    weights, intercept = ridge(rows, targets, row_weights(labels, classes, power), alpha)
    return LinearScorer(weights, np.round(intercept, DIGITS))


def row_weights(labels: NDArray[np.int64], classes: int, power: float) -> Array:
    """Return the weight of each row: (mean class size / size of its class) to a power."""
    counts = np.bincount(labels, minlength=classes)
    present = counts > 0
    weight = np.where(present, (len(labels) / present.sum() / np.maximum(counts, 1)) ** power, 0.0)
    return np.asarray(weight[labels])


def ridge(
    rows: sparse.csr_matrix, targets: Array, row_weights: Array, alpha: float, *, tolerance: float = 1e-3
) -> tuple[Array, Array]:
    """Solve ridge regression with an unpenalised intercept for all targets at once, by conjugate gradients.

    scikit-learn's ``Ridge(solver="sparse_cg")`` finds the same (tests/test_classify.py) one target after the other; with the targets
    side by side each pass over the sparse rows serves them all. No random start, no dependence on the number of cores.

    Args:
        rows: (rows, features).
        targets: (rows, targets).
        row_weights: (rows,).
        alpha: penalty.
        tolerance: of the residual's norm, relative to the start.

    Returns:
        Coefficients (features, targets) and intercepts (targets,).
    """
    from scipy import sparse

    root = np.sqrt(row_weights)[:, None]
    scaled = sparse.csr_matrix(sparse.diags(root[:, 0]) @ rows)
    transposed = scaled.T.tocsr()

    def product(direction: Array) -> Array:
        image = scaled @ direction[:-1]
        image += root * direction[-1]
        found = np.multiply(direction, alpha)
        found[:-1] += transposed @ image
        found[-1] = (root.T @ image)[0]
        return found

    weighted = targets * root
    residual = np.vstack([transposed @ weighted, root.T @ weighted])
    solution, direction = np.zeros_like(residual), residual.copy()
    norm = start = _dots(residual, residual)
    for _ in range(200):
        if np.all(norm <= tolerance**2 * start):
            break
        image = product(direction)
        step = norm / np.maximum(_dots(direction, image), 1e-300)
        solution += step * direction
        image *= step
        residual -= image
        norm, before = _dots(residual, residual), norm
        direction *= norm / np.maximum(before, 1e-300)
        direction += residual
    return solution[:-1], solution[-1]


def _dots(one: Array, other: Array) -> Array:
    """Return the scalar product of each column with its like."""
    return np.asarray(np.einsum("ij,ij->j", one, other))


@dataclass(frozen=True)
class Calibrator:
    """Posteriors as softmax(temperature · scores + bias).

    Temperature and bias on scores of unseen rows gave a lower calibration error from few labels than Platt's method a class or
    isotonic regression (Guo et al. 2017, "On Calibration of Modern Neural Networks", section 4.2, with the bias of vector scaling).
    """

    temperature: float
    bias: Array

    def posteriors(self, scores: Array) -> Array:
        """Return posteriors (rows, classes) that sum to 1 in each row."""
        logits = self.temperature * scores + self.bias
        odds = np.exp(logits - logits.max(axis=1, keepdims=True, initial=-np.inf))
        return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def fit_calibrator(scores: Array, labels: NDArray[np.int64], *, penalty: float = 1.0, near: Calibrator | None = None) -> Calibrator:
    """Fit temperature and bias by maximum likelihood on scores of rows that the scorer didn't see, by Newton's method.

    Args:
        scores: (rows, classes).
        labels: (rows,), class numbers.
        penalty: on the squared biases, so that a rare or empty class stays finite.
        near: where to begin, which takes fewer steps to the same end.
    """
    classes = scores.shape[1]
    parameters = np.array([near.temperature, *near.bias] if near else [3.0, *np.zeros(classes)])
    value, gradient, curvature = _loss(parameters, scores, labels, penalty)
    for _ in range(_STEPS):
        # A temperature at its bound stays there where the loss would have it beyond.
        free = np.ones(classes + 1, dtype=bool)
        free[0] = not ((parameters[0] <= _COLDEST and gradient[0] > 0) or (parameters[0] >= _HOTTEST and gradient[0] < 0))
        if np.abs(gradient[free]).max() <= _FLAT * len(labels):
            break
        step = np.zeros(classes + 1)
        step[free] = np.linalg.solve(curvature[np.ix_(free, free)] + 1e-12 * np.eye(free.sum()), -gradient[free])
        for _ in range(30):  # shorter, until it is downhill
            further = parameters + step
            further[0] = min(max(further[0], _COLDEST), _HOTTEST)
            found = _loss(further, scores, labels, penalty)
            if found[0] <= value:
                break
            step /= 2
        parameters, (value, gradient, curvature) = further, found
    return Calibrator(round(float(parameters[0]), 4), np.round(parameters[1:], 4))


def _loss(parameters: Array, scores: Array, labels: NDArray[np.int64], penalty: float) -> tuple[float, Array, Array]:
    """Return the penalised loss of temperature and bias, its gradient and its second derivatives."""
    temperature, bias = parameters[0], parameters[1:]
    logits = temperature * scores + bias
    logits -= logits.max(axis=1, keepdims=True)
    odds = np.exp(logits)
    sums = odds.sum(axis=1, keepdims=True)
    posteriors = odds / sums
    rows = np.arange(len(labels))
    value = float(np.log(sums).sum() - logits[rows, labels].sum() + penalty * (bias**2).sum())
    weighted = posteriors * scores
    means = weighted.sum(axis=1, keepdims=True)
    apart = weighted - posteriors * means  # how the posteriors change with the temperature
    counts = np.bincount(labels, minlength=len(bias))
    gradient = np.array([means.sum() - scores[rows, labels].sum(), *(posteriors.sum(axis=0) - counts + 2 * penalty * bias)])
    curvature = np.empty((len(bias) + 1, len(bias) + 1))
    curvature[0, 0], curvature[0, 1:], curvature[1:, 0] = (apart * scores).sum(), apart.sum(axis=0), apart.sum(axis=0)
    curvature[1:, 1:] = np.diag(posteriors.sum(axis=0) + 2 * penalty) - posteriors.T @ posteriors
    return value, gradient, curvature
