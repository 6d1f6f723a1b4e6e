"""Lines as doccano documents them, and what comes back from its two kinds of project."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.codebook import Codebook
from pipeline.exchange import export_labels
from pipeline.labels import Label
from pipeline.records import StructuredDocument
from tests.conftest import label
from tests.exchange.conftest import back, coded


def test_a_line_is_what_doccano_documents(tmp_path: Path, codebook: Codebook, awkward: StructuredDocument) -> None:
    one = replace(label(awkward, 3, "farming", "done"), secondary=("rest",))
    file, setup = export_labels(coded(awkward, [one]), tmp_path / "lines.jsonl", codebook, to="doccano")
    (line,) = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    start, end = awkward.sentences[3].start, awkward.sentences[3].end
    assert line["text"] == awkward.document.text
    assert line["label"] == [[start, end, "farming"], [start, end, "stage:done"], [start, end, "secondary:rest"]]
    names = [kind["text"] for kind in json.loads(setup.read_text(encoding="utf-8"))]
    assert names == ["farming", "schooling", "rest", "stage:done", "stage:plan", "stage:context"] + [
        f"secondary:{code}" for code in codebook.category_codes
    ]


@pytest.mark.parametrize("relations", [False, True])
def test_what_doccano_exports_is_read(
    tmp_path: Path, codebook: Codebook, awkward: StructuredDocument, labels: list[Label], relations: bool
) -> None:
    """Spans come back sorted, lines with a number and comments, and in a project with relations as entities."""
    file = export_labels(coded(awkward, labels), tmp_path / "out.jsonl", codebook, to="doccano")[0]
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    for number, line in enumerate(lines):
        spans = sorted(line.pop("label"))
        line |= {"id": 100 + number, "Comments": []}
        if relations:
            keys = ("start_offset", "end_offset", "label")
            line |= {"entities": [{"id": 1, **dict(zip(keys, span, strict=True))} for span in spans], "relations": []}
        else:
            line["label"] = spans
    (tmp_path / "all.jsonl").write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    assert back(tmp_path / "all.jsonl", codebook, "doccano") == labels


def test_a_sentence_coded_anew_in_doccano_is_a_new_row(tmp_path: Path, codebook: Codebook, awkward: StructuredDocument) -> None:
    old = label(awkward, 1, "farming", "done")
    file = export_labels(coded(awkward, [old]), tmp_path / "out.jsonl", codebook, to="doccano")[0]
    line = json.loads(file.read_text(encoding="utf-8"))
    sentence = awkward.sentences[0]
    line["label"] += [[sentence.start, sentence.end, name] for name in ("stage:plan", "schooling")]
    file.write_text(json.dumps(line), encoding="utf-8")
    assert back(file, codebook, "doccano") == [old, replace(label(awkward, 0, "schooling", "plan"), round="")]
