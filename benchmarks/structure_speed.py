"""How long finding the structure takes, beside jieba on the same text: `python -m benchmarks.structure_speed FILE…`.

CPU time, the best of some rounds, in one process; jieba's own time tells how fast the machine is.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import jieba

from benchmarks.corpus import ROOT
from pipeline.read import Source, read_documents
from pipeline.structure import structure


def best(action: Callable[[], object], rounds: int) -> float:
    """Return the least CPU seconds that an action takes."""
    seconds = []
    for _ in range(rounds):
        started = time.process_time()
        action()
        seconds.append(time.process_time() - started)
    return min(seconds)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, help="reports or tables of reports; the bundled reports if there are none")
    parser.add_argument("--rounds", type=int, default=3, help="of which the best counts")
    options = parser.parse_args()
    files = options.files or sorted((ROOT / "seeds").glob("*.txt"))
    documents = [document for file in files for document in read_documents(Source(file, file.name))]
    characters = sum(len(document.text) for document in documents)
    jieba.setLogLevel(60)
    jieba.initialize()
    ours = best(lambda: [structure(document) for document in documents], options.rounds)
    words = best(lambda: [jieba.lcut(document.text) for document in documents], options.rounds)
    print(f"{len(documents):,} reports, {characters:,} characters")
    print(
        f"structure {ours:.3f} s ({1e6 * ours / characters:.3f} s a million characters), jieba {words:.3f} s, ratio {ours / words:.3f}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
