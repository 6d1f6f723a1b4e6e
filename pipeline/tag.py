"""Tag structured documents: from posteriors to rows of a table, a row a sentence, point or paragraph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pipeline.model import Model
from pipeline.records import Document, Sentence, StructuredDocument, fields_of

if TYPE_CHECKING:  # writing rows doesn't need it, and it takes 0.3 s
    import pandas as pd

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
Posteriors = tuple[Array, Array]
Column = Sequence[object]  # plain values, one a row
COLUMNS = (
    "document",
    "unit",
    "period",
    "paragraph",
    "point",
    "sentence",
    "start",
    "end",
    "heading",
    "text",
    "category",
    "category_name",
    "probability",
    "secondary",
    "stage",
    "review",
)
SHARES = "shares"
UNITS = ("sentence", "point", "paragraph")
HEADING_SEPARATOR = " > "
# A category with a smaller share of a paragraph's characters isn't named among its secondary ones; `shares` holds them all.
_SMALLEST_SHARE = 0.1


def columns_of(by: str) -> tuple[str, ...]:
    """Return the columns of a table by ``sentence``, ``point`` or ``paragraph``."""
    return COLUMNS if by == "sentence" else (*COLUMNS, SHARES)


def tag_document(
    model: Model,
    structured: StructuredDocument,
    *,
    by: str = "sentence",
    language: str = "zh",
    posteriors: Posteriors | None = None,
) -> pd.DataFrame:
    """Return the tags of a document as a table with :func:`columns_of` in order; for arguments and rows see :func:`tag_columns`."""
    import pandas as pd

    known = [posteriors or model.posteriors(structured)]
    (columns,) = tag_columns(model, [structured], by=by, language=language, posteriors=known)
    return pd.DataFrame(list(zip(*columns, strict=True)), columns=list(columns_of(by)))


def tag_columns(
    model: Model,
    documents: Sequence[StructuredDocument],
    *,
    by: str = "sentence",
    language: str = "zh",
    posteriors: Sequence[Posteriors] | None = None,
) -> list[list[Column]]:
    """Return the tags of documents.

    Args:
        model: the model.
        documents: the documents; some hundred thousand characters at a time are fastest.
        by: what a row is: one of :data:`UNITS`.
        language: of ``category_name``.
        posteriors: of category and stage for each document, where other than the model's own are wanted.

    Returns:
        For each document the columns of its rows, in the order of :func:`columns_of`; a row is a coding unit, in reading order.
        ``probability`` is the calibrated posterior of the category; of a coarser unit its expected share of characters.

    Raises:
        ValueError: ``by`` is none of the units.
    """
    if by not in UNITS:
        raise ValueError(f"by is {by!r}, not one of {', '.join(UNITS)}")
    known = posteriors if posteriors is not None else model.posteriors_of(documents)
    if not documents:
        return []
    categories, stages = (np.concatenate(values) for values in zip(*known, strict=True))
    sentences = [sentence for document in documents for sentence in document.sentences]
    groups = [_groups(document.sentences, by) for document in documents]
    sizes = [len(starts) for starts in groups]
    offsets = np.cumsum([0, *(len(document.sentences) for document in documents)])[:-1]
    starts = np.concatenate([found + offset for found, offset in zip(groups, offsets, strict=True)]).astype(np.int64)
    units = _Units(model, sentences, starts, categories, stages, by)
    of = [structured.document for structured, size in zip(documents, sizes, strict=True) for _ in range(size)]
    columns = units.columns(of, language)
    ends = np.cumsum(sizes).tolist()
    return [[column[end - size : end] for column in columns] for end, size in zip(ends, sizes, strict=True)]


def _groups(sentences: Sequence[Sentence], by: str) -> Integers:
    """Return the number of each row's first sentence."""
    if by == "sentence":
        return np.arange(len(sentences))
    keys: list[object] = [sentence.paragraph for sentence in sentences]
    if by == "point":
        # Sentences before the first point, and a heading run into the paragraph, are rows of their own when tagging by point.
        keys = [(sentence.paragraph, sentence.point, sentence.is_heading) for sentence in sentences]
    return np.array([at for at, key in enumerate(keys) if at == 0 or key != keys[at - 1]], dtype=np.int64)


class _Units:
    """Coding units: sentences, or stretches of them, and what their posteriors come to.

    Attributes:
        firsts: each unit's first sentence.
        lasts: its last one.
    """

    def __init__(
        self, model: Model, sentences: Sequence[Sentence], starts: Integers, categories: Array, stages: Array, by: str
    ) -> None:
        self.model, self.by = model, by
        flat = categories.max(axis=1, initial=0.0) < model.review_threshold
        if by == "sentence":
            self.firsts = self.lasts = sentences
            self.expected = self.shares = categories
            self.top, self.stage, self.review = categories.argmax(axis=1), stages.argmax(axis=1), flat
            return
        self.firsts = [sentences[number] for number in starts.tolist()]
        self.lasts = [sentences[number - 1] for number in [*starts.tolist(), len(sentences)][1:]]
        lengths = np.array([len(sentence.text) for sentence in sentences], dtype=np.float64)
        self.expected = _summed(lengths[:, None] * categories, starts) / _summed(lengths, starts)[:, None]
        self.shares = _summed(lengths[:, None] * _chosen(categories), starts) / _summed(lengths, starts)[:, None]
        self.top = self.shares.argmax(axis=1)
        self.stage = _summed(lengths[:, None] * _chosen(stages), starts).argmax(axis=1)
        self.review = _summed(flat.astype(np.int64), starts) > 0

    def columns(self, of: Sequence[Document], language: str) -> list[Column]:
        """Return the columns of a row a unit; ``of`` holds each one's document."""
        first, last = fields_of(self.firsts), fields_of(self.lasts)
        paths = {path: HEADING_SEPARATOR.join(path) for path in set(last["headings"])}
        codes, stage_codes = self.model.category.classes, self.model.stage.classes
        names = [self.model.codebook.name(code, language) for code in codes]
        top, nothing = self.top.tolist(), [None] * len(of)
        is_whole = self.by == "sentence"
        texts = first["text"]
        if not is_whole:
            texts = tuple(document.text[start:end] for document, start, end in zip(of, first["start"], last["end"], strict=True))
        columns: list[Column] = [
            [document.name for document in of],
            [document.unit for document in of],
            [document.period for document in of],
            first["paragraph"],
            nothing if self.by == "paragraph" else [point or None for point in first["point"]],
            first["sentence"] if is_whole else nothing,
            first["start"],
            last["end"],
            [paths[path] for path in last["headings"]],
            texts,
            [codes[code] for code in top],
            [names[code] for code in top],
            rounded(self.expected[np.arange(len(top)), self.top]),
            self._secondary(),
            [stage_codes[code] for code in self.stage.tolist()],
            self.review.astype(np.int64).tolist(),
        ]
        if not is_whole:
            columns.append(self._all_shares())
        return columns

    def _secondary(self) -> list[str]:
        """Return the further codes of each unit, largest first."""
        named = self.shares >= (self.model.params.tag.secondary if self.by == "sentence" else _SMALLEST_SHARE)
        named[np.arange(len(named)), self.top] = False
        found, codes = [""] * len(named), self.model.category.classes
        units, further = np.nonzero(named)
        order = np.lexsort((further, -self.shares[units, further], units))
        for unit, code in zip(units[order].tolist(), further[order].tolist(), strict=True):
            found[unit] = f"{found[unit]};{codes[code]}" if found[unit] else codes[code]
        return found

    def _all_shares(self) -> list[str]:
        codes = self.model.category.classes
        order = np.argsort(-self.shares, axis=1, kind="stable").tolist()
        return [
            ";".join(f"{codes[code]}:{shares[code]:.3f}" for code in codes_of_row if shares[code] > 0)
            for codes_of_row, shares in zip(order, self.shares.tolist(), strict=True)
        ]


def rounded(values: Array) -> list[float]:
    """Return values from 0 to 1 with four digits, as ``round`` gives them one by one."""
    found: list[float] = np.round(values, 4).tolist()
    # numpy rounds the product with 10,000, whose own rounding may reach or pass what lies halfway between two numbers.
    halfway = np.abs(values * 1e4 % 1.0 - 0.5) < 1e-6
    for place in np.flatnonzero(halfway).tolist():
        found[place] = round(float(values[place]), 4)
    return found


def _summed(values: Array | Integers, starts: Integers) -> Array:
    """Return the sums of the rows of each unit; no unit is empty."""
    return np.asarray(np.add.reduceat(values, starts, axis=0)) if len(starts) else np.zeros((0, *values.shape[1:]))


def _chosen(posteriors: Array) -> Array:
    """Return 1 for the largest posterior of each row, 0 for the others."""
    return np.asarray(posteriors.argmax(axis=1)[:, None] == np.arange(posteriors.shape[1]), dtype=np.float64)
