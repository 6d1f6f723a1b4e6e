"""Where sentences and points begin and end."""

from __future__ import annotations

import pytest

from pipeline.split import numeral, shield, split_sentences


def pieces(text: str) -> list[str]:
    return [text[start:end] for start, end, _ in split_sentences(text)]


def points(text: str) -> list[int]:
    return [point for _, _, point in split_sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("第一句。第二句。", ["第一句。", "第二句。"]),
        ("为什么？因为重要！", ["为什么？", "因为重要！"]),
        ("成效显著！！！群众满意。", ["成效显著！！！", "群众满意。"]),
        ("真的吗？！是真的。", ["真的吗？！", "是真的。"]),
        ("没有句号的句子", ["没有句号的句子"]),
        ("第一句。没有句号的尾巴", ["第一句。", "没有句号的尾巴"]),
        ("开展活动?效果好!继续。", ["开展活动?", "效果好!", "继续。"]),
        ("　　前后有空白。　 第二句。  ", ["前后有空白。", "第二句。"]),
        ("他说“好。”\n", ["他说“好。”"]),
        ("（见附件。）第二句。", ["（见附件。）第二句。"]),
        ("有人喊“加油！”。第二句。", ["有人喊“加油！”。", "第二句。"]),
        ("孤单的右引号。”第二句。", ["孤单的右引号。”", "第二句。"]),
    ],
)
def test_a_sentence_ends_with_its_stop(text: str, expected: list[str]) -> None:
    assert pieces(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "全年增长3.5个百分点，达到12.75亿元。",
        "1.5万人参加活动，2.3万人受益。",
        "12．5公里道路建成通车。",
        "报道见https://www.example.cn/a?b=1&c=2，阅读量上升。",
        "联系邮箱why?not!now@example.cn即可。",
        "2023.12.31前完成，版本号2.0.1。",
        "会议于2024年1月2日14时30分召开。",
        "他在会上说：“要学习。要落实。要见效！”与会者一致同意。",
        "学习《论民族工作。上册》一书。",
        "（其中：一是宣传。二是培训。）已经完成。",
        "强调“一是学习。二是宣传。三是落实。”的要求。",
        "《一是前提。二是基础》一文获奖。",
        "【内部。资料】不外传。",
        "「学习。宣传。」两项工作完成。",
        "效果……还在显现。",
        "统一是前提，统一是基础。",
        "唯一是它，第二是他。",
        "统筹推进，三是大事。",
        "逐一要求，专一要紧。",
        "按照（1）的要求和附表（2）的口径办理。",
        "占全县的二分之一是好的开端。",
        "最后，感谢各位。",
        "首先感谢各位，再谈工作。",
        "第一中学和第二小学联合举办。",
        "比例为1:2，其中1.5万人次。",
    ],
)
def test_text_that_must_not_split(text: str) -> None:
    assert pieces(text) == [text]
    assert points(text) == [0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("一是抓学习。二是抓宣传。", [("一是抓学习。", 1), ("二是抓宣传。", 2)]),
        (
            "工作中，一是抓学习，二是抓宣传，三是抓落实。",
            [("工作中，", 0), ("一是抓学习，", 1), ("二是抓宣传，", 2), ("三是抓落实。", 3)],
        ),
        ("一要学，二要干。", [("一要学，", 1), ("二要干。", 2)]),
        ("首先，抓学习；其次，抓宣传；最后，抓总结。", [("首先，抓学习；", 1), ("其次，抓宣传；", 2), ("最后，抓总结。", 3)]),
        ("第一，学习。第二，宣传。", [("第一，学习。", 1), ("第二，宣传。", 2)]),
        ("其一，学习；其二，宣传。", [("其一，学习；", 1), ("其二，宣传。", 2)]),
        ("（1）开展宣传；（2）开展培训。", [("（1）开展宣传；", 1), ("（2）开展培训。", 2)]),
        ("(1)开展宣传;(2)开展培训。", [("(1)开展宣传;", 1), ("(2)开展培训。", 2)]),
        ("①宣传；②培训；③总结。", [("①宣传；", 1), ("②培训；", 2), ("③总结。", 3)]),
        ("1.宣传到位。2.培训到位。", [("1.宣传到位。", 1), ("2.培训到位。", 2)]),
        ("一是学习。学了三遍。二是宣传。", [("一是学习。", 1), ("学了三遍。", 1), ("二是宣传。", 2)]),
        ("一是一把手亲自抓。二是二级单位跟进。", [("一是一把手亲自抓。", 1), ("二是二级单位跟进。", 2)]),
        (
            "九是学。十是干。十一是评。十二是比。",
            [("九是学。", 1), ("十是干。", 2), ("十一是评。", 3), ("十二是比。", 4)],
        ),
    ],
)
def test_an_enumerator_in_sequence_opens_a_point(text: str, expected: list[tuple[str, int]]) -> None:
    assert list(zip(pieces(text), points(text), strict=True)) == expected


def test_inner_enumerators_split_sentences_but_count_no_point_of_their_own() -> None:
    text = "一是抓学习：（1）读书；（2）讨论。二是抓宣传。"
    assert pieces(text) == ["一是抓学习：", "（1）读书；", "（2）讨论。", "二是抓宣传。"]
    assert points(text) == [1, 1, 1, 2]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("他说“要学习。大家同意。", ["他说“要学习。", "大家同意。"]),
        ("学习《条例。大家同意。", ["学习《条例。", "大家同意。"]),
        ("条例》学完。大家同意。", ["条例》学完。", "大家同意。"]),
        ("（未闭合。第二句。", ["（未闭合。", "第二句。"]),
        ("“甲“乙。”丙。丁。", ["“甲“乙。”丙。", "丁。"]),
    ],
)
def test_a_quote_without_its_partner_shields_nothing(text: str, expected: list[str]) -> None:
    assert pieces(text) == expected


def test_quotes_far_apart_are_slips_and_do_not_glue_a_page_together() -> None:
    middle = "推进工作落实。" * 60
    assert len(pieces(f"“开头{middle}结尾”。")) > 60


def test_shield_marks_only_what_stands_inside_a_matched_pair() -> None:
    assert shield("甲“乙”丙") == bytearray([0, 0, 1, 0, 0])
    assert shield("甲“乙丙") == bytearray()
    assert shield("（甲《乙》丙）丁") == bytearray([0, 1, 1, 1, 1, 1, 0, 0])


@pytest.mark.parametrize("text", ["", " ", "　\t"])
def test_a_blank_paragraph_has_no_sentence(text: str) -> None:
    assert split_sentences(text) == []


@pytest.mark.parametrize(("text", "value"), [("一", 1), ("九", 9), ("十", 10), ("十三", 13), ("二十", 20), ("三十九", 39)])
def test_numerals_up_to_39(text: str, value: int) -> None:
    assert numeral(text) == value
