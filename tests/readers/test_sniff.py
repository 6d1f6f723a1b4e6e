"""What a file is, its content tells; its name decides only between kinds of plain text."""

from __future__ import annotations

import pytest

from pipeline.errors import ReadError
from pipeline.readers.sniff import sniff
from tests.fixtures.docx_parts import zipped
from tests.fixtures.hostile import DOCX, PDF, WORDS, book
from tests.fixtures.ole_parts import compound
from tests.fixtures.pages import CSV, JSONL, MARKDOWN, PAGE, TEXT

SUFFIXES = ("", ".txt", ".docx", ".pdf", ".html", ".doc", ".csv")


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (DOCX, "docx"),
        (PDF, "pdf"),
        (b"\xef\xbb\xbf\r\n" + PDF, "pdf"),
        (book(), "xlsx"),
        (compound({"WordDocument": b"x"}), "doc"),
        (compound({"Workbook": b"x"}), "xls"),
        (compound({"Book": b"x"}), "xls"),
        (b"{\\rtf1\\ansi x}", "doc"),
        (zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "x"}), "doc"),
        (b'<?xml version="1.0"?><?mso-application progid="Word.Document"?><w:wordDocument/>', "doc"),
        (PAGE.encode(), "html"),
        (PAGE.encode("utf-16"), "html"),
        (b"  <html>", "html"),
        (b"<p>x</p>", "html"),
        (b"MIME-Version: 1.0\nContent-Type: multipart/related; boundary=b\n", "mhtml"),
        (JSONL.encode(), "jsonl"),
        (b'[ {"text": "x"} ]', "jsonl"),
    ],
)
def test_the_name_is_of_no_matter(data: bytes, kind: str, suffix: str) -> None:
    assert sniff(data, suffix=suffix, where="a") == kind


@pytest.mark.parametrize(
    ("data", "suffix", "kind"),
    [
        (TEXT.encode(), ".txt", "text"),
        (TEXT.encode(), ".doc", "text"),
        (TEXT.encode("gbk"), ".html", "text"),
        (TEXT.encode(), ".csv", "text"),
        (CSV.encode(), ".csv", "csv"),
        (CSV.encode("gbk"), ".txt", "csv"),
        ("标题,内容说明\na,b\n".encode(), ".txt", "text"),
        ("甲,乙\n1,2\n".encode(), ".csv", "csv"),
        ("正文\n甲\n".encode(), ".csv", "csv"),
        (MARKDOWN.encode(), ".md", "markdown"),
        (MARKDOWN.encode(), ".txt", "text"),
        (MARKDOWN.encode(), ".rst", "markdown"),
        (f"本文介绍%PDF-1.7格式。{WORDS * 3}".encode(), ".txt", "text"),
        ("BM区民宗局总结".encode(), ".txt", "text"),
        ("MZ乡总结".encode(), ".txt", "text"),
        ("<通知>各单位：".encode(), ".txt", "text"),
        ("{一}总结".encode(), ".txt", "text"),
    ],
)  # fmt: skip
def test_plain_text_of_several_kinds(data: bytes, suffix: str, kind: str) -> None:
    assert sniff(data, suffix=suffix, where="a") == kind


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (b"\xff\xd8\xff\xe0", "a picture"),
        (b"BM\x00\x00", "a picture"),
        (b"Rar!\x1a\x07\x00", "a packed archive"),
        (b"7z\xbc\xaf\x27\x1c", "a packed archive"),
        (zipped({"a.txt": "x"}), "a packed archive"),
        (zipped({"ppt/presentation.xml": "x"}), "a presentation"),
        (zipped({"xl/workbook.bin": "x"}), "an XLSB table"),
        (zipped({"OFD.xml": "x"}), "an OFD file"),
        (zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}), "an ODS table"),
        (b"PAR1\x00", "a Parquet table"),
        (b"PK\x03\x04" + b"x" * 50, "truncated or damaged"),
    ],
)
def test_what_cannot_be_read_is_named_with_a_remedy(data: bytes, what: str) -> None:
    with pytest.raises(ReadError, match=what) as caught:
        sniff(data, suffix=".docx", where="a")
    assert caught.value.remedy
