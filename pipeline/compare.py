"""Compare the emphasis of groups of reports: counted, expected and audited shares, their differences, trends and words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pipeline.agreement import reliability
from pipeline.audit import Audit
from pipeline.contrast import Differences, differences, writing
from pipeline.estimate import LEAST_AUDITED, Shares, audited_shares, weighted_shares
from pipeline.indicative import expected_shares
from pipeline.population import Grouping, Population, group

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
AUDITED, UNAUDITED, TOO_FEW = "audited", "unaudited", "too few audited"
ALL = "*"


@dataclass(frozen=True)
class Settings:
    """What is asked of a comparison.

    Attributes:
        by: columns that make the groups.
        stage: code of the stage that sentences must have; empty: all sentences.
        scale: of the indicative range (:func:`pipeline.indicative.error_scale`); nothing: no range.
        agreement: α of each category, where coders were compared.
    """

    by: tuple[str, ...] = ("unit",)
    stage: str = ""
    scale: float | None = None
    agreement: Mapping[str, float] | None = None


@dataclass(frozen=True)
class Measured:
    """Shares of the groups of one grouping.

    Attributes:
        grouping: the groups.
        counted: (groups, categories), from tags, by characters.
        by_sentences: (groups, categories), from tags, by number of sentences.
        expected: (groups, categories), from posteriors.
        spread: (groups, categories), standard deviation of these by the posteriors.
        sentences: (groups, categories), sentences behind each share as tagged.
        characters: (groups, categories).
        audited: shares corrected by the audit, or nothing.
    """

    grouping: Grouping
    counted: Array
    by_sentences: Array
    expected: Array
    spread: Array
    sentences: Integers
    characters: Integers
    audited: Shares | None

    @property
    def best(self) -> Array:
        """Audited shares (groups, categories) where there are any, else expected ones."""
        return self.expected if self.audited is None else np.where(np.isnan(self.audited.point), self.expected, self.audited.point)

    def method(self, number: int) -> str:
        """Return how the shares of a group were found."""
        if self.audited is None:
            return UNAUDITED
        return AUDITED if self.audited.enough[number] else TOO_FEW


@dataclass(frozen=True)
class Comparison:
    """A comparison, ready to be computed table by table.

    Attributes:
        population: the tagged sentences.
        settings: what is asked.
        audit: the audit, if there is one.
    """

    population: Population
    settings: Settings
    audit: Audit | None = None

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """Codes of the categories."""
        return self.population.codebook.category_codes

    @cached_property
    def predicted(self) -> Array:
        """Posteriors (sentences, classes); with a stage, a last class holds the chance of being outside it."""
        if self.stage is None:
            return self.population.category
        inside = self.population.category * self.population.stage[:, [self.stage]]
        return np.hstack([inside, 1 - inside.sum(axis=1, keepdims=True)])

    @property
    def stage(self) -> int | None:
        """Number of the stage that is asked for."""
        return self.population.codebook.stage_codes.index(self.settings.stage) if self.settings.stage else None

    @cached_property
    def tagged_in(self) -> NDArray[np.bool_]:
        """Whether each sentence is tagged with the stage that is asked for (sentences,)."""
        return np.ones(len(self.population.table), dtype=bool) if self.stage is None else self.population.stage_tags == self.stage

    @cached_property
    def main(self) -> Measured:
        """The groups that are compared."""
        return self.measure(group(self.population, self.settings.by))

    def measure(self, grouping: Grouping) -> Measured:
        """Measure the shares of the groups of a grouping."""
        population, count, kept = self.population, len(grouping.keys), len(self.codes)
        tags = np.where(self.tagged_in[:, None], np.eye(kept)[population.tags], 0.0)
        sums = {}
        for name, weight in (("characters", population.weights), ("sentences", np.ones(len(tags)))):
            sums[name] = np.zeros((count, kept))
            np.add.at(sums[name], grouping.member, tags * weight[:, None])
        counted, by_sentences = (
            sums[name] / np.maximum(sums[name].sum(axis=1, keepdims=True), 1.0) for name in ("characters", "sentences")
        )
        expected, spread = expected_shares(self.predicted, population.weights, grouping.member, count, categories=kept)
        audited = None
        if self.audit is not None:
            sample = self.audit.sample(population, self.stage)
            audited = audited_shares(self.predicted, population.weights, grouping.member, sample, categories=kept, count=count)
        whole = {name: values.astype(np.int64) for name, values in sums.items()}
        return Measured(grouping, counted, by_sentences, expected, spread, whole["sentences"], whole["characters"], audited)

    def contrast(self, measured: Measured, first: Integers, second: Integers) -> Differences:
        """Compare pairs of groups; without an audit only the expected difference is known."""
        if measured.audited is None:
            difference = measured.expected[first] - measured.expected[second]
            empty = np.full_like(difference, np.nan)
            return Differences(difference, empty, empty, empty, empty)
        population, count = self.population, len(measured.grouping.keys)
        written = writing(
            self.predicted, population.weights, measured.grouping.member, population.places, categories=len(self.codes), count=count
        )
        found = differences(measured.audited, written, first, second)
        expected = measured.best[first] - measured.best[second]
        return Differences(
            np.where(np.isnan(found.difference), expected, found.difference), found.low, found.high, found.p, found.p_text
        )

    def reliability(self, code: str) -> str:
        """Return what coders' agreement allows to say of a category: empty (fine or not known), ``tentative`` or ``unreliable``."""
        alpha = (self.settings.agreement or {}).get(code)
        return "" if alpha is None else reliability(alpha)

    def names(self, language: str) -> tuple[str, ...]:
        """Return the categories' names."""
        return tuple(self.population.codebook.name(code, language) for code in self.codes)


def trend_groupings(comparison: Comparison) -> list[tuple[tuple[str, ...], Grouping]]:
    """Return the groupings whose trends are shown – all reports, and the groups compared – each by period; none without periods."""
    if (comparison.population.table["period"] == "").any():
        return []
    by = tuple(name for name in comparison.settings.by if name not in ("period", "document"))
    return [(factors, group(comparison.population, (*factors, "period"))) for factors in dict.fromkeys([(), by])]


def stage_shares(comparison: Comparison) -> Array:
    """Return the expected share of each stage by group (groups, stages), over all sentences."""
    population, grouping = comparison.population, comparison.main.grouping
    return weighted_shares(population.stage, population.weights, grouping.member, len(grouping.keys))


def groups_without_audit(comparison: Comparison) -> Sequence[str]:
    """Return the labels of groups with too few audited sentences for an interval."""
    measured = comparison.main
    if measured.audited is None:
        return measured.grouping.labels
    return [label for label, many in zip(measured.grouping.labels, measured.audited.audited, strict=True) if many < LEAST_AUDITED]
