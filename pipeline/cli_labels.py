"""The commands ``worktag labels …``: check label files, and exchange them with annotation programs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli_batch import Language
from pipeline.cli_options import CodebookOption, LanguageOption, codebook_for
from pipeline.errors import WorktagError
from pipeline.resources import bundled

labels_app = typer.Typer(
    name="labels",
    no_args_is_help=True,
    help="Check label files, and exchange them with Label Studio, doccano and spreadsheets.",
    epilog="Example: worktag labels check --reports myreports --labels mylabels",
)


class Format(StrEnum):
    """A format of an annotation program."""

    labelstudio = "labelstudio"
    doccano = "doccano"
    xlsx = "xlsx"


ReportsOption = Annotated[Path | None, typer.Option(help="Folder of reports; without it the bundled ones.", show_default=False)]


def _stop(faults: Sequence[WorktagError]) -> None:
    for fault in faults:
        print(f"worktag: {fault.line()}", file=sys.stderr)
    print(f"worktag: {len(faults):,} fault{'s' * (len(faults) != 1)}", file=sys.stderr)
    raise typer.Exit(2)


@labels_app.command(epilog="Example: worktag labels check --reports myreports --labels mylabels --codebook mycodebook.yaml")
def check(
    reports: ReportsOption = None,
    labels: Annotated[
        Path | None, typer.Option(help="Folder of label files (*.csv), or one; without it the bundled ones.", show_default=False)
    ] = None,
    codebook: CodebookOption = None,
) -> None:
    """Name every fault of label files, with file and line; exit with 2 if there is one."""
    from pipeline.check import check_labels

    folder = labels or bundled("labels")
    found = check_labels(reports or bundled("seeds"), folder, codebook_for(codebook, folder))
    if found.faults:
        _stop(found.faults)
    print(f"{found.summary()}; no fault")
    if found.unnamed:
        # Reports of one body share names and phrases; where they can't be kept together, a model seems better than it is.
        print(
            f"note: who wrote them isn't known of {', '.join(found.unnamed)}; say it in a table units.csv (document, unit, period) there"
        )


@labels_app.command(
    epilog=(
        "Examples: worktag labels export --to xlsx --reports myreports -o coding.xlsx | "
        "worktag labels export --to labelstudio --reports myreports --labels mylabels -o tasks.json"
    )
)
def export(
    to: Annotated[Format, typer.Option(help="The program to code in.", show_default=False)],
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write.", show_default=False)],
    reports: ReportsOption = None,
    labels: Annotated[
        Path | None,
        typer.Option(
            help="Folder of label files, or one; with reports but without labels all is yet to be coded.", show_default=False
        ),
    ] = None,
    codebook: CodebookOption = None,
    lang: LanguageOption = Language.zh,
) -> None:
    """Write reports, coded or yet to be coded, for Label Studio, doccano, or a spreadsheet with drop-down lists."""
    from pipeline.codebook import read_codebook
    from pipeline.exchange import export_labels
    from pipeline.spans import load_coded

    given = labels or (bundled("labels") if reports is None else None)
    book = read_codebook(codebook_for(codebook, given))
    documents = load_coded(reports or bundled("seeds"), given, book)
    files = export_labels(documents, output, book, to=to.value, language=lang.value)
    rows = sum(len(document.labels) for document in documents)
    print(f"{len(documents):,} reports, {rows:,} labels -> {', '.join(map(str, files))}")


@labels_app.command(
    "import",
    epilog="Examples: worktag labels import coding.xlsx --from xlsx -o mylabels | worktag labels import tasks.json --from labelstudio -o mylabels",
)
def import_(
    file: Annotated[Path, typer.Argument(help="What the program exported.", show_default=False)],
    source: Annotated[Format, typer.Option("--from", help="The program that it comes from.", show_default=False)],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of label files.", show_default=False)],
    codebook: CodebookOption = None,
    coder: Annotated[str, typer.Option(help="Who coded what names no coder.")] = "",
    replace: Annotated[bool, typer.Option("--replace", help="Overwrite a label file of the same name.")] = False,
) -> None:
    """Read labels from Label Studio (JSON), doccano (JSONL) or a coding sheet into a label file; nothing is lost on the way."""
    from pipeline.codebook import read_codebook
    from pipeline.exchange import import_labels

    book = read_codebook(codebook_for(codebook, output))
    target, found = import_labels(file, output, book, source=source.value, coder=coder, replace=replace)
    if found.faults:
        _stop(found.faults)
    print(f"{len(found.labels):,} labels of {found.documents:,} reports -> {target}")
    named = f" --codebook {codebook}" if codebook else ""
    print(f"check them: worktag labels check --reports … --labels {output}{named}")
