"""Compare from files to files: a table of tags and an audit in, four tables and a report out."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.agreement import coder_agreement
from pipeline.audit import Audit, match_audit
from pipeline.auditsheet import read_audit
from pipeline.batch import errors_path
from pipeline.codebook import read_codebook
from pipeline.compare import Comparison, Settings
from pipeline.contrast import UNKNOWN
from pipeline.errors import CodebookError
from pipeline.evaluate import judged_from_crossfit
from pipeline.evidence import mark_evidence
from pipeline.indicative import error_scale
from pipeline.labels import Label, read_labels_below
from pipeline.model import Model, load_model
from pipeline.notes import Note, notes_on
from pipeline.population import Population, load_population
from pipeline.report import Contents, report_html
from pipeline.sample import smallest
from pipeline.segment import Segmenter, read_dictionary
from pipeline.store import replace_text
from pipeline.tables import differences_table, emphasis_table, terms_table, trend_table
from pipeline.terms import Term, distinctive_terms
from pipeline.write import table_writer

TABLES = ("emphasis", "differences", "terms", "trend")
REPORT = "report.html"
_WITHIN = 0.03
_TERMS = 12


@dataclass(frozen=True)
class Request:
    """What to compare, and with what.

    Attributes:
        table: the table of tags.
        output: folder for the tables and the report.
        by: columns that make the groups.
        stage: code of a stage, or empty.
        audit: coded audit, or label files.
        round_name: of the audit, where several are in it.
        units: ``units.csv``.
        agreement: labels of two or more coders.
        model: model folder, for marks and the indicative range; used only if it is the one that tagged.
        codebook: for a table without posteriors.
        dictionary: domain words, for distinctive words.
        language: of names and the report.
        seed: of the bootstrap of agreement.
        only: ``tables`` or ``report``: write nothing else; empty: both.
        date: of the data, for the foot of the report.
    """

    table: Path
    output: Path
    by: tuple[str, ...]
    stage: str
    audit: Path | None
    round_name: str
    units: Path | None
    agreement: Path | None
    model: Path
    codebook: Path
    dictionary: Path
    language: str
    seed: int
    only: str = ""
    date: str = ""


@dataclass(frozen=True)
class Findings:
    """What a comparison came to.

    Attributes:
        groups: how many groups.
        audited: how many audited sentences.
        tests: how many differences.
        writers: how many of them are verdicts on emphasis.
        texts: how many are differences of the texts as they stand.
        notes: what must be known, as text.
        size: of the report, in bytes; 0 if none was asked for.
    """

    groups: int
    audited: int
    tests: int
    writers: int
    texts: int
    notes: tuple[str, ...]
    size: int


def compare_files(request: Request, progress: Callable[[str, int, int], None] = lambda _step, _done, _total: None) -> Findings:
    """Write ``emphasis.csv``, ``differences.csv``, ``terms.csv``, ``trend.csv`` and ``report.html``, or what is asked for of these.

    Raises:
        WorktagError: an input has a fault, or the folder can't be written.
    """
    progress("reading", 0, 4)
    population = load_population(request.table, read_codebook(request.codebook), request.units)
    model = _model_that_tagged(request.model, population)
    audit = load_audit(request.audit, population, request.round_name)
    settings = Settings(
        request.by,
        _stage(request.stage, population),
        error_scale(judged_from_crossfit(model, request.model)) if model else None,
        _agreement(request, population, audit),
    )
    comparison = Comparison(population, settings, audit)
    progress("comparing", 1, 4)
    emphasis, differences = emphasis_table(comparison, request.language), differences_table(comparison, request.language)
    trend = trend_table(comparison, request.language)
    progress("words", 2, 4)
    terms = _terms(comparison, model.segmenter if model else Segmenter(read_dictionary(request.dictionary)))
    progress("report", 3, 4)
    failed = _failed(request.table)
    notes = notes_on(comparison, failed=failed, flips=int(emphasis["flips"].sum()), language=request.language)
    contents = Contents(
        comparison,
        differences,
        trend,
        terms,
        notes,
        failed,
        audit.labels[0][1].round if audit else "",
        None if audit else needed(comparison),
        partial(mark_evidence, model) if model else None,
        request.date,
    )
    html = "" if request.only == "tables" else report_html(contents, request.language)
    if request.only != "report":
        for name, table in zip(TABLES, (emphasis, differences, terms_table(comparison, terms), trend), strict=True):
            _write(request.output / f"{name}.csv", table)
    if html:
        replace_text(request.output / REPORT, html)
    progress("done", 4, 4)
    return _findings(comparison, differences, notes, len(html.encode()), request.language)


def _findings(comparison: Comparison, differences: pd.DataFrame, notes: Sequence[Note], size: int, language: str) -> Findings:
    return Findings(
        len(comparison.main.grouping.keys),
        len(comparison.audit.index) if comparison.audit else 0,
        len(differences),
        int((differences["verdict"] != UNKNOWN).sum()),
        int((differences["verdict_text"] != UNKNOWN).sum()),
        tuple(note.text(language) for note in notes),
        size,
    )


def load_audit(path: Path | None, population: Population, round_name: str = "") -> Audit | None:
    """Read a coded audit and find its sentences in the population; nothing without a path.

    Raises:
        LabelError: it has a fault.
    """
    return None if path is None else match_audit(read_audit(path, population.codebook, round_name), population)


def needed(comparison: Comparison) -> tuple[int, int]:
    """Return how many audited sentences bring shares, and differences of two groups, within ±3 points on average."""
    population, member = comparison.population, comparison.main.grouping.member
    found = [
        smallest(population.category, population.weights, member, _WITHIN, pairs=pairs)
        for pairs in (False, len(comparison.main.grouping.keys) > 1)
    ]
    return found[0], found[1]


def _model_that_tagged(folder: Path, population: Population) -> Model | None:
    """Return the model if it is the one that tagged the table: another one's reasons and errors are not this one's."""
    model = load_model(folder)
    return model if model.digest == population.origin.model else None


def _stage(stage: str, population: Population) -> str:
    book = population.codebook
    if stage and stage not in book.stage_codes:
        raise CodebookError(f"unknown stage {stage!r}", where="--stage", remedy=f"the codebook has {', '.join(book.stage_codes)}")
    return stage


def _agreement(request: Request, population: Population, audit: Audit | None) -> dict[str, float] | None:
    """Return α by category from the labels that were given, else from an audit with several coders."""
    labels: list[Label] = []
    if request.agreement is not None:
        labels = read_labels_below(request.agreement, population.codebook)
    elif audit is not None and len({label.coder for _, label in audit.labels}) > 1 and len(audit.labels) > len(audit.index):
        labels = [label for _, label in audit.labels]
    if not labels:
        return None
    found = coder_agreement(labels, population.codebook, seed=request.seed, where=str(request.agreement or request.audit))
    return {code: value["alpha"] for code, value in found["categories"].items() if value["alpha"] is not None}


def _terms(comparison: Comparison, segmenter: Segmenter) -> list[Term]:
    population, grouping, inside = comparison.population, comparison.main.grouping, comparison.tagged_in
    rows = np.flatnonzero(inside)
    texts = population.table["text"].tolist()
    return distinctive_terms(
        [texts[row] for row in rows],
        grouping.member[rows],
        population.places.report[rows],
        segmenter.words,
        count=len(grouping.keys),
        top=_TERMS,
        own_names=grouping.labels,
    )


def _failed(table: Path) -> int:
    """Return how many reports could not be tagged, as the list beside the table says."""
    path = errors_path(table)
    if not path.is_file():
        return 0
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return max(sum(1 for _ in csv.reader(stream)) - 1, 0)


def _write(path: Path, table: pd.DataFrame) -> None:
    with table_writer(path, list(table.columns)) as writer:
        writer.write(table)
