"""The command line: parse, call one function, print. It alone prints and exits."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline import __version__
from pipeline.errors import WorktagError
from pipeline.resources import default_codebook, default_dictionary, default_model, default_params

if TYPE_CHECKING:
    from rich.console import Console

app = typer.Typer(
    name="worktag",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    help=(
        "Tag the sentences of Chinese work reports (工作总结) by kind of work. It is for reports that public bodies publish; it is no "
        "tool for judging persons or for reading private messages."
    ),
)


class By(StrEnum):
    """What a row of the table is."""

    sentence = "sentence"
    point = "point"
    paragraph = "paragraph"


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


def main() -> None:
    """Run the command line; a fault that a person can mend becomes one line and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        # A Chinese Windows console or pipe is GBK, which has no 𠮷, ① or ✓.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        app()
    except WorktagError as error:
        print(f"worktag: {error.line()}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("worktag: stopped; the output is as it was before", file=sys.stderr)
        sys.exit(130)


def _version(asked: bool) -> None:
    if asked:
        print(f"worktag {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    _asked: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None: ...


@app.command(epilog="Example: worktag structure seeds -o units.csv")
def structure(
    paths: Annotated[list[Path], typer.Argument(help="Report files, and folders of them.", show_default=False)],
    output: Annotated[Path, typer.Option("--output", "-o", help="Table: .csv, .xlsx, .parquet or .jsonl.", show_default=False)],
) -> None:
    """Show the structure found in reports: headings, paragraphs, points, sentences and their offsets, for checking by eye."""
    from pipeline.batch import structure_batch

    summary = structure_batch(paths, output)
    print(f"{summary.documents} documents, {summary.rows} units -> {output}")
    _finish(summary.failures, output)


@app.command(epilog="Examples: worktag tag reports -o tags.xlsx | worktag tag a.txt b.txt -o tags.csv --by paragraph --lang en")
def tag(
    paths: Annotated[list[Path], typer.Argument(help="Report files, and folders of them.", show_default=False)],
    output: Annotated[Path, typer.Option("--output", "-o", help="Table: .csv, .xlsx, .parquet or .jsonl.", show_default=False)],
    by: Annotated[By, typer.Option(help="What a row is.")] = By.sentence,
    posteriors: Annotated[
        bool, typer.Option("--posteriors", help="For comparing: write TABLE.posteriors.parquet too, cross-fitted where trained on.")
    ] = False,
    model: ModelOption = None,
    lang: LanguageOption = Language.zh,
) -> None:
    """Tag reports: a row a sentence, point or paragraph, with category, probability, stage and review mark."""
    from pipeline.batch import tag_batch
    from pipeline.model import load_model
    from pipeline.posteriors import read_crossfitted

    if posteriors and by is not By.sentence:
        raise WorktagError("--posteriors are of sentences", where=f"--by {by.value}", remedy="leave out one of the two")
    with _progress("tagging") as report:
        folder = model or default_model()
        loaded = load_model(folder)
        summary = tag_batch(
            loaded,
            paths,
            output,
            by=by.value,
            language=lang.value,
            crossfitted=read_crossfitted(folder, loaded.codebook) if posteriors else None,
            progress=lambda done, total, name: report(name, done, total),
        )
    print(f"{summary.documents} documents, {summary.characters:,} characters, {summary.rows:,} rows -> {output}")
    print(f"marked for review: {summary.review:,} ({summary.review_share:.1%})")
    _finish(summary.failures, output)


@app.command(
    epilog="Example: worktag train --reports myreports --labels mylabels --codebook mycodebook.yaml -o models/mine",
)
def train(
    reports: Annotated[Path, typer.Option(help="Folder of reports.", show_default=False)],
    labels: Annotated[Path, typer.Option(help="Folder of label files (*.csv), or one.", show_default=False)],
    output: Annotated[Path, typer.Option("--output", "-o", help="Model folder to write.", show_default=False)],
    codebook: CodebookOption = None,
    dictionary: Annotated[
        Path | None, typer.Option(help="Domain words, one a line; without it the bundled ones.", show_default=False)
    ] = None,
    params: ParamsOption = None,
    evaluation: Annotated[
        bool, typer.Option("--evaluate/--no-evaluate", help="Write metrics, model card and pictures too.")
    ] = True,
) -> None:
    """Train a model from your own reports and labels, also with your own categories, and evaluate it by report."""
    from pipeline.params import read_params
    from pipeline.train import train_from_files

    values = read_params(params or default_params())
    with _progress("training") as report:
        train_from_files(
            reports, labels, codebook or default_codebook(), dictionary or default_dictionary(), values, output, report
        )
    if evaluation:
        _evaluate_crossfit(output)


@app.command(
    epilog="Examples: worktag evaluate --model models/mine | worktag evaluate --reports new --labels newlabels -o evaluation",
)
def evaluate(
    model: ModelOption = None,
    reports: Annotated[Path | None, typer.Option(help="Labelled reports that the model has not seen.", show_default=False)] = None,
    labels: Annotated[Path | None, typer.Option(help="Their labels.", show_default=False)] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder for metrics, card and pictures.", show_default=False)
    ] = None,
    corpus: Annotated[Path | None, typer.Option(help="What `worktag corpus` wrote, for the card.", show_default=False)] = None,
) -> None:
    """Evaluate a model by report: on its own cross-fitted posteriors, or on further labelled reports."""
    if (reports is None) != (labels is None):
        raise WorktagError("--reports and --labels go together", remedy="give both, or neither")
    folder = model or default_model()
    if reports is None or labels is None:
        _evaluate_crossfit(folder, output, corpus)
        return
    from pipeline.evaluate import judge
    from pipeline.model import load_model
    from pipeline.train import load_training_set

    loaded = load_model(folder)
    _write_evaluation(loaded, judge(loaded, load_training_set(reports, labels, loaded.codebook)), output)


def _evaluate_crossfit(folder: Path, output: Path | None = None, corpus: Path | None = None) -> None:
    from pipeline.evaluate import judged_from_crossfit
    from pipeline.model import load_model

    loaded = load_model(folder)
    _write_evaluation(loaded, judged_from_crossfit(loaded, folder), output or folder, corpus)


def _write_evaluation(model: Any, judged: Any, output: Path | None, corpus: Path | None = None) -> None:
    from pipeline.corpus import read_description
    from pipeline.evaluate import measure, write_evaluation

    described = read_description(corpus) if corpus else None
    metrics = measure(judged, bins=model.params.evaluate.bins, review_threshold=model.review_threshold, seed=model.params.seed)
    print(f"{metrics['sentences']:,} sentences of {metrics['reports']} reports, each tagged by a model that did not see its report")
    low, high = metrics["accuracy_interval"]
    print(
        f"accuracy {metrics['accuracy']:.3f} [{low:.3f}, {high:.3f}], macro-F1 {metrics['macro_f1']:.3f}, stage {metrics['stage_accuracy']:.3f}"
    )
    print(f"calibration error {metrics['calibration_error']:.3f}, error of shares {metrics['share_error_points']:.2f} points")
    if output is not None:
        write_evaluation(output, judged, metrics, digest=model.digest, corpus=described)
        print(f"metrics, card and pictures -> {output}")


@app.command(epilog="Example: worktag explain 举办政策宣讲12场，发放手册3000册。 --heading 抓好宣传教育")
def explain(
    text: Annotated[str, typer.Argument(help="One or more sentences.", show_default=False)],
    heading: Annotated[list[str] | None, typer.Option(help="Heading above it; repeat for a path.", show_default=False)] = None,
    top: Annotated[int, typer.Option(min=1, help="How many words and n-grams to name.")] = 12,
    model: ModelOption = None,
    lang: LanguageOption = Language.zh,
) -> None:
    """Explain a tag: which words and which context spoke for it, with weights."""
    from pipeline.explain import explain_text
    from pipeline.model import load_model

    loaded = load_model(model or default_model())
    explanations = explain_text(loaded, text, headings=tuple(heading or ()), top=top)
    if not explanations:
        raise WorktagError("there is no text to explain", remedy="give a sentence")
    for explanation in explanations:
        _print_explanation(explanation, loaded.codebook, lang.value)


def _print_explanation(explanation: Any, codebook: Any, language: str) -> None:
    from rich.markup import escape
    from rich.table import Table

    console = _console()
    console.print(explanation.text, markup=False, highlight=False)
    ranked = ", ".join(f"{codebook.name(code, language)} {value:.2f}" for code, value in explanation.posteriors)
    stage, value = explanation.stage
    console.print(f"  {ranked} | {codebook.name(stage, language)} {value:.2f}", markup=False)
    console.print("  " + ", ".join(f"{source} {part:+.2f}" for source, part in explanation.sources), markup=False, style="dim")
    table = Table("source", "term", "weight", box=None, padding=(0, 2))
    for reason in explanation.reasons:
        table.add_row(reason.source, escape(reason.term), f"{reason.weight:+.3f}")
    console.print(table)


@app.command(epilog="Example: worktag corpus --reports seeds --labels labels --second labels/second -o corpus.json")
def corpus(
    reports: Annotated[Path, typer.Option(help="Folder of reports.", show_default=False)],
    labels: Annotated[Path, typer.Option(help="Folder of label files (*.csv), or one.", show_default=False)],
    output: Annotated[Path, typer.Option("--output", "-o", help="JSON file to write.", show_default=False)],
    second: Annotated[Path | None, typer.Option(help="Labels of a second, independent coder.", show_default=False)] = None,
    codebook: CodebookOption = None,
    dictionary: Annotated[Path | None, typer.Option(help="Domain words; without it the bundled ones.", show_default=False)] = None,
) -> None:
    """Describe labelled reports: size, variety, sentence lengths, layouts, and how well two coders agree (Krippendorff's α)."""
    import json

    from pipeline.corpus import describe_files
    from pipeline.store import replace_text

    described = describe_files(reports, labels, second, codebook or default_codebook(), dictionary or default_dictionary())
    replace_text(output, json.dumps(described, ensure_ascii=False, indent=1) + "\n")
    print(
        f"{described['coded_sentences']:,} sentences of {described['reports']} reports; alike in another report: {described['alike_share']:.1%}"
    )
    if agreed := described.get("agreement"):
        print(
            f"{agreed['sentences']} coded twice: α {agreed['category']['alpha']:.3f} (category), {agreed['stage']['alpha']:.3f} (stage)"
        )
    print(f"-> {output}")


@app.command(epilog="Examples: worktag codebook | worktag codebook mycodebook.yaml --lang en")
def codebook(
    file: Annotated[
        Path | None, typer.Argument(help="Codebook to check and show; without it the bundled one.", show_default=False)
    ] = None,
    lang: LanguageOption = Language.zh,
) -> None:
    """Show and check a codebook: its categories, what belongs to them, and its rules."""
    from rich.markup import escape
    from rich.table import Table

    from pipeline.codebook import read_codebook

    book, console = read_codebook(file or default_codebook()), _console()
    table = Table("code", "name", "definition", show_lines=True)
    for code in (*book.categories, *book.stages):
        signals = f"（{'、'.join(code.signals)}）" if code.signals else ""
        table.add_row(code.code, escape(code.names[lang.value]), escape(code.definitions[lang.value] + signals))
    console.print(table)
    for number, rule in enumerate(book.rules, 1):
        console.print(f"{number}. {rule}", markup=False, highlight=False)
    console.print(
        f"version {book.version}: {len(book.categories)} categories, {len(book.stages)} stages, {len(book.rules)} rules; no fault"
    )


def _finish(failures: Any, output: Path) -> None:
    """Name the documents that failed, and exit with 1 if there are any."""
    if not failures:
        return
    from pipeline.batch import errors_path

    for failure in failures[:20]:
        print(f"worktag: {failure.error.line()}", file=sys.stderr)
    print(f"{len(failures)} failed -> {errors_path(output)}", file=sys.stderr)
    raise typer.Exit(1)


def _console() -> Console:
    from rich.console import Console

    return Console(soft_wrap=False)


@contextmanager
def _progress(title: str) -> Iterator[Callable[[str, int, int], None]]:
    """Show a bar with rate and remaining time on a terminal; nothing where the output is read by a program."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (
        TextColumn(title),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}", markup=False),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)
        yield lambda name, done, total: bar.update(task, description=name, completed=done, total=total)


from pipeline import cli_compare as _compare  # noqa: E402, F401 - its commands use the options above

if __name__ == "__main__":
    from pipeline.cli import main as _main  # the commands of cli_compare are registered with the module, not with this script

    _main()
