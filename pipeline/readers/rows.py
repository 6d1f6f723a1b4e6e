"""Turn the rows of a table into lines: cells joined by a tab, but a cell that holds running text keeps its paragraphs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipeline.readers.content import Paragraph

JOINT = "\t"
_PROSE = 40  # characters; a cell of several paragraphs, one of which is as long, holds running text


def row_lines(cells: Iterable[Sequence[Paragraph]]) -> list[Paragraph]:
    """Return a row as lines.

    Args:
        cells: the row's cells, each a sequence of paragraphs.

    Returns:
        One line with the cells joined by a tab; or, where a cell holds running text (people lay out whole reports in a table), the
        paragraphs of all cells. Empty cells at the end leave no tab.
    """
    held = [[paragraph for paragraph in cell if paragraph.text.strip()] for cell in cells]
    filled = [cell for cell in held if cell]
    if not filled:
        return []
    if len(filled) == 1 and not any(held[: held.index(filled[0])]):
        return filled[0] if len(filled[0]) > 1 or len(held) == 1 else [_line(held)]
    if any(len(cell) > 1 and any(len(paragraph.text) >= _PROSE for paragraph in cell) for cell in filled):
        return [Paragraph(_label(cell)) if _is_label(cell) else paragraph for cell in filled for paragraph in _once(cell)]
    return [_line(held)]


def _line(cells: Sequence[Sequence[Paragraph]]) -> Paragraph:
    return Paragraph(JOINT.join(_label(cell) for cell in cells).rstrip(JOINT))


def _label(cell: Sequence[Paragraph]) -> str:
    """Return a cell's paragraphs as one line; a word that is written downwards (工/作/总/结) is closed up."""
    texts = [" ".join(paragraph.text.split()) for paragraph in cell]
    return ("" if _is_label(cell) else " ").join(texts)


def _is_label(cell: Sequence[Paragraph]) -> bool:
    return len(cell) > 1 and all(len(paragraph.text.strip()) <= 2 for paragraph in cell)


def _once(cell: Sequence[Paragraph]) -> Sequence[Paragraph]:
    return cell[:1] if _is_label(cell) else cell
