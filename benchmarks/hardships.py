"""Cases that are harder than any corpus is likely to be: what an estimator must survive that is used on text nobody here has seen.

Each takes a population whose true codes are known, and spoils posteriors, groups, weights or size. None of it is told to the audit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.cases import Case

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
Generator = np.random.Generator


def hardships(base: Case, seed: int) -> Iterator[Case]:
    """Yield the hard cases made of a population in one group."""
    generator = np.random.default_rng(seed)
    wild = in_groups(base, 4, generator, skew=1.0)
    yield replace(wild, name="posteriors far too sure", posteriors=tempered(wild.posteriors, 0.2))
    yield replace(wild, name="posteriors far too unsure", posteriors=tempered(wild.posteriors, 2.0))
    yield replace(wild, name="tags without posteriors, 3% at random wrong", posteriors=mistagged(wild, 0.03, generator))
    yield replace(wild, name="tags without posteriors, 15% at random wrong", posteriors=mistagged(wild, 0.15, generator))
    for share in (0.25, 0.6):
        yield replace(biased(wild, share), name=f"two groups bear a wrong category in {share:.0%} of two others, surely")
    yield replace(strange_paragraphs(wild, 0.15, generator), name="15% of the paragraphs wrong as a whole")
    yield replace(recoded(wild, 0.15, generator), name="15% of the codes changed to any other")
    yield replace(wild, name="long sentences", weights=wild.weights * generator.lognormal(0.0, 1.2, len(wild.weights)))
    for count in (2, 10, 40):
        yield replace(in_groups(base, count, generator, skew=1.5), name=f"{count} groups of very unequal size")
    absent = wild.groups == 0
    kept = ~(absent & np.isin(wild.truth, np.argsort(np.bincount(wild.truth))[-3:-1]))
    yield wild.part("two frequent categories absent in a group, tagged elsewhere", kept)
    few = np.isin(base.places.report, generator.permutation(int(base.places.report.max()) + 1)[:6])
    yield in_groups(base.part("", few), 3, generator, skew=0.5, name="six reports in three groups")


def in_groups(base: Case, count: int, generator: Generator, *, skew: float, name: str = "") -> Case:
    """Put whole reports into groups, whose sizes are log-normal with ``skew`` as standard deviation; each gets a report."""
    reports, place = np.unique(base.places.report, return_inverse=True)
    count = min(count, len(reports))
    size = generator.lognormal(0.0, skew, count)
    member = generator.choice(count, size=len(reports), p=size / size.sum())
    member[generator.permutation(len(reports))[:count]] = np.arange(count)
    return replace(base, name=name, groups=member[place].astype(np.int64), labels=tuple(f"{number:03d}" for number in range(count)))


def tempered(posteriors: Array, temperature: float) -> Array:
    """Return posteriors to the power of 1 / ``temperature``: below 1 they become surer of the same tags, above 1 less sure."""
    logits = np.log(np.maximum(posteriors, 1e-6)) / temperature
    values = np.exp(logits - logits.max(axis=1, keepdims=True))
    return _floored(values / values.sum(axis=1, keepdims=True))


def mistagged(case: Case, share: float, generator: Generator) -> Array:
    """Return posteriors that are sure of one category each: the true one, but for a share of the sentences another."""
    return _floored(np.eye(case.posteriors.shape[1])[_changed(case, share, generator)])


def biased(case: Case, share: float) -> Case:
    """Return the case with the second and third most frequent categories surely, and wrongly, tagged as rare ones in half of the groups."""
    order = np.argsort(-np.bincount(case.truth, minlength=case.posteriors.shape[1]))
    posteriors = case.posteriors.copy()
    for true, wrong in ((order[1], order[-1]), (order[2], order[-2])):
        rows = np.flatnonzero((case.truth == true) & (case.groups % 2 == 1))
        rows = rows[: round(share * len(rows))]
        posteriors[rows] = np.eye(posteriors.shape[1])[wrong]
    return replace(case, posteriors=_floored(posteriors))


def strange_paragraphs(case: Case, share: float, generator: Generator) -> Case:
    """Return the case with whole paragraphs bearing the posteriors of one strange sentence."""
    paragraphs, place = np.unique(case.places.paragraph, return_inverse=True)
    source = generator.integers(0, len(case.truth), len(paragraphs))
    hit = generator.random(len(paragraphs)) < share
    posteriors = np.where(hit[place][:, None], case.posteriors[source[place]], case.posteriors)
    return replace(case, posteriors=posteriors)


def recoded(case: Case, share: float, generator: Generator) -> Case:
    """Return the case with a share of the true codes changed to any other, as by a careless coder."""
    return replace(case, truth=_changed(case, share, generator))


def _changed(case: Case, share: float, generator: Generator) -> Integers:
    kinds = case.posteriors.shape[1]
    hit = generator.random(len(case.truth)) < share
    return np.where(hit, (case.truth + generator.integers(1, kinds, len(case.truth))) % kinds, case.truth)


def _floored(posteriors: Array) -> Array:
    values = np.maximum(posteriors, 1e-6)
    return np.asarray(values / values.sum(axis=1, keepdims=True))
