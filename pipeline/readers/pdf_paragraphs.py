"""Join the lines of a PDF to paragraphs, and leave out headers, footers, page numbers and tables of contents."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipeline.readers.content import Paragraph
from pipeline.readers.pdf_lines import Line

_PAGE_NUMBER = re.compile(
    r"(?P<open>[-—–－·•~\s]*)(?:第\s*)?(?P<number>\d{1,4}|[ivxIVX]{1,6})(?:\s*页)?(?:\s*[/／,，]?\s*共?\s*\d{1,4}\s*页?)?[-—–－·•~\s]*"
)
_DECORATED = re.compile(r"[-—–－·•~第页共/／]")
_LEADERS = re.compile(r"(?:[.…·．。‥⋯]\s*){4,}\s*\d{1,4}$")
_STOPS = "。！？；：!?;:”）"
_NUMBERED = re.compile(
    r"(?:第[一二三四五六七八九十]{1,3}[部分章篇节条]|[一二三四五六七八九十]{1,3}[、．.]|[（(][一二三四五六七八九十\d]{1,3}[）)]|"
    r"\d{1,2}[、．.](?!\d)|[①-⑳]|[一二三四五六七八九十]{1,2}是|——|附件)"
)
_BEGINS_TITLE = re.compile(rf"[（(—]|(?:19|20)\d\d年|{_NUMBERED.pattern}")
_OPENERS, _CLOSERS = "（(《“【", "）)》”】"
_REACH = 2  # lines from the top and the bottom of a page where headers and footers stand
_LARGER = 1.12  # times the size of the body: a heading
_LONGEST_HEADING = 60
# In em. A line may end so far before the margin, because a punctuation mark must not begin the next one; further, if several marks
# follow each other there.
_SHORTFALL = 2.0
_HELD_BACK = re.compile("(?:[0-9A-Za-z.%]+|.)[，。；：、）”》！？」』…]*")
_INDENT = 1.2


@dataclass(frozen=True, slots=True)
class _Measure:
    """The edges of the running text on pages of one width, its type size, the distance of its lines, and whether it indents."""

    left: float
    right: float
    size: float
    pitch: float
    indents: bool


def paragraphs_of(lines: Sequence[Line], widths: Sequence[float]) -> tuple[list[Paragraph], dict[str, int]]:
    """Return the paragraphs, and the characters that were left out, by kind.

    Args:
        lines: of all pages, in reading order.
        widths: of the pages in points.
    """
    kept, furniture = _without_furniture(lines)
    body, contents = _without_contents(kept)
    removed = {"page furniture": furniture, "contents table": contents}
    by_width: dict[int, list[Line]] = {}
    for line in body:
        by_width.setdefault(round(widths[line.page]), []).append(line)
    measures = {width: _measure(held, float(width)) for width, held in by_width.items()}
    groups: list[list[Line]] = []
    for line in body:
        measure = measures[round(widths[line.page])]
        if groups and _goes_on(groups[-1], line, measure, widths[line.page]):
            groups[-1].append(line)
        else:
            groups.append([line])
    size = _commonest_size(body)
    return [_paragraph(group, size) for group in groups], {kind: count for kind, count in removed.items() if count}


def _without_furniture(lines: Sequence[Line]) -> tuple[list[Line], int]:
    """Leave out what stands again at the same height of many pages, and page numbers that count with the pages."""
    pages: dict[int, list[Line]] = {}
    for line in lines:
        pages.setdefault(line.page, []).append(line)
    edges = {page: _edges(held) for page, held in pages.items()}
    seen = Counter(key for held in edges.values() for key in {_repeated(line) for line in held})
    enough = 2 if len(pages) <= 3 else max(3, len(pages) // 5)
    numbers = Counter(offset for held in edges.values() for offset in {_offset(line) for line in held} if offset is not None)
    gone: set[int] = set()
    for held in edges.values():
        for line in held:
            offset = _offset(line)
            is_number = offset is not None and (numbers[offset] > 1 or offset == 1 or bool(_DECORATED.search(line.text)))
            if is_number or seen[_repeated(line)] >= enough:
                gone.add(id(line))
    kept = [line for line in lines if id(line) not in gone]
    return kept, sum(len(line.text) for line in lines) - sum(len(line.text) for line in kept)


def _edges(held: Sequence[Line]) -> list[Line]:
    """Return the lines at the top and the bottom of a page."""
    by_height = sorted(held, key=lambda line: -line.top)
    return by_height if len(by_height) <= 2 * _REACH else [*by_height[:_REACH], *by_height[-_REACH:]]


def _repeated(line: Line) -> tuple[str, int]:
    return re.sub(r"\d+", "0", line.text), round(line.bottom / 6)


def _offset(line: Line) -> int | None:
    """Return the number of a page, if the line is one, less its place among the pages; None if it isn't one."""
    found = _PAGE_NUMBER.fullmatch(line.text)
    if not found:
        return None
    return int(found["number"]) - line.page if found["number"].isdigit() else 0


def _without_contents(lines: Sequence[Line]) -> tuple[list[Line], int]:
    """Leave out the lines of a table of contents: words, dots, a page number."""
    gone = {number for number, line in enumerate(lines) if _LEADERS.search(line.text)}
    for number in [number for number in gone if number - 1 not in gone]:
        if number and re.fullmatch(r"目\s*[录次]", lines[number - 1].text):
            gone.add(number - 1)
    kept = [line for number, line in enumerate(lines) if number not in gone]
    return kept, sum(len(line.text) for line in lines) - sum(len(line.text) for line in kept)


def _commonest_size(lines: Sequence[Line]) -> float:
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.size * 2) / 2] += len(line.text)
    return max(sizes, key=lambda size: (sizes[size], size)) if sizes else 12.0


def _measure(lines: Sequence[Line], width: float) -> _Measure:
    """Measure the running text: the edges that most of the long lines share."""
    size = _commonest_size(lines)
    step = size / 2
    long = [line for line in lines if line.right - line.left > width / 2 and abs(line.size - size) < 0.1 * size]
    lefts = Counter(round(line.left / step) for line in long or lines)
    left = _left_edge(lefts) * step if lefts else 0.0
    rights = Counter(round(line.right / step) for line in long)
    # Of two edges that are equally common the outer one. On a page of short lines only, none reaches the margin.
    right = max(rights, key=lambda place: (rights[place], place)) * step if rights else width - left
    gaps = Counter(
        round(before.bottom - line.bottom) for before, line in pairwise(long) if 0 < before.bottom - line.bottom < 4 * size
    )
    pitch = float(max(gaps, key=lambda gap: gaps[gap])) if gaps else 1.5 * size
    offsets = [(line.left - left) / size for line in long]
    indents = any(_INDENT < offset < 2.6 for offset in offsets) and any(offset < 0.5 for offset in offsets)
    return _Measure(left, right, size, max(pitch, size), indents)


def _left_edge(lefts: Counter[int]) -> int:
    """Return the leftmost edge that a fair share of the long lines has; where each paragraph is one line, all are indented."""
    most = max(lefts.values())
    return min(place for place, count in lefts.items() if count >= max(2, most / 4) or count == most)


def _goes_on(group: Sequence[Line], line: Line, measure: _Measure, width: float) -> bool:
    """Say whether a line continues a paragraph."""
    last = group[-1]
    em = measure.size
    if last.is_row or line.is_row or abs(last.size - line.size) > 0.1 * max(last.size, line.size):
        return False
    if last.page == line.page:
        distance = last.bottom - line.bottom
        if distance <= 0 or distance > 1.7 * max(measure.pitch, 1.4 * line.size):
            return False
    if sum(len(held.text) for held in group[:9]) < _LONGEST_HEADING and _is_open("".join(held.text for held in group)):
        return True
    if min(last.size, line.size) > _LARGER * em:
        return last.is_bold == line.is_bold and last.text[-1] not in _STOPS and not _BEGINS_TITLE.match(line.text)
    if _is_centred(last, measure, width) and _is_centred(line, measure, width):
        return False
    held_back = found.end() if (found := _HELD_BACK.match(line.text)) else 0
    if last.right < measure.right - max(_SHORTFALL, held_back) * em - 1:
        return False
    is_indented = line.left > measure.left + _INDENT * em
    if is_indented and (last.text[-1] in _STOPS or abs(line.left - last.left) > 0.5 * em or len(group) == 1):
        return False
    # Where paragraphs are indented, a number at the margin stands within one: 一是…。二是…
    return measure.indents or not (_NUMBERED.match(line.text) and last.text[-1] in _STOPS)


def _is_open(text: str) -> bool:
    """Say whether a bracket or quotation isn't closed yet."""
    depth = 0
    for sign in text:
        depth += 1 if sign in _OPENERS else -1 if sign in _CLOSERS and depth else 0
    return depth > 0


def _is_centred(line: Line, measure: _Measure, width: float) -> bool:
    em = measure.size
    middles = (width / 2, (measure.left + measure.right) / 2)
    return (
        line.left > measure.left + _INDENT * em
        and any(abs(line.middle - middle) < 1.5 * em for middle in middles)
        and line.right < measure.right - em
    )


def _paragraph(group: Sequence[Line], size: float) -> Paragraph:
    text = group[0].text
    for line in group[1:]:
        is_latin = text[-1].isascii() and line.text[0].isascii() and text[-1].isalpha() and line.text[0].isalpha()
        text += (" " if is_latin else "") + line.text
    is_marked = group[0].is_bold or group[0].size > _LARGER * size
    is_heading = is_marked and len(text) <= _LONGEST_HEADING and text[-1] not in "。；，"
    return Paragraph(text, 0 if is_heading else None)
