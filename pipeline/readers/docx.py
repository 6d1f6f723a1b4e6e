"""Read Word documents (.docx, .docm and whatever else is made like them)."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from pipeline.errors import ReadError
from pipeline.readers.content import Content, Limits, Paragraph
from pipeline.readers.number_formats import format_number
from pipeline.readers.numbering import Numbering, W
from pipeline.readers.package import Package
from pipeline.readers.word_body import Body
from pipeline.readers.word_styles import Styles


def read_docx(data: bytes, *, where: str, limits: Limits) -> Content:
    """Read a Word document as its page shows it: automatic numbers written out, tracked changes accepted, every text box once.

    Rows of tables are lines whose cells are joined by a tab. Footnotes, then endnotes, stand at the end as ``[1] …`` and ``[i] …``;
    their marks in the text are left out, because a digit there would read as a number. Headers, footers, comments and tables of
    contents are no part of the text.

    Raises:
        ReadError: the file is damaged, encrypted, made to harm, or has no text.
    """
    package = Package(data, where=where, limits=limits)
    main = package.related("").get("officeDocument", "word/document.xml")
    root = package.parse(main)
    if root is None:
        raise ReadError("the file has no document part", where=where, remedy="open it in Word or WPS, save it as a new .docx")
    parts = package.related(main)

    def part(kind: str) -> Element | None:
        return package.parse(parts[kind]) if kind in parts else None

    styles = Styles(part("styles"))
    body = Body(styles, Numbering(part("numbering"), styles.list_styles))
    story = root.find(W + "body")
    paragraphs = list(body.blocks(story)) if story is not None else []
    references = tuple(body.notes)  # notes within notes are not followed
    for kind in ("footnote", "endnote"):
        numbers = [identity for referred, identity in references if referred == kind]
        if numbers:
            paragraphs += _notes(body, part(f"{kind}s"), numbers, kind)
    if references:
        body.removed["note mark"] = len(references)
    if not paragraphs:
        what = (
            "the document holds no text; it may hold pictures of pages" if _has_pictures(package) else "the document holds no text"
        )
        raise ReadError(what, where=where, remedy="run text recognition (OCR) on it, or save the report's text in it")
    notes = ("an embedded file within the document was not read",) if body.has_embedded else ()
    return Content(tuple(paragraphs), "docx", title=body.title[:200], removed=body.removed, notes=notes)


def _notes(body: Body, root: Element | None, numbers: list[str], kind: str) -> list[Paragraph]:
    """Return the notes of a kind in the order of their references, numbered as the page numbers them."""
    held = {note.get(W + "id", ""): note for note in root} if root is not None else {}
    found: list[Paragraph] = []
    for place, identity in enumerate(dict.fromkeys(numbers), 1):
        note = held.get(identity)
        lines = [paragraph.text.strip() for paragraph in body.blocks(note)] if note is not None else []
        sign = format_number(place, "decimal" if kind == "footnote" else "lowerRoman")
        found += [Paragraph(f"[{sign}] {line}" if not number else line) for number, line in enumerate(lines)]
    return found


def _has_pictures(package: Package) -> bool:
    return any("/media/" in name for name in package.names)
