"""Another field: the README's steps, run as they stand there, lead from a codebook to a tagged table."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
import xlsxwriter

from pipeline.codebook import read_codebook
from pipeline.labels import Label, read_labels
from pipeline.read import find_sources, read_document
from pipeline.structure import structure
from tests.conftest import ROOT, Run
from tests.test_docs import README, calls

HEALTH = ROOT / "tests" / "health"
CODED_BY_HAND = "heyu-2024.txt"


def steps() -> list[list[str]]:
    """Return the words of each call in the README's section."""
    section = re.search(r"^## Another field.*?(?=^## )", README, flags=re.MULTILINE | re.DOTALL)
    assert section is not None
    return [words[1:] for words in calls(section[0])]


def fill(sheet: Path, labels: list[Label]) -> int:
    """Choose the names of codes in the rows of the coding sheet that have none, as a coder does; return how many were blank."""
    names = {code.code: code.names["zh"] for code in read_codebook(HEALTH / "codebook.yaml").categories}
    names |= {code.code: code.names["zh"] for code in read_codebook(HEALTH / "codebook.yaml").stages}
    codes = {(label.document, str(label.paragraph), str(label.sentence)): label for label in labels}
    rows = pd.read_excel(sheet, engine="calamine", dtype=str, keep_default_na=False).to_dict(orient="records")
    blank = [row for row in rows if not row["类别"]]
    for row in blank:
        label = codes[row["报告"], row["段落"], row["句"]]
        secondary = "；".join(names[code] for code in label.secondary)
        row |= {"类别": names[label.category], "阶段": names[label.stage], "次要类别": secondary}
    with xlsxwriter.Workbook(sheet, {"strings_to_formulas": False}) as book:
        page = book.add_worksheet("编码")
        for number, cells in enumerate([list(rows[0]), *(list(row.values()) for row in rows)]):
            page.write_row(number, 0, cells)
    return len(blank)


def test_the_steps_of_the_readme_lead_from_a_codebook_to_a_tagged_table(
    tmp_path: Path, worktag: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(HEALTH, tmp_path / "tests" / "health")
    monkeypatch.chdir(tmp_path)
    codebook = read_codebook(HEALTH / "codebook.yaml")
    by_hand = read_labels(HEALTH / "filled", codebook)
    printed = {}
    for words in steps():
        if words[:2] == ["labels", "import"]:
            assert fill(Path("coding.xlsx"), by_hand) == len(by_hand) == 41
        outcome = worktag(*words)
        assert (outcome.code, outcome.err) == (0, ""), words
        printed[" ".join(words[:2]) if words[0] == "labels" else words[0]] = outcome.out
    assert list(printed) == ["codebook", "labels export", "labels import", "labels check", "train", "evaluate", "tag"]

    def codes(labels: list[Label]) -> list[tuple[object, ...]]:
        return sorted((one.document, one.paragraph, one.sentence, one.category, one.secondary, one.stage) for one in labels)

    came_back = read_labels(Path("mylabels"), codebook)
    assert codes(came_back) == codes([*read_labels(HEALTH / "labels", codebook), *by_hand])
    assert Counter(one.coder for one in came_back) == {"author": 375, "me": 41}
    assert printed["labels check"].startswith("416 rows, 9 documents, 5 units, 2 coders; ")
    accuracy = re.search(r"accuracy (0\.\d+)", printed["evaluate"])
    assert accuracy is not None
    assert float(accuracy[1]) > 0.8
    table = pd.read_excel("health.xlsx", engine="calamine")
    assert set(table["报告"]) == {"heyu-2023.txt"}
    assert "无医岛从四个减到三个" in "".join(table["原文"])
    assert set(table["类别代码"]) <= set(codebook.category_codes)
    assert len(set(table["类别代码"])) >= 6


def test_every_sentence_of_the_example_is_coded_once_and_every_bureau_is_known() -> None:
    codebook = read_codebook(HEALTH / "codebook.yaml")
    labels = [*read_labels(HEALTH / "labels", codebook), *read_labels(HEALTH / "filled", codebook)]
    documents = [structure(read_document(source)) for source in find_sources([HEALTH / "reports"])]
    sentences = {(one.document.name, place.paragraph, place.sentence) for one in documents for place in one.sentences}
    assert {(label.document, label.paragraph, label.sentence) for label in labels} == sentences
    assert len(labels) == len(sentences) == 416
    assert len({one.document.unit for one in documents}) == 5
    assert all(one.document.unit for one in documents)
    assert min(Counter(label.category for label in labels).values()) >= 30
    assert set(Counter(label.stage for label in labels)) == set(codebook.stage_codes)
