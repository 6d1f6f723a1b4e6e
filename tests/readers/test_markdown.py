"""Markdown without its marks; stars that black something out stay."""

from __future__ import annotations

import pytest

from pipeline.readers.content import Paragraph
from pipeline.readers.markdown import read_markdown, unmarked
from tests.fixtures.pages import MARKDOWN, REPORT


def texts(text: str) -> list[str]:
    """Return the paragraphs."""
    return [paragraph.text for paragraph in read_markdown(text.encode(), where="a.md").paragraphs]


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("**重点**工作", "重点工作"),
        ("这是**重点**", "这是重点"),
        ("__重点__", "重点"),
        ("*整行*", "整行"),
        ("***整行***", "整行"),
        ("前 *强调* 后", "前 强调 后"),
        ("~~删去~~", "删去"),
        ("`代码`与``双 ` 层``", "代码与双 ` 层"),
        ("[链接](http://a.b/c?d=e)文字", "链接文字"),
        ("![图](a.png)文字", "文字"),
        ("<http://a.b>", "http://a.b"),
        ("甲<br>乙", "甲乙"),
        (r"\*不是强调\*", "*不是强调*"),
        ("a &amp; b", "a & b"),
        # must stay
        ("覆盖***人，投入***万元", "覆盖***人，投入***万元"),
        ("*县*局", "*县*局"),
        ("走访企业**家，培训**人次", "走访企业**家，培训**人次"),
        ("在**县和**镇", "在**县和**镇"),
        ("增长**，同比**", "增长**，同比**"),
        ("*县民宗局和*镇", "*县民宗局和*镇"),
        ("2*3*4", "2*3*4"),
        ("a_b_c", "a_b_c"),
        ("＊＊", "＊＊"),
        ("【注】（甲）", "【注】（甲）"),
        ("5 < 6 > 4", "5 < 6 > 4"),
    ],
)
def test_marks_of_a_line(line: str, text: str) -> None:
    assert unmarked(line) == text


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("# 题 #\n\n## 一、甲\n文", ["题", "一、甲", "文"]),
        ("题\n===\n\n小题\n---\n\n文", ["题", "小题", "文"]),
        ("- 甲\n* 乙\n+ 丙\n- [x] 丁", ["甲", "乙", "丙", "丁"]),
        ("1. 甲\n2. 乙", ["1. 甲", "2. 乙"]),
        ("> 引文\n> 又一行", ["引文", "又一行"]),
        ("甲\n\n---\n\n* * *\n\n___\n\n乙", ["甲", "乙"]),
        ("特此报告。\n\n***", ["特此报告。", "***"]),
        ("```\n# 不是标题\n```", ["# 不是标题"]),
        ("| 甲 | 乙 |\n|---|:-:|\n| 丙 | **丁** |", ["甲\t乙", "丙\t丁"]),
        ("甲 | 乙\n不是表格", ["甲 | 乙", "不是表格"]),
        ("[1]: http://a.b\n文", ["文"]),
        ("第一段。\n第二段。\n第三段。", ["第一段。", "第二段。", "第三段。"]),
        ("一、甲\n二、乙", ["一、甲", "二、乙"]),
        (
            "全年举办民族团结进步宣讲十二场，覆盖群众\n三千余人，发放宣传资料五千余份，制作宣传\n栏二十块。",
            ["全年举办民族团结进步宣讲十二场，覆盖群众三千余人，发放宣传资料五千余份，制作宣传栏二十块。"],
        ),
    ],
)
def test_blocks(text: str, lines: list[str]) -> None:
    assert texts(text) == lines


def test_a_whole_report() -> None:
    content = read_markdown(MARKDOWN.encode(), where="a.md")
    assert [paragraph.text for paragraph in content.paragraphs] == list(REPORT)
    assert [paragraph.level for paragraph in content.paragraphs] == [1, None, 2, None, None, 2, None, 0, None]
    assert content.title == REPORT[0]
    assert content.removed["front matter"] == MARKDOWN.index("# ") - 1
    assert content.removed["markup"] > 10


def test_levels() -> None:
    content = read_markdown("###### 六\n**粗**\n".encode(), where="a.md")
    assert content.paragraphs == (Paragraph("六", 6), Paragraph("粗", 0))
