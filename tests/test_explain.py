"""Explanations: what spoke for a tag adds up to its score."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.explain import Explanation, explain_document, explain_text
from pipeline.model import Model
from pipeline.params import SOURCES
from pipeline.vectorise import contexts
from tests.conftest import structured

TEXT = "播种小麦八亩，出苗整齐。学生搬进新教室。"


@pytest.fixture(scope="module")
def explanations(small_model: Model) -> list[Explanation]:
    return explain_text(small_model, TEXT)


def test_each_sentence_is_explained_with_the_tag_that_it_gets(small_model: Model, explanations: list[Explanation]) -> None:
    document = structured(TEXT)
    categories, stages = small_model.posteriors(document)
    assert [one.text for one in explanations] == ["播种小麦八亩，出苗整齐。", "学生搬进新教室。"]
    for number, one in enumerate(explanations):
        assert one.category == small_model.category.classes[categories[number].argmax()] == one.posteriors[0][0]
        assert one.posteriors[0][1] == pytest.approx(categories[number].max())
        assert [value for _, value in one.posteriors] == sorted((value for _, value in one.posteriors), reverse=True)
        assert one.stage == (small_model.stage.classes[stages[number].argmax()], pytest.approx(stages[number].max()))


def test_telling_words_speak_for_their_category(explanations: list[Explanation]) -> None:
    assert explanations[0].category == "farming"
    assert {"播种", "小麦"} & {reason.term for reason in explanations[0].reasons if reason.weight > 0}
    assert explanations[1].category == "schooling"
    assert any("学生" in reason.term for reason in explanations[1].reasons if reason.weight > 0)


def test_all_features_together_are_the_score_above_the_mean(small_model: Model) -> None:
    head = small_model.category
    (one,) = explain_text(small_model, "播种小麦八亩。", top=10_000)
    document = structured("播种小麦八亩。")
    scores = head.scorer.scores(head.vectoriser.transform(contexts(document)))[0] - head.scorer.intercept
    expected = scores[head.classes.index(one.category)] - scores.mean()
    assert sum(reason.weight for reason in one.reasons) == pytest.approx(expected)
    assert sum(part for _, part in one.sources) == pytest.approx(expected)
    by_source = {source: sum(reason.weight for reason in one.reasons if reason.source == source) for source, _ in one.sources}
    assert dict(one.sources) == pytest.approx(by_source)


def test_reasons_are_the_strongest_and_as_many_as_asked_for(small_model: Model) -> None:
    (few,), (many,) = (explain_text(small_model, "播种小麦八亩。", top=top) for top in (3, 10_000))
    assert len(few.reasons) == 3
    assert few.reasons == many.reasons[:3]
    strengths = [abs(reason.weight) for reason in many.reasons]
    assert strengths == sorted(strengths, reverse=True)
    assert {reason.source for reason in many.reasons} <= {*SOURCES, "place"}


def test_a_heading_above_speaks_too(small_model: Model) -> None:
    (without,), (with_heading,) = (explain_text(small_model, "数量增加了一倍。", headings=path) for path in ((), ("一、农业生产",)))
    assert not any(source == "heading" for source, _ in without.sources)
    assert any(source == "heading" for source, _ in with_heading.sources)
    assert with_heading.category == "farming"
    assert dict(with_heading.sources)["heading"] > 0


def test_terms_are_shown_with_marks_for_beginning_and_end(small_model: Model) -> None:
    (one,) = explain_text(small_model, "播种小麦八亩。", headings=("一、农业生产",), top=10_000)
    terms = {reason.term for reason in one.reasons}
    assert any(term.startswith("^") for term in terms)
    assert not any(sign in term for term in terms for sign in "\x02\x03\n")


def test_no_text_needs_no_explanation(small_model: Model) -> None:
    assert explain_text(small_model, " \n ") == []
    assert explain_document(small_model, structured("")) == []


def test_the_posterior_alone_is_the_one_before_decoding(small_model: Model, explanations: list[Explanation]) -> None:
    head = small_model.category
    plain = head.calibrator.posteriors(head.scorer.scores(head.vectoriser.transform(contexts(structured(TEXT)))))
    for number, one in enumerate(explanations):
        assert one.alone == pytest.approx(plain[number][head.classes.index(one.category)])
        assert np.isfinite(one.alone)
