"""A model of texts that stand alone, as in a table: no headings, no neighbours, no stage; and the folder that it is kept in."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from json.encoder import encode_basestring
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.classify import Calibrator, LinearScorer
from pipeline.errors import ModelError, WorktagError
from pipeline.folder import check_folder, save_folder
from pipeline.pack import pack_features, quantise, read_arrays, restore_weights, unpack_features, unpack_lexicons
from pipeline.params import SOURCES, Block
from pipeline.segment import Segmenter, normalise, read_dictionary
from pipeline.vectorise import PLACES, BlockVectoriser, Context

Array = NDArray[np.float64]
KIND = "texts"
PARTS = ("dictionary.txt", "model.json", "weights.npz", "heldout.csv")
# Controls, which serve as marks inside, and halves of characters, which no file holds.
_NO_TEXT = re.compile("[\x01-\x08\x0e-\x1f\x7f\ud800-\udfff]")
_BETWEEN = "\x00"
_NOWHERE = (0.0,) * len(PLACES)
_NOTHING = ("",) * (len(SOURCES) - 1)


def alone(texts: Sequence[str]) -> list[Context]:
    """Return the contexts of texts that stand alone.

    White space stays, for in headlines it ends a clause: +0.2 points on the development set of benchmarks/headlines.py.
    """
    joined = _BETWEEN.join(text.replace(_BETWEEN, "") for text in texts)
    plain = normalise(_NO_TEXT.sub("", joined), space=" ").split(_BETWEEN) if texts else []
    return [Context((text.strip(), *_NOTHING), _NOWHERE) for text in plain]


@dataclass(frozen=True)
class TextModel:
    """A trained model of texts that stand alone.

    Attributes:
        classes: the categories as the table names them.
        penalty: of the ridge, as held-out texts chose it.
        review_threshold: a text whose posterior is lower is marked for review.
        secondary: posterior from which a second category is named.
        digest: SHA-256 of the texts and categories that it was trained on.
    """

    classes: tuple[str, ...]
    vectoriser: BlockVectoriser
    scorer: LinearScorer
    calibrator: Calibrator
    segmenter: Segmenter
    penalty: float
    review_threshold: float
    secondary: float
    digest: str

    def posteriors(self, texts: Sequence[str]) -> Array:
        """Return posteriors (texts, categories)."""
        if not texts:
            return np.zeros((0, len(self.classes)))
        return self.calibrator.posteriors(self.scorer.scores(self.vectoriser.transform(alone(texts))))


def save_text_model(model: TextModel, folder: Path, *, held_out: str) -> None:
    """Write the model folder beside its place, then put it there.

    Args:
        model: the model.
        folder: where it goes; a model that stands there is replaced, files of other names are kept.
        held_out: what the model said of texts that it had not seen, as CSV.

    Raises:
        ModelError: the folder can't be written.
    """
    description: dict[str, Any] = {
        "classes": list(model.classes),
        "blocks": [asdict(block) for block in model.vectoriser.blocks],
        "penalty": model.penalty,
        "intercept": model.scorer.intercept.tolist(),
        "temperature": model.calibrator.temperature,
        "bias": model.calibrator.bias.tolist(),
        "review_threshold": model.review_threshold,
        "secondary": model.secondary,
        "training_digest": model.digest,
    }
    arrays, (description["features"],) = pack_features([model.vectoriser])
    arrays["weights"], arrays["scale"] = quantise(model.scorer.weights)

    def write(beside: Path) -> None:
        np.savez_compressed(beside / "weights.npz", allow_pickle=False, **arrays)
        for name, text in (
            ("dictionary.txt", "".join(f"{word}\n" for word in model.segmenter.dictionary)),
            ("model.json", json.dumps(description, ensure_ascii=False, indent=1) + "\n"),
            ("heldout.csv", held_out),
        ):
            (beside / name).write_text(text, encoding="utf-8", newline="\n")

    save_folder(folder, PARTS, write, kind=KIND)


def load_text_model(folder: Path) -> TextModel:
    """Load a model folder that was trained from a table.

    Raises:
        ModelError: the folder is missing or incomplete, a file was altered, or it was trained from reports, or by another version.
    """
    check_folder(folder, PARTS, kind=KIND)
    try:
        described = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        segmenter = Segmenter(read_dictionary(folder / "dictionary.txt"))
        blocks = tuple(Block(**block) for block in described["blocks"])
        arrays = read_arrays(folder / "weights.npz")
        terms, idf = unpack_features(arrays, unpack_lexicons(arrays), blocks, described["features"])
        weights = restore_weights(arrays["weights"], arrays["scale"])
        vectoriser = BlockVectoriser(blocks, 0.0, segmenter).restore(terms, idf)
        return TextModel(
            tuple(described["classes"]),
            vectoriser,
            LinearScorer(weights, np.array(described["intercept"])),
            Calibrator(described["temperature"], np.array(described["bias"])),
            segmenter,
            float(described["penalty"]),
            float(described["review_threshold"]),
            float(described["secondary"]),
            str(described["training_digest"]),
        )
    except (KeyError, ValueError, TypeError, WorktagError) as error:
        raise ModelError(f"the model doesn't fit together ({error})", where=str(folder), remedy="train it again") from error


def digest_of(texts: Sequence[str], categories: Sequence[str]) -> str:
    """Return the SHA-256 of texts and categories."""
    digest = hashlib.sha256()
    for text, category in zip(texts, categories, strict=True):
        digest.update(f"[{encode_basestring(text)}, {encode_basestring(category)}]".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
