"""A Dask cluster of separate processes on this machine: the same table, also when a worker dies midway."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline import batch, cluster, gather
from pipeline.batch import Way, structure_batch, tag_batch
from pipeline.errors import Stopped, WorktagError
from pipeline.tally import Progress
from tests.conftest import ROOT, Corpus, Run

pytest.importorskip("distributed")
# Dask's own threads and sockets end when they will.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


def start(*words: str, folder: Path) -> subprocess.Popen[bytes]:
    """Start ``dask`` with words."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "dask", *words, "--no-dashboard"]
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, env=environment)


def worker(address: str, folder: Path) -> subprocess.Popen[bytes]:
    """Start a worker that nobody restarts."""
    return start("worker", address, "--host", "127.0.0.1", "--nthreads", "1", "--no-nanny", folder=folder)


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a scheduler."""
    folder = tmp_path_factory.mktemp("scheduler")
    process = start("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", "file.json", folder=folder)
    try:
        yield json.loads(_content(folder / "file.json"))["address"]
    finally:
        process.kill()
        process.wait()


def _content(file: Path) -> str:
    for _ in range(600):
        with contextlib.suppress(OSError, ValueError):
            text = file.read_text(encoding="utf-8")
            json.loads(text)
            return text
        time.sleep(0.1)
    raise TimeoutError(file)


@pytest.fixture
def workers(scheduler: str, tmp_path: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Start two workers."""
    folder = tmp_path / "workers"
    folder.mkdir()
    processes = [worker(scheduler, folder) for _ in range(2)]
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.wait()


@pytest.fixture
def reports(corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return forty reports, one empty, in chunks of two."""
    monkeypatch.setattr(gather, "CHUNK_DOCUMENTS", 2)
    folder = tmp_path / "reports"
    folder.mkdir()
    for number in range(40):
        file = sorted(corpus.reports.glob("*.txt"))[number % 4]
        (folder / f"{number:02}.txt").write_text(file.read_text(encoding="utf-8") + f"又{number}。\n", encoding="utf-8")
    (folder / "05.txt").write_bytes(b"")
    (folder / "06.txt").unlink()
    (folder / "06.txt").symlink_to(folder / "nowhere")
    return folder


def once(number: int, act: Callable[[], None]) -> Callable[[Progress], None]:
    """Return what acts once so many documents are done."""
    acted: list[bool] = []

    def progress(state: Progress) -> None:
        if state.documents >= number and not acted:
            acted.append(True)
            act()

    return progress


def test_a_worker_that_is_killed_midway_costs_nothing_and_nothing_comes_twice(
    small_folder: Path, reports: Path, tmp_path: Path, scheduler: str, workers: list[subprocess.Popen[bytes]]
) -> None:
    whole = tag_batch(small_folder, [reports], tmp_path / "whole.csv")
    kill = once(6, workers[0].kill)
    summary = tag_batch(small_folder, [reports], tmp_path / "tags.csv", way=Way(dask=scheduler, progress=kill))
    assert workers[0].wait(30) == -signal.SIGKILL
    assert workers[1].poll() is None
    assert (tmp_path / "tags.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
    assert (summary.documents, summary.rows, summary.characters) == (whole.documents, whole.rows, whole.characters)
    failures = [(failure.document, failure.error.line()) for failure in summary.failures]
    assert failures == [(failure.document, failure.error.line()) for failure in whole.failures]
    assert [name for name, _ in failures] == ["05.txt", "06.txt"]


def test_a_batch_on_a_cluster_is_stopped_and_resumed_here(
    small_folder: Path, reports: Path, tmp_path: Path, scheduler: str, workers: list[subprocess.Popen[bytes]]
) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    assert len(workers) == 2
    output = tmp_path / "tags.xlsx"
    with pytest.raises(Stopped, match="documents are kept"):
        tag_batch(small_folder, [reports], output, way=Way(dask=scheduler, progress=once(10, stop)))
    assert tag_batch(small_folder, [reports], output, way=Way(resume=True)).resumed >= 9
    tag_batch(small_folder, [reports], tmp_path / "whole.xlsx")
    assert output.read_bytes() == (tmp_path / "whole.xlsx").read_bytes()


def test_where_all_workers_are_gone_the_batch_ends_in_bounded_time_and_can_go_on(
    reports: Path, tmp_path: Path, scheduler: str, workers: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def kill() -> None:
        monkeypatch.setattr(cluster, "_WORKER_SECONDS", 2.0)
        for process in workers:
            process.kill()

    with pytest.raises(WorktagError, match=r"all workers of the cluster are gone; .* --resume") as caught:
        structure_batch([reports], tmp_path / "units.csv", way=Way(dask=scheduler, progress=once(2, kill)))
    assert caught.value.where == f"--dask {scheduler}"


def test_a_scheduler_without_workers_is_named(
    reports: Path, tmp_path: Path, scheduler: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "_WORKER_SECONDS", 0.5)
    with pytest.raises(WorktagError, match=f"no workers; start some: `dask worker {scheduler}`"):
        structure_batch([reports], tmp_path / "units.csv", way=Way(dask=scheduler))


def test_workers_of_another_version_are_refused(
    reports: Path,
    tmp_path: Path,
    scheduler: str,
    workers: list[subprocess.Popen[bytes]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert workers
    monkeypatch.setattr(cluster, "__version__", "99.0")
    with pytest.raises(WorktagError, match=r"has worktag .*, not 99\.0; install worktag 99\.0"):
        structure_batch([reports], tmp_path / "units.csv", way=Way(dask=scheduler))


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense://127.0.0.1:1", "127.0.0.1:1"])
def test_a_scheduler_that_does_not_answer_is_one_line_in_bounded_time(
    worktag: Run, reports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr(cluster, "_ANSWER_SECONDS", 1.0)
    outcome = worktag("structure", reports, "-o", tmp_path / "units.csv", "--dask", address)
    assert outcome.code == 2
    (line,) = outcome.lines
    assert line.startswith(f"worktag: --dask {address}: no Dask scheduler answers")
    assert not list(tmp_path.glob("units.csv*"))


def test_where_dask_is_missing_the_extra_is_named(reports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pipeline.cluster", None)
    with pytest.raises(WorktagError, match=r"Dask isn't installed here; install it with .*worktag\[dask\]"):
        structure_batch([reports], tmp_path / "units.csv", way=Way(dask="tcp://127.0.0.1:1"))
    assert batch.structure_batch([reports], tmp_path / "units.csv").documents == 38
