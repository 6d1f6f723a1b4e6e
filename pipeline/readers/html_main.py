"""Find the article of a web page among menus, lists of links and imprint."""

from __future__ import annotations

import re

from pipeline.readers.html_tree import BLOCKS, Element

# Where the content systems of Chinese governments and newspapers put an article's text.
_CONTAINERS = re.compile(
    r"ucap-?content|trs_(?:editor|ueditor|paper)|trs_editor_view|zoom|fontzoom|vsb_content|pages_content|article-?(?:content|body|text|con)|"
    r"news-?content|content-?text|main-?text|xxgk-?content|detail-?content|con_?text|js_content|rm_txt_con|articlebox|wz-?content",
    re.IGNORECASE,
)
_ASIDE = frozenset({"nav", "aside", "footer"})
_ROLES = frozenset({"navigation", "banner", "contentinfo", "complementary", "search", "menu"})
_IMPRINT = re.compile("版权所有|ICP备|公网安备|网站标识码|主办单位|承办单位|技术支持|联系我们|网站地图|Copyright", re.IGNORECASE)
_STOP = re.compile("[。；！？]")
_ENOUGH = 30  # characters of a block that may be the report's own


def drop_asides(body: Element) -> None:
    """Take out what the page itself declares to be navigation or imprint."""
    for element in list(body.elements()):
        element.children = [child for child in element.children if isinstance(child, str) or not _is_aside(child)]


def _is_aside(element: Element) -> bool:
    is_head = element.name == "header" and not any(inner.name == "h1" for inner in element.elements())
    return element.name in _ASIDE or element.attributes.get("role", "") in _ROLES or is_head


def pick_article(body: Element) -> Element:
    """Return the element to read: the container of a known content system, else the body without what is furniture.

    Running text is a block that has a full stop or semicolon outside links, isn't short and is no imprint. Around the smallest element
    with all of it, whatever holds a link or an imprint goes; headings and signatures without links stay.
    """
    weights: dict[int, int] = {}
    total = _weigh(body, weights)
    if not total:
        return body
    named = [element for element in body.elements() if _CONTAINERS.search(_names(element))]
    holders = [element for element in named if weights[id(element)] >= 0.8 * total]
    if holders:
        return min(holders, key=lambda element: weights[id(element)])
    around = body
    while True:
        held = [child for child in around.children if isinstance(child, Element)]
        inner = next((child for child in held if weights[id(child)] == total), None)
        if inner is None:
            return body
        around.children = [
            child for child in around.children if isinstance(child, str) or child is inner or not _is_furniture(child)
        ]
        around = inner


def _is_furniture(element: Element) -> bool:
    has_link = any(inner.name == "a" and inner.attributes.get("href") for inner in element.elements())
    return has_link or bool(_IMPRINT.search(element.text))


def _names(element: Element) -> str:
    return f"{element.attributes.get('id', '')} {element.attributes.get('class', '')}"


def _weigh(body: Element, weights: dict[int, int]) -> int:
    """Weigh every element by its characters of running text; by a stack, innermost first."""
    order = list(body.elements())
    own: dict[int, list[str]] = {}
    parents: dict[int, Element] = {}
    blocks: dict[int, Element] = {id(body): body}
    linked: set[int] = set()
    for element in order:
        block = blocks[id(element)]
        for child in element.children:
            if isinstance(child, str):
                if id(element) not in linked:
                    own.setdefault(id(block), []).append(child)
                continue
            parents[id(child)] = element
            blocks[id(child)] = child if child.name in BLOCKS else block
            if (child.name == "a" and child.attributes.get("href")) or id(element) in linked:
                linked.add(id(child))
    for element in reversed(order):
        weight = weights.get(id(element), 0) + _running("".join(own.get(id(element), [])))
        weights[id(element)] = weight
        if (parent := parents.get(id(element))) is not None:
            weights[id(parent)] = weights.get(id(parent), 0) + weight
    return weights[id(body)]


def _running(text: str) -> int:
    text = "".join(text.split())
    return len(text) if len(text) >= _ENOUGH and _STOP.search(text) and not _IMPRINT.search(text) else 0
