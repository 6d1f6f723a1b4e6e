"""Uncoded reports are read in an order of chance, until there are enough, past those that can't be."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import WorktagError
from pipeline.progress import no_progress
from pipeline.uncoded import no_fault, read_uncoded


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    """Return a folder of ten reports of four sentences."""
    for number in range(10):
        (tmp_path / f"{number}.txt").write_text("标题\n修路。架桥。\n种树。\n", encoding="utf-8")
    return tmp_path


def names(reports: Path, coded: set[str], sentences: int, seed: int = 1) -> list[str]:
    found = read_uncoded(reports, coded, sentences, seed=seed, progress=no_progress, on_fault=no_fault)
    return [document.document.name for document in found]


def test_coded_reports_are_left_out(reports: Path) -> None:
    assert set(names(reports, {"0.txt", "7.txt"}, 1000)) == {f"{number}.txt" for number in range(10)} - {"0.txt", "7.txt"}
    assert names(reports, {f"{number}.txt" for number in range(10)}, 1000) == []


def test_reading_ends_when_there_are_enough_sentences(reports: Path) -> None:
    assert len(names(reports, set(), 9)) == 3
    assert names(reports, set(), 9) == names(reports, set(), 1000)[:3]


def test_the_order_is_of_chance_and_the_same_each_time(reports: Path) -> None:
    assert names(reports, set(), 1000) == names(reports, set(), 1000) != sorted(names(reports, set(), 1000))
    assert names(reports, set(), 1000) != names(reports, set(), 1000, seed=2)


def test_a_report_that_cannot_be_read_is_told_and_passed_over(reports: Path) -> None:
    (reports / "3.txt").write_bytes(b"")
    faults: list[WorktagError] = []
    calls: list[tuple[str, int, int]] = []
    found = read_uncoded(reports, {"0.txt"}, 1000, seed=1, progress=lambda *call: calls.append(call), on_fault=faults.append)
    assert len(found) == 8
    assert len(faults) == 1
    assert "3.txt" in faults[0].line()
    assert calls == [("uncoded reports", done, 9) for done in range(9)]
