"""Show how far a batch is: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.tally import Progress

_PATIENCE = 0.5  # seconds before a bar shows; short batches need none, and are spared the import of rich
_FIRST_LINE, _LONGEST_PAUSE = 60.0, 900.0  # seconds; the pause between lines doubles, so that a log stays short


def state_of(progress: Progress, seconds: float) -> str:
    """Return how far a batch is after so many seconds, with its rate and the time that remains.

    What was kept from an earlier call took no time, and counts for neither.
    """
    documents, work = progress.documents - progress.resumed, progress.work - progress.resumed_work
    text = f"{progress.documents:,} of {progress.all_documents:,} documents"
    if not documents or seconds <= 0:
        return text
    remaining = (progress.all_work - progress.work) * seconds / work
    return f"{text}, {documents / seconds:.1f}/s, {duration(remaining)} left"


def duration(seconds: float) -> str:
    """Return a duration as a person says it."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    if seconds < 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds // 3600:.0f} h {seconds % 3600 // 60:.0f} min"


@contextmanager
def batch_progress(title: str) -> Iterator[Callable[[Progress], None]]:
    """Give what is to be told how far a batch is."""
    start = time.monotonic()
    with ExitStack() as stack:
        if sys.stderr.isatty():
            yield _bar(title, start, stack)
        else:
            yield _lines(title, start)


def _bar(title: str, start: float, stack: ExitStack) -> Callable[[Progress], None]:
    shown: list[Callable[[Progress, float], None]] = []

    def report(progress: Progress) -> None:
        seconds = time.monotonic() - start
        if not shown and (progress.documents == progress.all_documents or (seconds < _PATIENCE and progress.documents)):
            return
        if not shown:
            shown.append(_open_bar(title, stack))
        shown[0](progress, seconds)

    return report


def _open_bar(title: str, stack: ExitStack) -> Callable[[Progress, float], None]:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    state, name = TextColumn("{task.fields[state]}", markup=False), TextColumn("{task.description}", markup=False)
    bar = Bar(TextColumn(title), BarColumn(), state, TimeElapsedColumn(), name, console=Console(stderr=True), transient=True)
    stack.enter_context(bar)
    task = bar.add_task("", total=None, state="")

    def show(progress: Progress, seconds: float) -> None:
        text = state_of(progress, seconds)
        bar.update(task, total=progress.all_work, completed=progress.work, state=text, description=progress.name)

    return show


def _lines(title: str, start: float) -> Callable[[Progress], None]:
    due, pause = [_FIRST_LINE], [_FIRST_LINE]

    def report(progress: Progress) -> None:
        seconds = time.monotonic() - start
        if seconds >= due[0] and progress.documents < progress.all_documents:
            print(f"{title}: {state_of(progress, seconds)}", file=sys.stderr, flush=True)
            pause[0] = min(2 * pause[0], _LONGEST_PAUSE)
            due[0] = seconds + pause[0]

    return report
