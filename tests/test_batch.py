"""A batch: one broken file never stops it, and the output is whole or untouched."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pandas as pd
import pytest

from pipeline import gather, work
from pipeline.batch import ERROR_COLUMNS, Way, duplicates_path, errors_path, structure_batch, tag_batch
from pipeline.errors import ReadError, Stopped, TableError
from pipeline.store import SUFFIXES, read_table
from pipeline.tag import COLUMNS, UNITS
from pipeline.tally import Progress, Summary
from pipeline.work import STRUCTURE_COLUMNS
from tests.conftest import ROOT, Corpus, Run

GOOD = "东河县2024年工作总结\n播种小麦8亩。学生搬进新教室。\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with two good reports and three broken ones."""
    reports = tmp_path / "reports"
    (reports / "sub").mkdir(parents=True)
    (reports / "a.txt").write_text(GOOD, encoding="utf-8")
    (reports / "b-empty.txt").write_bytes(b"")
    (reports / "c-binary.txt").write_bytes(bytes(range(8)) * 50)
    (reports / "d-charset.txt").write_bytes(b"\xff\xff\xff\xff" * 20)
    (reports / "sub" / "e.txt").write_bytes(GOOD.encode("gb18030"))
    return reports


def test_broken_files_are_listed_and_the_others_tagged(small_folder: Path, folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "tags.csv"
    summary = tag_batch(small_folder, [folder], output)
    assert (summary.documents, summary.rows) == (2, 6)
    assert summary.characters == 2 * len(GOOD)
    assert [failure.document for failure in summary.failures] == ["b-empty.txt", "c-binary.txt", "d-charset.txt"]
    assert list(dict.fromkeys(read_table(output)["document"])) == ["a.txt", "sub/e.txt"]


def test_the_list_of_failures_says_what_where_and_what_to_do(small_folder: Path, folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "tags.xlsx"
    tag_batch(small_folder, [folder], output)
    file = errors_path(output)
    assert file.name == "tags.xlsx.errors.csv"
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    table = pd.read_csv(file, encoding="utf-8-sig")
    assert tuple(table.columns) == ERROR_COLUMNS == ("document", "where", "what", "what to do")
    assert table["document"].tolist() == ["b-empty.txt", "c-binary.txt", "d-charset.txt"]
    assert table["where"].tolist() == [str(folder / name) for name in table["document"]]
    assert "empty" in table["what"][0]
    assert "binary" in table["what"][1]
    assert table["what to do"].str.len().min() > 5


def test_a_later_batch_without_failures_removes_the_list_of_the_earlier(small_folder: Path, folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "tags.csv"
    tag_batch(small_folder, [folder], output)
    assert errors_path(output).exists()
    assert tag_batch(small_folder, [folder / "a.txt"], output).failures == ()
    assert not errors_path(output).exists()


def test_where_every_file_fails_the_table_has_its_header_alone(small_folder: Path, folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "tags.csv"
    summary = tag_batch(small_folder, [folder / "b-empty.txt"], output)
    assert (summary.documents, summary.rows, summary.review_share) == (0, 0, 0.0)
    assert list(read_table(output).columns) == list(COLUMNS)


def test_a_wrong_path_among_right_ones_tags_nothing(small_folder: Path, folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "tags.csv"
    output.write_text("old", encoding="utf-8")
    with pytest.raises(ReadError, match="no such file"):
        tag_batch(small_folder, [folder, tmp_path / "none.txt"], output)
    assert output.read_text(encoding="utf-8") == "old"


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_batch_that_breaks_off_leaves_the_old_output(
    small_folder: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    output = tmp_path / f"tags{suffix}"
    tag_batch(small_folder, [folder], output)
    before, names = output.read_bytes(), sorted(path.name for path in tmp_path.iterdir())
    calls: list[str] = []

    def second_time_stops(_: Path) -> bytes:
        calls.append("")
        if len(calls) == 2:
            raise KeyboardInterrupt
        return GOOD.encode()

    monkeypatch.setattr(work, "read_bytes", lambda path, *_: second_time_stops(path))
    with pytest.raises(Stopped):
        tag_batch(small_folder, [folder], output)
    assert output.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == names


def test_an_output_that_cannot_be_written_is_known_before_the_first_report_is_read(
    small_folder: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "read_document", lambda _: pytest.fail("a report was read"))
    (tmp_path / "taken").write_text("x", encoding="utf-8")
    for output in (tmp_path / "tags.doc", tmp_path / "taken" / "tags.csv"):
        with pytest.raises(TableError):
            tag_batch(small_folder, [folder], output)


def test_progress_goes_on_chunk_by_chunk_and_ends_with_all(
    small_folder: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gather, "CHUNK_DOCUMENTS", 2)
    calls: list[Progress] = []
    tag_batch(small_folder, [folder], tmp_path / "tags.csv", way=Way(progress=calls.append))
    assert [call.documents for call in calls] == [0, 2, 4, 5]
    assert [call.name for call in calls] == ["", "b-empty.txt", "d-charset.txt", "sub/e.txt"]
    assert {(call.all_documents, call.resumed) for call in calls} == {(5, 0)}
    assert calls[-1].work == calls[-1].all_work


@pytest.mark.parametrize("by", UNITS)
def test_every_format_holds_the_same_rows(small_folder: Path, folder: Path, tmp_path: Path, by: str) -> None:
    tables = []
    for suffix in SUFFIXES:
        tag_batch(small_folder, [folder], tmp_path / f"tags{suffix}", by=by, language="en")
        tables.append(read_table(tmp_path / f"tags{suffix}"))
    for table in tables[1:]:
        pd.testing.assert_frame_equal(table, tables[0], check_dtype=False)


def test_the_same_batch_gives_the_same_bytes(small_folder: Path, corpus: Corpus, tmp_path: Path) -> None:
    for name in "ab":
        tag_batch(small_folder, [corpus.reports], tmp_path / f"{name}.csv")
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_marks_for_review_are_counted() -> None:
    assert Summary(1, 8, 100, 2, ()).review_share == 0.25


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_structure_of_reports_as_a_table(folder: Path, tmp_path: Path, suffix: str) -> None:
    (folder / "f.txt").write_text("标题\n一、农业\n（一）播种。播种小麦。一是甲。二是乙。\n", encoding="utf-8")
    output = tmp_path / f"units{suffix}"
    summary = structure_batch([folder], output)
    assert (summary.documents, summary.rows, len(summary.failures)) == (3, 12, 3)
    assert errors_path(output).exists()
    table = read_table(output)
    assert list(table.columns) == list(STRUCTURE_COLUMNS)
    rows = table[table["document"] == "f.txt"]
    assert rows["kind"].tolist() == ["heading", "heading", "heading", "sentence", "sentence", "sentence"]
    assert rows["level"].tolist() == [1, 1, 2, 2, 2, 2]
    assert rows["point"].fillna(0).tolist() == [0, 0, 0, 0, 1, 2]
    assert rows["heading"].tolist()[-1] == "一、农业 > （一）播种。"


def test_the_same_content_under_two_names_is_tagged_twice_and_listed(
    small_folder: Path, folder: Path, tmp_path: Path, worktag: Run
) -> None:
    (folder / "f.txt").write_bytes((folder / "a.txt").read_bytes())
    (folder / "g-empty.txt").write_bytes(b"")  # two files without content are no reports at all
    output = tmp_path / "tags.csv"
    summary = tag_batch(small_folder, [folder, folder / "a.txt"], output)
    assert summary.duplicates == (("f.txt", "a.txt"),)
    assert summary.repeated == ("a.txt",)
    assert (summary.documents, summary.rows, summary.sentences, summary.characters) == (3, 9, 9, 3 * len(GOOD))
    assert duplicates_path(output).read_text(encoding="utf-8-sig").splitlines() == ["document,same as", "f.txt,a.txt"]
    said = worktag("tag", folder, folder / "a.txt", "-o", output, "-m", small_folder)
    assert said.code == 1
    assert said.out.splitlines()[0] == f"3 documents, {3 * len(GOOD)} characters, 9 sentences, 9 rows -> {output}"
    assert "asked for twice and taken once: a.txt" in said.out
    assert f"same content under another name: 1 (f.txt = a.txt) -> {output}.duplicates.csv" in said.out
    (folder / "f.txt").unlink()
    tag_batch(small_folder, [folder], output)
    assert not duplicates_path(output).exists()


def test_names_in_lists_are_harmless_in_a_spreadsheet(small_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "=cmd.txt").write_bytes(b"")
    tag_batch(small_folder, [tmp_path / "=cmd.txt"], tmp_path / "tags.csv")
    assert "\n'=cmd.txt," in errors_path(tmp_path / "tags.csv").read_text(encoding="utf-8-sig").replace("\r", "")


def test_files_that_vanish_or_close_meanwhile_cost_a_line_each(
    small_folder: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gather, "CHUNK_DOCUMENTS", 1)

    def vanish(progress: Progress) -> None:
        if progress.documents == 1:
            shutil.rmtree(folder / "sub")
            (folder / "c-binary.txt").unlink()
            (folder / "c-binary.txt").mkdir()

    summary = tag_batch(small_folder, [folder], tmp_path / "tags.csv", way=Way(progress=vanish))
    assert summary.documents == 1
    lines = {failure.document: failure.error.line() for failure in summary.failures}
    assert "no such file" in lines["sub/e.txt"]
    assert "folder" in lines["c-binary.txt"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_however_rows_come_the_bytes_of_the_table_are_the_same(
    small_folder: Path, corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    monkeypatch.setattr("pipeline.write._ROWS_OF_A_GROUP", 7)
    for size in (1, 3, 64):
        monkeypatch.setattr(gather, "CHUNK_DOCUMENTS", size)
        tag_batch(small_folder, [corpus.reports], tmp_path / f"{size}{suffix}")
    assert len({(tmp_path / f"{size}{suffix}").read_bytes() for size in (1, 3, 64)}) == 1


def test_what_is_held_of_a_batch_stays_flat_as_it_grows(corpus: Corpus, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Measured in this process: the peak of Python's own memory at eight times the documents."""
    report = sorted(corpus.reports.glob("*.txt"))[0].read_text(encoding="utf-8")
    monkeypatch.setattr(gather, "CHUNK_DOCUMENTS", 4)
    peaks = []
    for number in (12, 96):
        for document in range(number):
            file = tmp_path / f"reports{number}" / f"{document}.txt"
            file.parent.mkdir(exist_ok=True)
            file.write_text(f"{report}又{document}。\n" + "农技员下田指导防治小麦虫害。" * 100, encoding="utf-8")
        tracemalloc.start()
        structure_batch([tmp_path / f"reports{number}"], tmp_path / "units.csv")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.6 * peaks[0]


def test_a_batch_into_csv_imports_nothing_that_only_other_formats_need() -> None:
    code = (
        "import sys, pipeline.batch, pipeline.cli_tag\n"
        "heavy = {'pandas', 'sklearn', 'scipy', 'pyarrow', 'xlsxwriter', 'distributed', 'rich', 'numpy'}\n"
        "print(*sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True, timeout=60)
    assert done.stdout == "\n"
