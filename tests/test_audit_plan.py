"""Plans: how many sentences for which precision, and whether audits then have it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pipeline.audit_plan import DIFFERENCES, SHARES, plan_audit, trust_in
from pipeline.errors import TableError
from pipeline.estimate import Sample, audited_shares
from pipeline.population import group
from pipeline.sample import LEAST_PLANNED, draw, importance, inclusion_probabilities
from tests.populations import census, small_population

POPULATION, TRUTH = small_population(sentences=500)


def test_a_plan_names_each_kind_of_comparison() -> None:
    plans = plan_audit(POPULATION, None, 0.03)
    assert [(plan.groups, plan.count, plan.what) for plan in plans] == [
        ("all reports", 1, SHARES),
        ("unit", 2, SHARES),
        ("unit", 2, DIFFERENCES),
        ("period", 2, SHARES),
        ("period", 2, DIFFERENCES),
        ("unit,period", 4, SHARES),
        ("unit,period", 4, DIFFERENCES),
    ]
    assert all(plan.typical <= 0.03 + 1e-9 and plan.typical <= plan.widest for plan in plans)
    sentences = [plan.sentences for plan in plans]
    assert LEAST_PLANNED <= sentences[0] < sentences[1] < sentences[2]


def test_narrower_intervals_need_more_sentences_and_at_most_all() -> None:
    needs = [plan_audit(POPULATION, [("unit",)], within)[0].sentences for within in (0.05, 0.03, 0.01, 0.00001)]
    assert needs == sorted(needs)
    assert len(set(needs)) == 4
    assert needs[-1] == 2000


@pytest.mark.parametrize("what", [SHARES, DIFFERENCES])
def test_audits_are_as_precise_as_planned(what: str) -> None:
    """Mean half width of 20 audits within 15% of the plan; the larger version is benchmarks/plans.py."""
    units = group(POPULATION, ("unit",))
    plan = next(plan for plan in plan_audit(POPULATION, [("unit",)], 0.03) if plan.what == what)
    size = importance(POPULATION.category, POPULATION.weights)
    chance = inclusion_probabilities(size, POPULATION.weights, units.member, plan.sentences)
    widths = []
    for seed in range(20):
        rows = draw(chance, units.member, POPULATION.category, np.random.default_rng(seed))
        sample = Sample(rows, chance[rows], np.eye(3)[TRUTH[rows]], POPULATION.places.paragraph[rows])
        shares = audited_shares(POPULATION.category, POPULATION.weights, units.member, sample, categories=3, count=2)
        low, high = shares.interval
        widths.append(1.96 * np.sqrt(shares.variance.sum(axis=0)).mean() if what == DIFFERENCES else (high - low).mean() / 2)
    assert np.mean(widths) == pytest.approx(plan.typical, rel=0.15)


def test_a_pilot_that_finds_more_errors_asks_for_more() -> None:
    wrong = np.where(np.arange(2000) % 3 == 0, (TRUTH + 1) % 3, TRUTH)
    pilots = [None, replace(census(POPULATION, TRUTH), probability=np.full(2000, 0.5))]
    pilots.append(replace(census(POPULATION, wrong), probability=np.full(2000, 0.5)))
    plain, right, errs = (plan_audit(POPULATION, [("unit",)], 0.03, pilot)[0].sentences for pilot in pilots)
    assert right == pytest.approx(plain, rel=0.12)
    assert errs > 1.5 * plain


def test_trust_in_right_posteriors_is_full_and_in_sure_wrong_ones_small() -> None:
    half = np.full(2000, 0.5)
    right = trust_in(POPULATION.category, np.eye(3)[TRUTH], POPULATION.weights, half)
    assert right.missed < 0.01
    assert right.ratio == pytest.approx(1, abs=0.12)
    sure = np.eye(3)[TRUTH]
    wrong = np.eye(3)[np.where(np.arange(2000) % 10 == 0, (TRUTH + 1) % 3, TRUTH)]
    assert trust_in(sure, wrong, POPULATION.weights, half).missed == pytest.approx(0.1, abs=0.001)
    assert trust_in(sure, sure, POPULATION.weights, half).missed == 0.0


def test_a_table_without_periods_is_planned_without_them_unless_they_are_asked_for() -> None:
    population = replace(POPULATION, table=POPULATION.table.assign(period=""))
    assert {plan.groups for plan in plan_audit(population, None, 0.03)} == {"all reports", "unit"}
    with pytest.raises(TableError, match="no period is known"):
        plan_audit(population, [("period",)], 0.03)
    with pytest.raises(TableError, match="nothing to group by"):
        plan_audit(population, [("colour",)], 0.03)
