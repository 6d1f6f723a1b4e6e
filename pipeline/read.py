"""Read report files into documents."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import ReadError
from pipeline.origins import FILE as ORIGINS
from pipeline.origins import UNKNOWN, Origin, read_origins
from pipeline.records import Document

SUFFIXES = frozenset({".txt"})

# Traces of word processors and web pages that are no words of the report. What goes is counted in Document.removed.
_TRACES = (
    ("bookmark", re.compile(r"\[bookmark:[^\]\n]{0,80}\]")),
    ("invisible", re.compile("[\u00ad\u200b\u200c\u200d\u2060\ufeff\u200e\u200f\u202a-\u202e\u2066-\u2069]")),
    ("control", re.compile("[\x00-\x08\x0e-\x1f\x7f]")),
)
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")

_YEAR = r"(?:19|20)\d\d"
_CHINESE_YEAR = re.compile("二[〇○零]([〇○零一二三四五六七八九])([〇○零一二三四五六七八九])年")
_PERIOD = re.compile(rf"({_YEAR})\s*(?:年度?)?\s*(?:(上半年|下半年|H[12])|第?([一二三四1-4])季度|(Q[1-4]))?", re.IGNORECASE)
_BODY = (
    "民族(?:宗教)?事务委员会|民族和宗教事务(?:委员会|局|厅)|民族宗教事务(?:委员会|局|厅|办公室)|民族宗教(?:局|委)|民族(?:工作)?办公室|民族事务(?:局|厅)"
    "|民族委员会|民宗[局委]|民委|街道办事处|人民政府(?:办公室)?|管理委员会|管委会|委员会|办事处|办公室|统战部|研究院|研究所|中心|局|厅|部|院|校|司|署|处|社"
)
_UNIT = re.compile(
    rf"^(?:关于)?((?:[\u4e00-\u9fff*·]{{1,30}}?)(?:{_BODY}))(?=关于|{_YEAR}|\*|[上下]半年|年度|工作|民族工作|的|$|\s|[-_－—（(])"
)
_SEMESTERS = {"上半年": "H1", "下半年": "H2", "H1": "H1", "H2": "H2"}
_QUARTERS = dict(zip("一二三四1234", "12341234", strict=True))


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read and the name that it bears in tables."""

    path: Path
    name: str
    origin: Origin = UNKNOWN


def find_sources(paths: Iterable[Path]) -> Iterator[Source]:
    """Yield the report files among ``paths``; folders are searched with their sub-folders, in the order of names.

    A table ``units.csv`` beside the reports says who wrote them and when.

    Args:
        paths: files, taken whatever their ending, and folders.

    Raises:
        ReadError: a path doesn't exist, or a folder holds no report.
    """
    for path in paths:
        if path.is_dir():
            found = sorted(
                file
                for file in path.rglob("*")
                if file.suffix.lower() in SUFFIXES and not file.name.startswith((".", "~$")) and file.is_file()
            )
            if not found:
                endings = " ".join(sorted(SUFFIXES))
                raise ReadError("no report in this folder", where=str(path), remedy=f"put files with {endings} there")
            origins = read_origins(path / ORIGINS)
            for file in found:
                name = file.relative_to(path).as_posix()
                yield Source(file, name, origins.get(name, UNKNOWN))
        elif path.exists():
            yield Source(path, path.name, read_origins(path.parent / ORIGINS).get(path.name, UNKNOWN))
        else:
            raise ReadError("no such file or folder", where=str(path), remedy="check the path")


def read_document(source: Source) -> Document:
    """Read one report file.

    Raises:
        ReadError: the file can't be opened, is empty, isn't text, or decodes in no charset.
    """
    where = str(source.path)
    try:
        data = source.path.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ReadError(f"can't be opened ({reason})", where=where, remedy="check its permissions") from error
    text, charset = decode(data, where=where)
    text, removed = clean(text)
    if not text.strip():
        raise ReadError("the file is empty", where=where, remedy="remove it, or save the report's text in it")
    title = find_title(text)
    unit, period = guess_origin(title, Path(source.name).stem)
    unit, period = source.origin.unit or unit, source.origin.period or period
    return Document(source.name, text, title=title, unit=unit, period=period, charset=charset, removed=removed)


def decode(data: bytes, *, where: str = "") -> tuple[str, str]:
    """Return the text of ``data`` and the charset: by byte order mark, else strict UTF-8, else strict GB18030.

    The order decides: UTF-8 refuses nearly all GB18030 text, but not the other way round. Detectors by frequency fail on short texts.

    Raises:
        ReadError: no charset fits, or the bytes are those of a binary file.
    """
    remedy = "save it as UTF-8 text and try again"
    for mark, charset in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if data.startswith(mark):
            try:
                return _checked(data[len(mark) :].decode(charset), where), charset
            except UnicodeDecodeError as error:
                what = f"its byte order mark says {charset}, but byte {error.start + len(mark)} doesn't decode"
                raise ReadError(what, where=where, remedy=remedy) from error
    # A whole zip, PDF or old Word file now and then decodes as GB18030: NUL bytes and many controls give it away.
    if b"\x00" in data[:65536] or data.startswith((b"PK\x03\x04", b"%PDF-", b"\xd0\xcf\x11\xe0")):
        raise ReadError("this is a binary file, not text", where=where, remedy=remedy)
    for charset in ("utf-8", "gb18030"):
        try:
            return _checked(data.decode(charset), where), charset
        except UnicodeDecodeError:
            continue
    raise ReadError("the text decodes neither as UTF-8 nor as GB18030", where=where, remedy=remedy)


def _checked(text: str, where: str) -> str:
    controls = sum(1 for character in text[:20000] if character < " " and character not in "\t\r\n\x0b\x0c")
    if controls > max(8, len(text[:20000]) // 50):
        raise ReadError("this is a binary file, not text", where=where, remedy="save it as UTF-8 text and try again")
    return text


def clean(text: str) -> tuple[str, dict[str, int]]:
    """Return ``text`` with line ends unified and traces of other programs taken out, and the characters that went, by kind."""
    text = _LINE_ENDS.sub("\n", text)
    removed: dict[str, int] = {}
    for kind, pattern in _TRACES:
        shorter = pattern.sub("", text)
        if len(shorter) < len(text):
            removed[kind] = len(text) - len(shorter)
            text = shorter
    return text, removed


def find_title(text: str) -> str:
    """Return the report's title: its first line, if that is short, unnumbered and no sentence; else an empty string."""
    lines = [line.strip() for line in text.lstrip().split("\n", 4)[:4]]
    first = lines[0] if lines else ""
    if (
        not first
        or len(first) > 60
        or first[-1] in "。；：:，！？"
        or re.match(r"[一二三四五六七八九十]{1,3}、|[（(][一二三]", first)
    ):
        return ""
    second = lines[1] if len(lines) > 1 else ""
    is_whole = re.search(r"(?:总结|报告|汇报|计划|要点|打算|思路|情况|安排)(?:[（(].*[）)])?$", first)
    # A title broken over two lines: the rest is short and ends as titles do.
    if not is_whole and len(second) <= 30 and re.search(r"(?:总结|报告|汇报|计划|要点|打算|思路|安排)$", second):
        return first + second
    return first


def guess_origin(title: str, stem: str) -> tuple[str, str]:
    """Return unit and period as the title says, else as the file's name (without ending) says; empty where neither does."""
    unit = period = ""
    for text in (title, stem):
        text = _CHINESE_YEAR.sub(lambda found: f"20{_digit(found[1])}{_digit(found[2])}年", text)
        if not unit and (body := _UNIT.match(re.sub(rf"^[\W_]*{_YEAR}年?(?:度|上半年|下半年)?[\W_]*", "", text))):
            unit = body[1]
        if not period and (when := _PERIOD.search(text)):
            half, quarter, code = when[2], when[3], when[4]
            period = when[1] + (_SEMESTERS[half.upper()] if half else f"Q{_QUARTERS[quarter]}" if quarter else (code or "").upper())
    return unit, period


def _digit(sign: str) -> str:
    return "0" if sign in "〇○零" else str("一二三四五六七八九".index(sign) + 1)
