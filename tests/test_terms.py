"""Distinctive words: Monroe, Colaresi & Quinn's log-odds by hand, and which words may be named."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.terms import distinctive_terms, log_odds_ratio


def test_log_odds_by_hand() -> None:
    """Two words, 30 and 10 in one group, 10 and 30 in the other; the prior of 1,000 words is half and half.

    Equation 16: ln(530 / 510) - ln(510 / 530); its variance, equation 20: 1/530 + 1/510.
    """
    z, log_odds = log_odds_ratio(np.array([[30.0, 10.0], [10.0, 30.0]]))
    assert log_odds[0, 0] == pytest.approx(2 * np.log(530 / 510))
    assert z[0, 0] == pytest.approx(2 * np.log(530 / 510) / np.sqrt(1 / 530 + 1 / 510))
    assert log_odds == pytest.approx(np.array([[1, -1], [-1, 1]]) * log_odds[0, 0])


def test_the_prior_keeps_rare_words_from_the_top() -> None:
    """A word that stands twice here and nowhere else is less notable than one that stands 60 against 20 times."""
    z, _ = log_odds_ratio(np.array([[2.0, 60.0, 438.0], [0.0, 20.0, 480.0]]))
    assert z[0, 1] > z[0, 0] > 0


def test_a_group_without_words_gives_numbers() -> None:
    z, log_odds = log_odds_ratio(np.array([[3.0, 4.0], [0.0, 0.0]]))
    assert np.isfinite(z).all()
    assert np.isfinite(log_odds).all()


def terms(texts: list[str], groups: list[int], documents: list[int], names: tuple[str, ...] = ()) -> list[tuple[int, str]]:
    found = distinctive_terms(texts, np.array(groups), np.array(documents), str.split, count=2, own_names=names)
    return [(term.group, term.term) for term in found]


def test_words_are_counted_where_they_stand() -> None:
    found = distinctive_terms(["灌溉 灌溉 学校", "灌溉", "学校 学校"], np.array([0, 0, 1]), np.array([0, 1, 2]), str.split, count=2)
    first = found[0]
    assert (first.group, first.term, first.count, first.elsewhere, first.documents) == (0, "灌溉", 3, 0, 2)
    assert (found[1].group, found[1].term, found[1].count, found[1].elsewhere) == (1, "学校", 2, 1)


def test_a_word_of_one_report_says_nothing_of_a_group_of_several() -> None:
    assert terms(["灌溉 灌溉", "道路", "学校 学校"], [0, 0, 1], [0, 1, 2]) == [(1, "学校")]


@pytest.mark.parametrize("word", ["五百亩", "第三批", "二十", "三是", "的", "GDP", "2024"])
def test_numbers_enumerators_and_single_characters_are_no_words(word: str) -> None:
    assert terms([f"{word} {word} 灌溉 灌溉", "学校 学校"], [0, 1], [0, 1]) == [(0, "灌溉"), (1, "学校")]


def test_a_vocabulary_of_one_word_sets_nobody_apart() -> None:
    assert terms(["学校", "学校 学校"], [0, 1], [0, 1]) == []


def test_parts_of_a_groups_own_name_are_left_out() -> None:
    assert terms(["东河 东河 灌溉 灌溉", "学校 学校"], [0, 1], [0, 1], ("东河县", "西山镇")) == [(0, "灌溉"), (1, "学校")]


def test_groups_without_any_word_have_none() -> None:
    assert terms(["", ""], [0, 1], [0, 1]) == []
