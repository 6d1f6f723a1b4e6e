"""What an analyst gets for how many labels: worktag and the script that one would write, on reports of unseen units.

usage: python -m benchmarks.learning_curve [--repeats N] [-o benchmarks/learning-curve.svg]

Each point is a mean over repeats: a fifth of the units is held out, whole reports of the others are drawn by chance until there are
enough labelled sentences, and every sentence of the held-out reports is tagged.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import jieba
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from benchmarks.corpus import ROOT, load_corpus, part
from pipeline.plot import curves_svg
from pipeline.train import TrainingSet, assign_folds, train

SIZES = (150, 300, 600, 1200, 2400)


def obvious_script(training: TrainingSet, held_out: TrainingSet) -> float:
    """Return the accuracy of jieba, TfidfVectorizer and LogisticRegression, each as it comes."""
    texts, labels = _texts(training)
    model = make_pipeline(TfidfVectorizer(tokenizer=jieba.lcut, token_pattern=None), LogisticRegression(max_iter=1000)).fit(
        texts, labels
    )
    unseen, truth = _texts(held_out)
    return float((model.predict(unseen) == truth).mean())


def _texts(corpus: TrainingSet) -> tuple[list[str], list[int]]:
    pairs = [
        (sentence.text, int(code))
        for document, codes in zip(corpus.documents, corpus.categories, strict=True)
        for sentence, code in zip(document.sentences, codes, strict=True)
        if code >= 0
    ]
    return [text for text, _ in pairs], [code for _, code in pairs]


def main() -> None:
    """Print the table and draw the picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "benchmarks/learning-curve.svg")
    options = parser.parse_args()
    jieba.setLogLevel(60)
    corpus, params, segmenter = load_corpus()
    folds = assign_folds(corpus, 5, params.seed)
    total = sum(int((codes >= 0).sum()) for codes in corpus.categories)
    sizes = (*SIZES, int(0.8 * total) // 100 * 100)
    figures: dict[tuple[str, int], list[float]] = {}
    for repeat in range(options.repeats):
        generator = np.random.default_rng(params.seed + repeat)
        fold = repeat % 5
        order = generator.permutation(np.flatnonzero(folds != fold)).tolist()
        held_out = part(corpus, np.flatnonzero(folds == fold).tolist())
        for size in sizes:
            training = part(corpus, order, size)
            model, _ = train(training, params, segmenter)
            hits = np.concatenate(
                [
                    model.posteriors(document)[0].argmax(axis=1) == codes
                    for document, codes in zip(held_out.documents, held_out.categories, strict=True)
                ]
            )
            figures.setdefault(("worktag", size), []).append(float(hits.mean()))
            figures.setdefault(("script", size), []).append(obvious_script(training, held_out))
            print(
                f"repeat {repeat + 1}, {size} labels: {figures['worktag', size][-1]:.3f}, script {figures['script', size][-1]:.3f}",
                flush=True,
            )
    print(
        "\n| labelled sentences | worktag | jieba + TfidfVectorizer + LogisticRegression | difference |\n| --- | --- | --- | --- |"
    )
    for size in sizes:
        ours, theirs = float(np.mean(figures["worktag", size])), float(np.mean(figures["script", size]))
        print(f"| {size:,} | {ours:.3f} | {theirs:.3f} | {100 * (ours - theirs):+.1f} points |")
    curves = {
        "worktag": [(size, float(np.mean(figures["worktag", size]))) for size in sizes],
        "jieba + TfidfVectorizer + LogisticRegression": [(size, float(np.mean(figures["script", size]))) for size in sizes],
    }
    picture = curves_svg(curves, x_title="labelled sentences", y_title="accuracy on unseen units", ticks=sizes, low=0.2, high=1.0)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(picture, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
