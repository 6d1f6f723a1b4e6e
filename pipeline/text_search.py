"""Search the penalty and the features with which held-out texts are tagged best."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.classify import LinearScorer
from pipeline.krylov import RidgePath
from pipeline.pack import quantise, restore_weights
from pipeline.params import Block, TextParams
from pipeline.segment import Segmenter
from pipeline.vectorise import BlockVectoriser, Counted

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
Split = tuple[Integers, Integers]  # rows to fit on, rows to judge on
# Bytes of a feature besides one a category, for n-gram and document frequency. Compressed, 583,000 headline features took 10.5 in all.
_BYTES = 8


@dataclass(frozen=True)
class Fit:
    """A fit with one penalty: scores of the held-out rows, and what was fitted on the last split."""

    penalty: float
    scores: Array
    accuracy: float
    vectoriser: BlockVectoriser
    scorer: LinearScorer


@dataclass(frozen=True)
class Search:
    """Fits with one penalty after the other."""

    counted: Counted
    labels: Integers
    splits: Sequence[Split]
    truth: Integers
    classes: int
    params: TextParams
    segmenter: Segmenter
    development: bool

    @property
    def offset(self) -> int:
        """Number of the first row that is judged."""
        return len(self.labels) if self.development else 0

    def best(self) -> Fit:
        """Return the best penalty with the first blocks; then, with that penalty, the better of these and all blocks."""
        found = climb(self._fitter(self.params.blocks), self.params.penalties)
        if self.params.more_blocks:
            more = self._fitter((*self.params.blocks, *self.params.more_blocks))(found.penalty)
            found = max(found, more, key=lambda one: one.accuracy)
        return found

    def _fitter(self, blocks: tuple[Block, ...]) -> Callable[[float], Fit]:
        splits = []
        for fit, judged in self.splits:
            vectoriser = BlockVectoriser(blocks, 0.0, self.segmenter).fit_counted(self.counted, fit)
            unknown = vectoriser.transform_counted(self.counted, judged)
            splits.append((judged - self.offset, vectoriser, self._path(vectoriser, fit), unknown))

        def fit_with(penalty: float) -> Fit:
            scores = np.zeros((len(self.truth), self.classes))
            for judged, vectoriser, path, unknown in splits:  # noqa: B007
                scorer = path.scorer(penalty)
                scores[judged] = scorer.scores(unknown)
            accuracy = float((scores.argmax(axis=1) == self.truth).mean())
            return Fit(penalty, scores, accuracy, vectoriser, scorer)

        return fit_with

    def _path(self, vectoriser: BlockVectoriser, rows: Integers) -> RidgePath:
        matrix, middle = vectoriser.transform_counted(self.counted, rows), _middle(self.params.penalties)
        power, penalty = self.params.class_weight_power, self.params.penalties[middle]
        return RidgePath(matrix, self.labels[rows], self.classes, power=power, penalty=penalty)

    def final(self, best: Fit) -> tuple[BlockVectoriser, LinearScorer]:
        """Fit on all rows, leave out features until the model is small enough, and round the weights as its folder does."""
        rows = np.arange(len(self.labels))
        vectoriser, scorer = best.vectoriser, best.scorer
        if not self.development:
            vectoriser = BlockVectoriser(vectoriser.blocks, 0.0, self.segmenter).fit_counted(self.counted, rows)
            scorer = self._path(vectoriser, rows).scorer(best.penalty)
        most = int(self.params.megabytes * 1e6 / (self.classes + _BYTES))
        if sum(map(len, vectoriser.terms_)) > most:
            matrix = vectoriser.transform_counted(self.counted, rows)
            importance = np.abs(scorer.weights).max(axis=1) * np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=0)).ravel())
            keep_features(vectoriser, importance, most)
            scorer = self._path(vectoriser, rows).scorer(best.penalty)
        return vectoriser, LinearScorer(restore_weights(*quantise(scorer.weights)), np.round(scorer.intercept, 6))


def _middle(penalties: Sequence[float]) -> int:
    return (len(penalties) - 1) // 2


def climb(fit: Callable[[float], Fit], penalties: Sequence[float]) -> Fit:
    """Return the best fit on the way up, then down, from the middle penalty, as long as held-out texts are tagged better."""
    middle = _middle(penalties)
    best = fit(penalties[middle])
    for way in (penalties[middle + 1 :], penalties[:middle][::-1]):
        climbed = False
        for penalty in way:
            found = fit(penalty)
            if found.accuracy <= best.accuracy:
                break
            best, climbed = found, True
        if climbed:
            break
    return best


def keep_features(vectoriser: BlockVectoriser, importance: Array, most: int) -> None:
    """Leave the ``most`` features that matter most in a fitted vectoriser, the first of equals."""
    sizes = [len(terms) for terms in vectoriser.terms_]
    kept = np.zeros(sum(sizes), dtype=bool)
    kept[np.argsort(-importance[: len(kept)], kind="stable")[:most]] = True
    for number, inside in enumerate(np.split(kept, np.cumsum(sizes)[:-1])):
        places = np.flatnonzero(inside)
        vectoriser.columns_[number] = vectoriser.columns_[number][places]
        vectoriser.idf_[number] = vectoriser.idf_[number][places]
        vectoriser.terms_[number] = vectoriser.terms_[number].take(places)
