"""Walk through the body of a Word document in reading order and give its paragraphs as the page shows them.

Tracked changes count as accepted; fields show their result; a text box stands behind the paragraph that anchors it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from pipeline.readers.content import Paragraph
from pipeline.readers.numbering import Numbering, W, integer, is_on, value
from pipeline.readers.rows import row_lines
from pipeline.readers.word_styles import Look, Styles, outline_level

_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_GONE = frozenset(
    W + name for name in ("del", "moveFrom", "rt", "pPr", "rPr", "sdtPr", "sdtEndPr", "tblPr", "tblGrid", "trPr", "tcPr")
)
_STORIES = frozenset(W + name for name in ("body", "tc", "txbxContent", "footnote", "endnote"))
_SIGNS = {W + "tab": "\t", W + "cr": "\n", W + "noBreakHyphen": "-", W + "ptab": "\t"}
_CIRCLED = re.compile(r"\s*eq\s*\\o(?:\\ac)?\s*[(（]\s*[○〇◯]\s*[,，;；]\s*([^)）]{1,4})[)）]", re.IGNORECASE)
_MOST_FIELDS = 30  # within each other
_LONGEST_BOLD = 80  # characters; longer bold paragraphs stress, they don't head


@dataclass(slots=True)
class _Run:
    """What has been gathered of a paragraph so far."""

    parts: list[str] = field(default_factory=list)
    boxes: list[Element] = field(default_factory=list)
    plain: int = 0  # characters that aren't bold, blanks left out
    bold: int = 0


@dataclass(slots=True)
class _Field:
    """A field that is open: its instruction until its result begins."""

    instruction: str = ""
    result_at: int = -1  # how many parts the paragraph had when the result began; -1: it hasn't


class Body:
    """Give the paragraphs of a part.

    Args:
        styles: the document's styles.
        numbering: the document's lists, which count as paragraphs pass.
    """

    def __init__(self, styles: Styles, numbering: Numbering) -> None:
        self._styles, self._numbering = styles, numbering
        self._fields: list[_Field] = []
        self._carried = _Run()  # of paragraphs whose mark was deleted: they go on in the next one
        self.removed: dict[str, int] = {}
        self.notes: list[tuple[str, str]] = []  # kind and id of foot- and endnotes, in order of reference
        self.title = ""
        self.has_embedded = False

    def blocks(self, parent: Element, *, in_cell: bool = False) -> Iterator[Paragraph]:
        """Yield the paragraphs under an element, with those of tables and text boxes."""
        for child in parent:
            if child.tag == W + "p":
                yield from self._paragraph(child, in_cell=in_cell)
            elif child.tag == W + "tbl":
                yield from self._flush()
                for row in self._within(child, W + "tr"):
                    yield from self._row(row)
            elif child.tag == _MC + "AlternateContent":
                if (branch := _branch(child)) is not None:
                    yield from self.blocks(branch, in_cell=in_cell)
            elif child.tag == W + "altChunk":
                self.has_embedded = True
            elif child.tag not in _GONE and child.tag.startswith(W):
                yield from self.blocks(child, in_cell=in_cell)
        if parent.tag in _STORIES:
            yield from self._flush()

    def _flush(self) -> Iterator[Paragraph]:
        if self._carried.parts:
            yield from self._finish(Look(), "", None)

    def _row(self, row: Element) -> Iterator[Paragraph]:
        properties = row.find(W + "trPr")
        if properties is not None and (properties.find(W + "del") is not None or is_on(properties.find(W + "hidden"))):
            return
        cells = [cell for cell in self._within(row, W + "tc") if not _is_merged_away(cell)]
        yield from row_lines([] if _goes_on(cell) else list(self.blocks(cell, in_cell=True)) for cell in cells)

    def _within(self, parent: Element, tag: str) -> Iterator[Element]:
        """Yield the rows of a table or the cells of a row, through content controls and marks of insertion."""
        for child in parent:
            if child.tag == tag:
                yield child
            elif child.tag not in _GONE and child.tag not in (W + "tbl", W + "p", W + "tr", W + "tc"):
                yield from self._within(child, tag)

    def _paragraph(self, element: Element, *, in_cell: bool) -> Iterator[Paragraph]:
        properties = element.find(W + "pPr")
        look = self._styles.look(value(properties, "pStyle") if properties is not None else "")
        run, self._carried = self._carried, _Run()
        parts, notes = len(run.parts), len(self.notes)
        self._inline(element, run, look)
        if any(opened.result_at < 0 for opened in self._fields):
            # A field never says where its result begins: what it seemed to hide is text.
            self._fields.clear()
            del run.parts[parts:], run.boxes[:], self.notes[notes:]
            self._inline(element, run, look, is_plain=True)
        self._carried = run
        if properties is not None and (mark := properties.find(W + "rPr")) is not None:
            if is_on(mark.find(W + "specVanish")):  # a hidden mark runs a heading into its text
                run.parts.insert(0, self._label(properties, look))
                return
            if any(mark.find(W + name) is not None for name in ("del", "moveFrom")):
                return
        level = outline_level(properties) if properties is not None else None
        label = self._label(properties, look)
        yield from self._finish(look, label if in_cell or "".join(run.parts).strip() else "", level)

    def _finish(self, look: Look, label: str, level: int | None) -> Iterator[Paragraph]:
        run, self._carried = self._carried, _Run()
        text = "".join(run.parts)
        if look.is_contents:
            self._count("contents table", len(text))
        elif (label + text).strip():
            marked = look.level if level is None else level or None
            if marked is None and run.bold and not run.plain and len(text) <= _LONGEST_BOLD:
                marked = 0
            if look.is_title:
                self.title += text.strip()
            yield Paragraph(label + (text.lstrip() if label else text), marked)
        for box in run.boxes:
            yield from self.blocks(box)

    def _label(self, properties: Element | None, look: Look) -> str:
        """Count a paragraph in its list, and return its number."""
        numbers = properties.find(W + "numPr") if properties is not None else None
        direct = value(numbers, "numId") if numbers is not None else ""
        number = direct or look.list_number
        if number in ("", "0"):
            return ""
        style = value(properties, "pStyle") if properties is not None else ""
        place = integer(value(numbers, "ilvl"), 0) if numbers is not None and value(numbers, "ilvl") else None
        if place is None and not direct:
            place = self._numbering.level_of_style(number, style)
            place = self._numbering.level_of_style(number, look.list_style) if place is None else place
        return self._numbering.advance(number, (look.list_level or 0) if place is None else place)

    def _inline(self, parent: Element, run: _Run, look: Look, *, is_plain: bool = False) -> None:
        for child in parent:
            if child.tag == W + "r":
                self._characters(child, run, look, is_plain=is_plain)
            elif child.tag == _M + "t":
                run.parts.append(child.text or "")
            elif child.tag == _MC + "AlternateContent":
                if (branch := _branch(child)) is not None:
                    self._inline(branch, run, look, is_plain=is_plain)
            elif child.tag in (W + "del", W + "moveFrom"):
                self._count("deletion", sum(len(text.text or "") for text in child.iter(W + "delText")))
            elif child.tag not in _GONE and child.tag.startswith((W, _M)):
                self._inline(child, run, look, is_plain=is_plain)

    def _characters(self, element: Element, run: _Run, look: Look, *, is_plain: bool) -> None:
        properties = element.find(W + "rPr")
        is_hidden = self._switch(properties, "vanish", default=look.is_hidden)
        is_bold = self._switch(properties, "b", default=look.is_bold)
        for child in element:
            if child.tag == W + "fldChar" and not is_plain:
                self._turn_field(child.get(W + "fldCharType", ""), run)
            elif child.tag == W + "instrText":
                if self._fields:
                    self._fields[-1].instruction += (child.text or "")[:200]
            elif child.tag in (W + "footnoteReference", W + "endnoteReference"):
                self.notes.append((child.tag.removeprefix(W).removesuffix("Reference"), child.get(W + "id", "")))
            elif child.tag in (W + "drawing", W + "pict", W + "object", _MC + "AlternateContent", W + "ruby"):
                self._shape(child, run, look)
            elif all(opened.result_at >= 0 for opened in self._fields):
                self._sign(child, run, is_hidden=is_hidden, is_bold=is_bold)

    def _sign(self, child: Element, run: _Run, *, is_hidden: bool, is_bold: bool) -> None:
        text = _SIGNS.get(child.tag, "")
        if child.tag == W + "t":
            text = child.text or ""
            text = text if child.get(_SPACE) == "preserve" else text.strip(" \t\r\n")
            text = text.replace("\n", " ")
        elif child.tag == W + "br" and child.get(W + "type", "textWrapping") == "textWrapping":
            text = "\n"
        elif child.tag == W + "sym":
            text = _symbol(child.get(W + "char", ""))
            self._count("symbol", 1 - len(text))
        elif child.tag == W + "softHyphen":
            self._count("invisible", 1)
        if is_hidden:
            self._count("hidden", len(text))
            return
        run.parts.append(text)
        inked = len("".join(text.split()))
        run.bold += inked if is_bold else 0
        run.plain += 0 if is_bold else inked

    def _shape(self, element: Element, run: _Run, look: Look) -> None:
        """Take the text boxes of a drawing, each once, and the base text of a ruby."""
        if element.tag == W + "ruby":
            self._inline(element, run, look)
            return
        branch = _branch(element) if element.tag == _MC + "AlternateContent" else element
        if branch is None:
            return
        if branch.tag == W + "txbxContent":
            run.boxes.append(branch)
            return
        for child in branch:
            if child.tag in (W + "t", W + "tab", W + "br"):
                self._sign(child, run, is_hidden=False, is_bold=False)
            else:
                self._shape(child, run, look)

    def _turn_field(self, kind: str, run: _Run) -> None:
        if kind == "begin":
            if len(self._fields) >= _MOST_FIELDS:
                self._fields.clear()
            self._fields.append(_Field())
        elif kind == "separate" and self._fields:
            self._fields[-1].result_at = len(run.parts)
        elif kind == "end" and self._fields:
            closed = self._fields.pop()
            has_result = closed.result_at >= 0 and any(run.parts[closed.result_at :])
            if not has_result and (found := _CIRCLED.match(closed.instruction)):
                inner = found[1].strip()
                run.parts.append(chr(0x245F + int(inner)) if re.fullmatch("[1-9]|1[0-9]|20", inner) else inner)

    def _switch(self, properties: Element | None, name: str, *, default: bool) -> bool:
        if properties is None:
            return default
        if (found := properties.find(W + name)) is not None:
            return is_on(found)
        if identity := value(properties, "rStyle"):
            switched = self._styles.run_switch(identity, name)
            return default if switched is None else switched
        return default

    def _count(self, kind: str, characters: int) -> None:
        if characters:
            self.removed[kind] = self.removed.get(kind, 0) + characters


def _branch(element: Element) -> Element | None:
    """Return the one version of alternative content that holds text, the newer first."""
    branches = [child for child in element if child.tag in (_MC + "Choice", _MC + "Fallback")]
    return next((child for child in branches if any(True for _ in child.iter(W + "t"))), branches[0] if branches else None)


def _is_merged_away(cell: Element) -> bool:
    """Say whether a cell is deleted or part of the one to its left."""
    properties = cell.find(W + "tcPr")
    return properties is not None and (properties.find(W + "cellDel") is not None or _continues(properties, "hMerge"))


def _goes_on(cell: Element) -> bool:
    """Say whether a cell is part of the one above: it keeps its place in the row, and shows nothing."""
    properties = cell.find(W + "tcPr")
    return properties is not None and _continues(properties, "vMerge")


def _continues(properties: Element, name: str) -> bool:
    merge = properties.find(W + name)
    return merge is not None and merge.get(W + "val", "continue") == "continue"


def _symbol(code: str) -> str:
    if not re.fullmatch("[0-9A-Fa-f]{4}", code) or 0xE000 <= int(code, 16) <= 0xF8FF or 0xD800 <= int(code, 16) <= 0xDFFF:
        return ""
    return chr(int(code, 16))
