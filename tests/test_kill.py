"""kill -9 at random moments, and --resume: a small run of ``python -m benchmarks.kill_resume``."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.kill_resume import SEEDS, call, files_of, make_batch, measure, run


def test_a_batch_that_is_killed_and_resumed_equals_one_that_nobody_killed(tmp_path: Path) -> None:
    assert [kill.is_equal for kill in measure(100, 4, 3, tmp_path, command="structure")] == [True] * 4


def test_the_batch_has_broken_files_and_copies_so_that_their_lists_are_compared_too(tmp_path: Path) -> None:
    make_batch(tmp_path / "reports", 100)
    output = tmp_path / "out" / "units.csv"
    assert run(call("structure", tmp_path / "reports", output)).startswith("98 documents, ")
    assert sorted(files_of(output)) == [".csv", ".csv.duplicates.csv", ".csv.errors.csv"]


@pytest.mark.skipif(not SEEDS.exists(), reason="not in a clone")
def test_each_file_of_the_batch_is_its_own(tmp_path: Path) -> None:
    make_batch(tmp_path, 50)
    texts = [file.read_bytes() for file in sorted(tmp_path.rglob("*.txt"))]
    assert len(texts) == 50
    assert len(set(texts)) == 49
