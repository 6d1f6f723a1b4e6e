"""What readers take and give: limits, columns of tables, paragraphs, contents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


@dataclass(frozen=True)
class Limits:
    """How far a file may go before it is refused: bounds on time and memory, not on any report that people write.

    Attributes:
        file_bytes: size of a file.
        unpacked_bytes: size of the parts of one zip container that are read, unpacked and together.
        ratio: unpacked by packed size of one part above a megabyte; Word's own parts stay below 100.
        depth: elements within elements; Word's own parts stay below 60.
        characters: of one report.
        paragraph_characters: of one paragraph.
        pages: of a PDF.
        rows: of a table.
        seconds: for one file in a parser that can't be interrupted, and for LibreOffice.
        memory_bytes: of that parser's process, where the system can bound it.
    """

    file_bytes: int = 100_000_000
    unpacked_bytes: int = 64_000_000
    ratio: int = 200
    depth: int = 250
    characters: int = 5_000_000
    paragraph_characters: int = 200_000
    pages: int = 2_000
    rows: int = 200_000
    seconds: float = 60.0
    memory_bytes: int = 4_000_000_000


# Names under which tables hold a report's text, when the call names no column.
TEXT_COLUMNS = frozenset({"text", "content", "full_text", "fulltext", "body", "正文", "内容", "全文", "文本", "报告", "段落"})


@dataclass(frozen=True)
class Columns:
    """Which column of a table holds what; an empty name is looked for among the usual ones.

    Attributes:
        text: the report's or paragraph's text.
        document: name of the report that the row belongs to.
        title: the report's title.
        unit: the body that reports.
        period: the reporting period.
        sheet: name of the sheet; empty: the first one that has the text column.
        row: what a row is: ``report`` or ``paragraph``. Paragraphs with the same document are one report.
    """

    text: str = ""
    document: str = ""
    title: str = ""
    unit: str = ""
    period: str = ""
    sheet: str = ""
    row: str = "report"


class Paragraph(NamedTuple):
    """A paragraph as its file holds it.

    Attributes:
        text: its words, with the automatic number that the reader of the page sees.
        level: 1 to 9 where a heading style says so, 0 where only bold or large type marks it, None for the rest.
    """

    text: str
    level: int | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """One report as a reader hands it over.

    Attributes:
        paragraphs: in reading order.
        kind: what the file is, by its content.
        charset: how it was encoded, if it is text.
        title: the title that the file itself names.
        unit: the unit that the file itself names.
        period: the period that the file itself names.
        part: which report of a file with several; empty if it is the only one.
        removed: what isn't the report's words, and how many characters of each were left out.
        notes: what the reader of the result should know.
    """

    paragraphs: tuple[Paragraph, ...]
    kind: str
    charset: str = ""
    title: str = ""
    unit: str = ""
    period: str = ""
    part: str = ""
    removed: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
