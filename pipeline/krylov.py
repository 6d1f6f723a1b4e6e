"""Solve ridge regression for any penalty in one small space, found once: what a search over penalties costs is that of one fit.

Coefficients of ridge are Xᵀc, and for any penalty c lies in the Krylov space of K = XXᵀ and the targets, for K + αI spans the same space
for all α. A block Lanczos process finds an orthonormal basis V of it with as many passes over the rows as it has blocks, KV = VT + QB
with a small T (Golub & Underwood 1977); in the space, least squares are a small system for each penalty. All targets search one space
together: for 85,000 headlines twelve passes over the rows serve all penalties, where conjugate gradients took 22 for each.

Rows of unequal weight w are rows √w·x; an intercept without penalty means to leave out the direction of √w; and a feature that stands in
one row only adds its square to K's diagonal, which spares more than half of the features.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from pipeline.classify import LinearScorer, row_weights

Array = NDArray[np.float64]
Single = NDArray[np.float32]
Integers = NDArray[np.int64]
# Half the bytes are half the time, and the weights are rounded to a byte each in the end.
_TYPE = np.float32
# A direction that is so much smaller than the largest of its block, squared, is rounding.
_RANK = 1e-6
_ROUNDING = 1e-5
# The space is large enough when a further block makes the loss less by no more than this. Larger ones were no better on held-out texts,
# from 300 headlines to 85,000; with 0.05 a small problem stopped a fifth above the least loss.
_GAIN = 0.03
_BLOCKS = 60
# Targets that search one space: with more the space would hold too many numbers.
_TARGETS = 16


@dataclass(frozen=True)
class _Kernel:
    """K = XXᵀ of weighted rows, without the direction of the intercept.

    Attributes:
        rows: (rows, features that stand in two rows or more), frequent ones first: they are found in the cache.
        columns: of X's features, those of ``rows``.
        transposed: of ``rows``.
        alone: for each value of the other features its row, column and value.
        diagonal: (rows, 1), what these add to K.
        root: (rows, 1), of the rows' weights.
        features: of X.
    """

    rows: sparse.csr_matrix
    columns: Integers
    transposed: sparse.csr_matrix
    alone: tuple[Integers, Integers, Array]
    diagonal: Single
    root: Array
    features: int

    @property
    def direction(self) -> Single:
        """The direction of the intercept, (rows, 1)."""
        return (self.root / np.linalg.norm(self.root)).astype(_TYPE)

    def product(self, vectors: Single) -> tuple[Single, Single]:
        """Return K's product with ``vectors``, and what it leaves out in the direction of the intercept."""
        image = self.rows @ (self.transposed @ vectors)
        image += self.diagonal * vectors
        direction = self.direction
        along = direction.T @ image
        image -= direction @ along
        return image, along

    def weights(self, dual: Single) -> Array:
        """Return the coefficients Xᵀ·dual, (features, targets)."""
        weights = np.zeros((self.features, dual.shape[1]))
        weights[self.columns] = self.transposed @ dual
        row, column, values = self.alone
        weights[column] = values[:, None] * dual[row]
        return weights


def _kernel(rows: sparse.csr_matrix, weights: Array) -> _Kernel:
    root = np.sqrt(weights)
    values = rows.data * np.repeat(root, np.diff(rows.indptr))
    frequency = np.bincount(rows.indices, minlength=rows.shape[1])
    columns = np.argsort(-frequency, kind="stable")[: np.count_nonzero(frequency > 1)]
    place = np.full(rows.shape[1], -1, dtype=np.int32)
    place[columns] = np.arange(len(columns))
    found = place[rows.indices]
    inside = found >= 0
    ends = np.concatenate([[0], np.cumsum(inside)])[rows.indptr]
    shape = (rows.shape[0], len(columns))
    common = sparse.csr_matrix((values[inside].astype(_TYPE), found[inside], ends), shape=shape)
    single = np.flatnonzero(~inside)
    row = np.searchsorted(rows.indptr, single, side="right") - 1
    diagonal = np.bincount(row, weights=values[single] ** 2, minlength=len(root)).astype(_TYPE)
    alone = (row, rows.indices[single], values[single])
    return _Kernel(common, columns, common.T.tocsr(), alone, diagonal[:, None], root[:, None], rows.shape[1])


@dataclass(frozen=True)
class _Space:
    """A Krylov space.

    Attributes:
        basis: (rows, dimensions), V.
        projected: (dimensions, dimensions), T.
        beyond: (dimensions, dimensions), (QB)ᵀQB: of K's products with the basis, what lies outside the space.
        along: (1, dimensions), what these have in the direction of the intercept.
        targets: (dimensions, targets), the targets in the space.
    """

    basis: Single
    projected: Array
    beyond: Array
    along: Array
    targets: Array

    def solve(self, penalty: float) -> tuple[Array, float]:
        """Return the coordinates (dimensions, targets) of the dual coefficients, and by how much they make the loss less."""
        wanted = self.projected @ self.targets
        # Texts that are alike, but of two categories, leave nothing of a direction but rounding.
        rounding = max(_RANK * self.projected.diagonal().max(initial=0.0), 1e-30) * np.eye(len(self.projected))
        found = np.linalg.solve(self.projected @ self.projected + self.beyond + penalty * (self.projected + rounding), wanted)
        return found, float((wanted * found).sum())


def _spaces(kernel: _Kernel, targets: Single) -> Iterator[_Space]:
    """Return growing Krylov spaces, until they hold all that there is."""
    room: Single = np.empty((len(targets), 8 * targets.shape[1]), dtype=_TYPE)
    block = _orthonormal(targets, _gram(targets, targets))
    projected, along = np.zeros((0, 0)), np.zeros((1, 0))
    while True:
        start, stop = len(projected), len(projected) + block.shape[1]
        if stop > room.shape[1]:
            room = np.hstack([room, np.empty_like(room)], dtype=_TYPE)
        room[:, start:stop] = block
        basis = room[:, :stop]
        image, part = kernel.product(block)
        inside = np.zeros(basis.shape[1:] + block.shape[1:])
        for _ in range(2):  # once leaves rounding
            share = _gram(basis, image)
            image -= basis @ share.astype(_TYPE)
            inside += share
        inside[start:] = (inside[start:] + inside[start:].T) / 2
        projected = np.block([[projected, inside[:start]], [inside[:start].T, inside[start:]]])
        beyond, along = np.zeros_like(projected), np.hstack([along, part])
        beyond[start:, start:] = outside = _gram(image, image)
        yield _Space(basis, projected, beyond, along, _gram(basis, targets))
        # Where all that there is lies inside, what is left outside is rounding.
        block = _orthonormal(image, outside, least=(_ROUNDING * projected.diagonal().max(initial=0.0)) ** 2)
        block = block - basis @ (basis.T @ block)
        block = _orthonormal(block, _gram(block, block))
        if not block.shape[1] or stop + block.shape[1] > len(targets):
            return


def _gram(one: Single, other: Single) -> Array:
    return np.asarray(one.T @ other, dtype=np.float64)


def _orthonormal(vectors: Single, gram: Array, *, least: float = 1e-30) -> Single:
    """Return orthonormal vectors that span the same space, without directions whose squared size is no more than ``least``.

    ``gram`` holds the scalar products of the vectors that are given.
    """
    sizes, turns = np.linalg.eigh(gram)
    kept = sizes > max(_RANK * sizes.max(initial=0.0), least)
    return np.asarray(vectors @ (turns[:, kept] / np.sqrt(sizes[kept])).astype(_TYPE))


class RidgePath:
    """Ridge regression of one-against-rest targets ±1 with an unpenalised intercept, for any penalty.

    Args:
        rows: (rows, features).
        labels: (rows,), class numbers.
        classes: how many classes there are.
        power: rows weigh as in :func:`pipeline.classify.fit_scorer`.
        penalty: the space is made large enough for this one and higher ones; lower ones it damps a little more than they say.
    """

    def __init__(self, rows: sparse.csr_matrix, labels: Integers, classes: int, *, power: float, penalty: float) -> None:
        self._kernel = _kernel(rows, row_weights(labels, classes, power))
        direction = self._kernel.direction
        self._found: list[tuple[_Space, Single]] = []
        for start in range(0, classes, _TARGETS):
            some = np.arange(start, min(start + _TARGETS, classes))
            targets = (np.where(labels[:, None] == some, 1.0, -1.0) * self._kernel.root).astype(_TYPE)
            means = direction.T @ targets
            targets -= direction @ means
            self._found.append((_large_enough(self._kernel, targets, penalty), means))

    def scorer(self, penalty: float) -> LinearScorer:
        """Return the scorer with a penalty."""
        weights, intercepts = [], []
        for space, means in self._found:
            place, _ = space.solve(penalty)
            weights.append(self._kernel.weights(space.basis @ place.astype(_TYPE)))
            intercepts.append((means - space.along @ place)[0] / np.linalg.norm(self._kernel.root))
        return LinearScorer(np.hstack(weights), np.concatenate(intercepts))


def _large_enough(kernel: _Kernel, targets: Single, penalty: float) -> _Space:
    loss = float(np.sum(targets**2, dtype=np.float64))
    for number, space in enumerate(_spaces(kernel, targets), 1):
        less = float(np.sum(targets**2, dtype=np.float64)) - space.solve(penalty)[1]
        if loss - less <= _GAIN * less or number == _BLOCKS:
            break
        loss = less
    return space
