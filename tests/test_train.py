"""Training: the same bytes each time, judged on units that it has not seen, with anybody's categories."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from pipeline.classify import Calibrator
from pipeline.codebook import read_codebook
from pipeline.decode import Chain
from pipeline.errors import LabelError, ReadError, WorktagError
from pipeline.labels import read_labels, write_labels
from pipeline.model import PARTS, Model
from pipeline.read import find_sources, read_document
from pipeline.resources import default_codebook
from pipeline.segment import Segmenter, read_dictionary
from pipeline.structure import structure
from pipeline.train import (
    CrossFit,
    TrainingSet,
    assign_folds,
    crossfit_table,
    load_training_set,
    train,
    train_from_files,
)
from tests.conftest import ROOT, Corpus, build_corpus, small_params, structured


@pytest.fixture(scope="module")
def training(corpus: Corpus) -> TrainingSet:
    return load_training_set(corpus.reports, corpus.labels, corpus.codebook)


@pytest.fixture(scope="module")
def trained(training: TrainingSet, corpus: Corpus) -> tuple[Model, CrossFit]:
    return train(training, small_params(), Segmenter(read_dictionary(corpus.dictionary)))


def test_training_twice_gives_the_same_bytes(corpus: Corpus, small_folder: Path, tmp_path: Path) -> None:
    train_from_files(corpus.reports, corpus.labels, corpus.codebook_file, corpus.dictionary, small_params(), tmp_path / "m")
    for name in (*PARTS, "manifest.json"):
        assert (tmp_path / "m" / name).read_bytes() == (small_folder / name).read_bytes()


def test_labels_become_class_numbers_and_unlabelled_reports_stay_out(corpus: Corpus, tmp_path: Path) -> None:
    copy = build_corpus(tmp_path)
    (copy.reports / "unlabelled.txt").write_bytes(b"\xff\xff\xff")  # can't even be read
    rows = read_labels(copy.labels, copy.codebook)
    (copy.labels / "unit0.csv").unlink()
    write_labels(copy.labels / "unit1.csv", [row for row in rows if row.document.startswith("unit1")][1:])
    part = load_training_set(copy.reports, copy.labels, copy.codebook)
    assert [document.document.name for document in part.documents] == ["unit1-2022.txt", "unit1-2023.txt"]
    assert part.categories[0].tolist() == [-1, 0, 0, 0, 0, 1, 1, 1, 1, 2, 0, 1]
    assert part.stages[0].tolist() == [-1, 2, 0, 0, 0, 2, 0, 0, 0, 2, 1, 1]
    assert corpus.codebook.category_codes == part.codebook.category_codes


def test_of_several_coders_the_most_frequent_code_stands(tmp_path: Path) -> None:
    copy = build_corpus(tmp_path)
    rows = read_labels(copy.labels, copy.codebook)
    first = next(row for row in rows if row.category == "farming")
    others = [replace(first, category="schooling", stage="plan", coder=coder) for coder in ("乙", "丙")]
    write_labels(copy.labels / "unit9.csv", others)
    found = load_training_set(copy.reports, copy.labels, copy.codebook)
    number = [document.document.name for document in found.documents].index(first.document)
    assert (found.categories[number][1], found.stages[number][1]) == (1, 1)


def test_labels_of_one_report_or_of_one_category_are_too_few(tmp_path: Path) -> None:
    copy = build_corpus(tmp_path)
    rows = read_labels(copy.labels, copy.codebook)
    for name, kept in (
        ("one report", [row for row in rows if row.document == "unit0-2022.txt"]),
        ("one category", [row for row in rows if row.category == "farming"]),
    ):
        file = tmp_path / f"{name}.csv"
        write_labels(file, kept)
        with pytest.raises(LabelError, match="at least two reports and two categories"):
            load_training_set(copy.reports, file, copy.codebook)


def test_a_labelled_report_that_cannot_be_read_stops_the_training(tmp_path: Path) -> None:
    copy = build_corpus(tmp_path)
    (copy.reports / "unit0-2022.txt").write_bytes(b"")
    with pytest.raises(ReadError, match="the file is empty"):
        load_training_set(copy.reports, copy.labels, copy.codebook)
    (copy.reports / "unit0-2022.txt").unlink()
    with pytest.raises(LabelError, match=r"unit0-2022\.txt.* isn't there"):
        load_training_set(copy.reports, copy.labels, copy.codebook)


def test_a_fault_in_an_input_writes_nothing(tmp_path: Path) -> None:
    copy = build_corpus(tmp_path / "corpus")
    (copy.labels / "unit0.csv").write_text("document\n", encoding="utf-8")
    with pytest.raises(WorktagError):
        train_from_files(copy.reports, copy.labels, copy.codebook_file, copy.dictionary, small_params(), tmp_path / "m")
    assert [path.name for path in tmp_path.iterdir()] == ["corpus"]


def _set_of(*names: tuple[str, str]) -> TrainingSet:
    """Return a training set of reports (name, unit) of growing length, without labels."""
    documents = []
    for number, (name, unit) in enumerate(names):
        document = structured("\n".join(["标题", *["开展工作。"] * (number + 1)]), name)
        documents.append(replace(document, document=replace(document.document, unit=unit)))
    return TrainingSet(None, tuple(documents), (), ())  # type: ignore[arg-type]  # folds don't look at codes


def test_all_reports_of_a_unit_fall_into_one_fold_and_every_fold_is_filled() -> None:
    names = [(f"{unit}-{year}.txt", unit) for unit in "甲乙丙丁戊己庚" for year in (2022, 2023, 2024)]
    folds = assign_folds(_set_of(*names), 3, seed=5)
    assert set(folds.tolist()) == {0, 1, 2}
    for unit in "甲乙丙丁戊己庚":
        assert len({int(fold) for fold, (_, owner) in zip(folds, names, strict=True) if owner == unit}) == 1
    assert folds.tolist() == assign_folds(_set_of(*names), 3, seed=5).tolist()


def test_folds_are_even_in_sentences_not_in_units() -> None:
    documents = _set_of(*((f"{unit}.txt", unit) for unit in "甲乙丙丁戊己庚辛壬癸"))
    for seed in range(5):
        folds = assign_folds(documents, 2, seed=seed)
        loads = [
            sum(len(one.sentences) for one, place in zip(documents.documents, folds, strict=True) if place == fold)
            for fold in (0, 1)
        ]
        assert abs(loads[0] - loads[1]) <= 2


def test_with_fewer_units_than_folds_there_is_a_fold_a_unit() -> None:
    names = [(f"{unit}-{year}.txt", unit) for unit in "甲乙丙丁" for year in (2022, 2023)]
    folds = assign_folds(_set_of(*names), 6, seed=5).tolist()
    assert folds[::2] == folds[1::2]
    assert set(folds) == {0, 1, 2, 3}


def test_with_very_few_units_each_report_stands_alone() -> None:
    names = [(f"{unit}-{year}.txt", unit) for unit in "甲乙" for year in (2022, 2023)]
    assert sorted(assign_folds(_set_of(*names), 4, seed=5).tolist()) == [0, 1, 2, 3]
    assert set(assign_folds(_set_of(*names), 9, seed=5).tolist()) == {0, 1, 2, 3}


def test_reports_of_unknown_units_do_not_count_as_one_unit() -> None:
    assert len(set(assign_folds(_set_of(("a.txt", ""), ("b.txt", ""), ("c.txt", "")), 3, seed=1).tolist())) == 3


def test_held_out_folds_hold_no_unit_of_the_training_part(training: TrainingSet, trained: tuple[Model, CrossFit]) -> None:
    units = [document.document.unit for document in training.documents]
    folds = trained[1].folds
    for fold in set(folds.tolist()):
        inside = {unit for unit, place in zip(units, folds, strict=True) if place == fold}
        outside = {unit for unit, place in zip(units, folds, strict=True) if place != fold}
        assert inside
        assert not inside & outside


def test_the_scores_of_a_unit_come_from_a_model_that_did_not_see_its_labels(
    training: TrainingSet, corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the labels of one unit are scrambled, only the posteriors of the other unit change."""
    monkeypatch.setattr("pipeline.train.fit_calibrator", lambda *_: Calibrator(3.0, np.zeros(3)))
    monkeypatch.setattr("pipeline.train.fit_chain", lambda *_, **__: Chain(np.zeros((3, 3, 3)), 0.0, 1.0))
    segmenter = Segmenter(read_dictionary(corpus.dictionary))
    plain = train(training, small_params(), segmenter)[1]
    held = int(plain.folds[0])
    scrambled = tuple(
        (values + 1) % 3 if plain.folds[number] == held else values for number, values in enumerate(training.categories)
    )
    changed = train(replace(training, categories=scrambled), small_params(), segmenter)[1]
    for number, fold in enumerate(plain.folds):
        difference = np.abs(plain.category[number] - changed.category[number]).max()
        assert (difference < 1e-12) if fold == held else (difference > 0.05)


def test_posteriors_are_there_for_every_sentence_and_sum_to_1(training: TrainingSet, trained: tuple[Model, CrossFit]) -> None:
    fit = trained[1]
    for number, document in enumerate(training.documents):
        assert fit.category[number].shape == (len(document.sentences), 3)
        assert fit.stage[number].shape == (len(document.sentences), 3)
        assert_allclose(fit.category[number].sum(axis=1), 1.0)


def test_the_model_learns_what_the_small_corpus_says(small_model: Model) -> None:
    document = structured("标题\n播种小麦八亩，出苗整齐。\n学生搬进新教室，教师满意。\n明年计划再播种小麦。\n")
    categories, stages = small_model.posteriors(document)
    named = [small_model.category.classes[code] for code in categories.argmax(axis=1)]
    assert named[1:] == ["farming", "schooling", "farming"]
    assert small_model.stage.classes[stages[3].argmax()] == "plan"


def test_categories_of_another_codebook_need_no_change_of_code(tmp_path: Path) -> None:
    copy = build_corpus(tmp_path)
    renamed = copy.codebook_file.read_text(encoding="utf-8").replace("farming", "road_works").replace("schooling", "health")
    copy.codebook_file.write_text(renamed, encoding="utf-8")
    for file in copy.labels.glob("*.csv"):
        text = file.read_text(encoding="utf-8").replace("farming", "road_works").replace("schooling", "health")
        file.write_text(text, encoding="utf-8")
    model = train_from_files(
        copy.reports, copy.labels, copy.codebook_file, copy.dictionary, small_params(), tmp_path / "models" / "mine"
    )
    assert model.category.classes == ("road_works", "health", "rest")
    assert (tmp_path / "models" / "mine" / "model.json").exists()


def test_a_category_without_labels_still_counts(tmp_path: Path) -> None:
    copy = build_corpus(tmp_path)
    text = copy.codebook_file.read_text(encoding="utf-8")
    copy.codebook_file.write_text(
        text.replace("  - {code: rest,", "  - {code: unused, name: {zh: 空}}\n  - {code: rest,"), encoding="utf-8"
    )
    model = train_from_files(copy.reports, copy.labels, copy.codebook_file, copy.dictionary, small_params(), tmp_path / "m")
    assert model.category.classes == ("farming", "schooling", "unused", "rest")


def test_the_table_of_cross_fitted_posteriors(training: TrainingSet, trained: tuple[Model, CrossFit]) -> None:
    table = pd.read_csv(io.StringIO(crossfit_table(training, trained[1])))
    assert list(table.columns) == [
        *("document", "unit", "paragraph", "sentence", "start", "fold", "characters", "category", "stage"),
        *("farming", "schooling", "rest", "stage_done", "stage_plan", "stage_context"),
    ]
    assert len(table) == sum(len(document.sentences) for document in training.documents) == 48
    assert_allclose(table[["farming", "schooling", "rest"]].sum(axis=1), 1.0, atol=2e-4)
    first = training.documents[0]
    assert table["start"].head(12).tolist() == [sentence.start for sentence in first.sentences]
    assert table["characters"].head(12).tolist() == [len(sentence.text) for sentence in first.sentences]
    assert_allclose(table["farming"].head(12), trained[1].category[0][:, 0], atol=5e-5)


def test_the_digest_follows_sentences_and_codes(training: TrainingSet) -> None:
    other = replace(training, categories=((training.categories[0] + 1) % 3, *training.categories[1:]))
    assert training.digest() == replace(training).digest() != other.digest()
    assert len(training.digest()) == 64


def test_progress_is_reported_to_the_end(training: TrainingSet) -> None:
    calls: list[tuple[str, int, int]] = []
    train(training, small_params(), Segmenter(), lambda step, done, total: calls.append((step, done, total)))
    assert [done for _, done, _ in calls] == list(range(len(calls)))
    assert calls[-1] == ("done", calls[-1][2], calls[-1][2])


def test_the_digest_of_the_bundled_model_is_that_of_the_bundled_labels(model: Model) -> None:
    """Whoever changes reports, labels or how sentences are split must train the default model anew."""
    training = load_training_set(ROOT / "seeds", ROOT / "labels", read_codebook(default_codebook()))
    assert training.digest() == model.digest
    assert len(training.documents) == len(list(find_sources([ROOT / "seeds"])))
    assert training.documents[0] == structure(read_document(next(find_sources([ROOT / "seeds"]))))
