"""What the tests of exchange share: an awkward report, its labels, and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from pipeline.codebook import Codebook, codebook_from
from pipeline.exchange import read_exchange
from pipeline.labels import Label, quote_of
from pipeline.records import StructuredDocument
from pipeline.spans import CodedDocument, Placed
from tests.conftest import SMALL_CODEBOOK, label, structured

ENDINGS = {"labelstudio": "json", "doccano": "jsonl", "xlsx": "xlsx"}
AWKWARD = """𠮷县“农业”工作总结
一、农业，"生产"
=SUM(A1) 是写在报告里的。𠮷。播种小麦,出苗整齐；农户说：“好！”🌾🌾。
-3度的夜里修好灌溉水渠，_x0041_ 号渠也修好。'引号'开头的一句。
二、学校教育
新建教室八间，学生全部搬进新校舍，家长拍手称好，老师也很满意。　全角空格之后的一句。	制表符之后的一句。
"""


@pytest.fixture(scope="module")
def codebook() -> Codebook:
    return codebook_from(yaml.safe_load(SMALL_CODEBOOK), where="codebook.yaml")


@pytest.fixture(scope="module")
def awkward() -> StructuredDocument:
    return structured(AWKWARD, "子文件夹/甲, “乙” 🌾.txt")


def coded(document: StructuredDocument, labels: Sequence[Label]) -> list[CodedDocument]:
    """Return the document with labels placed where their numbers say."""
    placed = []
    for number, one in enumerate(labels, 1):
        inside = [
            sentence
            for sentence in document.sentences
            if sentence.paragraph == one.paragraph and one.sentence in (0, sentence.sentence)
        ]
        placed.append(Placed(number, one, inside[0].start, inside[-1].end))
    return [CodedDocument(document, tuple(placed))]


@pytest.fixture
def labels(awkward: StructuredDocument) -> list[Label]:
    """Every sentence coded by two coders; rounds, whole paragraphs, probabilities and orders of every kind."""
    kinds = [("farming", "done"), ("schooling", "plan"), ("rest", "context")]
    rows = [label(awkward, index, *kinds[index % 3], coder='甲,"一"') for index in range(len(awkward.sentences))]
    rows += [replace(row, coder="", round="") for row in reversed(rows)]
    rows[1] = replace(rows[1], secondary=("rest", "farming"), inclusion_probability=1 / 3)
    rows[2] = replace(rows[2], secondary=("farming", "schooling"), inclusion_probability=1.0, codebook_version="=7")
    paragraph = "".join(sentence.text for sentence in awkward.sentences if sentence.paragraph == 3)
    whole = replace(rows[0], paragraph=3, sentence=0, quote=quote_of(paragraph), coder="丙", round="2024-05")
    # A quote of an earlier wording, the same span twice by one coder, and a coder who is called 007.
    return [whole, *rows, replace(rows[4], quote='旧的\n引文,……“之后”的"一"句。'), replace(rows[4], coder="007", round="01")]


def back(file: Path, codebook: Codebook, source: str, coder: str = "") -> list[Label]:
    found = read_exchange(file, codebook, source=source, coder=coder)
    assert [fault.line() for fault in found.faults] == []
    return [replace(one, where="") for one in found.labels]
