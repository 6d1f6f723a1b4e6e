"""Spread chunks over processes of this machine. A worker that dies costs the batch nothing but time, and none outlives it.

Each worker is this interpreter, started anew, so that it is the same on all systems, in notebooks and in scripts without a guard for
``__main__``; it loads the model once. Requests and answers are pickled over its pipes: both ends are ours. It stands outside the
terminal's process group, so that Ctrl-C reaches the parent alone, which ends it; should the parent be killed, its input ends, and so does it.
"""

from __future__ import annotations

import _thread
import contextlib
import os
import pickle
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from functools import partial
from typing import Any, BinaryIO

from pipeline.attempts import Attempt, Attempts
from pipeline.errors import WorktagError
from pipeline.gather import Item
from pipeline.memory import look_for_garbage_seldom
from pipeline.work import TAG, Job, Outcome, loaded, tag_chunk

_COMMAND = "from pipeline.workers import serve; serve()"
_READY = "ready"
_DIED = "it makes its process crash, or needs too much memory"
_PATIENCE = 3.0  # seconds for a worker to end by itself
# One thread each: as many workers as cores leave none for more.
_THREADS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1")


class _Worker:
    """A process that works on one attempt at a time, and a thread that listens to it."""

    def __init__(self, job: Job, answers: queue.SimpleQueue[tuple[_Worker, Any]]) -> None:
        self.attempt: Attempt | None = None
        self.is_ready = False
        self._answers = answers
        path = os.pathsep.join(filter(None, sys.path))
        options: dict[str, Any] = {"start_new_session": True}
        if sys.platform == "win32":
            options = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
        self.process = subprocess.Popen(  # noqa: S603 - this very interpreter, with a command of our own
            [sys.executable, "-P", "-c", _COMMAND],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **_THREADS, "PYTHONPATH": path},
            **options,
        )
        self._send(job)
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        with contextlib.suppress(EOFError, OSError, pickle.UnpicklingError):
            while self.process.stdout is not None:
                self._answers.put((self, pickle.load(self.process.stdout)))  # noqa: S301 - from our own child
        self._answers.put((self, None))

    def give(self, attempt: Attempt) -> None:
        """Let it work on an attempt."""
        self.attempt = attempt
        self._send([item.source for item in attempt.items])

    def _send(self, message: Any) -> None:
        with contextlib.suppress(OSError):  # it is dead, which its silence will tell
            assert self.process.stdin is not None  # noqa: S101 - for the type
            pickle.dump(message, self.process.stdin)
            self.process.stdin.flush()

    def end_input(self) -> None:
        """Ask it to end."""
        with contextlib.suppress(OSError):
            if self.process.stdin is not None:
                self.process.stdin.close()

    def close(self) -> None:
        """End it."""
        self.end_input()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(_PATIENCE)
        self.process.kill()
        self.process.wait()
        self._thread.join(_PATIENCE)
        if self.process.stdout is not None:
            self.process.stdout.close()


def on_processes(jobs: int, job: Job, chunks: Iterator[tuple[Item, ...]]) -> Generator[tuple[int, list[tuple[Item, Outcome]]]]:
    """Work through chunks in up to ``jobs`` processes; yield each chunk's number and outcomes as it is done.

    Raises:
        WorktagError: the model can't be loaded, or the processes end before they have begun.
    """
    attempts = Attempts(chunks, ahead=4 * jobs)
    answers: queue.SimpleQueue[tuple[_Worker, Any]] = queue.SimpleQueue()
    workers: set[_Worker] = set()
    try:
        while True:
            _give_out(attempts, workers, jobs, job, answers)
            if attempts.is_over:
                return
            worker, answer = _next(answers)
            if isinstance(answer, WorktagError):
                raise answer
            if answer == _READY:
                worker.is_ready = True
                continue
            attempt, worker.attempt = worker.attempt, None
            if answer is None:
                workers.discard(worker)
                worker.close()
                if not worker.is_ready:
                    what = f"a process ended before it could begin (exit code {worker.process.returncode})"
                    raise WorktagError(what, where=f"--jobs {jobs}", remedy="try with --jobs 1")
                if attempt is not None:
                    yield from attempts.died(attempt, _DIED)
            elif attempt is not None:
                done = list(attempts.done(attempt, answer))
                _give_out(attempts, workers, jobs, job, answers)  # first, so that no worker waits until it is written
                yield from done
    finally:
        for worker in workers:
            worker.end_input()
        for worker in workers:
            worker.close()


def _give_out(
    attempts: Attempts, workers: set[_Worker], jobs: int, job: Job, answers: queue.SimpleQueue[tuple[_Worker, Any]]
) -> None:
    """Give out attempts as long as there are some and hands for them."""
    while True:
        idle = next((worker for worker in workers if worker.attempt is None), None)
        if idle is None and len(workers) >= jobs:
            return
        attempt = attempts.take()
        if attempt is None:
            return
        if idle is None:
            idle = _Worker(job, answers)
            workers.add(idle)
        idle.give(attempt)


def _next(answers: queue.SimpleQueue[tuple[_Worker, Any]]) -> tuple[_Worker, Any]:
    while True:
        with contextlib.suppress(queue.Empty):
            return answers.get(timeout=0.5)  # not for good: Windows delivers Ctrl-C only between two waits


def serve() -> None:
    """Answer requests until the input ends. Runs in the worker."""
    look_for_garbage_seldom()
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what a library prints must not be taken for an answer
    requests: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_hear, args=(requests,), daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        job = requests.get()
        _answer(out, partial(_begin, job))
        while (sources := requests.get()) is not None:
            _answer(out, partial(tag_chunk, job, sources))


def _begin(job: Job) -> None:
    if job.kind == TAG:
        loaded(job.folder, job.digest)


def _answer(out: BinaryIO, work: Callable[[], Any]) -> None:
    try:
        answer = work() or _READY
    except WorktagError as error:
        answer = error
    pickle.dump(answer, out, protocol=pickle.HIGHEST_PROTOCOL)
    out.flush()


def _hear(requests: queue.SimpleQueue[Any]) -> None:
    """Listen to the parent; when it is gone, end an idle worker, and interrupt a busy one."""
    with contextlib.suppress(EOFError, OSError, pickle.UnpicklingError):
        while True:
            requests.put(pickle.load(sys.stdin.buffer))  # noqa: S301 - from our own parent
    requests.put(None)
    time.sleep(_PATIENCE / 10)
    _thread.interrupt_main()
