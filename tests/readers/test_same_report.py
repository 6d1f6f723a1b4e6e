"""The bundled reports give the same sentences whatever file they come in: .txt in three charsets, .docx, .html, .md, .pdf, tables."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pipeline.read import Source, read_document
from pipeline.readers.content import Columns
from pipeline.readers.legacy import find_office
from pipeline.readers.numbering import W
from pipeline.structure import structure
from tests.fixtures.formats import WRITERS, as_docx, as_styled_docx, paragraphs_of

assert W  # the reader whose numbers are tested
SEEDS = sorted((Path(__file__).parent.parent.parent / "seeds").glob("*.txt"))
EVERY_TENTH = SEEDS[::10]


def sentences(file: Path) -> list[tuple[str, bool, int, tuple[str, ...]]]:
    """Return the sentences of a report with their places, all without blanks."""
    document = read_document(Source(file, file.name), columns=Columns(row="paragraph"))
    return [
        ("".join(found.text.split()), found.is_heading, found.point, tuple("".join(heading.split()) for heading in found.headings))
        for found in structure(document).sentences
    ]


@pytest.mark.parametrize("name", WRITERS)
def test_the_same_report_gives_the_same_sentences(name: str, tmp_path: Path) -> None:
    characters = right = 0
    for seed in SEEDS[::4]:
        paragraphs = paragraphs_of(seed)
        plain, other = tmp_path / "plain.txt", tmp_path / name
        plain.write_text("\n".join(paragraphs), encoding="utf-8")
        other.write_bytes(WRITERS[name](paragraphs))
        expected, found = sentences(plain), sentences(other)
        same = set(found)
        characters += sum(len(sentence[0]) for sentence in expected)
        right += sum(len(sentence[0]) for sentence in expected if sentence in same)
        assert "".join(sentence[0] for sentence in found) == "".join(sentence[0] for sentence in expected), seed.name
    assert right / characters >= 0.999


def test_the_automatic_numbers_are_really_automatic() -> None:
    assert sum(as_docx(paragraphs_of(seed)).count(b"") > 0 for seed in EVERY_TENTH) == len(EVERY_TENTH)
    assert sum(b"numbering" in as_docx(paragraphs_of(seed)) for seed in EVERY_TENTH) == len(EVERY_TENTH)


def test_pages_that_libreoffice_sets_give_the_same_paragraphs(tmp_path: Path) -> None:
    office = find_office()
    if not office:
        pytest.skip("LibreOffice isn't installed")
    for seed in EVERY_TENTH:
        (tmp_path / f"{seed.stem}.docx").write_bytes(as_styled_docx(paragraphs_of(seed)))
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
