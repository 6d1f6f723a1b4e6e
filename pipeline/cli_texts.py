"""What ``worktag tag``, ``train`` and ``evaluate`` do with ``--table``: texts of any table, each standing alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline.cli_options import console, progress
from pipeline.errors import WorktagError
from pipeline.resources import default_params


def _needed(value: Any, option: str) -> Any:
    if value is None:
        raise WorktagError(f"--table needs {option} too", remedy="see --help for an example")
    return value


def tag_table(table: Path, text: str | None, output: Path, *, header: bool, model: Path | None, language: str) -> None:
    """Tag a table of texts: a row a text."""
    from pipeline.text_model import load_text_model
    from pipeline.text_tag import tag_texts
    from pipeline.texts import read_texts

    column, folder = _needed(text, "--text"), _needed(model, "--model")
    with progress("tagging") as report:
        loaded = load_text_model(folder)
        rows = read_texts(table, header=header)
        tagged = tag_texts(loaded, rows, column, output, header=header, language=language, progress=report)
    print(f"{tagged.rows:,} rows -> {output}")
    print(f"marked for review: {tagged.review:,} ({tagged.review_share:.1%})")


def train_table(
    table: Path,
    text: str | None,
    category: str | None,
    output: Path,
    *,
    group: str | None,
    dev: Path | None,
    header: bool,
    dictionary: Path | None,
    params: Path | None,
    evaluation: bool,
) -> None:
    """Train a model from a table of texts and categories, and say what it reaches on held-out texts."""
    from pipeline.params import read_params
    from pipeline.text_evaluate import measure_texts, write_text_evaluation
    from pipeline.text_train import train_from_table

    column, codes, file = _needed(text, "--text"), _needed(category, "--category"), params or default_params()
    general = read_params(file)
    with progress("training") as report:
        model, judged, training = train_from_table(
            table,
            output,
            text=column,
            category=codes,
            group=group,
            development=dev,
            header=header,
            dictionary=dictionary,
            params_file=file,
            progress=report,
        )
    left_out = f"; {training.unlabelled:,} rows without a category left out" if training.unlabelled else ""
    print(f"{len(training.texts):,} texts of {len(model.classes)} categories{left_out}; penalty {model.penalty:g} -> {output}")
    metrics = measure_texts(judged, bins=general.evaluate.bins, review_threshold=model.review_threshold, seed=general.seed)
    chosen = f"texts of {dev.name}, which also chose the penalty" if dev else "texts held out in cross-validation"
    _print_metrics(metrics, f"{metrics['texts']:,} {chosen}")
    if evaluation:
        write_text_evaluation(output, metrics)


def evaluate_table(
    table: Path,
    text: str | None,
    category: str | None,
    *,
    group: str | None,
    header: bool,
    model: Path | None,
    output: Path | None,
) -> None:
    """Evaluate a model on a table of texts that it hasn't seen."""
    from pipeline.params import read_params
    from pipeline.text_evaluate import judge_texts, measure_texts, write_text_evaluation
    from pipeline.text_model import load_text_model
    from pipeline.texts import read_labelled

    column, codes, folder = _needed(text, "--text"), _needed(category, "--category"), _needed(model, "--model")
    loaded, general = load_text_model(folder), read_params(default_params())
    judged = judge_texts(loaded, read_labelled(table, text=column, category=codes, group=group, header=header))
    metrics = measure_texts(judged, bins=general.evaluate.bins, review_threshold=loaded.review_threshold, seed=general.seed)
    _print_metrics(metrics, f"{metrics['texts']:,} texts of {table.name}")
    if output is not None:
        write_text_evaluation(output, metrics)
        print(f"metrics -> {output}")


def _print_metrics(metrics: dict[str, Any], what: str) -> None:
    from rich.markup import escape
    from rich.table import Table

    low, high = metrics["accuracy_interval"]
    print(what)
    print(f"accuracy {metrics['accuracy']:.4f} [{low:.4f}, {high:.4f}], macro-F1 {metrics['macro_f1']:.4f}")
    review = metrics["review"]
    precision = "–" if review["unmarked_precision"] is None else f"{review['unmarked_precision']:.3f}"
    print(
        f"calibration error {metrics['calibration_error']:.3f}; not marked for review {review['unmarked_share']:.1%}, right {precision}"
    )
    table = Table("category", "precision", "recall", "F1", "texts", box=None, padding=(0, 2))
    for name, row in metrics["categories"].items():
        table.add_row(escape(name), *(f"{row[key]:.3f}" for key in ("precision", "recall", "f1")), f"{row['support']:,}")
    console().print(table)
