"""Real files beside the repository, where they are: each is read or refused in one line, and nothing of the text is lost."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from pipeline.errors import ReadError
from pipeline.read import Source, read_document, read_documents
from pipeline.readers.legacy import find_office

DATA = Path(__file__).parent.parent.parent.parent / "shared" / "data"
needs = pytest.mark.skipif(not DATA.is_dir(), reason="no real files beside the repository (../shared/data)")
CASES = sorted((DATA / "file-format-cases").glob("*.*")) if DATA.is_dir() else []
# Words that only a page has, never a report.
FURNITURE = ("字体：", "扫一扫", "分享到", "打印本页", "关闭窗口", "责任编辑", "您的位置", "当前位置")


def words(text: str) -> str:
    """Return a text without blanks."""
    return "".join(text.split())


@needs
@pytest.mark.parametrize("file", CASES, ids=lambda file: file.name)
def test_every_file_is_read_or_refused_in_one_line(file: Path) -> None:
    try:
        documents = list(read_documents(Source(file, file.name)))
    except ReadError as error:
        assert "its reader failed" not in error.what
        assert error.remedy
        assert file.suffix == ".xls" or not find_office()
    else:
        assert len(words(documents[0].text)) > 500


@needs
def test_a_name_that_lies_gives_the_same_text() -> None:
    if not find_office():
        pytest.skip("LibreOffice isn't installed")
    folder = DATA / "file-format-cases"
    texts = [read_document(Source(folder / name, name)).text for name in ("real_wps_97.doc", "ole_doc_named.docx")]
    assert texts[0] == texts[1]


@needs
def test_a_pdf_whose_lines_break_within_sentences() -> None:
    name = "yunnan_five_year_plan_text_layer.pdf"
    document = read_document(Source(DATA / "file-format-cases" / name, name))
    long = [line for line in document.text.split("\n") if len(line) > 40]
    assert len(long) > 100
    assert all(line[-1] in "。：:；;！!）)”" for line in long)
    assert not any(line[0] in ",、，。；;" for line in document.text.split("\n"))


@needs
@pytest.mark.parametrize("file", sorted((DATA / "gwr-provincial-2026").glob("*.csv")), ids=lambda file: file.name)
def test_pages_of_provinces_lose_their_furniture_and_nothing_else(file: Path) -> None:
    (document,) = read_documents(Source(file, file.name))
    with file.open(encoding="utf-8-sig", newline="") as stream:
        csv.field_size_limit(10**7)
        (row,) = csv.DictReader(stream)
    assert not any(mark in document.text for mark in FURNITURE)
    kept = set(document.text.split("\n"))
    lost = [line for line in row["full_text"].split("\n") if line.strip() and line not in kept]
    assert all(len(line) < 60 for line in lost)
    assert (document.unit, document.period) == (row["province"], "2026")


@needs
def test_national_reports_are_read_whole() -> None:
    file = DATA / "gwr-national" / "government_work_reports.jsonl"
    documents = list(read_documents(Source(file, file.name)))
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert len(documents) == len(rows) == 72
    for document, row in zip(documents, rows, strict=True):
        removed = sum(document.removed.values())
        assert set(document.removed) <= {"invisible"}
        assert len(words(row["content"])) - len(words(document.text)) <= removed


@needs
def test_every_gbk_sample_decodes_and_the_damaged_ones_are_refused() -> None:
    damaged = {file.name for file in (DATA / "fudan-gbk" / "undecodable").rglob("*.txt")}
    samples = sorted((DATA / "fudan-gbk").rglob("*.txt"))
    refused = set()
    for file in samples:
        if file.name == "SOURCE.txt":
            continue
        try:
            assert read_document(Source(file, file.name)).charset in ("gb18030", "utf-8")
        except ReadError as error:
            assert "damaged at byte" in error.what
            refused.add(file.name)
    assert refused == damaged
