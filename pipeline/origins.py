"""Who wrote a report and about when: what the report says of itself, and the table ``units.csv`` beside it, which overrides that."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from pipeline.errors import ReadError
from pipeline.patterns import lazy

FILE = "units.csv"


@dataclass(frozen=True, slots=True)
class Origin:
    """What ``units.csv`` says of a report; empty where it says nothing.

    Attributes:
        unit: the body that reports.
        period: ``2024``, ``2024H1``.
        groups: further columns, such as ``level``, by name.
    """

    unit: str = ""
    period: str = ""
    groups: Mapping[str, str] | None = None


UNKNOWN = Origin()


def read_origins(file: Path) -> dict[str, Origin]:
    """Read ``units.csv``: a row a report, columns document, unit, period, and any others.

    Raises:
        ReadError: it can't be opened, isn't UTF-8, or has no column ``document``.
    """
    if not file.is_file():
        return {}
    try:
        rows = list(csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines()))
    except UnicodeDecodeError as error:
        raise ReadError("the table isn't UTF-8", where=str(file), remedy="save it as CSV UTF-8") from error
    except OSError as error:
        raise ReadError(f"can't be opened ({error.strerror})", where=str(file), remedy="check its permissions") from error
    if rows and "document" not in rows[0]:
        raise ReadError(
            "the column 'document' is missing", where=str(file), remedy="columns are document, unit, period, and any others"
        )
    origins = {}
    for row in rows:
        values = {
            name: (value or "").strip() for name, value in row.items() if isinstance(name, str) and not isinstance(value, list)
        }
        groups = {name: value for name, value in values.items() if name not in ("document", "unit", "period")}
        origins[values["document"]] = Origin(values.get("unit", ""), values.get("period", ""), groups)
    return origins


@dataclass(frozen=True, slots=True)
class Guess:
    """What a report itself says of its origin; empty where it doesn't.

    Attributes:
        unit: the body that reports.
        period: ``2024``, ``2024H1``.
        unit_from: where the unit was found: title, subtitle, signature, file name.
        period_from: where the period was found: also opening (of the text), date (of the signature).
    """

    unit: str = ""
    period: str = ""
    unit_from: str = ""
    period_from: str = ""


_YEAR = r"(?:19|20)\d\d"
_CHINESE_YEAR = lazy("二[〇○零Ο]([〇○零Ο一二三四五六七八九])([〇○零Ο一二三四五六七八九])年")
_PERIOD = lazy(rf"({_YEAR})\s*(?:年度?)?\s*(?:(上半年|下半年|H[12])|第?([一二三四1-4])季度|(Q[1-4]))?", re.IGNORECASE)
_SEMESTERS = {"上半年": "H1", "下半年": "H2", "H1": "H1", "H2": "H2"}
_QUARTERS = dict(zip("一二三四1234", "12341234", strict=True))
_DATE = lazy(rf"({_YEAR})\s*年\s*([\d一二三四五六七八九十*]{{1,2}})\s*月(?:\s*[\d一二三四五六七八九十*]{{1,3}}\s*日)?$")
_OPENING = lazy(rf"(?:^|[。\n])\s*(?:今年|一年)?[^。，\n]{{0,6}}?({_YEAR})年(?:度|以来|来|上半年|，|,|是|，?我)")

_SHORT_BODY = "民宗[局委办]|民委|民族宗教(?:局|委)"
_BODY = (
    "民族(?:宗教)?事务委员会|民族和宗教事务(?:委员会|局|厅)|民族宗教事务(?:委员会|局|厅|办公室)|民族(?:工作)?办公室|民族事务(?:局|厅)"
    f"|民族委员会|{_SHORT_BODY}|[卫健发改国资住建]{{2}}委|纪委监委|纪委|[省市县区旗州盟工]委|街道办事处|人民政府(?:办公室)?|管理委员会|管委会|委员会|办事处|办公室|统战部|研究院|研究所|中心|局|厅|部|院|校|司|署|处|社"
)
_BODY_SIGNS = frozenset("委会局厅室处部院所心校司署社办府")  # of which each body holds one
_SHORT = lazy(rf"(?:{_SHORT_BODY})$")
_LEVEL = "自治[区州县旗]|省|市|盟|州|县|旗|区|苏木|乡|镇|街道"
_LEVEL_SIGNS = frozenset("区州县旗省市盟木乡镇道")  # likewise
_BEHIND_UNIT = rf"(?=党组|党委|关于|{_YEAR}|\*|[上下]半年|年度|工作|民族工作|的|$|\s|[-_－—（(])"
_UNIT = lazy(rf"((?:[\u4e00-\u9fff*·]{{1,30}}?)(?:{_BODY})){_BEHIND_UNIT}")
_PLACE = lazy(rf"([\u4e00-\u9fff*·]{{2,15}}?(?:{_LEVEL}))(?=关于|{_YEAR}|[上下]半年|年度|民族|政府|人民政府|工作|$|\s|[-_－—（(])")
_WHOLE_UNIT = lazy(rf"(?:中共)?([\u4e00-\u9fff*·]{{2,30}}(?:{_BODY}))(?:党组|党委)?")
_SIGNED = lazy(
    rf"[。！！](?:\s*(?:特此|专此)(?:报告|函报|汇报)。)?\s*([\u4e00-\u9fff*·]{{2,30}}(?:{_BODY}))(?:\s*{_YEAR}年[^。]{{0,9}})?$"
)
# 市民委 names no place, 县民族宗教事务局 neither.
_PLACELESS = lazy(rf"(?:全|我|本)?(?:{_LEVEL})?(?:{_BODY})")
_BEFORE_UNIT = re.compile(rf"(?:关于|报送|上报|呈报|印发|中共|{_YEAR}年?(?:度|上半年|下半年)?|[^\w*]|_)*+")
_OPENING_LINES, _SIGNATURE_LINES = 5, 6
_SHORT_LINE = 45  # characters


def guess_origin(title: str, stem: str, text: str = "") -> Guess:
    """Return unit and period as title, subtitle, signature and file name say.

    A unit that is blacked out, abbreviated or without its place gives way to one that isn't; of equals the first stands.

    Args:
        title: the report's title.
        stem: the file's name without ending.
        text: the report.
    """
    title, stem = _with_digits(title), _with_digits(stem)
    whole = [line for line in map(str.strip, text.split("\n")) if line]
    lines = [_with_digits(line) for line in whole[:_OPENING_LINES]]
    head = list(takewhile(lambda line: len(line) <= _SHORT_LINE and line[-1] not in "。；：", lines[1:4]))
    tail = [_with_digits(line) for line in whole[1:][-_SIGNATURE_LINES:]]
    unit, unit_from = _best_unit(
        [("title", found) for part in _parts(title) for found in _units(part)]
        + [("subtitle", found) for line in head for part in _parts(line) for found in _whole(part)]
        + [("signature", found) for line in reversed(tail) for found in _signatures(line)]
        + [("file name", found) for found in _units(stem)]
    )
    if not unit:
        named = [(place, found[1]) for place, words in (("title", title), ("file name", stem)) if (found := _place(words))]
        unit_from, unit = next(iter(named), ("", ""))
    period, period_from = _period_of(title, stem, head, lines, tail)
    return Guess(unit, period, unit_from, period_from)


def _with_digits(text: str) -> str:
    """Return a text with its Chinese years (二〇二四年) in digits."""
    return _CHINESE_YEAR.sub(lambda found: f"20{_digit(found[1])}{_digit(found[2])}年", text)


def _digit(sign: str) -> str:
    return "0" if sign in "〇○零Ο" else str("一二三四五六七八九".index(sign) + 1)


def _parts(title: str) -> list[str]:
    """Return a title, and what stands behind a slogan's dash or colon (同心逐梦——某县民委工作总结)."""
    return [title, *(part for part in re.split("—+|－－|[：:]|[ \u3000]{1,}", title)[1:] if part)]


def _units(text: str) -> list[str]:
    if _BODY_SIGNS.isdisjoint(text):
        return []
    found = _UNIT.match(text, _BEFORE_UNIT.match(text).end())  # type: ignore[union-attr]  # it matches the empty string, too
    return [found[1]] if found else []


def _place(text: str) -> re.Match[str] | None:
    if _LEVEL_SIGNS.isdisjoint(text):
        return None
    return next((found for part in _parts(text) if (found := _PLACE.match(part, _BEFORE_UNIT.match(part).end()))), None)  # type: ignore[union-attr]


def _whole(line: str) -> list[str]:
    found = _WHOLE_UNIT.fullmatch(line)
    return [found[1]] if found else _units(line) if re.search("总结|报告|汇报", line) else []


def _signatures(line: str) -> list[str]:
    if len(line) <= _SHORT_LINE:
        found = _WHOLE_UNIT.fullmatch(re.sub(rf"\s*{_YEAR}年.*$", "", line))
    else:
        found = _SIGNED.search(line[-100:])
    return [found[1]] if found else []


def _best_unit(candidates: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """Return the best unit and where it stands: not blacked out, with its place, in full (某市某县民族事务委员会, 某县民委)."""
    best, where, rank = "", "", (-1, -1)
    for place, unit in candidates:
        named = ("*" not in unit, not _PLACELESS.fullmatch(unit))
        is_fuller = len(unit) > len(best) and (
            unit.endswith(best) or (unit.startswith(_SHORT.sub("", best)) and _SHORT.search(best))
        )
        if named > rank or (named == rank and is_fuller):
            best, where, rank = unit, place, named
    return best, where


def _period_of(title: str, stem: str, head: Sequence[str], lines: Sequence[str], tail: Sequence[str]) -> tuple[str, str]:
    for where, words in (("title", title), ("file name", stem), *(("subtitle", line) for line in head if not _date(line))):
        if found := _PERIOD.search(words):
            return _period(found), where
    half = "H1" if "上半年" in title else ""
    if found := _OPENING.search("\n".join(lines)[:600]):
        return found[1] + half, "opening"
    dates = [found for line in [*reversed(tail), *head] if (found := _date(line))]
    if not dates:
        return "", ""
    year, month = dates[0][1], dates[0][2]
    # A year's report is signed at its end or within two months.
    is_next = not half and month in ("1", "2", "01", "02", "一", "二")
    return (str(int(year) - 1) if is_next else year + half), "date"


def _date(line: str) -> re.Match[str] | None:
    end = line[-30:].rstrip("）)")
    return _DATE.search(end) if "月" in end else None


def _period(found: re.Match[str]) -> str:
    half, quarter, code = found[2], found[3], found[4]
    return found[1] + (_SEMESTERS[half.upper()] if half else f"Q{_QUARTERS[quarter]}" if quarter else (code or "").upper())
