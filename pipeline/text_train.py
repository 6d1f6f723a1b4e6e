"""Train a model of texts that stand alone, from a table of texts and categories; held-out texts choose penalty and features."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from threadpoolctl import threadpool_limits

from pipeline.classify import Calibrator, LinearScorer, fit_calibrator, ridge
from pipeline.errors import TableError
from pipeline.model import quantise, restore_weights
from pipeline.params import Block, TextParams
from pipeline.segment import Segmenter
from pipeline.text_model import TextModel, alone, digest_of
from pipeline.texts import Labelled
from pipeline.train import Progress, no_progress, review_threshold
from pipeline.vectorise import BlockVectoriser, Counted, count_terms

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
Split = tuple[Integers, Integers]  # rows to fit on, rows to judge on
# Fewer iterations act as a further penalty: 92.24% of held-out headlines against 92.17% with 1e-5, in a third of the time.
_TOLERANCE = 1e-3
# Bytes of a feature besides one a category, for n-gram and document frequency. Compressed, 583,000 headline features took 10.5 in all.
_BYTES = 8
_PARTS = 5


@dataclass(frozen=True)
class HeldOut:
    """What models said of texts that they had not seen, their calibration included.

    Attributes:
        table: the development set, or the training table in cross-validation.
        classes: the categories.
        truth: (texts,), numbers of their categories.
        posteriors: (texts, categories).
    """

    table: Labelled
    classes: tuple[str, ...]
    truth: Integers
    posteriors: Array

    def as_csv(self) -> str:
        """Return row, category, tag and probability of each text."""
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("row", "category", "tagged", "probability"))
        best = self.posteriors.argmax(axis=1)
        for row, (line, truth) in enumerate(zip(self.table.lines, self.truth, strict=True)):
            tagged = int(best[row])
            writer.writerow((line, self.classes[truth], self.classes[tagged], f"{self.posteriors[row, tagged]:.4f}"))
        return stream.getvalue()


@dataclass(frozen=True)
class _Fit:
    """A fit with one penalty: scores of the held-out rows, and what was fitted on the last split."""

    penalty: float
    scores: Array
    accuracy: float
    vectoriser: BlockVectoriser
    scorer: LinearScorer


def train_texts(
    training: Labelled,
    development: Labelled | None,
    params: TextParams,
    segmenter: Segmenter,
    *,
    secondary: float,
    seed: int,
    progress: Progress = no_progress,
) -> tuple[TextModel, HeldOut]:
    """Train a model on one core, the same each time.

    Penalty and features are those that tag the development set best; without one, the held-out texts of cross-validation, where no
    group is split. The same held-out texts calibrate the posteriors and set the review threshold.

    Args:
        training: texts with categories.
        development: further ones, from which nothing but choices is learnt.
        params: the parameters.
        segmenter: makes words.
        secondary: posterior from which a second category is named.
        seed: of the folds.
        progress: is told what is done.

    Raises:
        TableError: there are too few categories or rows, or more categories than a table of labels has.
    """
    classes = _classes(training)
    labels = training.codes(classes)
    held = development or training
    truth = development.codes(classes) if development else labels
    rows = [alone(text) for text in (*training.texts, *(development.texts if development else ()))]
    every = np.arange(len(labels))
    splits: list[Split] = [(every, np.arange(len(labels), len(rows)))]
    folds = np.random.default_rng(seed).permutation(len(truth)) % _PARTS
    if not development:
        folds = assign_text_folds(labels, training.groups, params.folds, seed)
        splits = [(every[folds != fold], every[folds == fold]) for fold in np.unique(folds)]
    with threadpool_limits(limits=1):
        progress("words and characters", 0, 4)
        counted = count_terms(rows, (*params.blocks, *params.more_blocks), segmenter)
        search = _Search(counted, labels, splits, truth, len(classes), params, segmenter, development is not None)
        progress("penalty", 1, 4)
        best = search.best()
        progress("model", 2, 4)
        vectoriser, scorer = search.final(best)
        scores = best.scores
        if development:  # the very model: with its features chosen and its weights rounded
            scores = scorer.scores(vectoriser.transform_counted(counted, splits[0][1]))
        progress("calibration", 3, 4)
        calibrator, posteriors = _calibrate(scores, truth, folds)
    restored = BlockVectoriser(vectoriser.blocks, 0.0, segmenter).restore(vectoriser.terms_, vectoriser.idf_)
    threshold = review_threshold([truth], [posteriors], params.review_precision)
    digest = digest_of(training.texts, training.categories)
    model = TextModel(classes, restored, scorer, calibrator, segmenter, best.penalty, threshold, secondary, digest)
    return model, HeldOut(held, classes, truth, posteriors)


def _classes(training: Labelled) -> tuple[str, ...]:
    counts = Counter(training.categories)
    if len(counts) < 2:
        what = f"{len(training.texts)} rows of one category"
        raise TableError(what, where=training.where, remedy="label texts of two categories or more")
    if 2 * len(counts) > len(training.texts):
        what = f"{len(counts)} categories in {len(training.texts)} rows"
        raise TableError(
            what, where=training.where, remedy="is --category the right column? Label two rows of each category or more"
        )
    return tuple(sorted(counts))


def assign_text_folds(labels: Integers, groups: Sequence[str], folds: int, seed: int) -> Integers:
    """Return the fold of each text: every group in one fold, where there are groups; else each category spread over all folds."""
    random = np.random.default_rng(seed)
    if not groups:
        order = np.lexsort((random.permutation(len(labels)), labels))
        assigned = np.empty(len(labels), dtype=np.int64)
        assigned[order] = np.arange(len(labels)) % folds
        return assigned
    sizes = Counter(groups)
    if len(sizes) < 2:
        raise TableError("all texts are of one group", remedy="leave --group out, or give a column that tells texts apart")
    shuffled = random.permutation(sorted(sizes)).tolist()
    load, place = [0] * min(folds, len(sizes)), {}
    for group in sorted(shuffled, key=lambda group: -sizes[group]):
        place[group] = load.index(min(load))
        load[place[group]] += sizes[group]
    return np.array([place[group] for group in groups], dtype=np.int64)


@dataclass(frozen=True)
class _Search:
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

    def best(self) -> _Fit:
        """Return the best penalty with the first blocks; then, with that penalty, the better of these and all blocks."""
        fit = self._fitter(self.params.blocks)
        found = climb(fit, self.params.penalties)
        if self.params.more_blocks:
            more = self._fitter((*self.params.blocks, *self.params.more_blocks))(found.penalty)
            found = max(found, more, key=lambda one: one.accuracy)
        return found

    def _fitter(self, blocks: tuple[Block, ...]) -> Callable[[float], _Fit]:
        splits = []
        for fit, judged in self.splits:
            vectoriser = self._vectoriser(blocks, fit)
            known, unknown = (vectoriser.transform_counted(self.counted, rows) for rows in (fit, judged))
            splits.append((fit, judged - self.offset, vectoriser, known, unknown))

        def fit_with(penalty: float) -> _Fit:
            scores = np.zeros((len(self.truth), self.classes))
            for fit, judged, vectoriser, known, unknown in splits:  # noqa: B007
                scorer = self._scorer(known, self.labels[fit], penalty)
                scores[judged] = scorer.scores(unknown)
            accuracy = float((scores.argmax(axis=1) == self.truth).mean())
            return _Fit(penalty, scores, accuracy, vectoriser, scorer)

        return fit_with

    def _vectoriser(self, blocks: tuple[Block, ...], rows: Integers) -> BlockVectoriser:
        """Fit a vectoriser whose frequent features stand together: passes over the rows then find them in the cache (-30% time)."""
        vectoriser = BlockVectoriser(blocks, 0.0, self.segmenter).fit_counted(self.counted, rows)
        for number, idf in enumerate(vectoriser.idf_):
            take_features(vectoriser, number, np.argsort(idf, kind="stable"))
        return vectoriser

    def _scorer(self, matrix: sparse.csr_matrix, labels: Integers, penalty: float) -> LinearScorer:
        counts = np.bincount(labels, minlength=self.classes)
        weight = (
            np.where(counts > 0, len(labels) / (counts > 0).sum() / np.maximum(counts, 1), 0.0) ** self.params.class_weight_power
        )
        targets = np.where(labels[:, None] == np.arange(self.classes)[None, :], 1.0, -1.0)
        return LinearScorer(*ridge(matrix, targets, weight[labels], penalty, tolerance=_TOLERANCE))

    def final(self, best: _Fit) -> tuple[BlockVectoriser, LinearScorer]:
        """Fit on all rows, leave out features until the model is small enough, and round the weights as its folder does."""
        rows = np.arange(len(self.labels))
        vectoriser, scorer = best.vectoriser, best.scorer
        if not self.development:
            vectoriser = self._vectoriser(vectoriser.blocks, rows)
            scorer = self._scorer(vectoriser.transform_counted(self.counted, rows), self.labels, best.penalty)
        most = int(self.params.megabytes * 1e6 / (self.classes + _BYTES))
        if sum(map(len, vectoriser.terms_)) > most:
            matrix = vectoriser.transform_counted(self.counted, rows)
            importance = np.abs(scorer.weights).max(axis=1) * np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=0)).ravel())
            keep_features(vectoriser, importance, most)
            scorer = self._scorer(vectoriser.transform_counted(self.counted, rows), self.labels, best.penalty)
        return vectoriser, LinearScorer(restore_weights(*quantise(scorer.weights)), np.round(scorer.intercept, 6))


def climb(fit: Callable[[float], _Fit], penalties: Sequence[float]) -> _Fit:
    """Return the best fit on the way up, then down, from the middle penalty, as long as held-out texts are tagged better."""
    middle = (len(penalties) - 1) // 2
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
        take_features(vectoriser, number, np.flatnonzero(inside))


def take_features(vectoriser: BlockVectoriser, block: int, places: Integers) -> None:
    """Leave features of a block, by their places in it and in the order of ``places``, in a fitted vectoriser."""
    terms = vectoriser.terms_[block]
    vectoriser.columns_[block] = vectoriser.columns_[block][places]
    vectoriser.idf_[block] = vectoriser.idf_[block][places]
    vectoriser.terms_[block] = [terms[place] for place in places.tolist()]


def _calibrate(scores: Array, truth: Integers, folds: Integers) -> tuple[Calibrator, Array]:
    """Return the calibrator of all held-out texts, and posteriors of each fold from a calibrator of the others."""
    posteriors = np.zeros_like(scores)
    for fold in np.unique(folds):
        inside = folds == fold
        posteriors[inside] = fit_calibrator(scores[~inside], truth[~inside]).posteriors(scores[inside])
    return fit_calibrator(scores, truth), posteriors
