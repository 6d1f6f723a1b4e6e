"""The same report in every format: `python -m benchmarks.formats --reports 24`.

Says for each format which share of the characters stands in the same sentence, with the same place (heading, point, heading path)
and the same tags, as in the UTF-8 text. Two more formats are printed by programs, where these are installed: .pdf by LibreOffice
from .docx and by Chromium from .html.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.corpus import ROOT
from pipeline.model import Model, load_model
from pipeline.read import Source, read_document
from pipeline.readers.content import Columns
from pipeline.readers.legacy import find_office
from pipeline.resources import default_model
from pipeline.structure import structure
from pipeline.tag import tag_document
from tests.fixtures.formats import WRITERS, as_html, as_styled_docx, paragraphs_of

Unit = tuple[str, ...]


def print_files(reports: list[Path], folder: Path) -> Iterator[tuple[str, dict[str, Path]]]:
    """Yield what LibreOffice and Chromium print of the reports: a format, and the file of each report."""
    for name, suffix, write in (("LibreOffice.pdf", ".docx", as_styled_docx), ("Chromium.pdf", ".html", as_html)):
        below = folder / name
        below.mkdir()
        for report in reports:
            (below / f"{report.stem}{suffix}").write_bytes(write(paragraphs_of(report)))
        office, browser = find_office(), shutil.which("chromium") or shutil.which("google-chrome")
        if suffix == ".docx" and office:
            profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
            files = map(str, below.glob("*.docx"))
            _run([office, profile, "--headless", "--convert-to", "pdf", "--outdir", str(below), *files])
        elif suffix == ".html" and browser:
            for report in reports:
                target, page = below / f"{report.stem}.pdf", below / f"{report.stem}.html"
                _run([browser, "--headless", "--no-sandbox", "--disable-gpu", f"--print-to-pdf={target}", page.as_uri()])
        yield name, {report.stem: file for report in reports if (file := below / f"{report.stem}.pdf").exists()}


def _run(command: list[str]) -> None:
    subprocess.run(command, check=False, capture_output=True, timeout=600)


def units(file: Path, model: Model) -> Iterator[tuple[str, Unit, Unit]]:
    """Yield the sentences of a file: without blanks; with their places; with category and stage."""
    structured = structure(read_document(Source(file, file.name), columns=Columns(row="paragraph")))
    tags = tag_document(model, structured)
    for sentence, category, stage in zip(structured.sentences, tags["category"], tags["stage"], strict=True):
        text = "".join(sentence.text.split())
        path = "".join("/".join(sentence.headings).split())
        yield text, (text, str(sentence.is_heading), str(sentence.point), path), (text, str(category), str(stage))


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reports", type=int, default=24, help="how many bundled reports, spread over all")
    options = parser.parse_args()
    every = sorted((ROOT / "seeds").glob("*.txt"))
    bounds = [round(place * len(every) / options.reports) for place in range(options.reports + 1)]
    reports = [every[start] for start, end in pairwise(bounds) if start < end]
    model, characters = load_model(default_model()), Counter[str]()
    same: dict[str, list[int]] = {}
    with TemporaryDirectory() as name:
        folder = Path(name)
        printed = dict(print_files(reports, folder))
        for report in reports:
            files = {
                **{kind: folder / f"{report.stem}-{kind}" for kind in WRITERS},
                **{kind: held[report.stem] for kind, held in printed.items() if report.stem in held},
            }
            for kind, write in WRITERS.items():
                files[kind].write_bytes(write(paragraphs_of(report)))
            plain = folder / "plain.txt"
            plain.write_text("\n".join(paragraphs_of(report)), encoding="utf-8")
            expected = list(units(plain, model))
            for kind, file in files.items():
                found = [set(column) for column in zip(*units(file, model), strict=True)]
                characters[kind] += sum(len(text) for text, _, _ in expected)
                counts = same.setdefault(kind, [0, 0, 0])
                for unit in expected:
                    for place, part in enumerate(unit):
                        counts[place] += len(unit[0]) * (part in found[place])
    print(f"{len(reports)} reports; share of characters with the same sentence, place, tags")
    for kind, counts in same.items():
        print(f"{kind:16}{characters[kind]:9,} characters " + " ".join(f"{count / characters[kind]:8.4%}" for count in counts))
    print(*[f"{kind}: not installed" for kind, held in printed.items() if not held], sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
