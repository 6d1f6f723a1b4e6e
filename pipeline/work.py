"""Do the work on a chunk of documents: a function of a job and files alone, which any process on any machine can run.

What comes back are plain values, rows as the bytes that the table will hold, so that they travel and are kept as they are. However
documents are put into chunks, each gets the same rows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import ModelError, ReadError, WorktagError
from pipeline.folder import folder_digest
from pipeline.lines import Columns, packed
from pipeline.read import Source, read_document
from pipeline.readers.content import Limits
from pipeline.readers.files import printable, read_bytes
from pipeline.records import StructuredDocument, fields_of
from pipeline.structure import structure

if TYPE_CHECKING:
    from pipeline.model import Model
    from pipeline.posteriors import CrossFitted

TAG, STRUCTURE = "tag", "structure"
STRUCTURE_COLUMNS = (
    *("document", "paragraph", "point", "sentence", "kind", "level", "start", "end", "heading", "text"),
    *("unit", "period", "guessed"),
)
HEADING_SEPARATOR = " > "


@dataclass(frozen=True, slots=True)
class Job:
    """What is done to every document of a batch.

    Attributes:
        kind: :data:`TAG` or :data:`STRUCTURE`.
        by: what a row of tags is.
        language: of the categories' names.
        posteriors: the posteriors of all sentences are wanted too, cross-fitted for reports that the model was trained on.
        folder: the model, where this process finds it.
        digest: of the model's manifest, and so of the whole model.
        suffix: ending of the table's name, in lower case.
    """

    kind: str
    by: str = "sentence"
    language: str = "zh"
    posteriors: bool = False
    folder: Path = Path()
    digest: str = ""
    suffix: str = ".csv"

    @property
    def columns(self) -> Sequence[str]:
        """The table's columns."""
        if self.kind == STRUCTURE:
            return STRUCTURE_COLUMNS
        from pipeline.tag import columns_of

        return columns_of(self.by)


@dataclass(frozen=True, slots=True)
class Posteriors:
    """Posteriors of a document's sentences, rounded to six digits.

    Attributes:
        crossfitted: they come from models that hadn't seen this document.
        start: (sentences,), offsets.
        values: (sentences, categories + stages).
    """

    crossfitted: bool
    start: list[int]
    values: list[list[float]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one document: its rows, or why there are none.

    Attributes:
        name: of the document, in tables.
        sha256: of the file's bytes; empty where it couldn't be read.
        table: its rows, as :func:`pipeline.lines.packed` makes bytes of them.
        rows: how many.
        review: how many of them are marked for review.
        characters: of the document's text.
        sentences: of the document, headings among them.
        failure: where, what, and what to do; None if all went well.
        posteriors: if the job asks for them.
    """

    name: str
    sha256: str
    table: bytes = b""
    rows: int = 0
    review: int = 0
    characters: int = 0
    sentences: int = 0
    failure: tuple[str, str, str] | None = None
    posteriors: Posteriors | None = None


def tag_chunk(job: Job, sources: Sequence[Source]) -> list[Outcome]:
    """Return what becomes of each document, in order; one that can't be read or breaks a rule of ours costs none of the others.

    Raises:
        ModelError: the job's model can't be loaded.
    """
    if job.kind == TAG:
        loaded(job.folder, job.digest)
    read = [_read(source) for source in sources]
    whole = [one for one in read if isinstance(one, _Read)]
    try:
        outcomes = iter(_outcomes(job, whole))
    except (Exception, MemoryError) as error:
        if isinstance(error, WorktagError):
            raise
        outcomes = iter([_alone(job, one) for one in whole])  # to find the one that it was
    return [next(outcomes) if isinstance(one, _Read) else one for one in read]


def failed(source: Source, what: str, remedy: str, *, sha256: str = "") -> Outcome:
    """Return the outcome of a document that got no rows."""
    return Outcome(source.name, sha256, failure=(printable(str(source.path)), what, remedy))


@dataclass(frozen=True, slots=True)
class _Read:
    """A document that could be read, and the file that it came from."""

    source: Source
    sha256: str
    structured: StructuredDocument


def _read(source: Source) -> _Read | Outcome:
    sha256 = ""
    try:
        data = source.data if source.data is not None else read_bytes(source.path, printable(str(source.path)), Limits())
        sha256 = hashlib.sha256(data).hexdigest()
        return _Read(source, sha256, structure(read_document(replace(source, data=data))))
    except ReadError as error:
        return Outcome(source.name, sha256, failure=(error.where, error.what, error.remedy))
    except WorktagError:
        raise
    except Exception as error:
        return _faulty(source, sha256, error)


def _alone(job: Job, one: _Read) -> Outcome:
    try:
        return _outcomes(job, [one])[0]
    except WorktagError:
        raise
    except Exception as error:
        return _faulty(one.source, one.sha256, error)


def _faulty(source: Source, sha256: str, error: Exception) -> Outcome:
    """Return the outcome of a document that broke a rule of ours: it must not cost the ten thousand others."""
    if isinstance(error, MemoryError):
        return failed(source, "it needs more memory than there is", "split it and try again", sha256=sha256)
    what = f"working on it failed ({type(error).__name__}: {error})"
    return failed(source, what, "report this as a bug", sha256=sha256)


def _outcomes(job: Job, read: Sequence[_Read]) -> list[Outcome]:
    found: list[tuple[Columns, Posteriors | None]]
    if job.kind == STRUCTURE:
        found = [(_structure_columns(one.structured), None) for one in read]
    else:
        found = _tagged(job, [one.structured for one in read])
    return [_outcome(job, one, columns, posteriors) for one, (columns, posteriors) in zip(read, found, strict=True)]


def _outcome(job: Job, one: _Read, columns: Columns, posteriors: Posteriors | None) -> Outcome:
    names = job.columns
    return Outcome(
        one.source.name,
        one.sha256,
        table=packed(columns, names, job.suffix),
        rows=len(columns[0]),
        review=sum(columns[names.index("review")]) if "review" in names else 0,
        characters=len(one.structured.document.text),
        sentences=len(one.structured.sentences),
        posteriors=posteriors,
    )


def _tagged(job: Job, documents: Sequence[StructuredDocument]) -> list[tuple[Columns, Posteriors | None]]:
    """Return the columns of rows and, if the job asks for them, posteriors of documents, all of which pass through the model at once."""
    import numpy as np

    from pipeline.tag import tag_columns

    model = loaded(job.folder, job.digest)
    known = [_crossfitted(job.folder, job.digest).of(document) if job.posteriors else None for document in documents]
    fresh = iter(model.posteriors_of([document for document, values in zip(documents, known, strict=True) if values is None]))
    posteriors = [values or next(fresh) for values in known]
    tables = tag_columns(model, documents, by=job.by, language=job.language, posteriors=posteriors)
    if not job.posteriors:
        return [(columns, None) for columns in tables]
    return [
        (
            columns,
            Posteriors(
                crossfitted is not None,
                [sentence.start for sentence in document.sentences],
                np.round(np.hstack(values), 6).tolist(),
            ),
        )
        for columns, document, values, crossfitted in zip(tables, documents, posteriors, known, strict=True)
    ]


def _structure_columns(structured: StructuredDocument) -> Columns:
    document, fields = structured.document, fields_of(structured.sentences)
    count, headings, is_heading = len(structured.sentences), fields["headings"], fields["is_heading"]
    return (
        [document.name] * count,
        fields["paragraph"],
        [point or None for point in fields["point"]],
        fields["sentence"],
        ["heading" if found else "sentence" for found in is_heading],
        [len(path) + found for path, found in zip(headings, is_heading, strict=True)],
        fields["start"],
        fields["end"],
        [HEADING_SEPARATOR.join(path) for path in headings],
        fields["text"],
        [document.unit] * count,
        [document.period] * count,
        ["; ".join(f"{what}: {where}" for what, where in document.guessed.items())] * count,
    )


@lru_cache(maxsize=1)
def loaded(folder: Path, digest: str) -> Model:
    """Return the model, loaded once a process; the digest is what tells it from one trained later into the same folder.

    Raises:
        ModelError: it can't be loaded, or is another by now.
    """
    from pipeline.memory import keep_freed_memory
    from pipeline.model import load_model

    keep_freed_memory()
    model = load_model(folder)
    if folder_digest(folder) != digest:
        raise ModelError("the model was trained anew meanwhile", where=str(folder), remedy="tag again with the new model")
    return model


@lru_cache(maxsize=1)
def _crossfitted(folder: Path, digest: str) -> CrossFitted:
    from pipeline.posteriors import read_crossfitted

    return read_crossfitted(folder, loaded(folder, digest).codebook)
