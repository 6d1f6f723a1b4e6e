"""Tagged sentences whose true codes are known, for the tests of the comparison."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.audit import Audit
from pipeline.codebook import Codebook, codebook_from
from pipeline.estimate import Sample
from pipeline.labels import Label, quote_of
from pipeline.population import Population
from pipeline.posteriors import Origin

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
CODES, STAGES = ("farming", "schooling", "rest"), ("done", "plan")


def small_book(version: str = "7") -> Codebook:
    """Return a codebook of three categories and two stages."""
    codes = {"categories": [{"code": code} for code in CODES], "stages": [{"code": code} for code in STAGES]}
    return codebook_from({**codes, "version": version, "residual": "rest"}, where="")


def small_population(
    reports: Sequence[tuple[str, str]] = (("甲县", "2022"), ("甲县", "2023"), ("乙县", "2022"), ("乙县", "2023")),
    sentences: int = 60,
    seed: int = 1,
) -> tuple[Population, Integers]:
    """Return reports of so many sentences, five a paragraph, and their true categories, which their posteriors foretell rightly."""
    generator = np.random.default_rng(seed)
    count = len(reports) * sentences
    category = generator.dirichlet((0.25, 0.15, 0.1), count) * 0.98 + 0.02 / 3
    stage = generator.dirichlet((0.5, 0.2), count) * 0.98 + 0.01
    truth = np.array([generator.choice(3, p=row) for row in category], dtype=np.int64)
    number = np.tile(np.arange(sentences), len(reports))
    length = generator.integers(8, 60, count)
    end = np.cumsum(length.reshape(len(reports), -1), axis=1).ravel()
    table = pd.DataFrame(
        {
            "document": [f"{unit}-{period}.txt" for unit, period in reports for _ in range(sentences)],
            "unit": [unit for unit, _ in reports for _ in range(sentences)],
            "period": [period for _, period in reports for _ in range(sentences)],
            "paragraph": number // 5 + 1,
            "sentence": number % 5 + 1,
            "start": end - length,
            "end": end,
            "heading": "一、工作",
            "text": [f"第{row}句" + "工" * (int(size) - 3) for row, size in enumerate(length)],
            "category": [CODES[code] for code in category.argmax(axis=1)],
            "probability": category.max(axis=1),
            "secondary": "",
            "stage": [STAGES[code] for code in stage.argmax(axis=1)],
        }
    )
    return Population(table, category, stage, Origin(small_book(), "digest", 0.5), True, ("unit", "period", "document")), truth


def labels_at(population: Population, rows: Sequence[int], truth: Integers, probability: Array, coder: str = "甲") -> list[Label]:
    """Return what a coder who makes no error would write of an audit's sentences."""
    labels = []
    for place, row in enumerate(rows):
        cells: dict[Any, Any] = population.table.iloc[row].to_dict()
        code, version = CODES[truth[row]], population.codebook.version
        where, stage = f"audit.xlsx, row {place + 2}", str(cells["stage"])
        key = (str(cells["document"]), int(cells["paragraph"]), int(cells["sentence"]), quote_of(str(cells["text"])))
        labels.append(Label(*key, code, (), stage, coder, version, "audit-1", float(probability[row]), where))
    return labels


def changed(labels: Sequence[Label], place: int, **values: object) -> list[Label]:
    """Return labels of which one has other values."""
    return [replace(label, **values) if number == place else label for number, label in enumerate(labels)]  # type: ignore[arg-type]


def census(population: Population, truth: Integers) -> Audit:
    """Return an audit of all sentences."""
    codes = np.zeros((len(truth), 3, 2))
    codes[np.arange(len(truth)), truth, population.stage_tags] = 1.0
    return Audit(np.arange(len(truth)), np.ones(len(truth)), codes, ())


def simple_sample(truth: Integers, count: int, classes: int, generator: np.random.Generator) -> Sample:
    """Return a simple random sample of so many sentences, coded truly; every sentence is a paragraph."""
    index = np.sort(generator.choice(len(truth), count, replace=False))
    return Sample(index, np.full(count, count / len(truth)), np.eye(classes)[truth[index]], index)


def written(path: Path, text: str) -> Path:
    """Write a file and return its path."""
    path.write_text(text, encoding="utf-8")
    return path
