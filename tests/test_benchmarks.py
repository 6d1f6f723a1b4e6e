"""The benchmarks of comparison measure what they say: on populations whose truth is made here."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.cases import Case, confidently_wrong
from benchmarks.coverage import labels_only, run
from benchmarks.findings import halves
from benchmarks.hardships import biased, hardships, in_groups, mistagged, strange_paragraphs, tempered
from benchmarks.plans import planned, realised
from benchmarks.prevalence import confusion_of, emq, simulated
from pipeline.contrast import Places
from pipeline.estimate import NORMAL, Sample
from pipeline.sample import CALIBRATED


def made(count: int = 1200, reports: int = 12, kinds: int = 5, seed: int = 1) -> Case:
    """Return a population of reports whose posteriors foretell the truth rightly."""
    generator = np.random.default_rng(seed)
    posteriors = generator.dirichlet(np.linspace(0.3, 0.05, kinds), count) * 0.999 + 0.001 / kinds
    truth = np.array([generator.choice(kinds, p=row / row.sum()) for row in posteriors], dtype=np.int64)
    report = np.arange(count) * reports // count
    places = Places(report // 2, report, np.arange(count) // 4)
    return Case("made", posteriors, generator.integers(5, 60, count).astype(float), truth, report * 0, places, ("all",))


def test_emq_finds_shares_that_moved_since_training() -> None:
    """Two normal classes two deviations apart, half and half in training, nine to one here; sure posteriors give the smoothed count."""
    generator = np.random.default_rng(2)
    truth = (generator.random(3000) < 0.1).astype(int)
    value = generator.normal(2.0 * truth, 1.0)
    second = 1 / (1 + np.exp(-(2 * value - 2)))
    posteriors, prior = np.stack([1 - second, second], axis=1), np.array([0.5, 0.5])
    assert posteriors.mean(axis=0)[1] > 0.2
    assert emq(posteriors, prior).mean(axis=0)[1] == pytest.approx(truth.mean(), abs=0.02)
    sure = np.eye(2)[[0, 0, 0, 1]] * (1 - 2e-9) + 1e-9
    assert emq(sure, prior).mean(axis=0) == pytest.approx([0.75, 0.25], abs=1e-6)


def test_simulated_shares_have_the_posteriors_mean_and_variance() -> None:
    posteriors, weights = np.array([[0.2, 0.8], [0.5, 0.5]]), np.array([0.25, 0.75])
    draws = simulated(posteriors, weights, np.random.default_rng(3))
    assert draws.sum(axis=1) == pytest.approx(np.ones(len(draws)))
    assert draws[:, 0].mean() == pytest.approx(0.425, abs=0.04)
    assert draws[:, 0].var() == pytest.approx(0.25**2 * 0.16 + 0.75**2 * 0.25, rel=0.1)


def test_confusion_counts_tags_by_truth() -> None:
    found = confusion_of(np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7]]), np.array([0, 1, 1]))
    assert np.round(found).tolist() == [[1, 1], [0, 1]]


def test_labels_only_is_the_usual_interval_of_a_simple_random_sample() -> None:
    """Equal weights, 40 of 400: share p, standard error the root of p (1 - p) / 39 times 1 - .1."""
    case = made(400, 4, 2)
    case = Case("equal", case.posteriors, np.ones(400), case.truth, case.groups, case.places, case.labels)
    index = np.arange(0, 400, 10)
    share = case.coded[index].mean(axis=0)
    point, half = labels_only(case, Sample(index, np.full(40, 0.1), case.coded[index], index))
    assert point[0] == pytest.approx(share)
    assert half[0] == pytest.approx(NORMAL * np.sqrt(share * (1 - share) / 39 * 0.9))


def test_coverage_of_a_calibrated_model_is_near_nominal() -> None:
    case = in_groups(made(), 3, np.random.default_rng(4), skew=0.3, name="made")
    tally, foretold = run([case], 40, 5)
    for size in (100, 300):
        assert 0.92 <= np.mean(tally.shares["made", size]) <= 1.0
        assert 0.92 <= np.mean(tally.differences["made", size]) <= 1.0
    assert foretold["planned", "made", 100] > foretold["planned", "made", 300] > 0


def test_every_hard_case_can_be_audited_and_keeps_rows_together() -> None:
    found = list(hardships(made(), 6))
    assert len({case.name for case in found}) == len(found) > 10
    for case in found:
        assert case.posteriors.sum(axis=1) == pytest.approx(np.ones(len(case.truth)))
        assert case.groups.max() < case.count
        assert np.isfinite(case.estimate(case.audit(case.chance(200), np.random.default_rng(7))).point).any()


def test_hardships_spoil_what_they_say() -> None:
    case, generator = made(), np.random.default_rng(8)
    right = case.posteriors.argmax(axis=1)
    assert (tempered(case.posteriors, 0.2).argmax(axis=1) == right).all()
    assert (
        tempered(case.posteriors, 0.2).max(axis=1).mean()
        > case.posteriors.max(axis=1).mean()
        > tempered(case.posteriors, 3).max(axis=1).mean()
    )
    assert (mistagged(case, 0.15, generator).argmax(axis=1) != case.truth).mean() == pytest.approx(0.15, abs=0.04)
    groups = in_groups(case, 4, generator, skew=0.5)
    moved = biased(groups, 0.6).posteriors.argmax(axis=1) != groups.posteriors.argmax(axis=1)
    assert moved.any()
    assert not moved[groups.groups % 2 == 0].any()
    strange = (strange_paragraphs(case, 0.15, generator).posteriors != case.posteriors).any(axis=1)
    assert strange.mean() == pytest.approx(0.15, abs=0.05)
    wrong = confidently_wrong(case, np.arange(1200) < 600, generator)
    assert not (wrong.posteriors != case.posteriors)[600:].any()


def test_halves_are_of_one_report_each() -> None:
    split = halves(made(), "paragraphs", np.random.default_rng(9))
    assert split.count == 24
    for group in range(24):
        assert set(split.places.report[split.groups == group]) == {group // 2}


def test_plans_and_what_became_of_them() -> None:
    case = in_groups(made(3000, 12), 2, np.random.default_rng(10), skew=0.2, name="made")
    need, half = planned(case, 0.03, CALIBRATED, pairs=False)
    assert half <= 0.03
    assert np.mean(realised(case, need, 10, 11, pairs=False)) == pytest.approx(half, rel=0.2)
