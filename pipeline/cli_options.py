"""What the commands share: options, the console, and the bar that shows progress."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console


class Language(StrEnum):
    """Language of names and headers."""

    zh = "zh"
    en = "en"


ModelOption = Annotated[
    Path | None, typer.Option("--model", "-m", help="Model folder; without it the bundled model.", show_default=False)
]
LanguageOption = Annotated[Language, typer.Option("--lang", help="Language of category names, and of headers in .xlsx.")]
CodebookOption = Annotated[
    Path | None, typer.Option("--codebook", help="Codebook (YAML); without it the bundled one.", show_default=False)
]
ParamsOption = Annotated[
    Path | None, typer.Option("--params", help="Parameters (YAML); without it the bundled ones.", show_default=False)
]


def console() -> Console:
    """Return the console that tables are printed on."""
    from rich.console import Console

    return Console(soft_wrap=False)


@contextmanager
def progress(title: str) -> Iterator[Callable[[str, int, int], None]]:
    """Show a bar with rate and remaining time on a terminal; nothing where the output is read by a program."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    terminal = Console(stderr=True)
    columns = (
        TextColumn(title),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}", markup=False),
    )
    with Progress(*columns, console=terminal, transient=True, disable=not terminal.is_terminal) as bar:
        task = bar.add_task("", total=None)
        yield lambda name, done, total: bar.update(task, description=name, completed=done, total=total)
