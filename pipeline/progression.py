"""Compare a model with the one before it, honestly: only on sentences whose report neither had in training."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.errors import ModelError
from pipeline.model import Model, load_model
from pipeline.records import StructuredDocument
from pipeline.store import replace_text

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
FILE = "comparison.csv"
BETTER, WORSE, NOISE, FEW = "better", "worse", "within noise", "too few reports"
_COLUMNS = ("measure", "sentences", "before", "after", "difference", "low", "high", "verdict")
_RESAMPLES = 2000
# With five reports even five differences of one sign have p = 1/16: no verdict at 95% is possible.
_FEWEST = 6
_ENOUGH = 0.5
_KEY = ["paragraph", "sentence", "characters"]


@dataclass(frozen=True)
class Snapshot:
    """A model, with what it said of its training reports when it had not seen them."""

    name: str
    model: Model
    crossfit: pd.DataFrame


@dataclass(frozen=True, slots=True)
class Change:
    """One measure before and after.

    Attributes:
        measure: a category, whose F1 is measured; or a measure over all of them.
        sentences: how many were coded so.
        low: lower end of the 95% interval of the difference.
        high: its upper end.
        verdict: better, worse, within noise; or too few reports to tell.
    """

    measure: str
    sentences: int
    before: float
    after: float
    low: float
    high: float
    verdict: str

    @property
    def difference(self) -> float:
        """After less before."""
        return self.after - self.before


@dataclass(frozen=True)
class Progression:
    """What became of a model.

    Attributes:
        changes: accuracy and macro-F1, then each category, then the stage; empty where no comparison is possible.
        reports: on how many reports both were compared.
        sentences: on how many sentences.
        notes: why no comparison is possible, or what limits it.
    """

    changes: tuple[Change, ...]
    reports: int = 0
    sentences: int = 0
    notes: tuple[str, ...] = ()

    def as_csv(self) -> str:
        """Return the changes as CSV."""
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(_COLUMNS)
        for one in self.changes:
            numbers = (one.before, one.after, one.difference, one.low, one.high)
            writer.writerow((one.measure, one.sentences, *(f"{number:.4f}" for number in numbers), one.verdict))
        return stream.getvalue()


def take_snapshot(folder: Path) -> Snapshot:
    """Load a model and its cross-fitted posteriors.

    Raises:
        ModelError: it isn't a whole model that was trained from reports.
    """
    return Snapshot(str(folder), load_model(folder), _crossfit(folder))


def _crossfit(folder: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(folder / "crossfit.csv", keep_default_na=False, encoding="utf-8")
    except (OSError, ValueError) as error:
        raise ModelError(f"crossfit.csv can't be read ({error})", where=str(folder), remedy="train the model again") from error


def compare_models(
    before: Snapshot, after: Snapshot, documents: Callable[[], Sequence[StructuredDocument]], *, seed: int
) -> Progression:
    """Compare a model with the one before it, by the codes that the new one was trained on.

    The new model speaks through its cross-fitted posteriors. So does the one before, of reports that it was trained on; reports that
    it never had are tagged with it. Sentences whose place or length in such a report changed are left out. Differences come with 95%
    intervals, paired by report (percentiles of 2,000 bootstrap resamples of reports: sentences of one report aren't independent). Each
    interval is for itself: of twenty measures that stayed as they were, one gets a verdict by chance.

    Args:
        before: the model before, taken before it was overwritten.
        after: the new model.
        documents: reads the reports of the new model; called where the model before has to tag some.
        seed: of the bootstrap.
    """
    codes = _common(before.model.category.classes, after.model.category.classes)
    if len(codes) < 2:
        return Progression((), notes=("the two codebooks share fewer than two categories",))
    pairs, notes = _pairs(before, after, documents)
    left_out = ~pairs["category"].isin(codes)
    pairs = pairs[~left_out]
    if pairs.empty:
        return Progression((), notes=(*notes, "no report is one that neither model had in training"))
    if left_out.any():
        notes.append(f"{int(left_out.sum())} sentences of categories that only the new codebook has are left out")
    report = pd.factorize(pairs["document"])[0]
    changes = _changes(pairs, "category", codes, report, seed, each=True)
    stages = _common(before.model.stage.classes, after.model.stage.classes)
    if len(stages) == len(after.model.stage.classes) == len(before.model.stage.classes):
        changes += _changes(pairs, "stage", stages, report, seed, each=False)
    return Progression(tuple(changes), int(report.max()) + 1, len(pairs), tuple(notes))


def _common(before: Sequence[str], after: Sequence[str]) -> list[str]:
    return [code for code in after if code in before]


def _pairs(
    before: Snapshot, after: Snapshot, documents: Callable[[], Sequence[StructuredDocument]]
) -> tuple[pd.DataFrame, list[str]]:
    """Return codes and both models' tags of each sentence that both can be compared on, and what is to be said of it."""
    new = _tagged(after.crossfit, after.model, "after")
    old = _tagged(before.crossfit, before.model, "before").assign(document=_renamed(before.crossfit, after.crossfit))
    shared = new.merge(old, on=["document", *_KEY], suffixes=("", "_then"))
    edited = new["document"].isin(set(old["document"]))
    # Where few sentences stand where they stood, those that do may do so by chance.
    found = new["document"].map(shared["document"].value_counts()).fillna(0) / new["document"].map(new["document"].value_counts())
    shared = shared[shared["document"].isin(set(new["document"][found >= _ENOUGH]))]
    notes = []
    if lost := int(edited.sum()) - len(shared):
        notes.append(
            f"{lost} sentences of edited reports are left out: the model before had other wordings of these reports in training"
        )
    if recoded := int((shared["category"] != shared["category_then"]).sum()):
        notes.append(f"{recoded} sentences are coded otherwise than for the model before; the new codes count")
    unseen = new[~edited]
    if not unseen.empty:
        wanted = set(unseen["document"])
        units = set(before.crossfit["unit"]) - {""}
        notes.append(f"tagged with the model before: reports that it never had, {len(wanted)}")
        if kin := unseen[unseen["unit"].isin(units)]["document"].nunique():
            notes.append(f"for {kin} of them it had others of the same unit, which favours it")
        tagged = [_tag(before.model, document) for document in documents() if document.document.name in wanted]
        shared = pd.concat([shared, unseen.merge(pd.concat(tagged), on=["document", *_KEY])])
    return shared.reset_index(drop=True), notes


def _tagged(table: pd.DataFrame, model: Model, when: str) -> pd.DataFrame:
    """Return places and codes of cross-fitted sentences, and what the models of the other folds said."""
    columns = (
        ["document", "unit", *_KEY, "start", "category", "stage"] if when == "after" else ["document", *_KEY, "start", "category"]
    )
    found = table[columns].copy()
    for target, head, prefix in (("category", model.category, ""), ("stage", model.stage, "stage_")):
        best = table[[f"{prefix}{code}" for code in head.classes]].to_numpy(dtype=np.float64).argmax(axis=1)
        found[f"{target}_{when}"] = np.array(head.classes, dtype=object)[best]
    return found


def _renamed(old: pd.DataFrame, new: pd.DataFrame) -> pd.Series[str]:
    """Return the name of each sentence's report as it is now: a report of another name, but the same sentences, is the same."""
    before, after = (
        {name: tuple(zip(rows["start"], rows["characters"], strict=True)) for name, rows in table.groupby("document", sort=False)}
        for table in (old, new)
    )
    free = {sentences: str(name) for name, sentences in after.items() if name not in before}
    names = {str(name): free.get(sentences, str(name)) for name, sentences in before.items()}
    return old["document"].map(names)


def _tag(model: Model, structured: StructuredDocument) -> pd.DataFrame:
    categories, stages = model.posteriors(structured)
    return pd.DataFrame(
        {
            "document": structured.document.name,
            "paragraph": [sentence.paragraph for sentence in structured.sentences],
            "sentence": [sentence.sentence for sentence in structured.sentences],
            "characters": [len(sentence.text) for sentence in structured.sentences],
            "category_before": np.array(model.category.classes, dtype=object)[categories.argmax(axis=1)],
            "stage_before": np.array(model.stage.classes, dtype=object)[stages.argmax(axis=1)],
        }
    )


def _changes(pairs: pd.DataFrame, target: str, codes: Sequence[str], report: Integers, seed: int, *, each: bool) -> list[Change]:
    """Return accuracy and macro-F1, and with ``each`` the F1 of every code, before and after."""
    reports = int(report.max()) + 1
    resampled = np.random.default_rng(seed).multinomial(reports, np.full(reports, 1 / reports), size=_RESAMPLES)
    draws = np.vstack([np.ones((1, reports)), resampled])  # the first is all reports as they are
    number = {code: place for place, code in enumerate(codes)}
    truth = np.asarray(pairs[target].map(number), dtype=np.int64)
    measures = [
        _measures(
            truth, pairs[f"{target}_{when}"].map(lambda code: number.get(code, len(codes))).to_numpy(np.int64), report, draws, codes
        )
        for when in ("before", "after")
    ]
    names = [f"{target}: accuracy", f"{target}: macro-F1", *codes]
    counts = [len(truth), len(truth), *np.bincount(truth, minlength=len(codes)).tolist()]
    changes = []
    for place, (name, count) in enumerate(zip(names, counts, strict=True)):
        if place < 2 or (each and count):
            before, after = (float(values[0, place]) for values in measures)
            low, high = np.percentile((measures[1] - measures[0])[1:, place], [2.5, 97.5]).tolist()
            verdict = FEW if reports < _FEWEST else BETTER if low > 0 else WORSE if high < 0 else NOISE
            changes.append(Change(name, count, before, after, low, high, verdict))
    return changes


def _measures(truth: Integers, guess: Integers, report: Integers, draws: Array, codes: Sequence[str]) -> Array:
    """Return (draws, 2 + codes): accuracy, macro-F1 and each code's F1 of each draw of reports. A guess of ``len(codes)`` is another code."""
    counts = np.zeros((3, draws.shape[1], len(codes) + 1))
    for layer, chosen in ((0, truth == guess), (1, np.ones(len(truth), dtype=bool))):
        np.add.at(counts[layer], (report[chosen], truth[chosen]), 1)
    np.add.at(counts[2], (report, guess), 1)
    hits, coded, tagged = (draws @ layer[:, : len(codes)] for layer in counts)
    f1 = 2 * hits / np.maximum(coded + tagged, 1e-12)
    macro = (f1 * (coded > 0)).sum(axis=1) / np.maximum((coded > 0).sum(axis=1), 1)
    accuracy = hits.sum(axis=1) / np.maximum(coded.sum(axis=1), 1)
    return np.column_stack([accuracy, macro, f1])


def write_progression(folder: Path, found: Progression) -> bool:
    """Write ``comparison.csv`` into the model folder, or remove that of an earlier training; tell whether it was written."""
    if not found.changes:
        (folder / FILE).unlink(missing_ok=True)
        return False
    replace_text(folder / FILE, found.as_csv())
    return True
