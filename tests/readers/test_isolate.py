"""The child process: bounded in time and memory, started anew after a fault, the same for all files."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

import pytest

from pipeline.errors import ReadError
from pipeline.readers import isolate
from pipeline.readers.content import Content, Limits
from pipeline.readers.isolate import read_isolated
from tests.fixtures.hostile import PDF, WORDS
from tests.fixtures.pages import PAGE, REPORT

STALLING = ("<html>" + "".join(f"<p><font a={number}>" for number in range(20_000))).encode()


def first(kind: str, data: bytes, limits: Limits | None = None) -> Content:
    """Read a file."""
    return next(read_isolated(kind, data, where="a", limits=limits or Limits()))


def test_a_child_that_stalls_is_ended_and_the_next_file_is_read() -> None:
    limits = Limits(seconds=1.5)
    started = time.monotonic()
    with pytest.raises(ReadError, match=r"took more than 1\.5 seconds"):
        first("html", STALLING, limits)
    assert time.monotonic() - started < 10
    assert first("html", PAGE.encode(), limits).paragraphs[1].text == REPORT[1]


def test_one_child_serves_many_files() -> None:
    first("pdf", PDF)
    child = isolate._keeper._child
    first("html", PAGE.encode())
    assert isolate._keeper._child is child


def test_other_limits_get_another_child() -> None:
    first("pdf", PDF)
    child = isolate._keeper._child
    first("pdf", PDF, Limits(pages=7))
    assert isolate._keeper._child is not child


def test_a_child_that_dies_is_a_read_error_and_replaced() -> None:
    first("pdf", PDF)
    child = isolate._keeper._child
    assert child is not None
    child._process.kill()
    child._process.wait()
    with pytest.raises(ReadError, match="makes its reader crash"):
        first("pdf", PDF)
    assert first("pdf", PDF).paragraphs[0].text.startswith(WORDS)


def test_what_a_reader_did_not_foresee_is_a_read_error(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = isolate._answer({"kind": "pdf", "input": "/nowhere", "output": "", "where": "a", "columns": {}}, Limits())
    assert answer["what"].startswith("its reader failed (FileNotFoundError")
    monkeypatch.setattr(isolate, "_reader", lambda *_: (_ for _ in ()).throw(MemoryError))
    given = Path(__file__)
    answer = isolate._answer({"kind": "pdf", "input": str(given), "output": os.devnull, "where": "a", "columns": {}}, Limits())
    assert "bytes of memory" in answer["what"]


def test_threads_take_turns() -> None:
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(first("pdf", PDF).paragraphs[0].text)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert len(found) == 6


def test_a_reader_that_is_given_up_halfway_leaves_nothing_behind() -> None:
    contents = read_isolated("pdf", PDF, where="a", limits=Limits())
    next(contents)
    contents.close()  # type: ignore[attr-defined]
    assert first("html", PAGE.encode()).kind == "html"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows doesn't fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")
def test_a_forked_process_gets_a_child_of_its_own() -> None:
    first("pdf", PDF)
    reading, writing = os.pipe()
    if not (process := os.fork()):
        status = 1
        try:
            isolate._keeper._lock = threading.Lock()
            first("pdf", PDF)
            isolate._keeper.close()
            status = 0
        finally:
            os.write(writing, b"x")
            os._exit(status)
    os.read(reading, 1)
    assert os.waitpid(process, 0)[1] == 0
    os.close(reading)
    os.close(writing)
    assert first("pdf", PDF).kind == "pdf"
