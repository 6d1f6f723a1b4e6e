"""Read web pages: paragraphs as the browser shows them, tables as rows, the article without the page's furniture."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from email.errors import MessageError

from pipeline.errors import ReadError
from pipeline.readers.content import Content, Limits, Paragraph
from pipeline.readers.html_main import drop_asides, pick_article
from pipeline.readers.html_tree import BLOCKS, Element, Page, parse_page
from pipeline.readers.number_formats import format_number
from pipeline.readers.rows import row_lines
from pipeline.readers.text import decode

_CHARSET = re.compile(rb"""<meta[^>]{0,300}?charset\s*=\s*["']?\s*([A-Za-z0-9_-]{2,30})""", re.IGNORECASE)
_CHARSETS = {"gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "utf-8": "utf-8", "utf8": "utf-8", "big5": "big5hkscs"}
_TITLES = ("articletitle", "article:title", "citation_title", "og:title")
_LIST_STYLE = re.compile(r"list-style(?:-type)?\s*:\s*([a-z-]+)", re.IGNORECASE)
# Names of CSS and HTML for the formats of numbers, and what stands behind the number.
_COUNTERS = {
    "decimal": ("decimal", ". "), "1": ("decimal", ". "), "decimal-leading-zero": ("decimalZero", ". "),
    "lower-alpha": ("lowerLetter", ". "), "lower-latin": ("lowerLetter", ". "), "a": ("lowerLetter", ". "),
    "upper-alpha": ("upperLetter", ". "), "upper-latin": ("upperLetter", ". "), "A": ("upperLetter", ". "),
    "lower-roman": ("lowerRoman", ". "), "i": ("lowerRoman", ". "), "upper-roman": ("upperRoman", ". "), "I": ("upperRoman", ". "),
    "cjk-ideographic": ("chineseCountingThousand", "、"), "simp-chinese-informal": ("chineseCountingThousand", "、"),
    "trad-chinese-informal": ("taiwaneseCountingThousand", "、"), "cjk-decimal": ("ideographDigital", "、"), "none": ("none", ""),
}  # fmt: skip
_BOLD = re.compile(r"font-weight\s*:\s*(?:bold|[6-9]00)", re.IGNORECASE)
_BLANKS = re.compile("[ \t\r\n\f\xa0]+")
_WIDE = "[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f“”‘’—…]"
_WRAPPED = re.compile(rf"(?<={_WIDE})[ \t]*[\r\n]\s*(?={_WIDE})")
_LONGEST_BOLD = 80


def read_html(data: bytes, *, where: str, limits: Limits) -> Content:
    """Read a web page.

    Raises:
        ReadError: it decodes in no charset, nests too deeply, or has no text.
    """
    found = _CHARSET.search(data[:8192])
    declared = _CHARSETS.get(found[1].decode("ascii").lower(), "") if found else ""
    text, charset = decode(data, where=where, declared=declared)
    page = parse_page(text, where=where, depth=limits.depth)
    whole = _inked(page.body.text)
    drop_asides(page.body)
    article = pick_article(page.body)
    paragraphs = _Blocks().paragraphs(article)
    if not paragraphs:
        raise ReadError("the page holds no text", where=where, remedy="open it in a browser and save its text")
    gone = whole - _inked(article.text)
    title = _title(page, article)
    if article is not page.body and title and title not in "".join(paragraph.text for paragraph in paragraphs[:6]):
        paragraphs.insert(0, Paragraph(title))
    return Content(tuple(paragraphs), "html", charset, title=title, removed={"page furniture": gone} if gone else {})


def read_mhtml(data: bytes, *, where: str, limits: Limits) -> Content:
    """Read a web archive (.mht, or what Word saves as a page in a single file).

    Raises:
        ReadError: it holds no page, or one that can't be read.
    """
    try:
        message = email.message_from_bytes(data, policy=email.policy.default)
        for part in message.walk():
            if part.get_content_type() == "text/html" and isinstance(page := part.get_payload(decode=True), bytes):
                return read_html(page, where=where, limits=limits)
    except (MessageError, LookupError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ReadError("the web archive is damaged", where=where, remedy="save it as .docx or .html") from error
    raise ReadError("the web archive holds no page", where=where, remedy="save it as .docx or .html")


def _inked(text: str) -> int:
    return len("".join(text.split()))


def _title(page: Page, main: Element) -> str:
    """Return the title that the page names: its meta data, else its only main heading."""
    for name in _TITLES:
        if page.metas.get(name):
            return " ".join(page.metas[name].split())[:200]
    headings = [" ".join(element.text.split()) for element in page.body.elements() if element.name == "h1"]
    inside = [" ".join(element.text.split()) for element in main.elements() if element.name == "h1"]
    for found in (inside, headings):
        if len(found) == 1 and found[0]:
            return found[0][:200]
    return ""


class _Blocks:
    """Gather the paragraphs of an element, as lines break on the page."""

    def __init__(self) -> None:
        self._found: list[Paragraph] = []
        self._parts: list[tuple[str, bool]] = []  # text, and whether it is bold

    def paragraphs(self, element: Element) -> list[Paragraph]:
        """Return the paragraphs in reading order."""
        self._inside(element, level=None, is_bold=False, prefix="")
        self._break(None)
        return self._found

    def _inside(self, element: Element, *, level: int | None, is_bold: bool, prefix: str) -> None:
        numbers = _numbers(element) if element.name == "ol" else iter(())
        if prefix:
            self._parts.append((prefix, False))
        for child in element.children:
            if isinstance(child, str):
                self._parts.append((child if element.name == "pre" else _WRAPPED.sub("", child), is_bold))
            elif child.name == "br":
                self._break(level)
            elif child.name == "table":
                self._break(level)
                for row in _in_place(_rows(child)):
                    self._found += row_lines(_Blocks().paragraphs(cell) if cell is not None else [] for cell in row)
            elif child.name in BLOCKS:
                self._break(level)
                inner = int(child.name[1]) if re.fullmatch("h[1-6]", child.name) else level
                self._inside(
                    child, level=inner, is_bold=_is_bold(child, is_bold), prefix=next(numbers, "") if child.name == "li" else ""
                )
                self._break(inner)
            else:
                self._inside(child, level=level, is_bold=_is_bold(child, is_bold), prefix="")

    def _break(self, level: int | None) -> None:
        """End a line."""
        parts, self._parts = self._parts, []
        text = _BLANKS.sub(" ", "".join(part for part, _ in parts)).strip()
        if not text:
            return
        if level is None and len(text) <= _LONGEST_BOLD and all(bold for part, bold in parts if part.strip()):
            level = 0
        self._found.append(Paragraph(text, level))


def _is_bold(element: Element, inherited: bool) -> bool:
    return inherited or element.name in ("b", "strong", "th") or bool(_BOLD.search(element.attributes.get("style", "")))


def _numbers(element: Element) -> Iterator[str]:
    """Yield the numbers that a browser writes before the items of a list."""
    attributes = element.attributes
    styled = _LIST_STYLE.search(attributes.get("style", ""))
    kind, behind = _COUNTERS.get((styled[1] if styled else "") or attributes.get("type", ""), _COUNTERS["decimal"])
    items = [child for child in element.children if isinstance(child, Element) and child.name == "li"]
    step = -1 if "reversed" in attributes else 1
    number = _integer(attributes.get("start", ""), len(items) if step < 0 else 1)
    for item in items:
        number = _integer(item.attributes.get("value", ""), number)
        is_bare = "list-style" in item.attributes.get("style", "") and "none" in item.attributes["style"]
        yield "" if is_bare or kind == "none" else format_number(number, kind) + behind
        number += step


def _integer(text: str, default: int) -> int:
    return int(text) if re.fullmatch(r"-?[0-9]{1,9}", text.strip()) else default


def _rows(table: Element) -> Iterator[list[Element]]:
    """Yield the rows of a table as cells; what stands outside rows is a row of one cell."""
    for child in table.children:
        if isinstance(child, str):
            continue
        if child.name in ("thead", "tbody", "tfoot"):
            yield from _rows(child)
        elif child.name == "tr":
            yield [cell for cell in child.children if isinstance(cell, Element)]
        else:
            yield [child]


def _in_place(rows: Iterator[list[Element]]) -> Iterator[list[Element | None]]:
    """Yield the rows with an empty cell (None) where one of a row above reaches down."""
    reaching: dict[int, int] = {}  # column to rows that its cell still covers
    for row in rows:
        placed: list[Element | None] = []
        cells, column = iter(row), 0
        while True:
            if reaching.get(column, 0):
                reaching[column] -= 1
                placed.append(None)
                column += 1
                continue
            cell = next(cells, None)
            if cell is None:
                break
            placed.append(cell)
            covers = min(max(_integer(cell.attributes.get("rowspan", ""), 1), 1), 1000)
            if covers > 1:
                reaching[column] = covers - 1
            column += min(max(_integer(cell.attributes.get("colspan", ""), 1), 1), 1000)
        yield placed
