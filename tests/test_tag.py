"""From posteriors to rows: sentences, points, paragraphs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.model import Model
from pipeline.read import Source, clean, read_document
from pipeline.records import StructuredDocument
from pipeline.structure import structure
from pipeline.tag import COLUMNS, SHARES, UNITS, columns_of, rounded, tag_document
from tests.conftest import ROOT, structured

TEXT = """东河县2024年工作总结
一、农业生产
（一）抓好播种。开头如下。一是播种小麦。出苗整齐。二是修好灌溉水渠，农田用水有了着落。
新建小学教室。
二、打算
下一步准备为学校招聘教师。
"""


Fix = Callable[..., Model]


@pytest.fixture
def fixed(small_model: Model, monkeypatch: pytest.MonkeyPatch) -> Fix:
    """Return a function that makes a model give the posteriors that it is told."""

    def fix(categories: list[list[float]], stages: list[list[float]], threshold: float = 0.5) -> Model:
        monkeypatch.setattr(Model, "posteriors", lambda *_: (np.array(categories), np.array(stages)))
        return replace(small_model, review_threshold=threshold)

    return fix


@pytest.fixture
def document() -> StructuredDocument:
    found = structured(TEXT)
    return replace(found, document=replace(found.document, unit="东河县", period="2024"))


def test_columns_and_their_order(small_model: Model, document: StructuredDocument) -> None:
    names = (
        ["document", "unit", "period", "paragraph", "point", "sentence", "start", "end", "heading", "text"],
        ["category", "category_name", "probability", "secondary", "stage", "review"],
    )
    assert [*COLUMNS] == [*names[0], *names[1]]
    assert tuple(tag_document(small_model, document).columns) == COLUMNS
    for by in ("point", "paragraph"):
        assert tuple(tag_document(small_model, document, by=by).columns) == (*COLUMNS, "shares") == columns_of(by)


def test_a_row_a_sentence_in_reading_order(small_model: Model, document: StructuredDocument) -> None:
    table = tag_document(small_model, document)
    assert table["text"].tolist() == [sentence.text for sentence in document.sentences]
    assert table["sentence"].tolist() == [sentence.sentence for sentence in document.sentences]
    assert table["paragraph"].tolist() == [sentence.paragraph for sentence in document.sentences]
    assert set(table["document"]) == {"report.txt"}
    assert (set(table["unit"]), set(table["period"])) == ({"东河县"}, {"2024"})
    row = table[table["text"] == "出苗整齐。"].iloc[0]
    assert row["heading"] == "一、农业生产 > （一）抓好播种。"
    assert row["point"] == 1


@pytest.mark.parametrize("by", UNITS)
def test_offsets_and_text_cover_the_document(small_model: Model, document: StructuredDocument, by: str) -> None:
    table = tag_document(small_model, document, by=by)
    text, at = document.document.text, 0
    for row in table.to_dict("records"):
        assert text[at : row["start"]].strip() == ""
        assert text[row["start"] : row["end"]] == row["text"]
        at = row["end"]
    assert text[at:].strip() == ""


def test_by_paragraph_a_row_is_a_line(small_model: Model, document: StructuredDocument) -> None:
    table = tag_document(small_model, document, by="paragraph")
    assert table["text"].tolist() == [line for line in TEXT.splitlines() if line]
    assert table["sentence"].isna().all()
    assert table["point"].isna().all()
    assert table["paragraph"].tolist() == [1, 2, 3, 4, 5, 6]


def test_by_point_headings_and_lead_ins_are_rows_of_their_own(small_model: Model, document: StructuredDocument) -> None:
    table = tag_document(small_model, document, by="point")
    assert table[table["paragraph"] == 3]["text"].tolist() == [
        "（一）抓好播种。",
        "开头如下。",
        "一是播种小麦。出苗整齐。",
        "二是修好灌溉水渠，农田用水有了着落。",
    ]
    points = table[table["paragraph"] == 3]["point"]
    assert points.isna().tolist() == [True, True, False, False]
    assert points.dropna().tolist() == [1, 2]
    assert table["sentence"].isna().all()


@pytest.mark.parametrize("by", ["point", "paragraph"])
def test_shares_sum_to_1_and_stand_largest_first(model: Model, by: str) -> None:
    file = sorted((ROOT / "seeds").glob("*.txt"))[0]
    table = tag_document(model, structure(read_document(Source(file, file.name))), by=by)
    for row in table.to_dict("records"):
        pairs = [pair.split(":") for pair in row["shares"].split(";")]
        shares = [float(share) for _, share in pairs]
        assert sum(shares) == pytest.approx(1.0, abs=0.001 * len(shares))
        assert shares == sorted(shares, reverse=True)
        assert pairs[0][0] == row["category"]
        assert {code for code, _ in pairs} <= set(model.category.classes)


def test_shares_weigh_by_characters(fixed: Fix) -> None:
    report = structured("标题\n" + "播" * 29 + "。" + "学" * 9 + "。")
    model = fixed([[0, 0, 1], [0.9, 0.1, 0], [0.2, 0.8, 0]], [[1, 0, 0]] * 3)
    row = tag_document(model, report, by="paragraph").iloc[1]
    assert row["shares"] == "farming:0.750;schooling:0.250"
    assert row["category"] == "farming"
    assert row["secondary"] == "schooling"
    assert row["probability"] == round((30 * 0.9 + 10 * 0.2) / 40, 4)


def test_a_share_below_a_tenth_is_in_shares_but_not_secondary(fixed: Fix) -> None:
    report = structured("标题\n" + "播" * 94 + "。" + "学" * 4 + "。")
    model = fixed([[0, 0, 1], [0.9, 0.1, 0], [0.2, 0.8, 0]], [[1, 0, 0]] * 3)
    row = tag_document(model, report, by="paragraph").iloc[1]
    assert row["shares"] == "farming:0.950;schooling:0.050"
    assert row["secondary"] == ""


def test_the_stage_of_a_paragraph_is_that_of_most_characters(fixed: Fix) -> None:
    report = structured("标题\n短句。短句。" + "长" * 20 + "。")
    stages = [[0, 0, 1], [1, 0, 0], [1, 0, 0], [0, 1, 0]]
    model = fixed([[0, 0, 1]] * 4, stages)
    assert tag_document(model, report, by="paragraph")["stage"].tolist() == ["context", "plan"]
    assert tag_document(model, report)["stage"].tolist() == ["context", "done", "done", "plan"]


def test_secondary_categories_of_a_sentence_reach_the_threshold(small_model: Model, fixed: Fix) -> None:
    report = structured("标题\n甲句子。乙句子。丙句子。")
    model = fixed([[0, 0, 1], [0.5, 0.3, 0.2], [0.6, 0.21, 0.19], [0.9, 0.05, 0.05]], [[1, 0, 0]] * 4)
    assert small_model.params.tag.secondary == 0.2
    assert tag_document(model, report)["secondary"].tolist() == ["", "schooling;rest", "schooling", ""]


def test_a_flat_posterior_is_tagged_and_marked_for_review(fixed: Fix) -> None:
    report = structured("标题\n甲句子。乙句子。\n丙句子。")
    posteriors = [[0, 0, 1], [0.6, 0.4, 0], [0.9, 0.1, 0], [0.8, 0.2, 0]]
    model = fixed(posteriors, [[1, 0, 0]] * 4, threshold=0.8)
    table = tag_document(model, report)
    assert table["category"].tolist() == ["rest", "farming", "farming", "farming"]
    assert table["review"].tolist() == [0, 1, 0, 0]
    assert tag_document(model, report, by="paragraph")["review"].tolist() == [0, 1, 0]


def test_the_language_changes_names_and_nothing_else(small_model: Model, document: StructuredDocument) -> None:
    chinese, english = (tag_document(small_model, document, language=language) for language in ("zh", "en"))
    assert set(chinese["category_name"]) <= {"农业", "教育", "其余"}
    assert set(english["category_name"]) <= {"Farming", "Schooling", "Rest"}
    pd.testing.assert_frame_equal(chinese.drop(columns="category_name"), english.drop(columns="category_name"))


@pytest.mark.parametrize("by", UNITS)
def test_an_empty_document_has_a_table_without_rows(small_model: Model, by: str) -> None:
    table = tag_document(small_model, structured(""), by=by)
    assert len(table) == 0
    assert tuple(table.columns) == columns_of(by)


def test_an_unknown_unit_is_refused(small_model: Model, document: StructuredDocument) -> None:
    with pytest.raises(ValueError, match="not one of sentence, point, paragraph"):
        tag_document(small_model, document, by="word")
    assert SHARES not in COLUMNS


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.text(max_size=80), st.sampled_from(UNITS))
def test_any_text_can_be_tagged_by_any_unit(small_model: Model, text: str, by: str) -> None:
    document = structured(clean(text)[0])
    table = tag_document(small_model, document, by=by)
    assert "".join("".join(table["text"]).split()) == "".join(document.document.text.split())
    assert table["probability"].between(0, 1).all()
    assert set(table["category"]) <= set(small_model.category.classes)


def test_probabilities_are_rounded_as_python_does() -> None:
    """numpy alone goes another way for many of those that lie within a hair of the middle between two numbers."""
    middle = (np.arange(10_000) + 0.5) / 1e4
    values = np.concatenate([middle, np.nextafter(middle, 0), np.nextafter(middle, 1), np.arange(10_001) / 1e4])
    assert rounded(values) == [round(value, 4) for value in values.tolist()]
