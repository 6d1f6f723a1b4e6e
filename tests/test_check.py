"""Checking label files names every fault, each on its line, with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.check import FEWEST, check_labels
from pipeline.coding import COLUMNS
from tests.conftest import ROOT, SMALL_CODEBOOK, Corpus, Run, build_corpus

REPORT = "标题\n一、农业生产\n今年全县播种小麦三万亩，出苗整齐。修好灌溉水渠。\n新建教室八间。\n"
RIGHT = {
    "document": "a.txt",
    "paragraph": "3",
    "sentence": "2",
    "quote": "修好灌溉水渠。",
    "category": "farming",
    "stage": "done",
    "coder": "甲",
}


def write(folder: Path, *rows: dict[str, str], name: str = "labels.csv") -> Path:
    """Write a report, a codebook, and a label file with changes of a right row."""
    folder.mkdir(exist_ok=True)
    (folder / "a.txt").write_text(REPORT, encoding="utf-8")
    (folder / "codebook.yaml").write_text(SMALL_CODEBOOK, encoding="utf-8")
    lines = [",".join(COLUMNS)]
    lines += [",".join((dict.fromkeys(COLUMNS, "") | RIGHT | row).values()) for row in rows]
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
    return folder


def faults(folder: Path) -> list[str]:
    """Return the faults of rows, without those of whole categories."""
    found = check_labels(folder, folder, folder / "codebook.yaml").faults
    return [fault.line().removeprefix(f"{folder}/") for fault in found if "codebook.yaml" not in fault.where]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"category": "fishing"}, "labels.csv, line 3: unknown category 'fishing'; the codebook has farming, schooling, rest"),
        ({"category": ""}, "labels.csv, line 3: the category is empty; give one of farming, schooling, rest, or remove the row"),
        ({"stage": "someday"}, "labels.csv, line 3: unknown stage 'someday'; the codebook has done, plan, context"),
        ({"secondary": "farming"}, "labels.csv, line 3: the category stands among the secondary ones too; name it once"),
        (
            {"secondary": "rest;fishing"},
            "labels.csv, line 3: unknown category 'fishing'; the codebook has farming, schooling, rest",
        ),
        ({"document": "b.txt"}, "labels.csv, line 3: the report 'b.txt' isn't there; put it among the reports, or remove the row"),
        (
            {"quote": "修好引水渠。"},
            "labels.csv, line 3: its sentence isn't found in a.txt ('修好引水渠。'); "
            "correct the quote to the text as it now stands, or remove the row",
        ),
        (
            {"category": "rest"},
            "labels.csv, line 3: coded otherwise by the same coder ({}/labels.csv, line 2); keep one of the two rows",
        ),
        ({"paragraph": "three"}, "labels.csv, line 3: a number is expected as paragraph, not 'three'; give its number, from 1"),
        (
            {"inclusion_probability": "2"},
            "labels.csv, line 3: 2 is no probability; give a number from 0 to 1, or nothing",
        ),
    ],
)
def test_each_fault_says_what_where_and_what_to_do(tmp_path: Path, change: dict[str, str], what: str) -> None:
    folder = write(tmp_path, {}, change)
    assert faults(folder) == [what.format(folder)]


def test_every_fault_is_named_in_the_order_of_the_files(tmp_path: Path) -> None:
    folder = write(tmp_path, {"category": "fishing", "quote": "没有这句。", "stage": ""}, {"document": "gone.txt", "sentence": "x"})
    write(tmp_path, {"category": ""}, name="early.csv")
    (tmp_path / "later.csv").write_text("document,paragraph\n", encoding="utf-8")
    (tmp_path / "latin.csv").write_bytes("引文".encode("gb18030"))
    assert [fault.split(";")[0] for fault in faults(folder)] == [
        "early.csv, line 2: the category is empty",
        "labels.csv, line 2: unknown category 'fishing'",
        "labels.csv, line 2: the stage is empty",
        "labels.csv, line 2: its sentence isn't found in a.txt ('没有这句。')",
        "labels.csv, line 3: a number is expected as sentence, not 'x'",
        "labels.csv, line 3: the report 'gone.txt' isn't there",
        "later.csv: the column 'sentence' is missing",
        "latin.csv: the label file isn't UTF-8",
    ]


def test_lines_are_counted_as_an_editor_counts_them(tmp_path: Path) -> None:
    folder = write(tmp_path, {"quote": '"修好\n灌溉\n水渠。"'}, {"category": "fishing"})
    with (folder / "labels.csv").open("a", encoding="utf-8") as stream:
        stream.write(",,,,,,,,,,\n\na.txt,3,1,今年，出苗,整齐,rest,,done,甲,,,\na.txt,3,2,修好灌溉水渠。,farming,,done,甲,,,0.5.\n")
    assert [fault.split(";")[0] for fault in faults(folder)] == [
        "labels.csv, line 5: unknown category 'fishing'",
        "labels.csv, line 8: 12 cells in a row of 11 columns",
        "labels.csv, line 9: a number is expected as inclusion_probability, not '0.5.'",
    ]


def test_a_category_with_few_labels_or_none_is_a_fault_at_its_line_of_the_codebook(tmp_path: Path) -> None:
    folder = write(tmp_path, *[{"category": "farming"}] * FEWEST, {"quote": "新建教室八间。", "category": "schooling"})
    found = [fault.line() for fault in check_labels(folder, folder, folder / "codebook.yaml").faults]
    assert found == [
        f"{folder}/codebook.yaml, line 5: the category 'schooling' has 1 label; "
        "label at least 10 sentences of it, or take it out of the codebook",
        f"{folder}/codebook.yaml, line 6: the category 'rest' has no labels; "
        "label at least 10 sentences of it, or take it out of the codebook",
    ]


def test_a_row_that_lost_a_cell_is_one_fault_but_empty_cells_at_its_end_may_be_missing(tmp_path: Path) -> None:
    folder = write(tmp_path, {})
    with (folder / "labels.csv").open("a", encoding="utf-8") as stream:
        stream.write("a.txt,3,修好灌溉水渠。,farming,,done,甲,,,\na.txt,3,2,修好灌溉水渠。,farming,,done,甲\n")
    assert faults(folder) == [
        "labels.csv, line 3: 10 cells in a row of 11 columns; "
        'put a text with a comma between double quotes, "…", and see that no comma is missing'
    ]


@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_file_with_another_separator_is_read(tmp_path: Path, separator: str) -> None:
    folder = write(tmp_path, {"secondary": "rest"}, {"category": "fishing"})
    file = folder / "labels.csv"
    file.write_text(file.read_text(encoding="utf-8-sig").replace(",", separator), encoding="utf-8-sig")
    assert [fault.split(";")[0] for fault in faults(folder)] == ["labels.csv, line 3: unknown category 'fishing'"]


def test_labels_of_another_codebook_are_one_fault_not_one_a_row(corpus: Corpus, worktag: Run) -> None:
    """Whoever forgets --codebook learns that, in `check` and in `train`."""
    what = "40 of 48 labels have categories that the codebook doesn't know, 'farming' first"
    codebook = corpus.labels.parent / "other.yaml"
    codebook.write_text(
        SMALL_CODEBOOK.replace("farming", "fishing")
        .replace("schooling", "sailing")
        .replace("农业", "渔业")
        .replace("教育", "航运"),
        encoding="utf-8",
    )
    remedy = "name the codebook that they were coded by with --codebook"
    given = ("--reports", corpus.reports, "--labels", corpus.labels, "--codebook", codebook)
    outcome = worktag("labels", "check", *given)
    assert outcome.lines[0] == f"worktag: {corpus.labels}: {what}; {remedy}"
    assert [line for line in outcome.lines if "unknown category" in line] == []
    assert worktag("train", *given, "-o", codebook.with_name("m")).lines == [f"worktag: {corpus.labels}: {what}; {remedy}"]
    own = ("--reports", corpus.reports, "--labels", corpus.labels, "--codebook", corpus.codebook_file)
    for program, name in (("labelstudio", "tasks.json"), ("doccano", "tasks.jsonl"), ("xlsx", "tasks.xlsx")):
        file = codebook.with_name(name)
        assert worktag("labels", "export", "--to", program, *own, "-o", file).code == 0
        back = worktag("labels", "import", file, "--from", program, "--codebook", codebook, "-o", codebook.with_name("back"))
        assert len(back.lines) == 1
        assert back.lines[0].startswith(f"worktag: {file}: 40 of 48 labels have categories that the codebook doesn't know, ")


def test_training_names_the_first_fault_and_where_the_others_are_named(tmp_path: Path, worktag: Run) -> None:
    folder = write(tmp_path, {"category": "fishing"}, {"stage": ""}, {})
    outcome = worktag("train", "--reports", folder, "--labels", folder, "-o", tmp_path / "m")
    assert len(outcome.lines) == 1
    assert outcome.lines[0].startswith(f"worktag: {folder}/labels.csv, line 2: unknown category 'fishing'; ")
    assert outcome.lines[0].endswith(" (and 1 more: see `worktag labels check`)")


def test_a_codebook_among_the_labels_serves_without_being_named(tmp_path: Path, worktag: Run) -> None:
    corpus = build_corpus(tmp_path)
    corpus.codebook_file.rename(corpus.labels / "codebook.yaml")
    given = ("--reports", corpus.reports, "--labels", corpus.labels)
    (fault,) = [line for line in worktag("labels", "check", *given).lines if "category" in line]
    assert fault.startswith(f"worktag: {corpus.labels / 'codebook.yaml'}, line 6: the category 'rest' has 8 labels; ")
    assert worktag("train", *given, "-o", tmp_path / "m", "--no-evaluate").code == 0
    assert "farming" in (tmp_path / "m" / "codebook.yaml").read_text(encoding="utf-8")


def test_a_report_that_cant_be_read_is_one_fault_not_one_a_label(tmp_path: Path) -> None:
    folder = write(tmp_path, {}, {})
    (folder / "a.txt").write_bytes(b"\x00\x01")
    assert [fault.split(";")[0] for fault in faults(folder)] == ["a.txt: this is a binary file, not text"]


def test_where_nothing_is_labelled_that_alone_is_said(tmp_path: Path) -> None:
    folder = write(tmp_path / "some")
    (folder / "labels.csv").unlink()
    assert faults(folder) == [f"{folder}: no label files (*.csv) here; check the path"]


def test_labels_are_counted(corpus: Corpus) -> None:
    found = check_labels(corpus.reports, corpus.labels, corpus.codebook_file)
    assert [fault.line().split(": ", 1)[1].split(";")[0] for fault in found.faults] == ["the category 'rest' has 8 labels"]
    assert found.summary() == "48 rows, 4 documents, 2 units, 1 coder; farming 20, schooling 20, rest 8"
    assert (found.rows, len(found.documents), found.coders) == (48, 4, ("甲",))


def test_reports_of_unknown_units_are_named_with_what_to_do(tmp_path: Path, worktag: Run) -> None:
    corpus = build_corpus(tmp_path, units=("东河县农牧局", "西山镇人民政府", "北岭县卫健委"))
    file = corpus.reports / "unit1-2022.txt"
    file.write_text(file.read_text(encoding="utf-8").replace("西山镇人民政府", "西山一带"), encoding="utf-8")
    for labels in corpus.labels.iterdir():
        labels.write_text(labels.read_text(encoding="utf-8").replace("西山镇人民政府2022", "西山一带2022"), encoding="utf-8")
    outcome = worktag("labels", "check", "--reports", corpus.reports, "--labels", corpus.labels, "--codebook", corpus.codebook_file)
    assert outcome.out.startswith("72 rows, 6 documents, 3 units, 1 coder; ")
    note = "note: who wrote them isn't known of unit1-2022.txt; say it in a table units.csv (document, unit, period) there"
    assert outcome.out.splitlines()[1:] == [note]
    (corpus.reports / "units.csv").write_text("document,unit,period\nunit1-2022.txt,西山镇人民政府,2022\n", encoding="utf-8")
    outcome = worktag("labels", "check", "--reports", corpus.reports, "--labels", corpus.labels, "--codebook", corpus.codebook_file)
    assert len(outcome.out.splitlines()) == 1


def test_the_command_prints_each_fault_on_its_line_and_exits_with_2(tmp_path: Path, worktag: Run) -> None:
    folder = write(tmp_path, {"category": "fishing"}, {"stage": ""}, {})
    outcome = worktag("labels", "check", "--reports", folder, "--labels", folder)
    assert outcome.code == 2
    assert outcome.out == ""
    assert outcome.lines[0].startswith(f"worktag: {folder}/labels.csv, line 2: unknown category 'fishing'; ")
    assert outcome.lines[-1] == "worktag: 5 faults"
    assert len(outcome.lines) == 6


def test_the_command_sums_up_labels_without_a_fault(tmp_path: Path, worktag: Run) -> None:
    corpus = build_corpus(tmp_path, units=[f"第{number}县农牧局" for number in "一二三"])
    outcome = worktag("labels", "check", "--reports", corpus.reports, "--labels", corpus.labels, "--codebook", corpus.codebook_file)
    assert outcome.code == 0
    assert outcome.out.startswith("72 rows, 6 documents, 3 units, 1 coder; farming ")
    assert outcome.out.endswith("; no fault\n")


def test_the_bundled_labels_have_no_fault() -> None:
    assert check_labels(ROOT / "seeds", ROOT / "labels", ROOT / "labels" / "codebook.yaml").faults == ()
