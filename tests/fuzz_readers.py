"""Mutate valid files of every kind and read them: `python tests/fuzz_readers.py --files 20000`.

Every file must come to documents or to a ReadError of one line, in bounded time. What counts as a fault: any other exception, a
reader that failed or crashed in its child process, a file that took too long, a document that breaks its own promises. Faulty files
are kept in a folder. The same seed makes the same files.
"""

from __future__ import annotations

import argparse
import io
import random
import re
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from pipeline.errors import ReadError
from pipeline.read import Source, read_documents
from pipeline.readers import legacy
from pipeline.readers.content import Limits
from pipeline.records import Document
from tests.fixtures.hostile import book
from tests.fixtures.make_docx import CASES
from tests.fixtures.ole_parts import compound, workbook
from tests.fixtures.pages import CSV, JSONL, MARKDOWN, PAGE, REPORT, TEXT
from tests.fixtures.pdf_parts import pages_of, pdf

LIMITS = Limits(seconds=10)
SLOW = 15.0  # seconds from which a file counts as a hang
_BAD = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff]")
_FAULT = re.compile("its reader failed|makes its reader crash")
_TOKENS = (
    b"\x00", b"\xff", b"\xff\xfe", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xe2\x80\xae", b"<", b">", b"&", b"]]>", b"<!--", b"<![CDATA[", b"&#xD800;",
    b"<!DOCTYPE x>", b"<table>", b"</td>", b"<p>", b"<div>", b"<w:p>", b"</w:p>", b"<w:tbl>", b'<w:numId w:val="1"/>', b'w:val="-1"', b'w:val="99999999999"',
    b"endobj", b"stream", b"%%EOF", b"<<", b">>", b"/Kids[2 0 R]", b"/Count -1", b"99999999999999", b"-1", b"0", b'"', b"'", b"\\", b"{", b"[", b"```", b"**", b"|",
    b"---\n", b"\r", b"\n\n", b"\t", b"\x0c", "【字体：大 中 小】".encode(), "来源：".encode(), "　".encode(), "\U00020bb7".encode(),
)  # fmt: skip


def seeds() -> dict[str, bytes]:
    """Return a valid file of every kind and make, by name."""
    sheet: dict[tuple[int, int], float | str] = {
        (0, 0): "正文",
        (0, 1): "单位",
        (1, 0): "".join(REPORT),
        (1, 1): "青石县",
        (2, 0): 2023.0,
    }
    return {
        **{f"{name}.docx": make() for name, make in CASES.items()},
        "report.pdf": pdf(pages_of(REPORT, header="内部资料")),
        "long.pdf": pdf(pages_of(REPORT * 6)),
        "page.html": PAGE.encode(),
        "page-gbk.htm": PAGE.replace("utf-8", "gb2312").encode("gb18030"),
        "archive.mht": b"MIME-Version: 1.0\nContent-Type: multipart/related; boundary=b\n\n--b\n"
        b"Content-Type: text/html; charset=utf-8\n\n" + PAGE.encode() + b"\n--b--\n",
        "report.md": MARKDOWN.encode(),
        "report.txt": TEXT.encode(),
        "report-gbk.txt": TEXT.encode("gbk"),
        "report-utf16.txt": b"\xff\xfe" + TEXT.encode("utf-16-le"),
        "table.csv": CSV.encode("utf-8-sig"),
        "table-gbk.csv": CSV.encode("gbk"),
        "table.jsonl": JSONL.encode(),
        "table.xlsx": book(),
        "table.xls": compound({"Workbook": workbook(sheet)}),
        "old.doc": compound({"WordDocument": b"\xec\xa5\xc1\x00" + b"\0" * 600, "1Table": b"x"}),
    }


def mutate(data: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    """Return a file with one to eight faults; of a zip container mostly within a part, so that what lies behind it is met."""
    if data.startswith(b"PK") and chance.random() < 0.75:
        return _mutate_part(data, chance, others)
    valid = data
    for _ in range(chance.choice((1, 1, 2, 3, 8))):
        data = chance.choice(_MUTATIONS)(data, chance, others)
    return _mended(valid, data) if chance.random() < 0.7 else data


def _mended(valid: bytes, data: bytes) -> bytes:
    """Take out bytes that no longer decode, if the valid file did: what lies behind the charset is to be met, too."""
    for charset in ("utf-8", "gb18030"):
        try:
            valid.decode(charset)
        except UnicodeDecodeError:
            continue
        return data.decode(charset, "ignore").encode(charset)
    return data


def _mutate_part(data: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        names = old.namelist()
        chosen = chance.choice([name for name in names if "document" in name or "numbering" in name] or names)
        chosen = chosen if chance.random() < 0.7 else chance.choice(names)
        for name in names:
            content = old.read(name)
            if name == chosen:
                valid = content
                for _ in range(chance.choice((1, 1, 2, 3, 8))):
                    content = chance.choice((*_MUTATIONS, *_MARKUP, *_MARKUP))(content, chance, others)
                content = _mended(valid, content)
            new.writestr(name, content)
    return stream.getvalue()


def _span(data: bytes, chance: random.Random, most: int = 400) -> tuple[int, int]:
    start = chance.randrange(len(data) + 1)
    return start, min(len(data), start + chance.randrange(1, most))


def _flip(data: bytes, chance: random.Random, _: list[bytes]) -> bytes:
    held = bytearray(data)
    for _number in range(chance.choice((1, 2, 10))):
        if held:
            held[chance.randrange(len(held))] ^= 1 << chance.randrange(8)
    return bytes(held)


def _cut(data: bytes, chance: random.Random, _: list[bytes]) -> bytes:
    start, end = _span(data, chance)
    return data[:start] + data[end:]


def _truncate(data: bytes, chance: random.Random, _: list[bytes]) -> bytes:
    return data[: chance.randrange(len(data) + 1)] if chance.random() < 0.3 else data


def _double(data: bytes, chance: random.Random, _: list[bytes]) -> bytes:
    start, end = _span(data, chance)
    return data[:end] + data[start:end] * chance.choice((1, 2, 50)) + data[end:]


def _noise(data: bytes, chance: random.Random, _: list[bytes]) -> bytes:
    start, end = _span(data, chance, 30)
    return data[:start] + chance.randbytes(end - start) + data[end:]


def _token(data: bytes, chance: random.Random, _: list[bytes]) -> bytes:
    start = chance.randrange(len(data) + 1)
    return data[:start] + chance.choice(_TOKENS) * chance.choice((1, 1, 1, 3, 200)) + data[start:]


def _splice(data: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    other = chance.choice(others)
    start, end = _span(other, chance, 2000)
    at = chance.randrange(len(data) + 1)
    return data[:at] + other[start:end] + data[at:]


def _number(data: bytes, chance: random.Random, _: list[bytes]) -> bytes:
    found = list(re.finditer(rb"\d+", data))
    if not found:
        return data
    match = chance.choice(found)
    return data[: match.start()] + chance.choice((b"0", b"-1", b"4294967296", b"99999", b"")) + data[match.end() :]


def _drop_tag(data: bytes, chance: random.Random, _: list[bytes]) -> bytes:
    """Take out a pair of tags or a whole element, so that the rest stays well-formed."""
    found = list(re.finditer(rb"<([\w:]+)[^<>/]*>([^<>]*)</\1>|<[\w:]+[^<>]*/>", data))
    if not found:
        return data
    match = chance.choice(found)
    return data[: match.start()] + ((match[2] or b"") if chance.random() < 0.5 else b"") + data[match.end() :]


def _move_element(data: bytes, chance: random.Random, _: list[bytes]) -> bytes:
    found = list(re.finditer(rb"<(w:\w+)[ >](?:(?!<\1[ >]).){0,1500}?</\1>", data, re.DOTALL))
    ends = list(re.finditer(rb"</w:\w+>", data))
    if not found or not ends:
        return data
    match, at = chance.choice(found), chance.choice(ends).start()
    return data[:at] + match[0] * chance.choice((1, 1, 20)) + data[at:]


_MUTATIONS: tuple[Callable[[bytes, random.Random, list[bytes]], bytes], ...] = (
    _flip, _cut, _truncate, _double, _noise, _token, _token, _splice, _number,
)  # fmt: skip
_MARKUP = (_drop_tag, _drop_tag, _move_element, _move_element, _number)


def check(document: Document) -> None:
    """Raise AssertionError for a document that breaks its promises."""
    assert document.text.strip(), "no text"
    assert not _BAD.search(document.text), "control characters or surrogates"
    assert len(document.text) <= LIMITS.characters, "too long"
    for start, end, level in document.headings:
        assert 0 <= start < end <= len(document.text) and 0 <= level <= 9, "heading out of place"
        words = document.text[start:end]
        assert words == words.strip() and "\n" not in words, "heading is no line"
    assert all(count > 0 for count in document.removed.values()), "nothing counted as removed"


def read(file: Path) -> str:
    """Read a file and return what it came to; a fault begins with ``FAULT``."""
    started = time.monotonic()
    try:
        documents = list(read_documents(Source(file, file.name), limits=LIMITS))
        for document in documents:
            check(document)
        outcome = f"read {documents[0].kind}" if documents else "FAULT: nothing"
    except ReadError as error:
        line = error.line()
        outcome = f"FAULT: {line}" if _FAULT.search(line) or "\n" in line or not error.remedy else f"refused: {_kind(error)}"
    except Exception as error:  # the very thing that is looked for
        outcome = f"FAULT: {type(error).__name__}: {error}"
    seconds = time.monotonic() - started
    return f"FAULT: {seconds:.1f} seconds" if seconds > SLOW else outcome


def _kind(error: ReadError) -> str:
    return re.sub(r"part \S+|[‘“'\"(].*|\d[\d,]*|among .*|\bbyte.*", "…", error.what)[:70]


def main() -> int:
    """Run the fuzzer."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=2000, help="how many files to make")
    parser.add_argument("--seed", type=int, default=1, help="which files to make")
    parser.add_argument("--only", default="", help="seeds whose name contains this")
    parser.add_argument("--office", action="store_true", help="let LibreOffice open the old files, some seconds each")
    options = parser.parse_args()
    if not options.office:
        legacy.find_office = lambda: ""
    valid = {name: data for name, data in seeds().items() if options.only in name}
    chance, others = random.Random(options.seed), list(valid.values())
    outcomes: Counter[str] = Counter()
    faults, slowest, started = 0, (0.0, ""), time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        for number in range(options.files):
            name = chance.choice(list(valid))
            data = mutate(valid[name], chance, others)
            file = Path(folder) / name
            file.write_bytes(data)
            before = time.monotonic()
            outcome = read(file)
            slowest = max(slowest, (time.monotonic() - before, f"{number} {name}"))
            outcomes[outcome] += 1
            if outcome.startswith("FAULT"):
                faults += 1
                kept = Path("fuzz-faults") / f"{options.seed}-{number}-{name}"
                kept.parent.mkdir(exist_ok=True)
                kept.write_bytes(data)
                print(f"{kept}: {outcome}", flush=True)
    for outcome, count in outcomes.most_common(60):
        print(f"{count:7,}  {outcome}")
    seconds = time.monotonic() - started
    print(f"{options.files:,} files, {faults} faults, {seconds:.0f} s, slowest {slowest[0]:.2f} s ({slowest[1]})")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
