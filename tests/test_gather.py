"""Documents of a batch: each file once, each under a name of its own, in chunks of even work."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from pipeline import gather as module
from pipeline.gather import Item, chunks, gather
from pipeline.read import Source, find_sources


def write(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("正文。", encoding="utf-8")
    return folder


def names(*paths: Path) -> list[str]:
    return [item.source.name for item in gather(paths).items]


def test_a_path_given_twice_is_taken_once_and_named(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", "b.txt")
    found = gather([tmp_path / "a.txt", tmp_path, tmp_path / "." / "b.txt", tmp_path / "a.txt"])
    assert [item.source.name for item in found.items] == ["a.txt", "b.txt"]
    assert found.repeated == ("a.txt", "b.txt")


def test_the_same_path_in_other_words_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "a.txt")
    monkeypatch.chdir(tmp_path)
    assert names(Path("a.txt"), tmp_path / "a.txt", Path("../") / tmp_path.name / "a.txt") == ["a.txt"]


def test_files_of_one_name_from_two_folders_are_told_apart(tmp_path: Path) -> None:
    write(tmp_path, "2023/局.txt", "2024/局.txt", "2024/委.txt")
    assert names(tmp_path / "2023", tmp_path / "2024") == ["2023/局.txt", "委.txt", "2024/局.txt"]
    write(tmp_path, "x/2023/局.txt")
    assert names(tmp_path / "2023", tmp_path / "x" / "2023") == ["2023/局.txt", "x/2023/局.txt"]


def test_a_link_to_a_file_is_a_document_of_its_own(tmp_path: Path) -> None:
    write(tmp_path, "a.txt")
    (tmp_path / "b.txt").symlink_to(tmp_path / "a.txt")
    assert names(tmp_path) == ["a.txt", "b.txt"]


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    write(tmp_path, "sub/a.txt")
    (tmp_path / "sub" / "loop").symlink_to(tmp_path)
    (tmp_path / "dead.txt").symlink_to(tmp_path / "nowhere")
    (tmp_path / "self.txt").symlink_to(tmp_path / "self.txt")
    assert names(tmp_path) == ["dead.txt", "self.txt", "sub/a.txt"]


@pytest.mark.skipif(sys.platform == "win32", reason="paths are shorter on Windows")
def test_folders_may_lie_deeper_in_one_another_than_calls_may(tmp_path: Path) -> None:
    depth, here = 1_200, os.getcwd()  # noqa: PTH109
    try:
        os.chdir(tmp_path)
        for _ in range(depth):
            os.mkdir("d")  # noqa: PTH102
            os.chdir("d")
        Path("a.txt").write_text("正文。", encoding="utf-8")
        (source,) = find_sources([tmp_path])
        assert source.name.count("/") == depth
    finally:  # what removes folders after tests goes no deeper than calls may
        Path("a.txt").unlink(missing_ok=True)
        while Path.cwd() != tmp_path:
            os.chdir("..")
            os.rmdir("d")  # noqa: PTH106
        os.chdir(here)


def test_order_is_by_name_with_sub_folders_in_their_place(tmp_path: Path) -> None:
    write(tmp_path, "b/c.txt", "a.txt", "b/a.txt", "c.txt", "b.txt")
    assert names(tmp_path) == ["a.txt", "b/a.txt", "b/c.txt", "b.txt", "c.txt"]


def item(name: str, size: int) -> Item:
    return Item(Source(Path(name), name), size, 0)


def test_chunks_end_by_work_or_by_number_and_keep_the_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHUNK_WORK", 10_000)
    monkeypatch.setattr(module, "CHUNK_DOCUMENTS", 3)
    items = [item(f"{number}.txt", size) for number, size in enumerate([4_000, 4_000, 4_000, 50_000, 1, -1, 1, 1])]
    assert [[part.source.name[0] for part in chunk] for chunk in chunks(items)] == [
        ["0", "1"],
        ["2"],
        ["3"],
        ["4", "5", "6"],
        ["7"],
    ]
    assert list(chunks([])) == []


def test_a_file_that_needs_a_converter_counts_for_more() -> None:
    assert item("a.doc", 5_000).work > 10 * item("a.txt", 5_000).work
