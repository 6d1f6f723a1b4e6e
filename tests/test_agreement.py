"""Inter-coder agreement against published and hand-worked values."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from pipeline.agreement import agreement, agreement_rows, coder_agreement, krippendorff_alpha
from pipeline.codebook import codebook_from
from pipeline.errors import LabelError
from pipeline.labels import Found, Label
from tests.conftest import Corpus, label, structured

REPORT = structured("标题\n" + "".join(f"第{number}句话的内容。\n" for number in "甲乙丙丁戊己庚辛壬癸"))
CODES = ("farming", "schooling")


def coding(letters: str, coder: str) -> list[Found]:
    """Return labels of the sentences behind the title: f for farming, s for schooling, a dot for none."""
    names = {"f": "farming", "s": "schooling"}
    return [
        Found(label(REPORT, number, names[letter], "done", coder), (number,))
        for number, letter in enumerate(letters, 1)
        if letter != "."
    ]


def test_alpha_of_the_example_of_krippendorff_2011_section_a() -> None:
    """Two observers, ten units, two values: 6 units of 0-0 and 1-1, four unequal; alpha is 0.095."""
    assert krippendorff_alpha(np.array([[5.0, 3.0], [1.0, 1.0]])) == pytest.approx(0.095, abs=5e-4)


def test_alpha_of_the_example_of_krippendorff_2011_section_b() -> None:
    """Two observers, twelve units, five nominal values; alpha is 0.692."""
    pairs = np.zeros((5, 5))
    for one, other in zip("aabbdcccedda", "babbbccceddd", strict=True):
        pairs["abcde".index(one), "abcde".index(other)] += 1
    assert krippendorff_alpha(pairs) == pytest.approx(0.692, abs=5e-4)


def test_perfect_agreement_is_1_and_a_single_code_says_nothing() -> None:
    assert krippendorff_alpha(np.diag([3.0, 4.0])) == pytest.approx(1.0)
    assert np.isnan(krippendorff_alpha(np.array([[5.0, 0.0], [0.0, 0.0]])))


def test_alpha_does_not_depend_on_who_is_first() -> None:
    pairs = np.random.default_rng(1).integers(0, 9, (4, 4)).astype(float)
    assert krippendorff_alpha(pairs) == pytest.approx(krippendorff_alpha(pairs.T))


def test_codes_by_chance_have_an_alpha_near_nought() -> None:
    random = np.random.default_rng(2)
    pairs = np.zeros((3, 3))
    np.add.at(pairs, (random.integers(0, 3, 20000), random.integers(0, 3, 20000)), 1)
    assert abs(krippendorff_alpha(pairs)) < 0.02


def test_two_codings_of_a_report(corpus: Corpus) -> None:
    found = agreement(coding("ffffsssss.", "甲"), coding("fffsssssf.", "乙"), corpus.codebook, seed=1)
    assert found["sentences"] == 9
    assert found["equal_categories"] == round(7 / 9, 4)
    low, high = found["category"]["interval"]
    assert low <= found["category"]["alpha"] <= high
    assert found["categories"]["farming"]["alpha"] == found["categories"]["schooling"]["alpha"] == found["category"]["alpha"]


def test_only_sentences_coded_by_both_count(corpus: Corpus) -> None:
    assert agreement(coding("fs.f......", "甲"), coding(".sff......", "乙"), corpus.codebook, seed=1)["sentences"] == 2


def test_what_nobody_coded_has_no_alpha_and_stays_valid_json(corpus: Corpus) -> None:
    found = agreement(coding("ffss......", "甲"), coding("ffsf......", "乙"), corpus.codebook, seed=1)
    assert found["categories"]["rest"] == {"alpha": None, "interval": None}
    assert found["stage"] == {"alpha": None, "interval": None}
    json.dumps(found, allow_nan=False)


def test_codings_without_a_common_sentence_are_refused(corpus: Corpus) -> None:
    with pytest.raises(LabelError, match="no sentence was coded by both"):
        agreement(coding("ff........", "甲"), coding("..ss......", "乙"), corpus.codebook, seed=1)


def test_the_interval_is_the_same_each_time_and_follows_the_seed(corpus: Corpus) -> None:
    first, second = coding("ffffsssssf", "甲"), coding("fffssssfff", "乙")
    found = [agreement(first, second, corpus.codebook, seed=seed)["category"]["interval"] for seed in (1, 1, 2)]
    assert found[0] == found[1] != found[2]


def test_stages_are_compared_too() -> None:
    book = codebook_from(
        {"categories": [{"code": code} for code in CODES], "stages": [{"code": "done"}, {"code": "plan"}], "residual": "farming"},
        where="",
    )
    first = coding("ffss......", "甲")
    second = [replace(one, label=replace(one.label, stage="plan", coder="乙")) for one in first]
    found = agreement(first, second, book, seed=1)
    assert found["category"]["alpha"] == 1.0
    assert found["stage"]["alpha"] < 0


def observed() -> list[Label]:
    """Return the codes of the example in section C: four observers, twelve units, five values; 0 for none. Unit 12 has no pair."""
    table = ("123321412000", "123322412503", "033323422510", "123324412510")
    rows = []
    for coder, values in enumerate(table):
        rows += [
            replace(label(REPORT, 1, f"c{value}", "done", f"coder {coder}"), paragraph=place, sentence=1)
            for place, value in enumerate(values, 1)
            if value != "0"
        ]
    return rows


def test_alpha_of_the_example_of_krippendorff_2011_section_c_with_missing_codes() -> None:
    book = codebook_from(
        {
            "categories": [{"code": f"c{value}"} for value in "12345"],
            "stages": [{"code": "done"}, {"code": "plan"}],
            "residual": "c1",
        },
        where="",
    )
    found = coder_agreement(observed(), book, seed=1)
    assert found["category"]["alpha"] == pytest.approx(0.743, abs=5e-4)
    assert found["sentences"] == 11
    assert found["coders"] == [f"coder {number}" for number in range(4)]
    low, high = found["category"]["interval"]
    assert low < 0.743 < high


def test_one_coder_who_codes_twice_and_differently_is_named(corpus: Corpus) -> None:
    one = replace(label(REPORT, 1, "farming", "done"), where="a.csv, line 2")
    twice = replace(one, category="schooling", where="a.csv, line 9")
    with pytest.raises(LabelError) as caught:
        coder_agreement([one, twice], corpus.codebook, seed=1)
    assert caught.value.where == "a.csv, line 9"
    assert "line 2" in caught.value.what


def test_codebook_versions_are_not_mixed(corpus: Corpus) -> None:
    one = replace(label(REPORT, 1, "farming", "done"), where="a.csv, line 2")
    with pytest.raises(LabelError, match="codebook version '8'"):
        coder_agreement([one, replace(one, coder="乙", codebook_version="8")], corpus.codebook, seed=1)


def test_a_single_coder_has_nobody_to_agree_with(corpus: Corpus) -> None:
    with pytest.raises(LabelError, match="no sentence was coded by two"):
        coder_agreement([label(REPORT, 1, "farming", "done")], corpus.codebook, seed=1)


def test_the_table_of_agreement_says_what_may_be_concluded_and_has_no_nan(corpus: Corpus) -> None:
    """Farming and schooling mixed up in one of nine: alpha of both is .77, tentative; rest never occurs and has no figure."""
    rows = [one.label for coder, letters in (("甲", "ffffsssss."), ("乙", "ffffsssf.s")) for one in coding(letters, coder)]
    table = agreement_rows(coder_agreement(rows, corpus.codebook, seed=1), corpus.codebook, "zh")
    found = {row["category"]: row for row in table.to_dict("records")}
    assert found["farming"]["alpha"] == found["schooling"]["alpha"]
    assert 0.667 < found["farming"]["alpha"] < 0.8
    assert found["farming"]["reliability"] == "tentative"
    assert found["rest"]["alpha"] is None
    assert not [cell for cell in table.to_numpy(dtype=object).ravel() if isinstance(cell, float) and np.isnan(cell)]
