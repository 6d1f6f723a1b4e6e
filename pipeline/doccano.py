"""Labels as doccano keeps them: a line a report, with labelled spans (https://doccano.github.io/doccano/tutorial)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipeline.codebook import Codebook
from pipeline.errors import LabelError
from pipeline.records import Document
from pipeline.spans import CodedDocument, Imported, Placed, Region, Row, imported, names_to_codes, read_row, row_of, rows_from

_STAGE, _SECONDARY = "stage:", "secondary:"
_REMEDY = "start from what `worktag labels export` writes, and export the project from doccano as JSONL"


def label_types(codebook: Codebook) -> str:
    """Return the labels of the project as JSON, for doccano's *Labels, Import labels*."""
    names = [
        *codebook.category_codes,
        *(_STAGE + code for code in codebook.stage_codes),
        *(_SECONDARY + code for code in codebook.category_codes),
    ]
    colours = ("#3b6ea5", "#a0522d", "#8a8a8a")
    kinds = [2 if name.startswith(_SECONDARY) else 1 if name.startswith(_STAGE) else 0 for name in names]
    types = [
        {"text": name, "backgroundColor": colours[kind], "textColor": "#ffffff"} for name, kind in zip(names, kinds, strict=True)
    ]
    return json.dumps(types, ensure_ascii=False, indent=1) + "\n"


def to_doccano(documents: Sequence[CodedDocument]) -> str:
    """Return reports as lines of a sequence-labelling project that allows overlapping spans.

    A sentence bears one span for its category, one for its stage, and one for each secondary category. Spans have no author in doccano:
    each coder, round and version of the codebook gets a line of its own. Keys that doccano doesn't know are kept as metadata.
    """
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for coded in documents for line in _lines(coded))


def _lines(coded: CodedDocument) -> Iterator[dict[str, Any]]:
    document = coded.structured.document
    # The last part tells apart rows of one coder that code the same span: one line can't hold both.
    groups: dict[tuple[str, str, str, int], list[Placed]] = {}
    seen: dict[tuple[str, str, str, int, int], int] = {}
    for placed in coded.labels:
        who = (placed.label.coder, placed.label.round, placed.label.codebook_version)
        times = seen[*who, placed.start, placed.end] = seen.get((*who, placed.start, placed.end), 0) + 1
        groups.setdefault((*who, times), []).append(placed)
    for (coder, _, _, _), labels in (groups or {("", "", "", 1): []}).items():
        spans = [[placed.start, placed.end, name] for placed in labels for name in _names(placed)]
        yield {
            "text": document.text,
            "label": spans,
            "document": document.name,
            "coder": coder,
            "rows": [row_of(placed) for placed in labels],
        }


def _names(placed: Placed) -> list[str]:
    label = placed.label
    return [label.category, _STAGE + label.stage, *(_SECONDARY + code for code in label.secondary)]


def from_doccano(text: str, where: str, codebook: Codebook, coder: str) -> Imported:
    """Return the labels of a doccano export; spans stand under ``label``, or under ``entities`` in a project with relations.

    Args:
        text: the file.
        where: its path, for faults.
        codebook: knows codes and names.
        coder: of lines that name none.
    """
    rows: list[Row] = []
    faults: list[LabelError] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        place = f"{where}, line {number}"
        try:
            record = json.loads(line)
            document = Document(record["document"], record["text"])
            regions = list(_regions(record, place, codebook, coder))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            faults.append(LabelError(f"isn't a report with document, text and label ({error!r})", where=place, remedy=_REMEDY))
            continue
        found, lost = rows_from(regions, document, codebook)
        rows, faults = rows + found, faults + lost
    return imported(rows, faults)


def _regions(record: Mapping[str, Any], where: str, codebook: Codebook, coder: str) -> Iterator[Region]:
    spans: dict[tuple[int, int], list[str]] = {}
    for span in record.get("label") or record.get("entities") or []:
        start, end, name = (span["start_offset"], span["end_offset"], span["label"]) if isinstance(span, dict) else span
        spans.setdefault((int(start), int(end)), []).append(str(name))
    rows = {(row["start"], row["end"]): row for row in map(read_row, record.get("rows") or []) if row is not None}
    categories, stages = names_to_codes(codebook.categories), names_to_codes(codebook.stages)
    for (start, end), names in spans.items():
        stage = [name.removeprefix(_STAGE) for name in names if name.startswith(_STAGE)]
        also = [name.removeprefix(_SECONDARY) for name in names if name.startswith(_SECONDARY)]
        primary = [name for name in names if not name.startswith((_STAGE, _SECONDARY))]
        yield Region(
            start,
            end,
            ";".join(categories.get(name, name) for name in primary),  # more than one is a fault, found with the code
            tuple(categories.get(name, name) for name in also),
            ";".join(stages.get(name, name) for name in stage),
            str(record.get("coder") or "") or coder,
            rows.get((start, end)),
            f"{where} ({record['document']}), characters {start}-{end}",
        )
