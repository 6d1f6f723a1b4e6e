"""The commands that compare: ``compare``, ``audit`` and ``labels``. Like :mod:`pipeline.cli` they parse, call one function, print."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.cli_batch import Language
from pipeline.cli_labels import labels_app
from pipeline.cli_options import CodebookOption, LanguageOption, ModelOption, console, progress
from pipeline.errors import WorktagError
from pipeline.resources import default_codebook, default_dictionary, default_model

audit_app = typer.Typer(
    name="audit", no_args_is_help=True, help="Audit tags: draw sentences at random for a person to code, and plan how many."
)

TableArgument = Annotated[Path, typer.Argument(help="Table that `worktag tag` wrote, by sentence.", show_default=False)]
UnitsOption = Annotated[
    Path | None, typer.Option("--units", help="units.csv: units, periods, and further groups such as level.", show_default=False)
]
ForOption = Annotated[
    str,
    typer.Option("--for", help="Groups whose shares are to be alike precise: unit, period, unit,period, or a column of --units."),
]
AuditOption = Annotated[
    Path | None,
    typer.Option(help="Coded audit (.xlsx, .csv), or labels with inclusion probabilities.", show_default=False),
]
SeedOption = Annotated[int, typer.Option(help="Of the random numbers.")]
_SEED = 20261120


class Part(StrEnum):
    """What a comparison writes."""

    tables = "tables"
    report = "report"


COMPARE_EXAMPLES = (
    "Examples: worktag compare tags.csv -o out | worktag compare tags.csv --by unit,period --stage done --audit audit.xlsx -o out"
    " | worktag compare tags.csv --by level --units units.csv -o out"
)


def compare(
    table: TableArgument,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the tables and report.html.", show_default=False)],
    by: Annotated[str, typer.Option(help="Groups: unit, period, unit,period, a column of --units, or FILE:COLUMN.")] = "unit",
    stage: Annotated[str, typer.Option(help="Only sentences of this stage, such as done or plan.", show_default=False)] = "",
    audit: AuditOption = None,
    round_name: Annotated[
        str, typer.Option("--round", help="Round of the audit, where several are there.", show_default=False)
    ] = "",
    units: UnitsOption = None,
    agreement: Annotated[
        Path | None,
        typer.Option(help="Labels of two or more coders: categories that they disagree on are greyed out.", show_default=False),
    ] = None,
    only: Annotated[Part | None, typer.Option(help="Write the tables only, or the report only.", show_default=False)] = None,
    date: Annotated[
        str, typer.Option(help="Date of the data, such as 2024-12-31, for the foot of the report.", show_default=False)
    ] = "",
    model: ModelOption = None,
    codebook: CodebookOption = None,
    lang: LanguageOption = Language.zh,
) -> None:
    """Compare emphasis: shares of each kind of work by unit or period, differences with verdicts, trends, words, and a report."""
    from pipeline.compare_files import REPORT, TABLES, Request, compare_files

    factors, units = _groups(by, units)
    codebook_file = codebook or default_codebook()
    request = Request(
        *(table, output, factors, stage, audit, round_name, units, agreement),
        *(model or default_model(), codebook_file, default_dictionary(), lang.value, _SEED, only.value if only else "", date),
    )
    with progress("comparing") as report:
        found = compare_files(request, lambda step, done, total: report(step, done, total))
    print(f"{found.groups} groups, {found.audited:,} audited sentences, {found.tests:,} differences")
    if found.audited:
        print(f"emphasis differs in {found.writers:,}, the texts as they stand in {found.texts:,}")
    for note in found.notes:
        print(f"note: {note}")
    written = [f"{name}.csv" for name in TABLES if only is not Part.report]
    print(f"{', '.join([*written, *([f'{REPORT} ({found.size / 1e6:.2f} MB)'] if found.size else [])])} -> {output}")


def _groups(by: str, units: Path | None) -> tuple[tuple[str, ...], Path | None]:
    """Return the columns to group by, and the table of units; FILE:COLUMN names both."""
    file, colon, column = by.rpartition(":")
    if colon and Path(file).suffix.lower() == ".csv":
        by, units = column, Path(file)
    factors = tuple(name.strip() for name in by.split(",") if name.strip())
    if not factors or len(set(factors)) < len(factors):
        raise WorktagError(f"{by!r} names no groups", where="--by", remedy="give unit, period, unit,period, or a column of --units")
    return factors, units


def _population(table: Path, codebook: Path | None, units: Path | None) -> Any:
    from pipeline.codebook import read_codebook
    from pipeline.population import load_population

    return load_population(table, read_codebook(codebook or default_codebook()), units)


@audit_app.command(
    epilog="Examples: worktag audit draw tags.csv -n 300 -o audit.xlsx | worktag audit draw tags.csv -n 600 --for unit,period --rare -o a.xlsx"
)
def draw(
    table: TableArgument,
    count: Annotated[int, typer.Option("-n", min=1, help="How many sentences.", show_default=False)],
    output: Annotated[Path, typer.Option("--output", "-o", help="Spreadsheet to code in: .xlsx or .csv.", show_default=False)],
    groups: ForOption = "unit",
    rare: Annotated[bool, typer.Option("--rare", help="Draw more where rare categories may stand.")] = False,
    seed: SeedOption = _SEED,
    name: Annotated[str, typer.Option("--round", help="Name of this audit.")] = "audit-1",
    labels: Annotated[
        Path | None, typer.Option(help="Labels that stand already: sentences among them are filled in.", show_default=False)
    ] = None,
    show_tags: Annotated[
        bool, typer.Option("--show-tags", help="Show the model's tags; a coder who sees them agrees too often.")
    ] = False,
    units: UnitsOption = None,
    codebook: CodebookOption = None,
    lang: LanguageOption = Language.zh,
) -> None:
    """Draw a random sample with known inclusion probabilities, as a spreadsheet with drop-down lists to code in."""
    from pipeline.audit import draw_audit, known_labels
    from pipeline.auditsheet import write_audit
    from pipeline.population import group

    factors, units = _groups(groups, units)
    population = _population(table, codebook, units)
    known = known_labels(labels, population.codebook) if labels else {}
    rows = draw_audit(population, group(population, factors), count, seed=seed, rare=rare, name=name, known=known)
    write_audit(output, rows, population.codebook, language=lang.value, show_tags=show_tags)
    print(
        f"{len(rows)} of {len(population.table):,} sentences, {int((rows['category'] != '').sum())} of them coded already -> {output}"
    )


@audit_app.command(
    epilog="Examples: worktag audit plan tags.csv --within 3 | worktag audit plan tags.csv --within 3 --audit audit.xlsx"
)
def plan(
    table: TableArgument,
    within: Annotated[float, typer.Option(min=0.1, max=50, help="Half width of the 95% intervals, in points.")] = 3.0,
    groups: Annotated[
        str, typer.Option("--for", help="Plan for these groups only; without it for all reports, units, periods and both.")
    ] = "",
    audit: AuditOption = None,
    units: UnitsOption = None,
    codebook: CodebookOption = None,
) -> None:
    """Say how many audited sentences bring shares, and differences between groups, within so many points."""
    from rich.table import Table

    from pipeline.audit_plan import plan_audit
    from pipeline.compare_files import load_audit

    factors, units = _groups(groups, units) if groups else ((), units)
    population = _population(table, codebook, units)
    plans = plan_audit(population, [factors] if factors else None, within / 100, load_audit(audit, population))
    shown = Table("for", "groups", "what", "sentences", "a group", "typical ±", "widest ±", box=None, padding=(0, 2))
    for row in plans:
        values = (row.sentences, row.each, f"{100 * row.typical:.1f}", f"{100 * row.widest:.1f}")
        shown.add_row(row.groups, str(row.count), row.what, *map(str, values))
    console().print(shown)
    print(f"typical ±: mean over groups and categories, at most {within:g} points; of {len(population.table):,} sentences")


@audit_app.command(epilog="Example: worktag audit add audit.xlsx --labels labels")
def add(
    audit: Annotated[Path, typer.Argument(help="Coded audit.", show_default=False)],
    labels: Annotated[Path, typer.Option(help="Folder of label files.", show_default=False)],
    codebook: CodebookOption = None,
) -> None:
    """Add a coded audit to the labels, with its round and inclusion probabilities; cross-fitting keeps it an audit after training."""
    from pipeline.audit import add_to_labels
    from pipeline.auditsheet import read_audit
    from pipeline.codebook import read_codebook

    rows = read_audit(audit, read_codebook(codebook or default_codebook()))
    print(f"{len(rows)} labels -> {add_to_labels(rows, labels)}")


@labels_app.command(epilog="Example: worktag labels agree labels -o agreement.csv")
def agree(
    labels: Annotated[
        Path, typer.Argument(help="Labels of two or more coders: a folder, with those in it, or a file.", show_default=False)
    ],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Table to write.", show_default=False)] = None,
    codebook: CodebookOption = None,
    seed: SeedOption = _SEED,
    lang: LanguageOption = Language.zh,
) -> None:
    """Measure how well coders agree: Krippendorff's α with bootstrap intervals, overall and for each category."""
    from rich.table import Table

    from pipeline.agreement import agreement_rows, coder_agreement
    from pipeline.codebook import read_codebook
    from pipeline.labels import read_labels_below
    from pipeline.write import table_writer

    book = read_codebook(codebook or default_codebook())
    found = coder_agreement(read_labels_below(labels, book), book, seed=seed, where=str(labels))
    rows = agreement_rows(found, book, lang.value)
    shown = Table(*rows.columns, box=None, padding=(0, 2))
    for row in rows.itertuples(index=False, name=None):
        shown.add_row(*("" if cell is None else str(cell) for cell in row))
    console().print(shown)
    print(f"{found['sentences']} sentences coded by {', '.join(found['coders'])}; alike {found['equal_categories']:.1%}")
    if output is not None:
        with table_writer(output, list(rows.columns)) as writer:
            writer.write(rows)
        print(f"-> {output}")
