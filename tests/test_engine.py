"""The engine says what the way through scikit-learn says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from pipeline.classify import LinearScorer
from pipeline.collect import collect
from pipeline.engine import Engine
from pipeline.model import Model
from pipeline.params import Block
from pipeline.read import find_sources, read_document
from pipeline.records import Document, StructuredDocument
from pipeline.segment import Segmenter
from pipeline.structure import structure
from pipeline.tag import UNITS, tag_columns
from pipeline.vectorise import BlockVectoriser, contexts, count_terms
from tests.conftest import ROOT, structured

NATIONAL = ROOT.parent / "shared" / "data" / "gwr-national" / "government_work_reports.jsonl"
CLOSE = 1e-12  # 2e-15 is what stands between them; tables show four digits


def assert_same_tags(model: Model, documents: Sequence[StructuredDocument]) -> None:
    """Compare posteriors, and rows by every unit."""
    expected = [model.reference_posteriors(document) for document in documents]
    for one, other in zip(model.posteriors_of(documents), expected, strict=True):
        for found, wanted in zip(one, other, strict=True):
            assert found.shape == wanted.shape
            assert np.abs(found - wanted).max(initial=0.0) < CLOSE
    for by in UNITS:
        assert tag_columns(model, documents, by=by) == tag_columns(model, documents, by=by, posteriors=expected)


def test_the_bundled_reports_get_the_same_tags(model: Model) -> None:
    documents = [structure(read_document(source)) for source in find_sources([ROOT / "seeds"])]
    assert sum(len(document.sentences) for document in documents) > 10_000
    assert_same_tags(model, documents)


def test_a_million_characters_get_the_same_tags(model: Model) -> None:
    if not NATIONAL.is_file():
        pytest.skip(f"needs {NATIONAL}")
    with NATIONAL.open(encoding="utf-8") as rows:
        texts = [json.loads(row)["content"] for row in rows]
    assert sum(map(len, texts)) > 1_000_000
    assert_same_tags(model, [structure(Document(str(number), text)) for number, text in enumerate(texts)])


@pytest.mark.parametrize(
    "texts", [[], [""], ["", "宣传。", ""], ["一、\n（一）\n　\n"], ["App\x00宣传\x01，\x02教育\x03。İ"], ["。" * 3000]]
)
def test_texts_at_the_edge_get_the_same_tags(small_model: Model, texts: list[str]) -> None:
    assert_same_tags(small_model, [structured(text, f"{number}.txt") for number, text in enumerate(texts)])


def test_documents_do_not_depend_on_those_beside_them(model: Model) -> None:
    documents = [structured(f"一、宣传\n举办宣讲{number}场。一是进校园。二是进社区。" * (number + 1)) for number in range(9)]
    for together, document in zip(model.posteriors_of(documents), documents, strict=True):
        for one, other in zip(together, model.posteriors(document), strict=True):
            assert np.abs(one - other).max() < CLOSE


def test_blocks_of_one_kind_and_of_trigrams_each_count() -> None:
    blocks = (
        Block("own", "character", 1, 2, 1, 0.5),
        Block("own", "character", 1, 2, 2, 0.3),
        Block("own", "character", 3, 3, 1, 0.4),
    )
    document = structured("发放手册，发放教材。\n举办宣讲，举办宣讲。\n发放手册。")
    rows = contexts(document)
    learnt = BlockVectoriser(blocks, 0.3, Segmenter()).fit_counted(count_terms(rows, blocks, Segmenter()), np.arange(len(rows)))
    vectoriser = BlockVectoriser(blocks, 0.3, Segmenter()).restore(learnt.terms_, learnt.idf_)
    features = sum(map(len, vectoriser.terms_)) + 6
    scorer = LinearScorer(np.random.default_rng(1).normal(size=(features, 2)), np.array([0.5, -0.5]))
    expected = scorer.scores(vectoriser.transform(rows))
    (found,) = Engine([(vectoriser, scorer)], Segmenter()).scores(collect([document]))
    assert np.abs(found - expected).max() < CLOSE


def test_a_model_with_ngrams_that_the_engine_does_not_know_goes_the_other_way(small_model: Model) -> None:
    assert Engine.can_score([Block("own", "word", 1, 1, 1, 1.0), Block("own", "character", 1, 3, 1, 1.0)])
    assert not Engine.can_score([Block("own", "word", 1, 2, 1, 1.0)])
    assert not Engine.can_score([Block("own", "character", 4, 4, 1, 1.0)])
    other = replace(small_model)
    other.__dict__["_scorable"] = False
    assert other.engine is None
    document = structured("播种小麦3亩。发放助学金。")
    for one, wanted in zip(other.posteriors(document), small_model.posteriors(document), strict=True):
        assert np.abs(one - wanted).max() < CLOSE
