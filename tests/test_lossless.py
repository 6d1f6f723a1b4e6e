"""Every character of a report is accounted for: its units, joined, are its text, whatever the text."""

from __future__ import annotations

import re
import time
from itertools import groupby
from operator import attrgetter, itemgetter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.headings import unnumbered
from pipeline.read import Source, clean, read_document
from pipeline.records import Document, StructuredDocument
from pipeline.structure import structure
from tests.conftest import ROOT, structured


def check_lossless(result: StructuredDocument) -> None:
    """Check that the units, joined, are the text, and that offsets, order and numbers are right."""
    text = result.document.text
    assert result.joined() == text
    end = 0
    for sentence in result.sentences:
        assert text[sentence.start : sentence.end] == sentence.text
        assert sentence.text == sentence.text.strip() != ""
        assert sentence.start >= end
        end = sentence.end
    places = [(sentence.paragraph, sentence.sentence) for sentence in result.sentences]
    assert places == sorted(set(places))
    by_paragraph = groupby(result.sentences, key=attrgetter("paragraph"))
    for paragraph, group in enumerate(map(itemgetter(1), by_paragraph), 1):
        held = list(group)
        assert {sentence.paragraph for sentence in held} == {paragraph}
        assert [sentence.sentence for sentence in held] == list(range(1, len(held) + 1))
        opened = [sentence.point for sentence in held if sentence.point]
        assert opened == sorted(opened)
        assert set(opened) == set(range(1, max(opened, default=0) + 1))


SEEDS = sorted((ROOT / "seeds").rglob("*.txt"))
_SIGNS = "。！？；：，、“”‘’《》（）()【】「」?!.…—*％%①②③一二三四五六七八九十是要首先其次最后第1234567890年月日 \t　\n县局学习宣传培训总结"


@pytest.mark.parametrize("file", SEEDS, ids=[file.stem for file in SEEDS])
def test_bundled_reports_are_lossless(file: Path) -> None:
    check_lossless(structure(read_document(Source(file, file.name))))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.text(alphabet=_SIGNS, max_size=120))
def test_text_of_signs_that_steer_the_splitting_is_lossless(text: str) -> None:
    result = structured(text)
    check_lossless(result)
    assert structured(text) == result


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=60))
def test_any_text_is_lossless_cleaned_or_not(text: str) -> None:
    check_lossless(structured(text))
    check_lossless(structured(clean(text)[0]))


@pytest.mark.parametrize(
    "text",
    [
        "", "。", "一", "\n", "\x00", "\ud800", "\udfff。\ud800", "\u202e一、主要工作\n开展。", "\u200f（一）抓学习。\u200f开展。", "一、\x00主要\x00工作\n开展工作。",
        "\ufeff一是抓学习。二是抓宣传。", "\r\n一、主要工作\r\n开展。\r", "\x0b\x0c。\x1c\x85。", "\u2028一是。\u2029二是。", "👍🏽。一是👨‍👩‍👧。二是\U0010ffff。", "“" * 400 + "。" + "”" * 400,
    ],
    ids=range(16),
)  # fmt: skip
def test_odd_texts_are_lossless(text: str) -> None:
    check_lossless(structured(text))


@pytest.mark.parametrize(
    "unit",
    [
        "一",
        "。",
        "“",
        "”",
        "“”",
        "（",
        "(1)",
        "（一）",
        "一是",
        "，一是",
        "1.",
        "，首先，",
        "——",
        '。"',
        " ",
        "。　",
        "\t",
        "\n",
        "一、\n",
        "（一）甲乙。",
        "①",
        "!",
        "1.1.",
        "第一，",
        "《“（",
        "）”》",
    ],
)
def test_huge_texts_take_linear_time(unit: str) -> None:
    """A fifth of a million characters: quadratic steps would take minutes."""
    text = unit * (200_000 // len(unit))
    started = time.process_time()
    result = structured(text)
    assert time.process_time() - started < 10
    assert result.joined() == text


@st.composite
def reports(draw: st.DrawFn) -> str:
    """Generate a report: a title, numbered and unnumbered headings, run-in headings, points, quotes, white space."""
    sentence = st.sampled_from(
        (
            "开展宣讲12场。",
            "发放手册3.5万册，覆盖群众***人。",
            "一是抓学习。二是抓宣传；三是抓落实。",
            "他说：“要学习。要落实。”大家同意！",
            "（1）培训；（2）考核。",
            "首先，抓学习；其次，抓宣传。",
            "学习《条例》（修订。版）有成效？",
            "未闭合的“引号。",
            "无标点的句子",
        )
    )
    heading = st.sampled_from(("一、主要工作", "（一）抓宣传。", "1.抓创建", "（2）抓培训 ", "主要成效", "第二部分 打算", ""))
    blank = st.sampled_from(("", "　　", " ", "\t", "\u00a0"))
    lines = [draw(st.sampled_from(("某县2024年工作总结", "", "总结\n（2024年）")))]
    for _ in range(draw(st.integers(0, 8))):
        body = "".join(draw(st.lists(sentence, max_size=4)))
        lines.append(draw(blank) + draw(heading) + draw(st.sampled_from(("", "\n", "　"))) + body + draw(blank))
    return "\n".join(lines)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(reports())
def test_generated_reports_are_lossless_and_the_same_each_time(text: str) -> None:
    result = structured(text)
    check_lossless(result)
    assert structured(text) == result


_BUNDLED = [read_document(Source(file, file.name)).text for file in SEEDS[::12]]


@settings(max_examples=100, deadline=None, derandomize=True)
@given(reports(), st.lists(st.tuples(st.integers(0, 12), st.integers(0, 3)), max_size=6))
def test_marks_of_the_file_change_no_character(text: str, marks: list[tuple[int, int]]) -> None:
    """Whatever lines a file marks as headings, the sentences joined are the text."""
    starts = [found.start() for found in re.finditer(r"(?m)(?<=\n)\S|\A\S", text)]
    marked = tuple((starts[place], starts[place] + 1, level) for place, level in dict(marks).items() if place < len(starts))
    check_lossless(structure(Document("report.docx", text, headings=marked)))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.sampled_from(_BUNDLED),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 6), st.text(alphabet=_SIGNS, max_size=4)), min_size=1, max_size=6),
)
def test_mutated_reports_are_lossless(text: str, edits: list[tuple[float, int, str]]) -> None:
    text = text[:1500]
    for place, removed, inserted in edits:
        cut = int(place * len(text))
        text = text[:cut] + inserted + text[cut + removed :]
    result = structured(text)
    check_lossless(result)
    assert structured(text) == result


def test_real_reports_are_lossless_and_have_the_headings_that_a_person_found(real_reports: dict[str, StructuredDocument]) -> None:
    rows = [
        line.split("\t") for line in (ROOT.parent / "shared" / "real" / "structure.tsv").read_text(encoding="utf-8").splitlines()
    ]
    for name, result in real_reports.items():
        check_lossless(result)
        wanted = {part for row in rows if row[0].startswith(name[:3]) for part in row[1].split("|") if part}
        found = {heading for sentence in result.sentences for heading in sentence.headings}
        found |= {sentence.text for sentence in result.sentences if sentence.is_heading}
        bare = {unnumbered(heading).rstrip("。") for heading in found}
        assert {part for part in wanted if unnumbered(part).rstrip("。") not in bare} == set()
