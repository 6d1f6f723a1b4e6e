"""What the commands share: options, the console, and the bar that shows progress."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli_batch import Language
from pipeline.errors import WorktagError
from pipeline.resources import default_codebook

if TYPE_CHECKING:
    from rich.console import Console


ModelOption = Annotated[
    Path | None, typer.Option("--model", "-m", help="Model folder; without it the bundled model.", show_default=False)
]
LanguageOption = Annotated[Language, typer.Option("--lang", help="Language of category names, and of headers in .xlsx.")]
CodebookOption = Annotated[
    Path | None,
    typer.Option(
        "--codebook",
        help="Codebook (YAML); without it the codebook.yaml among the labels, else the bundled one.",
        show_default=False,
    ),
]
ParamsOption = Annotated[
    Path | None, typer.Option("--params", help="Parameters (YAML); without it the bundled ones.", show_default=False)
]
TableOption = Annotated[
    Path | None,
    typer.Option("--table", help="Table of texts: .csv, .tsv, .txt (tabs), .xlsx, .jsonl or .parquet.", show_default=False),
]
TextOption = Annotated[
    str | None, typer.Option("--text", help="Column of the texts: its name, or its number with --no-header.", show_default=False)
]
CategoryOption = Annotated[str | None, typer.Option("--category", help="Column of the categories, likewise.", show_default=False)]
HeaderOption = Annotated[bool, typer.Option("--header/--no-header", help="The table's first row names its columns.")]


def codebook_for(codebook: Path | None, labels: Path | None) -> Path:
    """Return the codebook that was named, else the one that lies among the labels, else the bundled one."""
    beside = labels / "codebook.yaml" if labels is not None else None
    return codebook or (beside if beside is not None and beside.is_file() else default_codebook())


def refuse(options: Mapping[str, object], reason: str, command: str) -> None:
    """Refuse options that would do nothing in this call."""
    for name, value in options.items():
        if value is not None and value is not False:
            raise WorktagError(f"{name} {reason}", remedy=f"leave it out; see `worktag {command} --help`")


def console() -> Console:
    """Return the console that tables are printed on; what goes into a file or to a program isn't broken at 80 columns."""
    from rich.console import Console

    screen = Console(soft_wrap=False)
    return screen if screen.is_terminal or "COLUMNS" in os.environ else Console(soft_wrap=False, width=160)


@contextmanager
def progress(title: str) -> Iterator[Callable[[str, int, int], None]]:
    """Show a bar with rate and remaining time on a terminal; nothing where the output is read by a program."""
    from rich.console import Console

    terminal = Console(stderr=True)
    if not terminal.is_terminal:
        yield lambda _name, _done, _total: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn(title),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}", markup=False),
    )
    with Progress(*columns, console=terminal, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda name, done, total: bar.update(task, description=name, completed=done, total=total)
