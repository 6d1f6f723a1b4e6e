"""The work on a chunk: plain values, the same however documents are put together, and a fault costs its document alone."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from pipeline import work
from pipeline.errors import ModelError
from pipeline.folder import folder_digest
from pipeline.lines import unpacked
from pipeline.model import load_model
from pipeline.posteriors import read_crossfitted
from pipeline.read import Source, find_sources
from pipeline.store import INTEGERS
from pipeline.structure import structure
from pipeline.tag import UNITS, columns_of
from pipeline.work import STRUCTURE, STRUCTURE_COLUMNS, TAG, Job, loaded, tag_chunk
from tests.conftest import Corpus

PLAIN = (str, int, float, type(None))


def job(folder: Path, by: str = "sentence", *, posteriors: bool = False, suffix: str = ".csv") -> Job:
    return Job(TAG, by, "zh", posteriors, folder, folder_digest(folder), suffix)


@pytest.mark.parametrize("by", UNITS)
def test_cells_are_plain_and_whole_numbers_are_whole(small_folder: Path, corpus: Corpus, by: str) -> None:
    for outcome in tag_chunk(job(small_folder, by, suffix=".parquet"), list(find_sources([corpus.reports]))):
        rows = list(zip(*unpacked(outcome.table), strict=True))
        assert len(rows) == outcome.rows > 0
        for row in rows:
            assert all(type(cell) in PLAIN for cell in row)
            cells = dict(zip(columns_of(by), row, strict=True))
            assert all(type(cells[name]) in (int, type(None)) for name in INTEGERS if name in cells)
            assert type(cells["probability"]) is float
            assert (cells["sentence"] is None) == (by != "sentence")


@pytest.mark.parametrize("kind", [TAG, STRUCTURE])
def test_documents_get_the_same_alone_and_together(small_folder: Path, corpus: Corpus, kind: str) -> None:
    sources = list(find_sources([corpus.reports]))
    wanted = job(small_folder) if kind == TAG else Job(STRUCTURE)
    together = tag_chunk(wanted, sources)
    assert together == [outcome for source in sources for outcome in tag_chunk(wanted, [source])]
    assert list(reversed(together)) == tag_chunk(wanted, sources[::-1])
    assert [outcome.name for outcome in together] == [source.name for source in sources]


def test_a_job_and_its_outcomes_can_be_sent(small_folder: Path, corpus: Corpus) -> None:
    wanted, sources = job(small_folder, posteriors=True), list(find_sources([corpus.reports]))
    outcomes = tag_chunk(pickle.loads(pickle.dumps(wanted)), pickle.loads(pickle.dumps(sources)))  # noqa: S301
    assert pickle.loads(pickle.dumps(outcomes)) == outcomes  # noqa: S301


def test_bytes_that_come_along_are_read_in_place_of_the_file(small_folder: Path, corpus: Corpus) -> None:
    source = next(find_sources([corpus.reports]))
    sent = Source(Path("nowhere/a.txt"), source.name, source.origin, source.path.read_bytes())
    assert tag_chunk(job(small_folder), [sent]) == tag_chunk(job(small_folder), [source])


def test_posteriors_are_those_of_the_model_or_cross_fitted_where_it_was_trained_on(
    small_folder: Path, corpus: Corpus, tmp_path: Path
) -> None:
    known = next(find_sources([corpus.reports]))
    (tmp_path / "new.txt").write_text(known.path.read_text(encoding="utf-8"), encoding="utf-8")
    ours, new = tag_chunk(job(small_folder, posteriors=True), [known, *find_sources([tmp_path])])
    assert ours.posteriors is not None
    assert new.posteriors is not None
    assert (ours.posteriors.crossfitted, new.posteriors.crossfitted) == (True, False)
    crossfitted = read_crossfitted(small_folder, load_model(small_folder).codebook)
    expected = crossfitted.category[known.name][0].round(6).tolist()
    assert ours.posteriors.values[0][: len(expected)] == expected
    assert len(new.posteriors.start) == len(new.posteriors.values) == new.sentences
    assert ours.posteriors.values != new.posteriors.values


@pytest.mark.parametrize(("fault", "words"), [(ZeroDivisionError("x"), "ZeroDivisionError: x"), (MemoryError(), "memory")])
def test_a_fault_costs_its_document_alone(corpus: Corpus, monkeypatch: pytest.MonkeyPatch, fault: Exception, words: str) -> None:
    whole = structure

    def fails(document: object) -> object:
        if getattr(document, "name", "") == "unit0-2023.txt":
            raise fault
        return whole(document)  # type: ignore[arg-type]

    monkeypatch.setattr(work, "structure", fails)
    outcomes = tag_chunk(Job(STRUCTURE, suffix=".xlsx"), list(find_sources([corpus.reports])))
    (failure,) = [outcome.failure for outcome in outcomes if outcome.failure]
    assert failure[0].endswith("unit0-2023.txt")
    assert words in failure[1]
    assert all(outcome.rows for outcome in outcomes if not outcome.failure)
    tables = [unpacked(outcome.table) for outcome in outcomes if not outcome.failure]
    assert all(len(columns) == len(STRUCTURE_COLUMNS) for columns in tables)


def test_a_model_that_is_another_by_now_is_refused(small_folder: Path) -> None:
    with pytest.raises(ModelError, match="trained anew meanwhile"):
        loaded(small_folder, "another")
