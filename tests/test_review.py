"""The review mark: the threshold keeps what it promises."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.review import ALL_MARKED, promising_threshold, review_threshold


@pytest.mark.parametrize(
    ("best", "right", "precision", "threshold"),
    [
        ([0.9, 0.8, 0.7, 0.6], [True, True, True, True], 0.95, 0.6),
        ([0.9, 0.8, 0.7, 0.6], [True, True, False, False], 0.95, 0.8),
        ([0.9, 0.8, 0.7, 0.6], [True, True, False, True], 0.75, 0.6),
        ([0.9, 0.8, 0.7, 0.6], [False, True, True, True], 0.95, ALL_MARKED),
        # of equal posteriors either all are kept or none
        ([0.9, 0.8, 0.8, 0.6], [True, True, False, False], 0.95, 0.9),
        ([0.8, 0.8], [True, False], 0.95, ALL_MARKED),
    ],
)
def test_the_review_threshold_keeps_its_promise(best: list[float], right: list[bool], precision: float, threshold: float) -> None:
    posteriors = np.array([[value, 1 - value] for value in best])
    truth = np.where(right, 0, 1)
    assert review_threshold([truth], [posteriors], precision) == threshold


def test_the_review_threshold_keeps_its_promise_on_random_posteriors() -> None:
    random = np.random.default_rng(3)
    for seed in range(20):
        best = np.round(random.uniform(0.5, 1.0, 200), 2 + seed % 4)
        right = random.random(200) < best
        posteriors = np.stack([best, 1 - best], axis=1)
        threshold = review_threshold([np.where(right, 0, 1)], [posteriors], 0.85)
        kept = best >= threshold
        assert kept.sum() == 0 or right[kept].mean() >= 0.85
        assert kept.any()


def test_where_the_wanted_precision_marks_too_many_the_promised_one_decides() -> None:
    best = np.linspace(0.99, 0.5, 100)
    posteriors = np.stack([best, 1 - best], axis=1)
    surest_is_wrong = np.arange(100) == 0
    few = [np.where(surest_is_wrong | (np.arange(100) > 96), 1, 0)]
    assert (best >= review_threshold(few, [posteriors], 0.99)).sum() == 0
    assert (best >= promising_threshold(few, [posteriors], 0.99)).sum() == 100
    none = [np.where(np.arange(100) > 90, 1, 0)]
    assert promising_threshold(none, [posteriors], 0.98) == review_threshold(none, [posteriors], 0.98)


def test_where_all_are_marked_even_a_posterior_of_1_is() -> None:
    assert review_threshold([np.array([1])], [np.array([[1.0, 0.0]])], 0.95) > 1.0


def test_unlabelled_sentences_have_no_say_in_the_threshold() -> None:
    posteriors = np.array([[0.9, 0.1], [0.7, 0.3]])
    assert review_threshold([np.array([0, -1])], [posteriors], 0.95) == 0.9
