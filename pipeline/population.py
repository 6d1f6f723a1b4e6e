"""Read a table of tags as the population of a comparison: sentences with weights, posteriors, and the groups that they fall in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.codebook import Codebook
from pipeline.contrast import Places
from pipeline.errors import TableError
from pipeline.origins import read_origins
from pipeline.posteriors import Origin, normalised, read_posteriors
from pipeline.store import read_table

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
_NEEDED = (
    "document",
    "unit",
    "period",
    "paragraph",
    "sentence",
    "start",
    "end",
    "heading",
    "text",
    "category",
    "probability",
    "stage",
)
SEPARATOR = " · "


@dataclass(frozen=True)
class Population:
    """Tagged sentences, in the order of their table.

    Attributes:
        table: a row a sentence, columns of the table of tags and any further columns of ``units.csv``.
        category: (sentences, categories), posteriors.
        stage: (sentences, stages), posteriors.
        origin: codebook and model.
        exact: the posteriors are the model's own; else they were put together from the table's probability and secondary categories.
        groups: names of columns by which sentences can be grouped.
    """

    table: pd.DataFrame
    category: Array
    stage: Array
    origin: Origin
    exact: bool
    groups: tuple[str, ...]

    @property
    def codebook(self) -> Codebook:
        """The model's codebook."""
        return self.origin.codebook

    @cached_property
    def weights(self) -> Array:
        """Characters of each sentence (sentences,)."""
        return (self.table["end"] - self.table["start"]).to_numpy(dtype=np.float64)

    @cached_property
    def tags(self) -> Integers:
        """Number of each sentence's category as tagged (sentences,)."""
        return _numbers(self.table["category"], self.codebook.category_codes)

    @cached_property
    def stage_tags(self) -> Integers:
        """Number of each sentence's stage as tagged (sentences,)."""
        return _numbers(self.table["stage"], self.codebook.stage_codes)

    @cached_property
    def places(self) -> Places:
        """Unit, report and paragraph of each sentence."""
        report = _codes(self.table["document"])
        paragraph = self.table["paragraph"].to_numpy(dtype=np.int64)
        return Places(
            _codes(self.table["unit"]), report, _codes(pd.Series(report * (int(paragraph.max(initial=0)) + 1) + paragraph))
        )


@dataclass(frozen=True)
class Grouping:
    """Groups of sentences.

    Attributes:
        factors: what they differ by, such as ``unit`` and ``period``.
        keys: (groups,), the values of the factors of each.
        member: (sentences,), number of each sentence's group.
    """

    factors: tuple[str, ...]
    keys: tuple[tuple[str, ...], ...]
    member: Integers

    @property
    def labels(self) -> tuple[str, ...]:
        """What people read of each group."""
        return tuple(SEPARATOR.join(key) for key in self.keys)

    def pairs(self) -> tuple[Integers, Integers]:
        """Return all pairs of groups that differ in one factor only."""
        found = [
            (one, other)
            for one in range(len(self.keys))
            for other in range(one + 1, len(self.keys))
            if sum(a != b for a, b in zip(self.keys[one], self.keys[other], strict=True)) == 1
        ]
        pairs = np.array(found, dtype=np.int64).reshape(len(found), 2)
        return pairs[:, 0], pairs[:, 1]


def load_population(path: Path, codebook: Codebook, units: Path | None = None) -> Population:
    """Read a table of tags, its posteriors if they lie beside it, and the groups of its reports.

    Args:
        path: the table, by sentence.
        codebook: for a table without posteriors.
        units: ``units.csv``: its units and periods override the table's, its further columns are groups.

    Raises:
        TableError: the table isn't one by sentence, names an unknown code, or doesn't belong to the posteriors beside it.
        ReadError: ``units.csv`` has a fault.
    """
    table = read_table(path).reset_index(drop=True)
    where = str(path)
    if missing := [name for name in _NEEDED if name not in table]:
        raise TableError(f"the column {missing[0]!r} is missing", where=where, remedy="give a table that `worktag tag` wrote")
    if not len(table):
        raise TableError("the table has no rows", where=where, remedy="tag at least one report")
    numbers = table[["paragraph", "sentence", "start", "end"]]
    if numbers.isna().to_numpy().any():
        row = int(numbers.isna().any(axis=1).to_numpy().argmax()) + 2
        remedy = "comparing needs sentences: tag with `--by sentence`"
        raise TableError("this row is no sentence", where=f"{where}, row {row}", remedy=remedy)
    table = table.astype(dict.fromkeys(numbers.columns, np.int64))
    posteriors = read_posteriors(path)
    origin = posteriors.origin if posteriors else Origin(codebook, "", 0.0)
    table["stage"] = _stage_codes(table["stage"], origin.codebook)
    _check_codes(table, origin.codebook, where)
    groups: tuple[str, ...] = ("unit", "period", "document")
    if units is not None:
        table, further = _with_groups(table, units)
        groups = (*groups, *further)
    if posteriors is None:
        category, stage = _put_together(table, origin.codebook)
        return Population(table, category, stage, origin, False, groups)
    places = {key: row for row, key in enumerate(zip(posteriors.document, posteriors.start.tolist(), strict=True))}
    rows = [places.get(key, -1) for key in zip(table["document"], table["start"].tolist(), strict=True)]
    if min(rows) < 0:
        where = f"{where}, row {rows.index(-1) + 2}"
        remedy = "tag the reports again with `worktag tag --posteriors`"
        raise TableError("the posteriors beside the table don't know this sentence", where=where, remedy=remedy)
    return Population(table, posteriors.category[rows], posteriors.stage[rows], origin, True, groups)


def _stage_codes(stages: pd.Series[str], codebook: Codebook) -> pd.Series[str]:
    """Return stage codes: a table in .xlsx holds their names."""
    names = {name: code.code for code in codebook.stages for name in (*code.names.values(), code.code)}
    return stages.map(lambda stage: names.get(stage, stage))


def _check_codes(table: pd.DataFrame, codebook: Codebook, where: str) -> None:
    for column, known in (("category", codebook.category_codes), ("stage", codebook.stage_codes)):
        if not (fine := table[column].isin(known).to_numpy()).all():
            row = int((~fine).argmax())
            remedy = f"the codebook, version {codebook.version}, has {', '.join(known)}"
            raise TableError(f"unknown {column} {table[column].iloc[row]!r}", where=f"{where}, row {row + 2}", remedy=remedy)


def _with_groups(table: pd.DataFrame, units: Path) -> tuple[pd.DataFrame, tuple[str, ...]]:
    if not units.is_file():
        raise TableError("no such table of units", where=str(units), remedy="check --units")
    origins = read_origins(units)
    missing = [name for name in table["document"].unique() if name not in origins]
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise TableError(f"no row for the report {missing[0]!r}{more}", where=str(units), remedy="add a row for each report")
    further = tuple(dict.fromkeys(name for origin in origins.values() for name in (origin.groups or {})))
    columns: dict[str, Mapping[str, str]] = {
        "unit": {name: origin.unit for name, origin in origins.items() if origin.unit},
        "period": {name: origin.period for name, origin in origins.items() if origin.period},
        **{group: {name: (origin.groups or {}).get(group, "") for name, origin in origins.items()} for group in further},
    }
    table = table.copy()
    for column, values in columns.items():
        found = table["document"].map(values)
        table[column] = found.where(found.notna(), table.get(column, ""))
    return table, further


def _put_together(table: pd.DataFrame, codebook: Codebook) -> tuple[Array, Array]:
    """Return posteriors such as the table tells: its probability, the rest spread over secondary categories, else as often as tagged."""
    codes = codebook.category_codes
    tags = _numbers(table["category"], codes)
    often = np.bincount(tags, minlength=len(codes)) + 1.0
    named = np.array([[code in cell.split(";") for code in codes] for cell in table.get("secondary", pd.Series("", table.index))])
    rest = np.where(named.any(axis=1, keepdims=True), named, often)
    rows = np.arange(len(table))
    rest[rows, tags] = 0.0
    top = np.clip(table["probability"].fillna(1.0).to_numpy(dtype=np.float64), 0.0, 1.0)
    category = rest / np.maximum(rest.sum(axis=1, keepdims=True), 1e-12) * (1 - top)[:, None]
    category[rows, tags] = top
    stage = np.zeros((len(table), len(codebook.stages)))
    stage[rows, _numbers(table["stage"], codebook.stage_codes)] = 1.0
    return normalised(category), normalised(stage)


def group(population: Population, by: Sequence[str]) -> Grouping:
    """Group the sentences by columns of the table or of ``units.csv``.

    Raises:
        TableError: there is no such column, or it is empty for a report.
    """
    for name in by:
        if name not in population.groups:
            known = ", ".join(population.groups)
            remedy = f"known are {known}; further ones stand in units.csv, give it with --units"
            raise TableError(f"nothing to group by is named {name!r}", where="--by", remedy=remedy)
        empty = (population.table[name].fillna("") == "").to_numpy()
        if empty.any():
            report = population.table["document"].iloc[int(empty.argmax())]
            remedy = "fill it in in units.csv, and give that with --units"
            raise TableError(f"no {name} is known", where=report, remedy=remedy)
    values = list(zip(*(population.table[name] for name in by), strict=True))
    keys = sorted(set(values))
    number = {key: place for place, key in enumerate(keys)}
    return Grouping(tuple(by), tuple(keys), np.array([number[value] for value in values], dtype=np.int64))


def subset(population: Population, rows: NDArray[np.bool_]) -> Population:
    """Return the sentences for which ``rows`` (sentences,) is true."""
    table = population.table[rows].reset_index(drop=True)
    return replace(population, table=table, category=population.category[rows], stage=population.stage[rows])


def _numbers(values: pd.Series[str], codes: Sequence[str]) -> Integers:
    return np.asarray(values.map({code: number for number, code in enumerate(codes)}), dtype=np.int64)


def _codes(values: pd.Series[str] | pd.Series[int]) -> Integers:
    return np.asarray(pd.factorize(values)[0], dtype=np.int64)
