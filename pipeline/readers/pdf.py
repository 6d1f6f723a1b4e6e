"""Read PDF files that have a text layer.

Runs in a child process (:mod:`pipeline.readers.isolate`): PDFium is neither to be interrupted nor safe for threads.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator

import pypdfium2
import pypdfium2.raw as pdfium

from pipeline.errors import ReadError
from pipeline.readers.content import Content, Limits
from pipeline.readers.pdf_lines import Glyph, Line, line_of, merge_pieces, plain_sign
from pipeline.readers.pdf_paragraphs import paragraphs_of

_BOLD_FONT = re.compile(r"Bold|Heavy|Black|Hei|XBS|XiaoBiaoSong|[黑粗]|小标宋", re.IGNORECASE)
_BOLD = 600  # weight of type from which it is bold
_WATERMARK = (0.2, 6.08)  # radians between which text leans; that of a rotated page is turned back by PDFium
_UNREADABLE = re.compile("[\x00-\x08\x0e-\x1f\ue000-\uf8ff\ufffd]")
_LINEARIZED = re.compile(rb"/Linearized\b[^>]{0,200}?/L\s+(\d{1,12})|/L\s+(\d{1,12})\b[^>]{0,200}?/Linearized\b")
_ASK = "get the text in another form (.docx, .txt)"
_OCR = "run text recognition (OCR) on it and give the result"


def read_pdf(data: bytes, *, where: str, limits: Limits) -> Content:
    """Read a PDF: lines joined to paragraphs, page furniture and tables of contents left out, gaps in words and numbers closed.

    Raises:
        ReadError: it is encrypted, truncated, damaged, scanned, or its fonts don't say which characters they draw.
    """
    _refuse_truncated(data, where)
    try:
        document = pypdfium2.PdfDocument(data)
        count = len(document)
    except pypdfium2.PdfiumError as error:
        raise _refusal(error, where) from error
    if count > limits.pages:
        what = f"it has {count:,} pages, more than {limits.pages:,}"
        raise ReadError(what, where=where, remedy="split it, or raise read: pages in params.yaml")
    lines: list[Line] = []
    widths: list[float] = []
    characters = 0
    for number in range(count):
        try:
            page = document[number]
            widths.append(page.get_width())
            found = list(_page_lines(page, number))
            page.close()
        except pypdfium2.PdfiumError as error:
            raise ReadError("the page is damaged", where=f"{where}, page {number + 1}", remedy=_ASK) from error
        lines += merge_pieces(found)
        characters += sum(len(line.text) for line in found)
        if characters > limits.characters:
            what = f"it has more than {limits.characters:,} characters"
            raise ReadError(what, where=where, remedy="split it, or raise read: characters in params.yaml")
    document.close()
    _refuse_unreadable(lines, count, where)
    paragraphs, removed = paragraphs_of(lines, widths)
    return Content(tuple(paragraphs), "pdf", removed=removed, notes=_notes(lines, count))


def _refuse_truncated(data: bytes, where: str) -> None:
    """Refuse a file whose end is missing: PDFium would give the pages that are left and say nothing."""
    linearized = _LINEARIZED.search(data[:2048])
    is_short = linearized is not None and len(data) < int(linearized[1] or linearized[2])
    if is_short or b"%%EOF" not in data[-65536:]:
        raise ReadError("the PDF is truncated: its end is missing", where=where, remedy="get the file again")


def _refusal(error: pypdfium2.PdfiumError, where: str) -> ReadError:
    code = getattr(error, "err_code", None)
    if code == pdfium.FPDF_ERR_PASSWORD:
        return ReadError("the PDF is encrypted", where=where, remedy="save it without a password and try again")
    if code == pdfium.FPDF_ERR_SECURITY:
        return ReadError("the PDF is protected in a way that can't be opened", where=where, remedy=_ASK)
    return ReadError("the PDF is truncated or damaged", where=where, remedy="get the file again, or " + _ASK)


def _refuse_unreadable(lines: list[Line], pages: int, where: str) -> None:
    text = "".join(line.text for line in lines)
    # Scans often bear a stamp or a page number as text: a real page has more.
    if len(text) < 10 + 2 * pages:
        raise ReadError("this is a scanned PDF: its pages are pictures, without a text layer", where=where, remedy=_OCR)
    if len(_UNREADABLE.findall(text)) > 0.2 * len(text):
        raise ReadError("the PDF's fonts don't say which characters they draw", where=where, remedy=_OCR)


def _notes(lines: list[Line], pages: int) -> tuple[str, ...]:
    empty = sorted(set(range(pages)) - {line.page for line in lines})
    if not empty:
        return ()
    named = ", ".join(str(number + 1) for number in empty[:20]) + (" …" if len(empty) > 20 else "")
    return (f"pages without text: {named}",)


def _page_lines(page: pypdfium2.PdfPage, number: int) -> Iterator[Line]:
    """Yield the lines of a page in the order in which the file draws them."""
    text = page.get_textpage()
    try:
        glyphs: list[Glyph] = []
        first = 0
        for index, glyph in enumerate(_glyphs(text.raw)):
            if glyph.sign not in "\r\n":
                first = first if glyphs else index
                glyphs.append(glyph)
            elif glyphs:
                yield from _finished(text.raw, glyphs, first, number)
                glyphs = []
        yield from _finished(text.raw, glyphs, first, number)
    finally:
        text.close()


def _glyphs(text: pdfium.FPDF_TEXTPAGE) -> Iterator[Glyph]:
    # A line break of PDFium's own has a box of zeros, and is a glyph all the same: the index must keep step.
    unicode, loose, box = pdfium.FPDFText_GetUnicode, pdfium.FPDFText_GetLooseCharBox, pdfium.FS_RECTF()
    reference = ctypes.byref(box)
    for index in range(pdfium.FPDFText_CountChars(text)):
        code = unicode(text, index)
        sign = chr(code) if 0 < code < 0xD800 or 0xE000 <= code < 0x110000 else "\ufffd"
        loose(text, index, reference)
        yield Glyph(plain_sign(sign), box.left, box.right, box.bottom, box.top)


def _finished(text: pdfium.FPDF_TEXTPAGE, glyphs: list[Glyph], first: int, page: int) -> Iterator[Line]:
    """Yield the line that the glyphs make, if it is a line of the text and no watermark across the page."""
    inked = next((first + place for place, glyph in enumerate(glyphs) if not glyph.sign.isspace()), None)
    if inked is None or _WATERMARK[0] < pdfium.FPDFText_GetCharAngle(text, inked) < _WATERMARK[1]:
        return
    line = line_of(glyphs, is_bold=_is_bold(text, inked), page=page)
    if line is not None:
        yield line


def _is_bold(text: pdfium.FPDF_TEXTPAGE, index: int) -> bool:
    flags = ctypes.c_int()
    buffer = ctypes.create_string_buffer(128)
    pdfium.FPDFText_GetFontInfo(text, index, buffer, 128, flags)
    name = buffer.raw.split(b"\x00", 1)[0].decode("utf-8", "replace")
    return pdfium.FPDFText_GetFontWeight(text, index) >= _BOLD or bool(_BOLD_FONT.search(name))
