"""The bundled reports give the same sentences whatever file they come in: .txt in three charsets, .docx, .html, .md, .pdf, tables."""

from __future__ import annotations

import html
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.read import Source, read_document
from pipeline.readers.legacy import find_office
from pipeline.readers.numbering import W
from pipeline.structure import structure
from tests.fixtures import docx_parts as parts
from tests.fixtures.pdf_parts import pages_of, pdf

assert W  # the reader whose numbers are tested
SEEDS = sorted((Path(__file__).parent.parent.parent / "seeds").glob("*.txt"))
EVERY_TENTH = SEEDS[::10]
_CHINESE = re.compile(r"([一二三四五六七八九十]{1,3})、")
_BRACKETED = re.compile(r"（([一二三四五六七八九十]{1,3})）")
_NUMERALS = {sign: value for value, sign in enumerate("一二三四五六七八九十", 1)}


def paragraphs_of(file: Path) -> list[str]:
    """Return the paragraphs of a report."""
    return [line.strip() for line in file.read_text(encoding="utf-8").split("\n") if line.strip()]


def as_docx(paragraphs: list[str]) -> bytes:
    """Write a report as Word does: its Chinese numbers are automatic ones wherever they count on."""
    levels = (("chineseCountingThousand", "%1、", ""), ("chineseCountingThousand", "（%2）", '<w:suff w:val="nothing"/>'))
    body, counts = [], [0, 0]
    for text in paragraphs:
        for place, pattern in enumerate((_CHINESE, _BRACKETED)):
            found = pattern.match(text)
            if found and _NUMERALS.get(found[1]) == counts[place] + 1:
                counts[place] += 1
                counts[1] = 0 if place == 0 else counts[1]
                body.append(parts.paragraph(text[found.end() :], number=(1, place)))
                break
        else:
            body.append(parts.paragraph(text))
    return parts.package("".join(body), numbering=[parts.abstract(0, *levels), parts.num(1, 0)])


def as_html(paragraphs: list[str]) -> bytes:
    """Write a report as a web page."""
    lines = "\n".join(f"<p>　　{html.escape(text)}</p>" for text in paragraphs)
    return f"<!DOCTYPE html><html><head><meta charset=utf-8><title>x</title></head><body>{lines}</body></html>".encode()


def as_pdf(paragraphs: list[str]) -> bytes:
    """Set a report on pages."""
    return pdf(pages_of(paragraphs, header="内部资料 注意保存"))


WRITERS: dict[str, Callable[[list[str]], bytes]] = {
    "gbk.txt": lambda paragraphs: "\n".join(paragraphs).encode("gb18030"),
    "utf16.txt": lambda paragraphs: "\r\n".join(paragraphs).encode("utf-16"),
    "a.docx": as_docx,
    "a.html": as_html,
    "a.md": lambda paragraphs: "\n\n".join(paragraphs).encode(),
    "a.pdf": as_pdf,
    "a.jsonl": lambda paragraphs: (json.dumps({"text": "\n".join(paragraphs)}) + "\n").encode(),
    "a.csv": lambda paragraphs: ("正文\n" + "".join(f'"{text}"\n' for text in paragraphs).replace("\n\n", "\n")).encode(
        "utf-8-sig"
    ),
}


def sentences(file: Path) -> list[str]:
    """Return the sentences of a report, without blanks."""
    from pipeline.readers.content import Columns

    document = read_document(Source(file, file.name), columns=Columns(row="paragraph"))
    return ["".join(sentence.text.split()) for sentence in structure(document).sentences]


@pytest.mark.parametrize("name", WRITERS)
def test_the_same_report_gives_the_same_sentences(name: str, tmp_path: Path) -> None:
    characters = right = 0
    for seed in SEEDS:
        paragraphs = paragraphs_of(seed)
        plain, other = tmp_path / "plain.txt", tmp_path / name
        plain.write_text("\n".join(paragraphs), encoding="utf-8")
        other.write_bytes(WRITERS[name](paragraphs))
        expected, found = sentences(plain), sentences(other)
        same = set(found)
        characters += sum(map(len, expected))
        right += sum(len(sentence) for sentence in expected if sentence in same)
        assert "".join(found) == "".join(expected), seed.name
    assert right / characters >= 0.999


def test_the_automatic_numbers_are_really_automatic() -> None:
    assert sum(as_docx(paragraphs_of(seed)).count(b"") > 0 for seed in EVERY_TENTH) == len(EVERY_TENTH)
    assert sum(b"numbering" in as_docx(paragraphs_of(seed)) for seed in EVERY_TENTH) == len(EVERY_TENTH)


def test_pages_that_libreoffice_sets_give_the_same_paragraphs(tmp_path: Path) -> None:
    office = find_office()
    if not office:
        pytest.skip("LibreOffice isn't installed")
    look = '<w:spacing w:line="560" w:lineRule="exact"/><w:ind w:firstLineChars="200" w:firstLine="640"/><w:jc w:val="both"/>'
    normal = parts.style("a", "Normal", run_properties='<w:rFonts w:eastAsia="Noto Serif CJK SC"/><w:sz w:val="32"/>', default=True)
    for seed in EVERY_TENTH:
        title, *rest = paragraphs_of(seed)
        head = parts.paragraph(raw=parts.run(title, '<w:b/><w:sz w:val="44"/>'), extra='<w:jc w:val="center"/>')
        body = head + "".join(parts.paragraph(text, extra=look) for text in rest)
        (tmp_path / f"{seed.stem}.docx").write_bytes(parts.package(body, styles=[normal]))
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [office, profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), *map(str, tmp_path.glob("*.docx"))]
    subprocess.run(command, check=False, capture_output=True, timeout=300)
    if not list(tmp_path.glob("*.pdf")):
        pytest.skip("LibreOffice has no writer")
    count = right = 0
    for seed in EVERY_TENTH:
        document = read_document(Source(tmp_path / f"{seed.stem}.pdf", "a.pdf"))
        found = {"".join(line.split()) for line in document.text.split("\n")}
        paragraphs = ["".join(text.split()) for text in paragraphs_of(seed)]
        count += len(paragraphs)
        right += sum(text in found for text in paragraphs)
    # LibreOffice itself loses a full stop that hangs in the margin now and then.
    assert right / count >= 0.98
