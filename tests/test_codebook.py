"""The codebook is data, and checked as such."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.codebook import codebook_from, codebook_values, read_codebook
from pipeline.errors import CodebookError
from pipeline.resources import default_codebook
from tests.conftest import SMALL_CODEBOOK

VALUES: dict[str, Any] = yaml.safe_load(SMALL_CODEBOOK)


def test_a_codebook_keeps_the_order_of_its_file() -> None:
    book = codebook_from(VALUES, where="codebook.yaml")
    assert book.category_codes == ("farming", "schooling", "rest")
    assert book.stage_codes == ("done", "plan", "context")
    assert (book.version, book.residual, book.rules) == ("7", "rest", ("按工作编码。",))
    assert book.categories[0].signals == ("小麦", "灌溉")


def test_names_by_language_and_the_code_where_there_is_none() -> None:
    book = codebook_from(VALUES, where="codebook.yaml")
    assert (book.name("farming"), book.name("farming", "en"), book.name("done", "en")) == ("农业", "Farming", "done")
    assert (book.name("farming", "fr"), book.name("unheard_of")) == ("farming", "unheard_of")


@pytest.mark.parametrize(
    ("name", "zh", "en"),
    [
        (None, "crops", "crops"),
        ("", "crops", "crops"),
        ("种植", "种植", "种植"),
        ({"zh": "种植"}, "种植", "种植"),
        ({"en": "Crops", "zh": None}, "Crops", "Crops"),
        ({}, "crops", "crops"),
    ],
)
def test_a_name_may_be_one_text_one_language_or_nothing(name: Any, zh: str, en: str) -> None:
    values = VALUES | {"categories": [{"code": "crops", "name": name}, {"code": "rest"}]}
    book = codebook_from(values, where="codebook.yaml")
    assert (book.name("crops", "zh"), book.name("crops", "en")) == (zh, en)


def _put(*path: str | int, value: Any) -> Callable[[Any], None]:
    def change(values: Any) -> None:
        for key in path[:-1]:
            values = values[key]
        values[path[-1]] = value

    return change


def _drop(*path: str | int) -> Callable[[Any], None]:
    def change(values: Any) -> None:
        for key in path[:-1]:
            values = values[key]
        del values[path[-1]]

    return change


@pytest.mark.parametrize(
    ("change", "what", "where"),
    [
        (_drop("categories"), "list of two or more codes", "categories"),
        (_drop("stages"), "list of two or more codes", "stages"),
        (_put("categories", value=[{"code": "rest"}]), "list of two or more codes", "categories"),
        (_put("categories", value={"farming": {}}), "list of two or more codes", "categories"),
        (_drop("categories", 1, "code"), "its code is missing", "categories, entry 2"),
        (_put("categories", 1, value="schooling"), "its code is missing", "categories, entry 2"),
        (_put("categories", 1, "code", value="Schooling"), "other characters", "categories, entry 2"),
        (_put("categories", 1, "code", value="学校"), "other characters", "categories, entry 2"),
        (_put("categories", 1, "code", value=12), "other characters", "categories, entry 2"),
        (_put("categories", 1, "code", value="farming"), "stands there twice", "categories, entry 2"),
        (_put("stages", 1, "code", value="done"), "stands there twice", "stages, entry 2"),
        (_put("categories", 0, "colour", value="red"), "unknown entry 'colour'", "categories, entry 1"),
        (_put("categories", 0, "signals", value="小麦"), "signals must be a list", "categories, entry 1"),
        (_put("categories", 0, "name", value=["农业"]), "name must be a text", "categories, entry 1"),
        (_put("categories", 0, "definition", value={"fr": "agriculture"}), "definition must be a text", "categories, entry 1"),
        (_put("residual", value="other"), "residual names the unknown code 'other'", ""),
        (_drop("residual"), "residual names the unknown code ''", ""),
        (_put("rules", value="一条"), "rules must be a list", ""),
        (_put("category", value=[]), "unknown entry 'category'", ""),
        # names of columns of the table of cross-fitted posteriors
        (_put("categories", 1, "code", value="paragraph"), "stands for a column", "categories, entry 2"),
        (_put("categories", 1, "code", value="stage_plan"), "stands for a column", "categories, entry 2"),
    ],
)
def test_each_fault_is_named_with_its_place(change: Callable[[Any], None], what: str, where: str) -> None:
    values = deepcopy(VALUES)
    change(values)
    with pytest.raises(CodebookError, match=what) as caught:
        codebook_from(values, where="codebook.yaml")
    assert caught.value.where.startswith("codebook.yaml")
    assert caught.value.where.endswith(where)
    assert caught.value.remedy
    assert "\n" not in caught.value.line()


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"categories: [", "can't be read as YAML"),
        (b"\xff\xfe\xfd", "can't be read as YAML"),
        (b"", "no categories in it"),
        (b"- a\n- b\n", "no categories in it"),
        (b"!!python/object/apply:os.system [echo]", "can't be read as YAML"),
        (None, "no such codebook"),
    ],
)
def test_a_file_that_is_no_codebook(tmp_path: Path, data: bytes | None, what: str) -> None:
    file = tmp_path / "codebook.yaml"
    if data is not None:
        file.write_bytes(data)
    with pytest.raises(CodebookError, match=what) as caught:
        read_codebook(file)
    assert "\n" not in caught.value.line()


def test_a_folder_is_no_codebook(tmp_path: Path) -> None:
    with pytest.raises(CodebookError, match="can't be read"):
        read_codebook(tmp_path)


def test_a_file_with_byte_order_mark_is_read(tmp_path: Path) -> None:
    file = tmp_path / "codebook.yaml"
    file.write_text(SMALL_CODEBOOK, encoding="utf-8-sig")
    assert read_codebook(file) == codebook_from(VALUES, where="")


def test_the_bundled_codebook_has_names_and_definitions_in_both_languages() -> None:
    book = read_codebook(default_codebook())
    assert len(book.categories) == 12
    assert book.stage_codes == ("done", "problem", "plan", "context")
    for code in (*book.categories, *book.stages):
        assert code.names["zh"] != code.names["en"]
        assert len(code.definitions["zh"]) > 3
        assert len(code.definitions["en"]) > 3
    for code in book.categories:
        assert code.signals
    assert len(book.rules) == 15


def test_a_codebook_as_plain_values_is_built_again() -> None:
    book = read_codebook(default_codebook())
    assert codebook_from(codebook_values(book), where="values") == book
