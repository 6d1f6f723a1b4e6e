"""A model: how it scores, and the folder that it is kept in. Loading it runs no code from the folder."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.classify import Calibrator, LinearScorer
from pipeline.codebook import Codebook, read_codebook
from pipeline.decode import Chain, relations_of
from pipeline.errors import ModelError, WorktagError
from pipeline.params import Params, params_from
from pipeline.records import StructuredDocument
from pipeline.segment import Segmenter, read_dictionary
from pipeline.vectorise import BlockVectoriser, Context, contexts

Array = NDArray[np.float64]
FORMAT = 1
TARGETS = ("category", "stage")
MANIFEST = "manifest.json"
# What tagging and comparing read; metrics, card and pictures lie beside it and may be written anew.
PARTS = ("codebook.yaml", "dictionary.txt", "model.json", "weights.npz", "crossfit.csv")
_SEPARATOR = "\x00"  # n-grams may hold any character of a text, white space too; a NUL never reaches them


@dataclass(frozen=True)
class Head:
    """All that turns sentences in context into posteriors over categories, or over stages."""

    classes: tuple[str, ...]
    vectoriser: BlockVectoriser
    scorer: LinearScorer
    calibrator: Calibrator
    chain: Chain

    def posteriors(self, rows: Sequence[Context], relations: Sequence[int]) -> Array:
        """Return posteriors (sentences, classes) of one document's sentences, decoded in order."""
        if not rows:
            return np.zeros((0, len(self.classes)))
        plain = self.calibrator.posteriors(self.scorer.scores(self.vectoriser.transform(rows)))
        return self.chain.decode(plain, relations)


@dataclass(frozen=True)
class Model:
    """A trained model.

    Attributes:
        review_threshold: a sentence whose posterior is lower is marked for review.
        digest: SHA-256 of the sentences and codes that it was trained on.
    """

    codebook: Codebook
    params: Params
    segmenter: Segmenter
    category: Head
    stage: Head
    review_threshold: float
    digest: str

    def posteriors(self, structured: StructuredDocument) -> tuple[Array, Array]:
        """Return the posteriors of a document's sentences: (sentences, categories) and (sentences, stages)."""
        rows, relations = contexts(structured), relations_of(structured.sentences)
        return self.category.posteriors(rows, relations), self.stage.posteriors(rows, relations)


def save_model(model: Model, folder: Path, *, codebook_file: Path, crossfit: str) -> None:
    """Write the model folder beside its place, then put it there.

    Args:
        model: the model.
        folder: where it goes; a model that stands there is replaced, files of other names are kept.
        codebook_file: copied as it is.
        crossfit: the cross-fitted posteriors, as CSV.

    Raises:
        ModelError: the folder can't be written.
    """
    beside = folder.with_name(f".{folder.name}.{os.getpid()}.tmp")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir()
        _write_parts(model, beside, codebook_file, crossfit)
        folder.mkdir(exist_ok=True)
        for name in (*PARTS, MANIFEST):
            (beside / name).replace(folder / name)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ModelError(f"can't be written ({reason})", where=str(folder), remedy="choose another place for the model") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _write_parts(model: Model, folder: Path, codebook_file: Path, crossfit: str) -> None:
    shutil.copyfile(codebook_file, folder / "codebook.yaml")
    _write(folder / "dictionary.txt", "".join(f"{word}\n" for word in model.segmenter.dictionary))
    _write(folder / "crossfit.csv", crossfit)
    heads = {"category": model.category, "stage": model.stage}
    arrays = {f"{target}_{name}": array for target, head in heads.items() for name, array in _pack(head).items()}
    np.savez_compressed(folder / "weights.npz", allow_pickle=False, **arrays)
    description = {
        "params": asdict(model.params),
        "review_threshold": model.review_threshold,
        "training_digest": model.digest,
        **{target: _describe(head) for target, head in heads.items()},
    }
    _write(folder / "model.json", json.dumps(description, ensure_ascii=False, indent=1) + "\n")
    digests = {name: _digest(folder / name) for name in PARTS}
    _write(folder / MANIFEST, json.dumps({"format": FORMAT, "sha256": digests}, indent=1) + "\n")


def load_model(folder: Path) -> Model:
    """Load a model folder.

    Raises:
        ModelError: the folder is missing or incomplete, a file was altered, or another version made it.
    """
    check_model(folder)
    try:
        description = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        params = params_from(description["params"], where=str(folder / "model.json"))
        segmenter = Segmenter(read_dictionary(folder / "dictionary.txt"))
        with np.load(folder / "weights.npz", allow_pickle=False) as arrays:
            category, stage = (_unpack(arrays, target, description[target], params, segmenter) for target in TARGETS)
        codebook = read_codebook(folder / "codebook.yaml")
        threshold, digest = float(description["review_threshold"]), str(description["training_digest"])
    except (KeyError, ValueError, IndexError, TypeError, zipfile.BadZipFile) as error:
        raise ModelError(f"the model doesn't fit together ({error})", where=str(folder), remedy="train it again") from error
    except WorktagError as error:
        raise ModelError(error.what, where=error.where, remedy="train the model again") from error
    return Model(codebook, params, segmenter, category, stage, threshold, digest)


def check_model(folder: Path) -> None:
    """Check that a model folder is whole and unaltered.

    Raises:
        ModelError: it isn't.
    """
    remedy = "train it again with `worktag train`, or copy the whole folder anew"
    if not folder.is_dir():
        raise ModelError("no such model folder", where=str(folder), remedy="check --model, or train one with `worktag train`")
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        made, digests = manifest["format"], manifest["sha256"]
    except FileNotFoundError as error:
        raise ModelError(f"no model: {MANIFEST} is missing", where=str(folder), remedy=remedy) from error
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{MANIFEST} was altered", where=str(folder), remedy=remedy) from error
    if made != FORMAT:
        raise ModelError(
            f"made for model format {made}, this is {FORMAT}",
            where=str(folder),
            remedy="train it again with this version",
        )
    for name in PARTS:
        if not (folder / name).is_file():
            raise ModelError(f"the model is incomplete: {name} is missing", where=str(folder), remedy=remedy)
        if not isinstance(digests, dict) or digests.get(name) != _digest(folder / name):
            raise ModelError(f"the model was altered: {name} isn't what was trained", where=str(folder), remedy=remedy)


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _write(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8", newline="\n")


def _describe(head: Head) -> dict[str, Any]:
    return {
        "classes": list(head.classes),
        "intercept": head.scorer.intercept.tolist(),
        "temperature": head.calibrator.temperature,
        "bias": head.calibrator.bias.tolist(),
        "chain_strength": head.chain.strength,
        "chain_temperature": head.chain.temperature,
        "chain_log_ratio": head.chain.log_ratio.tolist(),
    }


def _pack(head: Head) -> dict[str, NDArray[Any]]:
    packed: dict[str, NDArray[Any]] = {}
    packed["weights"], packed["scale"] = quantise(head.scorer.weights)
    for number, (terms, idf) in enumerate(zip(head.vectoriser.terms_, head.vectoriser.idf_, strict=True)):
        packed[f"terms{number}"] = np.frombuffer(_SEPARATOR.join(terms).encode("utf-8"), dtype=np.uint8)
        packed[f"idf{number}"] = idf.astype(np.float32)
    return packed


def _unpack(arrays: Mapping[str, Any], target: str, described: Mapping[str, Any], params: Params, segmenter: Segmenter) -> Head:
    blocks = params.vectorise.category_blocks if target == "category" else params.vectorise.stage_blocks
    numbers = range(len(blocks))
    joined = [bytes(arrays[f"{target}_terms{number}"]).decode("utf-8") for number in numbers]
    terms = [text.split(_SEPARATOR) if text else [] for text in joined]  # a block may be without terms
    idf = [arrays[f"{target}_idf{number}"].astype(np.float64) for number in numbers]
    vectoriser = BlockVectoriser(blocks, params.vectorise.place_weight, segmenter).restore(terms, idf)
    weights = restore_weights(arrays[f"{target}_weights"], arrays[f"{target}_scale"])
    return Head(
        tuple(described["classes"]),
        vectoriser,
        LinearScorer(weights, np.array(described["intercept"])),
        Calibrator(described["temperature"], np.array(described["bias"])),
        Chain(np.array(described["chain_log_ratio"]), described["chain_strength"], described["chain_temperature"]),
    )


def quantise(weights: Array) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return weights (features, classes) as signed bytes and each class's largest absolute weight.

    The byte holds the root of the weight: most weights are small, and so keep two digits. Six times smaller than float64 compressed.
    """
    scale = np.maximum(np.abs(weights).max(axis=0, initial=0.0), 1e-12).astype(np.float32)
    return np.rint(127 * np.sign(weights) * np.sqrt(np.abs(weights) / scale)).astype(np.int8), scale


def restore_weights(packed: NDArray[np.int8], scale: NDArray[np.float32]) -> Array:
    """Undo :func:`quantise`, up to rounding."""
    roots = packed.astype(np.float64) / 127
    return np.asarray(np.sign(roots) * roots**2 * scale.astype(np.float64))
