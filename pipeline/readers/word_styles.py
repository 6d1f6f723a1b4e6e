"""Resolve Word's styles: which paragraphs are headings, numbered, bold or a table of contents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from xml.etree.ElementTree import Element

from pipeline.readers.numbering import W, integer, is_on, value

_HEADING = re.compile(r"(?:heading|标题)\s*([1-9])", re.IGNORECASE)
_CONTENTS = re.compile(r"(?:toc|目录)\s*(?:[1-9]|heading|标题)", re.IGNORECASE)
_BODY_LEVEL = 9


@dataclass(frozen=True, slots=True)
class Look:
    """What a paragraph style, with the styles that it is based on, says of a paragraph.

    Attributes:
        level: 1 to 9 for a heading, None otherwise.
        is_title: it is the document's title.
        is_contents: it is a line of a table of contents.
        list_number: the list (numId) that numbers it, or an empty string.
        list_style: the style that says so: this one, or one that it is based on.
        list_level: the level in that list, if the style sets one.
        is_bold: its characters are bold.
        is_hidden: its characters are hidden.
    """

    level: int | None = None
    is_title: bool = False
    is_contents: bool = False
    list_number: str = ""
    list_style: str = ""
    list_level: int | None = None
    is_bold: bool = False
    is_hidden: bool = False


class Styles:
    """The styles of a document.

    Args:
        root: the part of styles, if there is one.
    """

    def __init__(self, root: Element | None) -> None:
        elements = list(root.iter(W + "style")) if root is not None else []
        self._styles = {element.get(W + "styleId", ""): element for element in elements}
        self._looks: dict[str, Look] = {}
        is_default = [e for e in elements if e.get(W + "type") == "paragraph" and e.get(W + "default") in ("1", "true", "on")]
        self._default = is_default[0].get(W + "styleId", "") if is_default else ""

    @cached_property
    def list_styles(self) -> dict[str, str]:
        """Numbering styles: style to number of its list."""
        found = {}
        for identity, element in self._styles.items():
            if element.get(W + "type") == "numbering" and (number := element.find(f"{W}pPr/{W}numPr/{W}numId")) is not None:
                found[identity] = number.get(W + "val", "")
        return found

    def look(self, identity: str) -> Look:
        """Return what the style of a paragraph says of it; an empty or unknown style is the default one."""
        identity = identity if identity in self._styles else self._default
        if identity not in self._looks:
            self._looks[identity] = self._resolve(identity)
        return self._looks[identity]

    def run_switch(self, identity: str, name: str) -> bool | None:
        """Return whether a character style switches a property on or off; None if it says nothing."""
        for element in self._chain(identity):
            if (found := element.find(f"{W}rPr/{W}{name}")) is not None:
                return is_on(found)
        return None

    def _chain(self, identity: str) -> Iterator[Element]:
        """Yield a style and those that it is based on, nearest first."""
        seen: set[str] = set()
        while identity in self._styles and identity not in seen:
            seen.add(identity)
            yield self._styles[identity]
            identity = value(self._styles[identity], "basedOn")

    def _resolve(self, identity: str) -> Look:
        level = list_level = None
        list_number = list_style = name = ""
        for element in self._chain(identity):
            own = value(element, "name").strip()
            name = name or own
            properties = element.find(W + "pPr")
            if properties is not None and (numbers := properties.find(W + "numPr")) is not None:
                if not list_number and value(numbers, "numId"):
                    list_number, list_style = value(numbers, "numId"), element.get(W + "styleId", "")
                if list_level is None and value(numbers, "ilvl"):
                    list_level = integer(value(numbers, "ilvl"), 0)
            if level is None and properties is not None:
                level = outline_level(properties)
            if level is None and (found := _HEADING.fullmatch(own)):
                level = int(found[1])
        return Look(
            level=level or None,
            is_title=name.lower() in ("title", "文章标题", "公文标题"),
            is_contents=bool(_CONTENTS.fullmatch(name)),
            list_number=list_number,
            list_style=list_style,
            list_level=list_level,
            is_bold=bool(self.run_switch(identity, "b")),
            is_hidden=bool(self.run_switch(identity, "vanish")),
        )


def outline_level(properties: Element) -> int | None:
    """Return the outline level that paragraph properties set: 1 to 9, 0 for body text, None if they say nothing."""
    text = value(properties, "outlineLvl")
    if not text:
        return None
    level = integer(text, _BODY_LEVEL)
    return level + 1 if 0 <= level < _BODY_LEVEL else 0
