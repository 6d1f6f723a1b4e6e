"""Run the readers whose parsers are written in C in a child process: a file that crashes, stalls or bloats them costs no more than itself.

Measured: a page of 400 kB whose formatting elements are never closed keeps an HTML parser busy for minutes, and a PDF of 0.5 MB
unpacks to 1 GB in memory; neither parser can be interrupted. The child is started once, 0.15 s, and takes one file after the other.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pipeline.errors import ReadError
from pipeline.readers.content import Columns, Content, Limits, Paragraph

_COMMAND = "from pipeline.readers.isolate import serve; serve()"
_REMEDY = "save its text as .txt or .docx and try again"


class _Child:
    """A child process that answers one request at a time."""

    def __init__(self, limits: Limits) -> None:
        self.owner, self.limits = os.getpid(), limits
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONIOENCODING": "ascii"}
        self._process = subprocess.Popen(  # noqa: S603 - this very interpreter, with a command of our own
            [sys.executable, "-c", _COMMAND],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            text=True,
            encoding="ascii",
        )
        self._answers: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with contextlib.suppress(ValueError, OSError):
            for line in self._process.stdout or ():
                self._answers.put(line)
        self._answers.put("")

    def ask(self, request: dict[str, Any], seconds: float) -> dict[str, Any] | None:
        """Return the answer; None if the child died.

        Raises:
            TimeoutError: there was no answer in time.
        """
        try:
            assert self._process.stdin is not None  # noqa: S101 - for the type
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            line = self._answers.get(timeout=seconds)
        except queue.Empty:
            raise TimeoutError from None
        except OSError:
            return None
        answer: dict[str, Any] | None = json.loads(line) if line else None
        return answer

    def close(self) -> None:
        """End the child."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):  # what was left to write has nobody to read it
                if stream is not None:
                    stream.close()


class _Keeper:
    """Keeps one child, and starts another where it died, serves other limits or belongs to a parent process."""

    def __init__(self) -> None:
        self._child: _Child | None = None
        self._lock = threading.Lock()

    def ask(self, request: dict[str, Any], limits: Limits) -> dict[str, Any] | None:
        with self._lock:
            if self._child is None or self._child.owner != os.getpid() or self._child.limits != limits:
                self.close()
                self._child = _Child(limits)
            answer = None
            try:
                answer = self._child.ask(request, limits.seconds)
                return answer
            finally:
                if answer is None:  # dead, late, or interrupted by Ctrl-C: never ask it again
                    self.close()

    def close(self) -> None:
        child, self._child = self._child, None
        if child is not None and child.owner == os.getpid():
            child.close()


_keeper = _Keeper()
atexit.register(_keeper.close)


def read_isolated(kind: str, data: bytes, *, where: str, limits: Limits, columns: Columns | None = None) -> Iterator[Content]:
    """Yield the reports of a file of ``kind`` (html, mhtml, pdf, xlsx, xls), read in the child process.

    Raises:
        ReadError: the reader says so, or it crashed, or took more time or memory than the limits allow.
    """
    with tempfile.TemporaryDirectory(prefix="worktag-", ignore_cleanup_errors=True) as folder:
        given, result = Path(folder) / "input", Path(folder) / "result"
        try:
            given.write_bytes(data)
        except OSError as error:
            raise ReadError("there is no room for a copy of it", where=where, remedy=f"make room in {folder}") from error
        request = {"kind": kind, "input": str(given), "output": str(result), "where": where, "limits": asdict(limits)}
        request["columns"] = asdict(columns or Columns())
        try:
            answer = _keeper.ask(request, limits)
        except TimeoutError as error:
            what = f"reading it took more than {limits.seconds:g} seconds"
            raise ReadError(what, where=where, remedy=f"{_REMEDY}, or raise read: seconds in params.yaml") from error
        if answer is None:
            raise ReadError("it makes its reader crash, or needs too much memory", where=where, remedy=_REMEDY)
        if "what" in answer:
            raise ReadError(answer["what"], where=where, remedy=answer["remedy"])
        with result.open(encoding="ascii") as lines:
            for line in lines:
                yield _content(json.loads(line))


def _content(values: dict[str, Any]) -> Content:
    paragraphs = tuple(Paragraph(text, level) for text, level in values.pop("paragraphs"))
    return Content(paragraphs, **{**values, "notes": tuple(values["notes"])})


def serve() -> None:
    """Answer requests, a line each, until the input ends. Runs in the child."""
    out = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what a parser prints must not be taken for an answer
    is_bounded = False
    for line in sys.stdin:
        request = json.loads(line)
        limits = Limits(**request["limits"])
        if not is_bounded:
            _bound_memory(limits.memory_bytes)
            is_bounded = True
        _set_alarm(limits.seconds + 5)
        out.write(json.dumps(_answer(request, limits)) + "\n")
        out.flush()


def _answer(request: dict[str, Any], limits: Limits) -> dict[str, Any]:
    try:
        data = Path(request["input"]).read_bytes()
        contents = _reader(request["kind"], data, request["where"], limits, Columns(**request["columns"]))
        with Path(request["output"]).open("w", encoding="ascii") as stream:
            for content in contents:
                values = {name: getattr(content, name) for name in Content.__dataclass_fields__}
                values["paragraphs"] = [(paragraph.text, paragraph.level) for paragraph in content.paragraphs]
                stream.write(json.dumps(values) + "\n")
    except ReadError as error:
        return {"what": error.what, "remedy": error.remedy}
    except MemoryError:
        return {"what": f"reading it needs more than {limits.memory_bytes:,} bytes of memory", "remedy": _REMEDY}
    except Exception as error:  # a parser's surprise on one file must not cost the next one its child
        return {"what": f"its reader failed ({type(error).__name__}: {error})", "remedy": _REMEDY}
    return {}


def _reader(kind: str, data: bytes, where: str, limits: Limits, columns: Columns) -> Iterator[Content]:
    if kind == "pdf":
        from pipeline.readers.pdf import read_pdf

        yield read_pdf(data, where=where, limits=limits)
    elif kind in ("html", "mhtml"):
        from pipeline.readers import html

        yield (html.read_html if kind == "html" else html.read_mhtml)(data, where=where, limits=limits)
    else:
        from pipeline.readers.sheets import read_sheets

        yield from read_sheets(data, kind, where=where, limits=limits, columns=columns)


def _set_alarm(seconds: float) -> None:
    """Let the system end this process after some seconds, in case that the parent is gone by then."""
    if hasattr(signal, "alarm"):
        signal.alarm(int(seconds) + 1)


def _bound_memory(size: int) -> None:
    """Bound the memory of this process, where the system can (not on Windows)."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (size, resource.getrlimit(resource.RLIMIT_AS)[1]))
