"""Tag structured documents: from posteriors to rows of a table, a row a sentence, point or paragraph."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.model import Model
from pipeline.records import Sentence, StructuredDocument

Array = NDArray[np.float64]
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
    posteriors: tuple[Array, Array] | None = None,
) -> pd.DataFrame:
    """Return the tags of a document.

    Args:
        model: the model.
        structured: the document.
        by: what a row is: one of :data:`UNITS`.
        language: of ``category_name``.
        posteriors: of category and stage, where other than the model's own are wanted.

    Returns:
        A table with :func:`columns_of` in order, a row a coding unit in reading order. ``probability`` is the calibrated posterior of
        the category; of a coarser unit its expected share of characters.
    """
    categories, stages = posteriors or model.posteriors(structured)
    rows = [
        _row(model, structured, list(indices), categories, stages, by=by, language=language)
        for indices in _groups(structured.sentences, by)
    ]
    return pd.DataFrame(rows, columns=list(columns_of(by)))


def _groups(sentences: Sequence[Sentence], by: str) -> Iterator[Sequence[int]]:
    if by == "sentence":
        yield from ([index] for index in range(len(sentences)))
        return
    if by not in UNITS:
        raise ValueError(f"by is {by!r}, not one of {', '.join(UNITS)}")

    def key(index: int) -> tuple[int, int, bool]:
        sentence = sentences[index]
        # Sentences before the first point, and a heading run into the paragraph, are rows of their own when tagging by point.
        return sentence.paragraph, sentence.point if by == "point" else 0, by == "point" and sentence.is_heading

    yield from (list(group) for _, group in groupby(range(len(sentences)), key=key))


def _row(
    model: Model,
    structured: StructuredDocument,
    indices: Sequence[int],
    categories: Array,
    stages: Array,
    *,
    by: str,
    language: str,
) -> dict[str, object]:
    document, members = structured.document, [structured.sentences[index] for index in indices]
    first, last = members[0], members[-1]
    lengths = np.array([len(member.text) for member in members], dtype=np.float64)
    codes, stage_codes = model.category.classes, model.stage.classes
    best = categories[indices].argmax(axis=1)
    shares = np.bincount(best, weights=lengths, minlength=len(codes)) / lengths.sum()
    stage_shares = np.bincount(stages[indices].argmax(axis=1), weights=lengths, minlength=len(stage_codes))
    expected = lengths @ categories[indices] / lengths.sum()
    top = int(shares.argmax())
    if by == "sentence":
        order = np.argsort(-expected, kind="stable")
        secondary = [codes[code] for code in order if code != top and expected[code] >= model.params.tag.secondary]
    else:
        order = np.argsort(-shares, kind="stable")
        secondary = [codes[code] for code in order if code != top and shares[code] >= _SMALLEST_SHARE]
    row: dict[str, object] = {
        "document": document.name,
        "unit": document.unit,
        "period": document.period,
        "paragraph": first.paragraph,
        "point": first.point if by != "paragraph" and first.point else None,
        "sentence": first.sentence if by == "sentence" else None,
        "start": first.start,
        "end": last.end,
        "heading": HEADING_SEPARATOR.join(last.headings),
        "text": document.text[first.start : last.end],
        "category": codes[top],
        "category_name": model.codebook.name(codes[top], language),
        "probability": round(float(expected[top]), 4),
        "secondary": ";".join(secondary),
        "stage": stage_codes[int(stage_shares.argmax())],
        "review": int(bool((categories[indices].max(axis=1) < model.review_threshold).any())),
    }
    if by != "sentence":
        row[SHARES] = ";".join(f"{codes[code]}:{shares[code]:.3f}" for code in order if shares[code] > 0)
    return row
