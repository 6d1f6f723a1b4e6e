"""The script that one would write, neither crippled nor tuned: jieba, ``TfidfVectorizer``, ``LogisticRegression``, joblib, pandas.

usage: python -m benchmarks.obvious train LABELLED MODEL | tag MODEL FOLDER OUTPUT | score MODEL LABELLED

LABELLED is a text file of lines with text and category, parted by a tab. ``tag`` tags each sentence of the .txt files in a folder.
"""

import re
import sys
from pathlib import Path

import jieba
import joblib
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline


def tokenize(text: str) -> list[str]:
    """Return the words of a text."""
    words: list[str] = jieba.lcut(text)
    return words


def read(path: str) -> tuple[list[str], list[str]]:
    """Return texts and categories."""
    rows = [line.split("\t") for line in Path(path).read_text(encoding="utf-8").splitlines()]
    return [row[0] for row in rows], [row[1] for row in rows]


def train(table: str, model: str) -> None:
    """Train on labelled texts."""
    texts, categories = read(table)
    learner = make_pipeline(TfidfVectorizer(tokenizer=tokenize, token_pattern=None), LogisticRegression(max_iter=1000))
    joblib.dump(learner.fit(texts, categories), model)


def tag(model: str, folder: str, output: str) -> None:
    """Tag the sentences of reports."""
    learner = joblib.load(model)
    rows = []
    for path in sorted(Path(folder).glob("*.txt")):
        text = path.read_text(encoding="utf-8")
        sentences = [sentence.strip() for sentence in re.split(r"(?<=[。！？])|\n", text)]
        rows += [(path.name, sentence) for sentence in sentences if sentence]
    table = pd.DataFrame(rows, columns=["document", "text"])
    probabilities = learner.predict_proba(table["text"])
    table["category"] = learner.classes_[probabilities.argmax(axis=1)]
    table["probability"] = probabilities.max(axis=1)
    table.to_csv(output, index=False, encoding="utf-8-sig")


def score(model: str, table: str) -> None:
    """Print the accuracy on labelled texts."""
    texts, categories = read(table)
    print(f"accuracy {joblib.load(model).score(texts, categories):.4f}")


if __name__ == "__main__":
    step, *arguments = sys.argv[1:]
    if step == "train":
        train(*arguments)
    elif step == "tag":
        tag(*arguments)
    else:
        score(*arguments)
