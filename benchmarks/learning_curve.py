"""What an analyst gets for how many labels: worktag and the script that one would write, on reports of unseen units.

usage: nice python -m benchmarks.learning_curve [--repeats N] [-o benchmarks/learning-curve.svg]

Of all bundled reports, hard ones too. Each point is a mean over repeats: a fifth of the units is held out, whole reports of the others are
drawn by chance until there are enough labelled sentences (the last one is cut), and every sentence of the held-out reports is tagged. The
band is one standard deviation of the repeats to either side; with five repeats each fifth is held out once.

The script is jieba's words (those of one character too), TfidfVectorizer and LogisticRegression: once as they come, and once with C and
class weights chosen by cross-validation over reports, on 2,400 sentences at most. Both it and worktag see the same labels. With few of
them worktag also learns from the text of the reports that were not drawn, as it does from uncoded reports in a folder.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import jieba
import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.pipeline import make_pipeline

from benchmarks.corpus import ROOT, load_corpus, part
from pipeline.params import Params
from pipeline.plot import curves_svg
from pipeline.segment import Segmenter
from pipeline.store import replace_text
from pipeline.train import TrainingSet, assign_folds, train

SIZES = (150, 300, 600, 1200, 2400)
WORKTAG, OBVIOUS, TUNED = "worktag", "jieba + TfidfVectorizer + LogisticRegression", "the same, C and class weights chosen"
_CHOOSING = 2400
_GRID = {"logisticregression__C": (1.0, 10.0, 100.0), "logisticregression__class_weight": (None, "balanced")}


@cache
def _words(text: str) -> str:
    return "\t".join(jieba.lcut(text))


def _split(words: str) -> list[str]:
    return words.split("\t")


def script_accuracies(training: TrainingSet, held_out: TrainingSet) -> dict[str, float]:
    """Return the accuracy of the script as it comes, and with its parameters chosen."""
    texts, labels, reports = _texts(training)
    unseen, truth, _ = _texts(held_out)
    # Segmented once for all repeats: the same features as with tokenizer=jieba.lcut.
    model = make_pipeline(TfidfVectorizer(tokenizer=_split, token_pattern=None), LogisticRegression(max_iter=1000))
    found = {OBVIOUS: float((model.fit(texts, labels).predict(unseen) == truth).mean())}
    few = slice(0, _CHOOSING)
    folds = GroupKFold(min(3, len(np.unique(reports[few]))))
    search = GridSearchCV(model, _GRID, cv=folds, refit=False).fit(texts[few], labels[few], groups=reports[few])
    chosen = model.set_params(**search.best_params_).fit(texts, labels)
    return {**found, TUNED: float((chosen.predict(unseen) == truth).mean())}


def _texts(corpus: TrainingSet) -> tuple[list[str], NDArray[np.int64], NDArray[np.int64]]:
    rows = [
        (_words(sentence.text), int(code), report)
        for report, (document, codes) in enumerate(zip(corpus.documents, corpus.categories, strict=True))
        for sentence, code in zip(document.sentences, codes, strict=True)
        if code >= 0
    ]
    return [text for text, _, _ in rows], np.array([code for _, code, _ in rows]), np.array([report for _, _, report in rows])


def worktag_accuracy(training: TrainingSet, held_out: TrainingSet, params: Params, segmenter: Segmenter) -> float:
    """Return the accuracy of a model trained with the product's parameters."""
    model, _ = train(training, params, segmenter)
    hits = [
        (model.posteriors(document)[0].argmax(axis=1) == codes)[codes >= 0]
        for document, codes in zip(held_out.documents, held_out.categories, strict=True)
    ]
    return float(np.concatenate(hits).mean())


def measure(repeats: int) -> tuple[dict[str, dict[int, list[float]]], int]:
    """Return accuracies by name and number of labels, one a repeat, and the number of all labels."""
    corpus, params, segmenter = load_corpus()
    folds = assign_folds(corpus, 5, params.seed)
    total = sum(int((codes >= 0).sum()) for codes in corpus.categories)
    everything = int(0.8 * total) // 100 * 100
    figures: dict[str, dict[int, list[float]]] = {}
    for repeat in range(repeats):
        fold = repeat % 5
        order = np.random.default_rng(params.seed + repeat).permutation(np.flatnonzero(folds != fold)).tolist()
        held_out = part(corpus, np.flatnonzero(folds == fold).tolist())
        for size in (*SIZES, everything):
            drawn = part(corpus, order, None if size == everything else size)
            # The reports that weren't drawn lie uncoded in the analyst's folder; of the held-out ones not even the text is seen.
            rest = tuple(corpus.documents[number] for number in order[len(drawn.documents) :])
            training = replace(drawn, uncoded=rest)
            found = {WORKTAG: worktag_accuracy(training, held_out, params, segmenter), **script_accuracies(training, held_out)}
            for name, accuracy in found.items():
                figures.setdefault(name, {}).setdefault(size, []).append(accuracy)
            print(f"repeat {repeat + 1}, {size:,} labels: " + ", ".join(f"{value:.3f}" for value in found.values()), flush=True)
    print(f"\n{len(corpus.documents)} reports, {total:,} labelled sentences, {repeats} repeats\n")
    return figures, everything


def table(figures: Mapping[str, Mapping[int, Sequence[float]]], everything: int) -> str:
    """Return means and standard deviations as a Markdown table, and how far worktag stands above each script."""
    head = [f"{name} (worktag above it, points)" if name != WORKTAG else name for name in figures]
    lines = [f"| labelled sentences | {' | '.join(head)} |", "| --- " * (1 + len(head)) + "|"]
    for size, ours in figures[WORKTAG].items():
        cells = [f"{size:,}" if size != everything else f"all others, ≈ {size:,}"]
        for name, by_size in figures.items():
            differences = 100 * (np.array(ours) - by_size[size])
            above = "" if name == WORKTAG else f" ({differences.mean():+.1f}, at least {differences.min():+.1f})"
            cells.append(f"{np.mean(by_size[size]):.3f} ± {np.std(by_size[size], ddof=1):.3f}{above}")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    """Print the table and draw the picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5, help="two or more")
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "benchmarks/learning-curve.svg")
    options = parser.parse_args()
    jieba.setLogLevel(60)
    figures, everything = measure(options.repeats)
    print(table(figures, everything))
    curves = {name: [(size, float(np.mean(values))) for size, values in by_size.items()] for name, by_size in figures.items()}
    spread = {name: [float(np.std(values, ddof=1)) for values in by_size.values()] for name, by_size in figures.items()}
    picture = curves_svg(
        curves,
        spread=spread,
        x_title="labelled sentences",
        y_title="accuracy on unseen units",
        ticks=(*SIZES, everything),
        low=0.3,
        high=1.0,
    )
    replace_text(options.output, picture)


if __name__ == "__main__":
    main()
