"""Find where the sentences and enumerated points of one paragraph begin and end."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

NUMERALS = {sign: value for value, sign in enumerate("一二三四五六七八九十", 1)}
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_NUMERAL = "[二三]?十[一二三四五六七八九]?|[一二三四五六七八九]"

_CLOSERS = {"”": "“", "’": "‘", "）": "（", ")": "(", "》": "《", "〉": "〈", "】": "【", "」": "「", "』": "『"}
_OPENERS = frozenset(_CLOSERS.values())
_STOPS = frozenset("。！？")
# A pair of quotes or brackets further apart than this is taken for two slips of the pen: one lost mark must not glue a page together.
_LONGEST_QUOTATION = 300

# Families of enumerators. A point opens only behind punctuation or at the start, and only in sequence: 统一是, （1） in a reference and
# a lone 最后 open nothing.
_ENUMERATORS = re.compile(
    rf"""(?P<is>(?:{_NUMERAL})是(?!一)|(?:{_NUMERAL})是(?=一))
    |(?P<must>(?:{_NUMERAL})要)
    |(?P<order>首先|其次|再次|最后)(?=[，,、是要])
    |(?P<nth>第(?:{_NUMERAL})(?=[，,、：:]|是|要))
    |(?P<its>其(?:{_NUMERAL})(?=[，,、：:]|是))
    |(?P<chinese>[（(](?:{_NUMERAL})[）)])
    |(?P<bracket>[（(]\d{{1,2}}[）)])
    |(?P<digit>\d{{1,2}}[.．、](?![\d.．]))
    |(?P<circle>[{_CIRCLED}])""",
    re.VERBOSE,
)
_ORDER = {"首先": 1, "其次": 2, "再次": 3, "最后": 9}
# What may stand before an enumerator; the families after the comma are common words or references, so they need a stronger stop.
_BEFORE = frozenset("。！？；：，、;:, \t\u3000")
_STRONG_BEFORE = frozenset("。！？；：;: \t\u3000”）")
_WEAK_FAMILIES = frozenset({"is", "must"})


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence within a paragraph: offsets in the paragraph, and the number of its point (0 outside points)."""

    start: int
    end: int
    point: int


@dataclass(frozen=True, slots=True)
class _Opening:
    at: int
    family: str
    number: int


def numeral(text: str) -> int:
    """Return the value of a Chinese numeral from 一 to 三十九."""
    tens, ten, units = text.rpartition("十")
    return (NUMERALS.get(tens, 1) * 10 if ten else 0) + NUMERALS.get(units, 0)


def split_sentences(text: str) -> list[Piece]:
    """Split a paragraph into sentences, ended by 。！？ outside quotes and brackets or where a point begins.

    Args:
        text: one paragraph, without line ends.

    Returns:
        Pieces in order, trimmed of white space; nothing but white space stands between them.
    """
    shielded = shield(text)
    openings = _points(text, shielded)
    cuts = sorted({0, *(opening.at for opening in openings), *_sentence_ends(text, shielded)})
    pieces = []
    for start, end in zip(cuts, [*cuts[1:], len(text)], strict=True):
        piece = text[start:end]
        if stripped := piece.strip():
            offset = start + piece.index(stripped[0])
            pieces.append(Piece(offset, offset + len(stripped), 0))
    return _numbered(pieces, openings)


def number_points(text: str, pieces: Sequence[Piece], *, behind: int) -> list[Piece]:
    """Return pieces with points counted only from the offset ``behind`` on: before it stands a heading, whose number is no point's."""
    return _numbered(pieces, [opening for opening in _points(text, shield(text)) if opening.at >= behind])


def _numbered(pieces: Sequence[Piece], openings: Sequence[_Opening]) -> list[Piece]:
    """Return pieces with the numbers of their points; enumerators of another family than the first stand inside points."""
    points = {opening.at for opening in openings if opening.family == openings[0].family}
    numbered, point = [], 0
    for piece in pieces:
        point += piece.start in points
        numbered.append(Piece(piece.start, piece.end, point))
    return numbered


def shield(text: str) -> bytearray:
    """Return a mask of ``text``: 1 where a character stands inside a matched pair of quotes or brackets."""
    mask = bytearray(len(text))
    open_at: list[tuple[str, int]] = []
    for at, sign in enumerate(text):
        if sign in _OPENERS:
            open_at.append((sign, at))
        elif (opener := _CLOSERS.get(sign)) is not None:
            depth = next((depth for depth in range(len(open_at) - 1, -1, -1) if open_at[depth][0] == opener), -1)
            if depth >= 0:
                start = open_at[depth][1]
                del open_at[depth:]
                if at - start <= _LONGEST_QUOTATION:
                    mask[start + 1 : at] = b"\x01" * (at - start - 1)
    return mask


def _sentence_ends(text: str, shielded: bytearray) -> Iterator[int]:
    at, length = 0, len(text)
    while at < length:
        sign = text[at]
        # A Latin ? or ! ends a sentence only before Chinese: in a web address it doesn't.
        is_stop = sign in _STOPS or (sign in "?!" and (at + 1 == length or text[at + 1] >= "\u2e80"))
        at += 1
        if is_stop and not shielded[at - 1]:
            while at < length and (text[at] in _STOPS or text[at] in "?!" or (text[at] in _CLOSERS and not shielded[at])):
                at += 1
            yield at


def _points(text: str, shielded: bytearray) -> list[_Opening]:
    """Return the enumerators that open a point, in order: those at the start, and those that count on from 1."""
    found = []
    for match in _ENUMERATORS.finditer(text):
        at, family = match.start(), match.lastgroup or ""
        before = text[:at].rstrip()[-1:] if text[:at].strip() else ""
        allowed = _BEFORE if family in _WEAK_FAMILIES else _STRONG_BEFORE
        if not shielded[at] and (not before or before in allowed):
            found.append(_Opening(at, family, _value(family, match[0])))
    accepted: list[_Opening] = []
    last: dict[str, int] = {}
    for index, opening in enumerate(found):
        followed = any(later.family == opening.family and later.number in (2, 9) for later in found[index + 1 :])
        at_start = not text[: opening.at].strip()
        counts_on = opening.number == last.get(opening.family, -9) + 1 or (opening.number == 9 and opening.family in last)
        if (at_start and (opening.family != "order" or opening.number < 9)) or counts_on or (opening.number == 1 and followed):
            accepted.append(opening)
            last[opening.family] = opening.number
    return accepted


def _value(family: str, sign: str) -> int:
    if family == "order":
        return _ORDER[sign]
    if family == "circle":
        return _CIRCLED.index(sign) + 1
    digits = re.sub(r"\D", "", sign)
    return int(digits) if digits else numeral(re.sub(r"[^一二三四五六七八九十]", "", sign))
