"""A model against the one before it: only on what neither had in training, with a verdict that noise doesn't earn."""

from __future__ import annotations

import csv
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.progression import (
    BETTER,
    FEW,
    FILE,
    NOISE,
    WORSE,
    Change,
    Progression,
    Snapshot,
    compare_models,
    take_snapshot,
    write_progression,
)
from pipeline.records import StructuredDocument
from pipeline.train import load_training_set, train_from_files
from tests.conftest import SMALL_CODEBOOK, Corpus, Run, build_corpus, small_params

UNITS = tuple(f"{name}县农牧局" for name in "东西南北上下左右")


@pytest.fixture(scope="module")
def eight(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return build_corpus(tmp_path_factory.mktemp("eight"), units=UNITS, years=(2023,))


@pytest.fixture(scope="module")
def folder(eight: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("models") / "eight"
    train_from_files(eight.reports, eight.labels, eight.codebook_file, eight.dictionary, small_params(), found)
    return found


@pytest.fixture(scope="module")
def snapshot(folder: Path) -> Snapshot:
    return take_snapshot(folder)


@pytest.fixture(scope="module")
def documents(eight: Corpus) -> tuple[StructuredDocument, ...]:
    return load_training_set(eight.reports, eight.labels, eight.codebook).documents


def never() -> tuple[StructuredDocument, ...]:
    raise AssertionError("no report needs to be tagged")


def saying(snapshot: Snapshot, tags: list[str]) -> Snapshot:
    """Return a model whose cross-fitted categories are these."""
    table = snapshot.crossfit.copy()
    for code in snapshot.model.category.classes:
        table[code] = np.where(np.array(tags) == code, 0.9, 0.05)
    return replace(snapshot, crossfit=table)


def erring(snapshot: Snapshot, coded: str, every: int = 2) -> Snapshot:
    """Return a model that tags every so manieth sentence of a category as another."""
    tags = snapshot.crossfit["category"].tolist()
    for place in [place for place, tag in enumerate(tags) if tag == coded][::every]:
        tags[place] = "rest" if coded != "rest" else "farming"
    return saying(snapshot, tags)


def verdicts(found: Progression) -> dict[str, str]:
    return {one.measure: one.verdict for one in found.changes}


def test_the_same_model_again_is_within_noise(snapshot: Snapshot) -> None:
    found = compare_models(snapshot, snapshot, never, seed=1)
    assert (found.reports, found.sentences, found.notes) == (8, 96, ())
    assert set(verdicts(found).values()) == {NOISE}
    assert [one.difference for one in found.changes] == [0.0] * len(found.changes)


def test_what_a_category_gains_and_another_loses_is_told_apart(snapshot: Snapshot) -> None:
    found = compare_models(erring(snapshot, "farming"), erring(snapshot, "schooling"), never, seed=1)
    told = verdicts(found)
    assert (told["farming"], told["schooling"]) == (BETTER, WORSE)
    assert told["category: accuracy"] == NOISE
    (farming,) = [one for one in found.changes if one.measure == "farming"]
    # 40 of 96 are coded so; the model before found 20 of them, without a false one.
    assert farming.sentences == 40
    assert [farming.before, farming.after] == pytest.approx([2 * 20 / 60, 1.0])
    assert 0 < farming.low < farming.difference < farming.high


def test_with_few_reports_there_is_no_verdict(snapshot: Snapshot) -> None:
    few = replace(snapshot, crossfit=snapshot.crossfit[snapshot.crossfit["document"].isin(["unit0-2023.txt", "unit1-2023.txt"])])
    found = compare_models(erring(few, "farming", every=1), saying(few, few.crossfit["category"].tolist()), never, seed=1)
    assert found.reports == 2
    assert set(verdicts(found).values()) == {FEW}


def test_a_report_that_the_model_before_never_had_is_tagged_with_it(
    snapshot: Snapshot, documents: tuple[StructuredDocument, ...]
) -> None:
    without = replace(snapshot, crossfit=snapshot.crossfit[snapshot.crossfit["document"] != "unit3-2023.txt"])
    found = compare_models(without, snapshot, lambda: documents, seed=1)
    assert (found.reports, found.sentences) == (8, 96)
    assert found.notes == ("tagged with the model before: reports that it never had, 1",)


def test_a_report_under_a_new_name_is_the_same_report(snapshot: Snapshot) -> None:
    renamed = snapshot.crossfit.assign(document=snapshot.crossfit["document"].replace("unit3-2023.txt", "alt.txt"))
    # Its sentences stand where those of another report of the same length stand, too: only one of them is free.
    found = compare_models(replace(snapshot, crossfit=renamed), snapshot, never, seed=1)
    assert (found.reports, found.sentences, found.notes) == (8, 96, ())


def test_an_edited_report_is_left_out_and_that_is_said(snapshot: Snapshot) -> None:
    edited = snapshot.crossfit.copy()
    place = edited["document"] == "unit3-2023.txt"
    edited.loc[place, "characters"] += 1
    found = compare_models(replace(snapshot, crossfit=edited), snapshot, never, seed=1)
    assert (found.reports, found.sentences) == (7, 84)
    assert found.notes[0].startswith("12 sentences of edited reports are left out")


def test_codes_that_changed_are_counted_and_the_new_ones_hold(snapshot: Snapshot) -> None:
    before = snapshot.crossfit.copy()
    before.loc[before.index[:5], "category"] = "rest"
    found = compare_models(replace(snapshot, crossfit=before), snapshot, never, seed=1)
    changed = int((before["category"] != snapshot.crossfit["category"]).sum())
    assert found.notes == (f"{changed} sentences are coded otherwise than for the model before; the new codes count",)
    assert {one.difference for one in found.changes} == {0.0}


def test_models_of_different_fields_are_not_compared(folder: Path, tmp_path: Path, worktag: Run) -> None:
    text = SMALL_CODEBOOK.replace("code: farming", "code: fishing").replace("code: schooling", "code: sailing")
    other = build_corpus(tmp_path / "other", units=UNITS[:2])
    other.codebook_file.write_text(text, encoding="utf-8")
    for file in other.labels.glob("*.csv"):
        codes = file.read_text(encoding="utf-8").replace(",farming,", ",fishing,").replace(",schooling,", ",sailing,")
        file.write_text(codes, encoding="utf-8")
    given = ("--reports", other.reports, "--labels", other.labels, "--codebook", other.codebook_file)
    outcome = worktag("train", *given, "--compare-with", folder, "-o", tmp_path / "m")
    assert outcome.code == 0
    assert outcome.out.splitlines()[-1] == f"no comparison with {folder}: the two codebooks share fewer than two categories"
    assert not (tmp_path / "m" / FILE).exists()


def test_training_again_into_the_same_folder_compares(eight: Corpus, tmp_path: Path, worktag: Run) -> None:
    given = ("--reports", eight.reports, "--labels", eight.labels, "--codebook", eight.codebook_file, "-o", tmp_path / "m")
    first = worktag("train", *given)
    assert "compared with" not in first.out
    again = worktag("train", *given)
    assert f"compared with {tmp_path / 'm'} on 96 sentences of 8 reports that neither had in training" in " ".join(
        again.out.split()
    )
    rows = list(csv.DictReader((tmp_path / "m" / FILE).read_text(encoding="utf-8").splitlines()))
    assert {row["verdict"] for row in rows} == {NOISE}
    assert [row["measure"] for row in rows[:3]] == ["category: accuracy", "category: macro-F1", "farming"]


def test_a_model_before_that_isnt_whole_stops_only_the_comparison(
    eight: Corpus, folder: Path, tmp_path: Path, worktag: Run
) -> None:
    """Where it was named, nothing is trained; where it merely stood there, it is overwritten, and the reason is said."""
    broken = shutil.copytree(folder, tmp_path / "broken")
    (broken / "crossfit.csv").unlink()
    given = ("--reports", eight.reports, "--labels", eight.labels, "--codebook", eight.codebook_file)
    named = worktag("train", *given, "--compare-with", broken, "-o", tmp_path / "m")
    assert (named.code, len(named.lines)) == (2, 1)
    assert not (tmp_path / "m").exists()
    stood = worktag("train", *given, "-o", broken)
    assert stood.code == 0
    assert "no comparison with the model that stood there: " in stood.out
    assert (broken / "crossfit.csv").is_file()


def test_a_comparison_of_an_earlier_training_does_not_stay(tmp_path: Path) -> None:
    change = Change("farming", 4, 0.5, 0.75, 0.1, 0.4, BETTER)
    assert write_progression(tmp_path, Progression((change,), 6, 4))
    table = pd.read_csv(tmp_path / FILE)
    assert table.iloc[0].tolist() == ["farming", 4, 0.5, 0.75, 0.25, 0.1, 0.4, "better"]
    assert not write_progression(tmp_path, Progression(()))
    assert not (tmp_path / FILE).exists()
