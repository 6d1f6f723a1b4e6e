"""Train on public headlines of ten kinds with ``worktag train --table``, beside the script that a user would write.

usage: python -m benchmarks.headlines [--data FOLDER]

Penalty and features are chosen on dev.txt; test.txt is tagged once, at the end. Both run one after the other, on one core where the
system allows it, as processes of their own from start to model written. Without the data (../shared/data/thucnews-headlines-10) the
benchmark says so and does nothing.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import ONE_THREAD

DATA = Path(__file__).parent.parent.parent / "shared" / "data" / "thucnews-headlines-10"
TRAIN, DEVELOPMENT, TEST = "train_partial.txt", "dev.txt", "test.txt"
COLUMNS = ("--no-header", "--text", "1", "--category", "2")
# What a tutorial shows: jieba as the tokenizer of TF-IDF, logistic regression, joblib.
OBVIOUS = """
import sys, jieba, joblib
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
def words(text):  # not jieba.lcut itself: it holds a lock, so that joblib can't write it
    return jieba.lcut(text)
def read(name):
    rows = [line.rstrip("\\n").split("\\t") for line in open(name, encoding="utf-8")]
    return [text for text, _ in rows], [category for _, category in rows]
jieba.setLogLevel(60)
step, table, model = sys.argv[1:]
if step == "train":
    learner = make_pipeline(TfidfVectorizer(tokenizer=words, token_pattern=None), LogisticRegression(max_iter=1000))
    joblib.dump(learner.fit(*read(table)), model)
else:
    print(f"accuracy {joblib.load(model).score(*read(table)):.4f}")
"""


@dataclass(frozen=True)
class Run:
    """A process that came to its end: what it printed, how long it took by the clock and on the processor."""

    printed: str
    seconds: float
    processor: float

    @property
    def accuracy(self) -> float:
        """The accuracy that it printed."""
        found = re.search(r"accuracy ([\d.]+)", self.printed)
        return float(found[1]) if found else float("nan")


def run(arguments: Sequence[str | Path]) -> Run:
    """Run a Python process with one thread, and wait for it."""
    environment = os.environ | ONE_THREAD
    started, used = time.perf_counter(), sum(os.times()[2:4])
    command = [sys.executable, *map(str, arguments)]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, encoding="utf-8", check=True)
    return Run(done.stdout, time.perf_counter() - started, sum(os.times()[2:4]) - used)


def main() -> None:
    """Print accuracy, time and size of both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="folder with train_partial.txt, dev.txt and test.txt")
    data: Path = parser.parse_args().data
    if not all((data / name).is_file() for name in (TRAIN, DEVELOPMENT, TEST)):
        print(f"skipped: no {TRAIN}, {DEVELOPMENT} and {TEST} in {data}")
        return
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # one core; its processes inherit it
    with tempfile.TemporaryDirectory() as folder:
        model, file = Path(folder) / "model", Path(folder) / "obvious.joblib"
        given = ("--dev", data / DEVELOPMENT)
        ours = run(["-m", "pipeline.cli", "train", "--table", data / TRAIN, *COLUMNS, *given, "-o", model])
        theirs = run(["-c", OBVIOUS, "train", data / TRAIN, file])
        judged = run(["-m", "pipeline.cli", "evaluate", "--table", data / TEST, *COLUMNS, "--model", model])
        obvious = run(["-c", OBVIOUS, "evaluate", data / TEST, file])
        sizes = [sum(path.stat().st_size for path in model.iterdir()) / 1e6, file.stat().st_size / 1e6]
    print(f"dev {ours.accuracy:.4f}, of {ours.printed.splitlines()[0]}")
    print("                        accuracy on test   training, clock   processor   model")
    for name, accuracy, trained, size in (
        ("worktag train --table", judged.accuracy, ours, sizes[0]),
        ("jieba, TF-IDF, logistic", obvious.accuracy, theirs, sizes[1]),
    ):
        print(f"{name:24}{accuracy:16.4f}{trained.seconds:16.1f} s{trained.processor:10.1f} s{size:6.1f} MB")
    print(f"time: {ours.processor / theirs.processor:.2f} of the obvious script's")


if __name__ == "__main__":
    main()
