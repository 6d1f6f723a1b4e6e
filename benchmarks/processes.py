"""Run processes one after the other on one core, and measure each: clock, processor, memory."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

# One thread, and no counts that an earlier run kept.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "WORKTAG_CACHE": "off"}
WINDOWS = sys.platform == "win32"


@dataclass(frozen=True, slots=True)
class Run:
    """A process that came to its end.

    Attributes:
        seconds: by the clock.
        processor: seconds on the processor.
        megabytes: largest memory that it held; 0 where the system doesn't tell.
        printed: what it printed.
    """

    seconds: float
    processor: float
    megabytes: float
    printed: str


def pin() -> None:
    """Keep to one core from now on, where the system allows it; processes inherit it."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


@contextmanager
def two_cores() -> Iterator[bool]:
    """Keep to two cores within the block; tell whether the system has them and allows it."""
    before = os.sched_getaffinity(0) if hasattr(os, "sched_setaffinity") else set[int]()
    if not before or (os.cpu_count() or 1) < 2:
        yield False
        return
    try:
        os.sched_setaffinity(0, {*before, min(set(range(os.cpu_count() or 1)) - before, default=0)})
        yield len(os.sched_getaffinity(0)) == 2
    except OSError:  # a core that isn't ours
        yield False
    finally:
        os.sched_setaffinity(0, before)


def run(arguments: Sequence[object]) -> Run:
    """Run Python with ``arguments`` and wait for it.

    Raises:
        RuntimeError: it failed.
    """
    command = [sys.executable, *map(str, arguments)]
    # Installed packages come with their bytecode; where none may be written, ours alone would be compiled at each start.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | ONE_THREAD
    started = time.perf_counter()
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True, encoding="utf-8") as process:
        printed = process.stdout.read() if process.stdout else ""
        if WINDOWS:
            process.wait()
            seconds = time.perf_counter() - started
            processor, megabytes = seconds, 0.0
        else:
            _, status, used = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - started
            process.returncode = os.waitstatus_to_exitcode(status)
            unit = 1 if sys.platform == "darwin" else 1024
            processor, megabytes = used.ru_utime + used.ru_stime, used.ru_maxrss * unit / 1e6
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
    return Run(seconds, processor, megabytes, printed)


@dataclass(frozen=True)
class Pairs:
    """Runs of two commands in turn, first one first, then the other first.

    Attributes:
        theirs: of the first command.
        ours: of the second.
    """

    theirs: tuple[Run, ...]
    ours: tuple[Run, ...]

    def ratio(self, of: str = "seconds") -> float:
        """Return the median ratio of the paired runs, theirs to ours."""
        return float(
            statistics.median(getattr(one, of) / getattr(other, of) for one, other in zip(self.theirs, self.ours, strict=True))
        )

    def medians(self, of: str = "seconds") -> tuple[float, float]:
        """Return the median of each."""
        one, other = (float(statistics.median(getattr(run, of) for run in runs)) for runs in (self.theirs, self.ours))
        return one, other


def paired(theirs: Sequence[object], ours: Sequence[object], times: int) -> Pairs:
    """Run two commands in turn, ``times`` each."""
    found: tuple[list[Run], list[Run]] = ([], [])
    for turn in range(times):
        for side in (0, 1) if turn % 2 == 0 else (1, 0):
            found[side].append(run((theirs, ours)[side]))
    return Pairs(tuple(found[0]), tuple(found[1]))
