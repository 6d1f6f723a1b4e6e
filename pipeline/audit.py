"""Audit a table of tags: draw sentences for a person to code, take the codes back, and check that they are what was drawn."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.codebook import Code, Codebook
from pipeline.errors import LabelError
from pipeline.estimate import Sample
from pipeline.labels import Label, quote_of, read_labels, write_labels
from pipeline.population import Grouping, Population
from pipeline.sample import draw, importance, inclusion_probabilities

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
COLUMNS = (
    "number",
    "document",
    "unit",
    "period",
    "heading",
    "context",
    "text",
    "category",
    "secondary",
    "stage",
    "coder",
    "note",
    "tag",
    "paragraph",
    "sentence",
    "start",
    "quote",
    "codebook_version",
    "round",
    "inclusion_probability",
    "check",
)
_DIGITS = 8


@dataclass(frozen=True)
class Audit:
    """A coded random sample of a population's sentences.

    Attributes:
        index: (sampled,), positions in the population, ascending.
        probability: (sampled,), inclusion probabilities.
        codes: (sampled, categories, stages), the share of coders who chose each pair.
        labels: every coder's label of every sentence.
    """

    index: Integers
    probability: Array
    codes: Array
    labels: tuple[tuple[int, Label], ...]

    def sample(self, population: Population, stage: int | None = None) -> Sample:
        """Return the sample for the estimator; with a stage, sentences of other stages fall in one class behind the categories."""
        coded = self.codes.sum(axis=2)
        if stage is not None:
            inside = self.codes[:, :, stage]
            coded = np.hstack([inside, 1 - inside.sum(axis=1, keepdims=True)])
        return Sample(self.index, self.probability, coded, population.places.paragraph[self.index])


def draw_audit(
    population: Population,
    grouping: Grouping,
    count: int,
    *,
    seed: int,
    rare: bool = False,
    name: str = "audit-1",
    known: Mapping[tuple[str, int, int], Label] | None = None,
) -> pd.DataFrame:
    """Draw ``count`` sentences and return a table (:data:`COLUMNS`) for coding, in the order of the reports.

    Args:
        population: the tagged sentences.
        grouping: groups whose shares are to be equally precise.
        count: how many sentences.
        seed: of the random numbers.
        rare: draw more where rare categories may stand.
        name: of the round.
        known: labels that stand already, by document, paragraph and sentence; they are filled in.
    """
    size = importance(population.category, population.weights, rare=rare)
    chance = inclusion_probabilities(size, population.weights, grouping.member, count)
    drawn = draw(chance, grouping.member, population.category, np.random.default_rng(seed))
    table = population.table
    paragraphs = {key: rows.index for key, rows in table.groupby(["document", "paragraph"], sort=False)}
    rows = []
    for number, at in enumerate(drawn.tolist(), 1):
        row = table.loc[at]
        label = (known or {}).get((row["document"], int(row["paragraph"]), int(row["sentence"])))
        context = "".join(
            f"【{text}】" if place == at else text
            for place, text in table.loc[paragraphs[row["document"], row["paragraph"]], "text"].items()
        )
        values: dict[str, object] = {name: row[name] for name in ("document", "unit", "period", "heading", "text")}
        values |= {name: int(row[name]) for name in ("paragraph", "sentence", "start")}
        values |= {"number": number, "context": context, "note": "", "tag": row["category"]}
        values |= {"category": "", "secondary": "", "stage": "", "coder": ""}
        if label is not None and label.quote == quote_of(row["text"]):
            values |= {"category": label.category, "secondary": ";".join(label.secondary)}
            values |= {"stage": label.stage, "coder": label.coder}
        values |= {"quote": quote_of(row["text"]), "codebook_version": population.codebook.version, "round": name}
        values["inclusion_probability"] = round(max(float(chance[at]), 10.0**-_DIGITS), _DIGITS)
        values["check"] = _check(values)
        rows.append(values)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def known_labels(path: Path, codebook: Codebook) -> dict[tuple[str, int, int], Label]:
    """Return the labels of sentences in a folder of label files, by document, paragraph and sentence; of several coders the first.

    Raises:
        LabelError: a label file has a fault.
    """
    known: dict[tuple[str, int, int], Label] = {}
    for label in read_labels(path, codebook):
        if label.sentence:
            known.setdefault((label.document, label.paragraph, label.sentence), label)
    return known


def _check(row: Mapping[str, object]) -> str:
    """Return a digest of what a coder must not change."""
    parts = [str(row[name]) for name in ("document", "start", "quote", "codebook_version", "round")]
    parts.append(f"{float(str(row['inclusion_probability'])):.{_DIGITS}f}")
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:10]


def labels_of(rows: pd.DataFrame, codebook: Codebook, where: str) -> list[Label]:
    """Return the labels of a coded audit table.

    Args:
        rows: columns of :data:`COLUMNS`, numbered from 0 as they stand in the file; categories and stages by code, or by name in any
            language.
        codebook: of the table that was audited.
        where: the file.

    Raises:
        LabelError: a code is empty or unknown, or what was drawn was altered.
    """
    categories, stages = _names(codebook.categories), _names(codebook.stages)
    empty = rows["category"].eq("") | rows["stage"].eq("")
    if empty.any():
        first = int(rows.index[int(empty.to_numpy().argmax())]) + 2
        what = f"{int(empty.sum())} of {len(rows)} drawn sentences have no category or no stage yet"
        remedy = "code every drawn sentence: those left out are not left out by chance"
        raise LabelError(what, where=f"{where}, row {first}", remedy=remedy)
    labels = []
    for number, record in zip(rows.index, rows.to_dict("records"), strict=True):
        row = {str(name): str(cell) for name, cell in record.items()}
        place = f"{where}, row {int(number) + 2}"
        category, stage = _code(row["category"], categories, "category", place), _code(row["stage"], stages, "stage", place)
        secondary = tuple(_code(code.strip(), categories, "category", place) for code in _split(row["secondary"]))
        try:
            probability = float(row["inclusion_probability"])
            paragraph, sentence = int(row["paragraph"]), int(row["sentence"])
            altered = row["check"] != _check(row)
        except ValueError:
            altered, probability, paragraph, sentence = True, 0.0, 0, 0
        if altered or not 0 < probability <= 1:
            what = "the inclusion probability, or what identifies the sentence, is not what was drawn"
            raise LabelError(what, where=place, remedy="take these columns again from the file that `worktag audit draw` wrote")
        labels.append(
            Label(
                row["document"],
                paragraph,
                sentence,
                row["quote"],
                category,
                tuple(code for code in secondary if code != category),
                stage,
                row["coder"] or "coder",
                row["codebook_version"],
                row["round"],
                probability,
                place,
            )
        )
    return labels


def _names(codes: Sequence[Code]) -> dict[str, str]:
    return {name: code.code for code in codes for name in (*code.names.values(), code.code)}


def _split(cell: str) -> list[str]:
    for sign in "，,；、":
        cell = cell.replace(sign, ";")
    return [part for part in cell.split(";") if part.strip()]


def _code(cell: str, names: Mapping[str, str], kind: str, where: str) -> str:
    code = names.get(cell.strip())
    if code is None:
        raise LabelError(
            f"unknown {kind} {cell!r}", where=where, remedy=f"choose one of {', '.join(dict.fromkeys(names.values()))}"
        )
    return code


def match_audit(labels: Sequence[Label], population: Population) -> Audit:
    """Find the audited sentences in the population, and check that they can be a random sample of it.

    Raises:
        LabelError: a sentence isn't in the table, one coder coded it twice and differently, its probability is missing or differs between
            coders, rounds or codebook versions are mixed, or the probabilities don't add up to the table.
    """
    table, book = population.table, population.codebook
    places = {key: row for row, key in enumerate(zip(table["document"], table["paragraph"], table["sentence"], strict=True))}
    found: dict[int, dict[str, Label]] = {}
    for label in labels:
        at = places.get((label.document, label.paragraph, label.sentence), -1)
        if at < 0 or label.quote != quote_of(table["text"].iloc[at]):
            what = f"this sentence of {label.document} isn't in the tagged table"
            remedy = "give the audit that was drawn from this very table, or tag the reports that it was drawn from"
            raise LabelError(what, where=label.where, remedy=remedy)
        _check_label(label, labels[0], book)
        coders = found.setdefault(at, {})
        earlier = coders.setdefault(label.coder, label)
        if (earlier.category, earlier.stage) != (label.category, label.stage):
            what = f"coded otherwise by the same coder ({earlier.where})"
            raise LabelError(what, where=label.where, remedy="keep one of the two rows")
        first = next(iter(coders.values()))
        if abs(first.inclusion_probability - label.inclusion_probability) > 1e-6:
            what = f"another inclusion probability than before ({first.where})"
            raise LabelError(what, where=label.where, remedy="take the probability that was drawn, for each coder")
    index = np.array(sorted(found), dtype=np.int64)
    probability = np.array([next(iter(found[at].values())).inclusion_probability for at in index])
    codes = np.zeros((len(index), len(book.categories), len(book.stages)))
    for row, at in enumerate(index):
        for label in found[at].values():
            category, stage = book.category_codes.index(label.category), book.stage_codes.index(label.stage)
            codes[row, category, stage] += 1 / len(found[at])
    _check_total(probability, len(table), labels[0].where)
    return Audit(index, probability, codes, tuple((int(at), label) for at in index for label in found[at].values()))


def _check_label(label: Label, first: Label, book: Codebook) -> None:
    if label.inclusion_probability <= 0:
        remedy = "an audit is a random sample: draw one with `worktag audit draw`"
        raise LabelError("no inclusion probability", where=label.where, remedy=remedy)
    if label.codebook_version != book.version:
        what = f"coded by codebook version {label.codebook_version!r}, the table by {book.version!r}"
        raise LabelError(what, where=label.where, remedy="code it again by the codebook of the model, or train by the other one")
    if label.round != first.round:
        what = f"round {label.round!r}, but {first.where} is of round {first.round!r}"
        raise LabelError(what, where=label.where, remedy="two draws are two samples: compare with one, --round names it")


def _check_total(probability: Array, sentences: int, where: str) -> None:
    """Compare the sentences that the probabilities stand for with those that there are: 6 standard errors are no chance."""
    total, error = (1 / probability).sum(), np.sqrt(((1 - probability) / probability**2).sum())
    if abs(total - sentences) > 6 * error + 1e-6 * sentences:
        what = f"the inclusion probabilities stand for {total:.0f} sentences, the table has {sentences}"
        raise LabelError(what, where=where, remedy="give all rows of the audit, with the probabilities that were drawn")


def add_to_labels(labels: Sequence[Label], folder: Path) -> Path:
    """Write audited sentences as a label file, named after their round, into a folder of labels.

    Returns:
        The file.

    Raises:
        LabelError: that round is there already.
    """
    name = "".join(sign if sign.isalnum() or sign in "-_" else "-" for sign in labels[0].round) or "audit"
    file = folder / f"{name}.csv"
    if file.exists():
        raise LabelError(
            "this round of labels is there already", where=str(file), remedy="remove it first, or draw with another --round"
        )
    folder.mkdir(parents=True, exist_ok=True)
    write_labels(file, labels)
    return file
