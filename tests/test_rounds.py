"""From draw to comparison and back to training: audited sentences train the next model, and stay an audit of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.labels import read_labels, write_labels
from pipeline.posteriors import read_posteriors
from pipeline.train import train_from_files
from tests.conftest import Corpus, Run, build_corpus, small_params


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """Return a corpus whose labels are the tests' truth: three units, four reports each."""
    folder = tmp_path_factory.mktemp("rounds")
    return build_corpus(folder, ("东河县农牧局", "西山镇人民政府", "北湖区教育局"), (2020, 2021, 2022, 2023))


def trained(corpus: Corpus, labels: Path, folder: Path) -> Path:
    train_from_files(corpus.reports, labels, corpus.codebook_file, corpus.dictionary, small_params(folds=3), folder)
    return folder


def tagged(worktag: Run, corpus: Corpus, model: Path, table: Path) -> Path:
    assert worktag("tag", corpus.reports, "--model", model, "--posteriors", "-o", table).code == 0
    return table


def test_an_audit_goes_round(worktag: Run, audited: Corpus, tmp_path: Path) -> None:
    """Draw, code, compare, add, train again, tag again, compare again with the same audit: each step takes what the last one gave."""
    first = trained(audited, audited.labels, tmp_path / "first")
    table = tagged(worktag, audited, first, tmp_path / "tags.csv")
    book = ("--codebook", audited.codebook_file)
    sheet = tmp_path / "audit.xlsx"
    drawn = worktag("audit", "draw", table, "-n", 60, "--labels", audited.labels, "-o", sheet, *book)
    assert "60 of 144 sentences, 60 of them coded already" in drawn.out
    compared = worktag("compare", table, "--audit", sheet, "--model", first, "-o", tmp_path / "one", *book)
    assert compared.code == 0, compared.err
    assert "60 audited sentences" in compared.out
    labels = tmp_path / "labels"
    added = worktag("audit", "add", sheet, "--labels", labels, *book)
    assert "60 labels" in added.out
    again = worktag("audit", "add", sheet, "--labels", labels, *book)
    assert (again.code, len(again.lines)) == (2, 1)
    assert "there already" in again.err
    rows = read_labels(labels, audited.codebook)
    assert {row.round for row in rows} == {"audit-1"}
    assert all(0 < row.inclusion_probability <= 1 for row in rows)
    second = trained(audited, labels, tmp_path / "second")
    table = tagged(worktag, audited, second, tmp_path / "tags2.csv")
    compared = worktag("compare", table, "--audit", labels, "--round", "audit-1", "--model", second, "-o", tmp_path / "two", *book)
    assert compared.code == 0, compared.err
    emphasis = pd.read_csv(tmp_path / "two/emphasis.csv", encoding="utf-8-sig")
    assert set(emphasis["method"]) == {"audited"}
    assert emphasis["audited_sentences"].drop_duplicates().sum() >= 20
    assert not emphasis[["audited", "low", "high"]].isna().any(axis=None)


def test_posteriors_of_audited_sentences_come_from_models_that_never_saw_their_report(audited: Corpus, tmp_path: Path) -> None:
    """Codes of one unit turned upside down leave the posteriors of its own sentences as they were, and no others.

    A trace remains: temperature and bias are fitted to scores of other reports, by models that did see the unit.
    """
    labels = read_labels(audited.labels, audited.codebook)
    wrong = {"farming": "schooling", "schooling": "rest", "rest": "farming"}
    turned = [replace(label, category=wrong[label.category]) if label.document.startswith("unit1-") else label for label in labels]
    tables = []
    for name, rows in (("right", labels), ("turned", turned)):
        (tmp_path / name).mkdir()
        write_labels(tmp_path / name / "all.csv", rows)
        model = trained(audited, tmp_path / name, tmp_path / f"model-{name}")
        tables.append(pd.read_csv(model / "crossfit.csv").set_index(["document", "start"])[["farming", "schooling", "rest"]])
    change = (tables[0] - tables[1]).abs().max(axis=1)
    own = change.index.get_level_values("document").str.startswith("unit1-")
    assert change[own].max() < 1e-3
    assert change[~own].min() > 0.3


def test_a_table_of_tags_holds_the_cross_fitted_posteriors(worktag: Run, audited: Corpus, tmp_path: Path) -> None:
    model = trained(audited, audited.labels, tmp_path / "model")
    found = read_posteriors(tagged(worktag, audited, model, tmp_path / "tags.csv"))
    assert found is not None
    assert len(found.origin.crossfitted) == 12
    crossfit = pd.read_csv(model / "crossfit.csv")
    assert crossfit["document"].tolist() == found.document.tolist()
    assert crossfit["start"].tolist() == found.start.tolist()
    assert np.abs(found.category - crossfit[["farming", "schooling", "rest"]].to_numpy()).max() < 1e-4
