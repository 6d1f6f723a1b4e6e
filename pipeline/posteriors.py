"""Posteriors of all categories and stages, kept in a file beside the table of tags: what comparing needs and a spreadsheet can't show.

The columns of a table of tags are fixed and made for people; a column a category would double them. So ``tag --posteriors`` writes
``TABLE.posteriors.parquet``: a row a sentence, found by document and offset, a column a category and a stage. With it travel the codebook
and the digest of the model, so that a comparison needs neither model nor reports at hand, and notices when two don't belong together.

Reports that the model was trained on get their *cross-fitted* posteriors, tags included: a model that has seen a report tags it better than
any other, and an audit of its sentences that also trained it would then correct too little.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from pipeline.codebook import Code, Codebook
from pipeline.errors import ModelError, TableError
from pipeline.records import StructuredDocument
from pipeline.store import posteriors_path, unwritable

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.model import Model

Array = NDArray[np.float64]
FORMAT = 1
_META = b"worktag"
_STAGE = "stage_"
_LEAST = 1e-6  # a posterior rounded to nothing still leaves room for doubt


@dataclass(frozen=True)
class Origin:
    """What a table of tags was made with.

    Attributes:
        codebook: the model's codebook.
        model: digest of the model's training data.
        review_threshold: a sentence with a lower posterior was marked for review.
        crossfitted: names of the reports whose posteriors are cross-fitted.
    """

    codebook: Codebook
    model: str
    review_threshold: float
    crossfitted: tuple[str, ...] = ()


@dataclass(frozen=True)
class Posteriors:
    """Posteriors of a table's sentences.

    Attributes:
        document: (sentences,), name of each sentence's report.
        start: (sentences,), its offset.
        category: (sentences, categories), rows sum to 1.
        stage: (sentences, stages), rows sum to 1.
        origin: what they were made with.
    """

    document: NDArray[np.object_]
    start: NDArray[np.int64]
    category: Array
    stage: Array
    origin: Origin


@dataclass(frozen=True)
class CrossFitted:
    """Cross-fitted posteriors of the reports that a model was trained on, by report."""

    places: Mapping[str, tuple[tuple[int, int], ...]]
    category: Mapping[str, Array]
    stage: Mapping[str, Array]

    def of(self, structured: StructuredDocument) -> tuple[Array, Array] | None:
        """Return (sentences, categories) and (sentences, stages), or nothing unless this very report was trained on."""
        name = structured.document.name
        places = tuple((sentence.start, len(sentence.text)) for sentence in structured.sentences)
        if self.places.get(name) != places:
            return None
        return self.category[name], self.stage[name]


def read_crossfitted(folder: Path, codebook: Codebook) -> CrossFitted:
    """Read the cross-fitted posteriors of a model folder.

    Raises:
        ModelError: they don't fit the codebook.
    """
    try:
        rows = list(csv.DictReader(io.StringIO((folder / "crossfit.csv").read_text(encoding="utf-8"))))
        by_report: dict[str, list[dict[str, str]]] = {}
        for row in rows:
            by_report.setdefault(row["document"], []).append(row)
        stages = [f"{_STAGE}{code}" for code in codebook.stage_codes]
        return CrossFitted(
            {name: tuple((int(row["start"]), int(row["characters"])) for row in group) for name, group in by_report.items()},
            {name: _matrix(group, codebook.category_codes) for name, group in by_report.items()},
            {name: _matrix(group, stages) for name, group in by_report.items()},
        )
    except (OSError, KeyError, ValueError) as error:
        raise ModelError(
            f"crossfit.csv doesn't fit the codebook ({error})", where=str(folder), remedy="train the model again"
        ) from error


def _matrix(rows: Sequence[Mapping[str, str]], columns: Sequence[str]) -> Array:
    return normalised(np.array([[float(row[column]) for column in columns] for row in rows]))


def normalised(posteriors: Array) -> Array:
    """Return posteriors (rows, classes), rounded in a file, as rows that sum to 1 and leave no class impossible."""
    values = np.maximum(posteriors, _LEAST)
    return np.asarray(values / values.sum(axis=1, keepdims=True))


class PosteriorWriter:
    """Writes the posteriors of a table's sentences report by report, beside their place and then into it.

    Args:
        table: the table of tags.
        model: the model that tags.
        beside: the temporary file; None: one of this process beside the table.
    """

    def __init__(self, table: Path, model: Model, *, beside: Path | None = None) -> None:
        self.path, self.model = posteriors_path(table), model
        self.beside = beside or self.path.with_name(f".{self.path.name[:80]}.{os.getpid()}.tmp")
        self.crossfitted: list[str] = []

    def __enter__(self) -> Self:
        import pyarrow as pa
        import pyarrow.parquet as pq

        book = self.model.codebook
        columns = [*book.category_codes, *(f"{_STAGE}{code}" for code in book.stage_codes)]
        self.schema = pa.schema([("document", pa.string()), ("start", pa.int64()), *((name, pa.float32()) for name in columns)])
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.writer = pq.ParquetWriter(self.beside, self.schema, compression="zstd")
        except OSError as error:
            raise unwritable(self.path, error) from error
        return self

    def write(self, document: str, start: Sequence[int], values: Sequence[Sequence[float]], *, crossfitted: bool) -> None:
        """Append a report's posteriors.

        Args:
            document: its name.
            start: (sentences,), offsets.
            values: (sentences, categories + stages).
            crossfitted: they come from models that hadn't seen the report.
        """
        import pyarrow as pa

        if crossfitted:
            self.crossfitted.append(document)
        matrix = np.array(values, dtype=np.float32).reshape(len(start), len(self.schema) - 2)
        columns = [pa.array([document] * len(start), pa.string()), pa.array(start, pa.int64()), *map(pa.array, matrix.T)]
        try:
            self.writer.write_table(pa.table(columns, schema=self.schema))
        except OSError as error:
            raise unwritable(self.path, error) from error

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        try:
            if kind is None:
                self.writer.add_key_value_metadata({_META: self._origin()})
            self.writer.close()
            if kind is None:
                self.beside.replace(self.path)
        except OSError as fault:
            raise unwritable(self.path, fault) from fault
        finally:
            self.beside.unlink(missing_ok=True)

    def _origin(self) -> bytes:
        book = self.model.codebook
        described = {
            "format": FORMAT,
            "model": self.model.digest,
            "review_threshold": self.model.review_threshold,
            "crossfitted": self.crossfitted,
            "codebook": {
                "version": book.version,
                "residual": book.residual,
                "categories": [_described(code) for code in book.categories],
                "stages": [_described(code) for code in book.stages],
            },
        }
        return json.dumps(described, ensure_ascii=False).encode()


def _described(code: Code) -> dict[str, Any]:
    return {"code": code.code, "names": dict(code.names), "definitions": dict(code.definitions)}


def read_posteriors(table: Path) -> Posteriors | None:
    """Read the posteriors beside a table of tags; nothing where there are none.

    Raises:
        TableError: the file can't be read, or another version made it.
    """
    path = posteriors_path(table)
    if not path.is_file():
        return None
    remedy = "tag the reports again with `worktag tag --posteriors`"
    try:
        import pyarrow.parquet as pq

        described = json.loads((pq.read_metadata(path).metadata or {})[_META])
        if described["format"] != FORMAT:
            raise TableError(f"made for format {described['format']}, this is {FORMAT}", where=str(path), remedy=remedy)
        origin = _read_origin(described)
        frame: pd.DataFrame = pq.read_table(path).to_pandas()
        categories = frame[list(origin.codebook.category_codes)].to_numpy(dtype=np.float64)
        stages = frame[[f"{_STAGE}{code}" for code in origin.codebook.stage_codes]].to_numpy(dtype=np.float64)
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise TableError("can't be read as posteriors", where=str(path), remedy=remedy) from error
    return Posteriors(
        frame["document"].to_numpy(dtype=object),
        frame["start"].to_numpy(dtype=np.int64),
        normalised(categories),
        normalised(stages),
        origin,
    )


def _read_origin(described: Mapping[str, Any]) -> Origin:
    book = described["codebook"]
    categories, stages = (
        tuple(Code(code["code"], code["names"], code["definitions"]) for code in book[kind]) for kind in ("categories", "stages")
    )
    return Origin(
        Codebook(book["version"], categories, stages, book["residual"]),
        described["model"],
        float(described["review_threshold"]),
        tuple(described["crossfitted"]),
    )
