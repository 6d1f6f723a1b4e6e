"""Multiply sparse rows by a dense matrix: with scipy's compiled loop, but without the 0.2 s that importing scipy.sparse takes.

The loop is in an extension module that scipy's own ``csr_matrix @ ndarray`` calls. It isn't public, so that another version of scipy may
not have it where it is looked for; numpy then does the same, four times slower.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import sys
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Indices = NDArray[np.int32]
_STEP = 64  # rows at a time, so that what is summed stays in the processor's cache: twice as fast as 256


def product(starts: Indices, columns: Indices, values: Array, matrix: Array) -> Array:
    """Return (rows, n), sparse rows times a matrix.

    Args:
        starts: (rows + 1,), where each row's values begin.
        columns: (values,), of each value.
        values: (values,).
        matrix: (columns, n), in C order.
    """
    found = np.zeros((len(starts) - 1, matrix.shape[1]))
    if compiled := kernel():
        compiled(len(found), *matrix.shape, starts, columns, values, matrix.ravel(), found.ravel())
    else:
        multiply(starts, columns, values, matrix, found)
    return found


def multiply(starts: Indices, columns: Indices, values: Array, matrix: Array, found: Array) -> None:
    """Add the product to ``found`` (rows, n) with numpy alone."""
    full = np.flatnonzero(np.diff(starts))
    for first in range(0, len(full), _STEP):
        rows = full[first : first + _STEP]
        begin, end = int(starts[rows[0]]), int(starts[rows[-1] + 1])
        terms = matrix.take(columns[begin:end], axis=0)
        terms *= values[begin:end, None]
        found[rows] += np.add.reduceat(terms, starts[rows] - begin, axis=0)


@lru_cache(maxsize=1)
def kernel() -> Callable[..., None] | None:
    """Return scipy's loop over compressed sparse rows, None where it isn't found."""
    name = "scipy.sparse._sparsetools"
    try:
        module = sys.modules.get(name) or _extension(name)
        loop: Callable[..., None] = module.csr_matvecs
        found = np.zeros(2)
        ones = np.ones(1, dtype=np.int32)
        loop(1, 2, 2, np.array([0, 1], dtype=np.int32), ones, np.array([3.0]), np.array([1.0, 2.0, 4.0, 5.0]), found)
    except (ImportError, AttributeError, TypeError, ValueError, OSError):
        return None
    return loop if found.tolist() == [12.0, 15.0] else None


def _extension(name: str) -> ModuleType:
    """Load an extension module of scipy's without the packages that it is in.

    Raises:
        ImportError: it isn't where it was, or can't be loaded alone.
    """
    scipy = importlib.util.find_spec("scipy")
    folder = Path(scipy.origin or "").parent.joinpath(*name.split(".")[1:-1]) if scipy else Path()
    finder = importlib.machinery.FileFinder(
        str(folder), (importlib.machinery.ExtensionFileLoader, importlib.machinery.EXTENSION_SUFFIXES)
    )
    spec = finder.find_spec(name.rpartition(".")[2])
    if spec is None or spec.loader is None:
        raise ImportError(name)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
