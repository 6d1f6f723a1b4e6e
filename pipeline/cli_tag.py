"""The commands that work on a batch of reports: show their structure, tag them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli_batch import By, Language, structure_reports, tag_reports
from pipeline.cli_options import HeaderOption, LanguageOption, ModelOption, TableOption, TextOption, refuse
from pipeline.cli_texts import tag_table
from pipeline.errors import WorktagError

STRUCTURE_EXAMPLES = "Examples: worktag structure seeds -o units.csv | worktag structure reports -o units.csv --resume"
TAG_EXAMPLES = (
    "Examples: worktag tag reports -o tags.xlsx | worktag tag a.txt b.txt -o tags.csv --by paragraph --lang en | "
    "worktag tag reports -o tags.xlsx --resume | worktag tag reports -o tags.parquet --dask tcp://scheduler:8786 | "
    "worktag tag --table news.xlsx --text title --model models/mine -o tags.xlsx"
)

PathsArgument = Annotated[list[Path], typer.Argument(help="Report files, and folders of them.", show_default=False)]
OutputOption = Annotated[Path, typer.Option("--output", "-o", help="Table: .csv, .xlsx, .parquet or .jsonl.", show_default=False)]
ResumeOption = Annotated[
    bool | None,
    typer.Option(
        "--resume/--restart", help="A batch was stopped: go on with what is kept of it, or begin anew.", show_default=False
    ),
]
JobsOption = Annotated[
    int | None,
    typer.Option("--jobs", "-j", min=1, help="Processes on this machine; without it as many as pay off.", show_default=False),
]
DaskOption = Annotated[
    str | None,
    typer.Option(
        "--dask", metavar="ADDRESS", help="Let the workers of a Dask scheduler do it: tcp://host:8786.", show_default=False
    ),
]


def structure(
    paths: PathsArgument, output: OutputOption, resume: ResumeOption = None, jobs: JobsOption = None, dask: DaskOption = None
) -> int:
    """Show the structure found in reports: headings, paragraphs, points, sentences and their offsets, for checking by eye."""
    return structure_reports(paths, output, resume=resume, jobs=jobs, dask=dask)


def tag(
    output: OutputOption,
    paths: Annotated[list[Path] | None, typer.Argument(help="Report files, and folders of them.", show_default=False)] = None,
    by: Annotated[By | None, typer.Option(help="What a row is; without it a sentence.", show_default=False)] = None,
    table: TableOption = None,
    text: TextOption = None,
    header: HeaderOption = True,
    posteriors: Annotated[
        bool, typer.Option("--posteriors", help="For comparing: write TABLE.posteriors.parquet too, cross-fitted where trained on.")
    ] = False,
    resume: ResumeOption = None,
    jobs: JobsOption = None,
    dask: DaskOption = None,
    model: ModelOption = None,
    lang: LanguageOption = Language.zh,
) -> int:
    """Tag reports: a row a sentence, point or paragraph, with category, probability, stage and review mark; or tag a table of texts."""
    if table is not None:
        of_reports = {"PATHS": paths or None, "--by": by, "--posteriors": posteriors or None, "--jobs": jobs, "--dask": dask}
        refuse(of_reports | {"--resume": resume or None, "--restart": resume is False}, "doesn't go with --table", "tag")
        tag_table(table, text, output, header=header, model=model, language=lang.value)
        return 0
    refuse({"--text": text, "--no-header": not header}, "goes with --table only", "tag")
    if not paths:
        raise WorktagError("no report is named", remedy="name files or folders, or a table; see `worktag tag --help`")
    return tag_reports(paths, output, by=by, posteriors=posteriors, resume=resume, jobs=jobs, dask=dask, model=model, lang=lang)
