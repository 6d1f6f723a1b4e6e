"""Word documents are read as their pages show them; what LibreOffice prints of the same file agrees."""

from __future__ import annotations

import io
import re
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from pipeline.errors import ReadError
from pipeline.readers.content import Content, Limits
from pipeline.readers.docx import read_docx
from pipeline.readers.legacy import find_office
from tests.fixtures import docx_parts as parts
from tests.fixtures.hostile import DOCUMENT, changed
from tests.fixtures.make_docx import CASES

EXPECTED = Path(__file__).parent.parent / "fixtures" / "expected"

# Where LibreOffice 7.4 departs from what Word shows: ours, theirs. Its text export also leaves out text boxes and notes.
OFFICE_DIFFERS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "numbered_styles": (  # isLgl
        ("1.1辖区", "一.1辖区"), ("1.1.1人口", "一.1.1人口"), ("1.2班子", "一.2班子"),
        ("2.1产业", "二.1产业"), ("2.1.1特色", "二.1.1特色"), ("2.1.2特色", "二.1.2特色"),
    ),
    "list_styles": (("1.1第二级", "一.1第二级"),),
    "restarted_lists": (("（3）小三", "（1）小三"),),  # lvlRestart 0
    "number_formats": (
        *((f"一{digit}、ideographDigital", f"{number}、ideographDigital") for digit, number in (("〇", "十"), ("一", "十一"), ("二", "十二"))),
        *((f"{ours}．decimalFull", f"{theirs}．decimalFull") for ours, theirs in (("９", "9"), ("１０", "10"), ("１１", "11"), ("１２", "12"))),
    ),
    "tracked_changes": (  # it prints deletions
        ("培训12期", "培训1012期"),
        ("这一段的段落标记已经", "这段话移走了。这一段的段落标记没有已经"),
        ("中间的", "整段删除。中间的"),
        ("丙丁", "删除丙丁"),
    ),
    "text_boxes": (("文本框第一段文本框第二段", ""), ("旧式文本框", "")),
    "footnotes": (
        ("”要求", "”1要求"), ("示范点5个。", "示范点5个2。"), ("年报。", "年报i。"),
        ("[1]摘帽不摘责任等。[2]含县级3个。[i]统计口径有调整。", ""),
    ),
    "content_controls": (("2024年1月5日", "DATE"),),
    "marks_and_fields": (("页码3", "页码1"), ("县-乡", "县\u2011乡\u00ad"), ("看得见的字", "看得见看不见的字")),
    "traditional_formats": (  # it knows no signs in brackets, and takes circles for digits
        *((f"{chr(0x327F + count)}ideographE", f"{chr(0x245F + count)}ideographE") for count in range(1, 11)),
        *((f"{chr(0x2473 + count)}decimalEnclosedP", f"{count}decimalEnclosedP") for count in range(1, 11)),
        *((f"{chr(0x2487 + count)}decimalEnclosedF", f"{count}decimalEnclosedF") for count in range(1, 11)),
    ),
    "headings_of_all_kinds": (("工作总结一、", "工作总结目录一、工作回顾1二、下一步5一、"), ("③", "")),
}  # fmt: skip


def read(name: str) -> Content:
    """Read a fixture."""
    return read_docx(CASES[name](), where=name, limits=Limits())


def texts(content: Content) -> list[str]:
    """Return its paragraphs."""
    return [paragraph.text for paragraph in content.paragraphs]


def document(*paragraphs: str) -> Content:
    """Read a document of paragraphs."""
    return read_docx(parts.package("".join(paragraphs)), where="a.docx", limits=Limits())


@pytest.mark.parametrize("name", CASES)
def test_the_text_is_what_the_page_shows(name: str) -> None:
    assert "\n".join(texts(read(name))) + "\n" == (EXPECTED / f"{name}.txt").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """Return what LibreOffice prints of the fixtures."""
    office = find_office()
    if not office:
        pytest.skip("LibreOffice isn't installed")
    folder = tmp_path_factory.mktemp("office")
    for name, make in CASES.items():
        (folder / f"{name}.docx").write_bytes(make())
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [office, profile, "--headless", "--convert-to", "txt:Text (encoded):UTF8", "--outdir", str(folder)]
    subprocess.run([*command, *map(str, folder.glob("*.docx"))], check=False, capture_output=True, timeout=300)
    found = {file.stem: file.read_text(encoding="utf-8-sig") for file in folder.glob("*.txt")}
    if not found:
        pytest.skip("LibreOffice has no writer")
    return found


@pytest.mark.parametrize("name", CASES)
def test_the_text_is_what_libreoffice_prints(name: str, printed: Mapping[str, str]) -> None:
    ours, theirs = "".join("".join(texts(read(name))).split()), "".join(printed[name].split())
    theirs = re.sub(r"\d+/\d+/\d+", "DATE", theirs)  # a field that it calculates anew
    for own, other in OFFICE_DIFFERS.get(name, ()):
        assert own in ours
        ours = ours.replace(own, other)
    assert ours == theirs


def test_headings_are_told_by_style_outline_level_and_bold_type() -> None:
    levels = {paragraph.text: paragraph.level for paragraph in read("headings_of_all_kinds").paragraphs}
    assert levels == {
        "临江县2022年工作总结": None,
        "一、工作回顾": 1,
        "大纲级别二": 2,
        "大纲级别是正文": None,
        "全段加粗": 0,
        "只有一半加粗。": None,
        "样式加粗": 0,
        "样式加粗又取消": None,
        "（一）段内标题。标题后面接着正文。": None,
        "③带圈数字三": None,
    }


@pytest.mark.parametrize(
    ("name", "removed"),
    [
        ("tracked_changes", {"deletion": 9}),
        ("footnotes", {"note mark": 3}),
        ("marks_and_fields", {"invisible": 1, "hidden": 3}),
        ("headings_of_all_kinds", {"contents table": 17}),
        ("three_levels", {}),
    ],
)
def test_what_goes_is_counted(name: str, removed: dict[str, int]) -> None:
    assert read(name).removed == removed


def test_the_title_is_what_the_style_says() -> None:
    assert read("numbered_styles").title == "白河镇2024年工作总结"
    assert read("three_levels").title == ""


def test_strict_documents_and_odd_part_names_are_read() -> None:
    strict = CASES["three_levels"]()
    swaps = {
        b"http://schemas.openxmlformats.org/wordprocessingml/2006/main": b"http://purl.oclc.org/ooxml/wordprocessingml/main",
        b"http://schemas.openxmlformats.org/officeDocument/2006/relationships": b"http://purl.oclc.org/ooxml/officeDocument/relationships",
    }
    with zipfile.ZipFile(io.BytesIO(strict)) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    for usual, other in swaps.items():
        held = {name: content.replace(usual, other) for name, content in held.items()}
    held = {name.replace("document.xml", "document2.xml"): content for name, content in held.items()}
    held["_rels/.rels"] = held["_rels/.rels"].replace(b"word/document.xml", b"/word/document2.xml")
    assert texts(read_docx(parts.zipped(held), where="a", limits=Limits())) == texts(read("three_levels"))


def test_parts_in_utf_16_are_read() -> None:
    data = CASES["footnotes"]()
    body = f"<w:document {parts.NAMESPACES}><w:body>{parts.paragraph('十六位的正文。')}</w:body></w:document>"
    text = f'<?xml version="1.0" encoding="UTF-16"?>{body}'
    content = read_docx(changed(data, {DOCUMENT: text.encode("utf-16")}), where="a", limits=Limits())
    assert texts(content) == ["十六位的正文。"]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (parts.run("a ") + parts.run("b"), "a b"),
        ("<w:r><w:t> 前后的空白 </w:t></w:r>" + parts.run("。"), "前后的空白。"),
        ('<w:r><w:sym w:font="Wingdings" w:char="F0FC"/></w:r>' + parts.run("已完成"), "已完成"),
        ('<w:r><w:sym w:font="宋体" w:char="2460"/></w:r>' + parts.run("第一"), "①第一"),
        ("<w:r><w:rPr><w:vanish w:val='0'/></w:rPr><w:t>不隐藏</w:t></w:r>", "不隐藏"),
        ("<w:r><w:t>外</w:t></w:r><m:oMath><m:r><m:t>x+1</m:t></m:r></m:oMath>", "外x+1"),
        (parts.field("IF 1", "甲") + parts.run("乙"), "甲乙"),
        (parts.field_without_result("PAGE") + parts.run("第页"), "第页"),
        (parts.field_without_result(r"eq \o\ac(○,21)") + parts.run("项"), "21项"),
        ("<w:r><mc:AlternateContent><mc:Choice Requires='w16'><w:t>新</w:t></mc:Choice><mc:Fallback><w:t>旧</w:t></mc:Fallback></mc:AlternateContent></w:r>", "新"),
    ],
)  # fmt: skip
def test_runs(raw: str, text: str) -> None:
    assert texts(document(parts.paragraph(raw=raw))) == [text]


def test_an_embedded_file_is_noted() -> None:
    content = document(parts.paragraph("正文。"), '<w:altChunk r:id="rId9"/>')
    assert content.notes == ("an embedded file within the document was not read",)


def test_a_document_of_pictures_says_so() -> None:
    data = changed(parts.package("<w:p/>"), {"word/media/image1.png": b"x"})
    with pytest.raises(ReadError, match="may hold pictures of pages"):
        read_docx(data, where="a.docx", limits=Limits())
