"""Find the structure of a document: headings and their levels, paragraphs, points, sentences; every character accounted for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from pipeline.headings import Line, behind_heading, count_titles, cut_at_headings, find_heading, is_broken, read_line
from pipeline.records import Document, Sentence, StructuredDocument

_MOST_BOLD = 0.4  # of the lines; where more are bold, bold type marks no headings


_LONGEST = 60  # characters of a heading that goes on in further lines


class _Heading(NamedTuple):
    """A heading that stands above what follows."""

    rank: int | None
    mark: int | None
    text: str


def structure(document: Document) -> StructuredDocument:
    """Return the document's sentences in reading order with their places.

    The result is lossless (:meth:`StructuredDocument.joined` gives the text back) and depends on the text and on the headings that the
    file marks.
    """
    marks = _marks(document)
    lines = [read_line(start, text, marks.get(start)) for start, text in _lines(document.text)]
    titles = count_titles(lines)
    sections = [(number, section) for number, line in enumerate(lines, 1) for section in cut_at_headings(line)]
    following: list[Line | None] = [*[section for _, section in sections[1:]], None]
    path: list[_Heading] = []
    above: tuple[str, ...] = ()  # the headings of the path
    sentences: list[Sentence] = []
    broken: Line | None = None  # the heading that goes on in this line
    paragraph = before = points = 0
    for (number, line), after in zip(sections, following, strict=False):
        if number != paragraph:
            paragraph, before, points = number, 0, 0
        is_rest, broken = broken is not None, None
        if is_rest:
            heading, headings, begun = line.text, above[:-1], path.pop()
            path.append(begun._replace(text=begun.text + heading))
            above = (*headings, path[-1].text)
            broken = line if after and len(path[-1].text) < _LONGEST and is_broken(line, after) else None
        else:
            heading = find_heading(line, after) if number > titles else ""
            if heading or line.rank is not None:
                del path[_depth(path, line) :]
                above = above[: len(path)]
            headings = above
            if heading:
                path.append(_Heading(line.rank, line.mark, heading))
                above = (*headings, heading)
                if len(line.pieces) == 1 and line.rank is not None and after and is_broken(line, after):
                    broken = line
        found = _sentences(line, number, headings, heading, before, points, is_title=number <= titles)
        before, points = before + len(found), max(points, found[-1].point)
        sentences += found
    return StructuredDocument(document, tuple(sentences))


def _marks(document: Document) -> Mapping[int, int]:
    """Return the level of each line that the file marks as a heading, by its offset."""
    marks = {start: level for start, _, level in document.headings}
    bold = sum(level == 0 for level in marks.values())
    if bold and bold > _MOST_BOLD * sum(1 for _ in _lines(document.text)):
        return {start: level for start, level in marks.items() if level}
    return marks


def _lines(text: str) -> Iterator[tuple[int, str]]:
    at = 0
    for raw in text.split("\n"):
        if stripped := raw.strip():
            yield (at if stripped is raw else at + raw.index(stripped[0])), stripped
        at += len(raw) + 1


def _depth(path: list[_Heading], line: Line) -> int:
    """Return how much of the heading path stays above a line: what its number, its style or their lack puts beside it goes."""
    rank, mark = line.rank, line.mark
    for depth, held in enumerate(path):
        if rank is not None:
            ends = held.rank is not None and held.rank >= rank
        else:
            ends = (held.rank is None and not held.mark) or bool(mark and held.mark and held.mark >= mark)
        if ends:
            return depth
    return len(path)


def _sentences(
    line: Line, number: int, above: tuple[str, ...], heading: str, before: int, points: int, *, is_title: bool
) -> list[Sentence]:
    """Return the sentences of a line; its paragraph has as many sentences and points before it as the numbers say."""
    pieces = behind_heading(line) if heading and line.rank is not None else line.pieces
    headings = (*above, heading) if heading else above
    at, words = line.start, line.text
    result: list[Sentence] = []
    if heading or is_title:
        start, end, _ = pieces[0]
        result.append(Sentence(at + start, at + end, words[start:end], number, before + 1, 0, True, above))
    paragraph_lead = point_lead = ""
    last_point = 0
    for index, (start, end, point) in enumerate(pieces[len(result) :], before + len(result) + 1):
        text = words[start:end]
        if point != last_point:
            point_lead, last_point = "", point
        numbered = points + point if point else 0
        result.append(Sentence(at + start, at + end, text, number, index, numbered, False, headings, point_lead, paragraph_lead))
        if not paragraph_lead:
            paragraph_lead = text
        if point and not point_lead:
            point_lead = text
    return result
