"""Tag a batch of files: one broken file never stops it, and all that failed is listed."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pipeline.errors import ReadError, WorktagError
from pipeline.model import Model
from pipeline.posteriors import CrossFitted, PosteriorWriter, posteriors_path
from pipeline.read import find_sources, read_document
from pipeline.records import Sentence, StructuredDocument
from pipeline.store import replace_text, table_writer
from pipeline.structure import structure
from pipeline.tag import HEADING_SEPARATOR, columns_of, tag_document

ERROR_COLUMNS = ("document", "where", "what", "what to do")
STRUCTURE_COLUMNS = (
    *("document", "paragraph", "point", "sentence", "kind", "level", "start", "end", "heading", "text"),
    *("unit", "period", "guessed"),
)


@dataclass(frozen=True, slots=True)
class Failure:
    """A document that couldn't be tagged, and why."""

    document: str
    error: WorktagError


@dataclass(frozen=True, slots=True)
class Summary:
    """What a batch came to."""

    documents: int
    rows: int
    characters: int
    review: int
    failures: tuple[Failure, ...]

    @property
    def review_share(self) -> float:
        """Share of the rows that are marked for review."""
        return self.review / self.rows if self.rows else 0.0


def errors_path(output: Path) -> Path:
    """Return where the failures of a batch are listed."""
    return output.with_name(f"{output.name}.errors.csv")


def tag_batch(
    model: Model,
    paths: Iterable[Path],
    output: Path,
    *,
    by: str = "sentence",
    language: str = "zh",
    crossfitted: CrossFitted | None = None,
    progress: Callable[[int, int, str], None] = lambda _done, _total, _name: None,
) -> Summary:
    """Tag all reports among ``paths`` into one table.

    Args:
        model: the model.
        paths: files and folders.
        output: the table; replaced when the batch is through.
        by: what a row is.
        language: of names and headers.
        crossfitted: for comparing: the posteriors of all sentences are written beside the table, and reports that the model was trained on
            are tagged by these.
        progress: called before each document with the number done, the number of all, and its name.

    Raises:
        ReadError: a path doesn't exist, or a folder holds no report: nothing is tagged then.
        TableError: the output can't be written.
    """
    sources = list(find_sources(paths))
    names = {code.code: code.names.get(language, code.code) for code in model.codebook.stages}
    failures: list[Failure] = []
    documents = rows = characters = review = 0
    with ExitStack() as stack:
        writer = stack.enter_context(table_writer(output, columns_of(by), language=language, stage_names=names))
        beside = stack.enter_context(PosteriorWriter(output, model)) if crossfitted else None
        for done, source in enumerate(sources):
            progress(done, len(sources), source.name)
            try:
                document = read_document(source)
            except ReadError as error:
                failures.append(Failure(source.name, error))
                continue
            structured = structure(document)
            known = crossfitted.of(structured) if crossfitted else None
            posteriors = known or model.posteriors(structured)
            table = tag_document(model, structured, by=by, language=language, posteriors=posteriors)
            writer.write(table)
            if beside:
                beside.write(structured, *posteriors, crossfitted=known is not None)
            documents, rows = documents + 1, rows + len(table)
            characters += len(document.text)
            review += int(table["review"].sum())
    if not crossfitted:
        posteriors_path(output).unlink(missing_ok=True)  # of an earlier batch
    progress(len(sources), len(sources), "")
    _write_errors(errors_path(output), failures)
    return Summary(documents, rows, characters, review, tuple(failures))


def _write_errors(path: Path, failures: Sequence[Failure]) -> None:
    if not failures:
        path.unlink(missing_ok=True)  # of an earlier batch
        return
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(ERROR_COLUMNS)
    for failure in failures:
        writer.writerow((failure.document, failure.error.where, failure.error.what, failure.error.remedy))
    replace_text(path, stream.getvalue(), encoding="utf-8-sig")


def structure_batch(paths: Iterable[Path], output: Path) -> Summary:
    """Write the structure of all reports among ``paths``: a row a heading or sentence, for checking by eye.

    Raises:
        ReadError: a path doesn't exist, or a folder holds no report.
        TableError: the output can't be written.
    """
    failures: list[Failure] = []
    documents = rows = characters = 0
    with table_writer(output, STRUCTURE_COLUMNS) as writer:
        for source in find_sources(paths):
            try:
                structured = structure(read_document(source))
            except ReadError as error:
                failures.append(Failure(source.name, error))
                continue
            table = pd.DataFrame(
                [_structure_row(structured, sentence) for sentence in structured.sentences],
                columns=list(STRUCTURE_COLUMNS),
            )
            writer.write(table)
            documents, rows, characters = documents + 1, rows + len(table), characters + len(structured.document.text)
    _write_errors(errors_path(output), failures)
    return Summary(documents, rows, characters, 0, tuple(failures))


def _structure_row(structured: StructuredDocument, sentence: Sentence) -> dict[str, object]:
    return {
        "document": structured.document.name,
        "paragraph": sentence.paragraph,
        "point": sentence.point or None,
        "sentence": sentence.sentence,
        "kind": "heading" if sentence.is_heading else "sentence",
        "level": len(sentence.headings) + 1 if sentence.is_heading else len(sentence.headings),
        "start": sentence.start,
        "end": sentence.end,
        "heading": HEADING_SEPARATOR.join(sentence.headings),
        "text": sentence.text,
        "unit": structured.document.unit,
        "period": structured.document.period,
        "guessed": "; ".join(f"{what}: {where}" for what, where in structured.document.guessed.items()),
    }
