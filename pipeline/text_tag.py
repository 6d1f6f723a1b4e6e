"""Tag a table of texts: its rows as they are, with category, probability, further categories and review mark behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.tag import COLUMNS, SHARES
from pipeline.text_model import TextModel
from pipeline.texts import Texts
from pipeline.write import table_writer

TAGS = ("category", "probability", "secondary", "review")
# A column of the table that bears one of these names means something else by it: it gets an ending, so that readers aren't misled.
_TAKEN = frozenset(COLUMNS) - {"document", "unit", "period", "heading", "text"} | {SHARES}
_ENDING = "_given"
_CHUNK = 5000


@dataclass(frozen=True, slots=True)
class Tagged:
    """What tagging a table came to."""

    rows: int
    review: int

    @property
    def review_share(self) -> float:
        """Share of the rows that are marked for review."""
        return self.review / self.rows if self.rows else 0.0


def tag_texts(
    model: TextModel,
    table: Texts,
    text: str,
    output: Path,
    *,
    header: bool = True,
    language: str = "zh",
    progress: Callable[[str, int, int], None] = lambda _name, _done, _total: None,
) -> Tagged:
    """Tag each row of a table.

    Args:
        model: the model.
        table: the table.
        text: column of the texts, by name or number.
        output: the new table; its ending tells the format.
        header: the table has a header: ``text`` is a name.
        language: of the headers in .xlsx.
        progress: is told how many rows are done.

    Raises:
        TableError: there is no such column, or the output can't be written.
    """
    texts = table.column(text, header=header)
    names = _free_names(table.header)
    review = 0
    with table_writer(output, (*names, *TAGS), language=language) as writer:
        for start in range(0, len(texts), _CHUNK):
            progress("", start, len(texts))
            rows = slice(start, start + _CHUNK)
            given = pd.DataFrame(list(table.rows[rows]), columns=names)
            tags = _tags(model, texts[rows])
            review += int(tags["review"].sum())
            writer.write(pd.concat([given, tags], axis=1))
    progress("", len(texts), len(texts))
    return Tagged(len(texts), review)


def _free_names(header: tuple[str, ...]) -> list[str]:
    names: list[str] = []
    for name in header:
        free = f"{name}{_ENDING}" if name in _TAKEN else name
        while free in names:
            free += _ENDING
        names.append(free)
    return names


def _tags(model: TextModel, texts: list[str]) -> pd.DataFrame:
    """Return the tags of texts; an empty text has none, and is marked for review."""
    posteriors = model.posteriors(texts)
    best = posteriors.argmax(axis=1)
    rows: list[tuple[str, float | None, str, int]] = []
    for text, chosen, values in zip(texts, best.tolist(), posteriors, strict=True):
        if not text.strip():
            rows.append(("", None, "", 1))
            continue
        further = [
            code for code in np.argsort(-values, kind="stable").tolist() if code != chosen and values[code] >= model.secondary
        ]
        mark = int(values[chosen] < model.review_threshold)
        rows.append(
            (model.classes[chosen], round(float(values[chosen]), 4), ";".join(model.classes[code] for code in further), mark)
        )
    return pd.DataFrame(rows, columns=list(TAGS))
