"""Compare learners, features and decoding on the bundled corpus, grouped by unit.

usage: python -m benchmarks.learners [--sentences N] [--folds K]

Each row is cross-validated: no sentence is tagged by a model that saw a report of its unit. With --sentences, only so many labelled
sentences (of whole reports, drawn by chance) train each fold, and all held-out reports are tagged.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.decomposition import TruncatedSVD
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import normalize
from sklearn.svm import LinearSVC

from benchmarks.corpus import load_corpus
from pipeline.classify import fit_calibrator, fit_scorer
from pipeline.decode import CodedSequence, fit_chain
from pipeline.evaluate import macro_f1
from pipeline.params import Block, Params
from pipeline.segment import Segmenter
from pipeline.train import TrainingSet, assign_folds
from pipeline.vectorise import BlockVectoriser, Counted, count_terms

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
Learner = Callable[[sparse.csr_matrix, Integers, int], Callable[[sparse.csr_matrix], Array]]


def ridge(alpha: float, power: float = 0.5) -> Learner:
    """Ridge on one-against-rest targets, as the product has it."""

    def fit(rows: sparse.csr_matrix, labels: Integers, classes: int) -> Callable[[sparse.csr_matrix], Array]:
        return fit_scorer(rows, labels, classes, alpha=alpha, power=power).scores

    return fit


def logistic(penalty: float) -> Learner:
    """Multinomial logistic regression."""

    def fit(rows: sparse.csr_matrix, labels: Integers, classes: int) -> Callable[[sparse.csr_matrix], Array]:
        model = LogisticRegression(C=penalty, max_iter=200, tol=1e-3).fit(rows, labels)
        return lambda unseen: _spread(model.decision_function(unseen), model.classes_, classes)

    return fit


def svm(penalty: float) -> Learner:
    """Linear support vector machine, one against rest."""

    def fit(rows: sparse.csr_matrix, labels: Integers, classes: int) -> Callable[[sparse.csr_matrix], Array]:
        model = LinearSVC(C=penalty, random_state=0).fit(rows, labels)
        return lambda unseen: _spread(model.decision_function(unseen), model.classes_, classes)

    return fit


def _spread(scores: Array, present: Integers, classes: int) -> Array:
    spread = np.full((len(scores), classes), scores.min() - 1)
    spread[:, present] = scores
    return spread


class Bench:
    """The corpus, its folds, and one row of the table after another."""

    def __init__(self, corpus: TrainingSet, params: Params, segmenter: Segmenter, folds: int, sentences: int | None) -> None:
        self.corpus, self.params, self.segmenter, self.sentences = corpus, params, segmenter, sentences
        self.folds = assign_folds(corpus, folds, params.seed)
        self.labels = np.concatenate(corpus.categories)
        self.report = np.repeat(np.arange(len(corpus.documents)), [len(codes) for codes in corpus.categories])
        self.rows = [row for document in corpus.contexts for row in document]
        self.counted: dict[tuple[Block, ...], Counted] = {}

    def row(self, name: str, learner: Learner, blocks: tuple[Block, ...], *, latent: int = 0, gamma: float = 1.0) -> None:
        """Print a row: accuracy and macro-F1 before and after decoding, and seconds."""
        start, classes = time.perf_counter(), len(self.corpus.codebook.category_codes)
        counted = self.counted.setdefault(blocks, count_terms(self.rows, blocks, self.segmenter))
        scores = np.zeros((len(self.labels), classes))
        for train, test in self._splits():
            vectoriser = BlockVectoriser(blocks, self.params.vectorise.place_weight, self.segmenter).fit_counted(counted, train)
            matrix = vectoriser.transform_counted(counted, np.arange(len(self.labels)))
            if latent:
                matrix = self._with_latent(matrix, latent, gamma)
            scores[test] = learner(matrix[train], self.labels[train], classes)(matrix[test])
        plain, decoded = scores.argmax(axis=1), self._decoded(scores, classes).argmax(axis=1)
        figures = [
            value for guess in (plain, decoded) for value in ((guess == self.labels).mean(), macro_f1(self.labels, guess, classes))
        ]
        print(
            f"| {name} | " + " | ".join(f"{value:.4f}" for value in figures) + f" | {time.perf_counter() - start:.0f} |", flush=True
        )

    def _splits(self) -> Iterator[tuple[Integers, Integers]]:
        generator = np.random.default_rng(self.params.seed)
        for fold in range(int(self.folds.max()) + 1):
            reports = generator.permutation(np.flatnonzero(self.folds != fold))
            train = np.concatenate([np.flatnonzero(self.report == report) for report in reports])[: self.sentences]
            yield train, np.flatnonzero(self.folds[self.report] == fold)

    @staticmethod
    def _with_latent(matrix: sparse.csr_matrix, dimensions: int, gamma: float) -> sparse.csr_matrix:
        """Append the normalised SVD of all rows, labelled or not: ridge on it is ridge in the dual on K = XXᵀ + γZZᵀ."""
        latent = normalize(TruncatedSVD(dimensions, random_state=0).fit_transform(matrix))
        return sparse.hstack([matrix, sparse.csr_matrix(np.sqrt(gamma) * latent)], format="csr")

    def _decoded(self, scores: Array, classes: int) -> Array:
        """Calibrate and decode each fold by what was learnt from the others."""
        decoded = np.zeros_like(scores)
        for fold in range(int(self.folds.max()) + 1):
            others = np.flatnonzero(self.folds != fold)
            rows = np.isin(self.report, others)
            calibrator = fit_calibrator(scores[rows], self.labels[rows])
            sequences = [
                CodedSequence(
                    calibrator.posteriors(scores[self.report == number]),
                    self.corpus.relations[number],
                    self.corpus.categories[number],
                )
                for number in others
            ]
            chain = fit_chain(sequences, classes, smoothing=self.params.decode.smoothing)
            for number in np.flatnonzero(self.folds == fold):
                inside = self.report == number
                decoded[inside] = chain.decode(calibrator.posteriors(scores[inside]), self.corpus.relations[number])
        return decoded


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sentences", type=int, help="labelled sentences that train each fold; without it all")
    parser.add_argument("--folds", type=int, default=5)
    options = parser.parse_args()
    corpus, params, segmenter = load_corpus()
    bench = Bench(corpus, params, segmenter, options.folds, options.sentences)
    blocks = params.vectorise.category_blocks
    own = tuple(block for block in blocks if block.source == "own")
    context = tuple(block for block in blocks if block.source not in ("previous", "following"))
    alpha = params.classify.alpha
    print(
        f"{len(bench.labels):,} sentences of {len(corpus.documents)} reports; training {options.sentences or 'on all but the held-out fold'}\n"
    )
    print(
        "| learner and features | accuracy | macro-F1 | accuracy, decoded | macro-F1, decoded | seconds |\n| --- | --- | --- | --- | --- | --- |"
    )
    bench.row("ridge, own words", ridge(alpha), tuple(block for block in own if block.unit == "word"))
    bench.row("ridge, own characters", ridge(alpha), tuple(block for block in own if block.unit == "character"))
    bench.row("ridge, own words + characters", ridge(alpha), own)
    bench.row("ridge, + headings and leads", ridge(alpha), context)
    bench.row("**ridge, + neighbours (default)**", ridge(alpha), blocks)
    bench.row("ridge, default, alpha × 2", ridge(2 * alpha), blocks)
    bench.row("ridge, default, alpha ÷ 2", ridge(alpha / 2), blocks)
    bench.row("ridge, default, no class weights", ridge(alpha, power=0.0), blocks)
    louder = tuple(block if block.source == "own" else replace(block, weight=1.5 * block.weight) for block in blocks)
    bench.row("ridge, context × 1.5", ridge(alpha), louder)
    trigrams = tuple(replace(block, high=3) if block.source == "own" and block.unit == "character" else block for block in blocks)
    bench.row("ridge, own characters to trigrams", ridge(alpha), trigrams)
    bench.row("ridge in the dual with LSA kernel, 100 dimensions", ridge(alpha), blocks, latent=100)
    bench.row("ridge in the dual with LSA kernel, 300 dimensions, γ = ½", ridge(alpha), blocks, latent=300, gamma=0.5)
    bench.row("linear SVM, C = 0.5", svm(0.5), blocks)
    bench.row("logistic regression, C = 10", logistic(10), blocks)
    bench.row("logistic regression, C = 100", logistic(100), blocks)


if __name__ == "__main__":
    main()
