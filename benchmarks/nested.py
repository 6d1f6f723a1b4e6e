"""Judge a recipe for tagging on units that it has not seen: penalty, calibration and transitions come from inside the training part."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.decomposition import TruncatedSVD
from sklearn.preprocessing import normalize

from benchmarks.corpus import part
from pipeline.classify import Calibrator, fit_calibrator
from pipeline.decode import Chain, CodedSequence, fit_chain
from pipeline.params import Block, Params
from pipeline.segment import Segmenter
from pipeline.train import TrainingSet, assign_folds
from pipeline.vectorise import BlockVectoriser, Context, count_terms

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
Scorer = Callable[[sparse.csr_matrix], Array]
# Rows, labels, number of classes, penalty.
Learner = Callable[[sparse.csr_matrix, Integers, int, float], Scorer]
Decoder = Callable[[Chain, Array, list[int]], Array]
TARGETS = ("category", "stage")
_OUTER, _INNER, _INNER_LARGE, _LARGE = 5, 3, 2, 5000
_LATENT = 300


@dataclass(frozen=True)
class Recipe:
    """One way to tag.

    Attributes:
        name: what the table calls it.
        group: rows of one group stand together.
        learner: fits scores.
        penalties: if there are several, the one that tags the inner folds best is taken.
        weight: of each block of features; 0 leaves it out.
        place: what the sentence's place weighs; None: what it weighs by the parameters.
        latent: dimensions of the LSA kernel over all text, coded or not; 0 for none.
        decoders: names of further ways to decode the same scores, each a row of its own.
    """

    name: str
    group: str
    learner: Learner
    penalties: tuple[float, ...]
    weight: Callable[[Block], float] = lambda block: block.weight
    place: float | None = None
    latent: int = 0
    decoders: Mapping[str, Decoder] = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """Reports to train on, their labels (-1: not labelled), inner folds, and the reports to tag."""

    draw: int
    training: TrainingSet
    numbers: tuple[int, ...]
    inner: Integers
    held_out: tuple[int, ...]

    def labels(self, target: str) -> tuple[Integers, ...]:
        """Return the codes of each report's sentences."""
        return self.training.categories if target == "category" else self.training.stages


@dataclass(frozen=True)
class Outcome:
    """What a recipe said of the held-out sentences of one part: posteriors (sentences, classes); seconds of processor time."""

    posteriors: Array
    seconds: float


class Bench:
    """The corpus with its n-grams counted once, shared by all recipes and parts."""

    def __init__(self, corpus: TrainingSet, params: Params, segmenter: Segmenter, extra: tuple[Block, ...] = ()) -> None:
        self.corpus, self.params, self.segmenter = corpus, params, segmenter
        self.blocks = {"category": (*params.vectorise.category_blocks, *extra), "stage": params.vectorise.stage_blocks}
        self.rows: list[Context] = [row for document in corpus.contexts for row in document]
        self.lengths = np.array([len(codes) for codes in corpus.categories])
        self.offsets = np.concatenate([[0], np.cumsum(self.lengths)[:-1]])
        self.counted = count_terms(self.rows, (*self.blocks["category"], *self.blocks["stage"]), segmenter)

    def truth(self, target: str, reports: tuple[int, ...]) -> Integers:
        """Return the codes of all sentences of some reports."""
        codes = self.corpus.categories if target == "category" else self.corpus.stages
        return np.concatenate([codes[number] for number in reports])

    def parts(self, sentences: int | None, repeats: int) -> Iterator[Part]:
        """Yield training parts of so many sentences (None: all), each beside a fifth of the units, held out.

        Few labels are whole reports, drawn by chance, the last one cut; each of the ``repeats`` per fifth is another draw.
        """
        folds = assign_folds(self.corpus, _OUTER, self.params.seed)
        for repeat in range(repeats if sentences else 1):
            for fold in range(_OUTER):
                generator = np.random.default_rng([self.params.seed, repeat, fold])
                order = generator.permutation(np.flatnonzero(folds != fold)).tolist()
                training = part(self.corpus, order, sentences)
                large = sum(int((codes >= 0).sum()) for codes in training.categories) > _LARGE
                inner = assign_folds(training, _INNER_LARGE if large else _INNER, self.params.seed)
                held_out = tuple(np.flatnonzero(folds == fold).tolist())
                yield Part(repeat * _OUTER + fold, training, tuple(order[: len(training.documents)]), inner, held_out)

    def rows_of(self, number: int) -> Integers:
        """Return the rows of a report."""
        return np.asarray(self.offsets[number] + np.arange(self.lengths[number]), dtype=np.int64)

    @cached_property
    def latent(self) -> Array:
        """Left singular vectors of the features of all sentences, without any code: what an analyst's uncoded reports give, too."""
        everything = np.arange(len(self.rows))
        vectoriser = BlockVectoriser(self.params.vectorise.category_blocks, 0.0, self.segmenter)
        matrix = vectoriser.fit_counted(self.counted, everything).transform_counted(self.counted, everything)
        return np.asarray(TruncatedSVD(_LATENT, random_state=0).fit_transform(matrix))

    def matrices(self, piece: Part, target: str) -> dict[Block | None, sparse.csr_matrix]:
        """Return each block's rows of unit length, learnt from the labelled rows; under None the sentences' places."""
        labelled = np.concatenate(
            [self.rows_of(number)[codes >= 0] for number, codes in zip(piece.numbers, piece.labels(target), strict=True)]
        )
        wanted = np.concatenate([self.rows_of(number) for number in (*piece.numbers, *piece.held_out)])
        found: dict[Block | None, sparse.csr_matrix] = {}
        for block in self.blocks[target]:
            vectoriser = BlockVectoriser([block], 1.0, self.segmenter).fit_counted(self.counted, labelled)
            matrix = vectoriser.transform_counted(self.counted, wanted)
            places = self.counted.place.shape[1]
            found[block] = matrix[:, :-places] * (1 / block.weight)
            found[None] = matrix[:, -places:]
        return found

    def features(
        self, recipe: Recipe, piece: Part, target: str, blocks: Mapping[Block | None, sparse.csr_matrix]
    ) -> sparse.csr_matrix:
        """Return the recipe's rows: those of the training reports, then those of the held-out ones."""
        chosen = [recipe.weight(block) * matrix for block, matrix in blocks.items() if block is not None and recipe.weight(block)]
        chosen.append(blocks[None] * (self.params.vectorise.of(target)[1] if recipe.place is None else recipe.place))
        if recipe.latent:
            wanted = np.concatenate([self.rows_of(number) for number in (*piece.numbers, *piece.held_out)])
            # Ridge on these columns is ridge in the dual on K = XXᵀ + ½ZZᵀ.
            latent = normalize(self.latent[wanted, : recipe.latent])
            chosen.append(sparse.csr_matrix(np.sqrt(0.5) * latent))
        return sparse.hstack(chosen, format="csr")

    def run(self, recipe: Recipe, piece: Part, target: str, blocks: Mapping[Block | None, sparse.csr_matrix]) -> dict[str, Outcome]:
        """Train on a part and tag what it holds out; an outcome a way of decoding, the product's under the empty name."""
        codes = self.corpus.codebook.category_codes if target == "category" else self.corpus.codebook.stage_codes
        started = time.process_time()
        matrix = self.features(recipe, piece, target, blocks)
        lengths = self.lengths[list(piece.numbers)]
        report = np.repeat(np.arange(len(lengths)), lengths)
        labels = np.concatenate(piece.labels(target))
        inner = np.where(labels >= 0, piece.inner[report], -1)
        training = matrix[: len(labels)]
        penalty, scores = _inner_scores(recipe, training, labels, inner, piece.inner[report], len(codes))
        known = labels >= 0
        calibrator = fit_calibrator(scores[known], labels[known])
        chain = self._chain(piece, target, calibrator, scores, lengths, len(codes))
        scorer = recipe.learner(training[known], labels[known], len(codes), penalty)
        plain = calibrator.posteriors(scorer(matrix[len(labels) :]))
        seconds = time.process_time() - started
        bounds = np.cumsum(self.lengths[list(piece.held_out)])[:-1]
        documents = np.split(plain, bounds)
        relations = [self.corpus.relations[number] for number in piece.held_out]
        found = {"": Outcome(np.concatenate(chain.decode_all(documents, relations)), seconds)}
        for name, decoder in recipe.decoders.items():
            decoded = [decoder(chain, values, kinds) for values, kinds in zip(documents, relations, strict=True)]
            found[name] = Outcome(np.concatenate(decoded), seconds)
        return found

    def _chain(self, piece: Part, target: str, calibrator: Calibrator, scores: Array, lengths: Integers, classes: int) -> Chain:
        documents = np.split(calibrator.posteriors(scores), np.cumsum(lengths)[:-1])
        sequences = [
            CodedSequence(values, self.corpus.relations[number], codes)
            for values, number, codes in zip(documents, piece.numbers, piece.labels(target), strict=True)
        ]
        return fit_chain(sequences, classes, smoothing=self.params.decode.smoothing)


def _inner_scores(
    recipe: Recipe, rows: sparse.csr_matrix, labels: Integers, coded: Integers, folds: Integers, classes: int
) -> tuple[float, Array]:
    """Return the penalty that tags inner folds best, and each training row's scores from a model that didn't see its fold.

    From many labels the first inner fold alone chooses: all of them agree.
    """
    count = int(folds.max()) + 1
    choosing = range(count if len(labels) <= _LARGE else 1)

    def held_out(fold: int, penalty: float) -> Array:
        train = (coded >= 0) & (coded != fold)
        return recipe.learner(rows[train], labels[train], classes, penalty)(rows[folds == fold])

    found = {(fold, penalty): held_out(fold, penalty) for penalty in recipe.penalties for fold in choosing}

    def right(penalty: float) -> int:
        return sum(int((found[fold, penalty].argmax(axis=1) == labels[folds == fold]).sum()) for fold in choosing)

    best = max(recipe.penalties, key=right)
    scores = np.zeros((len(labels), classes))
    for fold in range(count):
        scores[folds == fold] = found[fold, best] if (fold, best) in found else held_out(fold, best)
    return best, scores
