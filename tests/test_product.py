"""Sparse rows times a matrix: scipy's loop and numpy say what scipy's own product says."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
from scipy import sparse

from pipeline import product as module
from pipeline.product import kernel, product


@pytest.mark.parametrize("loop", [kernel(), None], ids=["scipy's loop", "numpy"])
def test_product_is_scipys(loop: Callable[..., None] | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "kernel", lambda: loop)
    chance = np.random.default_rng(1)
    dense = np.where(chance.random((300, 50)) < 0.05, chance.normal(size=(300, 50)), 0.0)
    dense[[0, 7, 299]] = 0
    rows = sparse.csr_matrix(dense)
    matrix = chance.normal(size=(50, 16))
    found = product(rows.indptr.astype(np.int32), rows.indices.astype(np.int32), rows.data, matrix)
    assert np.allclose(found, rows @ matrix, rtol=0, atol=1e-13)
    assert not found[7].any()
    assert found.any(axis=1).sum() > 200


def test_no_rows_and_rows_of_nothing() -> None:
    none = np.zeros(0, dtype=np.int32)
    for rows in (0, 3):
        found = product(np.zeros(rows + 1, dtype=np.int32), none, np.zeros(0), np.ones((2, 4)))
        assert found.shape == (rows, 4)
        assert not found.any()


def test_scipys_loop_is_there_without_scipys_import_and_beside_it() -> None:
    code = """
import sys
import numpy as np
from pipeline.product import kernel, product
assert kernel() is not None
assert "scipy.sparse" not in sys.modules
from scipy import sparse
rows = sparse.csr_matrix(np.eye(3))
found = product(rows.indptr, rows.indices, rows.data, np.ones((3, 2)))
assert (found == rows @ np.ones((3, 2))).all()
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_scipys_loop_nothing_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    kernel.cache_clear()
    monkeypatch.setitem(sys.modules, "scipy.sparse._sparsetools", None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert kernel() is None
    monkeypatch.undo()
    kernel.cache_clear()
    assert kernel() is not None
