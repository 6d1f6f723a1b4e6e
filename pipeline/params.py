"""Read ``params.yaml`` into frozen dataclasses that reject what they don't know."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import yaml

from pipeline.errors import ParameterError


@dataclass(frozen=True)
class Block:
    """One block of TF-IDF features.

    Attributes:
        source: the piece of context: one of :data:`pipeline.vectorise.SOURCES`.
        unit: ``word`` or ``character``.
        low: shortest n-gram.
        high: longest n-gram.
        min_df: in how many sentences an n-gram must stand.
        weight: length of the block's normalised row.
    """

    source: str
    unit: str
    low: int
    high: int
    min_df: int
    weight: float


@dataclass(frozen=True)
class VectoriseParams:
    """Blocks of features for category and for stage, and the weight of a sentence's place."""

    category_blocks: tuple[Block, ...]
    stage_blocks: tuple[Block, ...]
    place_weight: float


@dataclass(frozen=True)
class ClassifyParams:
    """The linear classifiers and their cross-fitting."""

    alpha: float
    class_weight_power: float
    folds: int


@dataclass(frozen=True)
class DecodeParams:
    """The chain over a document's sentences."""

    smoothing: float


@dataclass(frozen=True)
class TagParams:
    """What a table says of a posterior."""

    secondary: float
    review_precision: float


@dataclass(frozen=True)
class EvaluateParams:
    """How a model is judged."""

    bins: int


@dataclass(frozen=True)
class Params:
    """All parameters of the pipeline."""

    seed: int
    vectorise: VectoriseParams
    classify: ClassifyParams
    decode: DecodeParams
    tag: TagParams
    evaluate: EvaluateParams


def read_params(path: Path) -> Params:
    """Read the parameter file.

    Raises:
        ParameterError: the file is missing, isn't YAML, or holds an unknown, missing or ill-typed parameter.
    """
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise ParameterError("no such parameter file", where=str(path), remedy="copy params.yaml of the project there") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ParameterError(f"isn't valid YAML ({error})", where=str(path), remedy="mend the file") from error
    return params_from(values, where=str(path))


def params_from(values: Any, *, where: str) -> Params:
    """Build the parameters from plain dictionaries.

    Raises:
        ParameterError: a parameter is unknown, missing or ill-typed.
    """
    built: Params = _build(Params, values, where)
    return built


def _build(kind: Any, value: Any, where: str) -> Any:
    if is_dataclass(kind):
        if not isinstance(value, Mapping):
            raise ParameterError("a group of parameters is expected", where=where, remedy="compare with the project's params.yaml")
        known = [field.name for field in fields(kind)]
        for key in value:
            if key not in known:
                raise ParameterError(f"unknown parameter {key!r}", where=where, remedy=f"known are {', '.join(known)}")
        for key in known:
            if key not in value:
                raise ParameterError(f"parameter {key!r} is missing", where=where, remedy="compare with the project's params.yaml")
        hints = get_type_hints(kind)
        build: Any = kind
        return build(**{key: _build(hints[key], value[key], f"{where}: {key}") for key in known})
    if get_origin(kind) is tuple:
        if not isinstance(value, list):
            raise ParameterError("a list is expected", where=where, remedy="compare with the project's params.yaml")
        return tuple(_build(get_args(kind)[0], item, f"{where}[{number}]") for number, item in enumerate(value))
    return _number_or_text(kind, value, where)


def _number_or_text(kind: type | types.UnionType, value: Any, where: str) -> Any:
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, kind) or isinstance(value, bool):
        name = getattr(kind, "__name__", str(kind))
        raise ParameterError(f"{value!r} is no {name}", where=where, remedy="compare with the project's params.yaml")
    return value
