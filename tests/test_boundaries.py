"""Where headings, points and sentences begin, against paragraphs that were marked by hand (fixtures/boundaries.txt)."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline.records import Document
from pipeline.structure import structure

MARKED = Path(__file__).parent / "fixtures" / "boundaries.txt"
_KINDS = {"#": "heading", "*": "point", " ": "sentence"}


@dataclass(frozen=True)
class Marked:
    """A paragraph marked by hand: its text, and the offsets at which its headings, points and further sentences begin."""

    source: str
    text: str
    begins: frozenset[tuple[str, int]]


def read_marked(text: str) -> Iterator[Marked]:
    """Yield the paragraphs of a marked file."""
    for block in text.split("\n@ ")[1:]:
        source, *lines = block.strip("\n").split("\n")
        begins, at = set(), 0
        for line in lines:
            begins.add((_KINDS[line[0]], at))
            at += len(line) - 2
        yield Marked(source, "".join(line[2:] for line in lines), frozenset(begins))


def found(text: str) -> frozenset[tuple[str, int]]:
    """Return where the headings, points and further sentences of a paragraph begin, as the program finds them."""
    begins, point = set(), 0
    for sentence in structure(Document("report.txt", text)).sentences:
        opens = sentence.point != point and sentence.point > 0
        begins.add(("heading" if sentence.is_heading else "point" if opens else "sentence", sentence.start))
        point = sentence.point or point
    return frozenset(begins)


def f1(right: int, wrong: int, missed: int) -> float:
    """Return the harmonic mean of precision and recall."""
    return 2 * right / (2 * right + wrong + missed)


PARAGRAPHS = tuple(read_marked(MARKED.read_text(encoding="utf-8")))


def test_the_marked_paragraphs_are_many_long_and_of_all_layouts() -> None:
    assert len(PARAGRAPHS) >= 200
    assert all(len(marked.text) >= 150 for marked in PARAGRAPHS)
    assert len({marked.source.rsplit("-", 1)[0] for marked in PARAGRAPHS}) >= 40
    kinds = Counter(kind for marked in PARAGRAPHS for kind, _ in marked.begins)
    assert kinds["heading"] >= 50
    assert kinds["point"] >= 500


def test_headings_and_points_begin_where_a_person_marked_them(capsys: pytest.CaptureFixture[str]) -> None:
    right, wrong, missed = Counter[str](), Counter[str](), Counter[str]()
    faults = []
    for marked in PARAGRAPHS:
        ours = found(marked.text)
        right.update(kind for kind, _ in ours & marked.begins)
        wrong.update(kind for kind, _ in ours - marked.begins)
        missed.update(kind for kind, _ in marked.begins - ours)
        faults += [f"{marked.source}: {kind} {marked.text[at : at + 12]}… not marked" for kind, at in sorted(ours - marked.begins)]
        faults += [f"{marked.source}: {kind} {marked.text[at : at + 12]}… not found" for kind, at in sorted(marked.begins - ours)]
    scores = {kind: f1(right[kind], wrong[kind], missed[kind]) for kind in ("heading", "point", "sentence")}
    shown = ", ".join(f"{kind} F1 {score:.4f} of {right[kind] + missed[kind]}" for kind, score in scores.items())
    with capsys.disabled():
        sys.stdout.write("\n".join(["", f"{len(PARAGRAPHS)} marked paragraphs: {shown}", *faults, ""]))
    assert min(scores.values()) >= 0.99, "\n".join(faults)
