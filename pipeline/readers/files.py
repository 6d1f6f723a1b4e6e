"""Open a file that may be anything: too large, a folder, a pipe, gone, with a name that is no text."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from pipeline.errors import ReadError
from pipeline.readers.content import Limits

# Bytes of a file name that are no UTF-8 come as surrogates of the first kind; others stand for nothing.
_ESCAPED, _LONE = re.compile("[\udc80-\udcff]"), re.compile("[\ud800-\udc7f\udd00-\udfff]")


def printable(name: str) -> str:
    """Return a file name that can be written to a table: one in an old charset is decoded, what doesn't decode is replaced."""
    try:
        name.encode()
    except UnicodeEncodeError:
        raw = (
            name.encode(errors="surrogateescape")
            if _ESCAPED.search(name) and not _LONE.search(name)
            else name.encode(errors="replace")
        )
        try:
            return raw.decode("gb18030")
        except UnicodeDecodeError:
            return raw.decode(errors="replace")
    return name


def read_bytes(path: Path, where: str, limits: Limits) -> bytes:
    """Return a file's bytes.

    Raises:
        ReadError: it can't be opened, is no regular file, or is larger than the limits allow.
    """
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            os.listdir(path)  # noqa: PTH208 - to say why a folder can't be listed
            raise ReadError("this is a folder", where=where, remedy="give the files in it")
        if not stat.S_ISREG(status.st_mode):
            raise ReadError("this is no regular file", where=where, remedy="save its content in a file")
        with path.open("rb") as stream:
            size = min(status.st_size, limits.file_bytes)
            data = stream.read(size + 1)  # not at once the most that it may be, for which memory would be set aside
            if len(data) > size:  # it has grown, or its file system knows no sizes
                data += stream.read(limits.file_bytes + 1 - len(data))
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise ReadError(f"can't be opened ({reason})", where=where, remedy="check its path and permissions") from error
    if len(data) > limits.file_bytes:
        what = f"the file has more than {limits.file_bytes:,} bytes"
        raise ReadError(what, where=where, remedy="split it, or raise read: file_bytes in params.yaml")
    return data
