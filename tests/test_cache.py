"""What is kept between two trainings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from pipeline import cache
from pipeline.cache import cache_folder, kept

TEXTS = ["甲", "乙\x00", "\ud800"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the cache's folder, in which the fewest texts are kept."""
    monkeypatch.setenv("WORKTAG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(cache, "_FEWEST", 1)
    return tmp_path / "cache"


class Made:
    """Makes something, and counts how often."""

    def __init__(self) -> None:
        self.times = 0

    def of(self, texts: Sequence[str], what: object = "") -> str:
        """Return what is made, or was kept."""
        return kept(what, texts, self._make)

    def _make(self) -> str:
        self.times += 1
        return f"made {self.times}"


@pytest.mark.usefixtures("folder")
def test_what_was_made_is_kept_for_the_same_texts_and_purpose_only() -> None:
    made = Made()
    assert made.of(TEXTS) == made.of(TEXTS) == "made 1"
    assert made.of([*TEXTS[1:], TEXTS[0]]) == "made 2"
    assert made.of(["甲乙\x00", "\ud800"]) == "made 3"
    assert made.of(TEXTS, ("words", ("播种",))) == "made 4"
    assert made.of(TEXTS) == "made 1"


def test_another_version_of_what_cuts_the_texts_makes_it_anew(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Made()
    made.of(TEXTS)
    monkeypatch.setattr(cache, "_version", lambda _tool: "99")
    assert made.of(TEXTS) == "made 2"
    assert folder.is_dir()


def test_few_texts_are_not_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_FEWEST", 4)
    made = Made()
    made.of(TEXTS)
    assert made.of(TEXTS) == "made 2"
    assert not folder.exists()


@pytest.mark.parametrize("value", ["off", " OFF", ""])
def test_it_can_be_switched_off(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKTAG_CACHE", value)
    monkeypatch.setattr(cache, "_FEWEST", 1)
    assert cache_folder() is None
    made = Made()
    made.of(TEXTS)
    assert made.of(TEXTS) == "made 2"


def test_a_damaged_file_is_made_anew_without_a_word(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    made = Made()
    made.of(TEXTS)
    (file,) = folder.rglob("output.pkl")
    file.write_bytes(file.read_bytes()[:-3])
    assert made.of(TEXTS) == "made 2"
    assert made.of(TEXTS) == "made 2"
    assert capfd.readouterr() == ("", "")


def test_a_folder_that_can_not_be_written_is_no_fault(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("WORKTAG_CACHE", str(tmp_path / "file" / "cache"))
    assert Made().of(TEXTS) == "made 1"
    assert not folder.exists()
    assert capfd.readouterr() == ("", "")


def test_the_folder_is_bounded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_BYTES", 100)
    for number in range(20):
        Made().of([*TEXTS, str(number)])
    assert len(list(folder.rglob("output.pkl"))) < 3


def test_a_fault_of_what_makes_it_is_passed_on(folder: Path) -> None:
    def fault() -> None:
        raise ValueError("no such word")

    with pytest.raises(ValueError, match="no such word"):
        kept("", TEXTS, fault)
    assert not list(folder.rglob("output.pkl"))


def test_without_the_variable_the_system_s_folder_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("WORKTAG_CACHE", raising=False)
    for name in ("LOCALAPPDATA", "XDG_CACHE_HOME", "HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    found = cache_folder()
    assert found is not None
    assert found.is_relative_to(tmp_path)
    assert "worktag" in found.parts
