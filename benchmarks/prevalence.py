"""How far are unaudited shares off, by report: counting tags, summing posteriors, and five ways to do better?

usage: python -m benchmarks.prevalence [--labels 300 1000 all] [--repeats 3] [--seed 1] [-o FILE.md]

Mean absolute error of a report's shares of characters, over reports and categories, each report tagged by a model that saw nothing of its
unit. `all`: the cross-fitted posteriors of the bundled model. A number: models trained on so many labelled sentences, as an analyst with a
new codebook has them; a fifth of the units is held out.

- counting: the shares by tags; expected: posteriors summed, what `worktag compare` calls expected;
- EMQ: expectation-maximisation (Saerens, Latinne & Decaestecker 2002) by report, with a Dirichlet(1) prior, from posteriors divided by the
  shares of the training labels;
- adjusted: counts put right by the confusion of the training labels, on the simplex (ACC; Forman 2008), towards counting as far as the report is small;
- recoded: each tag counts as what the training labels were that bore it, P(true | tag);
- sharpened: posteriors squared, between counting (an infinite power) and expected;
- median: of the posterior distribution of each share, by simulation: the best guess for absolute error if the posteriors are right;
- bound: error of that median over error of counting, both as the posteriors themselves foretell: no function of them can do better on average.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.cases import Case, base_case, bundled_population
from benchmarks.corpus import load_corpus, part, write_figures
from pipeline.estimate import onto_simplex, weighted_shares
from pipeline.records import StructuredDocument
from pipeline.train import assign_folds, train

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
_DRAWS = 1000


def methods(
    posteriors: Array, weights: Array, truth: Integers, reports: Integers, prior: Array, confusion: Array, seed: int
) -> dict[str, float]:
    """Return the mean absolute error of each method, and ``bound``.

    Args:
        posteriors: (sentences, categories).
        weights: (sentences,), characters.
        truth: (sentences,).
        reports: (sentences,).
        prior: (categories,), shares of the training labels by sentences.
        confusion: (tagged, true), how often.
        seed: of the simulation.
    """
    count, kinds = int(reports.max()) + 1, posteriors.shape[1]
    real, tags = (weighted_shares(np.eye(kinds)[codes], weights, reports, count) for codes in (truth, posteriors.argmax(axis=1)))
    guesses = {"counting": tags, "expected": weighted_shares(posteriors, weights, reports, count)}
    given_truth = confusion / confusion.sum(axis=0, keepdims=True)
    guesses["recoded"] = tags @ (confusion / confusion.sum(axis=1, keepdims=True))
    sharp = posteriors**2 / (posteriors**2).sum(axis=1, keepdims=True)
    guesses["sharpened"] = weighted_shares(sharp, weights, reports, count)
    guesses["EMQ"], guesses["adjusted"], guesses["median"] = (np.zeros_like(real) for _ in range(3))
    foretold = np.zeros(2)
    generator = np.random.default_rng(seed)
    for report in range(count):
        inside = reports == report
        weight = weights[inside] / weights[inside].sum()
        guesses["EMQ"][report] = weight @ emq(posteriors[inside], prior)
        guesses["adjusted"][report] = onto_simplex(np.linalg.lstsq(given_truth, tags[report], rcond=None)[0])
        draws = simulated(posteriors[inside], weight, generator)
        guesses["median"][report] = np.median(draws, axis=0)
        foretold += [np.abs(draws - guesses[name][report]).mean() for name in ("median", "counting")]
    errors = {name: float(np.abs(values - real).mean()) for name, values in guesses.items()}
    return {**errors, "bound": float(foretold[0] / foretold[1])}


def emq(posteriors: Array, prior: Array) -> Array:
    """Return posteriors (sentences, categories) adapted to the shares of their own report, with a Dirichlet(1) prior on these."""
    share, adapted = prior.copy(), posteriors
    for _ in range(200):
        adapted = posteriors * (share / prior)
        adapted /= adapted.sum(axis=1, keepdims=True)
        new = (adapted.sum(axis=0) + 1) / (len(adapted) + len(prior))
        if np.abs(new - share).max() < 1e-8:
            break
        share = new
    return adapted


def simulated(posteriors: Array, weights: Array, generator: np.random.Generator) -> Array:
    """Return shares (draws, categories) with every sentence's code drawn from its posterior."""
    steps = posteriors.cumsum(axis=1)[:, :-1]
    codes = (generator.random((_DRAWS, len(posteriors), 1)) > steps).sum(axis=2)
    return np.stack([(weights * (codes == code)).sum(axis=1) for code in range(posteriors.shape[1])], axis=1)


def confusion_of(posteriors: Array, truth: Integers) -> Array:
    """Return how often each tag met each truth (tagged, true), and a little more."""
    kinds = posteriors.shape[1]
    table = np.full((kinds, kinds), 0.01)
    np.add.at(table, (posteriors.argmax(axis=1), truth), 1)
    return table


def from_labels(sentences: int, repeats: int, seed: int) -> tuple[float, dict[str, float]]:
    """Return accuracy and errors of models that were trained on so many labelled sentences, on the units that were held out."""
    corpus, params, segmenter = load_corpus()
    folds = assign_folds(corpus, 5, seed)
    rows: list[dict[str, float]] = []
    accuracy = []
    for repeat in range(repeats):
        generator = np.random.default_rng([seed, repeat])
        order = generator.permutation(np.flatnonzero(folds != repeat % 5)).tolist()
        training = part(corpus, order, sentences)
        model, fit = train(training, params, segmenter)
        known = [codes >= 0 for codes in training.categories]
        seen = np.concatenate([values[mask] for values, mask in zip(fit.category, known, strict=True)])
        codes = np.concatenate([values[mask] for values, mask in zip(training.categories, known, strict=True)])
        held_out = part(corpus, np.flatnonzero(folds == repeat % 5).tolist())
        scored = [model.posteriors(document)[0] for document in held_out.documents]
        posteriors, truth = np.concatenate(scored), np.concatenate(held_out.categories)
        reports = np.concatenate([np.full(len(values), number) for number, values in enumerate(scored)])
        fine = truth >= 0
        prior = (np.bincount(codes, minlength=posteriors.shape[1]) + 1) / (len(codes) + posteriors.shape[1])
        arrays = (posteriors[fine], _characters(held_out.documents)[fine], truth[fine], reports[fine])
        accuracy.append(float((arrays[0].argmax(axis=1) == arrays[2]).mean()))
        rows.append(methods(*arrays, prior, confusion_of(seen, codes), seed))
    return float(np.mean(accuracy)), {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}


def _characters(documents: tuple[StructuredDocument, ...]) -> Array:
    return np.array([float(len(sentence.text)) for document in documents for sentence in document.sentences])


def from_crossfit(case: Case, seed: int) -> tuple[float, dict[str, float]]:
    """Return accuracy and errors of the bundled model's cross-fitted posteriors."""
    prior = np.bincount(case.truth, minlength=case.posteriors.shape[1]) / len(case.truth)
    accuracy = float((case.posteriors.argmax(axis=1) == case.truth).mean())
    arrays = (case.posteriors, case.weights, case.truth, case.places.report)
    return accuracy, methods(*arrays, prior, confusion_of(case.posteriors, case.truth), seed)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labels", nargs="+", default=["300", "1000", "all"])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("-o", "--output", type=Path)
    options = parser.parse_args()
    names = ("expected", "EMQ", "adjusted", "recoded", "sharpened", "median", "bound")
    lines = [f"| labels | accuracy | counting, points | {' | '.join(f'{name} / counting' for name in names)} |"]
    lines.append("| --- " * (3 + len(names)) + "|")
    for size in options.labels:
        if size == "all":
            accuracy, errors = from_crossfit(base_case(*bundled_population()), options.seed)
        else:
            accuracy, errors = from_labels(int(size), options.repeats, options.seed)
        ratios = [errors[name] if name == "bound" else errors[name] / errors["counting"] for name in names]
        figures = " | ".join(f"{ratio:.2f}" for ratio in ratios)
        lines.append(f"| {size} | {accuracy:.3f} | {100 * errors['counting']:.2f} | {figures} |")
    write_figures(lines, options.output)


if __name__ == "__main__":
    main()
