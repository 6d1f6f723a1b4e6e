"""Find the structure of a document: headings and their levels, paragraphs, points, sentences; every character accounted for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from pipeline.records import Document, Sentence, StructuredDocument
from pipeline.split import Piece, number_points, split_sentences

_NUMERAL = "[一二三四五六七八九十]{1,3}"
# How headings are numbered, outermost first; the rank is the place in this list.
_NUMBERINGS = (
    re.compile(rf"第{_NUMERAL}(?:部分|章|篇)[、：:\s]*"),
    re.compile(rf"{_NUMERAL}\s*[、．.]\s*"),
    re.compile(rf"[（(]\s*{_NUMERAL}\s*[）)][、．.]?\s*"),
    re.compile(r"\d{1,2}\s*[、．.](?!\d)\s*"),
    re.compile(r"[（(]\s*\d{1,2}\s*[）)][、．.]?\s*"),
    re.compile(r"[①-⑳]\s*"),
)
_POINT_START = re.compile(rf"(?:{_NUMERAL}(?:是|要)|首先|其次|再次|最后|第{_NUMERAL}[，、是])")
# A heading names work; a sentence that counts it (培训12次, 覆盖***人) is no heading.
_COUNT = re.compile(r"(?:\d|\*)\s*(?:[余多]|万|亿|千|百)*(?:元|人|名|次|场|个|家|件|份|条|户|期|篇|处|项|所|册|批|亩|公里|[%％])")
_DATE = re.compile(r"[（(]?(?:\d{4}|二[〇○零][〇○零一二三四五六七八九]{2}|\*+)\s*年.{0,9}[月日][）)]?$")
# A single space beside a number or a Latin word (资金 860 万元) only sets it off.
_BLANK_BEHIND_HEADING = re.compile(r"(\S.{3,28}?\S)(?:[ \t\u3000]{2,}|[\t\u3000]|(?<![0-9A-Za-z%*]) (?![0-9A-Za-z*]))(?=\S{15})")
_STOPS = "。！？!?；;：:，,、"
_DEEPEST_RUN_IN = 2  # （一）; 1. in the middle of a paragraph is a point
_LONGEST_HEADING = 50
_LONGEST_PLAIN_HEADING = 30  # without a number
_LONGEST_TITLE = 60
_SHORTEST_BODY = 40


@dataclass(frozen=True, slots=True)
class _Line:
    """A paragraph as it stands: its offset, its text, the rank of its number (None: it has none) and its sentences."""

    start: int
    text: str
    rank: int | None
    pieces: tuple[Piece, ...]

    @property
    def first(self) -> str:
        """Its first sentence."""
        return self.text[self.pieces[0].start : self.pieces[0].end]


def structure(document: Document) -> StructuredDocument:
    """Return the document's sentences in reading order with their places.

    The result is lossless (:meth:`StructuredDocument.joined` gives the text back) and depends on the text alone.
    """
    lines = [_line(start, text) for start, text in _lines(document.text)]
    titles = _count_titles(lines)
    segments = [(number, segment) for number, line in enumerate(lines, 1) for segment in _segments(line)]
    path: list[tuple[int | None, str]] = []
    sentences: list[Sentence] = []
    for place, (number, segment) in enumerate(segments):
        following = segments[place + 1][1] if place + 1 < len(segments) else None
        heading = _heading(segment, following) if number > titles else ""
        if segment.rank is not None:
            path = path[: _depth(path, segment.rank)]
        elif heading:
            path = path[: next((depth for depth, (rank, _) in enumerate(path) if rank is None), len(path))]
        above = tuple(text for _, text in path)
        if heading:
            path.append((segment.rank, heading))
        found = _sentences(segment, number, above, heading, is_title=number <= titles)
        if sentences and sentences[-1].paragraph == number:
            found = _counted_on(found, sentences)
        sentences += found
    return StructuredDocument(document, tuple(sentences))


def _segments(line: _Line) -> list[_Line]:
    """Cut a paragraph before each numbered heading that is run into its middle (…。（二）抓好宣传。全年…)."""
    cuts = [0]
    for at, (piece, after) in enumerate(pairwise(line.pieces[1:]), 1):
        text, next_text = line.text[piece.start : piece.end], line.text[after.start : after.end]
        rank = _rank(text)
        if rank is not None and rank <= _DEEPEST_RUN_IN and rank != _rank(next_text) and _names_work(text):
            cuts.append(at)
    if len(cuts) == 1:
        return [line]
    starts = [line.pieces[cut].start for cut in cuts]
    ends = [line.pieces[cut - 1].end for cut in cuts[1:]] + [line.pieces[-1].end]
    return [_line(line.start + start, line.text[start:end]) for start, end in zip(starts, ends, strict=True)]


def _lines(text: str) -> list[tuple[int, str]]:
    found, at = [], 0
    for raw in text.split("\n"):
        if stripped := raw.strip():
            found.append((at + raw.index(stripped[0]), stripped))
        at += len(raw) + 1
    return found


def _rank(text: str) -> int | None:
    return next((rank for rank, numbering in enumerate(_NUMBERINGS) if numbering.match(text)), None)


def _line(start: int, text: str) -> _Line:
    rank = _rank(text)
    return _Line(start, text, rank, tuple(_split_heading_at_blank(text, rank, split_sentences(text))))


def _split_heading_at_blank(text: str, rank: int | None, pieces: list[Piece]) -> list[Piece]:
    """Cut a numbered heading from the text that follows it after a blank (（一）加强领导　全年…) instead of a full stop."""
    if rank is None or not (found := _BLANK_BEHIND_HEADING.match(text)):
        return pieces
    head = found[1]
    if any(sign in _STOPS for sign in unnumbered(head)) or _COUNT.search(head) or len(unnumbered(head)) < 4:
        return pieces
    first = pieces[0]
    if not first.start < found.end() < first.end:
        return pieces
    return [Piece(first.start, found.end(1), first.point), Piece(found.end(), first.end, first.point), *pieces[1:]]


def _count_titles(lines: list[_Line]) -> int:
    """Return how many lines at the start are the title, a subtitle or a date under it."""
    count = 0
    for line in lines[:4]:
        is_short = line.rank is None and len(line.text) <= _LONGEST_TITLE and line.text[-1] not in _STOPS
        is_first_or_small = count == 0 or len(line.text) <= _LONGEST_PLAIN_HEADING
        if not (is_short and is_first_or_small) or _POINT_START.match(line.text):
            break
        if count and not re.search(r"总结|报告|汇报|计划|要点|打算|思路|安排|[（(].*[）)]$|年.*[月日]$", line.text):
            break
        count += 1
    return count


def _heading(line: _Line, following: _Line | None) -> str:
    """Return the heading that ``line`` is or begins with, or an empty string."""
    first = line.first
    alone = len(line.pieces) == 1
    if line.rank is None:
        return first if alone and _is_plain_heading(line, following) else ""
    if not _names_work(first):
        return ""
    if alone:  # a heading with nothing under it is a sentence
        is_over_something = following is not None and (following.rank is None or following.rank > line.rank)
        return first if is_over_something and not (following and _is_signature(following)) else ""
    return first


def _names_work(sentence: str) -> bool:
    """Tell whether a numbered sentence is short, plain and without counts, as headings are."""
    words = unnumbered(sentence)
    if not 1 < len(words) <= _LONGEST_HEADING or words[-1] in "，、；;":
        return False
    if any(sign in words.rstrip(_STOPS) for sign in "；：;") or words.count("，") > 2:
        return False
    return not _COUNT.search(re.sub(r"“[^”]*”|《[^》]*》", "", words))


def _is_plain_heading(line: _Line, following: _Line | None) -> bool:
    text = line.text
    if following is None or len(text) > _LONGEST_PLAIN_HEADING or len(text) < 3 or text[-1] in _STOPS:
        return False
    if _POINT_START.match(text) or _DATE.search(text) or _COUNT.search(text) or not re.search(r"[\u4e00-\u9fff]{2}", text):
        return False
    return following.rank is not None or len(following.text) >= _SHORTEST_BODY or bool(_POINT_START.match(following.text))


def _is_signature(line: _Line) -> bool:
    return bool(_DATE.search(line.text)) or (
        len(line.text) <= 25 and bool(re.search(r"(?:委员会|民委|民宗委|局|厅|办公室|政府|办事处|统战部|党组)$", line.text))
    )


def _depth(path: list[tuple[int | None, str]], rank: int) -> int:
    """Return how much of the heading path stays above a line numbered at ``rank``."""
    return next((depth for depth, (above, _) in enumerate(path) if above is not None and above >= rank), len(path))


def unnumbered(text: str) -> str:
    """Return a heading without its number."""
    for numbering in _NUMBERINGS:
        if found := numbering.match(text):
            return text[found.end() :]
    return text


def _counted_on(found: list[Sentence], sentences: list[Sentence]) -> list[Sentence]:
    """Count sentences and points on from those of the same paragraph that come before."""
    before = [sentence for sentence in sentences if sentence.paragraph == found[0].paragraph]
    points = max(sentence.point for sentence in before)
    return [
        replace(sentence, sentence=len(before) + sentence.sentence, point=points + sentence.point if sentence.point else 0)
        for sentence in found
    ]


def _sentences(line: _Line, number: int, above: tuple[str, ...], heading: str, *, is_title: bool) -> list[Sentence]:
    result: list[Sentence] = []
    paragraph_lead, point_leads = "", dict[int, str]()
    pieces: Sequence[Piece] = line.pieces
    if heading and line.rank is not None:
        pieces = number_points(line.text, pieces, behind=pieces[0].end)
    for index, piece in enumerate(pieces):
        text = line.text[piece.start : piece.end]
        is_heading = index == 0 and bool(heading or is_title)
        sentence = Sentence(
            start=line.start + piece.start,
            end=line.start + piece.end,
            text=text,
            paragraph=number,
            sentence=index + 1,
            point=piece.point,
            is_heading=is_heading,
            headings=above if is_heading or not heading else (*above, heading),
        )
        if not is_heading:
            sentence = replace(sentence, paragraph_lead=paragraph_lead, point_lead=point_leads.get(piece.point, ""))
            paragraph_lead = paragraph_lead or text
            if piece.point:
                point_leads.setdefault(piece.point, text)
        result.append(sentence)
    return result
