"""Chunks that are given out: in bounds, tried alone where their worker died, whole in the end."""

from __future__ import annotations

from pathlib import Path

from pipeline.attempts import Attempt, Attempts
from pipeline.gather import Item
from pipeline.read import Source
from pipeline.work import Outcome


def items(*names: str) -> tuple[Item, ...]:
    return tuple(Item(Source(Path(name), name), 1, 1) for name in names)


def outcomes(attempt: Attempt) -> list[Outcome]:
    return [Outcome(item.source.name, "0") for item in attempt.items]


def test_chunks_are_given_out_in_order_and_no_further_ahead_than_allowed() -> None:
    attempts = Attempts(iter([items("a"), items("b"), items("c"), items("d")]), ahead=2)
    first, second = attempts.take(), attempts.take()
    assert first is not None
    assert second is not None
    assert attempts.take() is None  # the first lags
    assert [number for number, _ in attempts.done(second, outcomes(second))] == [1]
    assert attempts.take() is None
    assert [number for number, _ in attempts.done(first, outcomes(first))] == [0]
    third, fourth = attempts.take(), attempts.take()
    assert [attempt.chunk for attempt in (third, fourth) if attempt] == [2, 3]
    for attempt in (third, fourth):
        assert not attempts.is_over
        assert attempt is not None
        list(attempts.done(attempt, outcomes(attempt)))
    assert attempts.take() is None
    assert attempts.is_over


def test_what_was_lost_is_given_out_again_as_it_was_and_not_for_ever() -> None:
    attempts = Attempts(iter([items("a", "b")]), ahead=1)
    attempt = attempts.take()
    assert attempt is not None
    first = attempt.items
    for _ in range(5):
        assert attempts.lost(attempt)
        attempt = attempts.take()
        assert attempt is not None
        assert (attempt.items, attempt.deaths) == (first, 0)
    assert not attempts.lost(attempt)
    assert attempts.take() is None


def test_documents_of_a_worker_that_died_are_tried_alone_and_the_second_death_is_the_last() -> None:
    attempts = Attempts(iter([items("a", "b", "c")]), ahead=1)
    whole = attempts.take()
    assert whole is not None
    assert list(attempts.died(whole, "it crashes")) == []
    found = []
    for name in "abc":
        alone = attempts.take()
        assert alone is not None
        assert [item.source.name for item in alone.items] == [name]
        found += list(attempts.died(alone, "it crashes") if name == "b" else attempts.done(alone, outcomes(alone)))
    ((number, pairs),) = found
    assert number == 0
    assert [item.source.name for item, _ in pairs] == ["a", "b", "c"]
    failures = [outcome.failure for _, outcome in pairs]
    assert failures[0] is failures[2] is None
    assert failures[1] is not None
    assert failures[1][:2] == ("b", "it crashes")
    assert attempts.is_over


def test_a_lone_document_gets_a_second_chance() -> None:
    attempts = Attempts(iter([items("a")]), ahead=1)
    first = attempts.take()
    assert first is not None
    assert list(attempts.died(first, "it crashes")) == []
    second = attempts.take()
    assert second is not None
    assert [outcome.failure for _, pairs in attempts.done(second, outcomes(second)) for _, outcome in pairs] == [None]
