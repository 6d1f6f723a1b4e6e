"""Benchmarks: what they report was chosen on nothing that they report."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from benchmarks.learners import DEFAULT, _difference, recipes, ridge, table, viterbi
from benchmarks.learning_curve import OBVIOUS, TUNED, WORKTAG, script_accuracies
from benchmarks.learning_curve import table as curve_table
from benchmarks.nested import Bench, Recipe
from pipeline.decode import Chain
from pipeline.params import Block
from pipeline.segment import Segmenter
from pipeline.train import TrainingSet, load_training_set
from tests.conftest import build_corpus, small_params

TRIGRAMS = Block("own", "character", 3, 3, 2, 0.5)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> TrainingSet:
    folder: Path = tmp_path_factory.mktemp("ten")
    built = build_corpus(folder, units=[f"{name}县农牧局" for name in "东西南北上下左右前后"], years=(2022, 2023))
    return load_training_set(built.reports, built.labels, built.codebook)


@pytest.fixture(scope="module")
def bench(corpus: TrainingSet) -> Bench:
    return Bench(corpus, small_params(), Segmenter(), (TRIGRAMS,))


@pytest.mark.parametrize("size", [None, 40])
def test_no_unit_is_both_trained_on_and_held_out(bench: Bench, size: int | None) -> None:
    parts = list(bench.parts(size, 2))
    assert len(parts) == (5 if size is None else 10)
    for piece in parts:
        trained, held_out = (
            {bench.corpus.documents[number].document.unit for number in which} for which in (piece.numbers, piece.held_out)
        )
        assert not trained & held_out
        assert set(piece.inner.tolist()) == {0, 1, 2}
        labelled = sum(int((codes >= 0).sum()) for codes in piece.training.categories)
        assert labelled == (size or 12 * len(piece.numbers))
    tagged = sorted(number for piece in parts[:5] for number in piece.held_out)
    assert tagged == list(range(20))


def test_the_labels_of_held_out_reports_change_nothing_but_the_score(bench: Bench, corpus: TrainingSet) -> None:
    recipe = Recipe("ridge", "", ridge, (0.2, 0.8), latent=3)
    piece = next(bench.parts(None, 1))
    held_out = set(piece.held_out)
    scrambled = tuple((codes + 1) % 3 if number in held_out else codes for number, codes in enumerate(corpus.categories))
    other = Bench(replace(corpus, categories=scrambled), small_params(), Segmenter(), (TRIGRAMS,))
    posteriors = []
    for one in (bench, other):
        piece = next(one.parts(None, 1))
        posteriors.append(one.run(recipe, piece, "category", one.matrices(piece, "category"))[""].posteriors)
    assert np.array_equal(posteriors[0], posteriors[1])
    assert not np.array_equal(bench.truth("category", piece.held_out), other.truth("category", piece.held_out))


def test_the_default_row_tags_as_the_features_of_the_product_do(bench: Bench) -> None:
    """A block of weight 0 is left out, so that the default has no trigrams."""
    rows = recipes(bench.params, TRIGRAMS)
    assert rows[0].name == DEFAULT
    weights = {block: rows[0].weight(block) for block in bench.blocks["category"]}
    assert weights == {**{block: block.weight for block in bench.params.vectorise.category_blocks}, TRIGRAMS: 0.0}
    assert len({row.name for row in rows}) == len(rows)


def test_a_table_has_a_row_a_recipe_and_the_default_has_no_difference(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    two = [recipe for recipe in recipes(bench.params, TRIGRAMS) if recipe.name in (DEFAULT, "words only")]
    monkeypatch.setattr("benchmarks.learners.recipes", lambda *_: two)
    lines = table(bench, 40, 1).splitlines()
    rows = {line.split(" | ")[0].strip("|* "): line for line in lines}
    assert rows[DEFAULT].split(" | ")[2] == ""
    assert "±" in rows["words only"]
    assert {line.count("|") for line in lines} == {9}
    assert rows["Viterbi"].split(" | ")[6] == ""  # a path has no posteriors, and so no calibration


def test_viterbi_finds_the_best_of_all_paths() -> None:
    random = np.random.default_rng(4)
    posteriors = random.dirichlet(np.ones(3), size=5)
    chain = Chain(random.normal(size=(3, 3, 3)), 0.7, 1.0)
    relations = [0, 1, 2, 0, 1]

    def score(path: tuple[int, ...]) -> float:
        steps = sum(chain.log_ratio[relations[at], path[at - 1], path[at]] for at in range(1, 5))
        return float(sum(np.log(posteriors[at, path[at]]) for at in range(5)) + chain.strength * steps)

    best = max(product(range(3), repeat=5), key=score)
    assert viterbi(chain, posteriors, relations).argmax(axis=1).tolist() == list(best)


def test_sentences_of_one_cluster_count_as_one_for_the_standard_error() -> None:
    values = np.array([1.0, 0.0, 1.0, 0.0])
    assert _difference(np.repeat(values, 25), np.repeat(np.arange(4), 25)) == f"+50.00 ± {100 * np.std(values, ddof=1) / 2:.2f}"


def test_the_script_beside_the_learning_curve_learns(corpus: TrainingSet) -> None:
    half = [replace(corpus, documents=corpus.documents[place::2], categories=corpus.categories[place::2]) for place in (0, 1)]
    found = script_accuracies(*half)
    assert set(found) == {OBVIOUS, TUNED}
    assert min(found.values()) > 0.7


def test_the_table_of_the_curve_names_the_smallest_lead() -> None:
    figures = {WORKTAG: {150: [0.8, 0.9]}, OBVIOUS: {150: [0.5, 0.7]}}
    assert curve_table(figures, 900).splitlines()[-1] == "| 150 | 0.850 ± 0.071 | 0.600 ± 0.141 (+25.0, at least +20.0) |"
