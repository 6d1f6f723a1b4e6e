"""Recover Word's automatic numbers from the numbering part, as the page shows them.

ECMA-376 part 1, section 17.9. A list (num) is an instance of a definition (abstractNum); lists of one definition count on from each
other, unless one overrides a start.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from pipeline.readers.number_formats import format_number

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_PLACEHOLDER = re.compile("%([1-9])")
_LEVELS = 9
# Behind these a tab would only be a gap in the text: 一、　加强, ① 加强.
_CLOSED = re.compile("[、，。．：；）】〕》①-⒛㈠-㉃㊀-㊉]$")


@dataclass(frozen=True, slots=True)
class Level:
    """How one level of a list is numbered."""

    start: int = 1
    kind: str = "decimal"
    text: str = ""
    suffix: str = "tab"
    restart: int | None = None
    is_legal: bool = False
    style: str = ""


@dataclass(frozen=True, slots=True)
class _List:
    definition: str
    levels: Mapping[int, Level]
    starts: Mapping[int, int]


class Numbering:
    """The lists of a document, counting as its paragraphs pass.

    Args:
        root: the numbering part, if there is one.
        list_styles: numbering styles: style to number of its list.
    """

    def __init__(self, root: Element | None, list_styles: Mapping[str, str]) -> None:
        self._lists: dict[str, _List] = {}
        self._counters: dict[str, dict[int, int]] = {}  # where the lists of each definition stand
        self._started: set[tuple[str, int]] = set()
        if root is None:
            return
        definitions = {element.get(W + "abstractNumId", ""): element for element in root.iter(W + "abstractNum")}
        instances = {element.get(W + "numId", ""): element for element in root.iter(W + "num")}
        for number, element in instances.items():
            self._lists[number] = _read_list(element, definitions, instances, list_styles)

    def level_of_style(self, number: str, style: str) -> int | None:
        """Return the level that a list keeps for a paragraph style, or None."""
        held = self._lists.get(number)
        return next((place for place, level in held.levels.items() if style and level.style == style), None) if held else None

    def advance(self, number: str, place: int) -> str:
        """Count a paragraph and return its number, with the blank that the page shows behind it; empty if it has none.

        Args:
            number: the paragraph's list (numId).
            place: its level, from 0.
        """
        held = self._lists.get(number)
        if held is None or place not in held.levels:
            return ""
        values = self._counters.setdefault(held.definition, {})
        for above in range(place):  # a level that was passed over counts as begun (Microsoft, Q110380)
            if above in held.levels:
                values.setdefault(above, _start(held, above))
        if place in held.starts and (number, place) not in self._started:
            values[place] = held.starts[place]
        elif place in values:
            values[place] += 1
        else:
            values[place] = _start(held, place)
        self._started.add((number, place))
        for deeper in [other for other in values if other > place]:
            restart = held.levels[deeper].restart if deeper in held.levels else None
            if restart is None or place < restart:
                del values[deeper]
        return _label(held, place, values)


def _start(held: _List, place: int) -> int:
    return held.starts.get(place, held.levels[place].start if place in held.levels else 1)


def _label(held: _List, place: int, values: Mapping[int, int]) -> str:
    level = held.levels[place]
    if level.kind == "bullet" or not level.text:
        return ""

    def number(match: re.Match[str]) -> str:
        other = int(match[1]) - 1
        if other > place or other not in held.levels:
            return ""
        kind = held.levels[other].kind
        if kind == "bullet":
            return ""
        return format_number(values[other], "decimal" if level.is_legal and kind != "none" else kind)

    text = _PLACEHOLDER.sub(number, level.text)
    if not text.strip():
        return ""
    if level.suffix == "nothing" or (level.suffix == "tab" and _CLOSED.search(text)):
        return text
    return text + " "


def _read_list(
    element: Element, definitions: Mapping[str, Element], instances: Mapping[str, Element], list_styles: Mapping[str, str]
) -> _List:
    identity, definition = _definition(element, definitions)
    seen = {identity}
    # A definition may only point at a numbering style, whose own list then holds the levels.
    while definition is not None and (link := definition.find(W + "numStyleLink")) is not None:
        other = instances.get(list_styles.get(link.get(W + "val", ""), ""))
        if other is None:
            break
        identity, definition = _definition(other, definitions)
        if identity in seen:
            break
        seen.add(identity)
    levels = {_place(level): _read_level(level) for level in (definition.iter(W + "lvl") if definition is not None else ())}
    starts = {}
    for override in element.iter(W + "lvlOverride"):
        place = _place(override)
        if (replacement := override.find(W + "lvl")) is not None:
            levels[place] = _read_level(replacement)
        if (start := override.find(W + "startOverride")) is not None:
            starts[place] = integer(start.get(W + "val"), 1)
    return _List(identity, {place: level for place, level in levels.items() if 0 <= place < _LEVELS}, starts)


def _definition(element: Element, definitions: Mapping[str, Element]) -> tuple[str, Element | None]:
    identity = value(element, "abstractNumId")
    return identity, definitions.get(identity)


def _place(element: Element) -> int:
    return integer(element.get(W + "ilvl"), 0)


def _read_level(element: Element) -> Level:
    restart = value(element, "lvlRestart")
    kinds = [found for found in element.iter(W + "numFmt") if found.get(W + "val") != "custom"]
    return Level(
        start=integer(value(element, "start"), 1),
        kind=kinds[-1].get(W + "val", "decimal") if kinds else "decimal",
        text=value(element, "lvlText")[:100],
        suffix=value(element, "suff") or "tab",
        restart=integer(restart, 0) if restart else None,
        is_legal=is_on(element.find(W + "isLgl")),
        style=value(element, "pStyle"),
    )


def value(element: Element, name: str) -> str:
    """Return the value of a property that is a child of ``element``; empty if it isn't set."""
    child = element.find(W + name)
    return child.get(W + "val", "") if child is not None else ""


def is_on(element: Element | None) -> bool:
    """Say whether a switch is set and not set to off."""
    return element is not None and element.get(W + "val", "1").lower() not in ("0", "false", "off", "none")


def integer(text: str | None, default: int) -> int:
    """Return a number of at most nine digits, or the default where there is none."""
    return int(text) if text and re.fullmatch(r"-?[0-9]{1,9}", text) else default
