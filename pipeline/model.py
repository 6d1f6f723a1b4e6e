"""A model: how it scores, and the folder that it is kept in. Loading it runs no code from the folder."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pipeline.classify import Calibrator, LinearScorer
from pipeline.codebook import Codebook, codebook_from, codebook_values
from pipeline.collect import Collected, collect
from pipeline.decode import Chain, relations_of
from pipeline.engine import Engine
from pipeline.errors import ModelError, WorktagError
from pipeline.folder import MANIFEST as MANIFEST
from pipeline.folder import check_folder, save_folder
from pipeline.lexicon import Lexicon
from pipeline.narrow import narrowed
from pipeline.pack import Arrays, PackedScorer, pack_features, quantise, read_arrays, unpack_features, unpack_lexicons
from pipeline.params import Params, params_from
from pipeline.records import StructuredDocument
from pipeline.segment import Segmenter, read_dictionary
from pipeline.vectorise import PLACES, BlockVectoriser, Context, contexts

if TYPE_CHECKING:
    from pipeline.latent import Latent

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
TARGETS = ("category", "stage")
_LATENT = "latent"
_FEW_CHARACTERS = 2000  # up to here narrowing saves a third of what making the whole engine takes; of a paragraph four fifths
# What tagging and comparing read; metrics, card and pictures lie beside it and may be written anew.
PARTS = ("codebook.yaml", "dictionary.txt", "model.json", "weights.npz", "crossfit.csv")


@dataclass(frozen=True)
class Head:
    """All that turns sentences in context into posteriors over categories, or over stages."""

    classes: tuple[str, ...]
    vectoriser: BlockVectoriser
    scorer: LinearScorer | PackedScorer
    calibrator: Calibrator
    chain: Chain

    def decoded(self, scores: Array, relations: Sequence[int] | Integers) -> Array:
        """Return posteriors (sentences, classes) of scores, decoded in order."""
        return self.chain.decode(self.calibrator.posteriors(scores), relations)

    def posteriors(self, rows: Sequence[Context], relations: Sequence[int]) -> Array:
        """Return posteriors (sentences, classes) of one document's sentences through scikit-learn: the reference for the engine."""
        if not rows:
            return np.zeros((0, len(self.classes)))
        return self.decoded(self.scorer.scores(self.vectoriser.transform(rows)), relations)


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

    @cached_property
    def engine(self) -> Engine | None:
        """What scores many documents at once; None where the model has n-grams that it doesn't look up."""
        return Engine(self._heads, self.segmenter) if self._scorable else None

    def engine_for(self, texts: Sequence[str]) -> Engine | None:
        """Return the engine; at the first call, if it is for few texts, one that knows their terms alone and is there many times sooner."""
        if next(self._calls) == 0 and self._scorable and sum(map(len, texts)) <= _FEW_CHARACTERS:
            heads = narrowed(self._heads, texts)
            return Engine(heads, self.segmenter) if heads else self.engine
        return self.engine

    @cached_property
    def _calls(self) -> Iterator[int]:
        return count()

    @cached_property
    def _scorable(self) -> bool:
        return all(Engine.can_score(vectoriser.blocks) for vectoriser, _ in self._heads)

    @property
    def _heads(self) -> list[tuple[BlockVectoriser, LinearScorer | PackedScorer]]:
        return [(head.vectoriser, head.scorer) for head in (self.category, self.stage)]

    def posteriors(self, structured: StructuredDocument) -> tuple[Array, Array]:
        """Return the posteriors of a document's sentences: (sentences, categories) and (sentences, stages)."""
        return self.posteriors_of([structured])[0]

    def posteriors_of(self, documents: Sequence[StructuredDocument]) -> list[tuple[Array, Array]]:
        """Return the posteriors of each document's sentences; some hundred thousand characters at a time are fastest."""
        collected = collect(documents)
        engine = self.engine_for(collected.texts)
        if engine is None or not documents:
            return [self.reference_posteriors(document) for document in documents]
        return self.decoded(engine.scores(collected), collected)

    def decoded(self, scores: Sequence[Array], collected: Collected) -> list[tuple[Array, Array]]:
        """Return the posteriors of each document's sentences from the scores of both heads."""
        heads = (self.category, self.stage)
        found = [head.decoded(values, collected.relations) for head, values in zip(heads, scores, strict=True)]
        return list(zip(*(np.split(values, collected.starts[1:-1]) for values in found), strict=True))

    def reference_posteriors(self, structured: StructuredDocument) -> tuple[Array, Array]:
        """Return what :meth:`posteriors` does, up to the last digits, one document at a time and through scikit-learn."""
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
    save_folder(folder, PARTS, lambda beside: _write_parts(model, beside, codebook_file, crossfit))


def _write_parts(model: Model, folder: Path, codebook_file: Path, crossfit: str) -> None:
    shutil.copyfile(codebook_file, folder / "codebook.yaml")
    _write(folder / "dictionary.txt", "".join(f"{word}\n" for word in model.segmenter.dictionary))
    _write(folder / "crossfit.csv", crossfit)
    heads = {"category": model.category, "stage": model.stage}
    latent = model.category.vectoriser.latent
    arrays, features = pack_features([*(head.vectoriser for head in heads.values()), *([latent.vectoriser] if latent else [])])
    for target, head in heads.items():
        arrays[f"{target}_weights"], arrays[f"{target}_scale"] = quantise(head.scorer.weights)
    if latent:
        arrays[f"{_LATENT}_weights"], arrays[f"{_LATENT}_scale"] = latent.projection.packed, latent.projection.scale
    np.savez_compressed(folder / "weights.npz", allow_pickle=False, **arrays)
    description = {
        "params": asdict(model.params),
        "codebook": codebook_values(model.codebook),  # as in codebook.yaml, which takes 50 ms to read
        "review_threshold": model.review_threshold,
        "training_digest": model.digest,
        **{
            target: {"features": of_head, **_describe(head)}
            for (target, head), of_head in zip(heads.items(), features, strict=False)
        },
        **({_LATENT: {"features": features[-1]}} if latent else {}),
    }
    _write(folder / "model.json", json.dumps(description, ensure_ascii=False, indent=1) + "\n")


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
        category, stage = _unpack(read_arrays(folder / "weights.npz"), description, params, segmenter)
        codebook = codebook_from(description["codebook"], where=str(folder / "model.json"))
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
    check_folder(folder, PARTS)


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


def _unpack(arrays: Arrays, described: Mapping[str, Any], params: Params, segmenter: Segmenter) -> Iterator[Head]:
    lexicons = unpack_lexicons(arrays)
    latent = _unpack_latent(arrays, lexicons, described[_LATENT], params, segmenter) if _LATENT in described else None
    for target in TARGETS:
        of_head, (blocks, place_weight) = described[target], params.vectorise.of(target)
        terms, idf = unpack_features(arrays, lexicons, blocks, of_head["features"])
        vectoriser = BlockVectoriser(blocks, place_weight, segmenter, latent).restore(terms, idf)
        yield Head(
            tuple(of_head["classes"]),
            vectoriser,
            PackedScorer(arrays[f"{target}_weights"], arrays[f"{target}_scale"], np.array(of_head["intercept"])),
            Calibrator(of_head["temperature"], np.array(of_head["bias"])),
            Chain(np.array(of_head["chain_log_ratio"]), of_head["chain_strength"], of_head["chain_temperature"]),
        )


def _unpack_latent(
    arrays: Arrays, lexicons: Mapping[str, Lexicon], described: Mapping[str, Any], params: Params, segmenter: Segmenter
) -> Latent:
    from pipeline.latent import Latent  # few models have one

    blocks = params.vectorise.category_blocks
    terms, idf = unpack_features(arrays, lexicons, blocks, described["features"])
    packed, scale = arrays[f"{_LATENT}_weights"], arrays[f"{_LATENT}_scale"]
    if packed.shape != (sum(map(len, terms)) + len(PLACES), len(scale)):
        raise ValueError("a latent space of other features")
    return Latent(
        BlockVectoriser(blocks, 0.0, segmenter).restore(terms, idf),
        PackedScorer(packed, scale, np.zeros(len(scale))),
        params.latent.weight,
    )
