"""Estimate shares from tags that err, corrected by an audit: a random sample of the same sentences, coded by a person.

Model-assisted survey estimation. The population is finite – the sentences of these reports – and only the audit is random, so the
intervals hold whatever the model's errors are; a good model makes them short.

Sources, by function:

- :func:`audited_shares`, point: the difference estimator of Särndal, Swensson & Wretman (1992), "Model Assisted Survey Sampling", section
  6.3, in the ratio form of Hájek (1971), with the weight of the model's part tuned for the smallest variance as in Angelopoulos, Duchi &
  Zrnic (2023), "PPI++: Efficient Prediction-Powered Inference", section 3 (one weight for all categories, so that shares sum to 1). Egami,
  Hinck, Stewart & Wei (2023), "Using Imperfect Surrogates for Downstream Inference: Design-based Supervised Learning", is the same
  idea for regressions.
- its variance: Deville (1999), "Variance estimation for complex statistics and estimators", with the finite population in the factors
  1 − π; from successive differences in the order in which an audit is drawn (Wolter 2007, "Introduction to Variance Estimation", section
  8.2, estimator 2), which are small where the strata differ; and with the products of sentences of one paragraph (the ultimate cluster of
  Hansen, Hurwitz & Madow 1953), for audits of whole paragraphs.
- rare categories: where few errors are sampled, the sampled variance is mostly too small and now and then far too large. It is
  moderated as in Smyth (2004), "Linear models and empirical Bayes methods", section 3: averaged with the variance that the posteriors
  foretell, times the ratio by which the audit finds it larger or smaller, in this group and in this category. What a sampled variance is
  worth follows from the fourth moments (Satterthwaite 1946): about two degrees of freedom an error, not one a sentence. Posteriors that
  are far too sure foretell nothing; :func:`missed_doubt` mends them by what the audit finds.
- :func:`onto_simplex`: Duchi, Shalev-Shwartz, Singer & Chandra (2008), "Efficient projections onto the l1-ball", figure 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

# A group with fewer audited sentences gets no interval: below, one sentence more or less of another category decides.
LEAST_AUDITED = 10
# What the foretold variance is worth beside the sampled one, how fast a group's ratio leaves that of all groups, both in degrees of freedom; the
# least ratio; and errors reckoned with beyond those that were seen. Chosen by coverage of the hard cases of benchmarks/hardships.py on half
# of the bundled units with seeds 1, 2 and 5; the published figures (benchmarks/results) have other seeds, all units and other models.
PRIOR_DEGREES = 20.0
RATIO_DEGREES = 2.0
LEAST_RATIO = 0.25
UNSEEN_ERRORS = 0.5
# Products within paragraphs can be negative; of the plain variance at least so much is left.
_LEAST_PART = 0.1
NORMAL = float(stats.norm.ppf(0.975))


@dataclass(frozen=True)
class Sample:
    """An audit: sentences drawn at random from a population, and what people coded them.

    Attributes:
        index: (sampled,), positions in the population.
        probability: (sampled,), inclusion probabilities.
        coded: (sampled, classes), the share of coders who chose each class; rows sum to 1.
        cluster: (sampled,), number of each sentence's paragraph.
    """

    index: Integers
    probability: Array
    coded: Array
    cluster: Integers


@dataclass(frozen=True)
class Shares:
    """Audited shares by group; a group with fewer than :data:`LEAST_AUDITED` sentences has NaN.

    Attributes:
        point: (groups, categories), on the simplex.
        centre: (groups, categories), before it was put there: the middle of the interval.
        variance: (groups, categories), of the centre.
        degrees: (groups, categories), what the variance rests on.
        audited: (groups,), sentences.
        tuning: (groups,), weight of the model's part; 1 where it is trusted wholly.
    """

    point: Array
    centre: Array
    variance: Array
    degrees: Array
    audited: Integers
    tuning: Array

    @property
    def enough(self) -> NDArray[np.bool_]:
        """Groups (groups,) that have an interval."""
        return self.audited >= LEAST_AUDITED

    @property
    def interval(self) -> tuple[Array, Array]:
        """Low and high ends (groups, categories) of nominal 95% intervals, within 0 and 1, around the point."""
        half = NORMAL * np.sqrt(self.variance)
        low, high = np.clip(self.centre - half, 0, 1), np.clip(self.centre + half, 0, 1)
        return np.minimum(low, self.point), np.maximum(high, self.point)


@dataclass(frozen=True)
class _Part:
    """What one group gives: shares, sampled and foretold variances of each category, and how many sentences these rest on."""

    centre: Array
    point: Array
    sampled: Array
    foretold: Array
    degrees: Array
    tuning: float


def audited_shares(predicted: Array, weights: Array, groups: Integers, sample: Sample, *, categories: int, count: int) -> Shares:
    """Estimate each category's share of the weight of each group.

    Args:
        predicted: (population, classes), calibrated posteriors; rows sum to 1. The first ``categories`` classes are of interest; any
            class behind them stands for what is outside, such as sentences of another stage, and shares are among the first.
        weights: (population,), characters.
        groups: (population,), group numbers.
        sample: the audit.
        categories: how many classes are of interest.
        count: how many groups there are.
    """
    audited = np.bincount(groups[sample.index], minlength=count)
    parts: dict[int, _Part] = {}
    doubt = missed_doubt(predicted[sample.index], sample.coded)
    for group in range(count):
        if audited[group] >= LEAST_AUDITED:
            parts[group] = _estimate_group(predicted, weights, np.flatnonzero(groups == group), sample, categories, doubt)
    empty = np.full((count, categories), np.nan)
    point, centre, variance, degrees, tuning = empty.copy(), empty.copy(), empty.copy(), empty.copy(), np.full(count, np.nan)
    if parts:
        rows = list(parts)
        sampled, foretold, freedom = (
            np.stack([getattr(parts[group], name) for group in rows]) for name in ("sampled", "foretold", "degrees")
        )
        expected = foretold * realised_ratio(sampled, foretold, freedom)
        point[rows], centre[rows] = (np.stack([getattr(parts[group], name) for group in rows]) for name in ("point", "centre"))
        variance[rows] = (PRIOR_DEGREES * expected + freedom * sampled) / (PRIOR_DEGREES + freedom)
        degrees[rows] = PRIOR_DEGREES + freedom
        tuning[rows] = [parts[group].tuning for group in rows]
    return Shares(point, centre, variance, degrees, audited, tuning)


def _estimate_group(predicted: Array, weights: Array, members: Integers, sample: Sample, categories: int, doubt: float) -> _Part:
    inside = np.isin(sample.index, members)
    index, chance, coded = sample.index[inside], sample.probability[inside], sample.coded[inside]
    expansion = weights[index] / chance
    expansion /= expansion.sum()
    whole, part = weights[members] / weights[members].sum() @ predicted[members], predicted[index]
    root = np.sqrt(1 - chance) * expansion
    tuning = _tuning(part - expansion @ part, coded - expansion @ coded, root)
    rest = coded - tuning * part
    centre = tuning * whole + expansion @ rest
    point = onto_simplex(centre)
    domain = max(float(point[:categories].sum()), 1e-9)
    shares = point[:categories] / domain
    residual = _linearised(rest - expansion @ rest, shares) / domain
    order = part[:, :categories] if np.ptp(chance) > 1e-9 else None  # equal probabilities: a simple random sample, without strata
    sampled = _sampled_variance(root[:, None] * residual, order, sample.cluster[inside])
    likely = (1 - doubt) * part + doubt * (point + 1 / len(point)) / 2
    scale, noise = root[:, None] ** 2 / domain**2, foretold_variance(likely, shares, expansion, 1 - tuning)
    total, wobble = (scale * noise).sum(axis=0), (scale**2 * _wobble(noise)).sum(axis=0)
    degrees = np.minimum(_quotient(2 * total**2, wobble), len(part) - 1)
    return _Part(centre[:categories] / domain, shares, sampled, total, degrees, tuning)


def _quotient(above: Array, below: Array) -> Array:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)


def _wobble(noise: Array) -> Array:
    """Return the variance of a squared error with mean ``noise``: of one that is there or not (Bernoulli's fourth moment), or of a normal one."""
    return np.asarray(np.maximum(noise * (1 - 4 * noise), 2 * noise**2))


def missed_doubt(posteriors: Array, coded: Array) -> float:
    """Return the chance of an error that the posteriors know nothing of, for all sentences alike.

    Where all posteriors are near 0 and 1 no variance is foretold, but errors there may be. Half the squared error in excess of the foretold
    one counts errors; and as in Krichevsky & Trofimov (1981) half an error more than was seen is reckoned with.

    Args:
        posteriors: (sampled, classes).
        coded: (sampled, classes).
    """
    excess = ((coded - posteriors) ** 2).sum() - (posteriors * (1 - posteriors)).sum()
    return min((max(float(excess) / 2, 0.0) + UNSEEN_ERRORS) / (len(posteriors) + 1), 1.0)


def _sampled_variance(terms: Array, posteriors: Array | None, clusters: Integers) -> Array:
    """Return the variance (categories,) of the sum of ``terms`` (sampled, categories), drawn in the order of their posteriors, or in none.

    Args:
        terms: each sentence's part of the estimate, with mean 0.
        posteriors: (sampled, categories), for the order of :func:`pipeline.sample.draw`.
        clusters: (sampled,), numbers of paragraphs.
    """
    count, squares = len(terms), (terms**2).sum(axis=0)
    if posteriors is None:
        apart = ((terms - terms.mean(axis=0)) ** 2).sum(axis=0)
    else:
        certainty = posteriors.max(axis=1) / np.maximum(posteriors.sum(axis=1), 1e-12)
        ordered = terms[np.lexsort((certainty, posteriors.argmax(axis=1)))]
        apart = ((ordered - np.roll(ordered, 1, axis=0)) ** 2).sum(axis=0) / 2
    elements = count / max(count - 1, 1) * apart
    places = np.unique(clusters, return_inverse=True)[1]
    sums = np.zeros((int(places.max()) + 1, terms.shape[1]))
    np.add.at(sums, places, terms)
    return np.asarray(np.maximum(elements + (sums**2).sum(axis=0) - squares, _LEAST_PART * squares))


def _tuning(predicted: Array, coded: Array, root: Array) -> float:
    """Return the weight of the predictions, between 0 and 1, that makes the sum of all classes' variances smallest (PPI++, section 3)."""
    spread = float((root[:, None] ** 2 * predicted**2).sum())
    shared = float((root[:, None] ** 2 * predicted * coded).sum())
    return min(max(shared / spread, 0.0), 1.0) if spread > 0 else 1.0


def _linearised(values: Array, shares: Array) -> Array:
    """Return the part of each sentence (rows, categories) in a share of those in the domain (Taylor's linearisation of a ratio)."""
    categories = len(shares)
    return np.asarray(values[:, :categories] - shares * values[:, :categories].sum(axis=1, keepdims=True))


def foretold_variance(posteriors: Array, shares: Array, expansion: Array, untuned: float) -> Array:
    """Return the variance (rows, categories) of the linearised code of a sentence whose posterior is right.

    Args:
        posteriors: (rows, classes); classes behind the categories are outside the domain.
        shares: (categories,), of the domain.
        expansion: (rows,), how much each row weighs in the mean; sums to 1.
        untuned: one minus the weight of the predictions.
    """
    inside = posteriors[:, : len(shares)]
    domain = inside.sum(axis=1, keepdims=True)
    mean = inside - shares * domain
    noise = inside * (1 - shares) ** 2 + (domain - inside) * shares**2 - mean**2
    return np.asarray(np.maximum(noise, 0.0) + (untuned * (mean - expansion @ mean)) ** 2)


def realised_ratio(sampled: Array, foretold: Array, degrees: Array, *, least: float = LEAST_RATIO) -> Array:
    """Return by how much the variances found exceed those foretold (groups, categories): a factor a group times a factor a category.

    Both are shrunk towards the ratio of the whole table, which rests on all its rows; a few rounds of proportional fitting make them
    agree. No ratio is less than ``least``.
    """
    if not foretold.sum() > 0:
        return np.ones_like(foretold)
    overall = sampled.sum() / foretold.sum()
    base = foretold * overall
    by_group, by_category = np.ones((len(sampled), 1)), np.ones((1, sampled.shape[1]))
    for _ in range(20):
        by_group = _shrunk(sampled.sum(axis=1, keepdims=True), (base * by_category).sum(axis=1, keepdims=True), degrees, 1)
        by_category = _shrunk(sampled.sum(axis=0, keepdims=True), (base * by_group).sum(axis=0, keepdims=True), degrees, 0)
    return np.asarray(np.maximum(overall * by_group * by_category, least))


def _shrunk(found: Array, expected: Array, degrees: Array, axis: int) -> Array:
    known = degrees.sum(axis=axis, keepdims=True)
    ratio = np.divide(found, expected, out=np.ones_like(found), where=expected > 0)
    return np.asarray((known * ratio + RATIO_DEGREES) / (known + RATIO_DEGREES))


def onto_simplex(values: Array) -> Array:
    """Return the nearest vector (classes,) without negative entries whose sum is 1."""
    if (values >= 0).all() and abs(values.sum() - 1) < 1e-12:
        return values
    descending = np.sort(values)[::-1]
    excess = (np.cumsum(descending) - 1) / np.arange(1, len(values) + 1)
    return np.asarray(np.maximum(values - excess[np.flatnonzero(descending > excess)[-1]], 0.0))


def weighted_shares(values: Array, weights: Array, groups: Integers, count: int) -> Array:
    """Return the mean (groups, classes) of ``values`` (population, classes) by group, weighted; zeros where a group weighs nothing."""
    totals = np.zeros((count, values.shape[1]))
    np.add.at(totals, groups, values * weights[:, None])
    sums = totals.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(totals, sums, out=np.zeros_like(totals), where=sums > 0))
