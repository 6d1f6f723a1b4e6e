"""Documentation: what it shows can be called, what it names is there."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

import pipeline
from pipeline.store import CHINESE_HEADERS
from pipeline.tag import COLUMNS, SHARES
from tests.conftest import ROOT, check_call, commands

DOCUMENTS = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "seeds/README.md")]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MODULES = sorted((ROOT / "pipeline").rglob("*.py"))


def blocks(text: str) -> list[str]:
    """Return the code blocks of a Markdown text."""
    return re.findall(r"^```\w*\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


def calls(text: str) -> Iterator[list[str]]:
    """Yield the words of each call of worktag in the code blocks of a Markdown text."""
    for block in blocks(text):
        for line in re.split(r"\n|&&", block.replace("\\\n", " ")):
            words = line.split("#")[0].split()
            if words[:1] == ["worktag"]:
                yield words


CALLS = [(file.name, words) for file in DOCUMENTS for words in calls(file.read_text(encoding="utf-8"))]


@pytest.mark.parametrize(("name", "words"), CALLS, ids=[f"{name}: {' '.join(words)}" for name, words in CALLS])
def test_a_command_that_a_document_shows_can_be_called(name: str, words: list[str]) -> None:
    assert name.endswith(".md")
    check_call(words)


def test_the_readme_shows_every_command() -> None:
    shown = {check_call(words) for name, words in CALLS if name == "README.md"}
    assert {"tag", "train", "evaluate", "explain", "codebook", "structure"} <= shown
    assert len(CALLS) > 8


@pytest.mark.parametrize("name", ["install-and-tag", "tests"])
def test_a_command_that_continuous_integration_takes_from_the_readme_is_there(name: str) -> None:
    (block,) = re.findall(rf"<!-- {name} -->\n```\n(.+?)\n```\n", README, flags=re.DOTALL)
    assert "\n" not in block
    assert f"readme_command {name}" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_a_link_within_the_project_leads_somewhere(file: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", file.read_text(encoding="utf-8")):
        assert target.startswith("https://") or (file.parent / target).exists(), target


def test_modules_that_the_readme_names_exist_and_all_are_named() -> None:
    tree = next(block for block in blocks(README) if block.startswith("pipeline/"))
    named = set(re.findall(r"\b(\w+)\.py\b", tree))
    assert {name for name in named if not (ROOT / "pipeline" / f"{name}.py").exists()} == set()
    steps = [name for name in ("read", "structure", "segment", "vectorise", "classify", "decode", "tag") if name in named]
    assert [tree.index(f"{name}.py") for name in steps] == sorted(tree.index(f"{name}.py") for name in steps)
    assert len(steps) == 7


def test_the_readme_explains_every_column_with_its_chinese_header() -> None:
    rows = [line.split("|") for line in README.splitlines() if line.startswith("| `")]
    names = [name for row in rows for name in re.findall(r"`(\w+)`", row[1])]
    headers = [header.strip() for row in rows for header in row[2].split("、")]
    assert names == [*COLUMNS, SHARES]
    assert headers == [CHINESE_HEADERS[name] for name in names]


def test_steps_stand_in_one_order_in_the_package_docstring() -> None:
    documented = re.findall(r"^``(\w+)``  ", pipeline.__doc__ or "", flags=re.MULTILINE)
    assert documented == ["read", "structure", "segment", "vectorise", "classify", "decode", "tag"]
    for name in documented:
        assert (ROOT / "pipeline" / f"{name}.py").exists()


def _public(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.ClassDef]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from (part for part in node.body if isinstance(part, ast.FunctionDef) and not part.name.startswith("_"))


@pytest.mark.parametrize("file", MODULES, ids=lambda file: file.stem)
def test_modules_and_public_names_have_docstrings(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    assert [node.name for node in _public(tree) if not ast.get_docstring(node)] == []


@pytest.mark.parametrize("file", MODULES, ids=lambda file: file.stem)
def test_only_the_command_line_prints_and_exits(file: Path) -> None:
    if file.stem.startswith("cli"):
        return
    names = {node.id for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.Name)}
    attributes = {
        ast.unparse(node) for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.Attribute)
    }
    assert not {"print", "exit", "quit", "SystemExit"} & names
    assert not {"sys.exit", "os._exit", "typer.Exit"} & attributes


def test_the_help_comes_without_loading_what_only_the_work_needs() -> None:
    code = "import sys, pipeline.cli_app; print(*sorted({'pandas', 'sklearn', 'jieba', 'scipy', 'pyarrow'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True, timeout=60)
    assert done.stdout == "\n"


def test_every_stage_of_dvc_can_be_called_and_its_dependencies_exist() -> None:
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    assert len(stages) >= 4
    made = {path for stage in stages.values() for out in stage["outs"] for path in out}
    for name, stage in stages.items():
        words = stage["cmd"].split()
        assert words[0] == "worktag", name
        check_call(words)
        for dependency in stage["deps"]:
            assert dependency in made or (ROOT / dependency).exists(), (name, dependency)


def test_the_lock_names_exact_versions_and_no_registry() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert len(lines) > 30
    for line in lines:
        assert re.fullmatch(r"[A-Za-z0-9._\[\],-]+==[\w.+!-]+(?: ; .+)?", line), line
        assert "://" not in line


def test_the_changelog_speaks_of_every_command() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^## ", text, flags=re.MULTILINE)
    assert [name for name in commands() if f"worktag {name}" not in text] == []


def test_dvc_sends_nothing_and_asks_for_no_update() -> None:
    text = (ROOT / ".dvc" / "config").read_text(encoding="utf-8")
    assert "analytics = false" in text
    assert "check_update = false" in text


def test_nothing_of_the_shared_folder_is_in_the_repository() -> None:
    """Real reports stay outside: no sentence of them stands in a file of this repository."""
    real = ROOT.parent / "shared" / "real"
    if not (real / "gold.tsv").is_file():
        pytest.skip("no real reports beside the repository (../shared/real)")
    rows = [line.split("\t") for line in (real / "gold.tsv").read_text(encoding="utf-8").splitlines()[1:]]
    sentences = ["".join(row[4].split()) for row in rows if len(row[4]) >= 25]
    assert len(sentences) > 100
    files = (
        subprocess.run(["git", "ls-files", "-z"], capture_output=True, cwd=ROOT, check=True, timeout=60).stdout.decode().split("\0")
    )
    texts = [
        "".join((ROOT / name).read_text(encoding="utf-8", errors="replace").split()) for name in files if (ROOT / name).is_file()
    ]
    everything = "\n".join(texts)
    assert [sentence for sentence in sentences if sentence in everything] == []
