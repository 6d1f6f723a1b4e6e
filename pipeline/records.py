"""Frozen records that cross from one step to the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any, NamedTuple


@dataclass(frozen=True, slots=True)
class Document:
    """One report.

    Attributes:
        name: the file's path relative to the folder that was asked for, with forward slashes.
        text: the report's text; every offset counts its characters (code points).
        title: the report's own title, or an empty string.
        unit: the body that reports.
        period: the reporting period, ``2024`` or ``2024H1``.
        charset: how the file was encoded.
        removed: traces that are not the report's words, and how many characters of each were taken out.
        kind: what the file is by its content: text, markdown, html, docx, doc, pdf, csv, jsonl, xlsx …
        headings: the lines that the file itself marks as headings, as (start, end, level): level 1 to 9 by a heading style, 0 by
            bold or large type alone. Empty where the file marks nothing, as plain text does.
        notes: what the reader of the result should know, such as pages without text.
        guessed: where unit and period were found (title, subtitle, signature, opening, date, file name), each under its name; nothing for
            what ``units.csv`` or the file's own columns say.
    """

    name: str
    text: str
    title: str = ""
    unit: str = ""
    period: str = ""
    charset: str = ""
    removed: Mapping[str, int] = field(default_factory=dict)
    kind: str = ""
    headings: tuple[tuple[int, int, int], ...] = ()
    notes: tuple[str, ...] = ()
    guessed: Mapping[str, str] = field(default_factory=dict)


class Sentence(NamedTuple):
    """The piece that is coded, with its place in the document.

    A tuple, because reports have so many: to make one of a frozen dataclass takes four times as long.

    Attributes:
        start: offset of its first character in the document's text.
        end: offset behind its last character; ``text == document.text[start:end]``.
        text: the sentence, without surrounding white space.
        paragraph: number of its paragraph, from 1.
        sentence: its number within the paragraph, from 1.
        point: number of its enumerated point within the paragraph, from 1; 0 outside points.
        is_heading: it is a heading, on a line of its own or run into its paragraph.
        headings: the headings above it, outermost first, as written.
        point_lead: first sentence of its point, if it isn't that sentence itself.
        paragraph_lead: first sentence of its paragraph, if it isn't that sentence itself.
    """

    start: int
    end: int
    text: str
    paragraph: int
    sentence: int
    point: int = 0
    is_heading: bool = False
    headings: tuple[str, ...] = ()
    point_lead: str = ""
    paragraph_lead: str = ""


def fields_of(sentences: Sequence[Sentence]) -> Mapping[str, tuple[Any, ...]]:
    """Return the values of each field of sentences, in order."""
    values = zip(*sentences, strict=True) if sentences else repeat(())
    return dict(zip(Sentence._fields, values, strict=False))


@dataclass(frozen=True, slots=True)
class StructuredDocument:
    """A document and its sentences in reading order."""

    document: Document
    sentences: tuple[Sentence, ...]

    def joined(self) -> str:
        """Return the text put together again from the sentences and the white space between them.

        Raises:
            ValueError: something other than white space stands between two sentences, or they overlap.
        """
        text, parts, at = self.document.text, [], 0
        for sentence in self.sentences:
            gap = text[at : sentence.start]
            if sentence.start < at or gap.strip():
                raise ValueError(f"characters {at}-{sentence.start} of {self.document.name} belong to no sentence")
            parts += [gap, sentence.text]
            at = sentence.end
        if text[at:].strip():
            raise ValueError(f"characters from {at} of {self.document.name} belong to no sentence")
        return "".join([*parts, text[at:]])
