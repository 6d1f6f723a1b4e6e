"""Tell what a file is by its content; its name decides only between kinds of plain text."""

from __future__ import annotations

import re

from pipeline.errors import ReadError
from pipeline.patterns import lazy
from pipeline.readers.content import TEXT_COLUMNS, Limits
from pipeline.readers.ole import MAGIC, CompoundFile

# What the first bytes say, and how such a file becomes one that can be read.
_FOREIGN = (
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"BM", "a picture"),
    (b"II*\x00", "a picture"),
    (b"MM\x00*", "a picture"),
    (b"Rar!", "a packed archive"),
    (b"7z\xbc\xaf", "a packed archive"),
    (b"\x1f\x8b", "a packed archive"),
    (b"BZh", "a packed archive"),
    (b"\xfd7zXZ", "a packed archive"),
    (b"SQLite format 3", "a database"),
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
    (b"%!PS", "a PostScript file"),
    (b"PAR1", "a Parquet table"),
    (b"CAJ", "a CAJ file"),
    (b"HN\x00", "a CAJ file"),
)
_REMEDIES = {
    "a picture": "run text recognition (OCR) on it and save the text",
    "a packed archive": "unpack it and give the files in it",
    "a Parquet table": "save it as .csv or .xlsx",
    "a presentation": "save its text as .docx",
    "an OFD file": "open it in its reader and export it as PDF or .docx",
    "an ODS table": "save it as .xlsx",
    "an XLSB table": "save it as .xlsx",
}
_HTML = lazy(
    r"<!doctype\s+html|<(?:html|head|body|div|p|table|span|br|h[1-6]|center|font|article|section)[\s/>]|<meta\s[^>]{0,200}charset",
    re.IGNORECASE,
)
_PDF = re.compile(rb"(?:^|[\r\n\x00]|\xef\xbb\xbf)[ \t]*%PDF-")  # after junk, too, as every reader bears it; not within prose
_WORD_XML = lazy(r"Word\.Document|<w:wordDocument|<pkg:package|<uof:UOF")
_JSON = lazy(r'\[?\s*\{\s*"[^"\n]{1,80}"\s*:')
_MARKDOWN = lazy(r"^(?:#{1,6} \S|\*\*[^*\n]+\*\*\s*$|```)", re.MULTILINE)
_HEAD = 65_536
_WEB = frozenset({".html", ".htm", ".xhtml", ".shtml"})
_ANSWER = "save it as .docx, .pdf or .txt"


def sniff(data: bytes, *, suffix: str, where: str) -> str:
    """Return the kind of a file: docx, xlsx, doc, xls, pdf, html, mhtml, markdown, csv, jsonl or text.

    Args:
        data: the whole file.
        suffix: ending of its name in lower case, with the dot.
        where: its name for errors.

    Raises:
        ReadError: the file is of a kind that can't be read.
    """
    head = data[:_HEAD]
    if head.startswith(MAGIC):
        return _compound(data, where)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _zipped(data, where)
    if _PDF.search(head[:1024]):
        return "pdf"
    if head.lstrip().startswith(b"{\\rtf"):
        return "doc"
    for magic, what in _FOREIGN:
        if head.startswith(magic) and (b"\x00" in head or not magic.isascii()):
            raise ReadError(f"this is {what}", where=where, remedy=_REMEDIES.get(what, _ANSWER))
    return _plain(head, suffix)


def _compound(data: bytes, where: str) -> str:
    kind = CompoundFile(data).kind
    if kind == "encrypted":
        raise ReadError("the file is encrypted", where=where, remedy="save it without a password and try again")
    if kind == "ppt":
        raise ReadError("this is a presentation", where=where, remedy=_REMEDIES["a presentation"])
    if not kind:
        what = "this is an old Office file that is truncated, damaged or of an unknown kind"
        raise ReadError(what, where=where, remedy="open it in Word or WPS, save it as .docx and try again")
    return kind


def _zipped(data: bytes, where: str) -> str:
    from pipeline.readers.package import Package  # 4 ms, which text needs not wait for

    package = Package(data, where=where, limits=Limits())
    names = package.names
    mimetype = (package.read("mimetype") or b"")[:100]
    if b"opendocument.text" in mimetype:
        return "doc"
    foreign = {
        "an ODS table": b"opendocument.spreadsheet" in mimetype,
        "a presentation": b"opendocument.presentation" in mimetype or any(name.startswith("ppt/") for name in names),
        "an OFD file": "OFD.xml" in names,
        "an XLSB table": "xl/workbook.bin" in names,
    }
    for what, is_so in foreign.items():
        if is_so:
            raise ReadError(f"this is {what}", where=where, remedy=_REMEDIES[what])
    if any(name.startswith("xl/") for name in names):
        return "xlsx"
    if "[Content_Types].xml" in names or any(name.startswith("word/") for name in names):
        return "docx"
    raise ReadError("this is a packed archive", where=where, remedy=_REMEDIES["a packed archive"])


def _plain(head: bytes, suffix: str) -> str:
    text = _readable(head).lstrip()
    start = text[:4096]
    if re.match(r"mime-version\s*:", start, re.IGNORECASE) and "multipart/" in text.lower():
        return "mhtml"
    if start.startswith("<") and _WORD_XML.search(start):
        return "doc"
    if (start.startswith("<") and _HTML.search(start)) or (suffix in _WEB and re.search(r"<[a-zA-Z!/]", text)):
        return "html"
    if _JSON.match(text):
        return "jsonl"
    header = text.split("\n", 1)[0].strip()
    cells = {cell.strip().strip('"').lower() for cell in re.split("[,\t;]", header)}
    is_named_table = suffix in (".csv", ".tsv")
    if (len(cells) > 1 and (is_named_table or cells & TEXT_COLUMNS)) or (is_named_table and cells & TEXT_COLUMNS):
        return "csv"
    if suffix in (".md", ".markdown") or (suffix not in (".txt", "") and len(_MARKDOWN.findall(text)) > 2):
        return "markdown"
    return "text"


def _readable(head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", "replace")
    text = head.decode("utf-8-sig", "replace")
    return text if text.count("\ufffd") * 20 < len(text) else head.decode("gb18030", "replace")
