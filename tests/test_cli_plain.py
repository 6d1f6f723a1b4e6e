"""A plain call of ``worktag tag`` does without typer what it does through it."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from pipeline import cli, cli_plain, cli_tag
from pipeline.cli_batch import By, Language, tag_reports
from pipeline.cli_plain import FLAGS, VALUES, plain_call
from tests.conftest import ROOT, Run, commands

_PLAIN = [
    "a.txt -o t.csv",
    "-o t.csv a.txt",
    "a.txt b.txt --output t.xlsx c",
    "a.txt -o t.csv --by paragraph --lang en",
    "a.txt --by point -o t.csv b.txt",
    "a.txt -o t.csv --posteriors --by sentence",
    "a.txt -o t.csv --resume -j 2",
    "a.txt -o t.csv --restart --jobs 010",
    "a.txt -o t.csv -m models/mine",
    "a.txt -o t.csv --model ./models/../mine --dask tcp://host:8786",
]
_OTHERWISE = [
    "",
    "a.txt",
    "-o t.csv",
    "a.txt -o",
    "a.txt -o t.csv --by word",
    "a.txt -o t.csv --by SENTENCE",
    "a.txt -o t.csv --lang fr",
    "a.txt -o t.csv --jobs 0",
    "a.txt -o t.csv --jobs -1",
    "a.txt -o t.csv --jobs many",
    "a.txt -o t.csv --jobs ２",
    "a.txt -o t.csv -o u.csv",
    "a.txt -o t.csv --resume --restart",
    "a.txt --output=t.csv",
    "a.txt -ot.csv",
    "-o t.csv -- -a.txt",
    "a.txt -o -- t.csv",
    "a.txt - -o t.csv",
    "a.txt -o t.csv --unheard-of",
    "a.txt -o t.csv --help",
    "a.txt -o t.csv -h",
    "--table t.xlsx --text title -m m -o t.csv",
    "a.txt -o t.csv --no-header",
]
_Called = dict[str, Any] | int


def _values(arguments: dict[str, Any]) -> dict[str, Any]:
    bound = inspect.signature(tag_reports).bind(**arguments)
    bound.apply_defaults()
    return bound.arguments


@pytest.fixture
def called(worktag: Run, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that calls ``worktag tag``, through typer or not, and returns what would be tagged, or the exit code."""

    def call(words: Sequence[str], *, plain: bool) -> _Called:
        found: list[dict[str, Any]] = []

        def record(paths: Sequence[Path], output: Path, **options: Any) -> int:
            found.append(_values({"paths": paths, "output": output, **options}))
            return 0

        for module in (cli, cli_tag):
            monkeypatch.setattr(module, "tag_reports", record)
        monkeypatch.setattr(cli, "plain_call", cli_plain.plain_call if plain else lambda _: None)
        outcome = worktag("tag", *words)
        return found[0] if found else outcome.code

    return call


@pytest.mark.parametrize("line", _PLAIN)
def test_a_plain_call_gives_the_values_that_typer_gives(called: Any, line: str) -> None:
    words = line.split()
    plain = plain_call(["tag", *words])
    assert plain is not None
    assert _values(plain) == called(words, plain=False) == called(words, plain=True)
    for value, other in zip(_values(plain).values(), called(words, plain=False).values(), strict=True):
        assert type(value) is type(other)


@pytest.mark.parametrize("line", _OTHERWISE)
def test_whatever_else_there_is_goes_through_typer(called: Any, line: str) -> None:
    words = line.split()
    assert plain_call(["tag", *words]) is None
    assert called(words, plain=True) == called(words, plain=False)


@pytest.mark.parametrize("words", [[], ["a.txt"], ["structure", "a.txt", "-o", "t.csv"], ["-h"], ["tag", "", "-o", "t.csv"]])
def test_other_commands_are_none_of_its_business(words: list[str]) -> None:
    assert plain_call(words) is None


@pytest.mark.parametrize("name", ["*.txt", "~/a.txt", "%TEMP%/a.txt", "$HOME/a.txt"])
def test_patterns_are_expanded_by_typer_on_windows(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    words = ["tag", name, "-o", "t.csv"]
    assert plain_call(words)
    monkeypatch.setattr(os, "name", "nt")
    assert plain_call(words) is None


def test_the_options_are_those_of_the_command() -> None:
    """Names, types and defaults; a table of texts is typer's alone, and so is the help."""
    parameters = {parameter.name: parameter for parameter in commands()["tag"].params}
    tables: dict[str, dict[str, Any]] = {}
    for option, (name, made) in {**VALUES, **FLAGS}.items():
        tables.setdefault(name, {})[option] = made
    assert set(parameters) - set(tables) == {"paths", "table", "text", "header"}
    defaults = {name: parameter.default for name, parameter in inspect.signature(tag_reports).parameters.items()}
    through_typer = {name: parameter.default for name, parameter in inspect.signature(cli_tag.tag).parameters.items()}
    assert set(defaults) == {"paths", *tables}
    for name, options in tables.items():
        parameter = parameters[name]
        assert set(options) == {*parameter.opts, *parameter.secondary_opts}, name
        assert defaults[name] == through_typer[name], name
        for option, made in options.items():
            assert _kind(parameter, option) == made if option in FLAGS else made is _kind(parameter, option), option


def _kind(parameter: Any, option: str) -> object:
    """Return the value of a flag, else what makes the values of an option."""
    if parameter.is_flag:
        return option in parameter.opts
    if parameter.name == "jobs":
        assert (parameter.type.name, parameter.type.min, parameter.type.max) == ("int range", 1, None)
        return VALUES["--jobs"][1]
    if parameter.type.name == "choice":
        return next(kind for kind in (By, Language) if [*kind] == list(parameter.type.choices))
    return {"path": Path, "str": str}[parameter.type.name]


def test_a_plain_call_imports_neither_typer_nor_rich(tmp_path: Path) -> None:
    file = tmp_path / "甲.txt"
    file.write_text("东河县2024年工作总结\n播种小麦8亩。\n", encoding="utf-8")
    code = (
        "import sys, pipeline.cli as cli\n"
        "try:\n    cli.main()\nexcept SystemExit as stop:\n    assert stop.code == 0\n"
        "print(*sorted({'typer', 'rich', 'click', 'inspect', 'pandas', 'sklearn', 'scipy', 'pyarrow'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code, "tag", str(file), "-o", str(tmp_path / "tags.csv")]
    done = subprocess.run(command, capture_output=True, cwd=ROOT, check=True, timeout=60)
    assert done.stdout.decode("utf-8").splitlines()[2:] == ["inspect"]  # of dataclasses


@pytest.mark.skipif(os.name == "nt", reason="a pipe without a reader is another error there")
def test_a_reader_who_leaves_early_gets_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for number in range(30):
        (tmp_path / "empty" / f"{number}.txt").write_bytes(b"")
    command = [sys.executable, "-m", "pipeline.cli", "tag", str(tmp_path / "empty"), "-o", str(tmp_path / "tags.csv")]
    end, start = os.pipe()
    os.close(end)
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=start, cwd=ROOT, check=False, timeout=60)
    os.close(start)
    assert done.returncode == 1
