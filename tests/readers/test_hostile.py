"""Every hostile file comes to one line that says what, where and what to do, or to the text that it holds after all."""

from __future__ import annotations

import os
import re
import sys
import time
from pathlib import Path

import pytest

from pipeline.errors import ReadError
from pipeline.read import Source, find_sources, read_document, read_documents
from pipeline.readers import files
from tests.fixtures.hostile import CASES, WORDS, Case

SLOWEST = 20.0  # seconds, with room for a loaded machine; each takes below 4 on an idle one


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_hostile_file_is_refused_in_one_line_or_read(case: Case, tmp_path: Path) -> None:
    file = tmp_path / case.file
    file.write_bytes(case.make())
    started = time.monotonic()
    if case.error:
        with pytest.raises(ReadError) as caught:
            list(read_documents(Source(file, case.file), limits=case.limits))
        assert re.search(case.error, caught.value.what)
        assert caught.value.where.startswith(str(file))
        assert caught.value.remedy
        assert "\n" not in caught.value.line()
    else:
        documents = list(read_documents(Source(file, case.file), limits=case.limits))
        assert case.text in documents[0].text
        assert documents[0].text.encode()
    assert time.monotonic() - started < SLOWEST


def test_there_are_enough_of_them() -> None:
    assert len(CASES) >= 50
    assert len({case.name for case in CASES}) == len(CASES)


def test_what_went_from_a_hostile_file_is_counted(tmp_path: Path) -> None:
    marked = next(case for case in CASES if case.name == "right-to-left marks")
    file = tmp_path / "a.txt"
    file.write_bytes(marked.make())
    assert read_document(Source(file, "a.txt")).removed == {"invisible": len(WORDS) - 1}


NAMES = (
    "有 空格.txt",
    "《引号》“”'\".txt",
    "-rf.txt",
    "--output=x.txt",
    "$(id);`id`|&.txt",
    "长" * 83 + "aa.txt",  # 255 bytes
    "\u202etxt.exe.txt",
    "断\n行.txt",
    "%s%n.txt",
    "报告.TXT",
)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows refuses most of these names itself")
@pytest.mark.parametrize("name", NAMES)
def test_odd_file_names_are_read_and_found(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(WORDS, encoding="utf-8")
    (source,) = find_sources([tmp_path])
    assert source.name == name
    assert read_document(source).text == WORDS


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has file names that are no text")
@pytest.mark.parametrize(("raw", "name"), [("报告".encode("gbk") + b".txt", "报告.txt"), (b"\xff\xfe.txt", "\ufffd\ufffd.txt")])
def test_file_names_that_are_no_utf8_are_named_in_writing(raw: bytes, name: str, tmp_path: Path) -> None:
    file = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + raw))
    file.write_text(WORDS, encoding="utf-8")
    (source,) = find_sources([tmp_path])
    assert source.name == name
    assert read_document(source).name.encode()
    file.write_bytes(b"")
    with pytest.raises(ReadError) as caught:
        read_document(source)
    assert caught.value.line().encode()


@pytest.mark.parametrize("name", ["\ud800.txt", "a\udc80\ud900.txt"])
def test_a_name_with_lone_surrogates_is_written_somehow(name: str) -> None:
    assert files.printable(name).encode()


@pytest.mark.parametrize("path", ["a\0b.txt", "x" * 300, "/proc/self/mem/x"])
def test_impossible_paths_are_refused(path: str) -> None:
    with pytest.raises(ReadError, match="no such file or folder"):
        list(find_sources([Path(path)]))
    with pytest.raises(ReadError, match="can't be opened"):
        read_document(Source(Path(path), "a"))


def test_a_path_that_vanishes_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text(WORDS, encoding="utf-8")
    (source,) = find_sources([tmp_path])
    file.unlink()
    with pytest.raises(ReadError, match="can't be opened"):
        read_document(source)


def test_a_file_without_permission_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.txt"
    file.write_text(WORDS, encoding="utf-8")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(ReadError, match=r"can't be opened \(permission denied\); check its path and permissions"):
        read_document(Source(file, "a.txt"))


def test_a_folder_without_permission_is_named_and_the_others_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "r.txt").write_text(WORDS, encoding="utf-8")
    scan, listing = os.scandir, os.listdir

    def refuse_a(folder: Path) -> object:
        if Path(folder).name == "a":
            raise PermissionError(13, "Permission denied")
        return scan(folder)

    def refuse_listing(folder: Path) -> object:
        if Path(folder).name == "a":
            raise PermissionError(13, "Permission denied")
        return listing(folder)

    monkeypatch.setattr(os, "scandir", refuse_a)
    monkeypatch.setattr(os, "listdir", refuse_listing)
    locked, free = find_sources([tmp_path])
    assert (locked.name, free.name) == ("a", "b/r.txt")
    assert read_document(free).text == WORDS
    with pytest.raises(ReadError, match="permission denied"):
        read_document(locked)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.txt")
    (source,) = find_sources([tmp_path])
    with pytest.raises(ReadError, match="no regular file"):
        read_document(source)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no such device here")
def test_an_endless_device_is_refused() -> None:
    with pytest.raises(ReadError, match="no regular file"):
        read_document(Source(Path("/dev/zero"), "zero"))


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_links_in_a_circle_end_and_broken_ones_are_named(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "r.txt").write_text(WORDS, encoding="utf-8")
    (tmp_path / "a" / "up").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "b").symlink_to(tmp_path / "a", target_is_directory=True)
    (tmp_path / "gone.txt").symlink_to(tmp_path / "nowhere.txt")
    (tmp_path / "self.txt").symlink_to(tmp_path / "self.txt")
    found = {source.name: source for source in find_sources([tmp_path])}
    assert list(found) == ["a/r.txt", "gone.txt", "self.txt"]
    for name in ("gone.txt", "self.txt"):
        with pytest.raises(ReadError, match="can't be opened"):
            read_document(found[name])


def test_a_folder_is_no_report(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="this is a folder"):
        read_document(Source(tmp_path, "a"))
