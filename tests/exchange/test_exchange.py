"""Labels go to Label Studio, doccano and a spreadsheet, and come back row for row."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.codebook import Codebook, read_codebook
from pipeline.errors import LabelError
from pipeline.exchange import FORMATS, export_labels, import_labels, read_exchange
from pipeline.labels import Label, read_labels, write_labels
from pipeline.records import StructuredDocument
from pipeline.spans import load_coded
from tests.conftest import ROOT, Corpus, Run, label
from tests.exchange.conftest import ENDINGS, back, coded


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("to", FORMATS)
def test_awkward_labels_come_back_row_for_row(
    tmp_path: Path, codebook: Codebook, awkward: StructuredDocument, labels: list[Label], to: str, language: str
) -> None:
    files = export_labels(coded(awkward, labels), tmp_path / f"out.{ENDINGS[to]}", codebook, to=to, language=language)
    assert back(files[0], codebook, to) == labels


@pytest.mark.parametrize("to", FORMATS)
def test_the_bundled_labels_come_back_row_for_row(tmp_path: Path, to: str) -> None:
    book = read_codebook(ROOT / "labels" / "codebook.yaml")
    before = [replace(one, where="") for one in read_labels(ROOT / "labels", book)]
    files = export_labels(load_coded(ROOT / "seeds", ROOT / "labels", book), tmp_path / f"out.{ENDINGS[to]}", book, to=to)
    assert back(files[0], book, to) == before


@pytest.mark.parametrize("to", FORMATS)
def test_a_label_file_comes_back_byte_for_byte(tmp_path: Path, corpus: Corpus, to: str) -> None:
    file = corpus.labels / "unit0.csv"
    documents = load_coded(corpus.reports, file, corpus.codebook)
    exported = export_labels(documents, tmp_path / f"unit0.{ENDINGS[to]}", corpus.codebook, to=to)[0]
    target, found = import_labels(exported, tmp_path / "back", corpus.codebook, source=to)
    assert (target, found.documents) == (tmp_path / "back" / "unit0.csv", 2)
    assert target.read_bytes() == file.read_bytes()


def test_a_cell_that_a_spreadsheet_would_run_is_neutralised_in_a_label_file(
    tmp_path: Path, codebook: Codebook, awkward: StructuredDocument
) -> None:
    index = next(index for index, sentence in enumerate(awkward.sentences) if sentence.text.startswith("="))
    before = [replace(label(awkward, index, "rest", "done", coder="'=1+1"), round="@")]
    write_labels(tmp_path / "labels.csv", before)
    assert ",'=SUM(A1)是写在报告里的。," in (tmp_path / "labels.csv").read_text(encoding="utf-8-sig")
    assert [replace(one, where="") for one in read_labels(tmp_path / "labels.csv", codebook)] == before


@pytest.mark.parametrize("to", FORMATS)
def test_reports_without_labels_are_exported_for_coding_and_hold_none(tmp_path: Path, corpus: Corpus, to: str) -> None:
    documents = load_coded(corpus.reports, None, corpus.codebook)
    file = export_labels(documents, tmp_path / f"todo.{ENDINGS[to]}", corpus.codebook, to=to)[0]
    assert read_exchange(file, corpus.codebook, source=to).labels == ()
    with pytest.raises(LabelError, match="there is no label in it"):
        import_labels(file, tmp_path, corpus.codebook, source=to)


@pytest.mark.parametrize(
    ("source", "text", "what"),
    [
        ("labelstudio", "{", "isn't JSON"),
        ("labelstudio", "[1]", "task 1: isn't a task"),
        ("labelstudio", '[{"data": {"text": "甲"}}]', "task 1: isn't a task with document, text and annotations"),
        ("labelstudio", '[{"data": {"text": "甲", "document": "a"}, "annotations": [{"result": 3}]}]', "task 1: isn't a task"),
        ("doccano", '{"text": "甲"}', "line 1: isn't a report with document, text and label"),
        ("doccano", '\n{"text": "甲", "document": "a", "label": [[0, "x", "农业"]]}', "line 2: isn't a report"),
        ("doccano", "not json", "line 1: isn't a report"),
        ("xlsx", "not a workbook", "can't be read as a workbook"),
    ],
)
def test_another_file_is_one_line_and_exit_code_2(tmp_path: Path, worktag: Run, source: str, text: str, what: str) -> None:
    file = tmp_path / f"in.{ENDINGS[source]}"
    file.write_text(text, encoding="utf-8")
    outcome = worktag("labels", "import", file, "--from", source, "-o", tmp_path / "out")
    assert outcome.code == 2
    assert what in outcome.lines[0]
    assert outcome.lines[0].startswith(f"worktag: {file}")


def test_a_label_file_that_stands_there_is_only_replaced_when_asked(tmp_path: Path, worktag: Run, corpus: Corpus) -> None:
    exported = tmp_path / "unit0.json"
    arguments = ("--codebook", corpus.codebook_file)
    outcome = worktag(
        "labels",
        "export",
        "--to",
        "labelstudio",
        "--reports",
        corpus.reports,
        "--labels",
        corpus.labels,
        "-o",
        exported,
        *arguments,
    )
    assert outcome.out == f"4 reports, 48 labels -> {exported}, {tmp_path / 'unit0.interface.xml'}\n"
    read = ("labels", "import", exported, "--from", "labelstudio", "-o", tmp_path / "out", *arguments)
    assert worktag(*read).out.startswith(f"48 labels of 4 reports -> {tmp_path / 'out' / 'unit0.csv'}\n")
    outcome = worktag(*read)
    assert (outcome.code, outcome.lines) == (
        2,
        [
            f"worktag: {tmp_path / 'out' / 'unit0.csv'}: a label file of this name stands there already; give --replace to overwrite it, or another folder"
        ],
    )
    assert worktag(*read, "--replace").code == 0
    assert worktag("labels", "import", tmp_path / "none.json", *read[3:]).lines == [
        f"worktag: {tmp_path / 'none.json'}: no such file; check the path"
    ]
