"""A pattern that is compiled late is the pattern that was given."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from pipeline.patterns import lazy
from tests.conftest import ROOT


def test_a_late_pattern_behaves_as_the_compiled_one() -> None:
    late, compiled = lazy("(?P<sign>[a-c])(x)?", re.IGNORECASE), re.compile("(?P<sign>[a-c])(x)?", re.IGNORECASE)
    assert late.sub(r"<\g<sign>>", "aBxd") == compiled.sub(r"<\g<sign>>", "aBxd") == "<a><B>d"
    for text in ("", "a", "cx", "dCX"):
        for method in ("search", "match", "fullmatch"):
            found, wanted = getattr(late, method)(text), getattr(compiled, method)(text)
            assert (found and found.span()) == (wanted and wanted.span())
        assert late.findall(text) == compiled.findall(text)
    assert (late.pattern, late.flags, late.groups) == (compiled.pattern, compiled.flags, compiled.groups)
    with pytest.raises(AttributeError):
        late.unheard_of  # type: ignore[attr-defined]  # noqa: B018


def test_it_is_compiled_once_and_not_before_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str] = []
    compile_now = re.compile

    def record(pattern: str, flags: int) -> re.Pattern[str]:
        compiled.append(pattern)
        return compile_now(pattern, flags)

    monkeypatch.setattr(re, "compile", record)
    late = lazy("甲")
    assert compiled == []
    assert [bool(late.search(text)) for text in ("甲", "乙")] == [True, False]
    assert late.match("甲乙") is not None
    assert compiled == ["甲"]


def test_every_pattern_of_the_package_compiles() -> None:
    """What is compiled late must not fail late."""
    code = (
        "import importlib, pkgutil, re, pipeline, pipeline.patterns as patterns\n"
        "patterns.lazy = re.compile\n"
        "for module in pkgutil.walk_packages(pipeline.__path__, 'pipeline.'):\n"
        "    try:\n        importlib.import_module(module.name)\n"
        "    except ModuleNotFoundError as error:\n        assert error.name == 'distributed', error\n"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, check=True, timeout=120)
