"""Compare the speed of worktag with the script that one would write, and with fastText where it is installed.

usage: python -m benchmarks.speed [--reports FOLDER] [--pairs 5] [--sizes 3 32] [--growth 1 4 16 64] [-o OUTPUT.md]

Whole processes on one core, in turn; ratios are medians of paired ratios, obvious script to worktag, by the processor's time (by the
clock they are the same on a machine that does nothing else, and stand beside it). The table is printed, and written with --output as
Markdown, with the figures as JSON beside it. --only names parts of it: tag, start, retrain, headlines, growth, cores, parts.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import platform
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.headlines import DATA, DEVELOPMENT, TEST, TRAIN
from benchmarks.processes import Pairs, paired, pin, run, two_cores
from benchmarks.reports import texts_of, write_labelled, write_reports

OBVIOUS, FASTTEXT, WORKTAG = ("-m", "benchmarks.obvious"), ("-m", "benchmarks.fast_text"), ("-m", "pipeline.cli")
PARAGRAPH = "一、抓好宣传教育\n全年举办政策宣讲12场，发放手册3000册。一是走进校园，与师生座谈。二是走进社区，为居民答疑。\n"
HEADER = "| what | obvious script | worktag | ratio | by the clock |\n| --- | --- | --- | --- | --- |"


class Table:
    """Rows of the benchmark's table, printed as they come."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.figures: dict[str, dict[str, float]] = {}

    def line(self, text: str) -> None:
        """Append a line."""
        print(text, flush=True)
        self.lines.append(text)

    def row(self, name: str, pairs: Pairs, *, memory: bool = False) -> None:
        """Append a row of paired runs: seconds on the processor, and with ``memory`` a row of the largest memory."""
        theirs, ours = pairs.medians("processor")
        ratio, clock = pairs.ratio("processor"), pairs.ratio()
        self.figures[name] = {"obvious": theirs, "worktag": ours, "ratio": ratio, "ratio by the clock": clock}
        self.line(f"| {name} | {theirs:.2f} s | {ours:.2f} s | {ratio:.1f}x | {clock:.1f}x |")
        held, our_held = pairs.medians("megabytes")
        if memory and our_held:
            self.figures[f"{name}, memory"] = {"obvious": held, "worktag": our_held, "share": our_held / held}
            self.line(f"| {name}, memory | {held:.0f} MB | {our_held:.0f} MB | {our_held / held:.2f} of it | |")


class Bench:
    """The benchmark in a folder of its own."""

    def __init__(self, folder: Path, reports: Path | None, pairs: int) -> None:
        self.folder, self.pairs, self.table, self.texts = folder, pairs, Table(), texts_of(reports)
        self.labelled, self.model = write_labelled(folder / "labelled.txt"), folder / "obvious.joblib"
        run([*OBVIOUS, "train", self.labelled, self.model])

    def of_size(self, megabytes: float) -> Path:
        """Return a folder of reports of that size."""
        folder = self.folder / f"reports-{megabytes:g}"
        return folder if folder.exists() else write_reports(self.texts, folder, megabytes)

    def tag(self, sizes: Sequence[float]) -> None:
        """Tag batches."""
        for size in sizes:
            reports, output = self.of_size(size), self.folder / "tags.csv"
            pairs = paired([*OBVIOUS, "tag", self.model, reports, output], [*WORKTAG, "tag", reports, "-o", output], self.pairs)
            self.table.row(f"tag {size:g} MB", pairs, memory=True)
            if importlib.util.find_spec("fasttext"):
                self._fast_text(reports, pairs, size)
        if not importlib.util.find_spec("fasttext"):
            self.table.line("| fastText | not installed: `pip install fasttext-numpy2-wheel` | | | |")

    def _fast_text(self, reports: Path, pairs: Pairs, size: float) -> None:
        model = self.folder / "fasttext.bin"
        if not model.exists():
            run([*FASTTEXT, "train", self.labelled, model])
        done = run([*FASTTEXT, "tag", model, reports, self.folder / "fasttext.csv"])
        ours = pairs.medians("processor")[1]
        self.table.line(f"| tag {size:g} MB, fastText (jieba words) | {done.processor:.2f} s | | {done.processor / ours:.1f}x | |")

    def start(self) -> None:
        """Start: one paragraph, and the help."""
        reports = self.folder / "paragraph"
        reports.mkdir()
        (reports / "one.txt").write_text(PARAGRAPH, encoding="utf-8")
        output = self.folder / "tags.csv"
        theirs = [*OBVIOUS, "tag", self.model, reports, output]
        self.table.row("tag one paragraph", paired(theirs, [*WORKTAG, "tag", reports, "-o", output], self.pairs))
        imports = "import jieba, joblib, pandas, sklearn.feature_extraction.text, sklearn.linear_model, sklearn.pipeline"
        self.table.row("`worktag --help`; imports alone", paired(["-c", imports], [*WORKTAG, "--help"], self.pairs))

    def retrain(self) -> None:
        """Train on 2,000 sentences."""
        few, model = write_labelled(self.folder / "few.txt", 2000), self.folder / "few"
        columns = ("--no-header", "--text", "1", "--category", "2")
        ours = [*WORKTAG, "train", "--table", few, *columns, "-o", model]
        self.table.row("train on 2,000 sentences", paired([*OBVIOUS, "train", few, self.folder / "few.joblib"], ours, self.pairs))

    def headlines(self) -> None:
        """Train on 85,000 headlines, and judge both models on headlines that neither saw."""
        if not (DATA / TRAIN).is_file():
            self.table.line(f"| train on 85,000 headlines | not measured: no {TRAIN} in {DATA.name} | | | |")
            return
        model, other = self.folder / "headlines", self.folder / "headlines.joblib"
        columns = ("--no-header", "--text", "1", "--category", "2")
        ours = [*WORKTAG, "train", "--table", DATA / TRAIN, *columns, "--dev", DATA / DEVELOPMENT, "-o", model]
        self.table.row("train on 85,000 headlines", paired([*OBVIOUS, "train", DATA / TRAIN, other], ours, self.pairs))
        judged = run([*WORKTAG, "evaluate", "--table", DATA / TEST, *columns, "--model", model]).printed
        obvious = run([*OBVIOUS, "score", other, DATA / TEST]).printed
        found = [text.split("accuracy ")[1].split()[0].rstrip(",;") for text in (obvious, judged)]
        self.table.line(f"| … accuracy on its test | {found[0]} | {found[1]} | | |")

    def growth(self, sizes: Sequence[float]) -> None:
        """Tag batches of growing size: seconds for a million bytes past the start, and memory."""
        empty = statistics.median(
            run([*WORKTAG, "tag", self.of_size(0.01), "-o", self.folder / "tags.csv"]).processor for _ in range(self.pairs)
        )
        self.table.line("\n| size | worktag | past the start, a MB | memory |\n| --- | --- | --- | --- |")
        for size in sizes:
            done = [run([*WORKTAG, "tag", self.of_size(size), "-o", self.folder / "tags.csv"]) for _ in range(self.pairs)]
            seconds = statistics.median(one.processor for one in done)
            held = max(one.megabytes for one in done)
            self.table.figures[f"growth {size:g} MB"] = {"worktag": seconds, "a MB": (seconds - empty) / size, "memory": held}
            self.table.line(f"| {size:g} MB | {seconds:.2f} s | {(seconds - empty) / size:.3f} s | {held:.0f} MB |")

    def cores(self, size: float) -> None:
        """Tag a batch in one process and in two, by the clock."""
        command = [*WORKTAG, "tag", self.of_size(size), "-o", self.folder / "tags.csv", "--jobs"]
        with two_cores() as allowed:
            if not allowed:
                self.table.line("\n| two cores | not measured: there are none to have |\n| --- | --- |")
                return
            pairs = paired([*command, 1], [*command, 2], self.pairs)
        one, two = pairs.medians()
        self.table.figures[f"cores, {size:g} MB"] = {"one": one, "two": two, "ratio by the clock": pairs.ratio()}
        self.table.line("\n| by the clock | one core | two cores | ratio |\n| --- | --- | --- | --- |")
        self.table.line(f"| tag {size:g} MB | {one:.2f} s | {two:.2f} s | {pairs.ratio():.2f}x |")

    def parts(self, size: float) -> None:
        """Say what each part of tagging costs."""
        done = run(["-m", "benchmarks.parts", self.of_size(size)])
        parts: dict[str, float] = json.loads(done.printed)
        self.table.figures[f"parts of {size:g} MB"] = parts
        self.table.line(f"\n| part of tagging {size:g} MB | seconds | share |\n| --- | --- | --- |")
        for name, seconds in parts.items():
            self.table.line(f"| {name} | {seconds:.3f} | {seconds / sum(parts.values()):.0%} |")


def main() -> None:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reports", type=Path, help="folder of .txt reports; without it national ones beside the repository")
    parser.add_argument("--pairs", type=int, default=5, help="how often each is run")
    parser.add_argument("--sizes", type=float, nargs="+", default=[3, 32], help="megabytes of the batches")
    parser.add_argument("--growth", type=float, nargs="+", default=[1, 4, 16, 64], help="megabytes of the batches of growing size")
    parser.add_argument("--only", nargs="+", default=["tag", "start", "retrain", "headlines", "growth", "cores", "parts"])
    parser.add_argument("-o", "--output", type=Path, help="Markdown file; the figures go beside it as JSON")
    asked = parser.parse_args()
    pin()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), asked.reports, asked.pairs)
        table = bench.table
        machine = f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, {sys.platform}"
        table.line(f"{datetime.now(UTC):%Y-%m-%d}, one core of {machine}, {asked.pairs} pairs\n\n{HEADER}")
        steps: dict[str, Callable[[], None]] = {
            "tag": lambda: bench.tag(asked.sizes),
            "start": bench.start,
            "retrain": bench.retrain,
            "headlines": bench.headlines,
            "growth": lambda: bench.growth(asked.growth),
            "cores": lambda: bench.cores(asked.sizes[-1]),
            "parts": lambda: bench.parts(asked.sizes[0]),
        }
        for name in asked.only:
            steps[name]()
        if asked.output:
            asked.output.write_text("\n".join(table.lines) + "\n", encoding="utf-8")
            figures = json.dumps(table.figures, ensure_ascii=False, indent=1) + "\n"
            asked.output.with_suffix(".json").write_text(figures, encoding="utf-8")


if __name__ == "__main__":
    main()
