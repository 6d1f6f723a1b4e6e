"""Tell which lines of a document are headings or titles, and how deep their numbers stand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from pipeline.patterns import lazy
from pipeline.split import Opening, Piece, number_points, split_paragraph

_NUMERAL = "[一二三四五六七八九十]{1,3}"
# A number that only a blank sets off (一　主要工作) numbers a short line that stands alone; elsewhere it counts (3 个乡镇).
_NO_UNIT = "(?![年月日个名次场项条件份人家户万亿元倍成届期所座台套支米吨亩])"
_BLANK = rf"[ \t\u3000]+(?=[\u4e00-\u9fff“《][^。！？；，,：:]{{1,30}}$){_NO_UNIT}"
# How headings are numbered, outermost first; the rank is the place in this list.
_NUMBERINGS = (
    rf"第{_NUMERAL}(?:部分|章|篇|编)[、：:\s]*",
    rf"第{_NUMERAL}节[、：:\s]*",
    rf"{_NUMERAL}(?:\s*[、．.]\s*|{_BLANK})",
    rf"[（(]\s*{_NUMERAL}\s*[）)][、．.]?\s*|[㈠-㈩][、．.]?\s*",
    rf"第{_NUMERAL}[、，,：:]\s*(?=[^。！？；]{{2,28}}$)",
    rf"\d{{1,2}}(?:\s*[、．.](?!\d)\s*|{_BLANK})|[⒈-⒛]\s*",
    rf"\d{{1,2}}(?:[.．]\d{{1,2}}){{1,3}}(?:[、．.]\s*|[ \t\u3000]+)(?=[\u4e00-\u9fff“《]){_NO_UNIT}",
    r"[（(]\s*\d{1,2}\s*[）)][、．.]?\s*|\d{1,2}[）)]\s*|[⑴-⒇]\s*",
    r"[①-⑳❶-❿]\s*",
)
_NUMBER = re.compile("|".join(f"({numbering})" for numbering in _NUMBERINGS))
_DEEPEST_RUN_IN = 3  # （一）; 1. in the middle of a paragraph is a point
_RUN_IN = re.compile(
    rf"[。！？!?；”）)](?=[\s第一二三四五六七八九十（(㈠-㈩])\s*(?:{'|'.join(_NUMBERINGS[: _DEEPEST_RUN_IN + 1])})"
)
_POINT_START = re.compile(rf"(?:{_NUMERAL}(?:是|要)|首先|其次|再次|最后|第{_NUMERAL}[，、是])")
# A heading names work; a sentence that counts it (培训12次, 覆盖***人) is no heading.
_COUNT = lazy(r"(?:\d|\*)\s*(?:[余多]|万|亿|千|百)*(?:元|人|名|次|场|个|家|件|份|条|户|期|篇|处|项|所|册|批|亩|公里|[%％])")
_QUOTED = lazy("“[^”]*”|《[^》]*》")
_DATE = lazy(r"[（(]?(?:\d{4}|二[〇○零][〇○零一二三四五六七八九]{2}|\*+)\s*年.{0,9}[月日][）)]?$")
_BODY = lazy(r"(?:委员会|民委|民宗委|局|厅|办公室|政府|办事处|统战部|党组)$")
# What stands under a title: more of it, a date, the meeting, the speaker.
_SUBTITLE = lazy(
    r"总结|报告|汇报|计划|要点|打算|思路|安排|[（(].*[）)]$|年.*[月日]$|^[—－-]{1,2}.*(?:会议?|大会)上?$"
    r"|(?:主席|省长|市长|州长|盟长|县长|区长|旗长|乡长|镇长|主任|局长|厅长|书记)[ \t\u3000]*[\u4e00-\u9fff·]{1,3}[ \u3000]?[\u4e00-\u9fff·]{1,8}$"
)
_CHINESE = lazy(r"[\u4e00-\u9fff]{2}")
# A single space beside a number or a Latin word (资金 860 万元) only sets it off.
_BLANK_BEHIND_HEADING = lazy(r"(\S.{3,28}?\S)(?:[ \t\u3000]{2,}|[\t\u3000]|(?<![0-9A-Za-z%*]) (?![0-9A-Za-z*]))(?=\S{15})")
_STOPS = "。！？!?；;：:，,、"
_LONGEST_HEADING = 50
_LONGEST_PLAIN_HEADING = 30  # without a number
_LONGEST_TITLE = 60
_SHORTEST_BODY = 40
# Where a heading is broken over two lines, it leaves off or goes on like this.
_LEAVES_OFF = lazy("(?:[、，“《（(和与及的在对把将为以于]|“[^”]*|《[^》]*)$")
_GOES_ON = lazy("[、，”》）)和与及的]")
_FULL_LINE, _REST_OF_LINE = 18, 6  # characters


class Line(NamedTuple):
    """A paragraph as it stands, or a section of it.

    Attributes:
        start: offset of its first character in the document's text.
        text: without surrounding white space.
        rank: of its number; None: it has none.
        pieces: its sentences.
        openings: the enumerators in it that open items of lists.
        mark: the level of the heading style that the file gives it; 0: it is bold or large as a whole; None: nothing.
    """

    start: int
    text: str
    rank: int | None
    pieces: Sequence[Piece]
    openings: Sequence[Opening]
    mark: int | None = None

    @property
    def first(self) -> str:
        """Its first sentence."""
        return self.text[self.pieces[0][0] : self.pieces[0][1]]

    @property
    def is_list(self) -> bool:
        """It is a list (1.… 2.…), whose first item begins with the line."""
        return self.pieces[0][2] == 1 and self.pieces[-1][2] > 1


def rank_of(text: str) -> int | None:
    """Return the rank of the number that a text begins with, 0 outermost; None if there is none."""
    return found.lastindex - 1 if (found := _NUMBER.match(text)) and found.lastindex else None


def unnumbered(text: str) -> str:
    """Return a heading without its number."""
    return text[found.end() :] if (found := _NUMBER.match(text)) else text


def read_line(start: int, text: str, mark: int | None = None) -> Line:
    """Find number, sentences and points of a line."""
    rank = rank_of(text)
    pieces, openings = split_paragraph(text)
    if rank is not None and (found := _BLANK_BEHIND_HEADING.match(text)):
        pieces = _split_at_blank(found, pieces)
    return Line(start, text, rank, pieces, openings, mark)


def _split_at_blank(found: re.Match[str], pieces: list[Piece]) -> list[Piece]:
    """Cut a numbered heading from the text that follows it after a blank (（一）加强领导　全年…) instead of a full stop."""
    words, (start, end, point) = unnumbered(found[1]), pieces[0]
    if len(words) < 4 or any(sign in _STOPS for sign in words) or _COUNT.search(found[1]):
        return pieces
    if not start < found.end() < end:
        return pieces
    return [(start, found.end(1), point), (found.end(), end, point), *pieces[1:]]


def cut_at_headings(line: Line) -> list[Line]:
    """Cut a paragraph before each numbered heading that is run into its middle (…。（二）抓好宣传。全年…).

    An item of the same numbering that is no heading, but a sentence, is cut off as well: the heading before it doesn't stand above it.
    """
    if not _RUN_IN.search(line.text):
        return [line]
    texts = [line.text[start:end] for start, end, _ in line.pieces]
    ranks = [rank_of(text) for text in texts]
    headed = {line.rank: _names_work(texts[0]) and len(texts) > 1} if line.rank is not None else {}
    cuts = [0]
    for place in range(1, len(texts)):
        rank = ranks[place]
        if rank is None or rank > _DEEPEST_RUN_IN:
            continue
        is_last = place + 1 == len(texts)
        is_heading = not is_last and rank != ranks[place + 1] and _names_work(texts[place])
        is_heading = is_heading and (headed.get(rank, True) or _is_terse(texts[place]))
        if is_heading or headed.get(rank):
            cuts.append(place)
        headed[rank] = is_heading
    starts = [line.pieces[cut][0] for cut in cuts]
    ends = [line.pieces[cut - 1][1] for cut in cuts[1:]] + [line.pieces[-1][1]]
    if len(cuts) == 1:
        return [line]
    return [read_line(line.start + start, line.text[start:end]) for start, end in zip(starts, ends, strict=True)]


def count_titles(lines: Sequence[Line]) -> int:
    """Return how many lines at the start are the title, a subtitle or a date under it."""
    count = 0
    for line in lines[:6]:
        is_short = line.rank is None and len(line.text) <= _LONGEST_TITLE and line.text[-1] not in _STOPS
        is_first_or_small = count == 0 or len(line.text) <= _LONGEST_PLAIN_HEADING or line.text.startswith("——")
        if not (is_short and is_first_or_small) or _POINT_START.match(line.text):
            break
        if count and not _SUBTITLE.search(line.text):
            break
        count += 1
    return count


def find_heading(line: Line, following: Line | None) -> str:
    """Return the heading that a line is or begins with, or an empty string."""
    is_alone = len(line.pieces) == 1
    if line.rank is None and not is_alone:
        return ""
    first = line.first
    if is_alone and line.mark is not None and _is_marked_heading(line, following):
        return first
    if line.rank is None:
        return first if _is_plain_heading(line, following) else ""
    if is_alone:  # a heading with nothing under it is a sentence
        if following is None or _is_signature(following):
            return ""
        if is_broken(line, following):
            return first if _names_work(first + following.text) else ""
        return first if (following.rank is None or following.rank > line.rank) and _names_work(first) else ""
    is_item = line.is_list if line.rank > _DEEPEST_RUN_IN else rank_of(line.text[line.pieces[1][0] :]) == line.rank
    return first if not is_item and _names_work(first) else ""


def is_broken(line: Line, following: Line) -> bool:
    """Tell whether a heading that stands alone goes on in the next line."""
    rest = following.text
    if following.rank is not None or len(rest) > _LONGEST_PLAIN_HEADING or rest[-1] in _STOPS or len(following.pieces) > 1:
        return False
    if _DATE.search(rest) or _POINT_START.match(rest) or line.text[-1] in "。！？；：":
        return False
    is_overfull = len(line.text) >= _FULL_LINE and len(rest) <= _REST_OF_LINE
    return is_overfull or bool(_LEAVES_OFF.search(line.text)) or bool(_GOES_ON.match(rest))


def behind_heading(line: Line) -> Sequence[Piece]:
    """Return the pieces of a line with points counted behind its heading only, whose number is no point's."""
    return number_points(line.pieces, line.openings, behind=line.pieces[0][1]) if line.openings else line.pieces


def _names_work(sentence: str) -> bool:
    """Tell whether a numbered sentence is short, plain and without counts, as headings are."""
    words = unnumbered(sentence)
    if not 1 < len(words) <= _LONGEST_HEADING or words[-1] in "，、；;":
        return False
    if any(sign in words.rstrip(_STOPS) for sign in "；：;") or words.count("，") > 2:
        return False
    return not _COUNT.search(_QUOTED.sub("", words))


def _is_terse(sentence: str) -> bool:
    """Tell whether a numbered sentence is a title even among items that are sentences."""
    return len(sentence) <= _LONGEST_PLAIN_HEADING and sentence.count("，") <= 1


def _is_plain_heading(line: Line, following: Line | None) -> bool:
    text = line.text
    if following is None or not 3 <= len(text) <= _LONGEST_PLAIN_HEADING or text[-1] in _STOPS:
        return False
    if _POINT_START.match(text) or text.startswith("——") or _DATE.search(text) or _COUNT.search(text) or not _CHINESE.search(text):
        return False
    return following.rank is not None or len(following.text) >= _SHORTEST_BODY or bool(_POINT_START.match(following.text))


def _is_marked_heading(line: Line, following: Line | None) -> bool:
    """Tell whether a line that the file marks is a heading: by style it is unless it is long, by bold type if it looks like one."""
    text = line.text
    if following is None or len(text) > _LONGEST_TITLE or _is_signature(following):
        return False
    return bool(line.mark) or (text[-1] not in _STOPS and not _POINT_START.match(text) and not _is_signature(line))


def _is_signature(line: Line) -> bool:
    return bool(_DATE.search(line.text)) or (len(line.text) <= 25 and bool(_BODY.search(line.text)))
