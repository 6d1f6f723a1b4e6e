"""Audited shares against values worked by hand, and what must hold for any audit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pipeline.estimate import (
    LEAST_AUDITED,
    UNSEEN_ERRORS,
    Sample,
    Shares,
    _linearised,
    _sampled_variance,
    _tuning,
    audited_shares,
    foretold_variance,
    missed_doubt,
    onto_simplex,
    realised_ratio,
    weighted_shares,
)
from tests.populations import Array, Integers, simple_sample


def population(count: int, seed: int, sharp: float = 0.3) -> tuple[Array, Array, Integers]:
    """Return posteriors of three categories, weights, and codes that the posteriors foretell rightly."""
    generator = np.random.default_rng(seed)
    posteriors = generator.dirichlet((sharp, sharp, sharp / 2), count)
    truth = np.array([generator.choice(3, p=row) for row in posteriors], dtype=np.int64)
    return posteriors, generator.integers(5, 80, count).astype(float), truth


def estimate(posteriors: Array, weights: Array, sample: Sample, groups: Integers | None = None) -> Shares:
    groups = np.zeros(len(weights), dtype=np.int64) if groups is None else groups
    return audited_shares(posteriors, weights, groups, sample, categories=posteriors.shape[1], count=int(groups.max()) + 1)


def test_an_audit_of_all_sentences_gives_the_truth_with_no_width() -> None:
    """Whatever the posteriors say: here they are sure of the wrong category."""
    _, weights, truth = population(80, 1)
    wrong = np.eye(3)[(truth + 1) % 3]
    every = np.arange(80)
    shares = estimate(wrong, weights, Sample(every, np.ones(80), np.eye(3)[truth], every))
    real = weighted_shares(np.eye(3)[truth], weights, np.zeros(80, dtype=np.int64), 1)
    assert shares.point == pytest.approx(real)
    assert shares.interval[0] == pytest.approx(real)
    assert shares.interval[1] == pytest.approx(real)


def test_posteriors_that_say_nothing_leave_the_weighted_share_of_the_sample() -> None:
    """Hajek's mean by hand: weights over probabilities 4/.5, 6/.5, 3/.25, 9/.25 (and eight of 1/.5) sum to 84."""
    weights = np.array([4.0, 6, 3, 9, *[1.0] * 8, *[5.0] * 20])
    chance = np.array([0.5, 0.5, 0.25, 0.25, *[0.5] * 8])
    coded = np.eye(2)[[0, 1, 0, 1, *[1] * 8]]
    sample = Sample(np.arange(12), chance, coded, np.arange(12))
    shares = estimate(np.full((32, 2), 0.5), weights, sample)
    assert shares.point[0, 0] == pytest.approx((8 + 12) / (8 + 12 + 12 + 36 + 16))


def test_the_correction_is_the_mean_error_of_the_sample() -> None:
    """Difference estimator by hand, equal weights: expected .5 of 40, and of 10 audited one fifth more of the first than foretold."""
    posteriors = np.tile([[0.9, 0.1], [0.1, 0.9]], (20, 1))
    truth = np.array([0, 1, 0, 1, 0, 1, 0, 0, 0, 0])
    sample = Sample(np.arange(10), np.full(10, 0.25), np.eye(2)[truth], np.arange(10))
    shares = estimate(posteriors, np.ones(40), sample)
    tuning = shares.tuning[0]
    # The slope of code on posterior in the sample: all of the odd places are 0, three of the even ones 1 where .1 stood.
    assert tuning == pytest.approx(np.polyfit(posteriors[:10, 0], 1.0 - truth, 1)[0])
    assert shares.point[0, 0] == pytest.approx(tuning * 0.5 + 0.7 - tuning * 0.5)


def test_tuning_is_the_slope_of_codes_on_posteriors() -> None:
    """PPI++: with one category it is the regression slope; 1 where posteriors are right, less where they are too sure."""
    generator = np.random.default_rng(3)
    predicted = generator.random(4000)
    coded = (generator.random(4000) < 0.5 + 0.4 * (predicted - 0.5)).astype(float)
    doubt, error = (np.stack([values - values.mean(), values.mean() - values], axis=1) for values in (predicted, coded))
    assert _tuning(doubt, error, np.full(4000, 0.1)) == pytest.approx(np.polyfit(predicted, coded, 1)[0])
    assert _tuning(-doubt, error, np.full(4000, 0.1)) == 0.0
    assert _tuning(np.zeros((5, 2)), np.zeros((5, 2)), np.ones(5)) == 1.0


def test_sentences_that_are_surely_drawn_add_no_variance() -> None:
    """Finite population: variance falls by the factor 1 - pi, here from a tenth sampled to nine tenths."""
    posteriors, weights, truth = population(2000, 4)
    widths = []
    for part in (0.1, 0.9):
        sample = simple_sample(truth, round(2000 * part), 3, np.random.default_rng(5))
        shares = estimate(posteriors, weights, sample)
        widths.append(float(np.sqrt(shares.variance).mean()) * np.sqrt(len(sample.index)))
    assert widths[1] / widths[0] == pytest.approx(np.sqrt(0.1 / 0.9), rel=0.15)


def test_errors_that_go_with_their_paragraph_add_their_products() -> None:
    """Four sentences in two paragraphs, terms 1, 1, -1, -1: sums of paragraphs 2 and -2, so 8 - 4 more than apart."""
    terms = np.array([[1.0], [1.0], [-1.0], [-1.0]])
    posteriors = np.array([[0.9], [0.8], [0.7], [0.6]])
    apart = _sampled_variance(terms, posteriors, np.arange(4))
    together = _sampled_variance(terms, posteriors, np.array([0, 0, 1, 1]))
    assert (together - apart)[0] == pytest.approx(4.0)


def test_successive_differences_by_hand() -> None:
    """Wolter 8.2.3 on a ring: terms in order of certainty 0, 1, 3; differences 1, 2, 3; 3/2/2 * 14."""
    terms = np.array([[3.0], [0.0], [1.0]])
    found = _sampled_variance(terms, np.array([[0.9, 0.0], [0.5, 0.0], [0.7, 0.0]])[:, :1], np.arange(3))
    assert found[0] == pytest.approx(3 / 2 / 2 * (1 + 4 + 9))


def test_a_simple_random_sample_has_the_plain_variance() -> None:
    """Terms 0, 1, 3 around 4/3: squares sum to 42/9, times 3/2; the order of certainty says nothing then."""
    found = _sampled_variance(np.array([[3.0], [0.0], [1.0]]), None, np.arange(3))
    assert found[0] == pytest.approx(3 / 2 * 42 / 9)


def test_a_right_posterior_foretells_the_variance_of_bernoulli() -> None:
    found = foretold_variance(np.array([[0.3, 0.7]]), np.array([0.5, 0.5]), np.ones(1), 0.0)
    assert found[0] == pytest.approx([0.21, 0.21])


def test_shares_of_a_domain_are_linearised_as_a_ratio() -> None:
    """A sentence outside the domain (last class) changes no share; one of the first category changes both."""
    found = _linearised(np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]), np.array([0.25, 0.75]))
    assert found == pytest.approx(np.array([[0.0, 0.0], [0.75, -0.75]]))


def test_shares_are_among_sentences_of_the_domain() -> None:
    """Class 3 is outside: an audit of everything gives 30 of 50 and 20 of 50, not of 80."""
    truth = np.repeat([0, 1, 2], [30, 20, 30])
    every = np.arange(80)
    sample = Sample(every, np.ones(80), np.eye(3)[truth], every)
    shares = audited_shares(np.full((80, 3), 1 / 3), np.ones(80), np.zeros(80, dtype=np.int64), sample, categories=2, count=1)
    assert shares.point[0] == pytest.approx([0.6, 0.4])


def test_unseen_errors_are_reckoned_with() -> None:
    """99 sure posteriors: all right, half an error in a hundred; three wrong, three and a half."""
    sure = np.eye(2)[np.zeros(99, dtype=int)]
    wrong = np.eye(2)[[1, 1, 1, *[0] * 96]]
    assert missed_doubt(sure, sure) == pytest.approx(UNSEEN_ERRORS / 100)
    assert missed_doubt(sure, wrong) == pytest.approx((3 + UNSEEN_ERRORS) / 100)
    assert missed_doubt(np.full((99, 2), 0.5), wrong) == pytest.approx(UNSEEN_ERRORS / 100)


def test_ratio_of_variances_found_and_foretold() -> None:
    foretold, degrees = np.array([[1.0, 2.0], [3.0, 4.0]]), np.full((2, 2), 50.0)
    assert realised_ratio(foretold, foretold, degrees) == pytest.approx(np.ones((2, 2)))
    assert realised_ratio(3 * foretold, foretold, degrees) == pytest.approx(np.full((2, 2), 3.0))
    assert realised_ratio(np.zeros((2, 2)), foretold, degrees, least=0.25) == pytest.approx(np.full((2, 2), 0.25))
    assert realised_ratio(foretold, np.zeros((2, 2)), degrees) == pytest.approx(np.ones((2, 2)))
    worse = realised_ratio(np.array([[1.0, 2.0], [30.0, 40.0]]), foretold, degrees)
    assert worse[1].min() > 5 > 2 > worse[0].max()


def test_a_group_with_few_audited_sentences_has_no_share() -> None:
    posteriors, weights, truth = population(60, 6)
    groups = np.repeat([0, 1], 30)
    index = np.concatenate([np.arange(20), np.arange(30, 30 + LEAST_AUDITED - 1)])
    shares = estimate(posteriors, weights, Sample(index, np.full(len(index), 0.5), np.eye(3)[truth[index]], index), groups)
    assert shares.enough.tolist() == [True, False]
    assert not np.isnan(shares.point[0]).any()
    assert np.isnan(shares.point[1]).all()


@given(arrays(float, st.integers(1, 8), elements=st.floats(-2, 2)))
def test_projection_is_the_nearest_point_of_the_simplex(values: Array) -> None:
    """Its entries aren't negative, sum to 1, and no other such vector is nearer: the optimality condition of a convex set."""
    nearest = onto_simplex(values)
    assert nearest.min() >= 0
    assert nearest.sum() == pytest.approx(1)
    assert onto_simplex(nearest) == pytest.approx(nearest)
    corners = np.eye(len(values))
    assert ((values - nearest) @ (corners - nearest).T).max() <= 1e-9


@given(st.integers(0, 2**32), st.integers(10, 200), st.sampled_from([0.001, 0.05, 1.0]), st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_any_audit_gives_numbers_on_the_simplex_within_their_interval(seed: int, count: int, sharp: float, groups: int) -> None:
    generator = np.random.default_rng(seed)
    posteriors = generator.dirichlet(np.full(4, sharp), 200)
    weights = generator.lognormal(3, 1.5, 200)
    truth = generator.integers(0, generator.integers(1, 5), 200)
    group = generator.integers(0, groups, 200)
    chance = generator.uniform(0.05, 1, count)
    index = generator.choice(200, count, replace=False)
    sample = Sample(index, chance, np.eye(4)[truth[index]], index // 3)
    shares = audited_shares(posteriors, weights, group, sample, categories=4, count=groups)
    low, high = (ends[shares.enough] for ends in shares.interval)
    point = shares.point[shares.enough]
    assert np.isfinite(shares.variance[shares.enough]).all()
    assert (low >= 0).all()
    assert (high <= 1).all()
    assert (low <= point).all()
    assert (point <= high).all()
    assert point.sum(axis=1) == pytest.approx(np.ones(len(point)))


def test_the_estimate_is_right_on_average_though_the_model_is_wrong() -> None:
    """Every third sentence of the first category is taken for the second, surely: counting is off by 10 points, the audit by none."""
    _, weights, truth = population(600, 7)
    wrong = np.where((truth == 0) & (np.arange(600) % 3 == 0), 1, truth)
    posteriors = np.eye(3)[wrong] * 0.997 + 0.001
    real = weighted_shares(np.eye(3)[truth], weights, np.zeros(600, dtype=np.int64), 1)[0]
    found = [
        estimate(posteriors, weights, simple_sample(truth, 100, 3, np.random.default_rng(seed))).centre[0] for seed in range(400)
    ]
    error = np.std(found, axis=0) / np.sqrt(len(found))
    assert np.abs(weights / weights.sum() @ posteriors - real).max() > 0.08
    assert (np.abs(np.mean(found, axis=0) - real) < 3.5 * error + 1e-3).all()


@pytest.mark.parametrize("error", [0.03, 0.2])
def test_intervals_cover_though_posteriors_are_far_too_sure(error: float) -> None:
    """Nominal 95%, 12 groups of 25 audited sentences, posteriors that admit no error: the dangerous case."""
    generator = np.random.default_rng(8)
    truth = generator.integers(0, 5, 2400)
    tags = np.where(generator.random(2400) < error, generator.integers(0, 5, 2400), truth)
    posteriors = np.eye(5)[tags] * (1 - 5e-6) + 1e-6
    weights, groups = generator.integers(5, 80, 2400).astype(float), np.arange(2400) % 12
    real = weighted_shares(np.eye(5)[truth], weights, groups, 12)
    covered = []
    for seed in range(60):
        sample = simple_sample(truth, 300, 5, np.random.default_rng([9, seed]))
        low, high = estimate(posteriors, weights, sample, groups).interval
        covered.append(np.mean((low <= real) & (real <= high)))
    assert 0.93 <= np.mean(covered) <= 0.99


def test_weighted_shares_by_hand_and_of_a_group_without_weight() -> None:
    found = weighted_shares(np.eye(2)[[0, 1, 1]], np.array([3.0, 1.0, 2.0]), np.array([0, 0, 1]), 3)
    assert found.tolist() == [[0.75, 0.25], [0.0, 1.0], [0.0, 0.0]]
