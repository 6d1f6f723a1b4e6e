"""Parse a plain call of ``worktag tag``: reports and options that are right.

Whatever else there is, tables, help, mistakes, is left to typer (:mod:`pipeline.cli_tag`), which alone explains and refuses.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.cli_batch import By, Language


def _processes(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text)):
        raise ValueError(text)
    return int(text)


# Options with a value, and without: the argument of `tag_reports` that each gives, and what makes the value, or the value.
VALUES: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "--output": ("output", Path),
    "-o": ("output", Path),
    "--by": ("by", By),
    "--jobs": ("jobs", _processes),
    "-j": ("jobs", _processes),
    "--dask": ("dask", str),
    "--model": ("model", Path),
    "-m": ("model", Path),
    "--lang": ("lang", Language),
}
FLAGS: Mapping[str, tuple[str, bool]] = {
    "--posteriors": ("posteriors", True),
    "--resume": ("resume", True),
    "--restart": ("resume", False),
}
_EXPANDED = frozenset("*?[~$%")  # on Windows typer expands patterns and variables, which a shell does elsewhere


def plain_call(arguments: Sequence[str]) -> dict[str, Any] | None:
    """Return the arguments of :func:`pipeline.cli_batch.tag_reports`; None where typer must look at the call."""
    if arguments[:1] != ["tag"] or (os.name == "nt" and not _EXPANDED.isdisjoint("".join(arguments))):
        return None
    found: dict[str, Any] = {}
    paths: list[Path] = []
    rest = iter(arguments[1:])
    for argument in rest:
        if argument in FLAGS:
            name, value = FLAGS[argument]
        elif argument in VALUES:
            (name, make), text = VALUES[argument], next(rest, "")
            if not text or text.startswith("-"):
                return None
            try:
                value = make(text)
            except ValueError:
                return None
        elif not argument or argument.startswith("-"):
            return None
        else:
            paths.append(Path(argument))
            continue
        if name in found:
            return None
        found[name] = value
    return {"paths": paths, **found} if paths and "output" in found else None
