"""Old files are read through LibreOffice; without it, the error says what to install."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline.errors import ReadError
from pipeline.read import Source, read_document
from pipeline.readers import legacy
from pipeline.readers.content import Limits
from tests.fixtures.hostile import WORDS
from tests.fixtures.make_docx import CASES
from tests.fixtures.ole_parts import compound

RTF = ("{\\rtf1\\ansi\\ansicpg936 " + "".join(f"\\u{ord(sign)}?" for sign in WORDS) + "\\par}").encode()
OLD = compound({"WordDocument": b"\xec\xa5\xc1\x00" + b"\0" * 900})


@pytest.fixture
def office() -> str:
    """Return the path of LibreOffice, or skip."""
    found = legacy.find_office()
    if not found:
        pytest.skip("LibreOffice isn't installed")
    return found


def test_without_libreoffice_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(legacy, "_USUAL", ())
    with pytest.raises(ReadError, match=r"needs LibreOffice, which isn't installed; install LibreOffice"):
        legacy.read_legacy(OLD, where="a.doc", limits=Limits())


def test_rich_text_is_read(office: str, tmp_path: Path) -> None:
    assert office
    file = tmp_path / "-名字 '\".doc"
    file.write_bytes(RTF)
    document = read_document(Source(file, "a.doc"))
    assert (document.text, document.kind) == (WORDS, "doc")


def test_an_old_word_file_gives_what_the_new_one_gives(office: str, tmp_path: Path) -> None:
    new = tmp_path / "a.docx"
    new.write_bytes(CASES["three_levels"]())
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [office, profile, "--headless", "--convert-to", "doc:MS Word 97", "--outdir", str(tmp_path), str(new)]
    subprocess.run(command, check=False, capture_output=True, timeout=120)
    old = tmp_path / "a.doc"
    if not old.exists():
        pytest.skip("LibreOffice has no writer")
    words = ["".join(read_document(Source(file, file.name)).text.split()) for file in (old, new)]
    assert words[0] == words[1]


def test_a_damaged_file_is_refused(office: str) -> None:
    assert office
    with pytest.raises(ReadError):
        legacy.read_legacy(OLD, where="a.doc", limits=Limits())


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")
@pytest.mark.parametrize(
    ("script", "what", "seconds"),
    [("sleep 60", "LibreOffice took more than", 0.5), ("exit 1", "LibreOffice can't open it", 60), ("", "can't be started", 60)],
)
def test_a_libreoffice_that_fails_is_told(
    script: str, what: str, seconds: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "soffice"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755 if script else 0o644)
    monkeypatch.setattr(legacy, "find_office", lambda: str(program))
    monkeypatch.setattr(legacy, "_SHORTEST", 0.5)
    started = time.monotonic()
    with pytest.raises(ReadError, match=what):
        legacy.read_legacy(OLD, where="a.doc", limits=Limits(seconds=seconds))
    assert time.monotonic() - started < 20
