"""Comparisons: what the tables say of a census, of thin groups and of missing ones; never a NaN."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from pipeline.agreement import reliability
from pipeline.audit import Audit, match_audit
from pipeline.compare import ALL, AUDITED, TOO_FEW, UNAUDITED, Comparison, Settings, groups_without_audit
from pipeline.contrast import UNKNOWN
from pipeline.population import Population, subset
from pipeline.sample import draw, importance, inclusion_probabilities
from pipeline.tables import DIFFERENCE_COLUMNS, TREND_COLUMNS, differences_table, emphasis_table, trend_table
from tests.populations import CODES, Integers, census, labels_at, small_population

POPULATION, TRUTH = small_population()
BY_UNIT = Settings(("unit",), scale=1.5)


def audit_of(population: Population, truth: Integers, count: int, seed: int = 1) -> Audit:
    """Draw an audit of all sentences alike, and code it without error."""
    member = np.zeros(len(truth), dtype=np.int64)
    chance = inclusion_probabilities(importance(population.category, population.weights), population.weights, member, count)
    rows = draw(chance, member, population.category, np.random.default_rng(seed))
    return match_audit(labels_at(population, rows.tolist(), truth, chance), population)


def tables(comparison: Comparison) -> list[pd.DataFrame]:
    return [
        emphasis_table(comparison, "zh"),
        differences_table(comparison, "zh"),
        trend_table(comparison, "zh"),
    ]


def assert_no_nan(comparison: Comparison) -> None:
    for table in tables(comparison):
        cells = table.to_numpy(dtype=object).ravel()
        assert not [cell for cell in cells if isinstance(cell, float) and np.isnan(cell)]
        assert "nan" not in table.to_csv().lower()


def test_a_census_gives_the_true_shares_with_no_width() -> None:
    table = emphasis_table(Comparison(POPULATION, BY_UNIT, census(POPULATION, TRUTH)), "zh")
    for row in table.to_dict("records"):
        inside = (POPULATION.table["unit"] == row["group"]).to_numpy()
        real = POPULATION.weights[inside] @ (TRUTH[inside] == CODES.index(row["category"])) / POPULATION.weights[inside].sum()
        assert row["audited"] == row["low"] == row["high"] == pytest.approx(real, abs=1e-6)
        assert row["audited_sentences"] == 120
        assert row["method"] == AUDITED


def test_counted_shares_by_hand() -> None:
    table = emphasis_table(Comparison(POPULATION, BY_UNIT), "zh")
    rows = POPULATION.table[POPULATION.table["unit"] == "甲县"]
    length = rows["end"] - rows["start"]
    farming = rows["category"] == "farming"
    row = table[(table["group"] == "甲县") & (table["category"] == "farming")].iloc[0]
    assert row["counted"] == pytest.approx(length[farming].sum() / length.sum(), abs=1e-6)
    assert row["counted_by_sentences"] == pytest.approx(farming.mean(), abs=1e-6)
    assert (row["sentences"], row["characters"]) == (farming.sum(), length[farming].sum())


def test_without_audit_there_is_no_interval_and_no_verdict_but_an_indication() -> None:
    comparison = Comparison(POPULATION, BY_UNIT)
    emphasis, differences, trend = tables(comparison)
    assert set(emphasis["method"]) == {UNAUDITED}
    assert emphasis[["audited", "low", "high"]].isna().all(axis=None)
    assert emphasis[["indicative_low", "indicative_high"]].notna().all(axis=None)
    assert (emphasis["indicative_low"] <= emphasis["expected"]).all()
    assert differences[["low", "high", "p", "q"]].isna().all(axis=None)
    assert set(differences["verdict"]) == set(differences["verdict_text"]) == {UNKNOWN}
    assert trend[["low", "high", "p"]].isna().all(axis=None)
    assert_no_nan(comparison)


def test_shares_of_each_method_sum_to_1_and_lie_in_their_interval() -> None:
    table = emphasis_table(Comparison(POPULATION, BY_UNIT, audit_of(POPULATION, TRUTH, 80)), "zh")
    sums = table.groupby("group")[["counted", "expected", "audited"]].sum().astype(float)
    assert sums.to_numpy() == pytest.approx(np.ones((2, 3)), abs=1e-5)
    assert (table["low"] <= table["audited"]).all()
    assert (table["audited"] <= table["high"]).all()


@pytest.mark.parametrize("stage", ["", "done", "plan"])
@pytest.mark.parametrize("by", [("unit",), ("period",), ("unit", "period"), ("document",)])
def test_no_table_has_a_nan_whatever_the_groups_and_the_stage(by: tuple[str, ...], stage: str) -> None:
    for audit in (None, audit_of(POPULATION, TRUTH, 30), audit_of(POPULATION, TRUTH, 150)):
        assert_no_nan(Comparison(POPULATION, Settings(by, stage, 1.5), audit))


def test_a_group_with_one_document_and_few_audited_sentences_gets_no_interval() -> None:
    reports = [("甲县", "2022"), ("甲县", "2023"), ("乙县", "2022")]
    population, truth = small_population(reports)
    member = (population.table["unit"] == "乙县").to_numpy()
    chance = np.where(member, 5 / 60, 0.5)
    rows = np.concatenate([np.flatnonzero(~member)[::2], np.flatnonzero(member)[::12]])
    audit = match_audit(labels_at(population, rows.tolist(), truth, chance), population)
    comparison = Comparison(population, BY_UNIT, audit)
    emphasis, differences, _ = tables(comparison)
    thin = emphasis[emphasis["group"] == "乙县"]
    assert set(thin["method"]) == {TOO_FEW}
    assert thin[["low", "high"]].isna().all(axis=None)
    assert set(differences["verdict"]) == {UNKNOWN}
    assert groups_without_audit(comparison) == ["乙县"]
    assert_no_nan(comparison)


def test_reports_without_a_period_have_no_trend_and_still_compare() -> None:
    population = replace(POPULATION, table=POPULATION.table.assign(period=""))
    comparison = Comparison(population, BY_UNIT, audit_of(population, TRUTH, 100))
    trend = trend_table(comparison, "zh")
    assert trend.empty
    assert list(trend.columns) == list(TREND_COLUMNS)
    assert_no_nan(comparison)


def test_a_period_that_one_unit_lacks_leaves_its_change_empty() -> None:
    kept = ~((POPULATION.table["unit"] == "乙县") & (POPULATION.table["period"] == "2022")).to_numpy()
    population, truth = subset(POPULATION, kept), TRUTH[kept]
    trend = trend_table(Comparison(population, BY_UNIT, audit_of(population, truth, 120)), "zh")
    series = trend[trend["series"] == "乙县"]
    assert set(series["period"]) == {"2023"}
    assert series["change"].isna().all()
    assert set(series["verdict"]) == {""}
    assert trend[(trend["series"] == ALL) & (trend["period"] == "2023")]["change"].notna().all()


def test_a_category_that_never_occurs_has_a_share_of_nought_and_a_row() -> None:
    """Neither tagged nor coded: the posteriors keep a trace of it, and so does the upper end."""
    category = POPULATION.category.copy()
    category[:, 2] = 1e-6
    category /= category.sum(axis=1, keepdims=True)
    table = POPULATION.table.assign(category=[CODES[code] for code in category[:, :2].argmax(axis=1)])
    population, truth = replace(POPULATION, table=table, category=category), np.where(TRUTH == 2, 0, TRUTH)
    comparison = Comparison(population, BY_UNIT, audit_of(population, truth, 100))
    rows = emphasis_table(comparison, "zh").query("category == 'rest'")
    assert len(rows) == 2
    assert (rows["counted"] == 0).all()
    assert (rows["audited"] < 1e-3).all()
    assert (rows["high"] > rows["audited"]).all()
    assert_no_nan(comparison)


def test_differences_are_of_pairs_that_differ_in_one_factor() -> None:
    comparison = Comparison(POPULATION, Settings(("unit", "period")), audit_of(POPULATION, TRUTH, 150))
    table = differences_table(comparison, "zh")
    assert list(table.columns) == list(DIFFERENCE_COLUMNS)
    assert len(table) == 4 * 3
    first, second = table["first"].str.split(" · "), table["second"].str.split(" · ")
    assert all(sum(a != b for a, b in zip(one, other, strict=True)) == 1 for one, other in zip(first, second, strict=True))


def test_the_change_of_a_trend_is_the_difference_of_its_periods() -> None:
    comparison = Comparison(POPULATION, BY_UNIT, audit_of(POPULATION, TRUTH, 150))
    trend = trend_table(comparison, "zh")
    earlier, later = trend[(trend["series"] == ALL) & (trend["category"] == "farming")].to_dict("records")
    assert (earlier["period"], later["period"]) == ("2022", "2023")
    assert later["change"] == pytest.approx(later["share"] - earlier["share"], abs=1e-5)
    assert earlier["change"] is None


def test_ranks_that_flip_between_characters_and_sentences_are_flagged() -> None:
    """By characters one long sentence outweighs three short ones."""
    table = POPULATION.table.iloc[:4].assign(start=[0, 90, 95, 100], end=[90, 95, 100, 105])
    table["category"] = ["farming", "schooling", "schooling", "schooling"]
    population = replace(POPULATION, table=table, category=POPULATION.category[:4], stage=POPULATION.stage[:4])
    rows = emphasis_table(Comparison(population, BY_UNIT), "zh")[["category", "rank", "rank_by_count", "flips"]]
    assert rows.to_numpy(dtype=object).tolist() == [["farming", 1, 2, 1], ["schooling", 2, 1, 1], ["rest", 3, 3, 0]]


@pytest.mark.parametrize(
    ("alpha", "word"),
    [(1.0, ""), (0.8, ""), (0.7999, "tentative"), (0.667, "tentative"), (0.6669, "unreliable"), (-0.2, "unreliable")],
)
def test_agreement_decides_what_may_be_said_of_a_category(alpha: float, word: str) -> None:
    """Krippendorff 2004: rely from .8 on, conclude tentatively from .667 on; both tables say so in a column."""
    assert reliability(alpha) == word
    settings = Settings(("unit",), agreement={"farming": alpha})
    comparison = Comparison(POPULATION, settings, audit_of(POPULATION, TRUTH, 100))
    for table in (emphasis_table(comparison, "zh"), differences_table(comparison, "zh")):
        assert set(table.loc[table["category"] == "farming", "reliability"]) == {word}
        assert set(table.loc[table["category"] == "schooling", "reliability"]) == {""}
