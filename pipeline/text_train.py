"""Train a model of texts that stand alone, from a table of texts and categories; held-out texts choose penalty and features."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from pipeline.cache import kept
from pipeline.classify import Calibrator, fit_calibrator
from pipeline.errors import TableError
from pipeline.memory import keep_freed_memory
from pipeline.params import TextParams, read_params, read_text_params
from pipeline.progress import Progress, no_progress
from pipeline.review import review_threshold
from pipeline.segment import Segmenter, read_dictionary
from pipeline.text_model import TextModel, alone, digest_of, save_text_model
from pipeline.text_search import Search, Split
from pipeline.texts import Labelled, read_labelled
from pipeline.vectorise import BlockVectoriser, count_terms

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
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

    Leave-one-out in closed form (Rifkin & Lippert 2007) would do the same with one inverse of (texts, texts) a penalty. With 300 headlines
    it took as long as five folds do in their Krylov spaces (:mod:`pipeline.krylov`), with 2,000 ten to twenty times as long; accuracy and
    log-loss on unseen texts were the same to 0.3 points and 0.015, but its own accuracy was 1.1 points above that on unseen reports, five
    folds' 0.3: what is near to a text stands among the others.

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
    rows = alone((*training.texts, *(development.texts if development else ())))
    every = np.arange(len(labels))
    splits: list[Split] = [(every, np.arange(len(labels), len(rows)))]
    folds = np.random.default_rng(seed).permutation(len(truth)) % _PARTS
    if not development:
        folds = assign_text_folds(labels, training.groups, params.folds, seed)
        splits = [(every[folds != fold], every[folds == fold]) for fold in np.unique(folds)]
    keep_freed_memory()
    with threadpool_limits(limits=1):
        progress("words and characters", 0, 4)
        if len(labels) < params.more_from:
            params = replace(params, more_blocks=())
        counted = count_terms(rows, (*params.blocks, *params.more_blocks), segmenter, keep=kept)
        search = Search(counted, labels, splits, truth, len(classes), params, segmenter, development is not None)
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


def train_from_table(
    table: Path,
    output: Path,
    *,
    text: str,
    category: str,
    group: str | None = None,
    development: Path | None = None,
    header: bool = True,
    dictionary: Path | None = None,
    params_file: Path,
    progress: Progress = no_progress,
) -> tuple[TextModel, HeldOut, Labelled]:
    """Train from a table, and write the model folder.

    Args:
        table: texts and categories.
        output: the model folder.
        text: column of the texts, by name or number.
        category: column of the categories.
        group: column of what belongs together.
        development: a table with the same columns that chooses the penalty.
        header: the first row of the tables names the columns.
        dictionary: domain words that stay whole; None: no such words.
        params_file: the parameters.
        progress: is told what is done.

    Returns:
        The model, what it says of held-out texts, and the training table.

    Raises:
        WorktagError: an input has a fault; nothing is written then.
    """
    general, special = read_params(params_file), read_text_params(params_file)
    training = read_labelled(table, text=text, category=category, group=group, header=header)
    further = read_labelled(development, text=text, category=category, header=header) if development else None
    segmenter = Segmenter(read_dictionary(dictionary)) if dictionary else Segmenter()
    model, judged = train_texts(
        training, further, special, segmenter, secondary=general.tag.secondary, seed=general.seed, progress=progress
    )
    save_text_model(model, output, held_out=judged.as_csv())
    return model, judged, training


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
    # Numbers in the order of numbers, names in that of their characters.
    return tuple(sorted(counts, key=int if all(name.isdecimal() for name in counts) else None))


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


def _calibrate(scores: Array, truth: Integers, folds: Integers) -> tuple[Calibrator, Array]:
    """Return the calibrator of all held-out texts, and posteriors of each fold from a calibrator of the others."""
    calibrator, posteriors = fit_calibrator(scores, truth), np.zeros_like(scores)
    for fold in np.unique(folds):
        inside = folds == fold
        posteriors[inside] = fit_calibrator(scores[~inside], truth[~inside], near=calibrator).posteriors(scores[inside])
    return calibrator, posteriors
