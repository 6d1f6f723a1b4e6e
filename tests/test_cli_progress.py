"""What is shown of a batch that runs."""

from __future__ import annotations

import sys
import time

import pytest

from pipeline.cli_progress import batch_progress, duration, state_of
from pipeline.tally import Progress


def at(documents: int, work: int, resumed: int = 0, resumed_work: int = 0) -> Progress:
    return Progress(documents, 1_000, work, 100_000, resumed, resumed_work, "甲.txt")


@pytest.mark.parametrize(
    ("progress", "seconds", "text"),
    [
        (at(0, 0), 5.0, "0 of 1,000 documents"),
        (at(100, 10_000), 10.0, "100 of 1,000 documents, 10.0/s, 2 min left"),
        (at(100, 50_000), 10.0, "100 of 1,000 documents, 10.0/s, 10 s left"),  # the large ones are done
        (at(600, 60_000, 500, 50_000), 10.0, "600 of 1,000 documents, 10.0/s, 40 s left"),
        (at(500, 50_000, 500, 50_000), 10.0, "500 of 1,000 documents"),
    ],
)
def test_rate_and_remaining_time_count_work_and_not_what_was_kept(progress: Progress, seconds: float, text: str) -> None:
    assert state_of(progress, seconds) == text


@pytest.mark.parametrize(("seconds", "text"), [(0.4, "0 s"), (59, "59 s"), (60, "1 min"), (3599, "60 min"), (7_500, "2 h 5 min")])
def test_a_duration_is_said_as_a_person_says_it(seconds: float, text: str) -> None:
    assert duration(seconds) == text


class _Clock:
    """A clock that the test sets."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        monkeypatch.setattr(time, "monotonic", lambda: self.now)


def test_without_a_terminal_a_line_comes_now_and_then_and_ever_more_rarely(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = _Clock(monkeypatch)
    with batch_progress("tagging") as report:
        for second in range(8 * 3600):
            clock.now = float(second)
            report(at(1 + second // 30, 1 + second))
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("tagging: 3 of 1,000 documents, 0.1/s, ")
    assert 25 < len(lines) < 40


def test_a_short_batch_shows_nothing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for is_terminal in (False, True):
        monkeypatch.setattr(sys.stderr, "isatty", lambda is_terminal=is_terminal: is_terminal)
        with batch_progress("tagging") as report:
            report(at(0, 0)) if not is_terminal else None
            report(at(1_000, 100_000))
    assert capsys.readouterr().err == ""


def test_on_a_terminal_a_bar_names_rate_remaining_time_and_document(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "150")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with batch_progress("tagging") as report:
        report(at(0, 0))
        time.sleep(0.01)
        report(at(250, 25_000))
    shown = capsys.readouterr().err
    assert "250 of 1,000 documents" in shown
    assert " left" in shown
    assert "甲.txt" in shown
