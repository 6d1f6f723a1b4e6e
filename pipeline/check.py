"""Check label files against reports and codebook, and name every fault, each with file and line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.codebook import read_codebook
from pipeline.errors import LabelError, ReadError, WorktagError
from pipeline.labels import locate_labels, scan_labels
from pipeline.read import find_sources, read_document
from pipeline.records import StructuredDocument
from pipeline.structure import structure

# Fewer labels than folds of cross-fitting leave a fold without the category; with ten its F1 is still a guess.
FEWEST = 10


@dataclass(frozen=True, slots=True)
class Check:
    """What checking label files found.

    Attributes:
        faults: every fault: those of rows in the order of the files, then those of whole categories.
        rows: how many rows there are.
        documents: names of the labelled reports, in the order of the files.
        coders: names of the coders, in the order of the files.
        categories: labels of each category of the codebook, in its order.
        units: how many bodies wrote the labelled reports, as far as they are known.
        unnamed: labelled reports of which neither title, file name nor ``units.csv`` says who wrote them.
    """

    faults: tuple[WorktagError, ...]
    rows: int
    documents: tuple[str, ...]
    coders: tuple[str, ...]
    categories: Mapping[str, int]
    units: int = 0
    unnamed: tuple[str, ...] = ()

    def summary(self) -> str:
        """Return the counts as one line."""
        counted = ((self.rows, "row"), (len(self.documents), "document"), (self.units, "unit"), (len(self.coders), "coder"))
        sizes = [f"{number:,} {what}{'s' * (number != 1)}" for number, what in counted]
        return f"{', '.join(sizes)}; {', '.join(f'{code} {count:,}' for code, count in self.categories.items())}"


def check_labels(reports: Path, labels: Path, codebook_file: Path) -> Check:
    """Check label files.

    Args:
        reports: the folder of reports, or one report.
        labels: a folder of label files, or one.
        codebook_file: the codebook.

    Raises:
        CodebookError: the codebook has a fault.
        ReadError: there is no report.
    """
    codebook = read_codebook(codebook_file)
    scan = scan_labels(labels, codebook)
    names = tuple(dict.fromkeys(label.document for label in scan.labels if label.document))
    documents, unreadable = _read(reports, frozenset(names))
    findable = (label for label in scan.labels if label.document and label.document not in unreadable)
    _, lost = locate_labels(findable, documents, faulty=frozenset(fault.where for fault in scan.faults))
    counts = Counter(label.category for label in scan.labels)
    categories = {code: counts[code] for code in codebook.category_codes}
    thin = _thin(categories, codebook_file) if scan.labels else ()
    faults = (*unreadable.values(), *sorted([*scan.faults, *lost], key=_place), *thin)
    coders = tuple(dict.fromkeys(label.coder for label in scan.labels if label.coder))
    owners = {structured.document.name: structured.document.unit for structured in documents}
    unnamed = tuple(name for name, unit in owners.items() if not unit)
    return Check(faults, len(scan.labels), names, coders, categories, len(set(owners.values()) - {""}), unnamed)


def _read(reports: Path, names: frozenset[str]) -> tuple[list[StructuredDocument], dict[str, ReadError]]:
    """Return the labelled reports, and those that can't be read."""
    documents, unreadable = [], {}
    for source in find_sources([reports]):
        if source.name in names:
            try:
                documents.append(structure(read_document(source)))
            except ReadError as fault:
                unreadable[source.name] = fault
    return documents, unreadable


def _place(fault: LabelError) -> tuple[str, int]:
    file, _, line = fault.where.rpartition(", line ")
    return (file, int(line)) if file and line.isdigit() else (fault.where, 0)


def _thin(categories: Mapping[str, int], codebook_file: Path) -> Iterator[LabelError]:
    """Yield a fault for each category with few labels or none, at its line of the codebook."""
    lines = codebook_file.read_text(encoding="utf-8-sig").splitlines()
    for code, count in categories.items():
        if count < FEWEST:
            entry = re.compile(rf"\bcode:\s*[\"']?{re.escape(code)}\b")
            line = next((number for number, text in enumerate(lines, 1) if entry.search(text)), 0)
            what = f"the category {code!r} has {count or 'no'} label{'s' * (count != 1)}"
            remedy = f"label at least {FEWEST} sentences of it, or take it out of the codebook"
            yield LabelError(what, where=f"{codebook_file}, line {line}" if line else str(codebook_file), remedy=remedy)
