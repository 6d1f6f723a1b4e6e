"""Take out what programs left in a text and nobody wrote, and count it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial

from pipeline.readers.content import Paragraph
from pipeline.readers.text import unify_line_ends

_INVISIBLE = "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f"
_CONTROL = "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufdd0-\ufdef\ufff9-\ufffc\ufffe\uffff"
_SURROGATE = "\ud800-\udfff"
_SYMBOL = "\uf020-\uf0ff"  # glyphs of Word's symbol fonts, which no other font has
# Kind, pattern, and what stands there instead. Form feeds end a line; everything else leaves nothing behind.
_TRACES: tuple[tuple[str, re.Pattern[str], str], ...] = (
    ("form feed", re.compile("\n?[\x0b\x0c]"), "\n"),
    ("bookmark", re.compile(r"\[bookmark:[^\]\n]{0,80}\]"), ""),
    ("invisible", re.compile(f"[{_INVISIBLE}]"), ""),
    ("control", re.compile(f"[{_CONTROL}]"), ""),
    ("surrogate", re.compile(f"[{_SURROGATE}]"), ""),
    ("symbol", re.compile(f"[{_SYMBOL}]"), ""),
)
# Most texts have none, which one search tells sooner than one for each.
_SIGN = re.compile(f"[\x0b\x0c{_INVISIBLE}{_CONTROL}{_SURROGATE}{_SYMBOL}]")


def clean(text: str) -> tuple[str, dict[str, int]]:
    """Return ``text`` without the traces of programs, and the characters that went, by kind."""
    paragraphs, removed = clean_paragraphs([Paragraph(unify_line_ends(text))])
    return "\n".join(paragraph.text for paragraph in paragraphs), removed


def clean_paragraphs(paragraphs: Iterable[Paragraph]) -> tuple[list[Paragraph], dict[str, int]]:
    """Return the paragraphs without the traces of programs, one line each, and the characters that went, by kind."""
    held = list(paragraphs)
    joined = "\n".join(paragraph.text for paragraph in held)
    removed: dict[str, int] = {}
    for kind, pattern, instead in _TRACES if _SIGN.search(joined) or "[bookmark:" in joined else ():
        if not pattern.search(joined):
            continue
        held = [_replaced(paragraph, partial(pattern.sub, instead)) for paragraph in held]
        shorter = "\n".join(paragraph.text for paragraph in held)
        removed[kind] = len(joined) - len(shorter) if not instead else len(pattern.findall(joined))
        joined = shorter
    if joined.count("\n") >= len(held):
        held = [line for paragraph in held for line in _lines(paragraph)]
    return held, removed


def _replaced(paragraph: Paragraph, change: Callable[[str], str]) -> Paragraph:
    text = change(paragraph.text)
    return paragraph if text == paragraph.text else Paragraph(text, paragraph.level)


def _lines(paragraph: Paragraph) -> list[Paragraph]:
    if "\n" not in paragraph.text:
        return [paragraph]
    return [Paragraph(line, paragraph.level) for line in paragraph.text.split("\n")]
