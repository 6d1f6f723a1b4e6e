"""Metrics against values worked out by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.metrics import confusion_matrix, f1_score

from pipeline.codebook import codebook_from
from pipeline.errors import ModelError
from pipeline.evaluate import Judged, judge, judged_from_crossfit, measure, write_evaluation
from pipeline.measures import calibration_error, confusion, f1_scores, macro_f1, reliability
from pipeline.model import Model
from pipeline.train import load_training_set
from tests.conftest import Corpus

BOOK = codebook_from(
    {"categories": [{"code": "a"}, {"code": "b"}, {"code": "c"}], "stages": [{"code": "done"}, {"code": "plan"}], "residual": "c"},
    where="",
)
# Two reports of three sentences; coded a a b | b b a, tagged a b b | b b b.
JUDGED = Judged(
    BOOK,
    documents=np.array([0, 0, 0, 1, 1, 1]),
    paragraphs=np.array([1, 1, 2, 1, 1, 1]),
    characters=np.array([10.0, 20.0, 10.0, 30.0, 20.0, 10.0]),
    category=np.array([0, 0, 1, 1, 1, 0]),
    stage=np.array([0, 0, 0, 1, 1, 1]),
    category_posteriors=np.array(
        [[0.9, 0.1, 0.0], [0.3, 0.7, 0.0], [0.1, 0.9, 0.0], [0.0, 1.0, 0.0], [0.35, 0.65, 0.0], [0.4, 0.6, 0.0]]
    ),
    stage_posteriors=np.array([[0.9, 0.1], [0.8, 0.2], [0.4, 0.6], [0.2, 0.8], [0.1, 0.9], [0.3, 0.7]]),
)
METRICS = measure(JUDGED, bins=10, review_threshold=0.66, seed=1)


def test_shares_of_right_sentences_and_characters() -> None:
    assert METRICS["reports"] == 2
    assert METRICS["sentences"] == 6
    assert METRICS["accuracy"] == round(4 / 6, 4)
    assert METRICS["accuracy_by_characters"] == 0.7
    assert METRICS["stage_accuracy"] == round(5 / 6, 4)


def test_precision_recall_and_f1_of_each_category() -> None:
    assert METRICS["categories"]["a"] == {"precision": 1.0, "recall": 0.3333, "f1": 0.5, "support": 3}
    assert METRICS["categories"]["b"] == {"precision": 0.6, "recall": 1.0, "f1": 0.75, "support": 3}
    assert METRICS["categories"]["c"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 0}
    assert METRICS["stages"]["done"] == {"precision": 1.0, "recall": 0.6667, "f1": 0.8, "support": 3}


def test_macro_f1_is_the_mean_over_coded_categories() -> None:
    assert METRICS["macro_f1"] == 0.625
    assert METRICS["stage_macro_f1"] == round((0.8 + 6 / 7) / 2, 4)


def test_the_confusion_table_has_coded_rows_and_tagged_columns() -> None:
    assert METRICS["confusion"] == {
        "codes": ["a", "b", "c"],
        "rows_are_coded_columns_are_tagged": [[1, 2, 0], [0, 3, 0], [0, 0, 0]],
    }


def test_the_error_of_shares_within_a_report() -> None:
    # Report 1: a coded 30/40, tagged 10/40; b 10/40 and 30/40. Report 2: a 10/60 and 0; b 50/60 and 60/60. c never occurs.
    assert METRICS["share_error_points"] == pytest.approx(100 * (0.5 + 0.5 + 1 / 6 + 1 / 6) / 4, abs=1e-4)


def test_which_categories_a_paragraph_reports() -> None:
    # Coded {a}, {b}, {a, b}; tagged {a, b}, {b}, {b}.
    assert METRICS["paragraph_categories"] == {"precision": 0.75, "recall": 0.75}


def test_a_category_with_less_than_a_tenth_of_a_paragraph_is_not_reported() -> None:
    judged = replace(JUDGED, characters=np.array([1.0, 20.0, 10.0, 30.0, 20.0, 1.0]))
    # Coded {a}, {b}, {b}; tagged {b} (a has 1 of 21), {b}, {b}.
    found = measure(judged, bins=10, review_threshold=0.5, seed=1)["paragraph_categories"]
    assert found == {"precision": round(2 / 3, 4), "recall": round(2 / 3, 4)}


def test_the_review_mark() -> None:
    """Three of four unmarked ones are right: fewer than the promised 95%."""
    assert METRICS["review"] == {
        "threshold": 0.66,
        "unmarked_share": round(4 / 6, 4),
        "unmarked_precision": 0.75,
        "promise_kept": False,
    }
    assert measure(JUDGED, bins=10, review_threshold=1.01, seed=1)["review"]["unmarked_precision"] is None


def test_the_reliability_curve_and_ece_by_hand() -> None:
    best, right = np.array([0.95, 0.85, 0.82, 0.55, 1.0]), np.array([True, True, False, False, True])
    rows = reliability(best, right, 10)
    assert [row["sentences"] for row in rows] == [1, 2, 2]
    assert_allclose([row["posterior"] for row in rows], [0.55, 0.835, 0.975])
    assert_allclose([row["right"] for row in rows], [0.0, 0.5, 1.0])
    assert calibration_error(best, right, 10) == pytest.approx((1 * 0.55 + 2 * 0.335 + 2 * 0.025) / 5)


def test_ece_is_nought_where_posteriors_are_met_and_for_no_sentence() -> None:
    assert calibration_error(np.full(4, 0.75), np.array([True, True, True, False]), 10) == pytest.approx(0.0)
    assert calibration_error(np.zeros(0), np.zeros(0, dtype=bool), 10) == 0.0


def test_intervals_contain_the_point_and_lie_within_0_and_1() -> None:
    random = np.random.default_rng(4)
    documents = np.repeat(np.arange(30), 8)
    truth = random.integers(0, 3, 240)
    posteriors = random.dirichlet(np.ones(3), 240) + 0.4 * np.eye(3)[truth]
    posteriors /= posteriors.sum(axis=1, keepdims=True)
    stages = np.tile([[1.0, 0.0]], (240, 1))
    judged = Judged(BOOK, documents, documents, np.ones(240), truth, np.zeros(240, dtype=np.int64), posteriors, stages)
    found = measure(judged, bins=5, review_threshold=0.5, seed=2)
    for name in ("accuracy", "macro_f1"):
        low, high = found[f"{name}_interval"]
        assert 0 <= low < found[name] < high <= 1
        assert high - low < 0.25
    assert found == measure(judged, bins=5, review_threshold=0.5, seed=2)


def test_the_interval_comes_from_whole_reports() -> None:
    """Sentences of one report go together: with one report right and one wrong the interval spans everything."""
    judged = replace(
        JUDGED,
        category=np.array([0, 0, 0, 1, 1, 1]),
        category_posteriors=np.tile([[0.8, 0.1, 0.1]], (6, 1)),
    )
    assert measure(judged, bins=5, review_threshold=0.5, seed=3)["accuracy_interval"] == [0.0, 1.0]


def test_confusion_and_f1_agree_with_scikit_learn() -> None:
    random = np.random.default_rng(5)
    truth, guess = random.integers(0, 4, 200), random.integers(0, 4, 200)
    table = confusion(truth, guess, 4)
    assert table.tolist() == confusion_matrix(truth, guess).tolist()
    assert_allclose(f1_scores(table)[2], f1_score(truth, guess, average=None))
    assert macro_f1(truth, guess, 4) == pytest.approx(f1_score(truth, guess, average="macro"))
    assert macro_f1(truth, guess, 6) == pytest.approx(macro_f1(truth, guess, 4))


def test_metrics_are_plain_json() -> None:
    assert json.loads(json.dumps(METRICS, allow_nan=False)) == METRICS


def test_cross_fitted_posteriors_are_read_back(small_model: Model, small_folder: Path) -> None:
    judged = judged_from_crossfit(small_model, small_folder)
    assert judged.category_posteriors.shape == (48, 3)
    assert int(judged.documents.max()) + 1 == 4
    assert_allclose(judged.category_posteriors.sum(axis=1), 1.0, atol=2e-4)
    found = measure(judged, bins=5, review_threshold=0.5, seed=1)
    assert found["accuracy"] > 0.5
    assert found["sentences"] == 48


def test_cross_fitted_posteriors_of_another_codebook_are_refused(small_model: Model, tmp_path: Path) -> None:
    header = "document,unit,paragraph,sentence,start,fold,characters,category,stage,farming,schooling,rest"
    header += ",stage_done,stage_plan,stage_context\n"
    for text in (
        "a,b\n1,2\n",
        header + "a.txt,u,1,1,0,0,5,fishing,done,1,0,0,1,0,0\n",
        header + "a.txt,u,x,1,0,0,5,rest,done,1,0,0,1,0,0\n",
        "",
    ):
        (tmp_path / "crossfit.csv").write_text(text, encoding="utf-8")
        with pytest.raises(ModelError, match="doesn't fit the codebook"):
            judged_from_crossfit(small_model, tmp_path)


def test_judging_further_reports_takes_the_labelled_sentences(small_model: Model, corpus: Corpus) -> None:
    training = load_training_set(corpus.reports, corpus.labels, corpus.codebook)
    partly = replace(training, categories=(np.where(np.arange(12) < 3, training.categories[0], -1), *training.categories[1:]))
    judged = judge(small_model, partly)
    assert len(judged.category) == 3 + 36
    assert judged.characters[0] == len(training.documents[0].sentences[0].text)
    assert (judge(small_model, training).category_posteriors.argmax(axis=1) == np.concatenate(training.categories)).mean() > 0.9


def test_an_evaluation_is_written_in_two_languages(tmp_path: Path) -> None:
    write_evaluation(tmp_path, JUDGED, METRICS, digest="0123456789abcdef0123")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("card.en.md", "card.md", "confusion.en.svg", "confusion.svg", "metrics.json", "reliability.en.svg", "reliability.svg")
    ]
    assert json.loads((tmp_path / "metrics.json").read_text(encoding="utf-8")) == METRICS
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    write_evaluation(tmp_path, JUDGED, METRICS, digest="0123456789abcdef0123")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
