"""The different texts of many documents and who refers to them: the same contexts as document by document."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.collect import collect
from pipeline.decode import START, relations_of
from pipeline.params import SOURCES
from pipeline.read import find_sources, read_document
from pipeline.records import Document, Sentence, StructuredDocument
from pipeline.structure import structure
from pipeline.vectorise import contexts
from tests.conftest import ROOT, structured

REPORT = """某县2024年工作总结
一、主要工作
（一）抓好宣传。做法如下。一是进校园。发放手册12册、３册。二是进 社区，覆盖***人。
（二）抓好创建。新建点位3个。
二、存在问题
宣传还不够。
"""


def assert_same_contexts(documents: list[StructuredDocument]) -> None:
    collected = collect(documents)
    expected = [row for document in documents for row in contexts(document)]
    for row, context in enumerate(expected):
        assert tuple(collected.texts[collected.index[source][row]] for source in SOURCES) == context.texts
    assert (collected.place == np.array([context.place for context in expected]).reshape(-1, 6)).all()
    relations = [[START, *relations_of(document.sentences)[1:]][: len(document.sentences)] for document in documents]
    assert collected.relations.tolist() == [relation for found in relations for relation in found]
    assert np.diff(collected.starts).tolist() == [len(document.sentences) for document in documents]


def test_documents_side_by_side_have_the_contexts_of_each_alone() -> None:
    assert_same_contexts([structured(REPORT), structured(""), structured("宣传还不够。"), structured(REPORT.replace("县", "市"))])


def test_the_bundled_reports_have_the_contexts_of_each_alone() -> None:
    documents = [structure(read_document(source)) for source in find_sources([ROOT / "seeds"])]
    assert_same_contexts(documents)


@pytest.mark.parametrize("documents", [[], [""], ["", ""]])
def test_nothing_has_no_contexts(documents: list[str]) -> None:
    assert_same_contexts([structured(text) for text in documents])


@pytest.mark.parametrize("sign", ["\x00", "\x01", "\x00\x01", "\x02", "\x1e"])
def test_signs_that_part_texts_inside_are_kept_where_a_text_holds_them_itself(sign: str) -> None:
    document = structured(f"一、主要工作\n抓好{sign}宣传12次。\n二、问{sign}题\n宣传还不够。")
    heading = document.sentences[1]._replace(headings=(f"一、主{sign}要", "（一）"))
    assert_same_contexts([StructuredDocument(document.document, (heading, *document.sentences))])


def test_a_heading_of_its_number_alone_is_empty() -> None:
    sentence = Sentence(0, 2, "甲。", 1, 1, headings=("一、", "（一）抓好", "1."))
    assert_same_contexts([StructuredDocument(Document("a", "甲。"), (sentence,))])
