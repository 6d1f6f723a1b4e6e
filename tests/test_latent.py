"""The latent space: found from uncoded reports, used with few labels, kept in the model folder, the same each time."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from numpy.testing import assert_allclose

from pipeline.errors import ModelError, WorktagError
from pipeline.evidence import mark_evidence
from pipeline.explain import explain_text
from pipeline.latent import fit_latent, latent_pays
from pipeline.model import PARTS, Model, load_model
from pipeline.params import Block, LatentParams, Params, read_params
from pipeline.resources import default_params
from pipeline.segment import Segmenter
from pipeline.tag import tag_columns
from pipeline.train import load_training_set, train_from_files
from pipeline.vectorise import contexts, count_terms
from tests.conftest import Corpus, Run, build_corpus, small_params, structured
from tests.test_engine import assert_same_tags
from tests.test_model import seal

FEW = replace(small_params(), latent=LatentParams(dimensions=4, below=100, min_df=2))
UNSEEN = "标题\n一、农业生产\n播种小麦99亩。一是修水渠。二是给学生发助学金。\n\n明年计划招聘教师。§\n"


def trained(corpus: Corpus, params: Params, folder: Path, faults: list[WorktagError] | None = None) -> Model:
    found: list[WorktagError] = [] if faults is None else faults
    arguments = (corpus.reports, corpus.labels, corpus.codebook_file, corpus.dictionary, params, folder)
    train_from_files(*arguments, on_fault=found.append)
    assert faults is not None or not found
    return load_model(folder)


@pytest.fixture(scope="module")
def uncoded(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """Return a corpus of four units, of which only two have labels."""
    corpus = build_corpus(tmp_path_factory.mktemp("uncoded"), units=("东河县农牧局", "西山镇政府", "南川县政府", "北岭县政府"))
    for number in (2, 3):
        (corpus.labels / f"unit{number}.csv").unlink()
    return corpus


@pytest.fixture(scope="module")
def folder(uncoded: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a model with a latent space."""
    folder = tmp_path_factory.mktemp("latent") / "few"
    trained(uncoded, FEW, folder)
    return folder


@pytest.fixture(scope="module")
def few(folder: Path) -> Model:
    return load_model(folder)


def test_the_bundled_parameters_use_it_below_a_thousand_labels() -> None:
    params = read_params(default_params()).latent
    assert latent_pays(999, 999, params)
    assert not latent_pays(1000, 10_000, params)
    assert not latent_pays(999, 998, params)  # from coded sentences alone it tags worse
    assert not latent_pays(10, 10_000, replace(params, dimensions=0))
    assert not latent_pays(10, 10_000, small_params().latent)


def test_few_labels_beside_uncoded_reports_give_a_latent_space(few: Model) -> None:
    for head in (few.category, few.stage):
        assert head.vectoriser.latent is not None
        assert head.vectoriser.latent.dimensions == 4


@pytest.mark.parametrize("latent", [replace(FEW.latent, below=48), replace(FEW.latent, dimensions=0)])
def test_many_labels_or_no_dimensions_give_the_model_that_there_was_before(
    uncoded: Corpus, latent: LatentParams, tmp_path: Path
) -> None:
    assert trained(uncoded, replace(FEW, latent=latent), tmp_path / "m").category.vectoriser.latent is None
    trained(uncoded, small_params(), tmp_path / "before")
    described = []
    for name in ("m", "before"):
        described.append(json.loads((tmp_path / name / "model.json").read_text(encoding="utf-8")))
        del described[-1]["params"]["latent"]
    assert described[0] == described[1]
    for name in set(PARTS) - {"model.json"}:
        assert (tmp_path / "m" / name).read_bytes() == (tmp_path / "before" / name).read_bytes()


def test_labels_alone_give_none(corpus: Corpus, tmp_path: Path) -> None:
    assert load_training_set(corpus.reports, corpus.labels, corpus.codebook).unlabelled == 0
    assert trained(corpus, FEW, tmp_path / "m").category.vectoriser.latent is None


def test_training_twice_gives_the_same_bytes(uncoded: Corpus, folder: Path, tmp_path: Path) -> None:
    trained(uncoded, FEW, tmp_path / "m")
    for name in PARTS:
        assert (tmp_path / "m" / name).read_bytes() == (folder / name).read_bytes()


def test_words_of_uncoded_reports_are_learnt_and_one_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    copy = build_corpus(tmp_path)
    (copy.reports / "more.txt").write_text("标题\n" + "疏浚河道九里。河道疏浚完成。\n" * 40, encoding="utf-8")
    (copy.reports / "broken.txt").write_bytes(b"")
    faults: list[WorktagError] = []
    model = trained(copy, FEW, tmp_path / "m", faults)
    assert model.category.vectoriser.latent is not None
    assert "疏浚" in list(model.category.vectoriser.latent.vectoriser.terms_[0])
    assert "疏浚" not in list(model.category.vectoriser.terms_[0])
    assert ["broken.txt" in fault.line() for fault in faults] == [True]


def test_the_command_says_that_it_learnt_from_uncoded_reports(uncoded: Corpus, tmp_path: Path, worktag: Run) -> None:
    values = yaml.safe_load(default_params().read_text(encoding="utf-8"))
    file = tmp_path / "params.yaml"
    file.write_text(yaml.safe_dump(values), encoding="utf-8")
    (uncoded.reports / "zz.txt").write_bytes(b"")
    words = ["train", "--reports", uncoded.reports, "--labels", uncoded.labels, "--codebook", uncoded.codebook_file]
    outcome = worktag(*words, "--params", file, "-o", tmp_path / "m", "--no-evaluate")
    (uncoded.reports / "zz.txt").unlink()
    assert outcome.code == 0
    lines = outcome.out.splitlines()
    assert lines[0] == "few labels: learnt from the reports that have none, too (params.yaml: latent)"
    assert lines[1].startswith("left out, no labels: ")
    assert "zz.txt" in lines[1]


def test_loading_keeps_the_space_to_the_byte_and_the_posteriors_nearly(uncoded: Corpus, few: Model, tmp_path: Path) -> None:
    arguments = (uncoded.reports, uncoded.labels, uncoded.codebook_file, uncoded.dictionary, FEW)
    before = train_from_files(*arguments, tmp_path / "m")
    one, other = before.category.vectoriser.latent, few.category.vectoriser.latent
    assert one is not None
    assert other is not None
    assert np.array_equal(one.projection.packed, other.projection.packed)
    assert np.array_equal(one.projection.scale, other.projection.scale)
    assert few.stage.vectoriser.latent is other
    for found, wanted in zip(few.posteriors(structured(UNSEEN)), before.posteriors(structured(UNSEEN)), strict=True):
        assert_allclose(found, wanted, atol=0.02)


def test_the_engine_gives_the_tags_of_the_reference(uncoded: Corpus, few: Model) -> None:
    coded = load_training_set(uncoded.reports, uncoded.labels, uncoded.codebook).documents
    assert few.engine is not None
    assert_same_tags(few, [*coded, structured(UNSEEN), structured(""), structured("§")])


def test_it_has_a_say_in_the_tags(few: Model) -> None:
    assert few.engine is not None
    before = tag_columns(few, [structured(UNSEEN)])
    for weights in few.engine.latent_weights:
        assert np.abs(weights).max() > 0.01
        weights *= 0
    assert tag_columns(few, [structured(UNSEEN)]) != before
    del few.__dict__["engine"]
    assert tag_columns(few, [structured(UNSEEN)]) == before


def test_it_is_a_source_of_its_own_without_terms(few: Model) -> None:
    head = few.category
    (one,) = explain_text(few, "播种小麦八亩。", top=10_000)
    scores = head.scorer.scores(head.vectoriser.transform(contexts(structured("播种小麦八亩。"))))[0] - head.scorer.intercept
    assert sum(part for _, part in one.sources) == pytest.approx(scores[head.classes.index(one.category)] - scores.mean())
    assert dict(one.sources)["latent"] != 0
    assert one.reasons
    assert all(reason.term and reason.source != "latent" for reason in one.reasons)


def test_evidence_is_marked_in_words(few: Model) -> None:
    ((span, *_),) = mark_evidence(few, ["播种小麦八亩。"], [0])
    assert "播种小麦八亩。"[slice(*span)]


def test_a_space_of_other_features_is_a_named_fault(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "m"
    copy.mkdir()
    for file in folder.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    with np.load(copy / "weights.npz") as arrays:
        spoilt = {name: values[1:] if name == "latent_weights" else values for name, values in arrays.items()}
    np.savez_compressed(copy / "weights.npz", allow_pickle=False, **spoilt)
    seal(copy)
    with pytest.raises(ModelError, match="a latent space of other features"):
        load_model(copy)


def test_words_that_stand_with_the_same_others_come_close() -> None:
    texts = ["甲乙", "甲丙", "丁戊", "丁己"] * 5
    rows = [context for text in texts for context in contexts(structured(text))]
    blocks = [Block("own", "character", 1, 1, 1, 1.0)]
    latent = fit_latent(count_terms(rows, blocks, Segmenter()), blocks, Segmenter(), LatentParams(2, 1, min_df=1), seed=0)
    assert latent is not None
    one, same, far = latent.transform([contexts(structured(text))[0] for text in ("乙", "丙", "己")])
    assert one @ one == pytest.approx(latent.weight)
    assert one @ same > 0.9 * latent.weight > 0.3 > abs(one @ far)


def test_no_text_gives_no_space() -> None:
    blocks = [Block("own", "character", 1, 1, 1, 1.0)]
    for rows in ([], contexts(structured("甲"))):
        assert fit_latent(count_terms(rows, blocks, Segmenter()), blocks, Segmenter(), LatentParams(2, 1), seed=0) is None
