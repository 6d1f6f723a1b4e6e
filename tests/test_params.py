"""Parameters: all known, all there, each of its kind and in its range."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.errors import ParameterError
from pipeline.params import params_from, read_params, read_text_params
from pipeline.resources import default_params

VALUES: dict[str, Any] = yaml.safe_load(default_params().read_text(encoding="utf-8"))


def test_the_bundled_parameters_are_read_as_they_stand() -> None:
    read = asdict(read_params(default_params()))
    assert {"seed", "vectorise", "classify", "decode", "tag", "evaluate"} <= set(read)
    for group, values in read.items():
        assert json.loads(json.dumps(values)) == VALUES[group]


def test_the_parameters_of_tables_of_texts_are_a_group_of_their_own() -> None:
    read = asdict(read_text_params(default_params()))
    assert read | {name: list(read[name]) for name in ("blocks", "more_blocks", "penalties")} == VALUES["texts"]


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("blocks", [], "blocks and ascending penalties above 0 are needed"),
        ("penalties", [2.0, 1.0], "blocks and ascending penalties above 0 are needed"),
        ("penalties", [0.0, 1.0], "blocks and ascending penalties above 0 are needed"),
        ("folds", 1, "folds is out of range"),
        ("megabytes", 0.0, "megabytes is out of range"),
        ("class_weight_power", -1.0, "class_weight_power is out of range"),
        ("more_blocks", [VALUES["vectorise"]["category_blocks"][2]], "a text in a table has no heading"),
        ("seeds", 1, "unknown parameter 'seeds'"),
    ],
)
def test_a_fault_in_the_parameters_of_tables_is_named(tmp_path: Path, name: str, value: Any, what: str) -> None:
    file = tmp_path / "params.yaml"
    file.write_text(yaml.safe_dump({"texts": VALUES["texts"] | {name: value}}), encoding="utf-8")
    with pytest.raises(ParameterError, match=what) as caught:
        read_text_params(file)
    assert caught.value.where.startswith(f"{file}: texts")


def test_parameters_without_the_group_of_tables_are_told_so(tmp_path: Path) -> None:
    file = tmp_path / "params.yaml"
    file.write_text(yaml.safe_dump({name: value for name, value in VALUES.items() if name != "texts"}), encoding="utf-8")
    assert read_params(file) == read_params(default_params())
    with pytest.raises(ParameterError, match="a group of parameters is expected"):
        read_text_params(file)


def test_the_order_of_the_file_is_of_no_matter(tmp_path: Path) -> None:
    file = tmp_path / "params.yaml"
    file.write_text(yaml.safe_dump(VALUES, sort_keys=True), encoding="utf-8-sig")
    assert read_params(file) == read_params(default_params())


def test_a_whole_number_serves_where_a_decimal_is_expected() -> None:
    values = deepcopy(VALUES)
    values["decode"]["smoothing"] = 3
    smoothing = params_from(values, where="p").decode.smoothing
    assert (smoothing, type(smoothing)) == (3.0, float)


def _at(*path: str | int, value: Any) -> Callable[[Any], None]:
    def change(values: Any) -> None:
        for key in path[:-1]:
            values = values[key]
        values[path[-1]] = value

    return change


def _without(*path: str | int) -> Callable[[Any], None]:
    def change(values: Any) -> None:
        for key in path[:-1]:
            values = values[key]
        del values[path[-1]]

    return change


BLOCK = ("vectorise", "category_blocks", 0)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (_at("sed", value=1), "unknown parameter 'sed'"),
        (_at("classify", "alhpa", value=1), "unknown parameter 'alhpa'"),
        (_at(*BLOCK, "max_df", value=1), "unknown parameter 'max_df'"),
        (_without("seed"), "parameter 'seed' is missing"),
        (_without("classify"), "parameter 'classify' is missing"),
        (_without("classify", "folds"), "parameter 'folds' is missing"),
        (_without(*BLOCK, "source"), "parameter 'source' is missing"),
        (_at("seed", value="1"), "'1' is no int"),
        (_at("seed", value=1.5), "1.5 is no int"),
        (_at("seed", value=True), "True is no int"),
        (_at("seed", value=None), "None is no int"),
        (_at("classify", "alpha", value="0.8"), "'0.8' is no float"),
        (_at("classify", "alpha", value=False), "False is no float"),
        (_at(*BLOCK, "source", value=3), "3 is no str"),
        (_at("classify", value=3), "a group of parameters is expected"),
        (_at("vectorise", "category_blocks", value={}), "a list is expected"),
        (_at("vectorise", "category_blocks", 0, value="own"), "a group of parameters is expected"),
        # of the right kind, but out of range
        (_at(*BLOCK, "source", value="owns"), "'owns' is none of"),
        (_at(*BLOCK, "unit", value="letter"), "'letter' is none of"),
        (_at(*BLOCK, "low", value=0), "n-grams"),
        (_at(*BLOCK, "low", value=3), "n-grams"),
        (_at(*BLOCK, "min_df", value=0), "out of range"),
        (_at(*BLOCK, "weight", value=-0.1), "out of range"),
        (_at("seed", value=-1), "out of range"),
        (_at("classify", "alpha", value=0.0), "out of range"),
        (_at("classify", "alpha", value=float("nan")), "out of range"),
        (_at("classify", "folds", value=1), "out of range"),
        (_at("decode", "smoothing", value=0.0), "out of range"),
        (_at("tag", "secondary", value=1.5), "out of range"),
        (_at("tag", "review_precision", value=95.0), "out of range"),
        (_at("evaluate", "bins", value=0), "out of range"),
        (_at("vectorise", "category_blocks", value=[]), "at least one block"),
    ],
)
def test_each_fault_is_named_with_its_place_and_remedy(change: Callable[[Any], None], what: str) -> None:
    values = deepcopy(VALUES)
    change(values)
    with pytest.raises(ParameterError, match=what) as caught:
        params_from(values, where="params.yaml")
    assert caught.value.where.startswith("params.yaml")
    assert caught.value.remedy


def test_the_place_of_a_fault_leads_to_its_block() -> None:
    values = deepcopy(VALUES)
    values["vectorise"]["stage_blocks"][2]["weight"] = "heavy"
    with pytest.raises(ParameterError) as caught:
        params_from(values, where="params.yaml")
    assert caught.value.where == "params.yaml: vectorise: stage_blocks[2]: weight"


@pytest.mark.parametrize(
    ("data", "what"),
    [(b"seed: [", "isn't valid YAML"), (b"\xff\xfe\xfd", "isn't valid YAML"), (b"", "a group"), (None, "no such parameter file")],
)
def test_a_file_that_holds_no_parameters(tmp_path: Path, data: bytes | None, what: str) -> None:
    file = tmp_path / "params.yaml"
    if data is not None:
        file.write_bytes(data)
    with pytest.raises(ParameterError, match=what):
        read_params(file)


def test_a_folder_is_no_parameter_file(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="can't be read"):
        read_params(tmp_path)
