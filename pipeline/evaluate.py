"""Evaluate posteriors against codes, by report: agreement, calibration, confusion, shares."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.card import card, corpus_section, words
from pipeline.codebook import Codebook
from pipeline.errors import ModelError
from pipeline.measures import calibration_error, confusion, f1_scores, macro_f1, reliability
from pipeline.model import Model
from pipeline.plot import confusion_svg, reliability_svg
from pipeline.review import PROMISED_PRECISION, PROMISED_SHARE
from pipeline.store import replace_text
from pipeline.train import TrainingSet

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
_RESAMPLES = 1000
_REPORTED_SHARE = 0.1


@dataclass(frozen=True)
class Judged:
    """Coded sentences with posteriors from a model that didn't see their report.

    Attributes:
        documents: (sentences,), number of each sentence's report.
        paragraphs: (sentences,), number of its paragraph in the report.
        characters: (sentences,).
        category: (sentences,), codes by number.
        stage: (sentences,).
        category_posteriors: (sentences, categories).
        stage_posteriors: (sentences, stages).
    """

    codebook: Codebook
    documents: Integers
    paragraphs: Integers
    characters: Array
    category: Integers
    stage: Integers
    category_posteriors: Array
    stage_posteriors: Array


def judged_from_crossfit(model: Model, folder: Path) -> Judged:
    """Read the cross-fitted posteriors of a model.

    Raises:
        ModelError: the file doesn't fit the model's codebook.
    """
    import pandas as pd

    book = model.codebook
    try:
        table = pd.read_csv(io.StringIO((folder / "crossfit.csv").read_text(encoding="utf-8")), keep_default_na=False)
        table = table[table["category"] != ""]
        return Judged(
            book,
            np.asarray(pd.factorize(table["document"])[0], dtype=np.int64),
            table["paragraph"].to_numpy(dtype=np.int64),
            table["characters"].to_numpy(dtype=np.float64),
            table["category"].map(book.category_codes.index).to_numpy(dtype=np.int64),
            table["stage"].map(book.stage_codes.index).to_numpy(dtype=np.int64),
            table[list(book.category_codes)].to_numpy(dtype=np.float64),
            table[[f"stage_{code}" for code in book.stage_codes]].to_numpy(dtype=np.float64),
        )
    except (KeyError, ValueError) as error:
        raise ModelError(f"crossfit.csv doesn't fit the codebook ({error})", where=str(folder), remedy="train it again") from error


def judge(model: Model, labelled: TrainingSet) -> Judged:
    """Score labelled reports that the model has not seen."""
    columns: dict[str, list[Any]] = {name: [] for name in ("d", "p", "c", "y", "s", "py", "ps")}
    for number, structured in enumerate(labelled.documents):
        known = np.flatnonzero(labelled.categories[number] >= 0)
        categories, stages = model.posteriors(structured)
        columns["d"].append(np.full(len(known), number))
        columns["p"].append(np.array([structured.sentences[index].paragraph for index in known]))
        columns["c"].append(np.array([float(len(structured.sentences[index].text)) for index in known]))
        columns["y"].append(labelled.categories[number][known])
        columns["s"].append(labelled.stages[number][known])
        columns["py"].append(categories[known])
        columns["ps"].append(stages[known])
    return Judged(labelled.codebook, *(np.concatenate(columns[name]) for name in ("d", "p", "c", "y", "s", "py", "ps")))


def measure(judged: Judged, *, bins: int, review_threshold: float, seed: int) -> dict[str, Any]:
    """Return all metrics, rounded to four digits, ready for JSON.

    Accuracy and macro-F1 come with 95% intervals of a bootstrap over reports (percentiles of 1,000 resamples): sentences of one report
    aren't independent. ``share_error_points`` is the mean absolute error of the categories' shares of characters in a report.
    """
    guess, stage_guess = judged.category_posteriors.argmax(axis=1), judged.stage_posteriors.argmax(axis=1)
    right = guess == judged.category
    best = judged.category_posteriors.max(axis=1)
    codes, stages = judged.codebook.category_codes, judged.codebook.stage_codes
    unmarked = best >= review_threshold
    metrics = {
        "reports": int(judged.documents.max()) + 1,
        "sentences": len(right),
        "accuracy": right.mean(),
        "macro_f1": macro_f1(judged.category, guess, len(codes)),
        **_intervals(judged, guess, seed),
        "accuracy_by_characters": (right * judged.characters).sum() / judged.characters.sum(),
        "share_error_points": 100 * _share_error(judged, guess),
        "stage_accuracy": (stage_guess == judged.stage).mean(),
        "stage_macro_f1": macro_f1(judged.stage, stage_guess, len(stages)),
        "calibration_error": calibration_error(best, right, bins),
        "stage_calibration_error": calibration_error(judged.stage_posteriors.max(axis=1), stage_guess == judged.stage, bins),
        "review": {
            "threshold": review_threshold,
            "unmarked_share": unmarked.mean(),
            "unmarked_precision": right[unmarked].mean() if unmarked.any() else None,
            "promise_kept": bool(unmarked.mean() >= PROMISED_SHARE and right[unmarked].mean() >= PROMISED_PRECISION),
        },
        "paragraph_categories": _paragraph_categories(judged, guess),
        "categories": _by_class(codes, judged.category, guess),
        "stages": _by_class(stages, judged.stage, stage_guess),
        "reliability": reliability(best, right, bins),
        "confusion": {
            "codes": list(codes),
            "rows_are_coded_columns_are_tagged": confusion(judged.category, guess, len(codes)).tolist(),
        },
    }
    rounded: dict[str, Any] = _rounded(metrics)
    return rounded


def _intervals(judged: Judged, guess: Integers, seed: int) -> dict[str, list[float]]:
    reports, classes = int(judged.documents.max()) + 1, len(judged.codebook.category_codes)
    tables = np.zeros((reports, classes, classes))
    np.add.at(tables, (judged.documents, judged.category, guess), 1)
    draws = np.random.default_rng(seed).integers(0, reports, (_RESAMPLES, reports))
    accuracy, macro = [], []
    for draw in draws:
        table = tables[draw].sum(axis=0)
        accuracy.append(np.trace(table) / table.sum())
        macro.append(f1_scores(table)[2][table.sum(axis=1) > 0].mean())
    return {
        "accuracy_interval": np.percentile(accuracy, [2.5, 97.5]).tolist(),
        "macro_f1_interval": np.percentile(macro, [2.5, 97.5]).tolist(),
    }


def _share_error(judged: Judged, guess: Integers) -> float:
    classes, errors = len(judged.codebook.category_codes), []
    for report in np.unique(judged.documents):
        inside = judged.documents == report
        coded, tagged = (
            np.bincount(codes[inside], weights=judged.characters[inside], minlength=classes) for codes in (judged.category, guess)
        )
        present = (coded + tagged) > 0
        errors += (np.abs(coded - tagged) / coded.sum())[present].tolist()
    return float(np.mean(errors))


def _paragraph_categories(judged: Judged, guess: Integers) -> dict[str, float]:
    """Return precision and recall of "which categories does this paragraph report": those with a tenth of its characters or more."""
    classes = len(judged.codebook.category_codes)
    _, paragraph = np.unique(judged.documents * 1_000_000 + judged.paragraphs, return_inverse=True)
    sets = []
    for codes in (judged.category, guess):
        shares = np.zeros((int(paragraph.max()) + 1, classes))
        np.add.at(shares, (paragraph, codes), judged.characters)
        sets.append(shares >= _REPORTED_SHARE * shares.sum(axis=1, keepdims=True))
    hits = float((sets[0] & sets[1]).sum())
    return {"precision": hits / sets[1].sum(), "recall": hits / sets[0].sum()}


def _by_class(codes: Sequence[str], truth: Integers, guess: Integers) -> dict[str, dict[str, float]]:
    table = confusion(truth, guess, len(codes))
    precision, recall, f1 = f1_scores(table)
    support = table.sum(axis=1)
    return {
        code: {
            "precision": precision[number],
            "recall": recall[number],
            "f1": f1[number],
            "support": int(support[number]),
        }
        for number, code in enumerate(codes)
    }


def _rounded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    if isinstance(value, float | np.floating):
        return round(float(value), 4)
    return value


def write_evaluation(
    folder: Path, judged: Judged, metrics: Mapping[str, Any], *, digest: str, corpus: Mapping[str, Any] | None = None
) -> None:
    """Write ``metrics.json``, the model card and its pictures, in Chinese and English, into a folder.

    ``corpus`` describes the training corpus (:func:`pipeline.corpus.describe_files`), for the card.
    """
    replace_text(folder / "metrics.json", json.dumps(metrics, ensure_ascii=False, indent=1) + "\n")
    for language, suffix in (("zh", ""), ("en", ".en")):
        say = words(language)
        names = [judged.codebook.name(code, language) for code in judged.codebook.category_codes]
        table = metrics["confusion"]["rows_are_coded_columns_are_tagged"]
        curve = reliability_svg(metrics, x_title=say["posterior"], y_title=say["right"])
        replace_text(folder / f"reliability{suffix}.svg", curve)
        replace_text(folder / f"confusion{suffix}.svg", confusion_svg(table, names, x_title=say["tagged"], y_title=say["coded"]))
        extra = corpus_section(corpus, judged.codebook, language) if corpus else ""
        replace_text(folder / f"card{suffix}.md", card(metrics, judged.codebook, digest=digest, language=language, extra=extra))
