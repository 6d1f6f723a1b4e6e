"""The model card: every figure, in two languages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from pipeline.card import card, corpus_section, words
from pipeline.codebook import codebook_from
from pipeline.corpus import describe_files
from pipeline.evaluate import measure
from tests.conftest import Corpus
from tests.test_evaluate import BOOK, JUDGED, METRICS

NAMED = codebook_from(
    {
        "categories": [{"code": code, "name": {"zh": f"类{code}", "en": f"Kind {code}"}} for code in "abc"],
        "stages": [{"code": "done", "name": {"zh": "已做"}}, {"code": "plan", "name": {"zh": "打算"}}],
        "residual": "c",
    },
    where="",
)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_card_holds_the_figures(language: str) -> None:
    text = card(METRICS, NAMED, digest="0123456789abcdef0123", language=language)
    low, high = METRICS["accuracy_interval"]
    assert f"| 0.667 [{low:.3f}, {high:.3f}] |" in text
    assert "`0123456789abcdef`" in text
    assert f"| `b` | {NAMED.name('b', language)} | 0.600 | 1.000 | 0.750 | 3 |" in text
    assert "0.667 / 0.750" in text
    assert "nan" not in text.lower()


def test_the_card_says_what_the_model_is_not_for() -> None:
    assert "不用于评判个人" in card(METRICS, NAMED, digest="", language="zh")
    assert "no tool for judging persons" in card(METRICS, NAMED, digest="", language="en")


def test_both_languages_have_the_same_words() -> None:
    assert words("zh").keys() == words("en").keys()
    for text in words("zh").values():
        assert text
    holes = re.compile(r"{\w+}")
    for key, text in words("zh").items():
        assert sorted(holes.findall(text)) == sorted(holes.findall(words("en")[key]))


def test_the_card_links_the_pictures_of_its_language() -> None:
    assert re.findall(r"\((\w[\w.]+\.svg)\)", card(METRICS, NAMED, digest="", language="zh")) == [
        "reliability.svg",
        "confusion.svg",
    ]
    english = re.findall(r"\((\w[\w.]+\.svg)\)", card(METRICS, NAMED, digest="", language="en"))
    assert english == ["reliability.en.svg", "confusion.en.svg"]


def test_where_all_is_marked_for_review_the_card_shows_a_dash() -> None:
    metrics = measure(JUDGED, bins=10, review_threshold=1.01, seed=1)
    assert "| 0.000 / – |" in card(metrics, BOOK, digest="", language="en")


def test_the_card_says_what_the_review_mark_promises_and_whether_it_is_kept() -> None:
    for kept, english, chinese in (
        (True, "On these data it is kept.", "兑现了。"),
        (False, "it is not kept: label more", "没有兑现"),
    ):
        metrics = {**METRICS, "review": {**METRICS["review"], "promise_kept": kept}}
        text = card(metrics, BOOK, digest="", language="en")
        assert "at least 95% are right, and that they are at least 75% of all." in text
        assert english in text
        assert chinese in card(metrics, BOOK, digest="", language="zh")


def test_every_table_of_the_card_is_well_formed(corpus: Corpus) -> None:
    described = describe_files(corpus.reports, corpus.labels, corpus.labels, corpus.codebook_file, corpus.dictionary)
    text = card(METRICS, NAMED, digest="", language="en", extra=corpus_section(described, corpus.codebook, "en"))
    width = 0
    rows = 0
    for line in text.splitlines():
        cells = line.count("|") if line.startswith("|") else 0
        assert not (cells and width) or cells == width, line
        width = cells
        rows += bool(cells)
    assert rows > 30


def test_a_category_that_nobody_coded_has_a_dash_for_its_agreement(corpus: Corpus) -> None:
    described = describe_files(corpus.reports, corpus.labels, corpus.labels, corpus.codebook_file, corpus.dictionary)
    described["agreement"]["categories"]["rest"] = {"alpha": None, "interval": None}
    assert "| Rest | – | – |" in corpus_section(described, corpus.codebook, "en")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_section_on_the_corpus(corpus: Corpus, language: str) -> None:
    described: dict[str, Any] = describe_files(corpus.reports, corpus.labels, None, corpus.codebook_file, corpus.dictionary)
    text = corpus_section(described, corpus.codebook, language)
    assert "| 4 / 2 |" in text
    assert "α" not in text
    described = describe_files(corpus.reports, corpus.labels, corpus.labels, corpus.codebook_file, corpus.dictionary)
    assert "| 1.000 | [1.000, 1.000] |" in corpus_section(described, corpus.codebook, language)


def test_the_bundled_card_is_that_of_the_bundled_model(model: Any) -> None:
    from pipeline.resources import default_model

    for name in ("card.md", "card.en.md"):
        text = Path(default_model() / name).read_text(encoding="utf-8")
        assert f"`{model.digest[:16]}`" in text
