"""Read what only LibreOffice opens (.doc, .wps, .rtf, .odt, Word 2003 XML): it makes a .docx, which :mod:`docx` reads."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from pipeline.errors import ReadError
from pipeline.readers.content import Content, Limits
from pipeline.readers.docx import read_docx

# Where installers put it without telling the search path.
_USUAL = (
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
    "C:/Program Files/LibreOffice/program/soffice.exe",
    "C:/Program Files (x86)/LibreOffice/program/soffice.exe",
    "/usr/lib/libreoffice/program/soffice",
    "/snap/bin/libreoffice",
)


_SHORTEST = 10.0  # seconds; its first start makes a profile, which takes half of that


def find_office() -> str:
    """Return the path of LibreOffice's program, or an empty string."""
    for name in ("soffice", "libreoffice"):
        if found := shutil.which(name):
            return found
    return next((path for path in _USUAL if Path(path).is_file()), "")


def read_legacy(data: bytes, *, where: str, limits: Limits) -> Content:
    """Read an old Word or WPS file through LibreOffice.

    Raises:
        ReadError: LibreOffice isn't installed, can't open the file or takes too long, or the file is damaged or empty.
    """
    office = find_office()
    if not office:
        remedy = "install LibreOffice (libreoffice.org), or open the file in Word or WPS and save it as .docx"
        raise ReadError("an old Word or WPS file needs LibreOffice, which isn't installed", where=where, remedy=remedy)
    with _folder(where) as folder:
        # Under a name of our own: file names of people begin with a dash, hold quotes, are 255 bytes long.
        given = folder / "report.doc"
        given.write_bytes(data)
        _convert(office, given, folder, where=where, limits=limits)
        converted = folder / "out" / "report.docx"
        if not converted.is_file() or converted.stat().st_size > limits.file_bytes:
            remedy = "open it in Word or WPS, save it as .docx and try again"
            raise ReadError("LibreOffice can't open it; it may be damaged or encrypted", where=where, remedy=remedy)
        content = read_docx(converted.read_bytes(), where=where, limits=limits)
    return Content(content.paragraphs, "doc", title=content.title, removed=content.removed, notes=content.notes)


@contextlib.contextmanager
def _folder(where: str) -> Iterator[Path]:
    try:
        with tempfile.TemporaryDirectory(prefix="worktag-", ignore_cleanup_errors=True) as folder:
            yield Path(folder)
    except OSError as error:
        raise ReadError(f"can't be converted ({error.strerror})", where=where, remedy="make room on the disk") from error


def _convert(office: str, given: Path, folder: Path, *, where: str, limits: Limits) -> None:
    profile = _profile(os.getpid()).as_uri()  # of our own, so that an open LibreOffice is neither asked nor disturbed
    command = [office, f"-env:UserInstallation={profile}", "--headless", "--norestore", "--nolockcheck", "--nodefault"]
    command += ["--convert-to", "docx:MS Word 2007 XML", "--outdir", str(folder / "out"), str(given)]
    try:
        process = subprocess.Popen(  # noqa: S603 - a program that we looked up, with a file name of our own
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
    except OSError as error:
        raise ReadError(f"LibreOffice can't be started ({error.strerror})", where=where, remedy="install it anew") from error
    try:
        process.wait(max(limits.seconds, _SHORTEST))
    except subprocess.TimeoutExpired as error:
        what = f"LibreOffice took more than {limits.seconds:g} seconds"
        raise ReadError(what, where=where, remedy="open it in Word or WPS, save it as .docx and try again") from error
    finally:
        if process.returncode is None:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End LibreOffice with the programs that it started."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()


@cache
def _profile(process: int) -> Path:
    """Return LibreOffice's settings folder for this process; making one takes seconds, so it serves all files."""
    import atexit

    folder = Path(tempfile.mkdtemp(prefix=f"worktag-office-{process}-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
