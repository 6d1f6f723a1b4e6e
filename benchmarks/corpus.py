"""What the benchmarks share: the bundled corpus and parts of it."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from pipeline.codebook import read_codebook
from pipeline.params import Params, read_params
from pipeline.segment import Segmenter, read_dictionary
from pipeline.train import TrainingSet, load_training_set

ROOT = Path(__file__).parent.parent


def load_corpus() -> tuple[TrainingSet, Params, Segmenter]:
    """Return the bundled corpus, the parameters and the segmenter."""
    corpus = load_training_set(ROOT / "seeds", ROOT / "labels", read_codebook(ROOT / "labels/codebook.yaml"))
    return corpus, read_params(ROOT / "params.yaml"), Segmenter(read_dictionary(ROOT / "labels/dictionary.txt"))


def write_figures(lines: Sequence[str], output: Path | None) -> None:
    """Print the lines of a table, and write them with the command, the date and the machine if there is a place for them."""
    print("\n".join(lines))
    if output:
        words = [Path(sys.argv[0]).stem, *sys.argv[1:]]
        command = f"python -m benchmarks.{' '.join(words)}"
        head = f"`{command}`, {datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, Python {platform.python_version()}"
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text("\n".join([head, "", *lines, ""]), encoding="utf-8", newline="\n")


def part(corpus: TrainingSet, numbers: Sequence[int], sentences: int | None = None) -> TrainingSet:
    """Return some of the reports, in the order given, with labels for the first so many sentences only."""
    categories, stages, left = [], [], sentences if sentences is not None else 10**9
    kept = []
    for number in numbers:
        if left <= 0:
            break
        category, stage = corpus.categories[number].copy(), corpus.stages[number].copy()
        known = np.flatnonzero(category >= 0)
        category[known[left:]] = stage[known[left:]] = -1
        left -= len(known)
        kept.append(number)
        categories.append(category)
        stages.append(stage)
    return TrainingSet(corpus.codebook, tuple(corpus.documents[number] for number in kept), tuple(categories), tuple(stages))
