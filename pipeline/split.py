"""Find where the sentences and enumerated points of one paragraph begin and end."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

NUMERALS = {sign: value for value, sign in enumerate("一二三四五六七八九十", 1)}
_NUMERAL = "[二三]?十[一二三四五六七八九]?|[一二三四五六七八九]"
_CIRCLED = "①-⑳⑴-⒇⒈-⒛㈠-㈩❶-❿"

_PAIRS = dict(zip("“‘（(《〈【「『〔［[〖", "”’）)》〉】」』〕］]〗", strict=True))
_PARTNERS = {closer: opener for opener, closer in _PAIRS.items()}
_BRACKETS = re.compile('[{}"]'.format(re.escape("".join([*_PAIRS, *_PARTNERS]))))
_CLOSERS = re.escape("".join(_PARTNERS))
# A Latin ? or ! ends a sentence only before Chinese or at the end: in a web address it doesn't.
_STOP = re.compile(rf"[。！？｡?!](?:(?<![?!])|(?=[{_CLOSERS}\"\s]*(?:[^\x00-\u2e7f]|\Z)))")
_SENTENCE_END = re.compile(rf"{_STOP.pattern}[。！？｡?!{_CLOSERS}]*+")
# A pair of quotes or brackets further apart than this is taken for two slips of the pen: one lost mark must not glue a page together.
_LONGEST_QUOTATION = 300

# Families of enumerators. A point opens only behind punctuation or at the start, and only in sequence: 统一是, （1） in a reference and
# a lone 最后 open nothing.
_FIRST_SIGNS = rf"一二三四五六七八九十首其再最第（(—\d{_CIRCLED}"
_ENUMERATOR = rf"""(?:
    (?P<is>(?:{_NUMERAL})是)
    |(?P<must>(?:{_NUMERAL})要)
    |(?P<order>首先|其次|再次|再者|最[后後])(?=[，,、是要])
    |(?P<nth>第(?:{_NUMERAL})[个個项件条点步]?(?=[，,、：:]|是|要))
    |(?P<its>其(?:{_NUMERAL})(?=[，,、：:]|是))
    |(?P<chinese>[（(](?:{_NUMERAL})[）)])
    |(?P<bracket>[（(]?\d{{1,2}}[）)])
    |(?P<digit>\d{{1,2}}[.．、](?![\d.．]))
    |(?P<circle>[{_CIRCLED}])
    |(?P<dash>——(?!—)))"""
_AT_START = re.compile(rf"\s*+(?:{_ENUMERATOR})", re.VERBOSE)
_INSIDE = re.compile(rf"[。！？；：，、;:,”）｡](?=[\s{_FIRST_SIGNS}])\s*+(?={_ENUMERATOR})", re.VERBOSE)
_ORDER = {"首先": 1, "其次": 2, "再次": 3, "再者": 3, "最后": 9, "最後": 9}
_LAST = 9  # 最后 goes on whatever came before, and so does a dash, which doesn't count
# Behind a comma the other families are common words or references, so they need a stronger stop.
_WEAK_FAMILIES = frozenset({"is", "must"})
_WEAK_SIGNS = frozenset("，、,")


# A sentence within a paragraph: its start and end in the paragraph, and the number of its point (0 outside points). Reports have so many
# that a class of its own costs more than finding them.
Piece = tuple[int, int, int]


class Opening(NamedTuple):
    """An enumerator that opens an item of a list: its offset in the paragraph, its family and its number."""

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
    return split_paragraph(text)[0]


def split_paragraph(text: str) -> tuple[list[Piece], list[Opening]]:
    """Return the sentences of a paragraph as :func:`split_sentences` does, and the enumerators that open items of its lists."""
    shielded = shield(text)
    openings = _find_openings(text, shielded)
    cuts = _find_ends(text, shielded)
    if openings:
        cuts = sorted({*cuts, *(opening.at for opening in openings)})
    if not cuts or cuts[-1] < len(text):
        cuts.append(len(text))
    pieces, start = [], 0
    for end in cuts:
        piece = text[start:end]
        if stripped := piece.strip():
            at = start if stripped is piece else start + piece.index(stripped[0])
            pieces.append((at, at + len(stripped), 0))
        start = end
    return number_points(pieces, openings) if openings else pieces, openings


def number_points(pieces: Sequence[Piece], openings: Sequence[Opening], *, behind: int = 0) -> list[Piece]:
    """Return pieces with the numbers of their points.

    Points are the items of the outermost list, that is of the first. But where that has a single item, which is the paragraph itself
    (五是…：①…；②…), they are the items of the first list that has several.

    Args:
        pieces: the paragraph's sentences.
        openings: the enumerators that open items of its lists.
        behind: count only from this offset on: before it stands a heading, whose number is no point's.
    """
    openings = [opening for opening in openings if opening.at >= behind]
    items = Counter(opening.family for opening in openings)
    family = next((family for family, count in items.items() if count > 1), next(iter(items), ""))
    listed = [opening for opening in openings if opening.family == family]
    if len(listed) > 1 and listed[0].number > 1 == listed[1].number:  # 四是…：一是…；二是…
        del listed[0]
    points = {opening.at for opening in listed}
    numbered, point = [], 0
    for start, end, _ in pieces:
        point += start in points
        numbered.append((start, end, point))
    return numbered


def shield(text: str) -> bytearray:
    """Return a mask of ``text``: 1 where a character stands inside a matched pair of quotes or brackets; empty if there is no pair."""
    mask = bytearray()
    opened: list[tuple[str, int]] = []
    for found in _BRACKETS.finditer(text):
        sign, at = found[0], found.start()
        opener = _PARTNERS.get(sign) or (sign if sign == '"' and any(held == sign for held, _ in _near(opened, at)) else "")
        if not opener:
            opened.append((sign, at))
            continue
        for depth, (held, start) in enumerate(_near(opened, at), 1):
            if held == opener:
                del opened[-depth:]
                mask = mask or bytearray(len(text))
                mask[start + 1 : at] = b"\x01" * (at - start - 1)
                break
    return mask


def _near(opened: Sequence[tuple[str, int]], at: int) -> Iterator[tuple[str, int]]:
    """Yield the signs that are open at an offset and not too far from it, the nearest first."""
    for held in reversed(opened):
        if at - held[1] > _LONGEST_QUOTATION:
            return
        yield held


def _find_ends(text: str, shielded: bytearray) -> list[int]:
    """Return where sentences end: behind their stops and what closes behind these."""
    if not shielded:
        return [found.end() for found in _SENTENCE_END.finditer(text)]
    ends, end = [], 0
    for found in _STOP.finditer(text):
        if found.start() >= end and not shielded[found.start()]:
            end = _SENTENCE_END.match(text, found.start()).end()  # type: ignore[union-attr]  # it begins with a stop
            ends.append(end)
    return ends


def _find_openings(text: str, shielded: bytearray) -> list[Opening]:
    """Return the enumerators that open an item, in order: those at the start, and those that count on from 1."""
    first = _AT_START.match(text)
    found = [_opening(first)] if first else []
    for match in _INSIDE.finditer(text):
        opening = _opening(match)
        if not (shielded and shielded[opening.at]) and (opening.family in _WEAK_FAMILIES or match[0][0] not in _WEAK_SIGNS):
            found.append(opening)
    if not found:
        return found
    seconds = {opening.family: place for place, opening in enumerate(found) if opening.number in (2, _LAST)}
    accepted: list[Opening] = []
    last: dict[str, int] = {}
    for place, opening in enumerate(found):
        family, number = opening.family, opening.number
        opens_paragraph = place == 0 and first is not None and not (family == "order" and number == _LAST)
        counts_on = number == last.get(family, -9) + 1 or (number == _LAST and family in last)
        is_first = number == 1 or family == "dash"
        if opens_paragraph or counts_on or (is_first and seconds.get(family, -1) > place):
            accepted.append(opening)
            last[family] = number
    return accepted


def _opening(match: re.Match[str]) -> Opening:
    family = match.lastgroup or ""
    sign = match[family]
    return Opening(match.start(family), family, _value(family, sign))


def _value(family: str, sign: str) -> int:
    if family in ("order", "dash"):
        return _ORDER.get(sign, _LAST)
    if family == "circle":
        return next(ord(sign) - first + 1 for first in (0x3220, 0x2776, 0x2488, 0x2474, 0x2460) if ord(sign) >= first)
    digits = re.sub(r"\D", "", sign)
    return int(digits) if digits else numeral(re.sub(r"[^一二三四五六七八九十]", "", sign))
