"""Describe a labelled corpus: how large it is, how varied, and how well its coders agree."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer

from pipeline.agreement import agreement
from pipeline.codebook import read_codebook
from pipeline.errors import TableError
from pipeline.labels import find_labels, read_labels
from pipeline.records import StructuredDocument
from pipeline.segment import Segmenter, read_dictionary
from pipeline.train import TrainingSet, load_training_set

_SPACE = re.compile(r"\s+")
_GRAM = 5
_ALIKE = 0.5
# A layout is found where a report has at least so many of its marks.
_LAYOUTS = {
    "levels 一、（一）1.": (r"(?m)^\s*(?:[一二三四五六七八九十]+、|（[一二三四五六七八九十]+）|\d+[.．、])", 3),
    "points 一是": (r"[一二三四五六七八九]是", 3),
    "points 首先 其次": (r"首先|其次|再次", 2),
    "points （1） ①": (r"（\d+）|[①-⑳]", 3),
    "blacked out": (r"\*", 5),
}


def describe_files(
    reports: Path, labels: Path, second: Path | None, codebook_file: Path, dictionary: Path, *, seed: int = 0
) -> dict[str, Any]:
    """Describe reports and labels in files, with the agreement of a second coder if there is one.

    Raises:
        WorktagError: a file is missing or has a fault.
    """
    codebook = read_codebook(codebook_file)
    corpus = load_training_set(reports, labels, codebook)
    described = describe(corpus, Segmenter(read_dictionary(dictionary)))
    if second is not None:
        first, other = read_labels(labels, codebook), read_labels(second, codebook)
        coded_twice = {label.document for label in other}
        first = [label for label in first if label.document in coded_twice]
        codings = [find_labels(rows, corpus.documents) for rows in (first, other)]
        described["agreement"] = agreement(codings[0], codings[1], codebook, seed=seed)
    return described


def read_description(file: Path) -> dict[str, Any]:
    """Read what :func:`describe_files` gave and was written as JSON.

    Raises:
        TableError: the file is missing or holds something else.
    """
    remedy = "write it with `worktag corpus`"
    try:
        described = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise TableError(f"can't be opened ({reason})", where=str(file), remedy=remedy) from error
    except ValueError as error:
        raise TableError(f"isn't valid JSON ({error})", where=str(file), remedy=remedy) from error
    if not isinstance(described, dict) or "length_percentiles" not in described:
        raise TableError("this describes no corpus", where=str(file), remedy=remedy)
    return described


def describe(corpus: TrainingSet, segmenter: Segmenter) -> dict[str, Any]:
    """Return counts, diversity, sentence lengths and layouts of a labelled corpus.

    ``alike_share`` is the share of sentences whose nearest neighbour in another report has a Jaccard similarity of character 5-grams
    above .5; headings and other sentences of fewer than five characters have no 5-gram, and so no neighbour.
    """
    sentences = [(number, sentence.text) for number, document in enumerate(corpus.documents) for sentence in document.sentences]
    texts = [_SPACE.sub("", text) for _, text in sentences]
    lengths = np.array([len(text) for text in texts])
    alike = nearest_similarity(texts, np.array([number for number, _ in sentences])) > _ALIKE
    longer = lengths >= 15
    categories, stages = np.concatenate(corpus.categories), np.concatenate(corpus.stages)
    book = corpus.codebook
    return {
        "reports": len(corpus.documents),
        "units": len({document.document.unit for document in corpus.documents}),
        "coded_sentences": int((categories >= 0).sum()),
        "characters": int(lengths.sum()),
        "distinct_words": len({word for text in texts for word in segmenter.words(text)}),
        "alike_share": round(float(alike.mean()), 4),
        "alike_share_of_15_characters_or_more": round(float(alike[longer].mean()), 4),
        "length_percentiles": {str(p): int(np.percentile(lengths, p)) for p in (10, 25, 50, 75, 90)},
        "layouts": _layouts(corpus.documents),
        "categories": _counts(categories, book.category_codes),
        "stages": _counts(stages, book.stage_codes),
    }


def nearest_similarity(texts: Sequence[str], groups: Any, *, rows: int = 500) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return for each text the largest Jaccard similarity of character 5-grams with a text of another group.

    Args:
        texts: the texts.
        groups: (texts,), for instance the report of each.
        rows: how many texts are compared with all others at a time; bounds the memory.
    """
    if all(len(text) < _GRAM for text in texts):
        return np.zeros(len(texts))
    grams = CountVectorizer(analyzer="char", ngram_range=(_GRAM, _GRAM), binary=True, dtype=np.float32).fit_transform(texts).tocsr()
    sizes = np.asarray(grams.sum(axis=1)).ravel()
    others, nearest = grams.T.tocsr(), np.zeros(len(texts))
    for start in range(0, len(texts), rows):
        shared = sparse.coo_matrix(grams[start : start + rows] @ others)
        row, column = shared.row + start, shared.col
        keep = groups[row] != groups[column]
        row, column, common = row[keep], column[keep], shared.data[keep]
        np.maximum.at(nearest, row, common / (sizes[row] + sizes[column] - common))
    return nearest


def _layouts(documents: Sequence[StructuredDocument]) -> dict[str, int]:
    found = Counter[str](
        dict.fromkeys([*_LAYOUTS, "headings without numbers", "run-in headings", "paragraph of 500 characters or more"], 0)
    )
    for structured in documents:
        for name, (pattern, least) in _LAYOUTS.items():
            found[name] += len(re.findall(pattern, structured.document.text)) >= least
        headings = [sentence for sentence in structured.sentences if sentence.is_heading and sentence.paragraph > 1]
        last = Counter(sentence.paragraph for sentence in structured.sentences)
        plain = [
            heading for heading in headings if not re.match(r"\s*(?:第?[一二三四五六七八九十]+[、部是]|[（(]|\d)", heading.text)
        ]
        found["headings without numbers"] += len(plain) >= 3
        found["run-in headings"] += sum(last[heading.paragraph] > 1 for heading in headings) >= 3
        found["paragraph of 500 characters or more"] += any(len(line) >= 500 for line in structured.document.text.split("\n"))
    return dict(found)


def _counts(codes: Any, names: Sequence[str]) -> dict[str, int]:
    return dict(zip(names, np.bincount(codes[codes >= 0], minlength=len(names)).tolist(), strict=True))
