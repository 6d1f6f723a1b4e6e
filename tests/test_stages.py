"""The stages of dvc.yaml: each names all code that it runs."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline import cli_batch
from tests.conftest import ROOT, commands

STAGES: dict[str, Any] = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
# The command line, and where bundled files lie: they parse and print, and what they pass on stands in the stage's command.
_OUTSIDE = {"cli", "resources"}


def imported(tree: ast.AST) -> set[str]:
    """Return the modules of the package that a piece of code imports, by the first part of their names."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("pipeline."):
            found.add(node.module.split(".")[1])
        elif isinstance(node, ast.ImportFrom) and node.module == "pipeline":
            found |= {name.name for name in node.names}
    return {name for name in found if name.split("_")[0] not in _OUTSIDE and _files(name)}


def _files(name: str) -> list[Path]:
    file = ROOT / "pipeline" / f"{name}.py"
    return [file] if file.exists() else sorted((ROOT / "pipeline" / name).glob("*.py"))


def reached(names: Iterable[str]) -> set[str]:
    """Return modules with all that they import, however far away."""
    found: set[str] = set()
    left = list(names)
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += [other for file in _files(name) for other in imported(ast.parse(file.read_text(encoding="utf-8")))]
    return found


def _body(function: Any) -> ast.Module:
    """Return the code of a command, with that of what it calls for a batch of reports."""
    body = ast.parse(textwrap.dedent(inspect.getsource(function)))
    called = [getattr(cli_batch, node.id, None) for node in ast.walk(body) if isinstance(node, ast.Name)]
    for other in filter(inspect.isfunction, called):
        if other.__module__ == cli_batch.__name__:
            body.body += _body(other).body
    return body


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_names_all_code_that_its_command_reaches(name: str) -> None:
    words, known = STAGES[name]["cmd"].split(), commands()
    command = known[next(call for call in (" ".join(words[1:3]), words[1]) if call in known)]
    body = _body(inspect.unwrap(command.callback))
    listed = {Path(path).stem for path in STAGES[name]["deps"] if path.startswith("pipeline/")}
    assert sorted(reached(imported(body)) - listed) == []


def test_a_stage_that_reads_what_another_makes_depends_on_it() -> None:
    made = {path for stage in STAGES.values() for out in [*stage["outs"], *stage.get("metrics", [])] for path in out}
    for name, stage in STAGES.items():
        words = stage["cmd"].split()
        own = {path for out in stage["outs"] for path in out}
        read = {word for word in words if word in made} - own
        assert read <= set(stage["deps"]), name


def test_the_comparison_of_the_bundled_reports_goes_from_tags_to_a_report() -> None:
    chain = ["tag", "audit", "compare", "report"]
    assert [name for name in STAGES if name in chain] == chain
    assert "simulated" in STAGES["audit"]["cmd"]
    assert {"pipeline/templates", "build/audit.csv"} <= set(STAGES["report"]["deps"])
