"""The commands that work on a batch of reports: show their structure, tag them."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli_options import HeaderOption, Language, LanguageOption, ModelOption, TableOption, TextOption, refuse
from pipeline.cli_progress import batch_progress
from pipeline.cli_texts import tag_table
from pipeline.errors import Stopped, WorktagError
from pipeline.resources import default_model

if TYPE_CHECKING:
    from pipeline.batch import Way
    from pipeline.tally import Summary

STRUCTURE_EXAMPLES = "Examples: worktag structure seeds -o units.csv | worktag structure reports -o units.csv --resume"
TAG_EXAMPLES = (
    "Examples: worktag tag reports -o tags.xlsx | worktag tag a.txt b.txt -o tags.csv --by paragraph --lang en | "
    "worktag tag reports -o tags.xlsx --resume | worktag tag reports -o tags.parquet --dask tcp://scheduler:8786 | "
    "worktag tag --table news.xlsx --text title --model models/mine -o tags.xlsx"
)
_NAMED = 20  # so many failures or duplicates are named on the screen; the lists hold them all

PathsArgument = Annotated[list[Path], typer.Argument(help="Report files, and folders of them.", show_default=False)]
OutputOption = Annotated[Path, typer.Option("--output", "-o", help="Table: .csv, .xlsx, .parquet or .jsonl.", show_default=False)]
ResumeOption = Annotated[
    bool | None,
    typer.Option(
        "--resume/--restart", help="A batch was stopped: go on with what is kept of it, or begin anew.", show_default=False
    ),
]
JobsOption = Annotated[
    int | None,
    typer.Option("--jobs", "-j", min=1, help="Processes on this machine; without it as many as pay off.", show_default=False),
]
DaskOption = Annotated[
    str | None,
    typer.Option(
        "--dask", metavar="ADDRESS", help="Let the workers of a Dask scheduler do it: tcp://host:8786.", show_default=False
    ),
]


class By(StrEnum):
    """What a row of the table is."""

    sentence = "sentence"
    point = "point"
    paragraph = "paragraph"


def structure(
    paths: PathsArgument, output: OutputOption, resume: ResumeOption = None, jobs: JobsOption = None, dask: DaskOption = None
) -> None:
    """Show the structure found in reports: headings, paragraphs, points, sentences and their offsets, for checking by eye."""
    from pipeline.batch import structure_batch

    with _way("reading", resume, jobs, dask) as way:
        summary = structure_batch(paths, output, way=way)
    print(f"{summary.documents} documents, {summary.rows} units -> {output}")
    _finish(summary, output)


def tag(
    output: OutputOption,
    paths: Annotated[list[Path] | None, typer.Argument(help="Report files, and folders of them.", show_default=False)] = None,
    by: Annotated[By | None, typer.Option(help="What a row is; without it a sentence.", show_default=False)] = None,
    table: TableOption = None,
    text: TextOption = None,
    header: HeaderOption = True,
    posteriors: Annotated[
        bool, typer.Option("--posteriors", help="For comparing: write TABLE.posteriors.parquet too, cross-fitted where trained on.")
    ] = False,
    resume: ResumeOption = None,
    jobs: JobsOption = None,
    dask: DaskOption = None,
    model: ModelOption = None,
    lang: LanguageOption = Language.zh,
) -> None:
    """Tag reports: a row a sentence, point or paragraph, with category, probability, stage and review mark; or tag a table of texts."""
    if table is not None:
        of_reports = {"PATHS": paths or None, "--by": by, "--posteriors": posteriors or None, "--jobs": jobs, "--dask": dask}
        refuse(of_reports | {"--resume": resume or None, "--restart": resume is False}, "doesn't go with --table", "tag")
        tag_table(table, text, output, header=header, model=model, language=lang.value)
        return
    refuse({"--text": text, "--no-header": not header}, "goes with --table only", "tag")
    if not paths:
        raise WorktagError("no report is named", remedy="name files or folders, or a table; see `worktag tag --help`")
    if posteriors and by not in (None, By.sentence):
        raise WorktagError("--posteriors are of sentences", where=f"--by {by}", remedy="leave out one of the two")
    from pipeline.batch import tag_batch

    unit = (by or By.sentence).value
    with _way("tagging", resume, jobs, dask) as way:
        folder = model or default_model()
        summary = tag_batch(folder, paths, output, by=unit, language=lang.value, posteriors=posteriors, way=way)
    print(
        f"{summary.documents:,} documents, {summary.characters:,} characters, {summary.sentences:,} sentences, "
        f"{summary.rows:,} rows -> {output}"
    )
    print(f"marked for review: {summary.review:,} ({summary.review_share:.1%})")
    _finish(summary, output)


@contextmanager
def _way(title: str, resume: bool | None, jobs: int | None, dask: str | None) -> Iterator[Way]:
    """Give the way through a batch, with progress; a stop becomes one line and the exit code that shells expect."""
    from pipeline.batch import Way

    if jobs is not None and dask is not None:
        raise WorktagError("--jobs are of this machine", where=f"--dask {dask}", remedy="leave out one of the two")
    codes: list[int] = []

    def stop(number: int, _frame: Any) -> None:
        codes.append(128 + number)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        with batch_progress(title) as report:
            yield Way(resume, jobs or 0, dask or "", report)
    except Stopped as stopped:
        error = WorktagError(str(stopped))
        error.exit_code = codes[0] if codes else 128 + signal.SIGINT
        raise error from stopped
    finally:
        signal.signal(signal.SIGTERM, before)


def _finish(summary: Summary, output: Path) -> None:
    """Say what a batch went through, name the documents that failed, and exit with 1 if there are any."""
    from pipeline.batch import duplicates_path, errors_path

    if summary.resumed:
        altered = f"; {len(summary.altered):,} had changed since and were done again" if summary.altered else ""
        print(f"resumed: {summary.resumed:,} documents were kept from before{altered}")
    if summary.repeated:
        print(f"asked for twice and taken once: {_some(summary.repeated)}")
    if summary.duplicates:
        pairs = [f"{name} = {first}" for name, first in summary.duplicates]
        print(f"same content under another name: {len(pairs):,} ({_some(pairs)}) -> {duplicates_path(output)}")
    if not summary.failures:
        return
    for failure in summary.failures[:_NAMED]:
        print(f"worktag: {failure.error.line()}", file=sys.stderr)
    print(f"{len(summary.failures)} failed -> {errors_path(output)}", file=sys.stderr)
    raise typer.Exit(1)


def _some(names: Any) -> str:
    more = f" and {len(names) - 3:,} more" if len(names) > 3 else ""
    return f"{', '.join(names[:3])}{more}"
