"""Drawing with known inclusion probabilities."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.estimate import LEAST_AUDITED, NORMAL
from pipeline.sample import Precision, Trust, draw, importance, inclusion_probabilities, precision, smallest
from tests.populations import Array, Integers


def sentences(count: int = 300, groups: int = 3, seed: int = 1) -> tuple[Array, Array, Integers]:
    generator = np.random.default_rng(seed)
    posteriors = generator.dirichlet((0.3, 0.2, 0.1), count)
    return posteriors, generator.integers(5, 80, count).astype(float), np.arange(count) % groups


def test_a_sentence_matters_by_its_weight_and_its_doubt() -> None:
    """By hand: doubt p(1 - p) summed, .5 and 0, and the floor .03 under the root, in units of the weighted shares' sum."""
    found = importance(np.array([[0.5, 0.5], [1.0, 0.0]]), np.array([10.0, 10.0]))
    assert found[0] / found[1] == pytest.approx(np.sqrt((0.5 + 0.03) / 0.03))
    assert importance(np.array([[1.0, 0.0]] * 2), np.array([10.0, 30.0])).tolist() == pytest.approx([1.732, 5.196], abs=1e-3)


def test_with_rare_doubts_about_a_rare_category_matter_more() -> None:
    posteriors = np.vstack([np.tile([1.0, 0.0, 0.0], (97, 1)), [[0.5, 0.0, 0.5]], [[0.5, 0.5, 0.0]], np.tile([0, 1.0, 0], (50, 1))])
    plain, rare = (importance(posteriors, np.ones(149), rare=flag) for flag in (False, True))
    assert plain[97] == pytest.approx(plain[98])
    assert rare[97] > 1.5 * rare[98]


@given(st.integers(0, 2**32), st.integers(1, 400), st.integers(1, 6))
@settings(max_examples=60, deadline=None)
def test_probabilities_sum_to_the_audit_and_each_sentence_can_be_drawn(seed: int, count: int, groups: int) -> None:
    posteriors, weights, member = sentences(groups=groups, seed=seed)
    chance = inclusion_probabilities(importance(posteriors, weights), weights, member, count)
    assert chance.sum() == pytest.approx(min(count, 300))
    assert (chance <= 1).all()
    if count >= LEAST_AUDITED * groups:
        assert (chance > 0).all()
        assert np.bincount(member, weights=chance).min() >= LEAST_AUDITED - 1e-6


def test_each_group_gets_a_whole_number_and_each_draw_has_it() -> None:
    posteriors, weights, member = sentences()
    chance = inclusion_probabilities(importance(posteriors, weights), weights, member, 100)
    each = np.bincount(member, weights=chance)
    assert each == pytest.approx(np.round(each))
    for seed in range(20):
        drawn = draw(chance, member, posteriors, np.random.default_rng(seed))
        assert len(np.unique(drawn)) == len(drawn) == 100
        assert np.bincount(member[drawn]).tolist() == np.round(each).tolist()


def test_sentences_are_drawn_as_often_as_their_probability_says() -> None:
    """4,000 draws: no frequency is off by more than 5 standard errors, and the squared errors have the mean that they should."""
    posteriors, weights, member = sentences(60, 2)
    chance = inclusion_probabilities(importance(posteriors, weights), weights, member, 24)
    generator = np.random.default_rng(2)
    often = np.zeros(60)
    for _ in range(4000):
        often[draw(chance, member, posteriors, generator)] += 1
    inside = (chance > 1e-9) & (chance < 1 - 1e-9)
    score = (often[inside] / 4000 - chance[inside]) / np.sqrt(chance[inside] * (1 - chance[inside]) / 4000)
    assert np.abs(score).max() < 5
    assert (score**2).mean() < 1.6
    assert (often[~inside] == 4000 * np.round(chance[~inside])).all()


def test_every_predicted_category_gets_its_part_to_within_one_sentence() -> None:
    posteriors, weights, member = sentences(400, 1)
    chance = inclusion_probabilities(importance(posteriors, weights), weights, member, 80)
    foretold = np.bincount(posteriors.argmax(axis=1), weights=chance)
    for seed in range(10):
        drawn = draw(chance, member, posteriors, np.random.default_rng(seed))
        assert np.abs(np.bincount(posteriors[drawn].argmax(axis=1), minlength=3) - foretold).max() <= 1 + 1e-9


def test_the_same_seed_draws_the_same() -> None:
    posteriors, weights, member = sentences()
    chance = inclusion_probabilities(importance(posteriors, weights), weights, member, 50)
    first, second, third = (draw(chance, member, posteriors, np.random.default_rng(seed)).tolist() for seed in (1, 1, 2))
    assert first == second != third


def test_a_sentence_is_drawn_whatever_its_group_weighs() -> None:
    """A group of ten short sentences among long ones is audited whole: no interval needs more than there is."""
    posteriors = np.tile([0.6, 0.4], (110, 1))
    weights, member = np.array([5.0] * 10 + [60.0] * 100), np.array([0] * 10 + [1] * 100)
    chance = inclusion_probabilities(importance(posteriors, weights), weights, member, 40)
    assert chance[:10] == pytest.approx(np.ones(10))


def test_half_width_by_hand() -> None:
    """2,000 sentences of posterior .5 and weight 2, drawn with probability .5: the root of 2,000 * 4 * 1 * .25, over 4,000."""
    posteriors, weights = np.full((2000, 2), 0.5), np.full(2000, 2.0)
    found = precision(posteriors, weights, np.zeros(2000, dtype=np.int64), np.full(2000, 0.5))
    assert found.half[0] == pytest.approx([NORMAL * np.sqrt(2000) / 4000] * 2, rel=1e-3)
    assert found.audited.tolist() == [1000.0]


def test_half_widths_end_at_nought_and_differences_add_variances() -> None:
    found = Precision(np.array([[0.3, 0.1], [0.4, 0.1]]), np.array([[0.1, 0.9], [0.5, 0.5]]), np.array([20.0, 20.0]))
    assert found.shares == pytest.approx(np.array([[0.2, 0.1], [0.4, 0.1]]))
    assert found.differences == pytest.approx(np.array([[0.5, 0.1 * np.sqrt(2)]]))


def test_a_model_that_is_less_to_be_trusted_makes_wider_intervals() -> None:
    posteriors, weights, member = sentences(900)
    chance = inclusion_probabilities(importance(posteriors, weights), weights, member, 200)
    plain, ratio, missed = (
        precision(posteriors, weights, member, chance, trust).half.mean() for trust in (Trust(), Trust(ratio=4.0), Trust(0.1))
    )
    assert ratio == pytest.approx(2 * plain)
    assert missed > 1.05 * plain


def test_the_smallest_audit_does_and_one_sentence_less_does_not() -> None:
    posteriors, weights, member = sentences(3000)
    size = importance(posteriors, weights)
    need = smallest(posteriors, weights, member, 0.025, pairs=False)
    halves = [
        precision(posteriors, weights, member, inclusion_probabilities(size, weights, member, count)).shares.mean()
        for count in (need, need - 1)
    ]
    assert halves[0] <= 0.025 < halves[1]
    assert need < smallest(posteriors, weights, member, 0.025, pairs=True) < smallest(posteriors, weights, member, 0.02, pairs=True)
