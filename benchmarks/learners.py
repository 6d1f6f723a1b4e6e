"""Compare learners, features and decoding on the bundled corpus, at few labels and at all, on units that were not seen.

usage: nice python -m benchmarks.learners [--sizes 300 1200 all] [--repeats 2] [-o benchmarks/results/learners.md]

A fifth of the units is held out, five times over; with few labels, whole reports of the other units are drawn by chance, so many times per
fifth as --repeats says. Nothing is chosen on what is reported: a penalty that isn't the default's is chosen on inner folds of the training
part, by unit; so are calibration and transitions learnt, as the product does. Block weights and the default penalty stand in params.yaml.

Each row is compared with the default, sentence by sentence. The standard error of the difference is clustered: with all labels by unit,
with few labels by draw, whose luck matters more. Of twenty rows, one differs by two standard errors by chance.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import ComplementNB
from sklearn.svm import LinearSVC
from threadpoolctl import threadpool_limits

from benchmarks.corpus import ROOT, load_corpus
from benchmarks.nested import TARGETS, Bench, Learner, Outcome, Recipe, Scorer
from pipeline.classify import fit_scorer
from pipeline.decode import Chain
from pipeline.measures import calibration_error, macro_f1
from pipeline.params import Block, Params
from pipeline.store import replace_text
from pipeline.train import assign_folds

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
Found = Mapping[tuple[str, str], Sequence[Outcome]]  # by row and target, an outcome a part
DEFAULT = "ridge, words and characters, context, decoded: the default"
_HEAD = (
    "| | accuracy | less the default's, points ± s.e. | macro-F1 | stage | less the default's | ECE | seconds |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- |"
)


def ridge(rows: sparse.csr_matrix, labels: Integers, classes: int, penalty: float) -> Scorer:
    """Fit ridge on one-against-rest targets, as the product has it."""
    return fit_scorer(rows, labels, classes, alpha=penalty, power=0.5).scores


def unweighted_ridge(rows: sparse.csr_matrix, labels: Integers, classes: int, penalty: float) -> Scorer:
    """Fit the same with all rows alike."""
    return fit_scorer(rows, labels, classes, alpha=penalty, power=0.0).scores


def _sklearn(make: type, **options: object) -> Learner:
    def fit(rows: sparse.csr_matrix, labels: Integers, classes: int, penalty: float) -> Scorer:
        model = make(C=penalty, **options).fit(rows, labels, sample_weight=_weights(labels))
        return lambda unseen: _spread(model.decision_function(unseen), model.classes_, classes)

    return fit


svm = _sklearn(LinearSVC, random_state=0)
logistic = _sklearn(LogisticRegression, max_iter=300, tol=1e-4)


def bayes(rows: sparse.csr_matrix, labels: Integers, classes: int, penalty: float) -> Scorer:
    """Fit complement naive Bayes (Rennie et al. 2003) on the TF-IDF rows."""
    model = ComplementNB(alpha=penalty).fit(rows, labels)
    return lambda unseen: _spread(model.predict_joint_log_proba(unseen), model.classes_, classes)


def _weights(labels: Integers) -> Array:
    """Return the row weights that the product's ridge has, so that learners differ in nothing else."""
    counts = np.bincount(labels)
    return np.asarray((len(labels) / (counts > 0).sum() / np.maximum(counts, 1)) ** 0.5)[labels]


def _spread(scores: Array, present: Integers, classes: int) -> Array:
    scores = np.column_stack([-scores, scores]) if scores.ndim == 1 else scores
    spread = np.full((len(scores), classes), scores.min() - 1)
    spread[:, present] = scores
    return spread


def viterbi(chain: Chain, posteriors: Array, relations: Sequence[int]) -> Array:
    """Return the most probable path as rows of 0 and 1."""
    logs = np.log(np.maximum(posteriors, 1e-12))
    best, back = logs[0], np.zeros(logs.shape, dtype=np.int64)
    for at in range(1, len(logs)):
        steps = best[:, None] + chain.strength * chain.log_ratio[relations[at]]
        back[at], best = steps.argmax(axis=0), steps.max(axis=0) + logs[at]
    path = [int(best.argmax())]
    for at in range(len(logs) - 1, 0, -1):
        path.append(int(back[at][path[-1]]))
    return np.eye(logs.shape[1])[path[::-1]]


_DECODERS = {
    "no decoding": lambda _chain, posteriors, _relations: posteriors,
    "Viterbi": viterbi,
    "transitions within a paragraph for all": lambda chain, posteriors, relations: chain.decode(posteriors, [0] * len(relations)),
    "transitions at full strength (plain hidden Markov model)": lambda chain, posteriors, relations: replace(
        chain, strength=1.0, temperature=1.0
    ).decode(posteriors, relations),
}


def recipes(params: Params, trigrams: Block) -> list[Recipe]:
    """Return the rows of the table, the default first."""

    def only(*sources: str, unit: str = "") -> Callable[[Block], float]:
        def weight(block: Block) -> float:
            inside = (not sources or block.source in sources) and (not unit or block.unit == unit) and block != trigrams
            return block.weight if inside else 0.0

        return weight

    alpha, usual = (params.classify.alpha,), only()
    own, above = ("own",), ("own", "heading", "headings", "part")
    grid = (0.2, 0.4, 0.8)
    return [
        Recipe(DEFAULT, "", ridge, alpha, weight=usual, decoders=_DECODERS),
        Recipe("ridge, penalty chosen", "learner", ridge, grid, weight=usual),
        Recipe("ridge, rows not weighted by class", "learner", unweighted_ridge, alpha, weight=usual),
        Recipe("ridge in the dual, LSA kernel of 50 dimensions", "learner", ridge, grid, latent=50, weight=usual),
        Recipe("ridge in the dual, LSA kernel of 100 dimensions", "learner", ridge, grid, latent=100, weight=usual),
        Recipe("ridge in the dual, LSA kernel of 300 dimensions", "learner", ridge, grid, latent=300, weight=usual),
        Recipe("linear SVM, C chosen", "learner", svm, (0.1, 0.3, 1.0), weight=usual),
        Recipe("logistic regression, C chosen", "learner", logistic, (10.0, 100.0), weight=usual),
        Recipe("complement naive Bayes, smoothing chosen", "learner", bayes, (0.1, 0.3, 1.0), weight=usual),
        Recipe("words only", "blocks", ridge, alpha, weight=only(unit="word")),
        Recipe("characters only", "blocks", ridge, alpha, weight=only(unit="character")),
        Recipe("character trigrams too", "blocks", ridge, alpha),
        Recipe("place in neither", "context", ridge, alpha, place=0.0, weight=usual),
        Recipe("place in both", "context", ridge, alpha, place=0.3, weight=usual),
        Recipe("own text only", "context", ridge, alpha, weight=only(*own)),
        Recipe("… and headings", "context", ridge, alpha, weight=only(*above)),
        Recipe("… and leads of point and paragraph", "context", ridge, alpha, weight=only(*above, "paragraph_lead", "point_lead")),
        Recipe("context half as loud", "context", ridge, alpha, weight=lambda block: _louder(block, trigrams, 0.5)),
        Recipe("context twice as loud", "context", ridge, alpha, weight=lambda block: _louder(block, trigrams, 2.0)),
    ]


def _louder(block: Block, trigrams: Block, factor: float) -> float:
    return 0.0 if block == trigrams else block.weight * (1.0 if block.source == "own" else factor)


@dataclass(frozen=True)
class Tagged:
    """The held-out sentences of all parts: codes, their cluster for standard errors, by target."""

    truth: Mapping[str, Integers]
    cluster: Integers
    classes: int

    def row(self, name: str, found: Found) -> str:
        """Return a row of the table."""
        cells = [f"**{name}**" if name == DEFAULT else name]
        for target in TARGETS:
            posteriors = _joined(found[name, target])
            right = posteriors.argmax(axis=1) == self.truth[target]
            usual = _joined(found[DEFAULT, target]).argmax(axis=1) == self.truth[target]
            difference = "" if name == DEFAULT else _difference(right.astype(float) - usual, self.cluster)
            cells += [f"{right.mean():.4f}", difference]
            if target == "category":
                cells.append(f"{macro_f1(self.truth[target], posteriors.argmax(axis=1), self.classes):.4f}")
                best = posteriors.max(axis=1)
                error = "" if best.min() == 1 else f"{calibration_error(best, right, 10):.3f}"  # a path has no posteriors
        seconds = np.mean([one.seconds for one in found[name, "category"]])
        return "| " + " | ".join([*cells, error, f"{seconds:.1f}"]) + " |"


def _joined(outcomes: Sequence[Outcome]) -> Array:
    return np.concatenate([outcome.posteriors for outcome in outcomes])


def _difference(differences: Array, cluster: Integers) -> str:
    """Return a mean in points with its clustered standard error (Cameron & Miller 2015, section II.C)."""
    mean = differences.mean()
    sums = np.bincount(cluster, weights=differences - mean)
    clusters = len(np.unique(cluster))
    error = np.sqrt(clusters / (clusters - 1) * (sums**2).sum()) / len(differences)
    return f"{100 * mean:+.2f} ± {100 * error:.2f}"


def table(bench: Bench, size: int | None, repeats: int) -> str:
    """Return the table of one number of labels."""
    rows = recipes(bench.params, bench.blocks["category"][-1])
    found: dict[tuple[str, str], list[Outcome]] = {}
    truth: dict[str, list[Integers]] = {target: [] for target in TARGETS}
    clusters: list[Integers] = []
    units = {document.document.unit: number for number, document in enumerate(bench.corpus.documents)}
    for piece in bench.parts(size, repeats):
        print(f"{size or 'all'} labels, part {piece.draw + 1}", file=sys.stderr, flush=True)
        for target in TARGETS:
            truth[target].append(bench.truth(target, piece.held_out))
            blocks = bench.matrices(piece, target)
            for recipe in rows:
                for name, outcome in bench.run(recipe, piece, target, blocks).items():
                    found.setdefault((name or recipe.name, target), []).append(outcome)
        unit = [units[bench.corpus.documents[number].document.unit] for number in piece.held_out]
        by_unit = np.repeat(unit, bench.lengths[list(piece.held_out)])
        clusters.append(np.full(len(by_unit), piece.draw) if size else by_unit)
    tagged = Tagged(
        {target: np.concatenate(codes) for target, codes in truth.items()},
        np.concatenate(clusters),
        len(bench.corpus.codebook.category_codes),
    )
    return _lines(rows, tagged, found)


def _lines(rows: Sequence[Recipe], tagged: Tagged, found: Found) -> str:
    lines, group = [_HEAD], ""
    for recipe in rows:
        if recipe.group != group:
            group = recipe.group
            lines.append(f"| *{group}* | | | | | | | |")
        lines.append(tagged.row(recipe.name, found))
        if recipe.decoders:
            lines += ["| *decoding* | | | | | | | |", *(tagged.row(name, found) for name in recipe.decoders)]
    return "\n".join(lines)


def main() -> None:
    """Print the tables and write them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", nargs="+", default=["300", "1200", "all"], help="labelled sentences, or all")
    parser.add_argument("--repeats", type=int, default=2, help="draws per held-out fifth, with few labels")
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "benchmarks/results/learners.md")
    options = parser.parse_args()
    corpus, params, segmenter = load_corpus()
    trigrams = Block("own", "character", 3, 3, 2, 0.5)
    bench = Bench(corpus, params, segmenter, (trigrams,))
    folds = assign_folds(corpus, 5, params.seed)
    pages = [
        "# Learners, features, decoding\n",
        "Written by `python -m benchmarks.learners`, whose docstring says how; seconds are processor time of one training (choice of the",
        "penalty, calibration and transitions included, vectorising not), category only.",
        f"{len(bench.rows):,} sentences of {len(corpus.documents)} reports, {len({d.document.unit for d in corpus.documents})} units.",
    ]
    for size in options.sizes:
        count = None if size == "all" else int(size)
        labels = f"{count:,} labels, {5 * options.repeats} draws" if count else "All labels of the other units"
        labels = labels if count else f"{labels}: {int(bench.lengths[folds != 0].sum()):,} or so"
        with threadpool_limits(limits=1):
            pages.append(f"\n## {labels}\n\n{table(bench, count, options.repeats)}")
        print(pages[-1], flush=True)
        taken = f"\nThe whole took {time.process_time() / 60:.0f} minutes of processor time, on one core.\n"
        replace_text(options.output, "\n".join(pages) + taken)
    print(f"-> {options.output}")


if __name__ == "__main__":
    main()
