"""What ``worktag tag`` and ``worktag structure`` do with a batch of reports. Nothing here needs typer."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.cli_progress import batch_progress
from pipeline.errors import Stopped, WorktagError
from pipeline.resources import default_model

if TYPE_CHECKING:
    from pipeline.batch import Way
    from pipeline.tally import Summary

_NAMED = 20  # so many failures or duplicates are named on the screen; the lists hold them all


class By(StrEnum):
    """What a row of the table is."""

    sentence = "sentence"
    point = "point"
    paragraph = "paragraph"


class Language(StrEnum):
    """Language of names and headers."""

    zh = "zh"
    en = "en"


def structure_reports(
    paths: Sequence[Path], output: Path, *, resume: bool | None = None, jobs: int | None = None, dask: str | None = None
) -> int:
    """Write the structure of reports, say what was found, and return the exit code."""
    from pipeline.batch import structure_batch

    with _way("reading", resume, jobs, dask) as way:
        summary = structure_batch(paths, output, way=way)
    print(f"{summary.documents} documents, {summary.rows} units -> {output}")
    return _finish(summary, output)


def tag_reports(
    paths: Sequence[Path],
    output: Path,
    *,
    by: By | None = None,
    posteriors: bool = False,
    resume: bool | None = None,
    jobs: int | None = None,
    dask: str | None = None,
    model: Path | None = None,
    lang: Language = Language.zh,
) -> int:
    """Tag reports, say what came of it, and return the exit code."""
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
    return _finish(summary, output)


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


def _finish(summary: Summary, output: Path) -> int:
    """Say what a batch went through, name the documents that failed, and return the exit code."""
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
        return 0
    for failure in summary.failures[:_NAMED]:
        print(f"worktag: {failure.error.line()}", file=sys.stderr)
    print(f"{len(summary.failures)} failed -> {errors_path(output)}", file=sys.stderr)
    return 1


def _some(names: Any) -> str:
    more = f" and {len(names) - 3:,} more" if len(names) > 3 else ""
    return f"{', '.join(names[:3])}{more}"
