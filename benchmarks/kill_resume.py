"""Kill a batch at random moments, resume it, and compare what comes out with a batch that nobody killed.

    python -m benchmarks.kill_resume
    python -m benchmarks.kill_resume --files 40 --kills 4
    python -m benchmarks.kill_resume --command structure

The batch is made of the bundled, fictional reports: their paragraphs, dealt to small files in sub-folders, some of them broken or alike.
Each kill takes the next format of the table and a number of processes. ``kept`` are the documents that the resumed batch didn't do again.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from pipeline.journal import partial_folder
from pipeline.store import SUFFIXES

SEEDS = Path(__file__).parent.parent / "seeds"
_BROKEN = 50  # every so many files one can't be read, and one is another's copy
_JOBS = (1, 2)


@dataclass(frozen=True)
class Kill:
    """One kill, and what came of it.

    Attributes:
        seconds: after the start.
        kept: documents that weren't done again.
        is_equal: table and list of failures are those of the batch that nobody killed, and nothing else is left.
    """

    suffix: str
    jobs: int
    seconds: float
    kept: int
    is_equal: bool

    def row(self) -> str:
        """Return the kill as a row of the table."""
        return f"| {self.suffix} | {self.jobs} | {self.seconds:.1f} s | {self.kept} | {'equal' if self.is_equal else '**DIFFERENT**'} |"


def make_batch(folder: Path, files: int) -> None:
    """Write a batch of so many files."""
    reports = [file.read_text(encoding="utf-8").split("\n") for file in sorted(SEEDS.glob("*.txt"))]
    for number in range(files):
        file = folder / f"{number % 7}" / f"{number:04}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        lines = reports[number % len(reports)]
        start = 2 * (number // len(reports))
        file.write_text("\n".join([lines[0], *lines[1 + start : 3 + start], f"第{number}份。"]), encoding="utf-8")
        if number % _BROKEN == _BROKEN - 1:
            file.write_bytes(b"\x00\x01\x02" * 30)
        elif number % _BROKEN == _BROKEN - 2:
            file.write_bytes((folder / "0" / "0000.txt").read_bytes())


def call(command: str, reports: Path, output: Path, *options: str) -> list[str]:
    """Return the words of a call that works on the batch."""
    return [sys.executable, "-m", "pipeline.cli", command, str(reports), "-o", str(output), *options]


def run(words: list[str]) -> str:
    """Run a call to its end and return what it printed; broken files make its exit code 1."""
    done = subprocess.run(words, capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{' '.join(words)}: {done.stderr}")
    return done.stdout


def files_of(output: Path) -> dict[str, bytes]:
    """Return all files that a batch left, by ending."""
    return {file.name.removeprefix(output.stem): file.read_bytes() for file in output.parent.iterdir() if file.is_file()}


def kill(command: str, reports: Path, whole: Path, folder: Path, *, jobs: int, seconds: float) -> Kill:
    """Kill a batch after some seconds, resume it, and compare it with the whole one."""
    folder.mkdir()
    output = folder / whole.name
    words = call(command, reports, output, "--jobs", str(jobs), "--resume")
    while not is_killed(words, seconds):  # it was through by then: earlier
        seconds /= 2
        output.unlink()
    said = run(words)
    kept = next((line.split()[1] for line in said.splitlines() if line.startswith("resumed:")), "0")
    is_equal = files_of(output) == files_of(whole) and not partial_folder(output).exists()
    return Kill(output.suffix, jobs, seconds, int(kept.replace(",", "")), is_equal)


def is_killed(words: list[str], seconds: float) -> bool:
    """Kill a call after some seconds; tell whether it was still running."""
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(seconds)
    was_running = process.poll() is None
    process.kill()  # SIGKILL; on Windows TerminateProcess
    process.wait()
    return was_running


def measure(files: int, kills: int, seed: int, folder: Path, *, command: str = "tag") -> list[Kill]:
    """Run the batch once a format, then kill and resume it so many times."""
    reports, chance = folder / "reports", random.Random(seed)  # noqa: S311 - chance that can be repeated
    make_batch(reports, files)
    wholes: dict[str, tuple[Path, float]] = {}
    for suffix in SUFFIXES[:kills]:
        whole = folder / f"whole{suffix}" / f"tags{suffix}"
        whole.parent.mkdir()
        start = time.monotonic()
        run(call(command, reports, whole, "--jobs", "1"))
        wholes[suffix] = whole, time.monotonic() - start
    found = []
    for number in range(kills):
        suffix, jobs = SUFFIXES[number % len(SUFFIXES)], _JOBS[number // len(SUFFIXES) % len(_JOBS)]
        whole, seconds = wholes[suffix]
        found.append(kill(command, reports, whole, folder / f"{number}", jobs=jobs, seconds=chance.uniform(0, seconds)))
        print(found[-1].row(), flush=True)
    return found


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=500, help="documents of the batch")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--command", choices=["tag", "structure"], default="tag", help="what is done to them")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print("| table | processes | killed after | kept | result |\n| --- | --- | --- | --- | --- |", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        found = measure(options.files, options.kills, options.seed, Path(folder), command=options.command)
    equal = sum(one.is_equal for one in found)
    print(f"\n{equal} of {len(found)} resumed batches of {options.files} files equal the one that nobody killed")
    sys.exit(equal != len(found))


if __name__ == "__main__":
    main()
