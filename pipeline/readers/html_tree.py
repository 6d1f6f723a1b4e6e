"""Parse a web page into a small tree of its visible elements."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from pipeline.errors import ReadError

BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "center",
        "dd",
        "details",
        "dialog",
        "dir",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hgroup",
        "hr",
        "html",
        "li",
        "main",
        "menu",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
        "caption",
    ]
)
_UNSEEN = frozenset(
    [
        "script",
        "style",
        "noscript",
        "template",
        "head",
        "title",
        "link",
        "meta",
        "iframe",
        "object",
        "embed",
        "applet",
        "svg",
        "canvas",
        "audio",
        "video",
        "map",
        "button",
        "select",
        "option",
        "input",
        "textarea",
        "datalist",
        "rt",
        "rp",
        "frameset",
        "noframes",
    ]
)
_HIDDEN = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all)", re.IGNORECASE)
_MOST_ELEMENTS = 1_000_000


@dataclass(slots=True)
class Element:
    """A visible element: its name, its attributes in lower case, and the text and elements in it."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element | str] = field(default_factory=list)

    def elements(self) -> Iterator[Element]:
        """Yield this element and those in it, in reading order."""
        todo: list[Element] = [self]
        while todo:
            element = todo.pop()
            yield element
            todo += [child for child in reversed(element.children) if isinstance(child, Element)]

    @property
    def text(self) -> str:
        """All text in it."""
        parts: list[str] = []
        todo: list[Element | str] = [self]
        while todo:
            item = todo.pop()
            if isinstance(item, str):
                parts.append(item)
            else:
                todo += reversed(item.children)
        return "".join(parts)


@dataclass(frozen=True, slots=True)
class Page:
    """A web page: its body, the content of its ``meta`` elements by name, and its ``title``."""

    body: Element
    metas: dict[str, str]
    title: str


def parse_page(text: str, *, where: str, depth: int) -> Page:
    """Parse a page.

    Raises:
        ReadError: the elements nest more deeply than ``depth``, or there are too many.
    """
    parser = LexborHTMLParser(text)
    metas: dict[str, str] = {}
    for node in parser.css("meta"):
        attributes = node.attributes
        if (name := attributes.get("name") or attributes.get("property")) and attributes.get("content"):
            metas.setdefault(name.lower(), (attributes["content"] or "").strip())
    title = parser.css_first("title")
    body = Element("body")
    if parser.body is not None:
        _build(parser.body, body, where, depth)
    return Page(body, metas, " ".join(title.text().split()) if title is not None else "")


def _build(root: LexborNode, body: Element, where: str, depth: int) -> None:
    """Copy the visible elements; by a stack of our own, because a page may nest more deeply than Python calls."""
    todo: list[tuple[LexborNode, Element, int]] = [(root, body, 0)]
    count = 0
    while todo:
        node, element, level = todo.pop()
        if level > depth:
            raise ReadError(
                f"it nests elements more than {depth} deep", where=where, remedy="save the page's text as .txt or .docx"
            )
        child = node.child
        while child is not None:
            count += 1
            if count > _MOST_ELEMENTS:
                raise ReadError(f"it has more than {_MOST_ELEMENTS:,} elements", where=where, remedy="save the page's text as .txt")
            if child.is_text_node:
                element.children.append(child.text_content or "")
            elif child.is_element_node:
                name = (child.tag or "").lower()
                attributes = {key.lower(): value or "" for key, value in child.attributes.items()}
                if name not in _UNSEEN and "hidden" not in attributes and not _HIDDEN.search(attributes.get("style", "")):
                    copy = Element(name, attributes)
                    element.children.append(copy)
                    todo.append((child, copy, level + 1))
            child = child.next
