"""Processes of this machine: the same table, and neither a death nor a stop that costs more than time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline import gather, workers
from pipeline.batch import Way, paying_jobs, structure_batch, tag_batch
from pipeline.errors import ModelError, WorktagError
from pipeline.work import Job, Outcome
from tests.conftest import ROOT, Corpus

linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a chunk be two documents, so that a batch of a few files has several."""
    monkeypatch.setattr(gather, "CHUNK_DOCUMENTS", 2)


@pytest.fixture
def reports(corpus: Corpus, tmp_path: Path) -> Path:
    """Return twelve reports."""
    folder = tmp_path / "reports"
    folder.mkdir()
    for number in range(12):
        file = sorted(corpus.reports.glob("*.txt"))[number % 4]
        (folder / f"{number:02}.txt").write_text(file.read_text(encoding="utf-8") + f"又{number}。\n", encoding="utf-8")
    return folder


def children(parent: int) -> list[int]:
    """Return the living processes that a process has started, and those that they have."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == parent and fields[0] != "Z":
            number = int(status.parent.name)
            found += [number, *children(number)]
    return found


def test_any_number_of_processes_gives_the_same_table(small_folder: Path, reports: Path, tmp_path: Path) -> None:
    (reports / "05.txt").write_bytes(b"")
    whole = tag_batch(small_folder, [reports], tmp_path / "1.csv", by="paragraph")
    spread = tag_batch(small_folder, [reports], tmp_path / "2.csv", by="paragraph", way=Way(jobs=2))
    assert (tmp_path / "2.csv").read_bytes() == (tmp_path / "1.csv").read_bytes()
    assert (spread.documents, spread.rows, spread.review) == (whole.documents, whole.rows, whole.review)
    assert [failure.document for failure in spread.failures] == ["05.txt"]
    for jobs in (1, 3):
        structure_batch([reports], tmp_path / f"units{jobs}.csv", way=Way(jobs=jobs))
    assert (tmp_path / "units1.csv").read_bytes() == (tmp_path / "units3.csv").read_bytes()


@linux
def test_no_process_outlives_the_batch(reports: Path, tmp_path: Path) -> None:
    before = set(children(os.getpid()))
    structure_batch([reports], tmp_path / "units.csv", way=Way(jobs=2))
    assert set(children(os.getpid())) <= before


def dying(command: str) -> str:
    """Return a worker's command that dies, in the middle of a chunk, at each document whose name has a 7."""
    return (
        "import os, pipeline.work as work; whole = work.read_document\n"
        f"work.read_document = lambda source: os.kill(os.getpid(), {command}) if '7' in source.name else whole(source)\n"
        "from pipeline.workers import serve; serve()"
    )


@linux
def test_a_document_that_kills_its_process_twice_is_listed_and_costs_no_other(
    reports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_COMMAND", dying("9"))
    summary = structure_batch([reports], tmp_path / "units.csv", way=Way(jobs=2))
    assert summary.documents == 11
    (failure,) = summary.failures
    assert failure.document == "07.txt"
    assert "crash" in failure.error.what
    assert failure.error.where == str(reports / "07.txt")
    (reports / "07.txt").unlink()
    structure_batch([reports], tmp_path / "without.csv")
    assert (tmp_path / "units.csv").read_bytes() == (tmp_path / "without.csv").read_bytes()


@linux
def test_a_process_that_dies_once_costs_nothing(reports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    structure_batch([reports], tmp_path / "whole.csv")
    mark = tmp_path / "died"
    once = (
        "import os, pathlib, pipeline.work as work; whole = work.read_document\n"
        f"mark = pathlib.Path({str(mark)!r})\n"
        "def read(source):\n"
        "    if '7' in source.name and not mark.exists():\n"
        "        mark.touch(); os.kill(os.getpid(), 9)\n"
        "    return whole(source)\n"
        "work.read_document = read\n"
        "from pipeline.workers import serve; serve()"
    )
    monkeypatch.setattr(workers, "_COMMAND", once)
    assert structure_batch([reports], tmp_path / "units.csv", way=Way(jobs=2)).failures == ()
    assert mark.exists()
    assert (tmp_path / "units.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_processes_that_cannot_begin_are_one_fault_and_not_a_fault_of_each_document(
    reports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_COMMAND", "raise SystemExit(3)")
    with pytest.raises(WorktagError, match="ended before it could begin") as caught:
        structure_batch([reports], tmp_path / "units.csv", way=Way(jobs=2))
    assert "--jobs 1" in caught.value.remedy


def test_a_model_that_cannot_be_loaded_is_named(reports: Path, tmp_path: Path) -> None:
    job = Job("tag", folder=tmp_path / "none", digest="0")
    with pytest.raises(ModelError, match="no such model folder"):
        list(workers.on_processes(2, job, gather.chunks(gather.gather([reports]).items)))


def test_what_a_library_prints_is_not_taken_for_an_answer(reports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_COMMAND", "import pipeline.workers as w; w._begin = lambda _: print('loud'); w.serve()")
    assert structure_batch([reports], tmp_path / "units.csv", way=Way(jobs=2)).documents == 12


@linux
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_stop_leaves_no_process_and_says_how_to_go_on(reports: Path, tmp_path: Path, number: signal.Signals) -> None:
    text = (reports / "00.txt").read_bytes() * 40
    for more in range(600):  # so that the stop comes midway on a busy machine too
        (reports / f"x{more}.txt").write_bytes(text + str(more).encode())
    output = tmp_path / "units.csv"
    command = [sys.executable, "-m", "pipeline.cli", "structure", str(reports), "-o", str(output), "-j", "2"]
    batch = subprocess.Popen(command, stderr=subprocess.PIPE, cwd=ROOT, text=True, start_new_session=True)
    started = _wait(lambda: _kept(output) > 0 and len(children(batch.pid)) >= 2)
    running = children(batch.pid)
    os.killpg(batch.pid, number)  # as a terminal does
    _, said = batch.communicate(timeout=60)
    assert started
    assert batch.returncode == (-9 if number == signal.SIGKILL else 128 + number)
    assert _wait(lambda: not [process for process in running if Path(f"/proc/{process}").exists()])
    if number != signal.SIGKILL:
        assert len(said.splitlines()) == 1
        assert "call it again with --resume to go on" in said
    done = subprocess.run([*command, "--resume"], capture_output=True, cwd=ROOT, text=True, check=True, timeout=120)
    assert "documents were kept from before" in done.stdout
    structure_batch([reports], tmp_path / "whole.csv")
    assert output.read_bytes() == (tmp_path / "whole.csv").read_bytes()


def _kept(output: Path) -> int:
    journal = Path(f"{output}.partial") / "journal"
    return journal.read_bytes().count(b'"belongs"') if journal.exists() else 0


def _wait(condition: Any, seconds: float = 90) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.02)
    return False


def test_processes_are_started_where_they_pay_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3}, raising=False)
    assert [paying_jobs(work) for work in (0, 100_000, 5_000_000, 10**9)] == [1, 1, 2, 4]


def test_outcomes_come_as_they_are_done_with_their_chunks(reports: Path) -> None:
    def results() -> Iterator[tuple[int, list[Outcome]]]:
        for number, pairs in workers.on_processes(2, Job("structure"), gather.chunks(gather.gather([reports]).items)):
            assert [item.source.name for item, _ in pairs] == [outcome.name for _, outcome in pairs]
            yield number, [outcome for _, outcome in pairs]

    assert sorted(number for number, _ in results()) == list(range(6))
