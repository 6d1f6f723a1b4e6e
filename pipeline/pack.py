"""Pack what a model has learnt into small arrays, and unpack it: terms, inverse document frequencies, weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pipeline.lexicon import Lexicon, Terms, only_used, unite
from pipeline.params import UNITS, Block
from pipeline.vectorise import BlockVectoriser

if TYPE_CHECKING:
    from scipy import sparse

Array = NDArray[np.float64]
Arrays = dict[str, NDArray[Any]]


def pack_features(vectorisers: Sequence[BlockVectoriser]) -> tuple[Arrays, list[list[int]]]:
    """Return terms and inverse document frequencies of all blocks as arrays, and for each vectoriser the numbers of its blocks' features.

    Each term stands there once, in the lexicon of its unit; blocks that learnt the same, as those of category and stage do, share it.
    """
    packed: Arrays = {}
    blocks = [
        (head, place, block, terms, idf.astype(np.float32))
        for head, vectoriser in enumerate(vectorisers)
        for place, (block, terms, idf) in enumerate(zip(vectoriser.blocks, vectoriser.terms_, vectoriser.idf_, strict=True))
    ]
    numbers = [[0] * len(vectoriser.blocks) for vectoriser in vectorisers]
    known: dict[tuple[str, bytes, bytes], int] = {}
    for unit in UNITS:
        of_unit = [block for block in blocks if block[2].unit == unit]
        lexicon, places = only_used(*unite([terms for _, _, _, terms, _ in of_unit]))
        packed[f"{unit}_joined"] = np.frombuffer(lexicon.joined.encode("utf-8"), dtype=np.uint8)
        packed[f"{unit}_sizes"] = lexicon.sizes.astype(np.uint16)
        for (head, place, _, _, idf), at in zip(of_unit, places, strict=True):
            steps = np.diff(at, prepend=0).astype(np.int32)  # small numbers, which compress well
            number = known.setdefault((unit, steps.tobytes(), idf.tobytes()), len(known))
            packed[f"at{number}"], packed[f"idf{number}"] = steps, idf
            numbers[head][place] = number
    return packed, numbers


def unpack_features(
    arrays: Mapping[str, Any], lexicons: Mapping[str, Lexicon], blocks: Sequence[Block], numbers: Sequence[int]
) -> tuple[list[Sequence[str]], list[Array]]:
    """Return terms and inverse document frequencies of each block of a vectoriser.

    Args:
        arrays: what :func:`pack_features` packed.
        lexicons: of all blocks, by :func:`unpack_lexicons`.
        blocks: of the vectoriser.
        numbers: of their features.

    Raises:
        KeyError, ValueError, IndexError: they don't fit together.
    """
    terms: list[Sequence[str]] = []
    for block, number in zip(blocks, numbers, strict=True):
        at = np.cumsum(arrays[f"at{number}"], dtype=np.int64)
        if len(at) and not 0 <= at.min() <= at.max() < len(lexicons[block.unit]):
            raise ValueError("terms that the lexicon hasn't")
        terms.append(Terms(lexicons[block.unit], at))
    return terms, [arrays[f"idf{number}"].astype(np.float64) for number in numbers]


def unpack_lexicons(arrays: Mapping[str, Any]) -> dict[str, Lexicon]:
    """Return the lexicon of each unit.

    Raises:
        KeyError, ValueError: they don't fit together.
    """
    lexicons = {}
    for unit in UNITS:
        joined, sizes = bytes(arrays[f"{unit}_joined"]).decode("utf-8"), arrays[f"{unit}_sizes"].astype(np.int64)
        if sizes.sum() != len(joined):
            raise ValueError("terms of other lengths than they should have")
        lexicons[unit] = Lexicon(joined, sizes)
    return lexicons


def read_arrays(path: Path) -> Arrays:
    """Read arrays from a file that holds nothing else.

    Raises:
        ValueError, zipfile.BadZipFile: it holds something else.
    """
    with np.load(path, allow_pickle=False) as arrays:
        return dict(arrays)


def quantise(weights: Array) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return weights (features, classes) as signed bytes and each class's largest absolute weight.

    The byte holds the root of the weight: most weights are small, and so keep two digits. Six times smaller than float64 compressed.
    """
    scale = np.maximum(np.abs(weights).max(axis=0, initial=0.0), 1e-12).astype(np.float32)
    return np.rint(127 * np.sign(weights) * np.sqrt(np.abs(weights) / scale)).astype(np.int8), scale


def restore_weights(packed: NDArray[np.int8], scale: NDArray[np.float32]) -> Array:
    """Undo :func:`quantise`, up to rounding."""
    roots = np.arange(256, dtype=np.uint8).view(np.int8) / 127
    squares = np.sign(roots) * roots**2
    weights = squares.take(packed.view(np.uint8))
    weights *= scale
    return weights


@dataclass(frozen=True)
class PackedScorer:
    """A :class:`pipeline.classify.LinearScorer` whose weights stay packed until they are asked for: tagging unpacks block by block.

    Attributes:
        packed: (features, classes).
        scale: (classes,).
        intercept: (classes,).
    """

    packed: NDArray[np.int8]
    scale: NDArray[np.float32]
    intercept: Array

    @cached_property
    def weights(self) -> Array:
        """All weights, (features, classes)."""
        return restore_weights(self.packed, self.scale)

    def part(self, start: int, stop: int | None) -> Array:
        """Return the weights of some features, (features, classes)."""
        return restore_weights(self.packed[start:stop], self.scale)

    def scores(self, rows: sparse.csr_matrix) -> Array:
        """Return scores (rows, classes)."""
        return np.asarray(rows @ self.weights + self.intercept)
