"""The command line: what a person types, sees, and gets wrong."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline import __version__
from pipeline.explain import Explanation, Reason
from pipeline.resources import default_params
from pipeline.store import SUFFIXES, read_table
from pipeline.tag import COLUMNS
from tests.conftest import ROOT, SMALL_CODEBOOK, Corpus, Run, build_corpus, check_call, commands

COMMANDS = commands()
GOOD = "东河县2024年工作总结\n播种小麦8亩。学生搬进新教室。\n"
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture
def report(tmp_path: Path) -> Path:
    file = tmp_path / "report.txt"
    file.write_text(GOOD, encoding="utf-8")
    return file


# What is right


def test_the_version(worktag: Run) -> None:
    outcome = worktag("--version")
    assert (outcome.code, outcome.out) == (0, f"worktag {__version__}\n")


def test_without_arguments_the_help_is_shown(worktag: Run) -> None:
    outcome = worktag()
    assert "Usage" in outcome.out + outcome.err
    for name in COMMANDS:
        assert name.split()[0] in outcome.out + outcome.err


def test_a_file_is_tagged_and_the_outcome_told(worktag: Run, report: Path, small_folder: Path, tmp_path: Path) -> None:
    outcome = worktag("tag", report, "-o", tmp_path / "tags.csv", "--model", small_folder)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith("1 documents, ")
    assert "3 rows" in outcome.out
    assert "marked for review: " in outcome.out
    assert len(read_table(tmp_path / "tags.csv")) == 3


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("by", ["sentence", "point", "paragraph"])
def test_every_format_and_unit_can_be_asked_for(
    worktag: Run, report: Path, small_folder: Path, tmp_path: Path, suffix: str, by: str
) -> None:
    output = tmp_path / f"tags{suffix}"
    assert worktag("tag", report, "-o", output, "--by", by, "-m", small_folder, "--lang", "en").code == 0
    table = read_table(output)
    assert list(table.columns)[: len(COLUMNS)] == list(COLUMNS)
    assert len(table) == {"sentence": 3, "point": 2, "paragraph": 2}[by]


def test_the_structure_is_written(worktag: Run, report: Path, tmp_path: Path) -> None:
    outcome = worktag("structure", report, "-o", tmp_path / "units.csv")
    assert (outcome.code, outcome.out, outcome.err) == (0, f"1 documents, 3 units -> {tmp_path / 'units.csv'}\n", "")


@pytest.fixture
def params_file(tmp_path: Path) -> Path:
    """Return a copy of the bundled parameters for a small corpus."""
    file = tmp_path / "params.yaml"
    file.write_text(default_params().read_text(encoding="utf-8").replace("folds: 6", "folds: 2"), encoding="utf-8")
    return file


def test_training_evaluating_and_tagging_with_ones_own_categories(
    worktag: Run, corpus: Corpus, params_file: Path, report: Path, tmp_path: Path
) -> None:
    """The whole way through: own reports, labels, codebook; model, metrics, card; tags."""
    model = tmp_path / "models" / "mine"
    given = ("--reports", corpus.reports, "--labels", corpus.labels)
    own = ("--codebook", corpus.codebook_file, "--dictionary", corpus.dictionary, "--params", params_file)
    trained = worktag("train", *given, *own, "-o", model)
    assert (trained.code, trained.err) == (0, "")
    assert "48 sentences of 4 reports" in trained.out
    assert (model / "card.md").is_file()
    assert (model / "metrics.json").is_file()
    evaluated = worktag("evaluate", "--model", model, "-o", tmp_path / "evaluation")
    assert evaluated.code == 0
    assert (tmp_path / "evaluation" / "metrics.json").read_bytes() == (model / "metrics.json").read_bytes()
    further = worktag("evaluate", "--model", model, *given)
    assert (further.code, "accuracy 1.000" in further.out) == (0, True)
    assert worktag("tag", report, "-o", tmp_path / "tags.csv", "--model", model).code == 0
    assert set(read_table(tmp_path / "tags.csv")["category"]) <= {"farming", "schooling", "rest"}


def test_training_without_evaluation_writes_the_model_alone(
    worktag: Run, corpus: Corpus, params_file: Path, tmp_path: Path
) -> None:
    given = ("--reports", corpus.reports, "--labels", corpus.labels, "--codebook", corpus.codebook_file, "--params", params_file)
    assert worktag("train", *given, "-o", tmp_path / "m", "--no-evaluate").code == 0
    assert (tmp_path / "m" / "manifest.json").is_file()
    assert not (tmp_path / "m" / "card.md").exists()


def test_the_description_of_a_corpus_goes_into_the_card(worktag: Run, corpus: Corpus, small_folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "corpus.json"
    given = ("--reports", corpus.reports, "--labels", corpus.labels, "--second", corpus.labels)
    outcome = worktag("corpus", *given, "--codebook", corpus.codebook_file, "-o", output)
    assert (outcome.code, outcome.err) == (0, "")
    assert "48 coded twice: α 1.000" in outcome.out
    assert worktag("evaluate", "-m", small_folder, "-o", tmp_path / "e", "--corpus", output).code == 0
    assert "α" in (tmp_path / "e" / "card.en.md").read_text(encoding="utf-8")


def test_an_explanation_names_category_words_and_weights(worktag: Run, small_folder: Path) -> None:
    outcome = worktag("explain", "播种小麦八亩。", "--heading", "一、农业生产", "-m", small_folder, "--lang", "en", "--top", 200)
    assert (outcome.code, outcome.err) == (0, "")
    assert "Farming" in outcome.out
    assert "heading" in outcome.out
    assert "小麦" in outcome.out
    assert re.search(r"[+-]\d\.\d{3}", outcome.out)


def test_the_bundled_codebook_is_shown(worktag: Run) -> None:
    outcome = worktag("codebook", "--lang", "en")
    assert outcome.code == 0
    assert "12 categories, 4 stages, 15 rules; no fault" in outcome.out
    assert "Model-unit creation" in outcome.out


def test_brackets_in_a_codebook_are_shown_as_they_stand(worktag: Run, tmp_path: Path) -> None:
    """Text in square brackets is no markup, whatever the terminal's library makes of it."""
    file = tmp_path / "codebook.yaml"
    file.write_text(
        "residual: b\n"
        "categories:\n  - {code: a, name: '[red]甲', definition: '[/b] 乙 [link]'}\n  - {code: b}\n"
        "stages: [{code: done}, {code: plan}]\n",
        encoding="utf-8",
    )
    outcome = worktag("codebook", file)
    assert outcome.code == 0
    for text in ("[red]甲", "[/b] 乙 [link]"):
        assert text in outcome.out


def test_brackets_in_an_explained_text_are_shown_as_they_stand(worktag: Run, small_folder: Path) -> None:
    outcome = worktag("explain", "播种[/red]小麦[bold]。", "-m", small_folder, "--top", 500)
    assert outcome.code == 0
    assert "播种[/red]小麦[bold]。" in outcome.out


def test_brackets_in_a_telling_word_are_shown_as_they_stand(
    worktag: Run, small_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reasons = (Reason("own", "[/b]", 0.5), Reason("own", "[red]", -0.25))
    told = Explanation("播种。", "farming", (("farming", 0.9),), 0.8, ("done", 0.7), (("own", 0.25),), reasons)
    monkeypatch.setattr("pipeline.explain.explain_text", lambda *_, **__: [told])
    outcome = worktag("explain", "播种。", "-m", small_folder)
    assert outcome.code == 0
    assert re.search(r"\[/b\] +\+0\.500", outcome.out)
    assert re.search(r"\[red\] +-0\.250", outcome.out)


# What is wrong: one line, exit code 2


@pytest.fixture
def spoilt(small_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(small_folder, tmp_path / "spoilt"))


def one_line(outcome: Any, *words: str) -> None:
    """Check that a fault is told in one line that holds the words, and that the exit code is 2."""
    assert outcome.code == 2
    assert len(outcome.lines) == 1, outcome.err
    assert outcome.err.startswith("worktag: ")
    assert ";" in outcome.err  # what; what to do
    for word in words:
        assert word in outcome.err


def test_a_missing_path(worktag: Run, small_folder: Path, tmp_path: Path) -> None:
    one_line(worktag("tag", tmp_path / "none.txt", "-o", tmp_path / "t.csv", "-m", small_folder), "none.txt: no such file")
    one_line(worktag("structure", tmp_path / "none", "-o", tmp_path / "t.csv"), "no such file or folder")
    assert not (tmp_path / "t.csv").exists()


def test_a_folder_without_reports(worktag: Run, small_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    one_line(worktag("tag", tmp_path / "empty", "-o", tmp_path / "t.csv", "-m", small_folder), "no report in this folder", ".txt")


@pytest.mark.parametrize("name", ["tags", "tags.doc", "folder.csv", "taken/tags.csv"])
def test_an_output_that_cannot_be(worktag: Run, report: Path, small_folder: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "taken").write_text("mine", encoding="utf-8")
    one_line(worktag("tag", report, "-o", tmp_path / name, "-m", small_folder), name)
    one_line(worktag("structure", report, "-o", tmp_path / name), name)
    assert (tmp_path / "taken").read_text(encoding="utf-8") == "mine"


def test_a_missing_model(worktag: Run, report: Path, tmp_path: Path) -> None:
    for command in (("tag", report, "-o", tmp_path / "t.csv"), ("evaluate",), ("explain", "播种小麦。")):
        one_line(worktag(*command, "--model", tmp_path / "none"), "no such model folder", "worktag train")


def test_an_incomplete_model(worktag: Run, report: Path, spoilt: Path, tmp_path: Path) -> None:
    (spoilt / "weights.npz").unlink()
    for command in (("tag", report, "-o", tmp_path / "t.csv"), ("evaluate",), ("explain", "播种小麦。")):
        one_line(worktag(*command, "--model", spoilt), "incomplete: weights.npz is missing")


def test_an_altered_model(worktag: Run, report: Path, spoilt: Path, tmp_path: Path) -> None:
    file = spoilt / "model.json"
    file.write_text(file.read_text(encoding="utf-8").replace("farming", "fishing"), encoding="utf-8")
    one_line(worktag("tag", report, "-o", tmp_path / "t.csv", "-m", spoilt), "altered: model.json")
    assert not (tmp_path / "t.csv").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("residual: nowhere\ncategories: [{code: a}, {code: b}]\nstages: [{code: x}, {code: y}]\n", "unknown code 'nowhere'"),
        ("categories: [", "can't be read as YAML"),
        ("categories: [{code: a}, {code: a}]\n", "stands there twice"),
        ("", "no categories in it"),
    ],
)
def test_a_codebook_with_a_fault(worktag: Run, corpus: Corpus, tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "codebook.yaml"
    file.write_text(text, encoding="utf-8")
    one_line(worktag("codebook", file), "codebook.yaml", words)
    given = ("--reports", corpus.reports, "--labels", corpus.labels, "-o", tmp_path / "m")
    one_line(worktag("train", *given, "--codebook", file), words)
    assert not (tmp_path / "m").exists()


def test_a_missing_codebook(worktag: Run, tmp_path: Path) -> None:
    one_line(worktag("codebook", tmp_path / "none.yaml"), "no such codebook")


def _change(name: str, old: str, new: str) -> Callable[[Corpus], None]:
    def change(corpus: Corpus) -> None:
        file = next(path for path in (corpus.labels / name, corpus.reports / name) if path.exists())
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_change("unit0.csv", ",farming,", ",fishing,"), ("unit0.csv, line 3", "unknown category 'fishing'")),
        (_change("unit0.csv", ",done,", ",doing,"), ("unit0.csv, line 4", "unknown stage 'doing'")),
        (_change("unit0.csv", "一、农业生产", "一、渔业生产"), ("unit0.csv, line 3", "isn't found in unit0-2022.txt")),
        (_change("unit0-2022.txt", "一、农业生产", "一、渔业生产"), ("unit0.csv, line 3", "isn't found in unit0-2022.txt")),
        (_change("unit0.csv", "unit0-2022.txt", "unit7-2022.txt"), ("unit0.csv, line 2", "'unit7-2022.txt' isn't there")),
        (_change("unit0.csv", "document,", "file,"), ("unit0.csv", "the column 'document' is missing")),
    ],
)
def test_labels_with_a_fault(worktag: Run, tmp_path: Path, change: Callable[[Corpus], None], words: tuple[str, ...]) -> None:
    copy = build_corpus(tmp_path)
    change(copy)
    given = ("--reports", copy.reports, "--labels", copy.labels)
    one_line(worktag("train", *given, "--codebook", copy.codebook_file, "-o", tmp_path / "m"), *words)
    assert not (tmp_path / "m").exists()
    one_line(worktag("corpus", *given, "--codebook", copy.codebook_file, "-o", tmp_path / "c.json"), *words)


def test_a_labelled_report_that_is_broken(worktag: Run, tmp_path: Path) -> None:
    copy = build_corpus(tmp_path)
    (copy.reports / "unit0-2022.txt").write_bytes(b"\xff" * 9)
    given = ("--reports", copy.reports, "--labels", copy.labels, "--codebook", copy.codebook_file)
    one_line(worktag("train", *given, "-o", tmp_path / "m"), "unit0-2022.txt", "decodes")


@pytest.mark.parametrize(
    ("option", "content", "words"),
    [
        ("--params", "seed: 1\nspeed: 2\n", "unknown parameter 'speed'"),
        ("--params", None, "no such parameter file"),
        ("--dictionary", None, "no such dictionary"),
        ("--dictionary", "两 个\n", "more than one word"),
        ("--codebook", None, "no such codebook"),
        ("--labels", None, "no label files"),
        ("--reports", None, "no such file or folder"),
    ],
)
def test_a_faulty_input_of_training(
    worktag: Run, corpus: Corpus, tmp_path: Path, option: str, content: str | None, words: str
) -> None:
    file = tmp_path / "given"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    given: dict[str, object] = {"--reports": corpus.reports, "--labels": corpus.labels, "--codebook": corpus.codebook_file}
    arguments = [part for pair in (given | {option: file}).items() for part in pair]
    one_line(worktag("train", *arguments, "-o", tmp_path / "m"), "given", words)
    assert not (tmp_path / "m").exists()


def test_a_file_in_the_place_of_the_new_model(worktag: Run, corpus: Corpus, params_file: Path, tmp_path: Path) -> None:
    (tmp_path / "m").write_text("mine", encoding="utf-8")
    given = ("--reports", corpus.reports, "--labels", corpus.labels, "--codebook", corpus.codebook_file, "--params", params_file)
    one_line(worktag("train", *given, "-o", tmp_path / "m"), "can't be written")
    assert (tmp_path / "m").read_text(encoding="utf-8") == "mine"


def test_reports_without_labels_and_the_reverse(worktag: Run, corpus: Corpus, small_folder: Path) -> None:
    one_line(worktag("evaluate", "-m", small_folder, "--reports", corpus.reports), "--reports and --labels go together")
    one_line(worktag("evaluate", "-m", small_folder, "--labels", corpus.labels), "--reports and --labels go together")


@pytest.mark.parametrize("content", [None, "{", "[]", "{}"])
def test_a_description_of_the_corpus_that_is_none(worktag: Run, small_folder: Path, tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "corpus.json"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    one_line(worktag("evaluate", "-m", small_folder, "-o", tmp_path / "e", "--corpus", file), "corpus.json")


def test_nothing_to_explain(worktag: Run, small_folder: Path) -> None:
    for text in ("", " 　"):
        one_line(worktag("explain", text, "-m", small_folder), "there is no text to explain")


@pytest.mark.parametrize(
    "arguments",
    [
        ("tag",),
        ("tag", "a.txt"),
        ("tag", "a.txt", "-o", "t.csv", "--by", "word"),
        ("tag", "a.txt", "-o", "t.csv", "--lang", "fr"),
        ("explain", "甲", "--top", "0"),
        ("explain", "甲", "--top", "many"),
        ("train", "--reports", "r"),
        ("unheard-of",),
        ("--unheard-of",),
    ],
)
def test_a_wrong_call_says_so_with_exit_code_2(worktag: Run, arguments: tuple[str, ...]) -> None:
    one_line(worktag(*arguments), "--help")


def test_a_stop_from_the_keyboard_says_that_the_output_stands(
    worktag: Run, report: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    output = tmp_path / "units.csv"
    output.write_text("old", encoding="utf-8")
    monkeypatch.setattr("pipeline.work.read_document", stop)
    outcome = worktag("structure", report, "-o", output)
    assert outcome.code == 130
    assert outcome.err.strip() == "worktag: stopped; the output is as it was before"
    assert output.read_text(encoding="utf-8") == "old"


def test_a_fault_of_our_own_shows_and_costs_its_document_alone(
    worktag: Run, report: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.work.structure", lambda _: 1 / 0)
    outcome = worktag("structure", report, "-o", tmp_path / "units.csv")
    assert outcome.code == 1
    assert "ZeroDivisionError" in outcome.lines[0]
    assert "report this as a bug" in outcome.lines[0]


# In a batch: exit code 1, the others tagged


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \r\n", "empty"),
        (bytes(range(8)) * 50, "binary"),
        (b"\xff\xff\xff\xff" * 9, "decodes"),
    ],
    ids=["empty", "blank", "binary", "no charset"],
)
def test_a_broken_file_beside_a_good_one(
    worktag: Run, report: Path, small_folder: Path, tmp_path: Path, data: bytes, word: str
) -> None:
    broken, output = tmp_path / "broken.txt", tmp_path / "tags.csv"
    broken.write_bytes(data)
    for command in (("tag", broken, report, "-o", output, "-m", small_folder), ("structure", broken, report, "-o", output)):
        outcome = worktag(*command)
        assert outcome.code == 1
        assert outcome.out.startswith("1 documents, ")
        first, last = outcome.lines
        assert first.startswith(f"worktag: {broken}: ")
        assert word in first
        assert last == f"1 failed -> {output}.errors.csv"
        assert set(read_table(output)["document"]) == {"report.txt"}
        listed = (tmp_path / "tags.csv.errors.csv").read_text(encoding="utf-8-sig")
        assert listed.startswith("document,where,what,what to do")
        assert "broken.txt" in listed
        assert word in listed


def test_of_many_failures_the_first_are_named(worktag: Run, report: Path, small_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(30):
        (folder / f"{number:02}.txt").write_bytes(b"")
    outcome = worktag("tag", folder, report, "-o", tmp_path / "tags.csv", "-m", small_folder)
    assert outcome.code == 1
    assert len(outcome.lines) == 21
    assert outcome.lines[-1].startswith("30 failed")


# Help


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_has_an_example_that_can_be_called(worktag: Run, name: str) -> None:
    outcome = worktag(*name.split(), "--help")
    assert (outcome.code, outcome.err) == (0, "")
    shown = _COLOUR.sub("", outcome.out)
    assert re.search(rf"Examples?: worktag {name}\b", shown)
    examples = re.sub(r"^Examples?: ", "", COMMANDS[name].epilog).split(" | ")
    for example in examples:
        assert example.startswith(f"worktag {name} ") or example == f"worktag {name}"
        assert check_call(example.split()) == name


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_and_argument_is_documented(worktag: Run, name: str) -> None:
    shown = _COLOUR.sub("", worktag(*name.split(), "-h").out)
    assert COMMANDS[name].help
    for parameter in COMMANDS[name].params:
        if parameter.name == "help":
            continue
        assert parameter.help, parameter.name
        for option in (*parameter.opts, *parameter.secondary_opts):
            assert option in shown or not option.startswith("-"), option


def test_the_help_says_what_worktag_is_not_for(worktag: Run) -> None:
    assert "judging persons" in " ".join(_COLOUR.sub("", worktag("--help").out).split())


# Consoles


@pytest.mark.parametrize("charset", ["gbk", "ascii"])
def test_a_console_of_another_charset_shows_rare_characters(tmp_path: Path, charset: str) -> None:
    file = tmp_path / "codebook.yaml"
    file.write_text(SMALL_CODEBOOK.replace("rules: [", "rules: [𠮷①✓, "), encoding="utf-8")
    environment = os.environ | {"PYTHONIOENCODING": charset, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "pipeline.cli", "codebook", str(file)]
    done = subprocess.run(command, capture_output=True, env=environment, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert "1. 𠮷①✓" in done.stdout.decode("utf-8")
