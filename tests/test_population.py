"""Tables of tags as populations: what is read, grouped and refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.batch import tag_batch
from pipeline.codebook import Codebook
from pipeline.errors import TableError
from pipeline.model import Model
from pipeline.population import group, load_population, subset
from pipeline.posteriors import read_posteriors
from pipeline.store import posteriors_path
from tests.conftest import Corpus
from tests.populations import small_population, written

HEAD = "document,unit,period,paragraph,point,sentence,start,end,heading,text,category,category_name,probability,secondary,stage,review\n"
ROWS = (
    "a.txt,甲县,2022,1,,1,0,10,,播种小麦二十亩。,farming,农业,0.7,schooling,done,\n"
    "a.txt,甲县,2022,1,,2,10,40,,新建学校。,schooling,教育,0.9,,plan,\n"
    "b.txt,乙县,,1,,1,0,20,,其余。,rest,其余,1.0,,done,\n"
)


@pytest.fixture
def book(corpus: Corpus) -> Codebook:
    return corpus.codebook


@pytest.fixture
def tagged(corpus: Corpus, small_folder: Path, tmp_path: Path) -> Path:
    """Return a table with posteriors beside it."""
    table = tmp_path / "tags.csv"
    tag_batch(small_folder, [corpus.reports], table, posteriors=True)
    return table


def test_posteriors_beside_the_table_are_the_populations_whatever_the_order_of_rows(tagged: Path, book: Codebook) -> None:
    whole = load_population(tagged, book)
    assert whole.exact
    assert (whole.tags == whole.category.argmax(axis=1)).mean() > 0.9
    frame = pd.read_csv(tagged, encoding="utf-8-sig", dtype=str, keep_default_na=False).iloc[::-1]
    frame.to_csv(tagged, index=False, encoding="utf-8-sig")
    turned = load_population(tagged, book)
    assert turned.category == pytest.approx(whole.category[::-1])
    assert turned.weights.tolist() == whole.weights[::-1].tolist()


def test_posteriors_leave_no_class_impossible_and_sum_to_1(tagged: Path, book: Codebook) -> None:
    population = load_population(tagged, book)
    for values in (population.category, population.stage):
        assert values.min() > 0
        assert values.sum(axis=1) == pytest.approx(np.ones(len(values)))


def test_posteriors_of_another_table_are_refused_with_the_row(tagged: Path, book: Codebook) -> None:
    frame = pd.read_csv(tagged, encoding="utf-8-sig", dtype=str, keep_default_na=False)
    frame.loc[4, "start"] = "9999"
    frame.to_csv(tagged, index=False, encoding="utf-8-sig")
    with pytest.raises(TableError) as caught:
        load_population(tagged, book)
    assert caught.value.where.endswith("row 6")
    assert "tag the reports again" in caught.value.remedy


def test_a_damaged_file_of_posteriors_is_named(tagged: Path, book: Codebook) -> None:
    posteriors_path(tagged).write_bytes(b"PAR1 nothing")
    with pytest.raises(TableError, match="can't be read as posteriors"):
        load_population(tagged, book)


def test_posteriors_know_their_model_and_codebook(tagged: Path, small_model: Model, corpus: Corpus) -> None:
    found = read_posteriors(tagged)
    assert found is not None
    assert found.origin.model == small_model.digest
    assert found.origin.codebook.version == corpus.codebook.version == "7"
    assert found.origin.crossfitted == tuple(sorted(path.name for path in corpus.reports.glob("*.txt")))
    assert read_posteriors(tagged.with_name("other.csv")) is None


def test_a_report_that_was_changed_since_training_is_not_taken_for_the_trained_one(
    corpus: Corpus, small_folder: Path, tmp_path: Path
) -> None:
    """It has the same name, but its sentences stand elsewhere: the model itself tags it."""
    report = tmp_path / "unit0-2022.txt"
    report.write_text("前言。" + (corpus.reports / report.name).read_text(encoding="utf-8"), encoding="utf-8")
    tag_batch(small_folder, [report], tmp_path / "tags.csv", posteriors=True)
    found = read_posteriors(tmp_path / "tags.csv")
    assert found is not None
    assert found.origin.crossfitted == ()


def test_without_posteriors_they_are_put_together_from_the_table(tmp_path: Path, book: Codebook) -> None:
    """What the probability leaves goes to the secondary category, else to all others."""
    population = load_population(written(tmp_path / "tags.csv", HEAD + ROWS), book)
    assert not population.exact
    assert population.category[0] == pytest.approx([0.7, 0.3, 0], abs=1e-5)
    assert population.category[1, 1] == pytest.approx(0.9, abs=1e-5)
    assert population.category[1, [0, 2]].sum() == pytest.approx(0.1, abs=1e-5)
    assert population.weights.tolist() == [10.0, 30.0, 20.0]


@pytest.mark.parametrize(
    ("text", "words", "row"),
    [
        ("document,unit\na.txt,甲\n", "the column 'period' is missing", ""),
        (HEAD, "the table has no rows", ""),
        (HEAD + ROWS.replace(",schooling,教育", ",gardening,园艺"), "unknown category 'gardening'", "row 3"),
        (HEAD + ROWS.replace(",,plan,", ",,dreamt,"), "unknown stage 'dreamt'", "row 3"),
        (HEAD + ROWS.replace("2022,1,,2,10,40", "2022,1,,,10,40"), "this row is no sentence", "row 3"),
    ],
)
def test_tables_with_faults_are_refused(tmp_path: Path, book: Codebook, text: str, words: str, row: str) -> None:
    with pytest.raises(TableError) as caught:
        load_population(written(tmp_path / "tags.csv", text), book)
    assert words in caught.value.what
    assert caught.value.where.endswith(row)
    assert caught.value.remedy


def test_units_csv_overrides_and_adds_groups(tmp_path: Path, book: Codebook) -> None:
    units = written(tmp_path / "units.csv", "document,unit,period,level\na.txt,,2023,county\nb.txt,丙县,2024,province\n")
    population = load_population(written(tmp_path / "tags.csv", HEAD + ROWS), book, units)
    assert population.table["unit"].tolist() == ["甲县", "甲县", "丙县"]
    assert population.table["period"].tolist() == ["2023", "2023", "2024"]
    assert group(population, ("level",)).labels == ("county", "province")


def test_a_report_that_units_csv_does_not_know_is_named(tmp_path: Path, book: Codebook) -> None:
    table = written(tmp_path / "tags.csv", HEAD + ROWS)
    with pytest.raises(TableError, match=r"no row for the report 'b\.txt'"):
        load_population(table, book, written(tmp_path / "units.csv", "document,unit,level\na.txt,甲县,county\n"))
    with pytest.raises(TableError, match="no such table of units"):
        load_population(table, book, tmp_path / "missing.csv")


def test_a_report_without_period_is_named_when_periods_are_compared(tmp_path: Path, book: Codebook) -> None:
    population = load_population(written(tmp_path / "tags.csv", HEAD + ROWS), book)
    with pytest.raises(TableError) as caught:
        group(population, ("period",))
    assert caught.value.where == "b.txt"
    assert "units.csv" in caught.value.remedy


def test_pairs_differ_in_one_factor() -> None:
    grouping = group(small_population()[0], ("unit", "period"))
    pairs = {(grouping.labels[one], grouping.labels[other]) for one, other in zip(*grouping.pairs(), strict=True)}
    assert len(pairs) == 4
    assert ("乙县 · 2022", "甲县 · 2023") not in pairs


def test_paragraphs_of_two_reports_are_never_one() -> None:
    places = small_population()[0].places
    assert len(np.unique(places.paragraph)) == 4 * 12
    assert len(np.unique(np.stack([places.report, places.paragraph]), axis=1).T) == 4 * 12


def test_a_subset_keeps_rows_and_posteriors_together() -> None:
    population, _ = small_population()
    kept = np.arange(240) % 3 == 0
    part = subset(population, kept)
    assert part.table["text"].tolist() == population.table["text"][kept].tolist()
    assert part.category == pytest.approx(population.category[kept])
    assert part.table.index.tolist() == list(range(80))
