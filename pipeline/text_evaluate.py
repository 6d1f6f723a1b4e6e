"""Judge a model of texts that stand alone: agreement, calibration, and what each category reaches."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.measures import calibration_error, confusion, f1_scores, macro_f1, reliability
from pipeline.store import replace_text
from pipeline.text_model import TextModel
from pipeline.text_train import HeldOut
from pipeline.texts import Labelled

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
_RESAMPLES = 1000


def judge_texts(model: TextModel, table: Labelled) -> HeldOut:
    """Score texts that the model has not seen.

    Raises:
        TableError: a category of the table isn't one of the model's.
    """
    return HeldOut(table, model.classes, table.codes(model.classes), model.posteriors(table.texts))


def measure_texts(judged: HeldOut, *, bins: int, review_threshold: float, seed: int) -> dict[str, Any]:
    """Return all metrics, rounded to four digits, ready for JSON.

    Accuracy and macro-F1 come with 95% intervals (percentiles of 1,000 bootstrap resamples of groups, where the table names them, else
    of texts). Texts that share a source aren't independent: without groups the interval of such a table is too narrow.
    """
    truth, guess, classes = judged.truth, judged.posteriors.argmax(axis=1), len(judged.classes)
    best, right = judged.posteriors.max(axis=1), guess == truth
    unmarked = best >= review_threshold
    table = confusion(truth, guess, classes)
    precision, recall, f1 = f1_scores(table)
    support = table.sum(axis=1)
    accuracies, macros = _resampled(judged, guess, seed)
    return {
        "texts": len(truth),
        "accuracy": round(float(right.mean()), 4),
        "accuracy_interval": _interval(accuracies),
        "macro_f1": round(macro_f1(truth, guess, classes), 4),
        "macro_f1_interval": _interval(macros),
        "calibration_error": round(float(calibration_error(best, right, bins)), 4),
        "review": {
            "threshold": review_threshold,
            "unmarked_share": round(float(unmarked.mean()), 4),
            "unmarked_precision": round(float(right[unmarked].mean()), 4) if unmarked.any() else None,
        },
        "categories": {
            name: {
                "precision": round(float(precision[number]), 4),
                "recall": round(float(recall[number]), 4),
                "f1": round(float(f1[number]), 4),
                "support": int(support[number]),
            }
            for number, name in enumerate(judged.classes)
        },
        "reliability": [{name: round(float(value), 4) for name, value in row.items()} for row in reliability(best, right, bins)],
        "confusion": {"categories": list(judged.classes), "rows_are_coded_columns_are_tagged": table.tolist()},
    }


def _interval(values: Array) -> list[float]:
    return [round(float(bound), 4) for bound in np.percentile(values, [2.5, 97.5])]


def _resampled(judged: HeldOut, guess: Integers, seed: int) -> tuple[Array, Array]:
    """Return accuracy and macro-F1 of resampled texts, or groups of them."""
    random, classes = np.random.default_rng(seed), len(judged.classes)
    if judged.table.groups:
        group = np.unique(np.array(judged.table.groups, dtype=object).astype(str), return_inverse=True)[1]
        tables = np.zeros((int(group.max()) + 1, classes, classes))
        np.add.at(tables, (group, judged.truth, guess), 1)
        draws = random.multinomial(len(tables), np.full(len(tables), 1 / len(tables)), size=_RESAMPLES)
        drawn = np.tensordot(draws.astype(np.float64), tables, axes=1)
    else:
        cells = confusion(judged.truth, guess, classes).ravel()
        counts = random.multinomial(cells.sum(), cells / cells.sum(), size=_RESAMPLES)
        drawn = counts.reshape(_RESAMPLES, classes, classes).astype(np.float64)
    accuracies = drawn.trace(axis1=1, axis2=2) / drawn.sum(axis=(1, 2))
    return accuracies, np.array([f1_scores(table)[2][table.sum(axis=1) > 0].mean() for table in drawn])


def write_text_evaluation(folder: Path, metrics: dict[str, Any]) -> None:
    """Write ``metrics.json`` into a folder."""
    replace_text(folder / "metrics.json", json.dumps(metrics, ensure_ascii=False, indent=1) + "\n")
