"""Work on a batch of files: one broken file never stops it, nothing that is done is lost, and memory stays flat as it grows."""

from __future__ import annotations

import csv
import io
import os
import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from pipeline import __version__
from pipeline.errors import Stopped, WorktagError
from pipeline.folder import folder_digest
from pipeline.gather import Gathered, Item, chunks, gather
from pipeline.journal import Journal
from pipeline.store import neutral, posteriors_path, replace_bytes
from pipeline.tally import Progress, Summary, Tally
from pipeline.work import STRUCTURE, TAG, Job, Outcome, loaded, tag_chunk
from pipeline.write import TableWriter, table_writer

ERROR_COLUMNS = ("document", "where", "what", "what to do")
DUPLICATE_COLUMNS = ("document", "same as")

# A chunk's documents and what became of them; chunks may come in any order, each with its number.
Done = tuple[int, Sequence[tuple[Item, Outcome]]]
Executor = Callable[[Job, Iterator[tuple[Item, ...]]], Generator[Done]]
# Bytes of text for which one more process is worth its start: on two cores 2 MB took .71 and .67 s, 4 MB 1.08 and .87.
_WORK_OF_A_PROCESS = 2_000_000


@dataclass(frozen=True, slots=True)
class Way:
    """How a batch is worked through; it changes nothing of the result.

    Attributes:
        resume: True: go on with what an earlier call has kept; False: begin anew; None: refuse if there is something.
        jobs: processes on this machine; 0: as many as pay off.
        dask: address of a Dask scheduler, whose workers do it; empty: this machine.
        progress: is told how far it is, chunk by chunk.
    """

    resume: bool | None = None
    jobs: int = 1
    dask: str = ""
    progress: Callable[[Progress], None] = field(default=lambda _: None)


def errors_path(output: Path) -> Path:
    """Return where the failures of a batch are listed."""
    return output.with_name(f"{output.name}.errors.csv")


def duplicates_path(output: Path) -> Path:
    """Return where the documents are listed that have the same content as another."""
    return output.with_name(f"{output.name}.duplicates.csv")


def tag_batch(
    model: Path,
    paths: Iterable[Path],
    output: Path,
    *,
    by: str = "sentence",
    language: str = "zh",
    posteriors: bool = False,
    way: Way | None = None,
) -> Summary:
    """Tag all reports among ``paths`` into one table.

    Args:
        model: the model folder.
        paths: files and folders.
        output: the table; replaced when the batch is through.
        by: what a row is.
        language: of names and headers.
        posteriors: for comparing: the posteriors of all sentences are written beside the table, and reports that the model was trained on
            are tagged by their cross-fitted ones.
        way: how; None: in this process.

    Raises:
        ReadError: a path doesn't exist, or a folder holds no report: nothing is tagged then.
        ModelError: the model can't be loaded.
        TableError: the output can't be written, or something is kept of a batch that was stopped and ``way`` doesn't say what to do.
        WorktagError: there are no such workers.
        Stopped: Ctrl-C; what is done is kept beside the output.
    """
    job = Job(TAG, by, language, posteriors, model.absolute(), folder_digest(model), output.suffix.lower())
    stages = _stage_names(model, language) if job.suffix == ".xlsx" else {}
    summary = _run(
        job,
        paths,
        output,
        lambda beside: table_writer(output, job.columns, language=language, stage_names=stages, beside=beside),
        way,
    )
    if not posteriors:
        posteriors_path(output).unlink(missing_ok=True)  # of an earlier batch
    return summary


def structure_batch(paths: Iterable[Path], output: Path, *, way: Way | None = None) -> Summary:
    """Write the structure of all reports among ``paths``: a row a heading or sentence, for checking by eye.

    Raises:
        ReadError: a path doesn't exist, or a folder holds no report.
        TableError: the output can't be written, or something is kept of a batch that was stopped and ``way`` doesn't say what to do.
        WorktagError: there are no such workers.
        Stopped: Ctrl-C; what is done is kept beside the output.
    """
    job = Job(STRUCTURE, suffix=output.suffix.lower())
    return _run(job, paths, output, lambda beside: table_writer(output, job.columns, beside=beside), way)


def _stage_names(model: Path, language: str) -> dict[str, str]:
    from pipeline.codebook import read_codebook

    return {code.code: code.names.get(language, code.code) for code in read_codebook(model / "codebook.yaml").stages}


def _run(job: Job, paths: Iterable[Path], output: Path, writer_to: Callable[[Path], TableWriter], way: Way | None) -> Summary:
    way = way or Way()
    journal = Journal(output, _made_by(job), resume=way.resume)
    writer = writer_to(journal.folder / "table")
    gathered = gather(paths)
    tally = Tally(gathered)
    try:
        with journal:
            try:
                _write(job, output, _outcomes(job, gathered, journal, way, tally), writer, journal)
                summary = tally.summary()
                failures = [(failure.document, *_parts(failure.error)) for failure in summary.failures]
                _write_list(errors_path(output), ERROR_COLUMNS, failures)
                _write_list(duplicates_path(output), DUPLICATE_COLUMNS, summary.duplicates)
            except WorktagError as error:
                raise type(error)(error.what, where=error.where, remedy=f"{error.remedy}{_kept(journal, gathered)}") from error
    except KeyboardInterrupt as stop:
        raise Stopped(f"stopped; the output is as it was before{_kept(journal, gathered)}") from stop
    return summary


def _made_by(job: Job) -> dict[str, str]:
    """Return all that rows depend on beside the documents, in the words of the command line."""
    made = {"command": job.kind, "version of worktag": __version__}
    if job.kind == TAG:
        made |= {"--model": job.digest, "--by": job.by, "--lang": job.language, "--posteriors": str(job.posteriors)}
    return made


def _kept(journal: Journal, gathered: Gathered) -> str:
    if not len(journal):
        return ""
    return f"; {len(journal):,} of {len(gathered.items):,} documents are kept, call it again with --resume to go on"


def _write(job: Job, output: Path, outcomes: Generator[Outcome], writer: TableWriter, journal: Journal) -> None:
    with ExitStack() as stack:
        stack.enter_context(closing(outcomes))
        stack.enter_context(writer)
        beside = None
        if job.posteriors:
            from pipeline.posteriors import PosteriorWriter

            model = loaded(job.folder, job.digest)
            beside = stack.enter_context(PosteriorWriter(output, model, beside=journal.folder / "posteriors"))
        for outcome in outcomes:
            if outcome.rows:
                writer.write_packed(outcome.table)
            if beside and (found := outcome.posteriors):
                beside.write(outcome.name, found.start, found.values, crossfitted=found.crossfitted)


def _outcomes(job: Job, gathered: Gathered, journal: Journal, way: Way, tally: Tally) -> Generator[Outcome]:
    """Yield what became of each document, in order: from the journal where it is kept, else from whoever does the work."""
    kept = {item.source.name for item in gathered.items if journal.holds(item)}
    todo = [item for item in gathered.items if item.source.name not in kept]
    tally.start(kept, journal.altered)
    way.progress(tally.progress())
    with closing(_in_order(_executor(way, todo)(job, chunks(todo)), journal, way, tally)) as fresh:
        for item in gathered.items:
            outcome = journal.outcome(item) if item.source.name in kept else next(fresh)
            tally.add(outcome)
            yield outcome


def _in_order(done: Generator[Done], journal: Journal, way: Way, tally: Tally) -> Generator[Outcome]:
    """Keep each chunk as it comes, and yield outcomes in order."""
    early: dict[int, list[Outcome]] = {}
    turn = 0
    with closing(done):
        for number, pairs in done:
            journal.append(pairs)
            tally.pass_by(item for item, _ in pairs)
            way.progress(tally.progress())
            early[number] = [outcome for _, outcome in pairs]
            while turn in early:
                yield from early.pop(turn)
                turn += 1


def _executor(way: Way, todo: Sequence[Item]) -> Executor:
    if not todo:
        return here
    if way.dask:
        return partial(_on_cluster(way.dask), way.dask)
    jobs = way.jobs or paying_jobs(sum(item.work for item in todo))
    if jobs > 1:
        from pipeline.workers import on_processes

        return partial(on_processes, jobs)
    return here


def _on_cluster(address: str) -> Callable[..., Generator[Done]]:
    try:
        from pipeline.cluster import on_cluster
    except ModuleNotFoundError as error:
        remedy = 'install it with `python -m pip install "worktag[dask]"`'
        raise WorktagError("Dask isn't installed here", where=f"--dask {address}", remedy=remedy) from error
    return on_cluster


def here(job: Job, parts: Iterator[tuple[Item, ...]]) -> Generator[Done]:
    """Work through chunks in this process."""
    for number, chunk in enumerate(parts):
        yield number, list(zip(chunk, tag_chunk(job, [item.source for item in chunk]), strict=True))


def paying_jobs(work: int) -> int:
    """Return how many processes pay off for so many bytes of text, on the cores that this process may use."""
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return max(1, min(cores, work // _WORK_OF_A_PROCESS))


def _parts(error: WorktagError) -> tuple[str, str, str]:
    return error.where, error.what, error.remedy


def _write_list(path: Path, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    if not rows:
        path.unlink(missing_ok=True)  # of an earlier batch
        return
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(columns)
    writer.writerows([neutral(cell) for cell in row] for row in rows)
    replace_bytes(path, stream.getvalue().encode("utf-8-sig", "replace"))
