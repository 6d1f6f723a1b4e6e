"""Train a model from reports and labels, with cross-fitted posteriors for every labelled report."""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from pipeline.classify import Calibrator, LinearScorer, fit_calibrator, fit_scorer
from pipeline.codebook import Codebook, read_codebook
from pipeline.decode import Chain, CodedSequence, fit_chain, relations_of
from pipeline.errors import LabelError
from pipeline.labels import find_labels, read_labels
from pipeline.latent import Latent, fit_latent, latent_pays
from pipeline.memory import keep_freed_memory
from pipeline.model import Head, Model, save_model
from pipeline.params import Block, Params
from pipeline.progress import Progress, no_progress
from pipeline.read import find_sources, read_document
from pipeline.records import StructuredDocument
from pipeline.review import promising_threshold
from pipeline.segment import Segmenter, read_dictionary
from pipeline.structure import structure
from pipeline.uncoded import OnFault, no_fault, read_uncoded
from pipeline.vectorise import BlockVectoriser, Context, Counted, contexts, count_terms

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class TrainingSet:
    """Labelled reports.

    Attributes:
        documents: the reports.
        categories: for each report its sentences' categories as class numbers; -1 where not labelled.
        stages: the same for stages.
        uncoded: further reports, of which nothing but the text is known.
    """

    codebook: Codebook
    documents: tuple[StructuredDocument, ...]
    categories: tuple[Integers, ...]
    stages: tuple[Integers, ...]
    uncoded: tuple[StructuredDocument, ...] = ()

    @cached_property
    def contexts(self) -> list[list[Context]]:
        """Contexts of each report's sentences."""
        return [contexts(document) for document in self.documents]

    @cached_property
    def relations(self) -> list[list[int]]:
        """Relations of each report's sentences."""
        return [relations_of(document.sentences) for document in self.documents]

    @property
    def labelled(self) -> int:
        """How many sentences are labelled."""
        return sum(int((codes >= 0).sum()) for codes in self.categories)

    @property
    def unlabelled(self) -> int:
        """How many sentences are not, those of uncoded reports among them."""
        return sum(len(document.sentences) for document in (*self.documents, *self.uncoded)) - self.labelled

    def digest(self) -> str:
        """Return the SHA-256 of the labelled sentences and their codes."""
        digest = hashlib.sha256()
        for document, categories, stages in zip(self.documents, self.categories, self.stages, strict=True):
            for sentence, category, stage in zip(document.sentences, categories, stages, strict=True):
                digest.update(f"{document.document.name}\t{sentence.text}\t{category}\t{stage}\n".encode())
        return digest.hexdigest()


def load_training_set(reports: Path, labels: Path, codebook: Codebook) -> TrainingSet:
    """Read reports and labels; reports without labels are left out.

    Where several coders coded a sentence, the most frequent category (and stage) stands; of equals the first.

    Raises:
        ReadError: a labelled report can't be read.
        LabelError: a label file has a fault, a label's sentence isn't found, or fewer than two categories are labelled.
    """
    rows = read_labels(labels, codebook)
    wanted = {label.document for label in rows}
    documents = tuple(structure(read_document(source)) for source in find_sources([reports]) if source.name in wanted)
    index = {document.document.name: number for number, document in enumerate(documents)}
    votes: dict[tuple[int, int], list[tuple[str, str]]] = {}
    for found in find_labels(rows, documents):
        for sentence in found.indices:
            votes.setdefault((index[found.label.document], sentence), []).append((found.label.category, found.label.stage))
    categories = tuple(np.full(len(document.sentences), -1) for document in documents)
    stages = tuple(np.full(len(document.sentences), -1) for document in documents)
    for (number, sentence), codes in votes.items():
        categories[number][sentence] = codebook.category_codes.index(Counter(code for code, _ in codes).most_common(1)[0][0])
        stages[number][sentence] = codebook.stage_codes.index(Counter(code for _, code in codes).most_common(1)[0][0])
    if len(documents) < 2 or len({code for values in categories for code in values if code >= 0}) < 2:
        what = "labels of at least two reports and two categories are needed"
        raise LabelError(what, where=str(labels), remedy="label more reports")
    return TrainingSet(codebook, documents, categories, stages)


def assign_folds(training: TrainingSet, folds: int, seed: int) -> Integers:
    """Return the fold of each report: all reports of a unit in one, as even in sentences as a greedy pass makes them.

    Reports of one unit share names and phrases, so a model must not be judged on a unit that it has seen. With fewer units than folds
    there is a fold a unit; with fewer than four units, whose models would see too little, each report stands alone.
    """
    units = [document.document.unit or document.document.name for document in training.documents]
    if len(set(units)) < min(folds, 4):
        units = [document.document.name for document in training.documents]
    sizes = Counter[str]()
    for unit, document in zip(units, training.documents, strict=True):
        sizes[unit] += len(document.sentences)
    shuffled = np.random.default_rng(seed).permutation(sorted(sizes)).tolist()
    load, place = [0] * min(folds, len(sizes)), {}
    for unit in sorted(shuffled, key=lambda unit: -sizes[unit]):
        place[unit] = load.index(min(load))
        load[place[unit]] += sizes[unit]
    return np.array([place[unit] for unit in units])


@dataclass(frozen=True)
class CrossFit:
    """Posteriors of each report's sentences, from models that saw nothing of the report, nor of its unit where that was possible.

    Attributes:
        folds: (reports,).
        category: for each report (sentences, categories).
        stage: for each report (sentences, stages).
    """

    folds: Integers
    category: tuple[Array, ...]
    stage: tuple[Array, ...]


def train(training: TrainingSet, params: Params, segmenter: Segmenter, progress: Progress = no_progress) -> tuple[Model, CrossFit]:
    """Train a model and cross-fit its posteriors, on one core, the same each time."""
    folds = assign_folds(training, params.classify.folds, params.seed)
    total, step = 2 * (int(folds.max()) + 2), 0
    keep_freed_memory()
    with threadpool_limits(limits=1):
        heads, posteriors = [], []
        rows = [row for document in training.contexts for row in document]
        pays = latent_pays(training.labelled, training.unlabelled, params.latent)
        rows += [row for document in training.uncoded if pays for row in contexts(document)]
        counted = count_terms(rows, (*params.vectorise.category_blocks, *params.vectorise.stage_blocks), segmenter)
        # One space for all folds: it knows the text of what is held out, as it does that of uncoded reports, but no code.
        latent = fit_latent(counted, params.vectorise.category_blocks, segmenter, params.latent, params.seed) if pays else None
        for target, classes, labels in (
            ("category", training.codebook.category_codes, training.categories),
            ("stage", training.codebook.stage_codes, training.stages),
        ):
            fitter = _Fitter(training, labels, classes, *params.vectorise.of(target), params, segmenter, counted, latent)
            scores: list[Array] = [np.zeros(0)] * len(folds)
            for fold in range(int(folds.max()) + 1):
                progress(target, step, total)
                step += 1
                for number, values in fitter.held_out_scores(folds, fold):
                    scores[number] = values
            progress(target, step, total)
            step += 1
            heads.append(fitter.head(scores))
            posteriors.append(fitter.cross_fit(scores, folds))
    progress("done", total, total)
    fit = CrossFit(folds, *posteriors)
    threshold = promising_threshold(training.categories, fit.category, params.tag.review_precision)
    return Model(training.codebook, params, segmenter, heads[0], heads[1], threshold, training.digest()), fit


@dataclass(frozen=True)
class _Fitter:
    """Fits the parts of one head."""

    training: TrainingSet
    labels: tuple[Integers, ...]
    classes: tuple[str, ...]
    blocks: tuple[Block, ...]
    place_weight: float
    params: Params
    segmenter: Segmenter
    counted: Counted
    latent: Latent | None

    @cached_property
    def offsets(self) -> Integers:
        """Number of each report's first row among the counted rows."""
        return np.concatenate([[0], np.cumsum([len(labels) for labels in self.labels])[:-1]]).astype(np.int64)

    def held_out_scores(self, folds: Integers, fold: int) -> Iterator[tuple[int, Array]]:
        vectoriser, scorer = self._fit(np.flatnonzero(folds != fold))
        for number in np.flatnonzero(folds == fold):
            rows = self.offsets[number] + np.arange(len(self.labels[number]))
            yield int(number), scorer.scores(vectoriser.transform_counted(self.counted, rows))

    def _fit(self, numbers: Integers) -> tuple[BlockVectoriser, LinearScorer]:
        rows = np.concatenate([self.offsets[number] + np.flatnonzero(self.labels[number] >= 0) for number in numbers])
        labels = np.concatenate([self.labels[number][self.labels[number] >= 0] for number in numbers])
        vectoriser = BlockVectoriser(self.blocks, self.place_weight, self.segmenter, self.latent).fit_counted(self.counted, rows)
        matrix, options = vectoriser.transform_counted(self.counted, rows), self.params.classify
        return vectoriser, fit_scorer(matrix, labels, len(self.classes), alpha=options.alpha, power=options.class_weight_power)

    def head(self, scores: Sequence[Array]) -> Head:
        """Fit on all reports; calibrator and chain on the cross-fitted scores."""
        vectoriser, scorer = self._fit(np.arange(len(scores)))
        vectoriser.restore(vectoriser.terms_, vectoriser.idf_)  # ready for texts that weren't counted
        calibrator, chain = self._calibrate(scores, range(len(scores)))
        return Head(self.classes, vectoriser, scorer, calibrator, chain)

    def cross_fit(self, scores: Sequence[Array], folds: Integers) -> tuple[Array, ...]:
        """Return posteriors for which calibrator and chain, too, saw nothing of the report's fold."""
        found: list[Array] = [np.zeros(0)] * len(scores)
        for fold in range(int(folds.max()) + 1):
            calibrator, chain = self._calibrate(scores, np.flatnonzero(folds != fold).tolist())
            held_out = np.flatnonzero(folds == fold).tolist()
            plain = [calibrator.posteriors(scores[number]) for number in held_out]
            decoded = chain.decode_all(plain, [self.training.relations[number] for number in held_out])
            for number, values in zip(held_out, decoded, strict=True):
                found[number] = values
        return tuple(found)

    def _calibrate(self, scores: Sequence[Array], numbers: Sequence[int]) -> tuple[Calibrator, Chain]:
        known = [self.labels[number] >= 0 for number in numbers]
        rows = np.concatenate([scores[number][mask] for number, mask in zip(numbers, known, strict=True)])
        labels = np.concatenate([self.labels[number][mask] for number, mask in zip(numbers, known, strict=True)])
        calibrator = fit_calibrator(rows, labels)
        sequences = [
            CodedSequence(calibrator.posteriors(scores[number]), self.training.relations[number], self.labels[number])
            for number in numbers
        ]
        return calibrator, fit_chain(sequences, len(self.classes), smoothing=self.params.decode.smoothing)


def crossfit_table(training: TrainingSet, fit: CrossFit) -> str:
    """Return the cross-fitted posteriors as CSV: a row a sentence of a labelled report, its codes, its characters, its posteriors.

    Sentences without a label stand there too, with empty codes: a comparison needs the posteriors of them all from models that saw none.
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    codes = (*training.codebook.category_codes, *(f"stage_{code}" for code in training.codebook.stage_codes))
    writer.writerow(("document", "unit", "paragraph", "sentence", "start", "fold", "characters", "category", "stage", *codes))
    for number, structured in enumerate(training.documents):
        for index, sentence in enumerate(structured.sentences):
            category, stage = training.categories[number][index], training.stages[number][index]
            place = (
                structured.document.name,
                structured.document.unit,
                sentence.paragraph,
                sentence.sentence,
                sentence.start,
            )
            truth = (
                (training.codebook.category_codes[category], training.codebook.stage_codes[stage]) if category >= 0 else ("", "")
            )
            values = (f"{value:.4f}" for value in (*fit.category[number][index], *fit.stage[number][index]))
            writer.writerow((*place, int(fit.folds[number]), len(sentence.text), *truth, *values))
    return stream.getvalue()


def train_from_files(
    reports: Path,
    labels: Path,
    codebook_file: Path,
    dictionary: Path,
    params: Params,
    output: Path,
    progress: Progress = no_progress,
    on_fault: OnFault = no_fault,
) -> Model:
    """Train from reports and labels, and write the model folder; with few labels, reports without any are read too.

    ``on_fault`` is told of each of the latter that can't be read.

    Raises:
        WorktagError: an input has a fault; nothing is written then.
    """
    training = load_training_set(reports, labels, read_codebook(codebook_file))
    if params.latent.dimensions and training.labelled < params.latent.below:
        coded, most = {document.document.name for document in training.documents}, params.latent.sentences
        uncoded = read_uncoded(reports, coded, most, seed=params.seed, progress=progress, on_fault=on_fault)
        training = replace(training, uncoded=uncoded)
    model, fit = train(training, params, Segmenter(read_dictionary(dictionary)), progress)
    save_model(model, output, codebook_file=codebook_file, crossfit=crossfit_table(training, fit))
    return model
