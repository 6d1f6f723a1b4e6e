"""Training from a table."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipeline import cache
from pipeline.params import read_text_params
from pipeline.segment import Segmenter
from pipeline.text_model import alone, load_text_model
from pipeline.text_train import HeldOut, train_from_table, train_texts
from pipeline.texts import Labelled
from tests.conftest import ROOT

PARAMS = ROOT / "params.yaml"
WORDS = {"农业": "播种小麦水稻灌溉化肥田地", "教育": "学校教师课堂学生考试书本", "交通": "公路铁路车站桥梁航班港口"}


def table(count: int, seed: int = 1) -> Labelled:
    """Return texts, most of whose characters tell their category."""
    chance, texts, categories = random.Random(seed), [], []  # noqa: S311
    for number in range(count):
        category = list(WORDS)[number % 3]
        own, any_of = WORDS[category], "".join(WORDS.values())
        texts.append("".join(chance.choice(own if chance.random() < 0.5 else any_of) for _ in range(8)))
        categories.append(category)
    return Labelled("table", tuple(texts), tuple(categories), tuple(range(count)))


def trained(training: Labelled, development: Labelled | None = None, **changes: object) -> tuple[object, HeldOut]:
    params = replace(read_text_params(PARAMS), **changes)  # type: ignore[arg-type]
    return train_texts(training, development, params, Segmenter(), secondary=0.2, seed=1)


def test_held_out_texts_are_tagged_well_and_as_sure_as_they_are_right() -> None:
    for development in (None, table(240, seed=2)):
        model, judged = trained(table(240), development)
        right = judged.posteriors.argmax(axis=1) == judged.truth
        assert right.mean() > 0.85
        assert abs(judged.posteriors.max(axis=1).mean() - right.mean()) < 0.06
        assert model.classes == tuple(sorted(WORDS))  # type: ignore[attr-defined]


def test_further_features_are_tried_where_there_are_texts_enough() -> None:
    blocks = read_text_params(PARAMS).blocks
    best = replace(read_text_params(PARAMS).more_blocks[0], low=1, high=1, min_df=1, weight=2.0)
    for least, tried in ((241, False), (240, True)):
        model, _ = trained(table(240), blocks=(replace(blocks[0], min_df=1000),), more_blocks=(best,), more_from=least)
        assert (best in model.vectoriser.blocks) == tried  # type: ignore[attr-defined]


def write(file: Path, rows: Labelled) -> Path:
    lines = (f"{text}\t{category}\n" for text, category in zip(rows.texts, rows.categories, strict=True))
    file.write_text("".join(lines), encoding="utf-8")
    return file


def test_a_model_has_the_same_bytes_each_time_with_and_without_what_was_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, found = write(tmp_path / "table.txt", table(90)), []
    monkeypatch.setattr(cache, "_FEWEST", 10)
    for number, folder in enumerate(("off", str(tmp_path / "cache"), str(tmp_path / "cache"))):
        monkeypatch.setenv("WORKTAG_CACHE", folder)
        output = tmp_path / f"model{number}"
        train_from_table(file, output, text="1", category="2", header=False, params_file=PARAMS)
        found.append({path.name: path.read_bytes() for path in output.iterdir()})
    assert len(list((tmp_path / "cache").rglob("output.pkl"))) == 2
    assert found[0] == found[1] == found[2]


def test_a_model_too_large_keeps_the_features_that_matter_most(tmp_path: Path) -> None:
    file = write(tmp_path / "table.txt", table(300))
    params = tmp_path / "params.yaml"
    params.write_text(PARAMS.read_text(encoding="utf-8").replace("megabytes: 14.0", "megabytes: 0.01"), encoding="utf-8")
    sizes = []
    for values in (PARAMS, params):
        train_from_table(file, tmp_path / "model", text="1", category="2", header=False, params_file=values)
        model = load_text_model(tmp_path / "model")
        sizes.append(sum(map(len, model.vectoriser.terms_)))
        guess = model.posteriors(table(90, seed=3).texts).argmax(axis=1)
        assert np.mean([model.classes[best] == truth for best, truth in zip(guess, table(90).categories, strict=True)]) > 0.85
    assert sizes[1] == int(1e4 / (3 + 8)) < sizes[0]


def test_texts_stand_alone_whatever_stands_in_them() -> None:
    texts = ["甲 12.5 乙", "\x00甲\x02\n乙 ", "", "a\ud800**"]
    assert [context.texts[0] for context in alone(texts)] == ["甲 0 乙", "甲 乙", "", "a*"]
    assert alone([]) == []
