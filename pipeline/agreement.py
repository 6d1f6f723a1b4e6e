"""Inter-coder agreement: Krippendorff's α."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.codebook import Codebook
from pipeline.errors import LabelError
from pipeline.labels import Found, Label

_RESAMPLES = 1000
# Krippendorff (2004), "Content Analysis", section 11.4: rely on variables with α ≥ .800, draw tentative conclusions from .667 on.
RELIABLE, TENTATIVE = 0.8, 0.667


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
    return _summary([(one, other, 1.0) for one, other in both], codebook, seed)


def coder_agreement(labels: Iterable[Label], codebook: Codebook, *, seed: int, where: str = "") -> dict[str, Any]:
    """Compare any two or more coders of the same sentences, each of whom may have coded only some.

    A sentence with m coders counts with all its pairs of coders, each weighing 1 / (m − 1) (Krippendorff 2011, section C). Labels of whole
    paragraphs compare with each other only.

    Returns:
        As :func:`agreement`, and the names of the coders.

    Raises:
        LabelError: no sentence was coded by two coders, one coder coded a sentence twice and differently, or codebook versions are mixed.
    """
    sentences: dict[tuple[str, int, int], dict[str, Label]] = {}
    first: Label | None = None
    for label in labels:
        first = first or label
        if label.codebook_version != first.codebook_version:
            what = f"codebook version {label.codebook_version!r}, but {first.where} has {first.codebook_version!r}"
            raise LabelError(what, where=label.where, remedy="compare coders who used one codebook")
        coders = sentences.setdefault((label.document, label.paragraph, label.sentence), {})
        earlier = coders.setdefault(label.coder, label)
        if (earlier.category, earlier.stage) != (label.category, label.stage):
            raise LabelError(
                f"coded otherwise by the same coder ({earlier.where})", where=label.where, remedy="keep one of the two rows"
            )
    pairs = [
        (one, other, 1 / (len(coders) - 1)) for coders in sentences.values() for one, other in combinations(coders.values(), 2)
    ]
    if not pairs:
        remedy = "give labels of two or more coders, named in the column `coder`"
        raise LabelError("no sentence was coded by two coders", where=where, remedy=remedy)
    found = _summary(pairs, codebook, seed)
    found["sentences"] = sum(len(coders) > 1 for coders in sentences.values())
    found["coders"] = sorted({label.coder for coders in sentences.values() if len(coders) > 1 for label in coders.values()})
    return found


def agreement_rows(found: Mapping[str, Any], codebook: Codebook, language: str) -> pd.DataFrame:
    """Return agreement as a table: category and stage overall, then each category, with what its α allows to conclude."""
    rows: list[tuple[str, str, Mapping[str, Any]]] = [(f"all {kind}", "", found[kind]) for kind in ("category", "stage")]
    rows += [(code, codebook.name(code, language), value) for code, value in found["categories"].items()]
    table = []
    for code, name, value in rows:
        low, high = value["interval"] or (None, None)
        table.append((code, name, value["alpha"], low, high, "" if value["alpha"] is None else reliability(value["alpha"])))
    return pd.DataFrame(table, columns=["category", "category_name", "alpha", "low", "high", "reliability"], dtype=object)


def reliability(alpha: float) -> str:
    """Return what an α allows to say of a category: empty (to rely on), ``tentative`` or ``unreliable``."""
    if alpha >= RELIABLE:
        return ""
    return "tentative" if alpha >= TENTATIVE else "unreliable"


def _summary(pairs: Sequence[tuple[Label, Label, float]], codebook: Codebook, seed: int) -> dict[str, Any]:
    clusters = {key: number for number, key in enumerate(dict.fromkeys((a.document, a.paragraph) for a, _, _ in pairs))}
    cluster = np.array([clusters[a.document, a.paragraph] for a, _, _ in pairs], dtype=np.int64)
    draws = np.random.default_rng(seed).integers(0, len(clusters), (_RESAMPLES, len(clusters)))
    categories = _tables(cluster, [(a.category, b.category, weight) for a, b, weight in pairs], codebook.category_codes)
    stages = _tables(cluster, [(a.stage, b.stage, weight) for a, b, weight in pairs], codebook.stage_codes)
    each = {code: _alpha(_one_against_rest(categories, number), draws) for number, code in enumerate(codebook.category_codes)}
    whole = categories.sum(axis=0)
    return {
        "sentences": len(pairs),
        "equal_categories": round(float(np.trace(whole) / whole.sum()), 4),
        "category": _alpha(categories, draws),
        "stage": _alpha(stages, draws),
        "categories": each,
    }


def _tables(cluster: NDArray[np.int64], pairs: Sequence[tuple[str, str, float]], codes: Sequence[str]) -> NDArray[np.float64]:
    """Return weighted counts (clusters, codes of the first coder, codes of the second)."""
    number = {code: place for place, code in enumerate(codes)}
    tables = np.zeros((int(cluster.max()) + 1, len(codes), len(codes)))
    for place, (one, other, weight) in zip(cluster, pairs, strict=True):
        tables[place, number[one], number[other]] += weight
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
