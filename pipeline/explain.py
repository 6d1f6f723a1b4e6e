"""Explain a tag: which words and which context spoke for it, and how strongly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.model import Model
from pipeline.records import Document, StructuredDocument
from pipeline.structure import structure
from pipeline.vectorise import PLACES, contexts

_LATENT = "latent"  # its dimensions have no names that say anything to a person
_MARKS = str.maketrans({"\x02": "^", "\x03": "$", "\n": "/"})


@dataclass(frozen=True, slots=True)
class Reason:
    """A feature and what it added to the score.

    Attributes:
        source: where it stands: own text, a heading, a lead, a neighbour, or the place of the sentence.
        term: the word or n-gram; ^ and $ mark the beginning and the end of a text.
        weight: its part of the category's score, above its mean part of all categories' scores.
    """

    source: str
    term: str
    weight: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a sentence bears its tag.

    Attributes:
        posteriors: categories and posteriors after decoding, largest first.
        alone: posterior of the category before the neighbouring sentences' tags were heard.
        stage: the stage and its posterior.
        sources: what each source added to the score in sum, largest first; ``latent`` is the likeness of the whole to coded sentences, and
            has no features to name.
        reasons: single features, strongest first, for (positive) and against (negative).
    """

    text: str
    category: str
    posteriors: tuple[tuple[str, float], ...]
    alone: float
    stage: tuple[str, float]
    sources: tuple[tuple[str, float], ...]
    reasons: tuple[Reason, ...]


def explain_text(model: Model, text: str, *, headings: Sequence[str] = (), top: int = 12) -> list[Explanation]:
    """Explain the tags of the sentences of a text, read under headings.

    Args:
        model: the model.
        text: one or more sentences.
        headings: headings above it, outermost first.
        top: how many single features to name.
    """
    structured = structure(Document("", text))
    sentences = tuple(sentence._replace(headings=(*headings, *sentence.headings)) for sentence in structured.sentences)
    return explain_document(model, StructuredDocument(structured.document, sentences), top=top)


def explain_document(model: Model, structured: StructuredDocument, *, top: int = 12) -> list[Explanation]:
    """Explain the tag of each sentence of a document."""
    head = model.category
    rows = contexts(structured)
    if not rows:
        return []
    categories, stages = model.posteriors(structured)
    matrix = head.vectoriser.transform(rows)
    alone = head.calibrator.posteriors(head.scorer.scores(matrix))
    weights = head.scorer.weights - head.scorer.weights.mean(axis=1, keepdims=True)
    names = [
        (block.source, term) for block, terms in zip(head.vectoriser.blocks, head.vectoriser.terms_, strict=True) for term in terms
    ]
    names += [("place", place) for place in PLACES]
    names += [(_LATENT, "")] * (matrix.shape[1] - len(names))
    found = []
    for index, sentence in enumerate(structured.sentences):
        row = matrix[index]
        best = int(categories[index].argmax())
        parts = row.data * weights[row.indices, best]
        totals: dict[str, float] = {}
        for column, part in zip(row.indices, parts, strict=True):
            totals[names[column][0]] = totals.get(names[column][0], 0.0) + float(part)
        strongest = np.argsort(-np.abs(parts), kind="stable").tolist()
        order = [at for at in strongest if names[row.indices[at]][0] != _LATENT][:top]
        stage = int(stages[index].argmax())
        ranked = np.argsort(-categories[index], kind="stable")[:3]
        found.append(
            Explanation(
                sentence.text,
                head.classes[best],
                tuple((head.classes[code], float(categories[index][code])) for code in ranked),
                float(alone[index][best]),
                (model.stage.classes[stage], float(stages[index][stage])),
                tuple(sorted(totals.items(), key=lambda pair: -pair[1])),
                tuple(
                    Reason(names[row.indices[at]][0], names[row.indices[at]][1].translate(_MARKS), float(parts[at])) for at in order
                ),
            )
        )
    return found
