"""The notebooks: they run from end to end, define nothing, and stand here with their outputs."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT

FOLDER = ROOT / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
NAMES = [file.stem for file in NOTEBOOKS]


def cells(file: Path, kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in found if cell["cell_type"] == kind]


def outputs(file: Path) -> list[dict[str, Any]]:
    return [output for cell in cells(file, "code") for output in cell["outputs"]]


def test_there_are_three_and_the_readme_names_them() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name[0] for name in NAMES] == ["1", "2", "3"]
    assert [name for name in NAMES if f"notebooks/{name}.ipynb" not in readme] == []


@pytest.mark.parametrize("file", NOTEBOOKS, ids=NAMES)
def test_a_notebook_imports_the_package_and_defines_nothing(file: Path) -> None:
    tree = ast.parse("\n".join("".join(cell["source"]) for cell in cells(file, "code")))
    nodes = list(ast.walk(tree))
    assert not [node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)]
    assert any(isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pipeline.") for node in nodes)


@pytest.mark.parametrize("file", NOTEBOOKS, ids=NAMES)
def test_a_notebook_stands_here_with_its_outputs_and_nothing_of_the_machine(file: Path) -> None:
    text, shown = file.read_text(encoding="utf-8"), outputs(file)
    assert len(text) < 150_000
    assert len(shown) >= 5
    pictures = ["".join(output["data"]["image/svg+xml"]) for output in shown if "image/svg+xml" in output.get("data", {})]
    assert pictures
    assert all(re.search("[\u4e00-\u9fff]", picture) for picture in pictures)
    assert not re.search(r"/home/|/root/|/tmp/|[A-Z]:\\\\|\d\d:\d\d:\d\d|execution\":", text)
    assert [output for output in shown if output["output_type"] in ("error", "stream")] == []


# What the machinery of notebooks warns of differs between systems, and is none of this project's.
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("file", NOTEBOOKS, ids=NAMES)
def test_a_notebook_runs_without_an_error(file: Path) -> None:
    pytest.importorskip("nbclient", reason="nbclient isn't installed")
    pytest.importorskip("ipykernel", reason="ipykernel isn't installed")
    spec = importlib.util.spec_from_file_location("execute", FOLDER / "execute.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    notebook = module.run(file)
    run = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert [output.output_type for output in run] == [output["output_type"] for output in outputs(file)]
    assert [sorted(output.get("data", {})) for output in run] == [sorted(output.get("data", {})) for output in outputs(file)]
