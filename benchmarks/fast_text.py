"""Tag with fastText on jieba's words, as its tutorial shows, with the same calls as :mod:`benchmarks.obvious`.

usage: python -m benchmarks.fast_text train LABELLED MODEL | tag MODEL FOLDER OUTPUT
"""

import csv
import re
import sys
import tempfile
from pathlib import Path

import fasttext
import jieba


def train(table: str, model: str) -> None:
    """Train on lines with text and category."""
    rows = [line.split("\t") for line in Path(table).read_text(encoding="utf-8").splitlines()]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "train.txt"
        file.write_text("".join(f"__label__{row[1]} {' '.join(jieba.lcut(row[0]))}\n" for row in rows), encoding="utf-8")
        fasttext.train_supervised(str(file), thread=1, wordNgrams=2, epoch=25, lr=0.5, verbose=0).save_model(model)


def tag(model: str, folder: str, output: str) -> None:
    """Tag the sentences of reports."""
    learner = fasttext.load_model(model)
    with Path(output).open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        for path in sorted(Path(folder).glob("*.txt")):
            sentences = [one.strip() for one in re.split(r"(?<=[。！？])|\n", path.read_text(encoding="utf-8"))]
            for sentence in filter(None, sentences):
                found = learner.f.predict(" ".join(jieba.lcut(sentence)), 1, 0.0, "strict")
                writer.writerow((path.name, sentence, *(found[0][::-1] if found else ())))


if __name__ == "__main__":
    step, *arguments = sys.argv[1:]
    if step == "train":
        train(*arguments)
    else:
        tag(*arguments)
