"""Keep what is done of a batch in a folder beside its output, so that a batch that was stopped can go on.

``OUT.partial/journal`` has an entry a document: a line with a checksum, the length of what follows it and, in JSON, what the outcome belongs
to; then the outcome, in JSON, and the rows as the table will hold them. Reading it runs no code. The first entry says what made them all:
model, options, version. Entries are appended and flushed chunk by chunk, which outlives a kill of this process, and synced once a second,
which bounds what a power cut costs. An entry that was torn off is known by its checksum; it and what follows are done again. The file is
locked as long as a batch writes to it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import sys
import time
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from pipeline.errors import TableError
from pipeline.gather import Item
from pipeline.store import unwritable
from pipeline.work import Outcome, Posteriors

_SECONDS = 1.0  # between two syncs
_HEAD = re.compile(rb"(?P<checksum>[0-9a-f]{8})\t(?P<length>[0-9]{1,15})\t(?P<line>.*)\n")
_LOCKED = 1 << 40  # the byte that is locked; far behind all that is read, because Windows would refuse to read it


def partial_folder(output: Path) -> Path:
    """Return where a batch keeps what it has done until its output is whole."""
    return output.with_name(f"{output.name}.partial")


@dataclass(frozen=True, slots=True)
class _Entry:
    """Where an outcome lies in the journal, and what it belongs to."""

    at: int
    belongs: tuple[str, str, str, str]  # path, unit, period, SHA-256
    size: int
    modified: int


class Journal:
    """The outcomes of a batch, kept as they come.

    Args:
        output: the table that the batch writes.
        made_by: what the outcomes depend on beside the documents, by the name that a person knows it by.
        resume: True: go on with what is there; False: begin anew; None: refuse to do either if something is there.

    Raises:
        TableError: it can't be written, another batch writes to it, something is there and ``resume`` doesn't say what to do with it, or
            it was made by something else.
    """

    def __init__(self, output: Path, made_by: Mapping[str, str], *, resume: bool | None) -> None:
        self.folder, self.made_by, self.resume = partial_folder(output), dict(made_by), resume
        self.file = self.folder / "journal"
        self._entries: dict[str, _Entry] = {}
        self._synced = time.monotonic()
        self.altered: list[str] = []
        self.is_synced = False

    def __enter__(self) -> Self:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._stream: IO[bytes] = self.file.open("a+b")
        except OSError as error:
            raise unwritable(self.folder, error) from error
        try:
            _lock(self._stream, self.folder)
        except TableError:
            self._stream.close()
            raise
        try:
            self._open()
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        with contextlib.suppress(OSError):  # what couldn't be written was said when it was
            if kind is not None:
                self._sync()
            self._stream.close()
        if kind is None or not self._entries:
            shutil.rmtree(self.folder, ignore_errors=True)

    def __len__(self) -> int:
        return len(self._entries)

    def _open(self) -> None:
        made_by, good = self._read()
        where = str(self.folder)
        if self._entries and self.resume is None:
            what = f"{len(self._entries):,} documents are kept here of a batch that was stopped"
            raise TableError(what, where=where, remedy="give --resume to go on with it, or --restart to begin anew")
        if self._entries and self.resume and made_by != self.made_by:
            other = ", ".join(name for name in self.made_by if made_by.get(name) != self.made_by[name])
            remedy = "call it as before to go on, or give --restart to begin anew"
            raise TableError(f"the batch that was stopped had another {other}", where=where, remedy=remedy)
        try:
            if not self.resume or made_by != self.made_by:
                self._entries, good = {}, 0
            self._stream.truncate(good)
            if not good:
                self._stream.write(_framed({"made_by": self.made_by}, b""))
            self._stream.flush()
        except OSError as error:
            raise unwritable(self.folder, error) from error

    def _read(self) -> tuple[Mapping[str, str], int]:
        """Find the entries; return what made them, and where the last whole one ends."""
        made_by: Mapping[str, str] = {}
        at = 0
        self._stream.seek(0)
        while found := _next(self._stream):
            head, _ = found
            if at == 0:
                made_by = head["made_by"]
            else:
                self._entries[head["name"]] = _Entry(at, tuple(head["belongs"]), head["size"], head["modified"])
            at = self._stream.tell()
        return made_by, at

    def holds(self, item: Item) -> bool:
        """Tell whether the outcome of a document is there, and the document still what it was; note it as altered if it isn't."""
        source, entry = item.source, self._entries.get(item.source.name)
        if entry is None:
            return False
        *belongs, sha256 = entry.belongs
        is_same = belongs == [str(source.path), source.origin.unit, source.origin.period]
        is_read = sha256 and item.size >= 0  # a file that couldn't be opened is tried again
        if is_same and is_read and item.size == entry.size:
            is_same = item.modified == entry.modified or _sha256(source.path) == sha256
            if is_same:
                return True
        if is_read:
            self.altered.append(source.name)
        return False

    def outcome(self, item: Item) -> Outcome:
        """Return the outcome of a document that the journal holds.

        Raises:
            TableError: it can't be read any more.
        """
        entry = self._entries[item.source.name]
        try:
            self._stream.flush()
            self._stream.seek(entry.at)
            found = _next(self._stream)
        except OSError as error:
            raise TableError("can't be read", where=str(self.folder), remedy="check the disk and try again") from error
        if found is None:
            raise TableError("was altered", where=str(self.folder), remedy="give --restart to begin anew")
        return _outcome(item.source.name, entry.belongs[-1], found[1])

    def append(self, done: Iterable[tuple[Item, Outcome]]) -> None:
        """Keep the outcomes of documents.

        Raises:
            TableError: they can't be written.
        """
        start = at = self._stream.seek(0, os.SEEK_END)
        framed: list[bytes] = []
        before: dict[str, _Entry | None] = {}
        for item, outcome in done:
            before[outcome.name] = self._entries.get(outcome.name)
            framed.append(_framed(_belonging(item, outcome), _described(outcome)))
            # Before it is written: a stop while it is must not take for nothing what may lie in the file already.
            self._entries[outcome.name] = _Entry(at, _belongs(item, outcome), item.size, item.modified)
            at += len(framed[-1])
        try:
            self._stream.write(b"".join(framed))
            self._stream.flush()
            if time.monotonic() - self._synced > _SECONDS:
                self._sync()
        except OSError as error:
            for name, entry in before.items():
                if entry is None:
                    del self._entries[name]
                else:
                    self._entries[name] = entry
            with contextlib.suppress(OSError):
                self._stream.truncate(start)
            raise unwritable(self.folder, error) from error

    def _sync(self) -> None:
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._synced, self.is_synced = time.monotonic(), True


def _belongs(item: Item, outcome: Outcome) -> tuple[str, str, str, str]:
    source = item.source
    return str(source.path), source.origin.unit, source.origin.period, outcome.sha256


def _belonging(item: Item, outcome: Outcome) -> dict[str, Any]:
    return {"name": outcome.name, "belongs": _belongs(item, outcome), "size": item.size, "modified": item.modified}


def _described(outcome: Outcome) -> bytes:
    """Return an outcome as an entry holds it: a line of JSON, and its rows."""
    found = outcome.posteriors
    values = {
        "rows": outcome.rows,
        "review": outcome.review,
        "characters": outcome.characters,
        "sentences": outcome.sentences,
        "failure": outcome.failure,
        "posteriors": found and [found.crossfitted, found.start, found.values],
    }
    return b"%s\n%s" % (json.dumps(values).encode(), outcome.table)


def _outcome(name: str, sha256: str, body: bytes) -> Outcome:
    line, table = body.split(b"\n", 1)
    values = json.loads(line)
    failure, posteriors = values["failure"], values["posteriors"]
    return Outcome(
        name,
        sha256,
        table,
        values["rows"],
        values["review"],
        values["characters"],
        values["sentences"],
        tuple(failure) if failure else None,
        Posteriors(*posteriors) if posteriors else None,
    )


def _framed(head: Mapping[str, Any], body: bytes) -> bytes:
    """Return an entry."""
    line = json.dumps(head).encode()
    return b"%08x\t%d\t%s\n%s" % (_checksum(line, body), len(body), line, body)


def _next(stream: IO[bytes]) -> tuple[dict[str, Any], bytes] | None:
    """Return head and body of the entry that begins here; None if there is no whole one."""
    match = _HEAD.fullmatch(stream.readline())
    if match is None:
        return None
    length = int(match["length"])
    if length > os.fstat(stream.fileno()).st_size - stream.tell():  # memory is asked for no more, whatever a spoilt file says
        return None
    body = stream.read(length)
    if int(match["checksum"], 16) != _checksum(match["line"], body):
        return None
    head: dict[str, Any] = json.loads(match["line"])
    return head, body


def _checksum(line: bytes, body: bytes) -> int:
    return zlib.crc32(body, zlib.crc32(line))


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""


def _lock(stream: IO[bytes], folder: Path) -> None:
    """Lock the journal until it is closed or this process ends, however it ends.

    Raises:
        TableError: another process holds it.
    """
    try:
        if sys.platform == "win32":
            import msvcrt

            stream.seek(_LOCKED)
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError) as error:
        remedy = "wait until it is through, or give another output"
        raise TableError("another batch is writing to it", where=str(folder), remedy=remedy) from error
    except OSError:  # a file system without locks
        return
