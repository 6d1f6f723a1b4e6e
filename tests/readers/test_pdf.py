"""PDF: lines become paragraphs, furniture goes, gaps close; what can't be read is named."""

from __future__ import annotations

import pytest

from pipeline.errors import ReadError
from pipeline.readers.content import Content, Limits
from pipeline.readers.isolate import read_isolated
from pipeline.readers.pdf_lines import Glyph, Line, line_of, merge_pieces, plain_sign
from pipeline.readers.pdf_paragraphs import paragraphs_of
from tests.fixtures.pages import REPORT
from tests.fixtures.pdf_parts import LEFT, PITCH, SIZE, Text, pages_of, pdf

LONG = REPORT[3] * 3


def read(data: bytes, limits: Limits | None = None) -> Content:
    """Read a PDF."""
    (content,) = read_isolated("pdf", data, where="a.pdf", limits=limits or Limits())
    return content


def texts(data: bytes) -> list[str]:
    """Return the paragraphs of a PDF."""
    return [paragraph.text for paragraph in read(data).paragraphs]


@pytest.mark.parametrize("columns", [24, 26, 27, 28, 30, 33])
@pytest.mark.parametrize("rows", [5, 11, 22])
def test_lines_are_joined_to_the_paragraphs_that_were_set(columns: int, rows: int) -> None:
    paragraphs = [*REPORT, LONG, *REPORT[1:]]
    assert texts(pdf(pages_of(paragraphs, columns=columns, rows=rows, header="内部资料 注意保存"))) == paragraphs


def test_a_number_at_the_margin_stands_within_its_paragraph() -> None:
    paragraph = "存在的问题有以下几个方面，需要在今后工作中切实改进。" + "".join(
        f"{number}是{'工作' * length}还不够到位。" for length, number in enumerate("一二三四五六七八", 3)
    )
    for columns in range(20, 34):
        assert texts(pdf(pages_of([paragraph, REPORT[1], paragraph], columns=columns)))[0] == paragraph


def test_headers_footers_and_page_numbers_go_and_are_counted() -> None:
    content = read(pdf(pages_of(REPORT * 3, header="青石县民族宗教局　2023年", rows=8)))
    assert [paragraph.text for paragraph in content.paragraphs] == list(REPORT * 3)
    assert content.removed["page furniture"] > 30


@pytest.mark.parametrize("number", ["- {} -", "— {} —", "第{}页", "第 {} 页 共 9 页", "{}", "{}/9", "·{}·"])
def test_page_numbers_in_every_dress(number: str) -> None:
    assert texts(pdf(pages_of(REPORT * 2, number=number, rows=6))) == list(REPORT * 2)


@pytest.mark.parametrize("number", ["- 1 -", "第1页", "1"])
def test_the_number_of_an_only_page_goes(number: str) -> None:
    assert texts(pdf(pages_of(REPORT, number=number, rows=40))) == list(REPORT)


def test_a_number_in_the_text_is_no_page_number() -> None:
    page = [
        Text(LEFT, 700, "一览表"),
        *(Text(LEFT, 660 - 30 * place, str(count)) for place, count in enumerate((57, 23, 88, 14, 95))),
    ]
    assert texts(pdf([page])) == ["一览表", "57", "23", "88", "14", "95"]


def test_a_table_of_contents_goes() -> None:
    contents = ["目　录", "一、工作回顾……………………1", "二、存在问题................12", "三、下一步打算………………… 15"]
    page = [Text(LEFT, 740 - PITCH * place, line) for place, line in enumerate(contents)]
    content = read(pdf([page, *pages_of(REPORT)]))
    assert [paragraph.text for paragraph in content.paragraphs] == list(REPORT)
    assert content.removed["contents table"] > 40


def test_a_title_on_two_lines_is_one_and_marked() -> None:
    title = [Text(130, 805, "青石县民族宗教局关于二〇二三年度", 22), Text(190, 775, "民族宗教工作情况的报告", 22)]
    content = read(pdf([[*title, *pages_of(REPORT[1:])[0]]]))
    assert content.paragraphs[0].text == "青石县民族宗教局关于二〇二三年度民族宗教工作情况的报告"
    assert content.paragraphs[0].level == 0
    assert all(paragraph.level is None for paragraph in content.paragraphs[1:])


def test_pages_without_text_are_noted() -> None:
    pages = pages_of(REPORT * 2, rows=8)
    assert read(pdf([pages[0], [], *pages[1:]])).notes == ("pages without text: 2",)


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        # what, and where it begins, in em; digits are half an em wide
        ((("2", 0), ("0", 0.93), ("2", 1.86), ("3", 2.79), ("年", 3.6)), "2023年"),
        ((("6", 0), (".", 0.93), ("5", 1.5), ("%", 2.2)), "6.5%"),
        ((("12", 0), ("340", 1.6)), "12 340"),
        ((("民", 0), ("族", 1.5)), "民族"),
        ((("民", 0), ("族", 3)), "民 族"),
        ((("附件", 0), ("1", 2.25), ("提供", 3)), "附件1提供"),
        ((("work", 0), ("report", 2.5)), "work report"),
        ((("1.", 0), ("2023", 1.5), ("年", 3.5)), "1. 2023年"),
        ((("1.5", 0), ("亿元", 1.5)), "1.5亿元"),
        ((("发展", 0), (",", 2.2), ("2005", 3.4), ("年", 5.5)), "发展,2005年"),
        ((("⼀", 0), ("⺠", 1), ("族", 2)), "一民族"),
    ],
)
def test_gaps_are_closed_where_typesetting_opened_them(pieces: tuple[tuple[str, float], ...], text: str) -> None:
    glyphs = []
    for piece, start in pieces:
        at = start
        for sign in piece:
            width = 0.5 if sign.isascii() else 1.0
            glyphs.append(Glyph(plain_sign(sign), 10 * at, 10 * (at + width), 0.0, 10.0))
            at += width
    line = line_of(glyphs, is_bold=False, page=0)
    assert line is not None
    assert line.text == text


def test_pieces_of_a_line_are_put_together() -> None:
    pieces = [
        Line("其中", 90, 110, 371, 382, 10),
        Line("P", 113, 120, 370, 382, 12),
        Line("为第一类", 123, 163, 371, 382, 10),
        Line("下一行", 90, 120, 350, 361, 10),
    ]
    assert [line.text for line in merge_pieces(pieces)] == ["其中P为第一类", "下一行"]


def test_rows_of_a_table_are_not_glued_to_each_other() -> None:
    row = [("青石镇", LEFT), ("12", LEFT + 150), ("340", LEFT + 390)]
    page = [Text(x, 700 - PITCH * place, text) for place in range(5) for text, x in row]
    assert texts(pdf([page]))[:3] == ["青石镇 12 340"] * 3


def test_text_that_leans_is_a_watermark() -> None:
    leaning = b"BT /F1 40 Tf 0.7 0.7 -0.7 0.7 150 300 Tm <%s> Tj ET\n" % "内部资料".encode("utf-16-be").hex().encode()
    upright = [
        b"BT /F1 16 Tf 1 0 0 1 90 %d Tm <%s> Tj ET\n" % (700 - 28 * place, text.encode("utf-16-be").hex().encode())
        for place, text in enumerate(["青石县民族宗教局", "工作总结的正文在这里。"])
    ]
    assert "".join(texts(pdf([], streams=[leaning + b"".join(upright)]))) == "青石县民族宗教局工作总结的正文在这里。"


def test_no_lines_are_no_paragraphs() -> None:
    assert paragraphs_of([], []) == ([], {})


def test_paragraphs_without_indents_are_told_by_short_lines_and_numbers() -> None:
    lines = [
        "一、主要工作",
        "这一行写满了整个版心一直到右边的边缘才停下来继续",
        "到第二行结束。",
        "（一）这一行也写满整个版心一直到右边的边缘才停。",
        "（二）第二点从行首开始。",
    ]
    page = [Text(LEFT, 700 - 2 * SIZE * place, line) for place, line in enumerate(lines)]
    assert texts(pdf([page])) == [lines[0], lines[1] + lines[2], lines[3], lines[4]]


def test_a_truncated_linearized_file_is_refused() -> None:
    data = pdf(pages_of(REPORT)).replace(b"%PDF-1.4\n", b"%PDF-1.4\n1 0 obj<</Linearized 1/L 999999>>endobj\n", 1)
    with pytest.raises(ReadError, match="its end is missing"):
        read(data)
