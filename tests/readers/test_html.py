"""Web pages: paragraphs as the browser shows them, the article without its furniture."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.read import Source, read_document
from pipeline.readers.content import Content, Limits
from pipeline.readers.html import read_html, read_mhtml
from tests.fixtures.hostile import WORDS
from tests.fixtures.pages import PAGE, REPORT


def read(page: str) -> Content:
    """Read a page."""
    return read_html(page.encode(), where="a.html", limits=Limits())


def texts(body: str) -> list[str]:
    """Return the paragraphs of a body."""
    return [paragraph.text for paragraph in read(f"<html><body>{body}</body></html>").paragraphs]


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        ("<p>甲</p><p>乙</p>", ["甲", "乙"]),
        ("<p>甲<br>乙<br/>丙</p>", ["甲", "乙", "丙"]),
        ("甲<div>乙<div>丙</div>丁</div>戊", ["甲", "乙", "丙", "丁", "戊"]),
        ("<p>民族\n团结\r\n   进步</p>", ["民族团结进步"]),
        ("<p>work\n  report</p>", ["work report"]),
        ("<p>甲&nbsp;&nbsp;&nbsp;乙　丙</p>", ["甲 乙　丙"]),
        ("<p>　　首行缩进</p>", ["首行缩进"]),
        ("<pre>一行\n又一行</pre>", ["一行 又一行"]),
        ("<p>甲<span style='display:none'>藏</span><i hidden>藏</i>乙</p>", ["甲乙"]),
        ("<p>甲<script>x</script><style>y</style><!-- z -->乙</p>", ["甲乙"]),
        ("<p>甲<![if !supportLists]>一、<![endif]>乙</p>", ["甲一、乙"]),
        ("<p>&lt;甲&gt;&amp;&#x4E59;</p>", ["<甲>&乙"]),
        ("<p><ruby>羌<rp>(</rp><rt>qiang</rt><rp>)</rp></ruby>族</p>", ["羌族"]),
        ("<ul><li>甲</li><li>乙</li></ul>", ["甲", "乙"]),
        ("<ol><li>甲</li><li>乙</li></ol>", ["1. 甲", "2. 乙"]),
        ("<ol start=3><li>甲</li><li value=7>乙</li><li>丙</li></ol>", ["3. 甲", "7. 乙", "8. 丙"]),
        ("<ol reversed><li>甲</li><li>乙</li></ol>", ["2. 甲", "1. 乙"]),
        ("<ol type=a><li>甲</li></ol><ol type=I><li>乙</li></ol>", ["a. 甲", "I. 乙"]),
        (
            "<ol style='list-style-type:cjk-ideographic'><li>甲<ol><li>子</li></ol></li><li>乙</li></ol>",
            ["一、甲", "1. 子", "二、乙"],
        ),
        ("<ol style='list-style:none'><li>一、甲</li></ol>", ["一、甲"]),
        ("<table><tr><td>甲</td><td>乙</td></tr><tr><td>丙</td><td></td></tr></table>", ["甲\t乙", "丙"]),
        ("<table><tr><td rowspan=2>甲</td><td>乙</td></tr><tr><td>丙</td></tr></table>", ["甲\t乙", "\t丙"]),
        ("<table><tr><td colspan=2>甲</td><td rowspan=2>乙</td></tr><tr><td>丙</td><td>丁</td></tr></table>", ["甲\t乙", "丙\t丁"]),
        (
            "<table><caption>表一</caption><thead><tr><th>甲</th></tr></thead><tbody><tr><td>乙</td></tr></tbody></table>",
            ["表一", "甲", "乙"],
        ),
        ("<p>没有关闭的段落<p>又一段<td>散落的格", ["没有关闭的段落", "又一段散落的格"]),
    ],
)
def test_bounds_of_paragraphs(body: str, lines: list[str]) -> None:
    assert texts(body) == lines


def test_a_layout_table_keeps_the_paragraphs_of_its_cell() -> None:
    assert texts(f"<table><tr><td><p>一、标题</p><p>{WORDS * 3}</p></td></tr></table>") == ["一、标题", WORDS * 3]


def test_headings_are_told_by_element_and_bold_type() -> None:
    page = read("<h1>题</h1><p><b>全粗</b></p><p><b>半</b>粗</p><h3>三级</h3><p style='font-weight:700'>样式</p><p>无</p>")
    assert [(paragraph.text, paragraph.level) for paragraph in page.paragraphs] == [
        ("题", 1), ("全粗", 0), ("半粗", None), ("三级", 3), ("样式", 0), ("无", None),
    ]  # fmt: skip


def test_the_article_of_a_government_page(tmp_path: Path) -> None:
    file = tmp_path / "a.html"
    file.write_text(PAGE, encoding="utf-8")
    document = read_document(Source(file, "a.html"))
    assert document.text.split("\n") == list(REPORT)
    assert document.title == REPORT[0]
    assert (document.kind, document.charset) == ("html", "utf-8")


@pytest.mark.parametrize(
    "change",
    [
        ("", ""),
        ('id="zoom" class="TRS_Editor"', ""),
        ('<meta name="ArticleTitle"', '<meta name="x"'),
        ("<footer>", "<div>"),
        ('<div class="wrap">', '<form action="/"><div>'),
        ("<p>", "<P CLASS=MsoNormal>"),
    ],
)
def test_the_article_is_found_in_other_makes_of_page(change: tuple[str, str], tmp_path: Path) -> None:
    file = tmp_path / "a.html"
    file.write_text(PAGE.replace(*change), encoding="utf-8")
    assert read_document(Source(file, "a.html")).text.split("\n") == list(REPORT)


def test_headings_and_signatures_around_the_text_stay() -> None:
    body = f"<h2>一、主要工作</h2><div><p>{WORDS * 2}</p><p>{WORDS * 2}</p></div><div>青石县民宗局</div><div>2024年1月5日</div>"
    assert texts(body) == ["一、主要工作", WORDS * 2, WORDS * 2, "青石县民宗局", "2024年1月5日"]


def test_lists_of_links_around_the_text_go() -> None:
    links = "<div>" + "".join(f"<a href={n}>别的文章{n}</a>" for n in range(9)) + "</div>"
    content = read(f"<body>{links}<div><p>{WORDS * 2}</p></div>{links}</body>")
    assert [paragraph.text for paragraph in content.paragraphs] == [WORDS * 2]
    assert content.removed == {"page furniture": 90}


def test_a_page_of_links_only_is_read_whole() -> None:
    assert texts("<a href=a>甲</a> <a href=b>乙</a>") == ["甲 乙"]


@pytest.mark.parametrize("declared", ["gb2312", "GBK", "gb18030", "utf-8", "big5", "unheard-of"])
def test_the_declared_charset_is_believed_only_where_it_decodes(declared: str) -> None:
    page = PAGE.replace("utf-8", declared)
    content = read_html(page.encode("gb18030"), where="a", limits=Limits())
    assert content.charset == "gb18030"
    assert content.paragraphs[0].text == REPORT[0]


def test_a_web_archive_is_read() -> None:
    head = b"MIME-Version: 1.0\nContent-Type: multipart/related; boundary=b\n\n--b\nContent-Type: text/html; charset=gb2312\n"
    quoted = "".join(f"={byte:02X}" for byte in f"<p>{WORDS}</p>".encode("gbk")).encode()
    archive = head + b"Content-Transfer-Encoding: quoted-printable\n\n" + quoted + b"\n--b--\n"
    assert read_mhtml(archive, where="a", limits=Limits()).paragraphs[0].text == WORDS
