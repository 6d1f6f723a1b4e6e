"""Look into the compound files of Word 97, WPS and Excel 97: what their root holds, and whether it is encrypted.

Layout: Microsoft, [MS-CFB] Compound File Binary File Format, sections 2.2 to 2.6.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FREE = 0xFFFFFFFA  # this and above: no sector
_ENTRY = 128
_MOST_ENTRIES = 4096
_NONE = 0xFFFFFFFF


class CompoundFile:
    """The root folder of a compound file, read leniently: a damaged file just has fewer entries.

    Args:
        data: bytes of the file.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._shift = 9
        self.streams: dict[str, tuple[int, int]] = {}
        if len(data) < 512 or not data.startswith(MAGIC):
            return
        (self._shift,) = struct.unpack_from("<H", data, 30)
        if self._shift not in (9, 12):
            self._shift = 9
        self._table = self._allocation()
        (first,) = struct.unpack_from("<I", data, 48)
        directory = b"".join(self._sector(number) for number in self._chain(first, _MOST_ENTRIES * _ENTRY))
        self.streams = dict(_root_entries(directory))

    def _sector(self, number: int) -> bytes:
        start = (number + 1) << self._shift
        return self._data[start : start + (1 << self._shift)]

    def _allocation(self) -> list[int]:
        """Return the file allocation table, as far as the header and its chain of further tables give it."""
        sectors = [number for number in struct.unpack_from("<109I", self._data, 76) if number < _FREE]
        (further,) = struct.unpack_from("<I", self._data, 68)
        whole, seen = len(self._data) >> self._shift, set[int]()
        while further < _FREE and further not in seen and len(sectors) <= whole:
            seen.add(further)
            words = _words(self._sector(further))
            if not words:
                break
            sectors += [number for number in words[:-1] if number < _FREE]
            further = words[-1]
        return [word for number in sectors[: whole + 1] for word in _words(self._sector(number))]

    def _chain(self, number: int, most: int) -> Iterator[int]:
        seen: set[int] = set()
        while number < _FREE and number not in seen and len(seen) << self._shift < most:
            seen.add(number)
            yield number
            number = self._table[number] if number < len(self._table) else _NONE

    def read(self, name: str, most: int) -> bytes:
        """Return the first ``most`` bytes of a stream of the root; empty if it isn't there or is a short one."""
        first, size = self.streams.get(name, (_NONE, 0))
        if size < 4096:  # such streams live in another stream; none of those that matter here is so short
            return b""
        return b"".join(self._sector(number) for number in self._chain(first, min(size, most)))[: min(size, most)]

    @property
    def kind(self) -> str:
        """What the file is: doc, xls, ppt, encrypted, or an empty string."""
        if "EncryptedPackage" in self.streams or "EncryptionInfo" in self.streams:
            return "encrypted"
        if "WordDocument" in self.streams:
            start = self.read("WordDocument", 512)
            flags = struct.unpack_from("<H", start, 10)[0] if len(start) >= 12 else 0
            return "encrypted" if flags & 0x0100 else "doc"
        if {"Workbook", "Book"} & self.streams.keys():
            return "xls"
        return "ppt" if "PowerPoint Document" in self.streams else ""


def _words(sector: bytes) -> list[int]:
    return list(struct.unpack(f"<{len(sector) // 4}I", sector[: len(sector) // 4 * 4]))


def _root_entries(directory: bytes) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield the entries right under the root: name, first sector and size."""
    entries = [directory[at : at + _ENTRY] for at in range(0, len(directory) - _ENTRY + 1, _ENTRY)]
    if not entries:
        return
    todo, seen = [struct.unpack_from("<I", entries[0], 76)[0]], set[int]()
    while todo:
        number = todo.pop()
        if number in seen or number >= len(entries):
            continue
        seen.add(number)
        entry = entries[number]
        left, right = struct.unpack_from("<II", entry, 68)
        first, size = struct.unpack_from("<II", entry, 116)
        (length,) = struct.unpack_from("<H", entry, 64)
        name = entry[: min(max(length, 2), 64) - 2].decode("utf-16-le", "replace")
        yield name, (first, size)
        todo += [left, right]
