"""Labels: kept in CSV, checked as data, found again in the reports."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.codebook import Codebook, read_codebook
from pipeline.errors import LabelError
from pipeline.labels import COLUMNS, Found, Label, find_labels, quote_of, read_labels, write_labels
from pipeline.read import find_sources, read_document
from pipeline.records import StructuredDocument
from pipeline.resources import default_codebook
from pipeline.structure import structure
from tests.conftest import ROOT, Corpus, label, structured

TEXT = """标题
一、农业生产
今年全县播种小麦三万亩，比去年多五千亩，出苗整齐。修好灌溉水渠。
二、学校教育
新建教室八间。学生全部搬进新校舍，家长拍手称好，老师也很满意。
"""
REPORT = structured(TEXT)


def rows(*changes: dict[str, str]) -> str:
    """Return a label file: a right row, changed."""
    right = dict.fromkeys(COLUMNS, "") | {
        "document": "report.txt",
        "paragraph": "3",
        "sentence": "2",
        "quote": "修好灌溉水渠。",
        "category": "farming",
        "stage": "done",
    }
    lines = [",".join(COLUMNS)]
    lines += [",".join(f'"{value}"' for value in (right | change).values()) for change in changes]
    return "\n".join(lines) + "\n"


def read(tmp_path: Path, text: str, codebook: Codebook) -> list[Label]:
    file = tmp_path / "labels.csv"
    file.write_text(text, encoding="utf-8-sig")
    return read_labels(file, codebook)


def find(*labels: Label, document: StructuredDocument = REPORT) -> list[Found]:
    return find_labels(labels, [document])


@pytest.fixture
def codebook(corpus: Corpus) -> Codebook:
    return corpus.codebook


def test_labels_survive_writing_and_reading(tmp_path: Path, codebook: Codebook) -> None:
    first = replace(label(REPORT, 2, "farming", "done"), secondary=("schooling", "rest"), inclusion_probability=0.125)
    second = replace(first, document="西部, 2024.txt", sentence=0, quote="“引号”，逗号", secondary=(), inclusion_probability=0.0)
    file = tmp_path / "labels.csv"
    write_labels(file, [first, second])
    assert file.read_bytes().startswith(b"\xef\xbb\xbfdocument,")
    back = read_labels(file, codebook)
    assert [replace(one, where="") for one in back] == [first, second]
    assert [one.where for one in back] == [f"{file}, line 2", f"{file}, line 3"]


def test_a_folder_of_label_files_is_read_in_the_order_of_names(corpus: Corpus) -> None:
    documents = [one.document for one in read_labels(corpus.labels, corpus.codebook)]
    assert documents == sorted(documents)
    assert len(documents) == 48


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"category": "fishing"}, "unknown category 'fishing'"),
        ({"category": ""}, "unknown category ''"),
        ({"secondary": "schooling;fishing"}, "unknown category 'fishing'"),
        ({"secondary": "farming"}, "stands among the secondary ones too"),
        ({"stage": "someday"}, "unknown stage 'someday'"),
        ({"paragraph": "three"}, "a number is expected"),
        ({"paragraph": ""}, "a number is expected"),
        ({"sentence": "2.5"}, "a number is expected"),
        ({"inclusion_probability": "often"}, "a number is expected"),
        ({"inclusion_probability": "1.5"}, "is no probability"),
        ({"inclusion_probability": "nan"}, "is no probability"),
    ],
)
def test_a_row_with_a_fault_is_named_with_file_and_line(
    tmp_path: Path, codebook: Codebook, change: dict[str, str], what: str
) -> None:
    with pytest.raises(LabelError, match=what) as caught:
        read(tmp_path, rows({}, change), codebook)
    assert caught.value.where == f"{tmp_path / 'labels.csv'}, line 3"
    assert caught.value.remedy


def test_a_missing_column_is_named(tmp_path: Path, codebook: Codebook) -> None:
    with pytest.raises(LabelError, match="the column 'quote' is missing"):
        read(tmp_path, "document,paragraph,sentence,category,stage\n", codebook)
    with pytest.raises(LabelError, match="the column 'document' is missing"):
        read(tmp_path, "", codebook)


def test_a_label_file_in_another_charset_or_missing_is_refused(tmp_path: Path, codebook: Codebook) -> None:
    (tmp_path / "gbk.csv").write_bytes(rows({}).encode("gb18030"))
    with pytest.raises(LabelError, match="isn't UTF-8"):
        read_labels(tmp_path / "gbk.csv", codebook)
    with pytest.raises(LabelError, match="no label files"):
        read_labels(tmp_path / "none.csv", codebook)
    (tmp_path / "empty").mkdir()
    with pytest.raises(LabelError, match="no label files"):
        read_labels(tmp_path / "empty", codebook)


def test_a_quotation_mark_that_is_never_closed_is_a_fault_of_the_file(tmp_path: Path, codebook: Codebook) -> None:
    text = rows({}) + '"report.txt,3,2,' + "长" * 140_000
    with pytest.raises(LabelError, match="CSV"):
        read(tmp_path, text, codebook)


def test_codes_may_be_separated_by_several_signs(tmp_path: Path, codebook: Codebook) -> None:
    for written in ("schooling;rest", "schooling,rest", "schooling rest", "schooling+rest", " schooling ; rest "):
        (one,) = read(tmp_path, rows({"secondary": written}), codebook)
        assert one.secondary == ("schooling", "rest")


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("修好灌溉水渠。", "修好灌溉水渠。"),
        ("甲 乙\n丙　。", "甲乙丙。"),
        ("一二三四五六七八九十甲乙丙丁戊己庚辛壬癸", "一二三四五六七八九十甲乙丙丁戊己庚辛壬癸"),
        ("一二三四五六七八九十甲乙丙丁戊己庚辛壬癸。", "一二三四五六七八九十……丁戊己庚辛壬癸。"),
    ],
)
def test_a_quote_is_the_whole_of_a_short_span_and_both_ends_of_a_long_one(text: str, quote: str) -> None:
    assert quote_of(text) == quote


def test_a_label_finds_its_sentence() -> None:
    (found,) = find(label(REPORT, 3, "farming", "done"))
    assert found.indices == (3,)


def test_text_that_moved_is_found_again() -> None:
    one = label(REPORT, 6, "schooling", "done")
    moved = structured("标题\n新的一段。\n又一段。\n" + TEXT.removeprefix("标题\n"))
    (found,) = find(one, document=moved)
    assert moved.sentences[found.indices[0]].text == REPORT.sentences[6].text


def test_of_several_equal_sentences_the_nearest_counts() -> None:
    text = "标题\n工作扎实推进。\n其他工作。\n工作扎实推进。\n"
    document = structured(text)
    for index in (1, 3):
        (found,) = find(label(document, index, "farming", "done"), document=document)
        assert found.indices == (index,)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("今年全县播种小麦三万亩，", "今年我县合计播种小麦三万亩，"),
        ("出苗整齐。修", "出苗整齐又喜人。修"),
        ("比去年多五千亩", "比上年多六千亩"),
        ("三万亩", "三 万 亩"),
    ],
)
def test_a_sentence_that_was_edited_a_little_is_found(old: str, new: str) -> None:
    assert old in TEXT
    (found,) = find(label(REPORT, 2, "farming", "done"), document=structured(TEXT.replace(old, new)))
    assert found.indices == (2,)


def test_a_lost_quote_is_reported_with_file_and_line() -> None:
    lost = replace(label(REPORT, 2, "farming", "done"), where="labels.csv, line 9")
    with pytest.raises(LabelError, match=r"its sentence isn't found in report\.txt") as caught:
        find(lost, document=structured(TEXT.replace("今年全县播种小麦三万亩，比去年多五千亩，出苗整齐。", "")))
    assert caught.value.where == "labels.csv, line 9"


def test_a_short_sentence_that_was_edited_is_lost_rather_than_guessed() -> None:
    with pytest.raises(LabelError, match="isn't found"):
        find(label(REPORT, 3, "farming", "done"), document=structured(TEXT.replace("修好灌溉水渠。", "修好引水渠。")))


def test_an_empty_quote_finds_nothing() -> None:
    with pytest.raises(LabelError, match="isn't found"):
        find(replace(label(REPORT, 2, "farming", "done"), quote=""))


def test_a_label_of_a_whole_paragraph_codes_each_of_its_sentences() -> None:
    paragraph = "".join(sentence.text for sentence in REPORT.sentences if sentence.paragraph == 5)
    one = replace(label(REPORT, 5, "schooling", "done"), sentence=0, quote=quote_of(paragraph))
    assert find(one)[0].indices == (5, 6)
    moved = structured("标题\n新的一段。\n" + TEXT.removeprefix("标题\n"))
    assert find(one, document=moved)[0].indices == (6, 7)


def test_a_missing_report_is_named() -> None:
    with pytest.raises(LabelError, match=r"the report 'gone\.txt' isn't there"):
        find(replace(label(REPORT, 2, "farming", "done"), document="gone.txt"))


@pytest.mark.parametrize(("category", "stage"), [("schooling", "done"), ("farming", "plan")])
def test_one_coder_who_contradicts_himself_is_reported_with_both_places(category: str, stage: str) -> None:
    first = replace(label(REPORT, 2, "farming", "done"), where="labels.csv, line 2")
    second = replace(label(REPORT, 2, category, stage), where="labels.csv, line 3")
    with pytest.raises(LabelError, match=r"coded otherwise by the same coder \(labels\.csv, line 2\)") as caught:
        find(first, second)
    assert caught.value.where == "labels.csv, line 3"


def test_two_coders_two_rounds_and_equal_codes_are_no_contradiction() -> None:
    first, other = label(REPORT, 2, "farming", "done"), label(REPORT, 2, "schooling", "plan")
    assert len(find(first, first, replace(other, coder="乙"), replace(other, round="2"))) == 4


# The bundled labels, as data.


@pytest.fixture(scope="module")
def bundled() -> Sequence[Label]:
    return read_labels(ROOT / "labels", read_codebook(default_codebook()))


@pytest.fixture(scope="module")
def seeds() -> Sequence[StructuredDocument]:
    return [structure(read_document(source)) for source in find_sources([ROOT / "seeds"])]


def test_every_bundled_label_is_found_and_codes_a_sentence_of_its_own(
    bundled: Sequence[Label], seeds: Sequence[StructuredDocument]
) -> None:
    found = find_labels(bundled, seeds)
    places = Counter((one.label.document, index) for one in found for index in one.indices)
    assert len(found) == len(bundled)
    assert [place for place, times in places.items() if times > 1] == []


def test_bundled_labels_stand_at_their_exact_place(bundled: Sequence[Label], seeds: Sequence[StructuredDocument]) -> None:
    texts = {
        (one.document.name, sentence.paragraph, sentence.sentence): sentence.text for one in seeds for sentence in one.sentences
    }
    misplaced = [one.where for one in bundled if quote_of(texts[one.document, one.paragraph, one.sentence]) != one.quote]
    assert misplaced == []


def test_every_sentence_of_the_bundled_reports_is_coded(bundled: Sequence[Label], seeds: Sequence[StructuredDocument]) -> None:
    coded = Counter(one.document for one in bundled)
    assert {one.document.name: len(one.sentences) for one in seeds} == coded


def test_the_bundled_labels_are_many_enough(bundled: Sequence[Label]) -> None:
    book = read_codebook(default_codebook())
    categories, stages = Counter(one.category for one in bundled), Counter(one.stage for one in bundled)
    assert {code: categories[code] for code in book.category_codes if categories[code] < 250} == {}
    assert {code: stages[code] for code in book.stage_codes if stages[code] < 300} == {}


def test_the_bundled_reports_are_many_enough_and_let_years_be_compared(seeds: Sequence[StructuredDocument]) -> None:
    periods = defaultdict[str, set[str]](set)
    for one in seeds:
        assert one.document.unit, one.document.name
        assert one.document.period, one.document.name
        periods[one.document.unit].add(one.document.period)
    assert len(seeds) >= 96
    assert sum(len(times) >= 4 for times in periods.values()) >= 24


def test_a_second_coder_coded_sentences_of_the_bundled_reports(
    bundled: Sequence[Label], seeds: Sequence[StructuredDocument]
) -> None:
    second = read_labels(ROOT / "labels" / "second", read_codebook(default_codebook()))
    assert {one.coder for one in second}.isdisjoint({one.coder for one in bundled})
    assert len(find_labels(second, seeds)) == len(second) > 500


def test_bundled_labels_follow_the_bundled_codebooks_version(bundled: Sequence[Label]) -> None:
    assert {one.codebook_version for one in bundled} == {read_codebook(default_codebook()).version}
