"""A batch that is stopped anywhere goes on with ``resume``, and its table is the very one of a batch that wasn't stopped."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline import gather, journal, work
from pipeline.batch import Way, duplicates_path, errors_path, structure_batch, tag_batch
from pipeline.errors import Stopped, TableError
from pipeline.journal import partial_folder
from pipeline.readers.files import read_bytes
from pipeline.store import SUFFIXES, posteriors_path
from pipeline.tally import Summary
from tests.conftest import Corpus

RESUME, RESTART = Way(resume=True), Way(resume=False)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a chunk be two documents, so that a batch of a few files has several."""
    monkeypatch.setattr(gather, "CHUNK_DOCUMENTS", 2)


@pytest.fixture
def reports(corpus: Corpus, tmp_path: Path) -> Path:
    """Return seven reports, one broken, two alike."""
    folder = tmp_path / "reports"
    folder.mkdir()
    files = sorted(corpus.reports.glob("*.txt"))
    for number, file in enumerate([*files, files[0], files[1]]):
        text = file.read_text(encoding="utf-8")
        (folder / f"{number}.txt").write_text(text + ("" if number == 4 else f"=又{number}。\n"), encoding="utf-8")
    (folder / "4.txt").write_bytes((folder / "0.txt").read_bytes())
    (folder / "2-broken.txt").write_bytes(b"\x00\x01\x02" * 50)
    return folder


@pytest.fixture
def stop_at(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], None]]:
    """Return a function that lets Ctrl-C come while the n-th file is read."""
    whole, calls = read_bytes, list[str]()

    def stop(number: int) -> None:
        calls.clear()

        def read(path: Path, *rest: Any) -> bytes:
            calls.append(path.name)
            if len(calls) == number:
                raise KeyboardInterrupt
            return whole(path, *rest)

        monkeypatch.setattr(work, "read_bytes", read)

    yield stop
    monkeypatch.setattr(work, "read_bytes", whole)


def everything(output: Path) -> dict[str, bytes]:
    """Return all files of a batch, by what they are."""
    paths = {
        "table": output,
        "errors": errors_path(output),
        "twice": duplicates_path(output),
        "posteriors": posteriors_path(output),
    }
    return {name: path.read_bytes() for name, path in paths.items() if path.exists()}


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("posteriors", [False, True])
def test_stopped_at_every_file_and_resumed_each_time(
    small_folder: Path, reports: Path, tmp_path: Path, stop_at: Callable[[int], None], suffix: str, posteriors: bool
) -> None:
    def batch(output: Path, way: Way | None = None) -> Summary:
        return tag_batch(small_folder, [reports], output, posteriors=posteriors, way=way)

    whole, output = tmp_path / "whole" / f"tags{suffix}", tmp_path / f"tags{suffix}"
    expected = batch(whole)
    for number in (1, 2, 3, 3, 3):
        stop_at(number)
        with pytest.raises(Stopped):
            batch(output, RESUME)
    assert not output.exists()
    stop_at(99)
    summary = batch(output, RESUME)
    assert everything(output) == everything(whole)
    assert (len(everything(output)), summary.resumed) == (3 + posteriors, 6)
    assert not partial_folder(output).exists()
    assert summary.failures[0].document == "2-broken.txt"
    assert summary.duplicates == expected.duplicates == (("4.txt", "0.txt"),)


def test_a_stop_says_what_is_kept_and_how_to_go_on(
    small_folder: Path, reports: Path, tmp_path: Path, stop_at: Callable[[int], None]
) -> None:
    stop_at(5)
    with pytest.raises(Stopped) as stopped:
        tag_batch(small_folder, [reports], tmp_path / "tags.csv")
    assert str(stopped.value) == (
        "stopped; the output is as it was before; 4 of 7 documents are kept, call it again with --resume to go on"
    )


def test_a_stop_while_the_first_chunk_is_synced_keeps_it(
    small_folder: Path, reports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = list[int]()

    def sync(file: int) -> None:
        calls.append(file)
        if len(calls) == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(journal, "_SECONDS", -1.0)
    monkeypatch.setattr(os, "fsync", sync)
    with pytest.raises(Stopped, match="2 of 7 documents are kept, call it again with --resume to go on"):
        tag_batch(small_folder, [reports], tmp_path / "tags.csv")
    assert tag_batch(small_folder, [reports], tmp_path / "tags.csv", way=RESUME).resumed == 2


def test_what_is_kept_is_neither_used_nor_lost_unasked(
    small_folder: Path, reports: Path, tmp_path: Path, stop_at: Callable[[int], None]
) -> None:
    output = tmp_path / "tags.csv"
    stop_at(5)
    with pytest.raises(Stopped):
        tag_batch(small_folder, [reports], output)
    stop_at(99)
    with pytest.raises(TableError, match=r"4 documents are kept here .* --resume .* --restart") as refused:
        tag_batch(small_folder, [reports], output)
    assert refused.value.where == f"{output}.partial"
    assert tag_batch(small_folder, [reports], output, way=RESTART).resumed == 0
    assert not partial_folder(output).exists()


def test_resume_without_anything_to_resume_begins(small_folder: Path, reports: Path, tmp_path: Path) -> None:
    assert tag_batch(small_folder, [reports], tmp_path / "tags.csv", way=RESUME).documents == 6


def test_a_batch_of_other_options_is_refused_and_says_which(
    small_folder: Path, reports: Path, tmp_path: Path, stop_at: Callable[[int], None]
) -> None:
    output = tmp_path / "tags.csv"
    stop_at(5)
    with pytest.raises(Stopped):
        tag_batch(small_folder, [reports], output)
    stop_at(99)
    with pytest.raises(TableError, match=r"had another --by, --lang; call it as before"):
        tag_batch(small_folder, [reports], output, by="paragraph", language="en", way=RESUME)
    with pytest.raises(TableError, match="had another command"):
        structure_batch([reports], output, way=RESUME)
    assert tag_batch(small_folder, [reports], output, way=RESUME).resumed == 4


def test_documents_that_changed_are_done_again_and_others_kept(
    small_folder: Path, reports: Path, tmp_path: Path, stop_at: Callable[[int], None]
) -> None:
    output = tmp_path / "tags.csv"
    stop_at(5)
    with pytest.raises(Stopped):
        tag_batch(small_folder, [reports], output)
    stop_at(99)
    changed = reports / "1.txt"
    text = changed.read_text(encoding="utf-8")
    changed.write_text(text.replace("2", "3"), encoding="utf-8")  # of the same size
    os.utime(reports / "0.txt", ns=(1, 1))  # touched alone
    (reports / "00-new.txt").write_text(text, encoding="utf-8")
    (reports / "2.txt").unlink()
    summary = tag_batch(small_folder, [reports], output, way=RESUME)
    assert (summary.resumed, summary.altered) == (2, ("1.txt",))
    tag_batch(small_folder, [reports], tmp_path / "whole.csv")
    assert output.read_bytes() == (tmp_path / "whole.csv").read_bytes()


@pytest.mark.parametrize(
    "tail", [b"x", b"\x00" * 4096, b'\n12345678\t2\t{"name": "6.txt"}\n{}', b"\n12345678\t999999999999999\t{}\n"]
)
def test_a_tail_that_is_torn_or_spoilt_is_done_again(
    small_folder: Path, reports: Path, tmp_path: Path, stop_at: Callable[[int], None], tail: bytes
) -> None:
    output = tmp_path / "tags.csv"
    stop_at(5)
    with pytest.raises(Stopped):
        tag_batch(small_folder, [reports], output)
    stop_at(99)
    file = partial_folder(output) / "journal"
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(lines[:-1]) + lines[-1][:40] + tail)
    assert tag_batch(small_folder, [reports], output, way=RESUME).resumed == 3
    tag_batch(small_folder, [reports], tmp_path / "whole.csv")
    assert output.read_bytes() == (tmp_path / "whole.csv").read_bytes()


@pytest.mark.parametrize(
    "entry",
    [
        b'12345678\t2\t{"name": "6.txt"}\n{}',
        b"12345678\t999999999999999\t{}\n",
        b"12345678\t" + b"9" * 5000 + b"\t{}\n",
        b"12345678\t-1\t{}\n",
    ],
)
def test_an_entry_that_is_spoilt_is_done_again_and_those_before_it_kept(
    small_folder: Path, reports: Path, tmp_path: Path, stop_at: Callable[[int], None], entry: bytes
) -> None:
    output = tmp_path / "tags.jsonl"
    stop_at(5)
    with pytest.raises(Stopped):
        tag_batch(small_folder, [reports], output)
    stop_at(99)
    with (partial_folder(output) / "journal").open("ab") as stream:
        stream.write(entry)
    assert tag_batch(small_folder, [reports], output, way=RESUME).resumed == 4
    tag_batch(small_folder, [reports], tmp_path / "whole.jsonl")
    assert output.read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


class _Full:
    """A file on a disk that is full after some bytes."""

    def __init__(self, stream: Any, room: int) -> None:
        self._stream, self._room = stream, room

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._stream)

    def write(self, data: bytes) -> int:
        self._stream.write(data[: self._room])
        self._room -= min(self._room, len(data))
        if not self._room:
            raise OSError(errno.ENOSPC, "No space left on device")
        return len(data)


def test_a_disk_that_is_full_while_documents_are_kept_costs_nothing(
    small_folder: Path, reports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output, whole = tmp_path / "tags.csv", Path.open
    with monkeypatch.context() as patched:
        patched.setattr(
            Path,
            "open",
            lambda path, *a, **k: _Full(whole(path, *a, **k), 9_000) if path.name == "journal" else whole(path, *a, **k),
        )
        with pytest.raises(TableError) as full:
            tag_batch(small_folder, [reports], output)
    assert "no space left on device" in full.value.what
    assert full.value.remedy.startswith("make room there and try again; ")
    assert full.value.remedy.endswith(" of 7 documents are kept, call it again with --resume to go on")
    summary = tag_batch(small_folder, [reports], output, way=RESUME)
    assert summary.resumed > 0
    tag_batch(small_folder, [reports], tmp_path / "whole.csv")
    assert output.read_bytes() == (tmp_path / "whole.csv").read_bytes()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_a_disk_that_is_full_while_the_table_is_written_costs_nothing(
    small_folder: Path, reports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    output = tmp_path / f"tags{suffix}"
    whole = Path.open
    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", lambda path, *a, **k: whole(Path("/dev/full") if path.name == "table" else path, *a, **k))
        with pytest.raises(TableError, match=r"no space left.*make room there.* documents are kept"):
            tag_batch(small_folder, [reports], output)
    assert not output.exists()
    assert tag_batch(small_folder, [reports], output, way=RESUME).resumed >= 2


def test_two_batches_never_write_the_same_output(small_folder: Path, reports: Path, tmp_path: Path) -> None:
    output = tmp_path / "tags.csv"
    with journal.Journal(output, {}, resume=None), pytest.raises(TableError, match="another batch is writing"):
        tag_batch(small_folder, [reports], output)
    assert tag_batch(small_folder, [reports], output).documents == 6


def test_a_file_that_could_not_be_opened_is_tried_again(
    small_folder: Path, reports: Path, tmp_path: Path, stop_at: Callable[[int], None]
) -> None:
    output = tmp_path / "tags.csv"
    (reports / "1.txt").rename(reports / "away")
    (reports / "1.txt").symlink_to(reports / "nowhere")
    stop_at(5)
    with pytest.raises(Stopped):
        tag_batch(small_folder, [reports], output)
    (reports / "1.txt").unlink()
    (reports / "away").rename(reports / "1.txt")
    stop_at(99)
    summary = tag_batch(small_folder, [reports], output, way=RESUME)
    assert (summary.documents, summary.resumed, summary.altered) == (6, 3, ())


def test_the_structure_of_reports_is_resumed_likewise(reports: Path, tmp_path: Path, stop_at: Callable[[int], None]) -> None:
    structure_batch([reports], tmp_path / "whole.csv")
    stop_at(4)
    with pytest.raises(Stopped):
        structure_batch([reports], tmp_path / "units.csv")
    stop_at(99)
    assert structure_batch([reports], tmp_path / "units.csv", way=RESUME).resumed == 2
    assert (tmp_path / "units.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
