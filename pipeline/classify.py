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
    counts = np.bincount(labels, minlength=classes)
    present = counts > 0
    weight = np.where(present, (len(labels) / present.sum() / np.maximum(counts, 1)) ** power, 0.0)
    targets = np.where(labels[:, None] == np.arange(classes)[None, :], 1.0, -1.0)
    weights, intercept = ridge(rows, targets, weight[labels], alpha)
    return LinearScorer(weights, np.round(intercept, DIGITS))


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


def fit_calibrator(scores: Array, labels: NDArray[np.int64], *, penalty: float = 1.0) -> Calibrator:
    """Fit temperature and bias by maximum likelihood on scores of rows that the scorer didn't see.

    Args:
        scores: (rows, classes).
        labels: (rows,), class numbers.
        penalty: on the squared biases, so that a rare or empty class stays finite.
    """
    from scipy import optimize
    from scipy.special import logsumexp

    rows, classes = scores.shape
    targets = np.zeros((rows, classes))
    targets[np.arange(rows), labels] = 1.0

    def loss(parameters: Array) -> tuple[float, Array]:
        temperature, bias = parameters[0], parameters[1:]
        logits = temperature * scores + bias
        normaliser = logsumexp(logits, axis=1, keepdims=True)
        excess = np.exp(logits - normaliser) - targets
        value = normaliser.sum() - logits[targets > 0].sum() + penalty * (bias**2).sum()
        gradient = np.concatenate([[(excess * scores).sum()], excess.sum(axis=0) + 2 * penalty * bias])
        return float(value), gradient

    start = np.concatenate([[3.0], np.zeros(classes)])
    bounds = [(1e-3, 1e3), *[(None, None)] * classes]
    found = optimize.minimize(
        loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-13, "gtol": 1e-7, "maxiter": 500}
    )
    return Calibrator(round(float(found.x[0]), 4), np.round(found.x[1:], 4))
