"""Audits: what is drawn, what comes back, and each fault of what comes back, by row and with its remedy."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.audit import COLUMNS, add_to_labels, draw_audit, known_labels, labels_of, match_audit
from pipeline.auditsheet import read_audit, write_audit
from pipeline.errors import LabelError, TableError
from pipeline.labels import Label, read_labels, write_labels
from pipeline.population import Grouping, Population, group
from tests.populations import CODES, Integers, changed, labels_at, small_book, small_population, written

POPULATION, TRUTH = small_population()
UNITS = group(POPULATION, ("unit",))


def drawn(count: int = 60, seed: int = 1, population: Population = POPULATION, grouping: Grouping = UNITS) -> pd.DataFrame:
    return draw_audit(population, grouping, count, seed=seed, rare=False, name="audit-1")


def coded(rows: pd.DataFrame, truth: Integers = TRUTH) -> pd.DataFrame:
    """Return drawn rows as a coder who makes no error gives them back."""
    places = {key: row for row, key in enumerate(zip(POPULATION.table["document"], POPULATION.table["start"], strict=True))}
    at = [places[key] for key in zip(rows["document"], rows["start"], strict=True)]
    return rows.assign(category=[CODES[truth[row]] for row in at], stage=POPULATION.table["stage"].iloc[at].to_list(), coder="甲")


def good_labels(count: int = 60) -> list[Label]:
    return labels_of(coded(drawn(count)).astype(str), POPULATION.codebook, "audit.xlsx")


def fault(labels: list[Label], population: Population = POPULATION) -> LabelError:
    with pytest.raises(LabelError) as caught:
        match_audit(labels, population)
    assert caught.value.remedy
    return caught.value


def test_a_draw_has_each_group_its_known_probabilities_and_no_tag_twice() -> None:
    rows = drawn()
    assert list(rows.columns) == list(COLUMNS)
    assert len(rows) == 60
    assert not rows.duplicated(["document", "start"]).any()
    assert ((rows["inclusion_probability"] > 0) & (rows["inclusion_probability"] <= 1)).all()
    assert rows["unit"].value_counts().min() >= 10
    assert (rows["category"] == "").all()


def test_the_sentence_stands_marked_in_its_paragraph() -> None:
    row = drawn().iloc[0]
    paragraph = POPULATION.table[
        (POPULATION.table["document"] == row["document"]) & (POPULATION.table["paragraph"] == row["paragraph"])
    ]
    assert row["context"].replace("【", "").replace("】", "") == "".join(paragraph["text"])
    assert f"【{row['text']}】" in row["context"]


@pytest.mark.parametrize(("suffix", "language"), [(".xlsx", "zh"), (".xlsx", "en"), (".csv", "zh")])
def test_from_draw_to_spreadsheet_to_audit_nothing_is_lost(tmp_path: Path, suffix: str, language: str) -> None:
    """Probabilities come back to the last digit, and what was coded is found at its sentence."""
    path = tmp_path / f"audit{suffix}"
    rows = drawn()
    write_audit(path, coded(rows), POPULATION.codebook, language=language, show_tags=False)
    audit = match_audit(read_audit(path, POPULATION.codebook), POPULATION)
    assert len(audit.index) == 60
    assert audit.probability == pytest.approx(rows["inclusion_probability"].to_numpy(), abs=0)
    assert (audit.codes.sum(axis=2).argmax(axis=1) == TRUTH[audit.index]).all()
    assert (audit.codes.sum(axis=1).argmax(axis=1) == POPULATION.stage_tags[audit.index]).all()


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
def test_the_models_tag_is_not_in_the_file_unless_asked_for(tmp_path: Path, suffix: str) -> None:
    for show in (False, True):
        path = tmp_path / f"audit{suffix}"
        write_audit(path, drawn(), POPULATION.codebook, language="en", show_tags=show)
        found = (
            pd.read_excel(path, dtype=str, engine="calamine").rename(columns=str)
            if suffix == ".xlsx"
            else pd.read_csv(path, dtype=str)
        )
        assert found["tag"].notna().any() == show


def test_an_audit_has_drop_down_lists_of_both_codes(tmp_path: Path) -> None:
    import zipfile

    write_audit(tmp_path / "a.xlsx", drawn(), POPULATION.codebook, language="zh", show_tags=False)
    sheet = zipfile.ZipFile(tmp_path / "a.xlsx").read("xl/worksheets/sheet1.xml").decode()
    assert sheet.count('type="list"') == 2


def test_labels_that_stand_already_are_filled_in_where_the_text_is_still_the_same(tmp_path: Path) -> None:
    everything = labels_at(POPULATION, range(240), TRUTH, np.full(240, 0.5))
    write_labels(
        tmp_path / "one.csv", [label if place % 2 else replace(label, quote="其他") for place, label in enumerate(everything)]
    )
    rows = draw_audit(POPULATION, UNITS, 60, seed=1, rare=False, name="a", known=known_labels(tmp_path, POPULATION.codebook))
    number = (rows["paragraph"] - 1) * 5 + rows["sentence"] - 1
    assert ((rows["category"] != "") == (number % 2 == 1)).all()


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="xlsx"):
        write_audit(tmp_path / "audit.docx", drawn(), POPULATION.codebook, language="zh", show_tags=False)


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("inclusion_probability", "0.9", "not what was drawn"),
        ("inclusion_probability", "many", "not what was drawn"),
        ("inclusion_probability", "", "not what was drawn"),
        ("quote", "别的话", "not what was drawn"),
        ("paragraph", "x", "not what was drawn"),
        ("category", "gardening", "unknown category 'gardening'"),
        ("secondary", "farming;gardening", "unknown category 'gardening'"),
        ("stage", "dreamt", "unknown stage 'dreamt'"),
        ("category", "", "no category or no stage yet"),
        ("stage", "", "no category or no stage yet"),
    ],
)
def test_each_altered_cell_is_named_by_row(column: str, value: str, words: str) -> None:
    rows = coded(drawn()).astype(str)
    rows.loc[3, column] = value
    with pytest.raises(LabelError) as caught:
        labels_of(rows, POPULATION.codebook, "audit.xlsx")
    assert words in caught.value.what
    assert caught.value.where == "audit.xlsx, row 5"
    assert caught.value.remedy


def test_rows_are_numbered_as_they_stand_in_the_file_though_some_are_empty(tmp_path: Path) -> None:
    rows = coded(drawn())
    rows.loc[5, "category"] = "gardening"
    path = tmp_path / "audit.csv"
    write_audit(path, rows, POPULATION.codebook, language="zh", show_tags=False)
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    written(path, "\n".join([*lines[:2], "," * (len(COLUMNS) - 1), *lines[2:]]))
    with pytest.raises(LabelError) as caught:
        read_audit(path, POPULATION.codebook)
    assert caught.value.where.endswith("row 8")


def test_sentences_of_another_table_are_refused() -> None:
    other, _ = small_population(seed=2)
    error = fault(good_labels(), other)
    assert "isn't in the tagged table" in error.what
    assert error.where.startswith("audit.xlsx, row ")
    assert "isn't in the tagged table" in fault(changed(good_labels(), 4, document="elsewhere.txt")).what
    assert fault(changed(good_labels(), 4, document="elsewhere.txt")).where == "audit.xlsx, row 6"


def test_one_coder_who_codes_twice_and_differently_is_named_with_both_rows() -> None:
    labels = good_labels()
    again = replace(labels[3], category=CODES[(CODES.index(labels[3].category) + 1) % 3], where="audit.xlsx, row 99")
    error = fault([*labels, again])
    assert error.where == "audit.xlsx, row 99"
    assert "row 5" in error.what
    alike = match_audit([*labels, replace(labels[3], where="audit.xlsx, row 99")], POPULATION)
    assert len(alike.index) == 60


def test_two_coders_share_a_sentence() -> None:
    labels = good_labels()
    other = replace(labels[0], coder="乙", category=CODES[(CODES.index(labels[0].category) + 1) % 3])
    audit = match_audit([*labels, other], POPULATION)
    first = audit.codes[[at for at, label in audit.labels].index(audit.index[0])].sum(axis=1)
    assert sorted(first.tolist()) == [0.0, 0.5, 0.5]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"inclusion_probability": 0.0}, "no inclusion probability"),
        ({"codebook_version": "6"}, "codebook version '6'"),
        ({"round": "audit-2"}, "round 'audit-2'"),
    ],
)
def test_mixed_versions_and_rounds_and_labels_not_drawn_by_chance_are_refused(values: dict[str, object], words: str) -> None:
    error = fault(changed(good_labels(), 7, **values))
    assert words in error.what
    assert error.where == "audit.xlsx, row 9"


def test_coders_who_disagree_on_the_probability_are_refused() -> None:
    labels = good_labels()
    error = fault([*labels, replace(labels[0], coder="乙", inclusion_probability=labels[0].inclusion_probability / 2)])
    assert "another inclusion probability" in error.what


def test_probabilities_that_stand_for_another_number_of_sentences_are_refused() -> None:
    """Half of the rows left out, or all probabilities doubled as in a table of another size."""
    labels = good_labels(120)
    assert "stand for" in fault(labels[:40]).what
    doubled = [replace(label, inclusion_probability=min(1.0, 3 * label.inclusion_probability)) for label in labels]
    assert "stand for" in fault(doubled).what


def test_every_draw_passes_its_own_check() -> None:
    for seed in range(25):
        rows = coded(drawn(40, seed)).astype(str)
        assert len(match_audit(labels_of(rows, POPULATION.codebook, ""), POPULATION).index) == 40


def test_audited_sentences_go_back_to_the_labels_with_round_and_probability(tmp_path: Path) -> None:
    labels = good_labels()
    file = add_to_labels(labels, tmp_path / "labels")
    assert file.name == "audit-1.csv"
    back = read_labels(file, POPULATION.codebook)
    assert [replace(label, where="") for label in back] == [replace(label, where="") for label in labels]
    again = match_audit(read_audit(tmp_path / "labels", POPULATION.codebook, "audit-1"), POPULATION)
    assert again.probability == pytest.approx(match_audit(labels, POPULATION).probability, abs=0)
    with pytest.raises(LabelError, match="there already"):
        add_to_labels(labels, tmp_path / "labels")


def test_labels_that_were_not_drawn_take_no_part_in_an_audit(tmp_path: Path) -> None:
    labels = good_labels()
    write_labels(tmp_path / "audit.csv", labels)
    write_labels(tmp_path / "other.csv", [replace(label, inclusion_probability=0.0, round="by hand") for label in labels[:9]])
    assert len(read_audit(tmp_path, POPULATION.codebook)) == 60


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("none.csv", None, "no such audit"),
        ("empty.csv", "", "can't be read as a table"),
        ("other.csv", "a,b\n1,2\n", "the column 'document' is missing"),
        ("broken.xlsx", "no workbook", "can't be read as a table"),
    ],
)
def test_files_that_are_no_audit_are_refused(tmp_path: Path, name: str, text: str | None, words: str) -> None:
    path = tmp_path / name if text is None else written(tmp_path / name, text)
    with pytest.raises(LabelError) as caught:
        read_audit(path, small_book())
    assert words in caught.value.what
    assert caught.value.where == str(path)


def test_a_round_that_is_not_there_is_named(tmp_path: Path) -> None:
    write_labels(tmp_path / "audit.csv", good_labels())
    with pytest.raises(LabelError, match="no audited sentences"):
        read_audit(tmp_path, POPULATION.codebook, "audit-9")
