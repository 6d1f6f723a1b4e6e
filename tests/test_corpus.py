"""Describing a corpus: how varied it is, and that the bundled one is no copy of itself."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from pipeline.corpus import describe_files, nearest_similarity
from pipeline.errors import WorktagError
from pipeline.resources import default_model
from tests.conftest import Corpus


def test_the_counts_of_a_small_corpus(corpus: Corpus) -> None:
    found = describe_files(corpus.reports, corpus.labels, None, corpus.codebook_file, corpus.dictionary)
    assert (found["reports"], found["units"], found["coded_sentences"]) == (4, 2, 48)
    assert found["categories"] == {"farming": 20, "schooling": 20, "rest": 8}
    assert found["stages"] == {"done": 24, "plan": 8, "context": 16}
    assert found["characters"] == sum(
        len("".join(file.read_text(encoding="utf-8").split())) for file in corpus.reports.glob("*.txt")
    )
    assert found["length_percentiles"]["10"] <= found["length_percentiles"]["50"] <= found["length_percentiles"]["90"]
    assert found["layouts"]["levels 一、（一）1."] == 4
    assert found["layouts"]["points 一是"] == 0
    assert "agreement" not in found
    json.dumps(found, allow_nan=False)


def test_two_codings_that_are_one_agree_fully(corpus: Corpus) -> None:
    found = describe_files(corpus.reports, corpus.labels, corpus.labels, corpus.codebook_file, corpus.dictionary)
    assert found["agreement"]["sentences"] == 48
    assert found["agreement"]["equal_categories"] == found["agreement"]["category"]["alpha"] == 1.0


def test_a_missing_folder_is_a_named_fault(corpus: Corpus, tmp_path: Path) -> None:
    with pytest.raises(WorktagError, match="no such file or folder"):
        describe_files(tmp_path / "none", corpus.labels, None, corpus.codebook_file, corpus.dictionary)


def test_the_nearest_of_another_report_counts() -> None:
    texts = ["甲乙丙丁戊己庚", "甲乙丙丁戊己庚", "甲乙丙丁戊己壬", "子丑寅卯辰巳午", "短"]
    # 5-grams: 3 each; the third shares 2 of its 3 with the first two: Jaccard 2 / 4.
    assert nearest_similarity(texts, np.array([0, 1, 1, 2, 3])).tolist() == [1.0, 1.0, 0.5, 0.0, 0.0]
    assert nearest_similarity(texts, np.array([0, 0, 0, 1, 2])).tolist() == [0.0] * 5


@pytest.mark.parametrize("rows", [1, 2, 500])
def test_comparing_part_by_part_changes_nothing(rows: int) -> None:
    texts = ["甲乙丙丁戊己庚", "甲乙丙丁戊己庚", "甲乙丙丁戊己壬", "子丑寅卯辰巳午"]
    assert nearest_similarity(texts, np.array([0, 1, 2, 3]), rows=rows).tolist() == [1.0, 1.0, 0.5, 0.0]


def test_texts_too_short_for_a_5_gram_have_no_neighbour() -> None:
    assert nearest_similarity(["甲", "乙丙"], np.array([0, 1])).tolist() == [0.0, 0.0]


def test_the_bundled_corpus_is_varied_and_its_coders_agree() -> None:
    found = json.loads((default_model() / "corpus.json").read_text(encoding="utf-8"))
    assert found["alike_share_of_15_characters_or_more"] < 0.05
    assert found["agreement"]["category"]["alpha"] > 0.7
    for layout, reports in found["layouts"].items():
        assert reports >= 5, layout
