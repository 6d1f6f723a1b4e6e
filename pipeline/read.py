"""Read report files into documents: find them, tell what they are, read them, and clean what was read."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path

from pipeline.errors import ReadError
from pipeline.origins import FILE as ORIGINS
from pipeline.origins import UNKNOWN, Origin, guess_origin, read_origins
from pipeline.readers.content import Columns, Content, Limits, Paragraph
from pipeline.readers.files import printable, read_bytes
from pipeline.readers.furniture import strip_furniture
from pipeline.readers.sniff import sniff
from pipeline.readers.text import decode
from pipeline.readers.traces import clean, clean_paragraphs
from pipeline.records import Document

__all__ = ["SUFFIXES", "Source", "clean", "decode", "find_sources", "find_title", "guess_origin", "read_document", "read_documents"]

# What a folder is searched for. Tables are read when they are named: a folder of reports also holds units.csv, labels and results.
SUFFIXES = frozenset(
    [
        ".txt",
        ".text",
        ".md",
        ".markdown",
        ".html",
        ".htm",
        ".xhtml",
        ".shtml",
        ".mht",
        ".mhtml",
        ".pdf",
        ".docx",
        ".docm",
        ".dotx",
        ".doc",
        ".dot",
        ".wps",
        ".wpt",
        ".rtf",
        ".odt",
    ]
)
_NO_REPORTS = frozenset({"readme", "license", "changelog", "contributing"})


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read and the name that it bears in tables.

    Attributes:
        path: where it lies.
        name: the file's path relative to the folder that was asked for, with forward slashes.
        origin: unit and period, where a table ``units.csv`` says them.
        data: the file's bytes, where another machine is to read them; None: they are at ``path``.
    """

    path: Path
    name: str
    origin: Origin = UNKNOWN
    data: bytes | None = field(default=None, repr=False)


def find_sources(paths: Iterable[Path]) -> Iterator[Source]:
    """Yield the report files among ``paths``; folders are searched with their sub-folders, in the order of names.

    A table ``units.csv`` beside the reports says who wrote them and when. Links are followed, each folder once, so that links in a
    circle end. A sub-folder that can't be listed is yielded like a file: reading it says why, and the batch goes on.

    Args:
        paths: files, taken whatever their ending, and folders.

    Raises:
        ReadError: a path doesn't exist, a folder holds no report, or ``units.csv`` is faulty.
    """
    for path in paths:
        if os.path.isdir(path):  # noqa: PTH112 - Path.is_dir raises for names that are too long
            found, origins = False, read_origins(path / ORIGINS)
            for source in _search(path, path, set()):
                found = True
                yield replace(source, origin=origins.get(source.name, UNKNOWN))
            if not found:
                endings = " ".join(sorted(SUFFIXES))
                raise ReadError("no report in this folder", where=printable(str(path)), remedy=f"put files with {endings} there")
        elif os.path.lexists(path):
            yield Source(path, printable(path.name), read_origins(path.parent / ORIGINS).get(path.name, UNKNOWN))
        else:
            raise ReadError("no such file or folder", where=printable(str(path)), remedy="check the path")


def _search(folder: Path, top: Path, seen: set[tuple[int, int]]) -> Iterator[Source]:
    # A stack of our own: folders may lie deeper in one another than Python's calls may.
    waiting = [iter([folder])]
    while waiting:
        path = next(waiting[-1], None)
        if path is None:
            waiting.pop()
        elif path == folder or os.path.isdir(path):  # noqa: PTH112
            try:
                status = path.stat()
                names = sorted(os.listdir(path))  # noqa: PTH208 - names alone
            except OSError:
                yield Source(path, printable(path.relative_to(top).as_posix()))
                continue
            if (status.st_dev, status.st_ino) not in seen:
                seen.add((status.st_dev, status.st_ino))
                waiting.append(iter([path / name for name in names if not name.startswith((".", "~$"))]))
        elif path.suffix.lower() in SUFFIXES and path.stem.lower() not in _NO_REPORTS:
            yield Source(path, printable(path.relative_to(top).as_posix()))


def read_document(source: Source, *, limits: Limits | None = None, columns: Columns | None = None) -> Document:
    """Read a file that holds one report.

    Args:
        source: the file.
        limits: how far it may go; None: the usual bounds.
        columns: which columns of a table hold what; None: the usual names.

    Raises:
        ReadError: the file can't be opened or read, is empty, goes beyond the limits, or holds several reports.
    """
    found = list(islice(read_documents(source, limits=limits, columns=columns), 2))
    if len(found) > 1:
        remedy = "read it with read_documents, or as one report whose paragraphs are the rows"
        raise ReadError("the file holds several reports", where=printable(str(source.path)), remedy=remedy)
    return found[0]


def read_documents(source: Source, *, limits: Limits | None = None, columns: Columns | None = None) -> Iterator[Document]:
    """Yield the reports of a file: one, or as many as a table has rows or documents.

    What the file is, its content tells, not its name.

    Raises:
        ReadError: the file can't be opened or read, is empty, or goes beyond the limits.
    """
    where, limits = printable(str(source.path)), limits or Limits()
    try:
        data = read_bytes(source.path, where, limits) if source.data is None else source.data
        if not data.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
            raise ReadError("the file is empty", where=where, remedy="remove it, or save the report's text in it")
        kind = sniff(data, suffix=source.path.suffix.lower(), where=where)
        contents = _contents(kind, data, where, limits, columns or Columns())
        first = list(islice(contents, 2))
        for content in chain(first, contents):
            yield _document(source, content, where, limits, is_one=len(first) == 1)
    except ReadError:
        raise
    except MemoryError as error:
        raise ReadError("reading it needs more memory than there is", where=where, remedy="split it and try again") from error
    except Exception as error:  # one file must never stop a batch; the fuzzer counts every file that comes here
        what = f"its reader failed ({type(error).__name__}: {error})"
        raise ReadError(what, where=where, remedy="save its text as .txt, and report this as a bug") from error


def _contents(kind: str, data: bytes, where: str, limits: Limits, columns: Columns) -> Iterator[Content]:
    """Yield what the reader of a kind makes of a file. Readers are imported when their first file comes."""
    if kind == "text":
        from pipeline.readers.text import read_text

        yield read_text(data, where=where)
    elif kind == "markdown":
        from pipeline.readers.markdown import read_markdown

        yield read_markdown(data, where=where)
    elif kind == "docx":
        from pipeline.readers.docx import read_docx

        yield read_docx(data, where=where, limits=limits)
    elif kind == "doc":
        from pipeline.readers.legacy import read_legacy

        yield read_legacy(data, where=where, limits=limits)
    elif kind in ("csv", "jsonl"):
        from pipeline.readers import tables

        yield from (tables.read_csv if kind == "csv" else tables.read_jsonl)(data, where=where, limits=limits, columns=columns)
    else:
        from pipeline.readers.isolate import read_isolated

        yield from read_isolated(kind, data, where=where, limits=limits, columns=columns)


def _document(source: Source, content: Content, where: str, limits: Limits, *, is_one: bool) -> Document:
    """Make a document of what a reader found: clean it, and say where the headings are that the file marks."""
    _check_size(content, where, limits)
    paragraphs, removed = clean_paragraphs(content.paragraphs)
    texts = [paragraph.text for paragraph in paragraphs]
    lines, gone = strip_furniture(texts, is_web=content.kind in ("html", "mhtml"))
    kept = paragraphs
    if lines != texts:
        kept = [Paragraph(line, held.level) for line, held in zip(lines, paragraphs, strict=True) if line is not None]
    text = "\n".join(paragraph.text for paragraph in kept)
    if not text.strip():
        raise ReadError("the file is empty", where=where, remedy="remove it, or save the report's text in it")
    title = " ".join(clean(content.title)[0].split()) or find_title(text)
    name = source.name if is_one or not content.part else f"{source.name}#{clean(content.part)[0]}"
    guess = guess_origin(title, Path(source.name).stem, text)
    unit = source.origin.unit or clean(content.unit)[0]
    period = source.origin.period or guess_origin("", content.period).period or clean(content.period)[0]
    guessed = {"unit": "" if unit else guess.unit_from, "period": "" if period else guess.period_from}
    return Document(
        name=name,
        text=text,
        title=title,
        unit=unit or guess.unit,
        period=period or guess.period,
        guessed={what: where for what, where in guessed.items() if where},
        charset=content.charset,
        removed=_summed(content.removed, removed, {"page furniture": gone}),
        kind=content.kind,
        headings=tuple(_headings(kept)),
        notes=content.notes,
    )


def _check_size(content: Content, where: str, limits: Limits) -> None:
    lengths = [len(paragraph.text) for paragraph in content.paragraphs]
    if sum(lengths) > limits.characters:
        what = f"the report has {sum(lengths):,} characters, more than {limits.characters:,}"
        raise ReadError(what, where=where, remedy="split it, or raise read: characters in params.yaml")
    if max(lengths, default=0) > limits.paragraph_characters:
        number, length = next((at, length) for at, length in enumerate(lengths, 1) if length > limits.paragraph_characters)
        what = f"the paragraph has {length:,} characters, more than {limits.paragraph_characters:,}"
        remedy = "put in line ends, or raise read: paragraph_characters in params.yaml"
        raise ReadError(what, where=f"{where}, paragraph {number}", remedy=remedy)


def _headings(paragraphs: Iterable[Paragraph]) -> Iterator[tuple[int, int, int]]:
    at = 0
    for paragraph in paragraphs:
        if paragraph.level is not None and (words := paragraph.text.strip()):
            start = at + paragraph.text.index(words[0])
            yield start, start + len(words), paragraph.level
        at += len(paragraph.text) + 1


def _summed(*counts: Mapping[str, int]) -> dict[str, int]:
    total: dict[str, int] = {}
    for kind, number in chain.from_iterable(count.items() for count in counts):
        if number:
            total[kind] = total.get(kind, 0) + number
    return total


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
