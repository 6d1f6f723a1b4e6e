"""Add what uncoded text says to the features of few labels: place each sentence in a latent space of few dimensions.

With few labels most words of an unseen report stand in no labelled sentence. A truncated SVD of the features of all reports, coded or
not, brings words together that stand with the same others (latent semantic analysis; Deerwester et al. 1990). Ridge on the columns
[X, √γ·Z], Z being the sentences' places in that space at unit length, is ridge in the dual on K = XXᵀ + γZZᵀ (Cristianini, Shawe-Taylor &
Lodhi 2002, "Latent Semantic Kernels").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pipeline.pack import PackedScorer, quantise
from pipeline.params import Block, LatentParams
from pipeline.segment import Segmenter
from pipeline.vectorise import BlockVectoriser, Context, Counted

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Latent:
    """A latent space.

    Attributes:
        vectoriser: makes the features that are projected, by what it learnt from all reports.
        projection: (features, dimensions), as a scorer: what the engine sums, and how the model folder keeps it.
        weight: of the latent kernel beside that of the features.
    """

    vectoriser: BlockVectoriser
    projection: PackedScorer
    weight: float

    @property
    def dimensions(self) -> int:
        """How many dimensions the space has."""
        return len(self.projection.scale)

    def placed(self, projected: Array) -> Array:
        """Return projected rows (sentences, dimensions) as features: each of the root of the weight in length, or 0."""
        lengths = np.sqrt((projected**2).sum(axis=1, keepdims=True))
        return np.asarray(np.sqrt(self.weight) * projected / np.maximum(lengths, 1e-150))

    def transform(self, rows: Sequence[Context]) -> Array:
        """Return the features (sentences, dimensions) of any rows."""
        return self.placed(self.projection.scores(self.vectoriser.transform(rows)))

    def transform_counted(self, counted: Counted, rows: Integers) -> Array:
        """Return the features (sentences, dimensions) of some of the rows that were counted."""
        return self.placed(self.projection.scores(self.vectoriser.transform_counted(counted, rows)))


def latent_pays(labelled: int, unlabelled: int, params: LatentParams) -> bool:
    """Tell whether there are few enough labels, and enough sentences beside them, for a latent space to tag better.

    From labelled sentences alone it tags worse; params.yaml has the figures.
    """
    return params.dimensions > 0 and labelled < params.below and unlabelled >= labelled


def fit_latent(counted: Counted, blocks: Sequence[Block], segmenter: Segmenter, params: LatentParams, seed: int) -> Latent | None:
    """Find the latent space of all counted rows, without any of their codes; None where they are too few or too much alike.

    Packed at once, so that what is trained on it sees the very projection that the model folder keeps.
    """
    from sklearn.decomposition import TruncatedSVD

    everything = np.arange(len(counted.rows))
    common = [replace(block, min_df=max(block.min_df, params.min_df)) for block in blocks]
    vectoriser = BlockVectoriser(common, 0.0, segmenter).fit_counted(counted, everything)
    matrix = vectoriser.transform_counted(counted, everything)
    dimensions = min(params.dimensions, min(matrix.shape) - 1)
    if dimensions < 1 or not matrix.count_nonzero():
        return None
    axes = TruncatedSVD(dimensions, random_state=seed).fit(matrix).components_.T
    largest = axes[np.abs(axes).argmax(axis=0), np.arange(dimensions)]
    packed, scale = quantise(axes * np.where(largest < 0, -1.0, 1.0))
    return Latent(vectoriser, PackedScorer(packed, scale, np.zeros(dimensions)), params.weight)
