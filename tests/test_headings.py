"""Which lines are headings: numbers of every kind, run-in and broken headings, marks of the file, title blocks."""

from __future__ import annotations

import pytest

from pipeline.headings import rank_of, unnumbered
from pipeline.records import Document, Sentence
from pipeline.structure import structure
from tests.conftest import structured

BODY = "我们坚持以学促干，组织干部走进乡镇村组，了解群众所思所盼，帮助解决实际困难，取得了比较好的效果。"


def headings(text: str, marks: tuple[tuple[int, int, int], ...] = ()) -> list[str]:
    """Return headings and titles of a text."""
    return [sentence.text for sentence in structure(Document("report.txt", text, headings=marks)).sentences if sentence.is_heading]


def last(text: str, marks: tuple[tuple[int, int, int], ...] = ()) -> Sentence:
    """Return the last sentence of a text."""
    return structure(Document("report.txt", text, headings=marks)).sentences[-1]


def marked(*lines: str | tuple[str, int]) -> tuple[str, tuple[tuple[int, int, int], ...]]:
    """Return lines as a text, with the marks of those that have a level."""
    text, marks = "", []
    for line in lines:
        words, level = line if isinstance(line, tuple) else (line, None)
        if level is not None:
            marks.append((len(text), len(text) + len(words), level))
        text += words + "\n"
    return text, tuple(marks)


@pytest.mark.parametrize(
    "numbers",
    [
        ("第一部分　", "一、", "（一）", "1．", "（1）", "①"),
        ("第一章 ", "第一节 ", "一．", "(一)", "1、", "1）"),
        ("一　", "㈠", "⒈", "⑴", "❶"),
        ("第二篇：", "二. ", "（ 二 ）", "2 ", "⑵", "②"),
        ("三、", "（三）、", "第一，", "3.", "3.1 ", "(3)"),
        ("十一、", "（十二）", "10.", "10.1.2 ", "⑩"),
    ],
)
def test_levels_stand_under_each_other_whatever_their_numbers(numbers: tuple[str, ...]) -> None:
    lines = [f"{number}抓好宣传教育工作" for number in numbers]
    path = last("\n".join(["标题", *lines, BODY])).headings
    assert path == tuple(lines)
    ranks = [rank_of(line) for line in lines]
    assert ranks == sorted({rank for rank in ranks if rank is not None})
    assert {unnumbered(line) for line in lines} == {"抓好宣传教育工作"}


@pytest.mark.parametrize(
    "text",
    [
        "一年来的工作", "一是抓好学习", "十年树木", "三农工作", "第一书记驻村", "第三产业增长", "第一次全体会议召开", "3 个乡镇", "12 月", "5 年行动",
        "3.5万人次", "1.5 亿元", "2024年工作", "2024 年工作", "（见附件）抓好", "100、抓好", "(2024)抓好", "1:2的比例", "①", "",
    ],
)  # fmt: skip
def test_text_that_bears_no_number(text: str) -> None:
    assert unnumbered(text) in (text, "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # a number that a blank sets off numbers a line that stands alone
        (f"标题\n一 主要工作\n{BODY}", ["标题", "一 主要工作"]),
        (f"标题\n1 主要工作\n{BODY}", ["标题", "1 主要工作"]),
        (f"标题\n一　主要工作，{BODY}", ["标题"]),
        (f"标题\n3 个乡镇完成任务\n{BODY}", ["标题"]),
        # 第一， alone on its line heads what follows; with a sentence it is a point
        (f"标题\n第一，加强农业\n{BODY}", ["标题", "第一，加强农业"]),
        ("标题\n第一，加强农业，稳定粮食生产。第二，发展工业。", ["标题"]),
        ("标题\n第一，加强农业\n第二，发展工业\n第三，扩大开放", ["标题"]),
        # lists that begin a paragraph are points, not headings
        ("标题\n1．抓学习。开展活动。2．抓宣传。发放手册。", ["标题"]),
        ("标题\n（1）抓学习。开展活动。（2）抓宣传。发放手册。", ["标题"]),
        ("标题\n①抓学习。开展活动。②抓宣传。发放手册。", ["标题"]),
        ("标题\n1．抓学习。开展活动。", ["标题", "1．抓学习。"]),
        # headings in the middle of a paragraph
        ("标题\n（一）抓学习。开展活动。（二）抓宣传。发放手册。", ["标题", "（一）抓学习。", "（二）抓宣传。"]),
        ("标题\n做法如下。一、抓学习。开展活动。二、抓宣传。发放手册。", ["标题", "一、抓学习。", "二、抓宣传。"]),
        ("标题\n（一）抓学习。（二）抓宣传。（三）抓落实。", ["标题"]),
        ("标题\n按照要求（一）抓学习。开展活动。", ["标题"]),
        # title blocks
        ("政府工作报告\n——2024年1月5日在某县第十届人民代表大会第三次会议上\n县长　王一\n各位代表：\n开展工作。",
         ["政府工作报告", "——2024年1月5日在某县第十届人民代表大会第三次会议上", "县长　王一"]),
        ("某县2024年政府工作报告\n政府工作报告\n某县人民政府县长 王小一\n各位代表：\n开展工作。", ["某县2024年政府工作报告", "政府工作报告", "某县人民政府县长 王小一"]),
        ("某局2024年工作总结\n县长讲话后大家深受鼓舞，表示要努力工作。\n开展工作。", ["某局2024年工作总结"]),
    ],
)  # fmt: skip
def test_what_is_a_heading_and_what_only_looks_like_one(text: str, expected: list[str]) -> None:
    assert headings(text) == expected


def test_an_item_that_is_a_sentence_does_not_stand_under_the_heading_before_it() -> None:
    text = "标题\n（一）抓学习。开展活动。（二）抓宣传，发放手册三千册，覆盖群众两万人，群众反映良好，成效明显。（三）抓落实，逐项督查，逐项销号，逐项评议。"
    found = {sentence.text[:6]: sentence for sentence in structured(text).sentences}
    assert found["开展活动。"].headings == ("（一）抓学习。",)
    assert found["（二）抓宣传"].headings == ()
    assert found["（三）抓落实"].headings == ()
    assert [found[text].point for text in ("（二）抓宣传", "（三）抓落实")] == [1, 2]


@pytest.mark.parametrize(
    ("first", "rest"),
    [
        ("（一）加强组织领导、", "提升服务能力"),
        ("（一）深入学习贯彻《民族区域", "自治法》等法律法规"),
        ("（一）开展“石榴籽", "同心”主题活动"),
        ("（一）加强组织领导和", "队伍建设"),
        ("（一）加强组织领导", "、提升服务能力"),
        ("（一）坚持守正创新推动民族团结进步事业高质量发展", "走深走实"),
    ],
)
def test_a_heading_broken_over_two_lines_is_one_heading(first: str, rest: str) -> None:
    text = f"标题\n{first}\n{rest}\n{BODY}"
    assert headings(text) == ["标题", first, rest]
    assert last(text).headings == (first + rest,)


@pytest.mark.parametrize("rest", ["宣传教育方面", "存在的问题", "主要做法"])
def test_a_subheading_is_no_rest_of_the_heading_above(rest: str) -> None:
    assert last(f"标题\n一、主要工作\n{rest}\n{BODY}").headings == ("一、主要工作", rest)


def test_a_line_that_the_file_gives_a_heading_style_is_a_heading() -> None:
    text, marks = marked("标题", "开头一句。", ("工作亮点", 1), "短句。", ("举办培训12次", 2), "短句。", ("存在问题", 1), "短句。")
    assert headings(text) == ["标题"]
    assert headings(text, marks) == ["标题", "工作亮点", "举办培训12次", "存在问题"]
    found = structure(Document("a.docx", text, headings=marks)).sentences
    assert [sentence.headings for sentence in found if sentence.text == "短句。"] == [
        ("工作亮点",),
        ("工作亮点", "举办培训12次"),
        ("存在问题",),
    ]


@pytest.mark.parametrize(
    ("line", "is_heading"),
    [
        ("工作亮点", True),
        ("培训12场", True),
        ("工作亮点突出。", False),
        ("某县民族宗教局", False),
        ("2024年12月1日", False),
        ("一是抓学习", False),
    ],
)
def test_bold_type_makes_a_heading_of_what_looks_like_one(line: str, is_heading: bool) -> None:
    text, marks = marked("标题", "开头一句。", (line, 0), "短句。", "短句。", "短句。")
    assert headings(text, marks) == (["标题", line] if is_heading else ["标题"])


def test_bold_type_marks_nothing_where_most_lines_are_bold() -> None:
    text, marks = marked("标题", ("开头一句", 0), ("工作亮点", 0), ("短句", 0), ("短句", 0))
    assert headings(text, marks) == ["标题"]


def test_a_whole_paragraph_in_a_heading_style_is_text() -> None:
    text, marks = marked("标题", (BODY + BODY, 2), "短句。")
    assert headings(text, marks) == ["标题"]
