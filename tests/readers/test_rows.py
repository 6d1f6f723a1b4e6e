"""Rows of tables become lines, except for cells that hold running text."""

from __future__ import annotations

import pytest

from pipeline.readers.content import Paragraph
from pipeline.readers.rows import row_lines

PROSE = "全年举办民族团结进步宣传活动十二场，覆盖群众三千余人，发放各类宣传资料五千余份，群众反映良好。"


@pytest.mark.parametrize(
    ("cells", "lines"),
    [
        ([["甲"], ["乙"], ["丙"]], ["甲\t乙\t丙"]),
        ([["甲"], [], ["丙"], []], ["甲\t\t丙"]),
        ([[], ["乙"]], ["\t乙"]),
        ([["甲"], []], ["甲"]),
        ([[], []], []),
        ([["工", "作", "总", "结"], ["乙"]], ["工作总结\t乙"]),
        ([["第一行", "第二行"], ["乙"]], ["第一行 第二行\t乙"]),
        ([["甲\t内  部"], ["乙"]], ["甲 内 部\t乙"]),
        ([["一、标题", PROSE]], ["一、标题", PROSE]),
        ([["工", "作"], ["一、标题", PROSE]], ["工作", "一、标题", PROSE]),
        ([["甲"], [PROSE]], [f"甲\t{PROSE}"]),
    ],
)
def test_row_lines(cells: list[list[str]], lines: list[str]) -> None:
    assert [line.text for line in row_lines([[Paragraph(text) for text in cell] for cell in cells])] == lines


def test_headings_within_running_text_keep_their_level() -> None:
    assert row_lines([[Paragraph("一、标题", 1), Paragraph(PROSE)]])[0].level == 1
    assert row_lines([[Paragraph("甲", 0)], [Paragraph("乙", 0)]])[0].level is None
