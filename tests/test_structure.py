"""Headings, paragraphs, points, sentences; every character accounted for."""

from __future__ import annotations

import pytest

from pipeline.headings import unnumbered
from pipeline.records import Document, Sentence, StructuredDocument
from pipeline.structure import structure
from tests.conftest import structured


def headings(text: str) -> list[str]:
    """Return the headings and titles of a text."""
    return [sentence.text for sentence in structured(text).sentences if sentence.is_heading]


def at(text: str, beginning: str) -> Sentence:
    """Return the one sentence that begins so."""
    (found,) = [sentence for sentence in structured(text).sentences if sentence.text.startswith(beginning)]
    return found


REPORT = """东河县民族事务委员会2024年工作总结
（2024年12月10日）

按照要求，现将全年工作汇报如下。
一、主要工作
（一）抓好宣传教育。全年举办宣讲12场。发放手册3000册，群众反响良好。
（二）推进示范创建
1.做好测评。对照指标逐项测评，查漏补缺。
2.打造点位。新建点位3个，接待观摩20批。
二、存在问题
宣传的形式还不够多样，基层的力量还比较薄弱，需要加以改进。
三、下步打算
一是继续抓宣传。二是继续抓创建。
东河县民族事务委员会
2024年12月10日
"""


def test_headings_of_a_usual_report() -> None:
    assert headings(REPORT) == [
        "东河县民族事务委员会2024年工作总结",
        "（2024年12月10日）",
        "一、主要工作",
        "（一）抓好宣传教育。",
        "（二）推进示范创建",
        "1.做好测评。",
        "2.打造点位。",
        "二、存在问题",
        "三、下步打算",
    ]


@pytest.mark.parametrize(
    ("beginning", "path"),
    [
        ("按照要求", ()),
        ("一、主要工作", ()),
        ("（一）抓好", ("一、主要工作",)),
        ("全年举办", ("一、主要工作", "（一）抓好宣传教育。")),
        ("发放手册", ("一、主要工作", "（一）抓好宣传教育。")),
        ("（二）推进", ("一、主要工作",)),
        ("1.做好", ("一、主要工作", "（二）推进示范创建")),
        ("对照指标", ("一、主要工作", "（二）推进示范创建", "1.做好测评。")),
        ("新建点位", ("一、主要工作", "（二）推进示范创建", "2.打造点位。")),
        ("宣传的形式", ("二、存在问题",)),
        ("一是继续", ("三、下步打算",)),
    ],
)
def test_the_heading_path_of_a_sentence(beginning: str, path: tuple[str, ...]) -> None:
    assert at(REPORT, beginning).headings == path


def test_paragraphs_and_sentences_are_numbered_from_one() -> None:
    places = [(sentence.paragraph, sentence.sentence) for sentence in structured(REPORT).sentences]
    assert places[0] == (1, 1)
    assert places == sorted(set(places))
    assert [paragraph for paragraph, number in places if number == 1] == list(range(1, 15))
    assert places[4:7] == [(5, 1), (5, 2), (5, 3)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # run-in headings
        ("标题\n（一）抓好宣传。全年举办宣讲12场。", ["标题", "（一）抓好宣传。"]),
        ("标题\n一、抓好宣传。全年举办宣讲12场。", ["标题", "一、抓好宣传。"]),
        ("标题\n（一）加强“三项计划”工作。开展活动12场。", ["标题", "（一）加强“三项计划”工作。"]),
        ("标题\n（一）加强领导　全年召开会议研究部署民族工作，推动各项任务落到实处。", ["标题", "（一）加强领导"]),
        ("标题\n（一）加强领导。　全年召开会议研究部署民族工作，推动各项任务落到实处。", ["标题", "（一）加强领导。"]),
        ("标题\n（一）“领导。 加强”　全年召开会议研究部署民族工作，推动各项任务落到实处。", ["标题"]),
        ("标题\n（一）加强领导　2024年召开会议研究部署民族工作，推动各项任务落到实处。", ["标题", "（一）加强领导"]),
        ("标题\n（一）加强领导  2024年召开会议研究部署民族工作，推动各项任务落到实处。", ["标题", "（一）加强领导"]),
        ("标题\n（一）加强领导 全年召开会议研究部署民族工作，推动各项任务落到实处。", ["标题", "（一）加强领导"]),
        # a space that only sets off a number or a Latin word is none
        ("标题\n（一）培训 12 场次以上的单位有八家，群众反映良好，成效初步显现出来。", ["标题"]),
        ("标题\n（一）争取资金 860 万元用于建设产业项目，群众收入得到增加。", ["标题"]),
        ("标题\n（一）依托手机 App 开展政策宣讲和知识竞赛，群众踊跃参加活动。", ["标题"]),
        ("标题\n（一）覆盖群众 *** 人以上的乡镇共有八个，群众反映总体良好。", ["标题"]),
        # a count is no heading
        ("标题\n（一）举办宣讲12场。发放手册3000册。", ["标题"]),
        ("标题\n（一）覆盖群众***人次。发放手册若干。", ["标题"]),
        # a heading names one thing: clauses after a colon or many commas are a sentence
        ("标题\n（一）做好三件事：学习、宣传、培训。全年完成。", ["标题"]),
        ("标题\n（一）抓学习，抓宣传，抓培训，抓落实。全年完成。", ["标题"]),
        # a heading with nothing under it is a sentence
        ("标题\n一、抓好学习\n（一）加强领导\n（二）加强宣传", ["标题", "一、抓好学习"]),
        ("标题\n一、工作情况\n开展工作。\n二、下步打算", ["标题", "一、工作情况"]),
        ("标题\n一、工作情况\n（一）加强学习\n开展工作。", ["标题", "一、工作情况", "（一）加强学习"]),
        # signature and date lines
        ("标题\n一、工作情况\n开展工作。\n东河县民族宗教局\n2024年12月1日", ["标题", "一、工作情况"]),
        ("标题\n一、下步打算\n（一）加强学习\n东河县人民政府办公室\n2024年12月1日", ["标题", "一、下步打算"]),
        ("标题\n一、下步打算\n（一）加强学习\n二〇二四年十二月一日", ["标题", "一、下步打算"]),
        ("标题\n一、下步打算\n（一）加强学习\n东河县民委\n2024年12月1日", ["标题", "一、下步打算"]),
        ("标题\n一、下步打算\n（一）加强学习\n中共东河县委统战部", ["标题", "一、下步打算"]),
        # every way of numbering
        ("标题\n第一部分 工作情况\n开展工作。", ["标题", "第一部分 工作情况"]),
        ("标题\n1、工作情况\n开展工作。", ["标题", "1、工作情况"]),
        ("标题\n（1）工作情况\n开展工作。", ["标题", "（1）工作情况"]),
        ("标题\n①工作情况\n开展工作。", ["标题", "①工作情况"]),
        ("标题\n(一) 工作情况\n开展工作。", ["标题", "(一) 工作情况"]),
        # a decimal at the start of a line is no number of a heading
        ("标题\n3.5万人次参加\n开展工作。", ["标题"]),
    ],
)
def test_what_is_a_heading(text: str, expected: list[str]) -> None:
    assert headings(text) == expected


LONG = "我们坚持以学促干，组织干部走进乡镇村组，了解群众所思所盼，帮助解决实际困难，取得了比较好的效果。"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"标题\n主要工作\n{LONG}", ["标题", "主要工作"]),
        (f"标题\n{LONG}\n宣传教育方面\n{LONG}\n自身建设方面\n{LONG}", ["标题", "宣传教育方面", "自身建设方面"]),
        (f"标题\n主要工作\n一、抓好宣传\n{LONG}", ["标题", "主要工作", "一、抓好宣传"]),
        ("标题\n存在的问题\n一是宣传不够。二是力量薄弱。", ["标题", "存在的问题"]),
        # must stay text
        (f"标题\n开展工作。\n主要工作完成。\n{LONG}", ["标题"]),
        (f"标题\n开展工作。\n举办宣讲12场\n{LONG}", ["标题"]),
        ("标题\n开展工作。\n东河县民宗局\n2024年12月1日", ["标题"]),
        ("标题\n开展工作。\n联系人：张三", ["标题"]),
        (f"标题\n开展工作。\n一是抓学习\n{LONG}", ["标题"]),
        ("标题\n开展工作。\n短句子\n也很短", ["标题"]),
    ],
)
def test_headings_without_numbers(text: str, expected: list[str]) -> None:
    assert headings(text) == expected


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("东河县2024年工作总结\n开展工作。", 1),
        ("东河县2024年工作总结\n及2025年工作打算\n开展工作。", 2),
        ("东河县\n2024年工作总结\n（2024年12月）\n开展工作。", 3),
        ("东河县2024年工作总结\n2024年12月1日\n开展工作。", 2),
        ("开展工作。\n继续努力。", 0),
        ("一、工作情况\n开展工作。", 0),
        ("一是抓学习\n二是抓宣传", 0),
        ("长" * 61 + "\n开展工作。", 0),
    ],
)
def test_title_subtitle_and_date_are_headings_above_nothing(text: str, titles: int) -> None:
    sentences = structured(text).sentences
    unnumbered_headings = [sentence for sentence in sentences if sentence.is_heading and sentence.paragraph <= titles]
    assert len(unnumbered_headings) == titles
    if not text.startswith("一、"):
        assert not any(sentence.is_heading for sentence in sentences[titles:])
    assert sentences[-1].headings in ((), ("一、工作情况",))


def test_the_lead_of_a_paragraph_and_of_a_point_is_its_first_sentence() -> None:
    text = "标题\n（一）抓好宣传。做法如下。一是进校园。发放手册。二是进社区。"
    lead = at(text, "做法如下")
    assert (lead.paragraph_lead, lead.point_lead) == ("", "")
    assert (at(text, "一是").paragraph_lead, at(text, "一是").point_lead) == ("做法如下。", "")
    assert (at(text, "发放").paragraph_lead, at(text, "发放").point_lead) == ("做法如下。", "一是进校园。")
    assert (at(text, "二是").paragraph_lead, at(text, "二是").point_lead) == ("做法如下。", "")


def test_the_number_of_a_run_in_heading_is_no_point_and_hides_none() -> None:
    text = "标题\n（一）抓好宣传。做法如下。一是进校园。发放手册。二是进社区。"
    assert [(sentence.text, sentence.point) for sentence in structured(text).sentences[1:]] == [
        ("（一）抓好宣传。", 0),
        ("做法如下。", 0),
        ("一是进校园。", 1),
        ("发放手册。", 1),
        ("二是进社区。", 2),
    ]


def test_a_heading_on_its_own_line_is_no_point() -> None:
    assert [sentence.point for sentence in structured(REPORT).sentences if sentence.is_heading] == [0] * 9


def test_a_heading_is_neither_lead_nor_has_one() -> None:
    for sentence in structured(REPORT).sentences:
        if sentence.is_heading:
            assert (sentence.paragraph_lead, sentence.point_lead) == ("", "")
        assert not sentence.paragraph_lead.startswith("（一）")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("一、主要工作", "主要工作"),
        ("（一）抓好宣传。", "抓好宣传。"),
        ("(二) 抓好宣传", "抓好宣传"),
        ("1.做好测评", "做好测评"),
        ("12、做好测评", "做好测评"),
        ("（3）做好测评", "做好测评"),
        ("①做好测评", "做好测评"),
        ("第三部分 下步打算", "下步打算"),
        # stays
        ("一年来的工作", "一年来的工作"),
        ("3.5万人次", "3.5万人次"),
        ("主要工作", "主要工作"),
        ("", ""),
    ],
)
def test_unnumbered_takes_the_number_off_and_nothing_else(text: str, expected: str) -> None:
    assert unnumbered(text) == expected


def test_a_blank_text_has_no_sentence() -> None:
    assert structured(" \n　\n").sentences == ()


def test_joined_refuses_sentences_that_leave_words_out() -> None:
    document = Document("report.txt", "甲。乙。")
    first, second = Sentence(0, 2, "甲。", 1, 1), Sentence(2, 4, "乙。", 1, 2)
    assert StructuredDocument(document, (first, second)).joined() == "甲。乙。"
    for sentences in ((first,), (second,), (first, first, second)):
        with pytest.raises(ValueError, match=r"report\.txt"):
            StructuredDocument(document, sentences).joined()


def test_headings_run_into_the_middle_of_a_paragraph_open_sections_of_it() -> None:
    """Reports whose paragraphs were glued together keep their headings; sentences and points count on."""
    text = "（一）抓好宣传教育。一是开展宣讲；二是发放手册。（二）抓好示范创建。一是完善方案；二是打造点位。"
    sentences = structure(Document("x", text)).sentences
    assert [sentence.text for sentence in sentences if sentence.is_heading] == ["（一）抓好宣传教育。", "（二）抓好示范创建。"]
    assert [sentence.sentence for sentence in sentences] == [1, 2, 3, 4, 5, 6]
    assert [sentence.point for sentence in sentences] == [0, 1, 2, 0, 3, 4]
    assert sentences[-1].headings == ("（二）抓好示范创建。",)
