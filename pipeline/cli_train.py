"""The commands ``worktag train`` and ``worktag evaluate``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.cli_options import (
    CategoryOption,
    CodebookOption,
    HeaderOption,
    ModelOption,
    ParamsOption,
    TableOption,
    TextOption,
    codebook_for,
    console,
    progress,
    refuse,
)
from pipeline.cli_texts import evaluate_table, train_table
from pipeline.errors import ModelError, WorktagError
from pipeline.resources import default_dictionary, default_model, default_params

TRAIN_EXAMPLES = (
    "Examples: worktag train --reports myreports --labels mylabels --codebook mycodebook.yaml -o models/mine | "
    "worktag train --table news.xlsx --text title --category topic -o models/mine | "
    "worktag train --table train.txt --no-header --text 1 --category 2 --dev dev.txt -o models/mine"
)
EVALUATE_EXAMPLES = (
    "Examples: worktag evaluate --model models/mine | worktag evaluate --reports new --labels newlabels -o evaluation | "
    "worktag evaluate --table new.xlsx --text title --category topic --model models/mine"
)
_Group = Annotated[
    str | None,
    typer.Option("--group", help="Column of what belongs together (a source, a report): it is never split.", show_default=False),
]


def train(
    output: Annotated[Path, typer.Option("--output", "-o", help="Model folder to write.", show_default=False)],
    reports: Annotated[Path | None, typer.Option(help="Folder of reports.", show_default=False)] = None,
    labels: Annotated[Path | None, typer.Option(help="Folder of label files (*.csv), or one.", show_default=False)] = None,
    codebook: CodebookOption = None,
    table: TableOption = None,
    text: TextOption = None,
    category: CategoryOption = None,
    group: _Group = None,
    dev: Annotated[
        Path | None,
        typer.Option(help="Table that chooses the penalty; without it cross-validation does.", show_default=False),
    ] = None,
    header: HeaderOption = True,
    dictionary: Annotated[
        Path | None,
        typer.Option(
            help="Domain words, one a line, an empty file for none; without it the bundled ones, for a table none.",
            show_default=False,
        ),
    ] = None,
    params: ParamsOption = None,
    compare_with: Annotated[
        Path | None, typer.Option(help="Model to compare with; without it the one that stood in the folder.", show_default=False)
    ] = None,
    evaluation: Annotated[
        bool, typer.Option("--evaluate/--no-evaluate", help="Write metrics, model card, pictures and comparison too.")
    ] = True,
) -> None:
    """Train a model from your own reports and labels, also with your own categories; or from any table of texts and categories."""
    if table is not None:
        without = {"--reports": reports, "--labels": labels, "--codebook": codebook, "--compare-with": compare_with}
        refuse(without, "doesn't go with --table", "train")
        train_table(
            table,
            text,
            category,
            output,
            group=group,
            dev=dev,
            header=header,
            dictionary=dictionary,
            params=params,
            evaluation=evaluation,
        )
        return
    alone = {"--text": text, "--category": category, "--group": group, "--dev": dev, "--no-header": not header}
    refuse(alone, "goes with --table only", "train")
    if reports is None or labels is None:
        raise WorktagError("--reports and --labels are missing, or --table", remedy="see `worktag train --help`")
    book = codebook_for(codebook, labels)
    compare = _comparison(reports, labels, book, output, compare_with, evaluation)
    _train_reports(reports, labels, book, dictionary, params, output)
    if evaluation:
        _evaluate_crossfit(output)
    compare()


def _train_reports(reports: Path, labels: Path, codebook: Path, dictionary: Path | None, params: Path | None, output: Path) -> None:
    from pipeline.params import read_params
    from pipeline.train import train_from_files

    values = read_params(params or default_params())
    words = dictionary or default_dictionary()
    faults: list[WorktagError] = []
    with progress("training") as report:
        model = train_from_files(reports, labels, codebook, words, values, output, report, faults.append)
    if model.category.vectoriser.latent:
        print("few labels: learnt from the reports that have none, too (params.yaml: latent)")
    for fault in faults:
        print(f"left out, no labels: {fault.line()}")


def _comparison(
    reports: Path, labels: Path, codebook: Path, output: Path, compare_with: Path | None, evaluation: bool
) -> Callable[[], None]:
    """Take the model before as it stands, and return what compares the new one with it."""
    from pipeline.codebook import read_codebook
    from pipeline.folder import MANIFEST
    from pipeline.progression import compare_models, take_snapshot, write_progression
    from pipeline.train import load_training_set

    folder = compare_with or output
    if compare_with is None and not (evaluation and (output / MANIFEST).is_file()):
        return lambda: None
    try:
        before = take_snapshot(folder)
    except ModelError as error:
        if compare_with is not None:
            raise
        fault = error.line()  # what stood there is overwritten all the same
        return lambda: print(f"no comparison with the model that stood there: {fault}")

    def compare() -> None:
        after = take_snapshot(output)
        seed = after.model.params.seed
        found = compare_models(
            before, after, lambda: load_training_set(reports, labels, read_codebook(codebook)).documents, seed=seed
        )
        _print_progression(found, before.name)
        if write_progression(output, found):
            print(f"comparison -> {output}")

    return compare


def _print_progression(found: Any, name: str) -> None:
    from rich.table import Table

    if not found.changes:
        print(f"no comparison with {name}: {'; '.join(found.notes)}")
        return
    print(f"compared with {name} on {found.sentences:,} sentences of {found.reports} reports that neither had in training")
    table = Table("measure", "sentences", "before", "after", "difference [95%]", "verdict", box=None, padding=(0, 1))
    for one in found.changes:
        difference = f"{one.difference:+.3f} [{one.low:+.3f}, {one.high:+.3f}]"
        table.add_row(one.measure, f"{one.sentences:,}", f"{one.before:.3f}", f"{one.after:.3f}", difference, one.verdict)
    console().print(table)
    for note in found.notes:
        print(f"note: {note}")


def evaluate(
    model: ModelOption = None,
    reports: Annotated[Path | None, typer.Option(help="Labelled reports that the model has not seen.", show_default=False)] = None,
    labels: Annotated[Path | None, typer.Option(help="Their labels.", show_default=False)] = None,
    table: TableOption = None,
    text: TextOption = None,
    category: CategoryOption = None,
    group: _Group = None,
    header: HeaderOption = True,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder for metrics, card and pictures.", show_default=False)
    ] = None,
    corpus: Annotated[Path | None, typer.Option(help="What `worktag corpus` wrote, for the card.", show_default=False)] = None,
) -> None:
    """Evaluate a model by report: on its own cross-fitted posteriors, or on further labelled reports; or on a table of texts."""
    if table is not None:
        refuse({"--reports": reports, "--labels": labels, "--corpus": corpus}, "doesn't go with --table", "evaluate")
        evaluate_table(table, text, category, group=group, header=header, model=model, output=output)
        return
    alone = {"--text": text, "--category": category, "--group": group, "--no-header": not header}
    refuse(alone, "goes with --table only", "evaluate")
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
    review = metrics["review"]
    right = "" if review["unmarked_precision"] is None else f", {review['unmarked_precision']:.1%} of them right"
    advice = "" if review["promise_kept"] else " (too few labels for the promise of 95% right among 75%; label more reports)"
    print(f"not marked for review {review['unmarked_share']:.1%}{right}{advice}")
    if output is not None:
        write_evaluation(output, judged, metrics, digest=model.digest, corpus=described)
        print(f"metrics, card and pictures -> {output}")
