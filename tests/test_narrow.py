"""A model that is narrowed to the terms of few texts scores them as the whole one does, to the last bit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipeline.classify import LinearScorer
from pipeline.collect import collect
from pipeline.engine import Engine
from pipeline.lexicon import Lexicon, Terms
from pipeline.model import Model, load_model
from pipeline.narrow import Head, narrowed
from pipeline.pack import PackedScorer
from pipeline.records import StructuredDocument
from pipeline.vectorise import BlockVectoriser
from tests.conftest import ROOT, structured

SEEDS = sorted((ROOT / "seeds").glob("*.txt"))
EDGES = ["", "。", "ΑΣ，ΟΔΟΣ：Σ。İstanbul ＡＰＰ\n\n\u3000主要　工作", "App\x00宣传\x01，\x02教育\x03。", "𠮷①✓\x1c㐀。" * 9]


def heads_of(model: Model) -> list[Head]:
    return [(head.vectoriser, head.scorer) for head in (model.category, model.stage)]


def assert_same_scores(model: Model, documents: Sequence[StructuredDocument]) -> int:
    """Compare scores bit by bit, and return how many features the narrow model has."""
    collected = collect(documents)
    narrow = narrowed(heads_of(model), collected.texts)
    assert model.engine is not None
    for one, other in zip(Engine(narrow, model.segmenter).scores(collected), model.engine.scores(collected), strict=True):
        assert one.tobytes() == other.tobytes()
    return sum(sum(map(len, vectoriser.terms_)) for vectoriser, _ in narrow)


@pytest.mark.parametrize("file", SEEDS[::12], ids=lambda file: file.stem)
def test_pages_get_the_same_scores(model: Model, file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    for size in (60, 600, 2_000, len(text)):
        assert assert_same_scores(model, [structured(text[:size]), structured(text[size : size + 100])]) > 0


@pytest.mark.parametrize("text", EDGES)
def test_texts_at_the_edge_get_the_same_scores(model: Model, small_model: Model, text: str) -> None:
    for one in (model, small_model):
        assert_same_scores(one, [structured(text)])


def test_no_text_needs_hardly_any_term(model: Model) -> None:
    assert assert_same_scores(model, []) < 50
    whole = sum(sum(map(len, vectoriser.terms_)) for vectoriser, _ in heads_of(model))
    assert assert_same_scores(model, [structured("全年举办政策宣讲12场，发放手册3000册。")]) < whole / 50


def test_a_model_without_terms_stays_one(small_model: Model) -> None:
    vectoriser, scorer = small_model.stage.vectoriser, small_model.stage.scorer
    assert isinstance(scorer, PackedScorer)
    terms = [Terms(Lexicon.empty(), np.zeros(0, dtype=np.int64)) for _ in vectoriser.blocks]
    empty = BlockVectoriser(vectoriser.blocks, 0.3, small_model.segmenter).restore(terms, [np.zeros(0) for _ in terms])
    ((narrow, weights),) = narrowed([(empty, replace(scorer, packed=scorer.packed[-6:]))], ["播种。"])
    assert sum(map(len, narrow.terms_)) == 0
    assert (weights.weights == scorer.weights[-6:]).all()


def test_what_is_not_loaded_is_not_narrowed(small_model: Model) -> None:
    """A model that was just trained, with its weights as they were fitted, is there already."""
    head = small_model.category
    assert narrowed([(head.vectoriser, LinearScorer(head.scorer.weights, head.scorer.intercept))], ["播种。"]) == []


def test_the_first_few_texts_alone_get_a_narrow_engine(small_folder: Path) -> None:
    few, many = ["播种小麦。"], ["播种小麦。" * 1_000]
    model = load_model(small_folder)
    first = model.engine_for(few)
    assert first is not None
    assert "engine" not in model.__dict__
    assert model.engine_for(few) is model.engine_for(many) is model.engine is not first
    model = load_model(small_folder)
    assert model.engine_for(many) is model.engine_for(few) is model.engine
