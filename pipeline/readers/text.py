"""Decode plain text: by byte order mark, else strict UTF-8, else strict GB18030."""

from __future__ import annotations

import codecs
import re

from pipeline.errors import ReadError
from pipeline.patterns import lazy
from pipeline.readers.content import Content, Paragraph

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_BINARY = (b"PK\x03\x04", b"%PDF-", b"\xd0\xcf\x11\xe0", b"\x89PNG")
_REMEDY = "save it as UTF-8 text and try again"
_LINE_ENDS = re.compile("\r\n?|[\x0b\x85\u2028\u2029]")
_FOREIGN_ENDS = "\r\x0b\x85\u2028\u2029"
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f]")
# The commonest characters of Chinese prose, simplified and traditional; a page in the wrong charset has next to none of them.
_COMMON = frozenset("的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经"
                    "這為個國時來們於齣對會發動過說產種後學經與進業關員實現開體實務點區農縣鄉鎮")  # fmt: skip
_HAN = lazy("[\u4e00-\u9fff]")


def read_text(data: bytes, *, where: str) -> Content:
    """Read plain text: a line a paragraph.

    Raises:
        ReadError: no charset fits, or the bytes are those of a binary file.
    """
    text, charset = decode(data, where=where)
    return Content(tuple(map(Paragraph, unify_line_ends(text).split("\n"))), "text", charset)


def unify_line_ends(text: str) -> str:
    """Return ``text`` with one kind of line end."""
    return _LINE_ENDS.sub("\n", text) if any(sign in text for sign in _FOREIGN_ENDS) else text


def decode(data: bytes, *, where: str = "", declared: str = "") -> tuple[str, str]:
    """Return the text of ``data`` and its charset: by byte order mark, as declared, else strict UTF-8, else strict GB18030.

    The order decides: UTF-8 refuses nearly all GB18030 text, but not the other way round. Detectors by frequency fail on short
    texts. Big5, which GB18030 mistakes for rare characters, is recognised where its own reading has far more common ones.

    Args:
        data: bytes of a file.
        where: file name for the error.
        declared: the charset that the file names; it is tried strictly, and never believed against a byte order mark.

    Raises:
        ReadError: no charset fits, or the bytes are those of a binary file.
    """
    for mark, charset in _MARKS:
        if data.startswith(mark):
            try:
                return _checked(data[len(mark) :].decode(charset), where), charset
            except UnicodeDecodeError as error:
                what = f"its byte order mark says {charset}, but byte {error.start + len(mark)} doesn't decode"
                raise ReadError(what, where=where, remedy=_REMEDY) from error
    if data.startswith(_BINARY):
        raise ReadError("this is a binary file, not text", where=where, remedy=_REMEDY)
    for charset in filter(None, (declared, "utf-8")):
        try:
            return _checked(data.decode(charset), where), charset
        except UnicodeDecodeError as error:
            fault = error
    _refuse_damaged_utf8(data, fault, where)
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError as error:
        if traditional := _as_big5(data, 0.0):
            return _checked(traditional, where), "big5"
        raise ReadError(_undecodable(data, error), where=where, remedy=_REMEDY) from error
    if (common := _commonness(text)) < 0.15 and (traditional := _as_big5(data, 2 * common)):
        return _checked(traditional, where), "big5"
    # GBK's second blank, which web pages of the 2000s are full of, has no Unicode character of its own.
    return _checked(text.replace("\ue5e5", "\u3000"), where), "gb18030"


def _refuse_damaged_utf8(data: bytes, error: UnicodeDecodeError, where: str) -> None:
    """Refuse UTF-8 with a few faulty bytes: as GB18030 it would often decode, to nonsense."""
    text = data[:200_000].decode("utf-8", "replace")
    faulty = text.count("\ufffd")
    if len(_HAN.findall(text)) > 3 * max(1, faulty):
        raise ReadError(f"it is UTF-8, but damaged at byte {error.start}", where=where, remedy=_REMEDY) from error


def _undecodable(data: bytes, error: UnicodeDecodeError) -> str:
    what = "the text decodes neither as UTF-8 nor as GB18030"
    replaced = data.decode("gb18030", "replace")
    if replaced.count("\ufffd") * 20 < len(_HAN.findall(replaced)):
        what += f" (it reads as GB18030 that is damaged at byte {error.start})"
    return what


def _as_big5(data: bytes, least: float) -> str:
    """Return the text as Big5, if more than that share of it are common characters; else an empty string."""
    try:
        text = data.decode("big5hkscs")
    except UnicodeDecodeError:
        return ""
    return text if len(_HAN.findall(text)) >= 20 and _commonness(text) > max(least, 0.1) else ""


def _commonness(text: str) -> float:
    """Share of the commonest characters among the Chinese ones; 1 where there are too few to tell."""
    found = _HAN.findall(text[:20_000])
    return sum(sign in _COMMON for sign in found) / len(found) if len(found) >= 20 else 1.0


def _checked(text: str, where: str) -> str:
    """Refuse binary files: some decode, but they are full of control characters."""
    start = text[:20_000]
    controls = len(_CONTROL.findall(start))
    if controls > max(8, len(start) // 50) or start.count("\x00") > len(start) // 1000:
        raise ReadError("this is a binary file, not text", where=where, remedy=_REMEDY)
    return text
