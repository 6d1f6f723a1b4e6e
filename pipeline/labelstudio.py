"""Labels as Label Studio keeps them: tasks with regions over a report's text (https://labelstud.io/guide/task_format)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import quoteattr

from pipeline.codebook import Code, Codebook
from pipeline.errors import LabelError
from pipeline.records import Document
from pipeline.spans import CodedDocument, Imported, Placed, Region, Row, imported, names_to_codes, read_row, row_of, rows_from

_REMEDY = "start from what `worktag labels export` writes, and export the project from Label Studio as JSON (not JSON-MIN)"
# Label Studio writes the line ends of a region's text as two characters, \ and n.
_BLANK = re.compile(r"\s|\\n")


def interface(codebook: Codebook, language: str) -> str:
    """Return the labelling interface (XML) that the tasks fit: a label a category, then stage and secondary categories of a region.

    Names are shown, codes are saved (``alias``).
    """

    def options(tag: str, codes: Sequence[Code]) -> str:
        lines = [
            f"<{tag} value={quoteattr(code.names[language])} alias={quoteattr(code.code)} hint={quoteattr(code.definitions[language])}/>"
            for code in codes
        ]
        return "\n    ".join(lines)

    return f"""<View>
  <Style>.htx-text{{ white-space: pre-wrap; }}</Style>
  <TextArea name="coder" toName="text" maxSubmissions="1" rows="1" placeholder="{_CODER[language]}"/>
  <Labels name="category" toName="text">
    {options("Label", codebook.categories)}
  </Labels>
  <Text name="text" value="$text"/>
  <Choices name="stage" toName="text" perRegion="true" choice="single" required="true" showInline="true">
    {options("Choice", codebook.stages)}
  </Choices>
  <Choices name="secondary" toName="text" perRegion="true" choice="multiple" showInline="true">
    {options("Choice", codebook.categories)}
  </Choices>
</View>
"""


_CODER = {"zh": "编码员", "en": "coder"}


def to_labelstudio(documents: Sequence[CodedDocument]) -> str:
    """Return reports as tasks, an annotation a coder, round and version of the codebook.

    The coder stands in a text area of the annotation: Label Studio refuses a ``completed_by`` of whom it has no account. What it has no
    place for (quote, inclusion probability, order of the rows) stands in the task's data, by region.
    """
    tasks = [json.dumps(_task(document), ensure_ascii=False) for document in documents]
    return "[\n" + ",\n".join(tasks) + "\n]\n"


def _task(coded: CodedDocument) -> dict[str, Any]:
    document = coded.structured.document
    groups: dict[tuple[str, str, str], list[Placed]] = {}
    for placed in coded.labels:
        label = placed.label
        groups.setdefault((label.coder, label.round, label.codebook_version), []).append(placed)
    rows = {_identifier(placed): row_of(placed) for placed in coded.labels}
    return {
        "data": {"document": document.name, "text": document.text, "rows": rows},
        "annotations": [_annotation(coder, labels, document.text) for (coder, _, _), labels in groups.items()],
    }


def _identifier(placed: Placed) -> str:
    return f"row{placed.number}"


def _annotation(coder: str, labels: Sequence[Placed], text: str) -> dict[str, Any]:
    result: list[dict[str, Any]] = []
    if coder:
        identifier = f"coder{labels[0].number}"
        result.append({"id": identifier, "from_name": "coder", "to_name": "text", "type": "textarea", "value": {"text": [coder]}})
    for placed in labels:
        span = {"start": placed.start, "end": placed.end, "text": text[placed.start : placed.end]}
        common = {"id": _identifier(placed), "to_name": "text", "origin": "manual"}
        label = placed.label
        result.append({**common, "from_name": "category", "type": "labels", "value": {**span, "labels": [label.category]}})
        for name, codes in (("stage", [label.stage]), ("secondary", list(label.secondary))):
            if codes:
                result.append({**common, "from_name": name, "type": "choices", "value": {**span, "choices": codes}})
    return {"result": result, "was_cancelled": False, "ground_truth": False}


def from_labelstudio(text: str, where: str, codebook: Codebook, coder: str) -> Imported:
    """Return the labels of a Label Studio export.

    Args:
        text: the file.
        where: its path, for faults.
        codebook: knows codes and names.
        coder: of annotations that name none.

    Raises:
        LabelError: the file isn't Label Studio's JSON.
    """
    try:
        tasks = json.loads(text)
    except ValueError as error:
        raise LabelError(f"isn't JSON ({error})", where=where, remedy=_REMEDY) from error
    tasks = tasks if isinstance(tasks, list) else [tasks]
    rows: list[Row] = []
    faults: list[LabelError] = []
    for number, task in enumerate(tasks, 1):
        place = f"{where}, task {number}"
        try:
            data = task["data"]
            document = Document(data["document"], data["text"])
            regions = [
                region
                for annotation in task.get("annotations", [])
                for region in _regions(annotation, data, place, codebook, coder)
            ]
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            faults.append(LabelError(f"isn't a task with document, text and annotations ({error!r})", where=place, remedy=_REMEDY))
            continue
        found, lost = rows_from(regions, document, codebook)
        rows, faults = rows + found, faults + lost
    return imported(rows, faults)


def _regions(
    annotation: Mapping[str, Any], data: Mapping[str, Any], where: str, codebook: Codebook, coder: str
) -> Iterator[Region]:
    if annotation.get("was_cancelled"):
        return
    values: dict[str, dict[str, Any]] = {}
    who = ""
    for result in annotation.get("result", []):
        kind, value = result.get("from_name"), result.get("value", {})
        if kind == "coder":
            who = " ".join(map(str, value.get("text", []))).strip()
        elif kind in ("category", "stage", "secondary"):
            values.setdefault(str(result.get("id")), {})[kind] = value
    who = who or coder or _account(annotation.get("completed_by"))
    categories, stages = names_to_codes(codebook.categories), names_to_codes(codebook.stages)
    rows = data.get("rows")
    for identifier, parts in values.items():
        span = next(iter(parts.values()))
        start, end = _span(data["text"], span)
        primary = [categories.get(name, name) for name in parts.get("category", {}).get("labels", [])]
        also = [categories.get(name, name) for name in parts.get("secondary", {}).get("choices", [])]
        stage = [stages.get(name, name) for name in parts.get("stage", {}).get("choices", [])]
        yield Region(
            start,
            end,
            ";".join(primary),  # more than one is a fault, found with the code
            tuple(also),
            ";".join(stage),
            who,
            read_row(rows.get(identifier)) if isinstance(rows, Mapping) else None,
            f"{where} ({data['document']}), characters {start}-{end}",
        )


def _account(completed_by: Any) -> str:
    """Return the account of an annotation: its e-mail address where it is exported, else its number."""
    if isinstance(completed_by, Mapping):
        return str(completed_by.get("email") or completed_by.get("id") or "")
    return "" if completed_by is None else f"user {completed_by}"


def _span(text: str, span: Mapping[str, Any]) -> tuple[int, int]:
    """Return a region's offsets in code points; some versions counted UTF-16 units, in which 𠮷 is two."""
    start, end, quoted = int(span.get("start", 0)), int(span.get("end", 0)), span.get("text")
    if isinstance(quoted, str) and _bare(text[start:end]) != _bare(quoted):
        units = text.encode("utf-16-le", errors="surrogatepass")
        low, high = (len(units[: 2 * place].decode("utf-16-le", errors="ignore")) for place in (start, end))
        if _bare(text[low:high]) == _bare(quoted):
            return low, high
    return start, end


def _bare(text: str) -> str:
    return _BLANK.sub("", text)
