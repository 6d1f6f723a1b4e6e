"""Open the zip container of an Office file and parse its parts, with bounds on size, ratio and depth and without DTD or entities."""

from __future__ import annotations

import io
import posixpath
import re
import struct
import zipfile
import zlib
from xml.etree import ElementTree as ET

from pipeline.errors import ReadError
from pipeline.readers.content import Limits

# What zipfile raises for a damaged file; it promises none of them.
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)
_REMEDY = "open it in Word or WPS, save it as a new .docx and try again"
_MOST_MEMBERS = 20_000
_SMALL = 1_000_000  # bytes; the ratio of a smaller part does no harm
_CHUNK = 1 << 20
# The strict variant of the format names the same elements by other addresses.
_STRICT = (
    ("http://purl.oclc.org/ooxml/wordprocessingml/main", "http://schemas.openxmlformats.org/wordprocessingml/2006/main"),
    (
        "http://purl.oclc.org/ooxml/officeDocument/relationships",
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    ),
    ("http://purl.oclc.org/ooxml/officeDocument/math", "http://schemas.openxmlformats.org/officeDocument/2006/math"),
)
_RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_DOCTYPE = re.compile(r"<!(?:DOCTYPE|ENTITY)")
_DECLARED = re.compile(rb"""<\?xml[^>]{0,100}encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")


def open_zip(data: bytes, *, where: str) -> zipfile.ZipFile:
    """Open a zip container that has a bearable number of members.

    Raises:
        ReadError: it is truncated or damaged, or has too many members.
    """
    if data.count(b"PK\x01\x02") > _MOST_MEMBERS:
        raise ReadError(f"it packs more than {_MOST_MEMBERS:,} files", where=where, remedy="unpack it and give its files")
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except _DAMAGED as error:
        raise ReadError("the file is truncated or damaged", where=where, remedy=_REMEDY) from error


class Package:
    """The parts of an Office file.

    Args:
        data: bytes of the file.
        where: its name for errors.
        limits: bounds on what is unpacked.

    Raises:
        ReadError: the container is damaged or encrypted.
    """

    def __init__(self, data: bytes, *, where: str, limits: Limits) -> None:
        self.where, self.limits = where, limits
        self._left = limits.unpacked_bytes
        self._archive = open_zip(data, where=where)
        self._members = {info.filename.replace("\\", "/"): info for info in self._archive.infolist()}

    @property
    def names(self) -> frozenset[str]:
        """Names of the parts."""
        return frozenset(self._members)

    def read(self, name: str) -> bytes | None:
        """Return a part, or None if there is none of that name.

        Raises:
            ReadError: the part is damaged, encrypted, or unpacks to more than the limits allow.
        """
        info = self._members.get(name)
        if info is None:
            return None
        if info.flag_bits & 1:
            raise ReadError("the file is encrypted", where=self.where, remedy="save it without a password and try again")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise self._damaged(f"its part {name} is packed in an unusual way")
        chunks, size = [], 0
        try:
            with self._archive.open(info) as stream:
                while chunk := stream.read(_CHUNK):
                    size += len(chunk)
                    self._check(name, size, info.compress_size)
                    chunks.append(chunk)
        except _DAMAGED as error:
            raise self._damaged(f"its part {name} is truncated or damaged") from error
        self._left -= size
        return b"".join(chunks)

    def _check(self, name: str, size: int, packed: int) -> None:
        too_large = size > self._left
        if too_large or (size > _SMALL and size > self.limits.ratio * max(1, packed)):
            bound = f"{self.limits.unpacked_bytes:,} bytes" if too_large else f"{self.limits.ratio} times its packed size"
            what = f"its part {name} unpacks to more than {bound}, as a zip bomb does"
            raise ReadError(what, where=self.where, remedy="save the text in a new file, or raise `read` in params.yaml")

    def _damaged(self, what: str) -> ReadError:
        return ReadError(what, where=self.where, remedy=_REMEDY)

    def parse(self, name: str) -> ET.Element | None:
        """Return the root element of a part, or None if there is no such part.

        Raises:
            ReadError: the part isn't well-formed, declares a document type or entities, or nests too deeply.
        """
        data = self.read(name)
        if data is None:
            return None
        try:
            text = _decoded(data)
            if _DOCTYPE.search(text):
                what = f"its part {name} declares a document type or entities, which no word processor writes"
                raise ReadError(what, where=self.where, remedy="don't trust this file; ask for a new one")
            for strict, usual in _STRICT:
                text = text.replace(strict, usual)
            root = ET.fromstring(text)  # noqa: S314 - no declaration is left that could define or fetch anything
        except (ET.ParseError, UnicodeError, LookupError, ValueError) as error:
            raise self._damaged(f"its part {name} is no valid XML ({error})") from error
        if _is_deeper(root, self.limits.depth):
            raise self._damaged(f"its part {name} nests elements more than {self.limits.depth} deep")
        return root

    def related(self, part: str) -> dict[str, str]:
        """Return the parts that ``part`` (empty: the package) points at inside the file: kind of relation to name of part."""
        folder, name = posixpath.split(part)
        root = self.parse(posixpath.join(folder, "_rels", f"{name}.rels"))
        found: dict[str, str] = {}
        for relation in root.iter(_RELATION) if root is not None else ():
            if relation.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/" + folder, relation.get("Target", "")))
                found.setdefault(relation.get("Type", "").rpartition("/")[2], target.lstrip("/"))
        return found


def _decoded(data: bytes) -> str:
    """Decode a part strictly, in one of the encodings that the format allows."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    declared = _DECLARED.match(data.removeprefix(b"\xef\xbb\xbf")[:200])
    charset = declared[1].decode("ascii").lower() if declared else "utf-8"
    charset = {"gb2312": "gb18030", "gbk": "gb18030", "utf-16": "utf-8"}.get(charset, charset)
    if charset not in ("utf-8", "gb18030", "us-ascii", "iso-8859-1", "windows-1252"):
        charset = "utf-8"
    return data.decode("utf-8-sig" if charset == "utf-8" else charset)


def _is_deeper(root: ET.Element, limit: int) -> bool:
    level = [root]
    for _ in range(limit):
        level = [child for element in level for child in element]
        if not level:
            return False
    return True
