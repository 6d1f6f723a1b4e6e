"""Spread chunks over the workers of a Dask cluster.

A cluster rarely shares the analyst's disk, so the bytes of the reports travel with each chunk; no path is opened there. The model goes to
each worker once, as a plugin that the scheduler hands to workers that come later too. Dask gives a chunk to another worker when one is
lost; a chunk that has cost several is taken apart and its documents tried alone.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import logging
import shutil
import threading
import time
import uuid
import warnings
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any, cast

import distributed

from pipeline import __version__
from pipeline.attempts import Attempt, Attempts
from pipeline.errors import ReadError, WorktagError
from pipeline.folder import MANIFEST
from pipeline.gather import Item
from pipeline.read import Source
from pipeline.readers.content import Limits
from pipeline.readers.files import printable, read_bytes
from pipeline.work import TAG, Job, Outcome, loaded, tag_chunk

_ANSWER_SECONDS = 10.0  # for the scheduler to answer
_WORKER_SECONDS = 60.0  # for a worker to be there, at the start and after all were lost
_POLL_SECONDS = 1.0
_DIED = "it makes each worker crash, or needs too much memory"
_AT_ONCE = threading.Lock()  # a worker may have several threads; tagging holds the interpreter, and readers share a process


class ModelPlugin(distributed.WorkerPlugin):
    """Brings the model to each worker of a cluster, and takes it away.

    Args:
        name: of the folder that it is put into, below the worker's own.
        files: content of the model's files, by name.
    """

    def __init__(self, name: str, files: dict[str, bytes]) -> None:
        self.name, self._files = name, files

    def setup(self, worker: Any) -> None:
        """Put the model into the worker's folder."""
        folder = _model_folder(worker, self.name)
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in self._files.items():
            (folder / name).write_bytes(data)

    def teardown(self, worker: Any) -> None:
        """Take it away."""
        loaded.cache_clear()
        shutil.rmtree(_model_folder(worker, self.name), ignore_errors=True)


def _model_folder(worker: Any, name: str) -> Path:
    return Path(worker.local_directory) / name


def on_cluster(address: str, job: Job, chunks: Iterator[tuple[Item, ...]]) -> Generator[tuple[int, list[tuple[Item, Outcome]]]]:
    """Work through chunks on a cluster; yield each chunk's number and outcomes as it is done.

    Raises:
        WorktagError: the scheduler doesn't answer, has no worker, or goes away; workers don't have this version.
    """
    with _connected(address) as client:
        name = f"worktag-{uuid.uuid4().hex}"
        plugin = _register(client, job, name)
        try:
            yield from _work_through(client, address, job, name, chunks)
        finally:
            with contextlib.suppress(Exception):  # the scheduler may be gone
                if plugin:
                    client.unregister_worker_plugin(name)


@contextlib.contextmanager
def _connected(address: str) -> Iterator[Any]:
    with _quiet():
        try:
            client = distributed.Client(address, timeout=_ANSWER_SECONDS, set_as_default=False, name="worktag")
        except (OSError, ValueError, TypeError) as error:
            what = f"no Dask scheduler answers within {_ANSWER_SECONDS:g} seconds"
            remedy = "check the address (tcp://host:8786), and that it runs: `dask scheduler`"
            raise WorktagError(what, where=f"--dask {address}", remedy=remedy) from error
        try:
            _check_workers(client, address)
            yield client
        finally:
            client.close(timeout=_ANSWER_SECONDS)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep to itself what Dask says about lost workers: they are tried again, and what matters becomes an error of ours."""
    names = [name for name in logging.root.manager.loggerDict if name.split(".")[0] == "distributed"]
    levels = {name: logging.getLogger(name).level for name in names}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            for name in names:
                logging.getLogger(name).setLevel(logging.CRITICAL + 1)
            yield
        finally:
            for name, level in levels.items():
                logging.getLogger(name).setLevel(level)


def _check_workers(client: Any, address: str) -> None:
    where = f"--dask {address}"
    try:
        client.wait_for_workers(1, timeout=_WORKER_SECONDS)
    except TimeoutError as error:
        remedy = f"start some: `dask worker {address}`"
        raise WorktagError("the Dask scheduler has no workers", where=where, remedy=remedy) from error
    # A function of the standard library, which workers without worktag can look up too.
    for worker, version in client.run(importlib.metadata.version, "worktag", on_error="return").items():
        if version != __version__:
            what = f"the worker {worker} has worktag {version}, not {__version__}"
            if isinstance(version, BaseException):
                what = f"the worker {worker} can't import worktag"
            raise WorktagError(what, where=where, remedy=f"install worktag {__version__} where the workers run")


def _register(client: Any, job: Job, name: str) -> bool:
    """Hand the model to the workers that are there and to those that will come."""
    if job.kind != TAG:
        return False
    parts = [MANIFEST, *json.loads((job.folder / MANIFEST).read_text(encoding="utf-8"))["sha256"]]
    files = {part: (job.folder / part).read_bytes() for part in parts}
    client.register_plugin(ModelPlugin(name, files), name=name)
    return True


def _work_through(
    client: Any, address: str, job: Job, name: str, chunks: Iterator[tuple[Item, ...]]
) -> Generator[tuple[int, list[tuple[Item, Outcome]]]]:
    attempts = Attempts(chunks, ahead=4)
    running: dict[Any, tuple[Attempt, list[Outcome]]] = {}
    seen = looked = 0.0
    while True:
        now = time.monotonic()
        if now - looked > _POLL_SECONDS:
            threads = _threads(client, address)
            looked, seen = now, now if threads else seen or now
            attempts.ahead = max(4, 3 * threads)
            if now - seen > _WORKER_SECONDS:
                raise WorktagError("all workers of the cluster are gone", where=f"--dask {address}", remedy="start some again")
        while len(running) < attempts.ahead and (attempt := attempts.take()) is not None:
            sources, unreadable = _with_data(job, attempt.items)
            future = client.submit(_work, replace(job, folder=_nowhere()), name, sources, pure=False)
            running[future] = attempt, unreadable
        if attempts.is_over:
            return
        with contextlib.suppress(TimeoutError), client.as_current():
            distributed.wait(list(running), timeout=_POLL_SECONDS, return_when="FIRST_COMPLETED")
        for future in [future for future in running if future.done()]:
            attempt, unreadable = running[future]
            if future.status == "finished":
                try:
                    outcomes = future.result(timeout=_ANSWER_SECONDS)
                except TimeoutError:  # lost with its worker, and to be done again
                    continue
                del running[future]
                yield from attempts.done(attempt, [*unreadable, *outcomes])
            elif future.status in ("cancelled", "lost") and client.status == "running" and attempts.lost(attempt):
                del running[future]  # the scheduler forgot it together with a worker
            else:
                del running[future]
                yield from attempts.died(attempt, _fault(future, address))


def _fault(future: Any, address: str) -> str:
    """Return why a chunk failed, if its worker died.

    Raises:
        WorktagError: for another reason, which would meet each chunk.
    """
    error = future.exception() if future.status == "error" else None
    if isinstance(error, distributed.KilledWorker):
        return _DIED
    if isinstance(error, WorktagError):
        raise error
    what = f"the cluster failed ({type(error).__name__}: {error})" if error else "the scheduler went away"
    raise WorktagError(what, where=f"--dask {address}", remedy="see its log, and try again")


def _threads(client: Any, address: str) -> int:
    try:
        return sum(client.nthreads().values())
    except (OSError, TimeoutError, RuntimeError) as error:
        what = "the scheduler went away"
        raise WorktagError(what, where=f"--dask {address}", remedy="start it again, and its workers") from error


def _with_data(job: Job, items: Sequence[Item]) -> tuple[list[Source], list[Outcome]]:
    """Return documents with their bytes, and outcomes of those that can't be read."""
    sources, unreadable = [], []
    for item in items:
        source = item.source
        try:
            data = read_bytes(source.path, printable(str(source.path)), Limits())
        except ReadError:
            unreadable += tag_chunk(job, [source])  # which says why
            continue
        # A path of this system can't be unpickled on another; there it only serves to name the file.
        sources.append(replace(source, path=cast(Path, PurePath(source.path)), data=data))
    return sources, unreadable


def _nowhere() -> Path:
    return cast(Path, PurePath())


def _work(job: Job, name: str, sources: Sequence[Source]) -> list[Outcome]:
    """Work on a chunk. Runs on a worker of the cluster."""
    with _AT_ONCE:
        return tag_chunk(replace(job, folder=_model_folder(distributed.get_worker(), name)), sources)
