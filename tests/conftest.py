"""What the tests share: a tiny corpus, models trained or loaded once, and the command line run in this process."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer

from pipeline import cli, cli_app
from pipeline.codebook import Codebook, read_codebook
from pipeline.labels import Label, quote_of, write_labels
from pipeline.model import Model, load_model
from pipeline.params import Block, ClassifyParams, DecodeParams, EvaluateParams, Params, TagParams, VectoriseParams
from pipeline.read import Source, read_document
from pipeline.records import Document, StructuredDocument
from pipeline.resources import default_model
from pipeline.structure import structure
from pipeline.train import train_from_files

ROOT = Path(__file__).parent.parent
REAL = ROOT.parent / "shared" / "real"

# A codebook of another field, so that nothing in the code can rest on the categories of the bundled one.
SMALL_CODEBOOK = """\
version: "7"
residual: rest
categories:
  - {code: farming, name: {zh: 农业, en: Farming}, definition: {zh: 种植与养殖, en: crops and stock}, signals: [小麦, 灌溉]}
  - {code: schooling, name: {zh: 教育, en: Schooling}, definition: {zh: 学校与教师, en: schools and teachers}, signals: [学生]}
  - {code: rest, name: {zh: 其余, en: Rest}}
stages:
  - {code: done, name: {zh: 已做, en: done}}
  - {code: plan, name: {zh: 打算, en: plan}}
  - {code: context, name: {zh: 背景, en: context}}
rules: [按工作编码。]
"""
_FARMING = (
    "播种小麦{n}亩，出苗整齐。",
    "修好灌溉水渠{n}米，农田用水有了着落。",
    "农技员下田指导防治小麦虫害{n}次。",
    "养殖户新建牛舍{n}间，存栏牛羊增加。",
)
_SCHOOLING = (
    "新建小学教室{n}间，学生全部搬进新校舍。",
    "教师培训{n}人次，课堂教学有了起色。",
    "为困难学生发放助学金{n}元。",
    "举办学生运动会{n}场，各班学生都参加。",
)
_PLANNED = ("明年计划再播种小麦{n}亩。", "下一步准备为学校招聘教师{n}名。")


def _report(unit: str, year: int, seed: int) -> tuple[str, list[tuple[str, str]]]:
    """Return a report and the codes of its sentences, in order."""
    lines, codes = [f"{unit}{year}年工作总结"], [("rest", "context")]
    for number, (heading, sentences, code) in enumerate(
        (("一、农业生产", _FARMING, "farming"), ("二、学校教育", _SCHOOLING, "schooling"))
    ):
        lines.append(heading)
        codes.append((code, "context"))
        turned = [sentences[(seed + number + step) % len(sentences)] for step in range(3)]
        lines.append("".join(sentence.format(n=seed * 3 + step + 2) for step, sentence in enumerate(turned)))
        codes += [(code, "done")] * 3
    lines += ["三、下一步打算", "".join(sentence.format(n=seed + 5) for sentence in _PLANNED)]
    codes += [("rest", "context"), ("farming", "plan"), ("schooling", "plan")]
    return "\n".join(lines) + "\n", codes


@dataclass(frozen=True)
class Corpus:
    """A folder of reports with labels, codebook and dictionary."""

    reports: Path
    labels: Path
    codebook_file: Path
    dictionary: Path

    @property
    def codebook(self) -> Codebook:
        """Read the codebook."""
        return read_codebook(self.codebook_file)


def label(structured: StructuredDocument, index: int, category: str, stage: str, coder: str = "甲") -> Label:
    """Return a label of one sentence, as a coder would write it."""
    sentence = structured.sentences[index]
    quote = quote_of(sentence.text)
    return Label(
        structured.document.name, sentence.paragraph, sentence.sentence, quote, category, (), stage, coder, "7", "1", 0.0, ""
    )


def build_corpus(
    folder: Path, units: Sequence[str] = ("东河县农牧局", "西山镇人民政府"), years: Sequence[int] = (2022, 2023)
) -> Corpus:
    """Write a small labelled corpus: each unit has a report a year."""
    corpus = Corpus(folder / "reports", folder / "labels", folder / "codebook.yaml", folder / "dictionary.txt")
    corpus.reports.mkdir(parents=True)
    corpus.labels.mkdir()
    corpus.codebook_file.write_text(SMALL_CODEBOOK, encoding="utf-8")
    corpus.dictionary.write_text("助学金\n灌溉水渠\n", encoding="utf-8")
    for unit_number, unit in enumerate(units):
        labels = []
        for year in years:
            text, codes = _report(unit, year, seed=unit_number + 2 * (year - years[0]) + 1)
            file = corpus.reports / f"unit{unit_number}-{year}.txt"
            file.write_text(text, encoding="utf-8")
            structured = structure(read_document(Source(file, file.name)))
            assert len(structured.sentences) == len(codes)
            labels += [label(structured, index, *code) for index, code in enumerate(codes)]
        write_labels(corpus.labels / f"unit{unit_number}.csv", labels)
    return corpus


def small_params(folds: int = 2, seed: int = 1) -> Params:
    """Return parameters that train in a moment; the point-lead block stays without a term."""
    category = (
        Block("own", "word", 1, 1, 1, 0.6),
        Block("own", "character", 1, 2, 2, 0.8),
        Block("heading", "word", 1, 1, 1, 0.3),
        Block("point_lead", "character", 1, 2, 2, 0.3),
    )
    stage = (Block("own", "word", 1, 1, 1, 0.6), Block("headings", "character", 1, 2, 2, 0.5))
    return Params(
        seed,
        VectoriseParams(category, stage, 0.3, 0.3),
        ClassifyParams(0.8, 0.5, folds),
        DecodeParams(2.0),
        TagParams(0.2, 0.9),
        EvaluateParams(5),
    )


@dataclass(frozen=True)
class Outcome:
    """What a run of the command line came to."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """Lines on standard error."""
        return self.err.splitlines()


Run = Callable[..., Outcome]


@pytest.fixture
def worktag(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs ``worktag`` with arguments in this process; anything but a clean exit fails the test."""

    def run(*arguments: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["worktag", *map(str, arguments)])
        monkeypatch.setenv("COLUMNS", "120")
        capsys.readouterr()
        code = 0
        try:
            cli.main()
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 0
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return run


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """Return a corpus of two units with two reports each. Tests only read it."""
    return build_corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="session")
def small_folder(corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a model trained on the small corpus. Tests only read it."""
    folder = tmp_path_factory.mktemp("models") / "small"
    train_from_files(corpus.reports, corpus.labels, corpus.codebook_file, corpus.dictionary, small_params(), folder)
    return folder


@pytest.fixture(scope="session")
def small_model(small_folder: Path) -> Model:
    """Return the model trained on the small corpus."""
    return load_model(small_folder)


@pytest.fixture(scope="session")
def model() -> Model:
    """Return the bundled model."""
    return load_model(default_model())


@pytest.fixture(scope="session")
def real_reports() -> Mapping[str, StructuredDocument]:
    """Return real reports, structured, where they lie beside the repository."""
    files = sorted(REAL.glob("*.txt"))
    if not files:
        pytest.skip("no real reports beside the repository (../shared/real)")
    return {file.name: structure(read_document(Source(file, file.name))) for file in files}


def commands() -> dict[str, Any]:
    """Return the commands of the command line by their words, ``tag`` or ``labels check``."""
    found: dict[str, Any] = {}
    groups = [("", typer.main.get_command(cli_app.app))]
    for prefix, group in groups:
        for name, command in group.commands.items():  # type: ignore[attr-defined]
            if hasattr(command, "commands"):
                groups.append((f"{prefix}{name} ", command))
            else:
                found[f"{prefix}{name}"] = command
    return found


def check_call(words: Sequence[str]) -> str:
    """Parse a call as the command line would, and return the command; an unknown command, option or value ends the test."""
    known = commands()
    name = next(name for name in (" ".join(words[1:3]), words[1]) if name in known)
    known[name].make_context(name, list(words[1 + len(name.split()) :]))
    return name


def structured(text: str, name: str = "report.txt") -> StructuredDocument:
    """Return the structure of a text."""
    return structure(Document(name, text))
