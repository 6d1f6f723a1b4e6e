"""Read Markdown: headings, lists, links and emphasis without their marks."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from pipeline.readers.content import Content, Paragraph
from pipeline.readers.rows import row_lines
from pipeline.readers.text import decode, unify_line_ends

_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t\u3000]+(.*?))?(?:[ \t]+#+)?[ \t]*")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)[ \t]*")
# A line of stars without blanks is no rule here: in a report it hides the name of who signs.
_RULE = re.compile(r" {0,3}(?:\*(?:[ \t]+\*){2,}[ \t]*|(?:-[ \t]*+){3,}+|(?:_[ \t]*+){3,}+)")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_BULLET = re.compile(r"[ \t]*[-*+][ \t]+(?:\[[ xX]\][ \t]+)?")
_QUOTE = re.compile(r" {0,3}(?:>[ \t]?)+")
_DIVIDER = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*")
_DEFINITION = re.compile(r" {0,3}\[[^\]\n]{1,200}\]:[ \t]*\S+.*")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
# None of these looks behind the next opening bracket: so many of them must not cost a search to the end of the line each.
_IMAGE = re.compile(r"!\[[^\[\]\n]{0,300}\]\([^()\n]{0,2000}\)")
_LINK = re.compile(r"\[([^\[\]\n]{1,1000})\](?:\([^()\n]{0,2000}\)|\[[^\[\]\n]{0,200}\])")
_AUTO_LINK = re.compile(r"<((?:https?|mailto):[^<>\s]{1,2000})>")
_TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9]{0,15}(?:\s[^<>\n]{0,500})?/?>|<!--[^<\n]{0,2000}-->")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_CODE = re.compile(r"(`+)(?!`)([^\n]{1,2000}?)(?<!`)\1(?!`)")
_STRONG = re.compile(r"(?<![*_])(\*\*|__)(?=[^\s*_])([^\n*_]{1,2000}?)(?<=[^\s*_])\1(?![*_])")
# What is counted, or of which place or body the name is hidden: what follows two stars that black something out.
_COUNTED = re.compile(
    "[余多]?[万亿]?(?:[家人名次场个件份条户期篇处项所册批亩里元吨套间座支本辆栋台对组队级县市区州盟旗乡镇村局委厅办省]|公里|街道|同志)"
)
_PUNCTUATION = re.compile("[，。；：、？！（）“”《》%％,.;:?!]")
_STRUCK = re.compile(r"~~(?=\S)([^\n~]{1,2000})(?<=\S)~~")
# A single star in a report mostly blacks a character out; it stresses only where blanks or the line's ends stand around the pair.
_STRESS = re.compile(r"(?<![^\s（(“])([*_])(?=[^\s*_])([^\n*_]{1,2000}?)(?<=[^\s*_])\1(?![^\s，。；：！？、）)”])")
_WHOLE = re.compile(r"(\*{1,3}|_{1,3})(?=[^\s*_])([^\n*_]{1,80})(?<=[^\s*_])\1")
_STARTS_ANEW = re.compile(
    r"(?:[一二三四五六七八九十]{1,3}[、．.是]|[（(]?[一二三四五六七八九十\d]{1,3}[）)、．.]|第[一二三四五六七八九十]|[①-⑳])"
)
_FRONT = re.compile(r"---[ \t]*\n(.{0,20000}?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_FRONT_TITLE = re.compile(r"^title[ \t]*:[ \t]*[\"']?(.{1,200}?)[\"']?[ \t]*$", re.MULTILINE)


@dataclass(slots=True)
class _Block:
    """Lines that may be one paragraph."""

    lines: list[str] = field(default_factory=list)


def read_markdown(data: bytes, *, where: str) -> Content:
    """Read Markdown.

    Lines without a blank one between them are one paragraph only if they look wrapped, all of about one width: in Chinese files each
    of them mostly is a paragraph.

    Raises:
        ReadError: it decodes in no charset.
    """
    text, charset = decode(data, where=where)
    text = unify_line_ends(text)
    title, removed = "", {}
    if front := _FRONT.match(text):
        found = _FRONT_TITLE.search(front[1])
        title = found[1] if found else ""
        removed["front matter"] = len(front[0])
        text = text[front.end() :]
    paragraphs = tuple(_paragraphs(text.split("\n")))
    kept = sum(len(paragraph.text) for paragraph in paragraphs)
    marks = len("".join(text.split())) - sum(len("".join(paragraph.text.split())) for paragraph in paragraphs)
    if marks > 0 and kept:
        removed["markup"] = marks
    return Content(paragraphs, "markdown", charset, title=title, removed=removed)


def _paragraphs(lines: list[str]) -> Iterator[Paragraph]:
    block, fence, table = _Block(), "", _table_lines(lines)
    for number, raw in enumerate(lines):
        opened = _FENCE.match(raw)
        if opened and (not fence or opened[1].startswith(fence)):
            yield from _flushed(block)
            fence = "" if fence else opened[1]
            continue
        if fence:
            yield Paragraph(raw)
            continue
        line = _QUOTE.sub("", raw, count=1)
        heading = _HEADING.fullmatch(line)
        under = _UNDERLINE.fullmatch(line)
        if heading:
            yield from _flushed(block)
            yield from _plain(heading[2] or "", len(heading[1]))
        elif under and len(block.lines) == 1:
            yield from _plain(block.lines.pop(), 1 if "=" in under[1] else 2)
        elif number in table:
            yield from _flushed(block)
            if not _DIVIDER.fullmatch(line):
                cells = re.split(r"(?<!\\)\|", line.strip().removeprefix("|").removesuffix("|"))
                yield from row_lines([[Paragraph(" ".join(unmarked(cell).split()))] for cell in cells])
        elif not line.strip() or _RULE.fullmatch(line) or _DEFINITION.fullmatch(line):
            yield from _flushed(block)
        elif bullet := _BULLET.match(line):
            yield from _flushed(block)
            block.lines.append(line[bullet.end() :])
        else:
            block.lines.append(line)
    yield from _flushed(block)


def _table_lines(lines: list[str]) -> set[int]:
    """Return which lines belong to tables: a divider, the header above it, and the rows below without a gap."""
    found: set[int] = set()
    for number, line in enumerate(lines):
        if _is_divider(line):
            found |= {number, number - 1} if number and "|" in lines[number - 1] else {number}
        elif number - 1 in found and "|" in line:
            found.add(number)
    return found


def _is_divider(line: str) -> bool:
    return "|" in line and _DIVIDER.fullmatch(line) is not None


def _flushed(block: _Block) -> Iterator[Paragraph]:
    lines, block.lines = block.lines, []
    for line in _unwrapped(lines):
        yield from _plain(line, None)


def _unwrapped(lines: list[str]) -> Iterator[str]:
    """Join lines that an editor wrapped; leave those that a person ended."""
    if len(lines) < 2:
        yield from lines
        return
    widths = [_width(line) for line in lines]
    widest = max(widths)
    is_wrapped = 38 <= widest <= 120 and all(width > 0.8 * widest for width in widths[:-1])
    ends = sum(line.rstrip().endswith(("。", "；", "：", "！", "  ", "\\")) for line in lines[:-1])
    starts = any(_STARTS_ANEW.match(line.strip()) for line in lines[1:])
    if not is_wrapped or starts or 2 * ends > len(lines) - 1:
        yield from lines
        return
    joined = lines[0].rstrip()
    for line in lines[1:]:
        line = line.strip()
        is_latin = bool(joined and line) and joined[-1].isascii() and line[0].isascii()
        joined += (" " if is_latin else "") + line
    yield joined


def _width(line: str) -> int:
    return sum(2 if sign >= "\u2e80" else 1 for sign in line.strip())


def _plain(line: str, level: int | None) -> Iterator[Paragraph]:
    for piece in _BREAK.sub("\n", line).split("\n"):
        is_bold = _WHOLE.fullmatch(piece.strip()) is not None
        text = unmarked(piece.rstrip().removesuffix("\\"))
        if text.strip():
            yield Paragraph(text, 0 if level is None and is_bold else level)


def unmarked(text: str) -> str:
    """Return a line without the marks of emphasis, links and code.

    Stars that black something out stay: three and more, two before what is counted or hidden (走访**家), and single ones that don't
    stand apart.
    """
    if whole := _WHOLE.fullmatch(text.strip()):
        text = whole[2]
    kept: list[str] = []

    def keep(piece: str) -> str:
        kept.append(piece)
        return f"\x00{len(kept) - 1}\x00"

    text = text.replace("\x00", "")
    text = _ESCAPED.sub(lambda found: keep(found[1]), text)
    text = _CODE.sub(lambda found: keep(found[2].strip()), text)
    text = _IMAGE.sub("", text)
    text = _AUTO_LINK.sub(lambda found: found[1], text)
    text = _LINK.sub(lambda found: found[1], text)
    text = _TAG.sub("", text)
    text = _STRONG.sub(lambda found: found[0] if _is_blacked_out(found) else found[2], text)
    text = _STRUCK.sub(lambda found: found[1], text)
    text = _STRESS.sub(lambda found: found[2], text)
    text = html.unescape(text)
    return re.sub("\x00(\\d+)\x00", lambda found: kept[int(found[1])], text)


def _is_blacked_out(found: re.Match[str]) -> bool:
    """Say whether a pair of double stars is two that hide something (走访**家，培训**人次), not one that stresses what is between."""
    if found[1] != "**":
        return False
    before, behind = found.string[: found.start()][-1:], found.string[found.end() :]
    within_words = bool(before) and not before.isspace() and not _PUNCTUATION.match(before)
    crosses = _PUNCTUATION.search(found[2].rstrip("。；：")) is not None or _PUNCTUATION.match(found[2]) is not None
    return _COUNTED.match(found[2]) is not None or _COUNTED.match(behind) is not None or (within_words and crosses)
