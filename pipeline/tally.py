"""Count what a batch comes to, while it runs and at its end."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from pipeline.errors import ReadError, WorktagError
from pipeline.gather import Gathered, Item
from pipeline.work import Outcome


@dataclass(frozen=True, slots=True)
class Failure:
    """A document that couldn't be worked on, and why."""

    document: str
    error: WorktagError


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a batch is.

    Attributes:
        documents: done, of which ``resumed`` were kept from an earlier call.
        work: done and in all, in bytes of plain text; ``resumed_work`` of it was kept.
        name: of the document done last.
    """

    documents: int
    all_documents: int
    work: int
    all_work: int
    resumed: int
    resumed_work: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a batch came to.

    Attributes:
        documents: that got rows.
        rows: of the table.
        characters: of the documents.
        sentences: of the documents, headings among them.
        review: rows that are marked for review.
        failures: documents that got none.
        duplicates: documents with the very bytes of an earlier one, and that one's name.
        repeated: documents that were asked for twice, and taken once.
        resumed: documents whose rows were kept from an earlier call.
        altered: documents that were kept, but have changed since, and were done again.
    """

    documents: int
    rows: int
    characters: int
    review: int
    failures: tuple[Failure, ...]
    sentences: int = 0
    duplicates: tuple[tuple[str, str], ...] = ()
    repeated: tuple[str, ...] = ()
    resumed: int = 0
    altered: tuple[str, ...] = ()

    @property
    def review_share(self) -> float:
        """Share of the rows that are marked for review."""
        return self.review / self.rows if self.rows else 0.0


class Tally:
    """Counts documents as they are done.

    Args:
        gathered: the documents of the batch.
    """

    def __init__(self, gathered: Gathered) -> None:
        self._gathered = gathered
        self._all_work = gathered.work
        self._done = self._work = self._resumed = self._resumed_work = 0
        self._documents = self._rows = self._characters = self._sentences = self._review = 0
        self._failures: list[Failure] = []
        self._first: dict[str, str] = {}  # name of the first document with this content
        self._duplicates: list[tuple[str, str]] = []
        self._altered: tuple[str, ...] = ()
        self._name = ""

    def start(self, kept: Collection[str], altered: Iterable[str]) -> None:
        """Note the documents that are kept from an earlier call, by name, and those that have changed since."""
        self._altered = tuple(altered)
        self.pass_by(item for item in self._gathered.items if item.source.name in kept)
        self._resumed, self._resumed_work, self._name = self._done, self._work, ""

    def pass_by(self, items: Iterable[Item]) -> None:
        """Note that documents are done."""
        for item in items:
            self._done, self._work, self._name = self._done + 1, self._work + item.work, item.source.name

    def progress(self) -> Progress:
        """Return how far the batch is."""
        counts = (self._done, len(self._gathered.items), self._work, self._all_work)
        return Progress(*counts, self._resumed, self._resumed_work, self._name)

    def add(self, outcome: Outcome) -> None:
        """Count the outcome of a document."""
        if outcome.failure is not None:
            where, what, remedy = outcome.failure
            self._failures.append(Failure(outcome.name, ReadError(what, where=where, remedy=remedy)))
            return
        self._documents += 1
        self._rows += outcome.rows
        self._characters += outcome.characters
        self._sentences += outcome.sentences
        self._review += outcome.review
        first = self._first.setdefault(outcome.sha256, outcome.name)
        if first != outcome.name:
            self._duplicates.append((outcome.name, first))

    def summary(self) -> Summary:
        """Return what it all came to."""
        return Summary(
            self._documents,
            self._rows,
            self._characters,
            self._review,
            tuple(self._failures),
            self._sentences,
            tuple(self._duplicates),
            self._gathered.repeated,
            self._resumed,
            self._altered,
        )
