"""What the benchmarks of comparison share: populations whose true codes are known, from tagged reports and their labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from benchmarks.corpus import ROOT, load_corpus, part
from pipeline.audit import known_labels
from pipeline.batch import tag_batch
from pipeline.codebook import read_codebook
from pipeline.contrast import Places
from pipeline.estimate import Sample, Shares, audited_shares, weighted_shares
from pipeline.labels import quote_of
from pipeline.population import Population, load_population, subset
from pipeline.posteriors import normalised
from pipeline.resources import default_model
from pipeline.sample import draw, importance, inclusion_probabilities
from pipeline.train import train

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Case:
    """A population whose true codes are known.

    Attributes:
        name: what it tries.
        posteriors: (sentences, categories).
        weights: (sentences,), characters.
        truth: (sentences,), number of the true category.
        groups: (sentences,).
        places: units, reports and paragraphs.
        labels: (groups,), what they are called.
    """

    name: str
    posteriors: Array
    weights: Array
    truth: Integers
    groups: Integers
    places: Places
    labels: tuple[str, ...]

    @property
    def count(self) -> int:
        """How many groups there are."""
        return len(self.labels)

    @property
    def coded(self) -> Array:
        """The true codes (sentences, categories), one 1 a row."""
        return np.eye(self.posteriors.shape[1])[self.truth]

    @property
    def shares(self) -> Array:
        """The true shares (groups, categories)."""
        return weighted_shares(self.coded, self.weights, self.groups, self.count)

    def chance(self, count: int) -> Array:
        """Return the inclusion probabilities (sentences,) of an audit of ``count`` sentences."""
        return inclusion_probabilities(importance(self.posteriors, self.weights), self.weights, self.groups, count)

    def audit(self, chance: Array, generator: np.random.Generator) -> Sample:
        """Draw an audit and code it truly."""
        index = draw(chance, self.groups, self.posteriors, generator)
        return Sample(index, chance[index], self.coded[index], self.places.paragraph[index])

    def estimate(self, sample: Sample) -> Shares:
        """Return the audited shares."""
        kinds = self.posteriors.shape[1]
        return audited_shares(self.posteriors, self.weights, self.groups, sample, categories=kinds, count=self.count)

    def grouped(self, name: str, values: Iterator[str] | list[str]) -> Case:
        """Return the same sentences in other groups."""
        labels, groups = np.unique(np.array(list(values)), return_inverse=True)
        return replace(self, name=name, groups=groups.astype(np.int64), labels=tuple(labels.tolist()))

    def part(self, name: str, rows: NDArray[np.bool_]) -> Case:
        """Return some of the sentences."""
        places = Places(self.places.unit[rows], self.places.report[rows], self.places.paragraph[rows])
        arrays = (self.posteriors[rows], self.weights[rows], self.truth[rows], self.groups[rows])
        return Case(name, *arrays, places, self.labels)


def bundled_population() -> tuple[Population, Integers]:
    """Tag the bundled reports, each by models that didn't see it, and return them with their true categories."""
    with TemporaryDirectory() as folder:
        table = Path(folder) / "tags.csv"
        tag_batch(default_model(), [ROOT / "seeds"], table, posteriors=True)
        return labelled_population(table, ROOT / "labels", ROOT / "seeds/units.csv")


def weakly_tagged(population: Population, truth: Integers, sentences: int, seed: int) -> tuple[Population, Integers]:
    """Return the sentences of units that a model didn't see which was trained on so many labelled sentences, with its posteriors."""
    corpus, params, segmenter = load_corpus()
    unit = dict(zip(population.table["document"], population.table["unit"], strict=True))
    order = np.random.default_rng(seed).permutation(len(corpus.documents)).tolist()
    training = part(corpus, order, sentences)
    model, _ = train(training, params, segmenter)
    seen = {unit[document.document.name] for document in training.documents}
    scored = {
        (document.document.name, sentence.start): row
        for document in corpus.documents
        if unit[document.document.name] not in seen
        for sentence, row in zip(document.sentences, model.posteriors(document)[0], strict=True)
    }
    keys = list(zip(population.table["document"], population.table["start"], strict=True))
    rows = np.array([key in scored for key in keys])
    posteriors = normalised(np.array([scored[key] for key in keys if key in scored]))
    return replace(subset(population, rows), category=posteriors), truth[rows]


def labelled_population(table: Path, labels: Path, units: Path | None) -> tuple[Population, Integers]:
    """Read a table of tags (with its posteriors) and return those sentences that are labelled, with their true categories."""
    population = load_population(table, read_codebook(ROOT / "labels/codebook.yaml"), units)
    known = known_labels(labels, population.codebook)
    codes = {code: number for number, code in enumerate(population.codebook.category_codes)}
    truth = np.full(len(population.table), -1)
    for at, row in enumerate(population.table.to_dict("records")):
        label = known.get((row["document"], row["paragraph"], row["sentence"]))
        if label is not None and label.quote == quote_of(row["text"]):
            truth[at] = codes[label.category]
    return subset(population, truth >= 0), truth[truth >= 0].astype(np.int64)


def base_case(population: Population, truth: Integers) -> Case:
    """Return the population as one group."""
    zeros = np.zeros(len(truth), dtype=np.int64)
    return Case("all", population.category, population.weights, truth, zeros, population.places, ("all",))


def cases(population: Population, truth: Integers, seed: int) -> list[Case]:
    """Return cases that try an estimator: plain groups, groups of different error, rare categories, few sentences.

    ``confidently wrong`` gives a tenth of the sentences of every other unit the posteriors of other sentences, which no audit was told of.
    """
    generator, base, table = np.random.default_rng(seed), base_case(population, truth), population.table
    unit, years = population.places.unit, table["period"].str[:4].tolist()
    found = [base.grouped("years", years)]
    if "level" in table:
        found.append(base.grouped("levels", table["level"].tolist()))
    right = population.category.argmax(axis=1) == truth
    accuracy = np.bincount(unit, weights=right) / np.bincount(unit)
    worse = accuracy < np.median(accuracy)
    found.append(base.grouped("better and worse tagged units", np.where(worse[unit], "worse", "better").tolist()))
    half = generator.permutation(len(accuracy)) % 2 == 1
    halves = base.grouped("two halves of the units", np.where(half[unit], "second", "first").tolist())
    found.append(confidently_wrong(halves, half[unit], generator))
    kept = np.ones(len(truth), dtype=bool)
    rare = generator.permutation(population.category.shape[1])[:4]
    kept[np.isin(truth, rare) & (generator.random(len(truth)) > 0.12)] = False
    found.append(halves.part("four categories made rare", kept))
    return found


def confidently_wrong(case: Case, where: NDArray[np.bool_], generator: np.random.Generator, share: float = 0.1) -> Case:
    """Return the case with a share of the sentences in ``where`` (sentences,) bearing posteriors of others."""
    hit = np.flatnonzero(where & (generator.random(len(where)) < share))
    posteriors = case.posteriors.copy()
    posteriors[hit] = case.posteriors[generator.permutation(len(where))[: len(hit)]]
    return replace(case, name="confidently wrong in one group", posteriors=posteriors)
