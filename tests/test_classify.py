"""Ridge scores and calibrated posteriors."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import Ridge
from sklearn.metrics import log_loss

from pipeline.classify import Calibrator, LinearScorer, fit_calibrator, fit_scorer, ridge

Array = NDArray[np.float64]


def problem(seed: int, rows: int = 60, features: int = 25) -> tuple[sparse.csr_matrix, NDArray[np.int64], Array]:
    """Return sparse rows, labels of three classes that depend on them, and row weights."""
    random = np.random.default_rng(seed)
    matrix = sparse.csr_matrix(random.random((rows, features)) * (random.random((rows, features)) < 0.3))
    scores = matrix @ random.normal(size=(features, 3)) + random.normal(scale=0.3, size=(rows, 3))
    return matrix, scores.argmax(axis=1).astype(np.int64), random.uniform(0.2, 3.0, rows)


@pytest.mark.parametrize("alpha", [0.05, 0.8, 20.0])
@pytest.mark.parametrize("seed", [1, 2])
def test_ridge_equals_scikit_learns_ridge_with_row_weights_and_intercept(alpha: float, seed: int) -> None:
    rows, labels, weights = problem(seed)
    targets = np.where(labels[:, None] == np.arange(3), 1.0, -1.0)
    found, intercept = ridge(rows, targets, weights, alpha, tolerance=1e-10)
    expected = Ridge(alpha=alpha, solver="cholesky").fit(rows.toarray(), targets, sample_weight=weights)
    assert_allclose(found, expected.coef_.T, atol=1e-6)
    assert_allclose(intercept, expected.intercept_, atol=1e-6)


def test_ridge_at_its_usual_tolerance_ranks_as_scikit_learn_does() -> None:
    rows, labels, weights = problem(3)
    targets = np.where(labels[:, None] == np.arange(3), 1.0, -1.0)
    found, intercept = ridge(rows, targets, weights, 0.8)
    expected = Ridge(alpha=0.8, solver="cholesky").fit(rows.toarray(), targets, sample_weight=weights)
    assert_allclose(rows @ found + intercept, expected.predict(rows.toarray()), atol=1e-2)


def test_ridge_takes_rows_of_weight_nought_for_absent() -> None:
    rows, labels, weights = problem(4)
    targets = np.where(labels[:, None] == np.arange(3), 1.0, -1.0)
    weights[:20] = 0.0
    found = ridge(rows, targets, weights, 0.5, tolerance=1e-10)
    without = ridge(rows[20:], targets[20:], weights[20:], 0.5, tolerance=1e-10)
    for one, other in zip(found, without, strict=True):
        assert_allclose(one, other, atol=1e-6)


def test_a_class_weight_power_of_1_makes_every_class_weigh_alike() -> None:
    rows, labels, _ = problem(5)
    counts = np.bincount(labels, minlength=3)
    targets = np.where(labels[:, None] == np.arange(3), 1.0, -1.0)
    scorer = fit_scorer(rows, labels, 3, alpha=0.7, power=1.0)
    expected = Ridge(alpha=0.7, solver="cholesky").fit(rows.toarray(), targets, sample_weight=(len(labels) / 3 / counts)[labels])
    assert_allclose(scorer.weights, expected.coef_.T, atol=1e-2)


def test_an_empty_class_counts_and_never_wins() -> None:
    rows, labels, _ = problem(6)
    scorer = fit_scorer(rows, labels, 4, alpha=0.8, power=0.5)
    scores = scorer.scores(rows)
    assert scores.shape == (60, 4)
    assert_allclose(scores[:, 3], -1.0, atol=1e-3)
    posteriors = fit_calibrator(scores, labels).posteriors(scores)
    assert posteriors.shape == (60, 4)
    assert posteriors[:, 3].max() < 0.1
    assert_allclose(posteriors.sum(axis=1), 1.0)


def test_one_class_alone_can_be_fitted() -> None:
    rows, labels, _ = problem(7)
    scores = fit_scorer(rows, np.zeros_like(labels), 2, alpha=0.8, power=0.5).scores(rows)
    assert (scores.argmax(axis=1) == 0).all()


def test_scores_are_the_plain_linear_ones() -> None:
    rows = sparse.csr_matrix([[1.0, 0.0], [0.0, 2.0]])
    scorer = LinearScorer(np.array([[1.0, -1.0], [0.5, 3.0]]), np.array([0.25, 0.0]))
    assert_allclose(scorer.scores(rows), [[1.25, -1.0], [1.25, 6.0]])


def test_posteriors_are_the_softmax_of_scaled_scores_and_survive_large_ones() -> None:
    calibrator = Calibrator(2.0, np.array([0.0, np.log(3.0)]))
    assert_allclose(calibrator.posteriors(np.array([[0.0, 0.0], [1.0, 1.0]])), [[0.25, 0.75], [0.25, 0.75]])
    assert_allclose(calibrator.posteriors(np.array([[1e6, 0.0]])), [[1.0, 0.0]])


def test_the_calibrator_improves_the_log_loss_of_unseen_rows() -> None:
    rows, labels, _ = problem(8, rows=900)
    scorer = fit_scorer(rows[:300], labels[:300], 3, alpha=0.8, power=0.5)
    middle, last = scorer.scores(rows[300:600]), scorer.scores(rows[600:])
    plain = Calibrator(1.0, np.zeros(3)).posteriors(last)
    calibrated = fit_calibrator(middle, labels[300:600]).posteriors(last)
    assert_allclose(calibrated.sum(axis=1), 1.0)
    assert log_loss(labels[600:], calibrated) < log_loss(labels[600:], plain) - 0.05
    assert abs(calibrated.max(axis=1).mean() - (calibrated.argmax(axis=1) == labels[600:]).mean()) < 0.06


def test_the_bias_makes_up_for_class_sizes() -> None:
    labels = np.array([0] * 90 + [1] * 10)
    calibrator = fit_calibrator(np.zeros((100, 2)), labels, penalty=1e-6)
    assert_allclose(calibrator.posteriors(np.zeros((1, 2))), [[0.9, 0.1]], atol=1e-3)


def test_the_calibrator_has_the_least_penalised_loss() -> None:
    rows, labels, _ = problem(10, rows=200)
    scores = fit_scorer(rows, labels, 3, alpha=0.8, power=0.5).scores(rows) + np.array([0.3, 0.0, -0.2])
    penalty = 8.0

    def loss(calibrator: Calibrator) -> float:
        posteriors = calibrator.posteriors(scores)
        return float(-np.log(posteriors[np.arange(200), labels]).sum() + penalty * (calibrator.bias**2).sum())

    found = fit_calibrator(scores, labels, penalty=penalty)
    for step in (-0.05, 0.05):
        assert loss(Calibrator(found.temperature + step, found.bias)) > loss(found)
        for code in range(3):
            assert loss(Calibrator(found.temperature, found.bias + step * np.eye(3)[code])) > loss(found)


def test_a_calibrator_is_the_same_wherever_its_fitting_begins() -> None:
    rows, labels, _ = problem(11, rows=200)
    scores = fit_scorer(rows, labels, 3, alpha=0.8, power=0.5).scores(rows) + np.array([0.3, 0.0, -0.2])
    found = fit_calibrator(scores, labels)
    again = fit_calibrator(scores, labels, near=Calibrator(0.3, np.array([2.0, -1.0, 0.5])))
    assert_allclose([again.temperature, *again.bias], [found.temperature, *found.bias], atol=1e-4)


def test_scores_that_part_the_classes_wholly_or_the_wrong_way_give_a_temperature_in_bounds() -> None:
    labels = np.arange(30) % 3
    scores = np.where(labels[:, None] == np.arange(3), 1.0, -1.0)
    sure, unsure = fit_calibrator(scores, labels), fit_calibrator(-scores, labels)
    assert sure.posteriors(scores).max(axis=1).min() > 0.999
    assert 5 < sure.temperature <= 1e3
    assert unsure.temperature == 1e-3
    assert_allclose(unsure.posteriors(scores), 1 / 3, atol=1e-2)


def test_fitting_gives_the_same_bits_each_time() -> None:
    rows, labels, _ = problem(9)
    first, second = (fit_scorer(rows, labels, 3, alpha=0.8, power=0.5) for _ in range(2))
    assert first.weights.tobytes() == second.weights.tobytes()
    assert fit_calibrator(first.scores(rows), labels).bias.tobytes() == fit_calibrator(second.scores(rows), labels).bias.tobytes()
