"""Differences of groups: what is chance, what is emphasis, and what may be called either."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from pipeline.contrast import LESS, MORE, UNKNOWN, Places, Writing, adjusted, cluster_kinds, differences, verdicts, writing
from pipeline.estimate import NORMAL, Shares
from tests.populations import Array, Integers

# Benjamini & Hochberg (1995), section 3.2: fifteen hypotheses on rt-PA and APSAC; the procedure at 5% rejects the first four.
PUBLISHED = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]


def shares(point: list[list[float]], deviation: float) -> Shares:
    """Return audited shares that all have one standard deviation."""
    values = np.array(point)
    variance = np.full(values.shape, deviation**2)
    return Shares(values, values, variance, np.full(values.shape, 1e6), np.full(len(values), 50), np.ones(len(values)))


def places(units: list[int], reports: list[int], paragraphs: list[int]) -> Places:
    return Places(*(np.array(numbers, dtype=np.int64) for numbers in (units, reports, paragraphs)))


def measured(codes: list[int], groups: list[int], where: Places, weights: Array | None = None) -> Writing:
    many = np.ones(len(codes)) if weights is None else weights
    return writing(np.eye(2)[codes], many, np.array(groups), where, categories=2, count=max(groups) + 1)


FIRST, SECOND = np.array([0]), np.array([1])
# Two groups of two units each, which write alike.
STEADY = measured(
    [0, 1, 0, 1, 0, 1, 0, 1], [0, 0, 0, 0, 1, 1, 1, 1], places([0, 0, 1, 1, 2, 2, 3, 3], [0, 0, 1, 1, 2, 2, 3, 3], [*range(8)])
)


def test_benjamini_and_hochberg_reject_the_four_of_their_example() -> None:
    q = adjusted(np.array(PUBLISHED))
    assert (q <= 0.05).sum() == 4
    assert q[3] == pytest.approx(0.0095 * 15 / 4)
    assert q[4] > 0.05


def test_q_values_leave_out_what_is_not_known() -> None:
    """A pair without audit takes no part: the others' q is as if it weren't there."""
    p = np.array([0.01, np.nan, 0.04])
    assert adjusted(p)[[0, 2]] == pytest.approx([0.02, 0.04])
    assert np.isnan(adjusted(p)[1])
    assert np.isnan(adjusted(np.array([np.nan]))).all()


def test_interval_and_p_of_the_texts_by_hand() -> None:
    """Standard deviation of each share .03, so of the difference .03 times the root of 2; the difference is .1."""
    found = differences(shares([[0.6, 0.4], [0.5, 0.5]], 0.03), STEADY, FIRST, SECOND)
    error = 0.03 * np.sqrt(2)
    assert found.difference[0] == pytest.approx([0.1, -0.1])
    assert found.low[0, 0] == pytest.approx(0.1 - NORMAL * error)
    assert found.high[0, 1] == pytest.approx(-0.1 + NORMAL * error)
    assert found.p_text[0, 0] == pytest.approx(2 * stats.norm.sf(0.1 / error))


def test_a_pair_the_other_way_round_has_the_difference_of_the_other_sign() -> None:
    both = shares([[0.6, 0.4], [0.45, 0.55]], 0.03)
    one, other = (differences(both, STEADY, *order) for order in ((FIRST, SECOND), (SECOND, FIRST)))
    assert one.difference == pytest.approx(-other.difference)
    assert one.low == pytest.approx(-other.high)
    assert one.p == pytest.approx(other.p)


def test_equal_shares_are_no_difference_and_a_census_leaves_no_doubt_of_the_texts() -> None:
    found = differences(shares([[0.5, 0.5], [0.5, 0.5]], 0.0), STEADY, FIRST, SECOND)
    assert found.p_text.tolist() == [[1.0, 1.0]]
    assert found.p.tolist() == [[1.0, 1.0]]
    apart = differences(shares([[0.6, 0.4], [0.5, 0.5]], 0.0), STEADY, FIRST, SECOND)
    assert apart.p_text.tolist() == [[0.0, 0.0]]
    assert (apart.low == apart.high).all()


def test_a_group_without_audit_has_no_p_value() -> None:
    unknown = replace(shares([[0.6, 0.4], [0.5, 0.5]], 0.03), point=np.array([[0.6, 0.4], [np.nan, np.nan]]))
    found = differences(replace(unknown, centre=unknown.point), STEADY, FIRST, SECOND)
    assert np.isnan(found.p).all()
    assert (verdicts(found.difference, adjusted(found.p)) == UNKNOWN).all()


def test_verdicts_follow_sign_and_q() -> None:
    found = verdicts(np.array([0.1, -0.1, 0.1, 0.0]), np.array([0.05, 0.01, 0.06, 0.0]))
    assert found.tolist() == [MORE, LESS, UNKNOWN, UNKNOWN]


@pytest.mark.parametrize(
    ("where", "kind"),
    [
        (places([0, 1], [0, 1], [0, 1]), 0),
        (places([0, 0], [0, 1], [0, 1]), 1),
        (places([0, 0], [0, 0], [0, 1]), 2),
    ],
)
def test_chance_is_between_the_coarsest_writers_that_a_group_has_two_of(where: Places, kind: int) -> None:
    """Units, else reports, else paragraphs."""
    assert cluster_kinds(np.zeros(2, dtype=np.int64), where, 1).tolist() == [kind]


def test_texts_that_differ_need_not_be_writers_that_do() -> None:
    """Two groups of two units: within each, one unit writes of nothing but the first category. A census shows the texts to differ."""
    codes = [0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1, 1, 1]
    units = [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3]
    written = measured(codes, [0] * 8 + [1] * 8, places(units, units, list(range(16))))
    found = differences(shares([[0.5, 0.5], [3 / 8, 5 / 8]], 0.001), written, FIRST, SECOND)
    assert found.p_text.max() < 1e-6
    assert found.p.min() > 0.3


def test_many_units_that_all_differ_the_same_way_are_emphasis() -> None:
    generator = np.random.default_rng(1)
    units = np.repeat(np.arange(20), 10)
    codes = (generator.random(200) < np.where(units < 10, 0.3, 0.7)).astype(int)
    written = measured(codes.tolist(), (units // 10).tolist(), places(units.tolist(), units.tolist(), list(range(200))))
    found = differences(shares(written.share.tolist(), 0.001), written, FIRST, SECOND)
    assert found.p.max() < 1e-4


def test_periods_of_the_same_units_are_compared_within_them() -> None:
    """Units differ much, each says a little more of the second category in the second year: paired, that is seen."""
    levels, codes, groups, units = np.linspace(0.1, 0.8, 8), [], [], []
    for unit, level in enumerate(levels):
        for year in range(2):
            many = round(50 * (level + (0.1 + 0.04 * (unit % 3)) * year))
            codes += [1] * many + [0] * (50 - many)
            groups += [year] * 50
            units += [unit] * 50
    reports = (2 * np.array(units) + np.array(groups)).tolist()
    paired = measured(codes, groups, places(units, reports, list(range(800))))
    apart = measured(codes, groups, places(reports, reports, list(range(800))))
    audited = shares(paired.share.tolist(), 0.001)
    with_pairs, without = (differences(audited, written, FIRST, SECOND).p[0, 0] for written in (paired, apart))
    assert paired.correlation(FIRST, SECOND)[0, 0] > 0.8
    assert apart.correlation(FIRST, SECOND)[0, 0] == 0.0
    assert with_pairs < 0.1 < 0.2 < without


def test_variance_between_clusters_by_hand() -> None:
    """Ultimate clusters: two reports of 4 sentences, 3 and 1 of the first category; share .5, sum of squares 1 + 1, times 2, over 64."""
    codes: list[int] = [0, 0, 0, 1, 0, 1, 1, 1]
    written = measured(codes, [0] * 8, places([0] * 8, [0] * 4 + [1] * 4, list(range(8))))
    assert written._own(np.array([0]), np.array([[0.5, 0.5]]))[0] == pytest.approx([2 * 2 / 64] * 2)


def test_a_single_report_is_judged_by_its_paragraphs_under_equal_shares() -> None:
    """A category that fills one paragraph of a report, and none of the other's, is no finding: what a score test guards against."""
    codes = [0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]
    paragraphs: Integers = np.repeat(np.arange(8), 2)
    reports = np.repeat([0, 1], 8).tolist()
    written = measured(codes, reports, places(reports, reports, paragraphs.tolist()))
    found = differences(shares([[0.5, 0.5], [0.0, 1.0]], 0.001), written, FIRST, SECOND)
    assert written.kind.tolist() == [2, 2]
    assert found.p.min() > 0.05
