"""Ridge regression for any penalty, in one Krylov space."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import Ridge

from pipeline import krylov
from pipeline.classify import row_weights
from pipeline.krylov import RidgePath

Integers = NDArray[np.int64]


def problem(seed: int, rows: int = 80, classes: int = 3) -> tuple[sparse.csr_matrix, Integers]:
    """Return sparse rows, many features of which stand in one row only, and labels that depend on them."""
    random = np.random.default_rng(seed)
    common = random.random((rows, 30)) * (random.random((rows, 30)) < 0.3)
    alone = np.zeros((rows, rows))
    np.fill_diagonal(alone, random.random(rows) * (random.random(rows) < 0.6))
    scores = common @ random.normal(size=(30, classes)) + random.normal(scale=0.3, size=(rows, classes))
    return sparse.csr_matrix(np.hstack([alone, common])), scores.argmax(axis=1).astype(np.int64)


@pytest.fixture
def to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let spaces grow until nothing more is gained."""
    monkeypatch.setattr(krylov, "_GAIN", 1e-7)


@pytest.mark.usefixtures("to_the_end")
@pytest.mark.parametrize("classes", [2, 3, 20])
@pytest.mark.parametrize("power", [0.0, 0.5])
def test_every_penalty_gives_scikit_learns_ridge(classes: int, power: float) -> None:
    rows, labels = problem(classes, classes=classes)
    path = RidgePath(rows, labels, classes, power=power, penalty=0.1)
    targets = np.where(labels[:, None] == np.arange(classes), 1.0, -1.0)
    for alpha in (0.1, 0.45, 4.0):
        expected = Ridge(alpha=alpha, solver="cholesky").fit(
            rows.toarray(), targets, sample_weight=row_weights(labels, classes, power)
        )
        found = path.scorer(alpha)
        assert_allclose(found.weights, expected.coef_.T, atol=2e-2)
        assert_allclose(found.intercept, expected.intercept_, atol=2e-2)


def test_its_usual_space_is_near_the_least_loss() -> None:
    rows, labels = problem(5, rows=300)
    targets = np.where(labels[:, None] == np.arange(3), 1.0, -1.0)
    found = RidgePath(rows, labels, 3, power=0.0, penalty=0.45).scorer(0.45)
    best = Ridge(alpha=0.45, solver="cholesky").fit(rows.toarray(), targets)
    least = ((targets - best.predict(rows.toarray())) ** 2).sum() + 0.45 * (best.coef_**2).sum()
    assert ((targets - found.scores(rows)) ** 2).sum() + 0.45 * (found.weights**2).sum() < 1.1 * least


def test_an_empty_class_never_wins_and_one_class_alone_can_be_fitted() -> None:
    rows, labels = problem(6)
    scores = RidgePath(rows, labels, 4, power=0.5, penalty=0.45).scorer(0.45).scores(rows)
    assert_allclose(scores[:, 3], -1.0, atol=1e-3)
    alone = RidgePath(rows, np.zeros_like(labels), 2, power=0.5, penalty=0.45).scorer(0.45).scores(rows)
    assert_allclose(alone, np.tile([1.0, -1.0], (len(labels), 1)), atol=1e-4)


@pytest.mark.usefixtures("to_the_end")
def test_like_texts_of_two_categories_and_texts_without_features_are_no_fault() -> None:
    rows = sparse.csr_matrix(np.repeat(np.eye(4)[:, :3], 5, axis=0))
    labels = np.tile([0, 1, 0, 1, 1], 4)
    scorer = RidgePath(rows, labels, 2, power=0.5, penalty=0.1).scorer(0.1)
    assert np.isfinite(scorer.weights).all()
    assert np.abs(scorer.weights).max() < 0.1
    nothing = RidgePath(sparse.csr_matrix((20, 7)), labels, 2, power=0.5, penalty=0.1).scorer(0.1)
    assert_allclose(nothing.weights, 0.0)


def test_fitting_gives_the_same_bits_each_time() -> None:
    rows, labels = problem(7)
    first, second = (RidgePath(rows, labels, 3, power=0.5, penalty=0.45).scorer(1.0) for _ in range(2))
    assert first.weights.tobytes() == second.weights.tobytes()
    assert first.intercept.tobytes() == second.intercept.tobytes()
