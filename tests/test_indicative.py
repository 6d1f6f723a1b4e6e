"""The range without an audit: what posteriors foretell, stretched by the errors on the training reports."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.evaluate import Judged
from pipeline.indicative import error_scale, expected_shares, indicative_range
from tests.populations import Array, Integers, small_book


def judged(posteriors: Array, category: Integers, documents: Integers) -> Judged:
    many = len(category)
    stages = np.tile([0.5, 0.5], (many, 1))
    zeros = np.zeros(many, dtype=np.int64)
    return Judged(small_book(), documents, zeros, np.full(many, 10.0), category, zeros, posteriors, stages)


def calibrated(seed: int, temperature: float = 1.0) -> Judged:
    """Return 80 reports of 60 sentences whose codes their posteriors foretell, but for a temperature that makes them too sure."""
    generator = np.random.default_rng(seed)
    posteriors = generator.dirichlet((0.6, 0.6, 0.6), 4800)
    truth = np.array([generator.choice(3, p=row) for row in posteriors], dtype=np.int64)
    sure = posteriors ** (1 / temperature)
    return judged(sure / sure.sum(axis=1, keepdims=True), truth, np.repeat(np.arange(80), 60))


def test_expected_shares_and_their_spread_by_hand() -> None:
    """Two sentences of one weight, posteriors .5 and .9: mean .7; variance (.25 + .09) / 4."""
    shares, spread = expected_shares(np.array([[0.5, 0.5], [0.9, 0.1]]), np.ones(2), np.zeros(2, dtype=np.int64), 1)
    assert shares[0] == pytest.approx([0.7, 0.3])
    assert spread[0] == pytest.approx([np.sqrt((0.25 + 0.09) / 4)] * 2)


def test_shares_are_among_the_domain() -> None:
    shares, _ = expected_shares(np.array([[0.3, 0.1, 0.6]]), np.ones(1), np.zeros(1, dtype=np.int64), 1, categories=2)
    assert shares[0] == pytest.approx([0.75, 0.25])


def test_a_group_without_sentences_has_shares_of_nought() -> None:
    shares, spread = expected_shares(np.array([[0.5, 0.5]]), np.ones(1), np.zeros(1, dtype=np.int64), 2)
    assert shares[1].tolist() == spread[1].tolist() == [0.0, 0.0]


def test_right_posteriors_stretch_by_the_normal_quantile() -> None:
    """Nine in ten errors lie within 1.645 of the standard deviations that they foretell themselves."""
    assert error_scale(calibrated(1)) == pytest.approx(1.645, abs=0.12)


def test_posteriors_that_are_too_sure_stretch_more() -> None:
    assert error_scale(calibrated(1, temperature=0.3)) > 2.2


def test_nine_in_ten_shares_of_other_reports_lie_in_the_range() -> None:
    scale, other = error_scale(calibrated(1, 0.5)), calibrated(2, 0.5)
    shares, spread = expected_shares(other.category_posteriors, other.characters, other.documents, 80)
    found = indicative_range(shares, spread, scale)
    truth = np.stack([np.bincount(other.category[other.documents == report], minlength=3) / 60 for report in range(80)])
    assert ((found.low <= truth) & (truth <= found.high)).mean() == pytest.approx(0.9, abs=0.04)
    assert (found.low >= 0).all()
    assert (found.high <= 1).all()
