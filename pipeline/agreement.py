"""Inter-coder agreement: Krippendorff's α."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.codebook import Codebook
from pipeline.errors import LabelError
from pipeline.labels import Found

_RESAMPLES = 1000


def krippendorff_alpha(pairs: NDArray[np.float64]) -> float:
    """Return Krippendorff's α for nominal codes.

    Source: Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", section B: with the coincidence matrix o, its margins n_c
    and their sum n, α = 1 − (n − 1) Σ_{c≠k} o_ck / Σ_{c≠k} n_c n_k.

    Args:
        pairs: (codes, codes), how often one coder gave the first and another the second code to the same sentence.

    Returns:
        1 for perfect agreement, 0 for agreement by chance; NaN where only one code was ever given.
    """
    coincidences = pairs + pairs.T
    margins = coincidences.sum(axis=0)
    total = margins.sum()
    observed = total - np.trace(coincidences)
    expected = (total**2 - (margins**2).sum()) / max(total - 1, 1)
    return float(1 - observed / expected) if expected > 0 else float("nan")


def agreement(first: Sequence[Found], second: Sequence[Found], codebook: Codebook, *, seed: int) -> dict[str, Any]:
    """Compare two codings of the same sentences.

    Returns:
        Number of sentences coded by both, share of equal categories, α of category and stage and of each category against all others,
        each α with a 95% interval (percentiles of 1,000 resamples of paragraphs: sentences of one paragraph aren't independent);
        nothing in their place where only one code was ever given.

    Raises:
        LabelError: no sentence was coded by both.
    """
    codes = {(found.label.document, index): found.label for found in first for index in found.indices}
    both = [
        (codes[key], found.label) for found in second for index in found.indices if (key := (found.label.document, index)) in codes
    ]
    if not both:
        raise LabelError("no sentence was coded by both coders", remedy="give labels of the same reports")
    clusters = {key: number for number, key in enumerate(dict.fromkeys((a.document, a.paragraph) for a, _ in both))}
    cluster = np.array([clusters[a.document, a.paragraph] for a, _ in both], dtype=np.int64)
    draws = np.random.default_rng(seed).integers(0, len(clusters), (_RESAMPLES, len(clusters)))
    categories = _tables(cluster, [(a.category, b.category) for a, b in both], codebook.category_codes)
    stages = _tables(cluster, [(a.stage, b.stage) for a, b in both], codebook.stage_codes)
    each = {code: _alpha(_one_against_rest(categories, number), draws) for number, code in enumerate(codebook.category_codes)}
    return {
        "sentences": len(both),
        "equal_categories": round(float(np.trace(categories.sum(axis=0)) / len(both)), 4),
        "category": _alpha(categories, draws),
        "stage": _alpha(stages, draws),
        "categories": each,
    }


def _tables(cluster: NDArray[np.int64], pairs: Sequence[tuple[str, str]], codes: Sequence[str]) -> NDArray[np.float64]:
    """Return counts (clusters, codes of the first coder, codes of the second)."""
    number = {code: place for place, code in enumerate(codes)}
    tables = np.zeros((int(cluster.max()) + 1, len(codes), len(codes)))
    for place, (one, other) in zip(cluster, pairs, strict=True):
        tables[place, number[one], number[other]] += 1
    return tables


def _one_against_rest(tables: NDArray[np.float64], code: int) -> NDArray[np.float64]:
    both = tables[:, code, code]
    first, second = tables[:, code, :].sum(axis=1) - both, tables[:, :, code].sum(axis=1) - both
    neither = tables.sum(axis=(1, 2)) - both - first - second
    return np.stack([np.stack([both, first], axis=1), np.stack([second, neither], axis=1)], axis=1)


def _alpha(tables: NDArray[np.float64], draws: NDArray[np.int64]) -> Mapping[str, Any]:
    alpha = krippendorff_alpha(tables.sum(axis=0))
    if np.isnan(alpha):
        return {"alpha": None, "interval": None}
    resampled = [krippendorff_alpha(tables[draw].sum(axis=0)) for draw in draws]
    low, high = np.nanpercentile(resampled, [2.5, 97.5])
    return {"alpha": round(alpha, 4), "interval": [round(float(low), 4), round(float(high), 4)]}
