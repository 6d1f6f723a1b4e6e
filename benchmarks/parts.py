"""Say what each part of tagging costs: seconds on the processor, as JSON.

usage: python -m benchmarks.parts FOLDER
"""

from __future__ import annotations

import time

STARTED = time.process_time()

import io  # noqa: E402 - what importing costs is measured too
import json  # noqa: E402
import sys  # noqa: E402
from collections.abc import Iterator  # noqa: E402
from contextlib import contextmanager  # noqa: E402
from pathlib import Path  # noqa: E402

from pipeline.collect import collect  # noqa: E402
from pipeline.gather import chunks, gather  # noqa: E402
from pipeline.lines import packed  # noqa: E402
from pipeline.model import load_model  # noqa: E402
from pipeline.read import read_document  # noqa: E402
from pipeline.resources import default_model  # noqa: E402
from pipeline.segment import cutter  # noqa: E402
from pipeline.structure import structure  # noqa: E402
from pipeline.tag import COLUMNS, tag_columns  # noqa: E402


class Parts:
    """Seconds of each part, summed over chunks."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {"start, imports": time.process_time()}

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Add what the block takes."""
        started = time.process_time()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.process_time() - started


def main(folder: Path) -> None:
    """Tag a folder part by part."""
    parts = Parts()
    with parts.part("model"):
        model = load_model(default_model())
        engine = model.engine
    with parts.part("dictionary of jieba"):
        cutter()[0]("词")
    if engine is None:
        raise SystemExit("the model has n-grams that the engine doesn't look up")
    stream = io.BytesIO()
    for chunk in chunks(gather([folder]).items):
        with parts.part("read"):
            documents = [read_document(item.source) for item in chunk]
        with parts.part("structure"):
            structured = [structure(document) for document in documents]
        with parts.part("contexts"):
            collected = collect(structured)
        with parts.part("words"):
            words = engine.words.count(collected.texts)
        with parts.part("characters"):
            characters = engine.ngrams.count(collected.texts)
        with parts.part("scores of two heads"):
            scores = engine.scores_of(collected, {"word": words, "character": characters})
        with parts.part("posteriors, decoding"):
            posteriors = model.decoded(scores, collected)
        with parts.part("rows"):
            tables = tag_columns(model, structured, posteriors=posteriors)
        with parts.part("written as CSV"):
            for table in tables:
                stream.write(packed(table, COLUMNS, ".csv"))
    print(json.dumps(parts.seconds))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
