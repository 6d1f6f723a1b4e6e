"""The commands, as typer parses and explains them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline import __version__
from pipeline.cli_batch import Language
from pipeline.cli_compare import COMPARE_EXAMPLES, audit_app, compare
from pipeline.cli_labels import labels_app
from pipeline.cli_options import CodebookOption, LanguageOption, ModelOption, console
from pipeline.cli_tag import STRUCTURE_EXAMPLES, TAG_EXAMPLES, structure, tag
from pipeline.cli_train import EVALUATE_EXAMPLES, TRAIN_EXAMPLES, evaluate, train
from pipeline.errors import WorktagError
from pipeline.resources import default_codebook, default_dictionary, default_model

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
app.add_typer(audit_app)
app.add_typer(labels_app)


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


app.command(epilog=STRUCTURE_EXAMPLES)(structure)
app.command(epilog=TAG_EXAMPLES)(tag)
app.command(epilog=TRAIN_EXAMPLES)(train)
app.command(epilog=EVALUATE_EXAMPLES)(evaluate)
app.command(epilog=COMPARE_EXAMPLES)(compare)


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

    screen = console()
    screen.print(explanation.text, markup=False, highlight=False)
    ranked = ", ".join(f"{codebook.name(code, language)} {value:.2f}" for code, value in explanation.posteriors)
    stage, value = explanation.stage
    screen.print(f"  {ranked} | {codebook.name(stage, language)} {value:.2f}", markup=False)
    screen.print("  " + ", ".join(f"{source} {part:+.2f}" for source, part in explanation.sources), markup=False, style="dim")
    table = Table("source", "term", "weight", box=None, padding=(0, 2))
    for reason in explanation.reasons:
        table.add_row(reason.source, escape(reason.term), f"{reason.weight:+.3f}")
    screen.print(table)


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
    from rich.table import Column, Table

    from pipeline.codebook import read_codebook

    book, screen = read_codebook(file or default_codebook()), console()
    table = Table("code", "name", Column("definition", overflow="fold"), show_lines=True)
    for code in (*book.categories, *book.stages):
        signals = f"（{'、'.join(code.signals)}）" if code.signals else ""
        table.add_row(code.code, escape(code.names[lang.value]), escape(code.definitions[lang.value] + signals))
    screen.print(table)
    for number, rule in enumerate(book.rules, 1):
        screen.print(f"{number}. {rule}", markup=False, highlight=False)
    screen.print(
        f"version {book.version}: {len(book.categories)} categories, {len(book.stages)} stages, {len(book.rules)} rules; no fault"
    )
