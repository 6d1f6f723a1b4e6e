"""Reports for the benchmark of speed: a folder of any size from a folder of reports, and labelled sentences as a table."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path

from benchmarks.corpus import ROOT, load_corpus

NATIONAL = ROOT.parent / "shared" / "data" / "gwr-national" / "government_work_reports.jsonl"
_CLAUSE = re.compile(r"[^，。；：！？、\n]+")


def texts_of(folder: Path | None) -> list[str]:
    """Return the texts of the .txt files in a folder; without one those of national reports beside the repository, else the bundled ones."""
    if folder is not None:
        return [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.txt"))]
    if NATIONAL.is_file():
        with NATIONAL.open(encoding="utf-8") as rows:
            reports = [json.loads(row) for row in rows]
        return [f"{report['title']}\n{report['content']}" for report in reports if report["year"]]
    return [path.read_text(encoding="utf-8") for path in sorted((ROOT / "seeds").glob("*.txt"))]


def write_reports(texts: list[str], folder: Path, megabytes: float | None = None) -> Path:
    """Write reports as they are, or until they come to so many megabytes: past the first round with their clauses exchanged.

    A copy would let a program that knows a sentence again pass it over; of exchanged clauses every sentence is new.
    """
    folder.mkdir(parents=True)
    left = megabytes * 1e6 if megabytes else float("inf")
    for number, text in enumerate(_rounds(texts) if megabytes else texts):
        data = text.encode("utf-8")
        if left <= 0:
            break
        (folder / f"{number:05d}.txt").write_bytes(
            data if len(data) <= left else data[: int(left)].decode("utf-8", "ignore").encode()
        )
        left -= len(data)
    return folder


def _rounds(texts: list[str]) -> Iterator[str]:
    yield from texts
    chance, clauses = random.Random(1), [clause for text in texts for clause in _CLAUSE.findall(text)]  # noqa: S311
    while True:
        shuffled = iter(chance.sample(clauses, len(clauses)))
        for text in texts:
            yield _CLAUSE.sub(lambda _, shuffled=shuffled: next(shuffled), text)  # type: ignore[misc]


def write_labelled(file: Path, count: int | None = None) -> Path:
    """Write the labelled sentences of the bundled corpus, or some of them drawn by chance, as lines with text and category."""
    corpus, _, _ = load_corpus()
    rows = [
        f"{sentence.text}\t{corpus.codebook.category_codes[code]}\n"
        for document, codes in zip(corpus.documents, corpus.categories, strict=True)
        for sentence, code in zip(document.sentences, codes.tolist(), strict=True)
        if code >= 0 and "\t" not in sentence.text
    ]
    if count:
        rows = random.Random(1).sample(rows, count)  # noqa: S311
    file.write_text("".join(rows), encoding="utf-8")
    return file
