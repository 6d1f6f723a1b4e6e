"""A model against the one before it: by report, on sentences that neither had in training."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.errors import ModelError
from pipeline.model import Model
from pipeline.progression import BETTER, FEW, NOISE, WORSE, Progression, Snapshot, compare_models, take_snapshot, write_progression
from pipeline.records import StructuredDocument
from tests.conftest import Corpus, build_corpus, small_params

# Eight reports, so that a verdict is possible.
YEARS = (2020, 2021, 2022, 2023)


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    from pipeline.train import train_from_files

    folder = tmp_path_factory.mktemp("progression")
    corpus: Corpus = build_corpus(folder / "corpus", years=YEARS)
    train_from_files(corpus.reports, corpus.labels, corpus.codebook_file, corpus.dictionary, small_params(), folder / "model")
    return take_snapshot(folder / "model")


def spoiled(snapshot: Snapshot, every: int) -> Snapshot:
    """Return the model as if it had tagged every so-manieth sentence of farming as schooling."""
    table = snapshot.crossfit.copy()
    hit = table.index[(table["category"] == "farming").to_numpy()][::every]
    table.loc[hit, ["farming", "schooling", "rest"]] = [0.0, 1.0, 0.0]
    return replace(snapshot, name="spoiled", crossfit=table)


def verdicts(found: Progression) -> dict[str, str]:
    return {change.measure: change.verdict for change in found.changes}


def nothing() -> list[StructuredDocument]:
    raise AssertionError("no report needs to be tagged")


def test_a_model_is_as_good_as_itself(snapshot: Snapshot) -> None:
    found = compare_models(snapshot, snapshot, nothing, seed=1)
    assert set(verdicts(found).values()) == {NOISE}
    assert all(change.difference == 0 == change.low == change.high for change in found.changes)
    assert (found.reports, found.sentences) == (8, 96)


def test_what_got_worse_is_called_worse_and_the_other_way_round_better(snapshot: Snapshot) -> None:
    worse = compare_models(snapshot, spoiled(snapshot, 2), nothing, seed=1)
    better = compare_models(spoiled(snapshot, 2), snapshot, nothing, seed=1)
    for name in ("category: accuracy", "category: macro-F1", "farming", "schooling"):
        assert verdicts(worse)[name] == WORSE
        assert verdicts(better)[name] == BETTER
    assert verdicts(worse)["stage: accuracy"] == NOISE


def test_accuracy_and_f1_by_hand(snapshot: Snapshot) -> None:
    """Half of the 40 sentences of farming lost to schooling."""
    found = {change.measure: change for change in compare_models(snapshot, spoiled(snapshot, 2), nothing, seed=1).changes}
    coded = int((snapshot.crossfit["category"] == "farming").sum())
    assert found["farming"].sentences == coded
    assert found["farming"].before == pytest.approx(1.0)
    lost = (coded + 1) // 2
    assert found["farming"].after == pytest.approx(2 * (coded - lost) / (2 * coded - lost))
    assert found["category: accuracy"].after == pytest.approx(found["category: accuracy"].before - lost / 96)


def test_with_few_reports_there_is_no_verdict(snapshot: Snapshot) -> None:
    few = set(snapshot.crossfit["document"].unique()[:5])
    part = replace(snapshot, crossfit=snapshot.crossfit[snapshot.crossfit["document"].isin(few)].reset_index(drop=True))
    found = compare_models(part, spoiled(part, 1), nothing, seed=1)
    assert set(verdicts(found).values()) == {FEW}


def test_edited_reports_are_left_out_and_said_so(snapshot: Snapshot) -> None:
    table = snapshot.crossfit.copy()
    first = table["document"] == table["document"].iloc[0]
    table.loc[first, "characters"] += 1
    found = compare_models(snapshot, replace(snapshot, crossfit=table), nothing, seed=1)
    assert (found.reports, found.sentences) == (7, 84)
    assert any("12 sentences of edited reports are left out" in note for note in found.notes)


def test_a_renamed_report_is_the_same(snapshot: Snapshot) -> None:
    name = snapshot.crossfit["document"].iloc[0]
    table = snapshot.crossfit.replace({"document": {name: "renamed.txt"}})
    found = compare_models(snapshot, replace(snapshot, crossfit=table), nothing, seed=1)
    assert found.sentences == 96
    assert set(verdicts(found).values()) == {NOISE}


def test_codebooks_without_common_categories_are_not_compared(snapshot: Snapshot, model: Model) -> None:
    found = compare_models(snapshot, replace(snapshot, model=model), nothing, seed=1)
    assert found.changes == ()
    assert "fewer than two categories" in found.notes[0]


def test_the_table_is_written_and_that_of_an_earlier_training_removed(snapshot: Snapshot, tmp_path: Path) -> None:
    found = compare_models(snapshot, spoiled(snapshot, 2), nothing, seed=1)
    assert write_progression(tmp_path, found)
    lines = (tmp_path / "comparison.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "measure,sentences,before,after,difference,low,high,verdict"
    assert len(lines) == 1 + len(found.changes)
    assert not write_progression(tmp_path, Progression(()))
    assert not (tmp_path / "comparison.csv").exists()


def test_a_folder_without_cross_fitted_posteriors_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError):
        take_snapshot(tmp_path)
