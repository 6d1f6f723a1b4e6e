"""Plan an audit: how many sentences make the intervals how wide, for which comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.audit import Audit
from pipeline.errors import TableError
from pipeline.estimate import UNSEEN_ERRORS, missed_doubt
from pipeline.population import Grouping, Population, group
from pipeline.sample import CALIBRATED, Precision, Trust, importance, inclusion_probabilities, precision, smallest

Array = NDArray[np.float64]
SHARES, DIFFERENCES = "shares", "differences"
# A pilot with fewer errors says little of how often the model errs; the ratio is shrunk towards 1 as by so many.
_PRIOR_ERRORS = 10.0


@dataclass(frozen=True, slots=True)
class Plan:
    """An audit for one kind of comparison.

    Attributes:
        groups: what is compared, such as ``unit``.
        count: how many groups there are.
        what: ``shares`` of each group, or ``differences`` between two.
        sentences: how many to draw.
        each: about how many a group.
        typical: half width of the intervals, mean over groups and categories.
        widest: the largest half width.
    """

    groups: str
    count: int
    what: str
    sentences: int
    each: int
    typical: float
    widest: float


def plan_audit(
    population: Population,
    groupings: Sequence[Sequence[str]] | None,
    within: float,
    pilot: Audit | None = None,
) -> list[Plan]:
    """Return for each kind of comparison the smallest audit whose intervals are, on average, within ±``within``.

    Args:
        population: the tagged sentences.
        groupings: columns that make the groups; nothing for all reports, units, periods, and both.
        within: half width, between 0 and 1.
        pilot: an audit of the same table, which tells how far the model's errors exceed those that its posteriors foretell; without it they
            are taken at their word.

    Raises:
        TableError: a column isn't known, or is empty.
    """
    trust = CALIBRATED
    if pilot is not None:
        at = pilot.index
        trust = trust_in(population.category[at], pilot.codes.sum(axis=2), population.weights[at], pilot.probability)
    plans = []
    for factors in groupings or ((), ("unit",), ("period",), ("unit", "period")):
        try:
            grouping = group(population, factors) if factors else _whole(population)
        except TableError:
            if groupings:
                raise
            continue  # a table without periods is planned without them
        name, count = ",".join(factors) or "all reports", len(grouping.keys)
        for what in (SHARES, DIFFERENCES)[: 1 + (count > 1)]:
            arrays = (population.category, population.weights, grouping.member)
            need = smallest(*arrays, within, trust, pairs=what == DIFFERENCES)
            found = foretell(population, grouping, need, trust)
            half = found.differences if what == DIFFERENCES else found.shares
            plans.append(Plan(name, count, what, need, round(need / count), float(half.mean()), float(half.max())))
    return plans


def foretell(population: Population, grouping: Grouping, count: int, trust: Trust = CALIBRATED) -> Precision:
    """Return how precise an audit of ``count`` sentences would be."""
    size = importance(population.category, population.weights)
    chance = inclusion_probabilities(size, population.weights, grouping.member, count)
    return precision(population.category, population.weights, grouping.member, chance, trust)


def trust_in(posteriors: Array, coded: Array, weights: Array, probability: Array) -> Trust:
    """Return how far posteriors can be trusted, by the errors that an audit finds.

    Args:
        posteriors: (audited, categories).
        coded: (audited, categories), by a person; rows sum to 1.
        weights: (audited,), characters.
        probability: (audited,), inclusion probabilities.
    """
    # Half an error more than was seen is what the audit to come adds of itself.
    missed = max(missed_doubt(posteriors, coded) - UNSEEN_ERRORS / (len(posteriors) + 1), 0.0)
    weight = weights**2 * (1 - probability) / probability**2
    share = weights / probability @ posteriors / (weights / probability).sum()
    likely = (1 - missed) * posteriors + missed * (share + 1 / len(share)) / 2
    found = float(weight @ ((coded - posteriors) ** 2).sum(axis=1))
    errors = (likely * (1 - likely)).sum(axis=1)
    total = float(weight @ errors)
    if total <= 0:
        return Trust(missed)
    # An error is there or not: so many the sum effectively rests on.
    many = total**2 / float(weight**2 @ np.maximum(errors * (2 - errors), errors**2))
    return Trust(missed, (many * found / total + _PRIOR_ERRORS) / (many + _PRIOR_ERRORS))


def _whole(population: Population) -> Grouping:
    return Grouping((), ((),), np.zeros(len(population.table), dtype=np.int64))
