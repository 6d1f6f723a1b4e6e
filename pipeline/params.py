"""Read ``params.yaml`` into frozen dataclasses that reject what they don't know."""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from pipeline.errors import ParameterError
from pipeline.readers.content import Limits

_USUAL_LIMITS = Limits()
SOURCES = ("own", "heading", "headings", "part", "paragraph_lead", "point_lead", "previous", "following")
UNITS = ("word", "character")
_TEXTS = "texts"
_REMEDY = "compare with the project's params.yaml"


@dataclass(frozen=True)
class Block:
    """One block of TF-IDF features.

    Attributes:
        source: the piece of context: one of :data:`SOURCES`.
        unit: one of :data:`UNITS`.
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
    """Blocks of features for category and for stage, and what a sentence's place weighs in either."""

    category_blocks: tuple[Block, ...]
    stage_blocks: tuple[Block, ...]
    category_place_weight: float
    stage_place_weight: float

    def of(self, target: str) -> tuple[tuple[Block, ...], float]:
        """Return blocks and weight of the place for ``category`` or ``stage``."""
        is_category = target == "category"
        return (
            self.category_blocks if is_category else self.stage_blocks,
            self.category_place_weight if is_category else self.stage_place_weight,
        )


@dataclass(frozen=True)
class ClassifyParams:
    """The linear classifiers and their cross-fitting."""

    alpha: float
    class_weight_power: float
    folds: int


@dataclass(frozen=True)
class LatentParams:
    """The latent space of coded and uncoded sentences (:mod:`pipeline.latent`).

    Attributes:
        dimensions: how many; 0: there is none.
        below: used where fewer sentences than so many are labelled.
        sentences: how many it is found from, at most.
        min_df: in how many of them an n-gram must stand.
        weight: of its kernel beside that of the features.
    """

    dimensions: int = 0
    below: int = 0
    sentences: int = 20_000
    min_df: int = 5
    weight: float = 0.5


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


_NO_LATENT = LatentParams()


@dataclass(frozen=True)
class Params:
    """All parameters of the pipeline."""

    seed: int
    vectorise: VectoriseParams
    classify: ClassifyParams
    decode: DecodeParams
    tag: TagParams
    evaluate: EvaluateParams
    read: Limits = _USUAL_LIMITS  # for a model that was saved without any
    latent: LatentParams = _NO_LATENT  # likewise


@dataclass(frozen=True)
class TextParams:
    """How a model of a table of texts is trained.

    Attributes:
        blocks: of features; their source is ``own``, for a text in a table stands alone.
        more_blocks: are added where held-out texts are tagged better with them.
        more_from: how many texts there must be for that.
        penalties: of the ridge, of which the best on held-out texts is taken; ascending.
        class_weight_power: 0: categories count as often as in the table; 1: every category alike.
        folds: of cross-validation where there is no development set.
        megabytes: how large the arrays of the model may be; features that weigh least go.
        review_precision: of the texts that are not marked for review.
    """

    blocks: tuple[Block, ...]
    more_blocks: tuple[Block, ...]
    penalties: tuple[float, ...]
    class_weight_power: float
    folds: int
    megabytes: float
    review_precision: float
    more_from: int = 5000


def read_params(path: Path) -> Params:
    """Read the parameter file.

    Raises:
        ParameterError: the file is missing, can't be read, isn't YAML, or a parameter is unknown, missing, ill-typed or out of range.
    """
    return params_from(_load(path), where=str(path))


def read_text_params(path: Path) -> TextParams:
    """Read what the parameter file holds for tables of texts.

    Raises:
        ParameterError: as with :func:`read_params`.
    """
    values, where = _load(path), f"{path}: {_TEXTS}"
    group = values.get(_TEXTS) if isinstance(values, Mapping) else None
    built: TextParams = _build(TextParams, group, where)
    infinity = float("inf")
    ranges = (
        ("class_weight_power", 0, infinity),
        ("folds", 2, infinity),
        ("megabytes", 0.01, infinity),
        ("review_precision", 0, 1),
        ("more_from", 0, infinity),
    )
    _check_ranges([(built, *limits) for limits in ranges], where)
    if not built.blocks or not built.penalties or min(built.penalties) <= 0 or sorted(built.penalties) != list(built.penalties):
        raise ParameterError("blocks and ascending penalties above 0 are needed", where=where, remedy=_REMEDY)
    for block in (*built.blocks, *built.more_blocks):
        _check_block(block, where)
        if block.source != SOURCES[0]:
            raise ParameterError(f"a text in a table has no {block.source}", where=where, remedy=f"the source is {SOURCES[0]}")
    return built


def _load(path: Path) -> Any:
    import yaml  # a model brings its parameters without it

    try:
        # The parser in C, where yaml has it, takes a tenth of the time.
        return yaml.load(path.read_text(encoding="utf-8-sig"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    except FileNotFoundError as error:
        raise ParameterError("no such parameter file", where=str(path), remedy="copy params.yaml of the project there") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ParameterError(f"isn't valid YAML ({error})", where=str(path), remedy="mend the file") from error
    except OSError as error:
        raise ParameterError(f"can't be read ({error.strerror})", where=str(path), remedy="give a file") from error


def params_from(values: Any, *, where: str) -> Params:
    """Build the parameters from plain dictionaries; the group for tables of texts (:func:`read_text_params`) is passed over.

    Raises:
        ParameterError: a parameter is unknown, missing, ill-typed or out of range.
    """
    if isinstance(values, Mapping):
        values = {name: value for name, value in values.items() if name != _TEXTS}
    built: Params = _build(Params, values, where)
    _check(built, where)
    return built


def _check(params: Params, where: str) -> None:
    """Check the ranges: further on, a value out of range would end in a fault of numpy, or be passed over in silence."""
    infinity = float("inf")
    ranges: tuple[tuple[Any, str, float, float], ...] = (
        (params, "seed", 0, infinity),
        (params.vectorise, "category_place_weight", 0, infinity),
        (params.vectorise, "stage_place_weight", 0, infinity),
        (params.classify, "alpha", 1e-9, infinity),
        (params.classify, "class_weight_power", 0, infinity),
        (params.classify, "folds", 2, infinity),
        (params.decode, "smoothing", 1e-9, infinity),
        (params.tag, "secondary", 0, 1),
        (params.tag, "review_precision", 0, 1),
        (params.evaluate, "bins", 1, infinity),
        (params.latent, "dimensions", 0, 1000),
        (params.latent, "below", 0, infinity),
        (params.latent, "sentences", 1, infinity),
        (params.latent, "min_df", 1, infinity),
        (params.latent, "weight", 0, infinity),
        *((params.read, bound, 1, infinity) for bound in Limits.__dataclass_fields__),
    )
    _check_ranges(ranges, where)
    for target in ("category_blocks", "stage_blocks"):
        blocks: tuple[Block, ...] = getattr(params.vectorise, target)
        if not blocks:
            raise ParameterError("at least one block is needed", where=f"{where}: vectorise: {target}", remedy=_REMEDY)
        for number, block in enumerate(blocks):
            _check_block(block, f"{where}: vectorise: {target}[{number}]")


def _check_ranges(ranges: Iterable[tuple[Any, str, float, float]], where: str) -> None:
    for group, name, least, most in ranges:
        if not least <= getattr(group, name) <= most:
            raise ParameterError(f"{name} is out of range: {getattr(group, name)!r}", where=where, remedy=_REMEDY)


def _check_block(block: Block, where: str) -> None:
    for value, known in ((block.source, SOURCES), (block.unit, UNITS)):
        if value not in known:
            raise ParameterError(f"{value!r} is none of {', '.join(known)}", where=where, remedy=_REMEDY)
    if not 1 <= block.low <= block.high:
        raise ParameterError(f"there are no n-grams of {block.low} to {block.high}", where=where, remedy=_REMEDY)
    if block.min_df < 1 or not 0 <= block.weight < float("inf"):
        raise ParameterError("min_df or weight is out of range", where=where, remedy=_REMEDY)


def _build(kind: Any, value: Any, where: str) -> Any:
    if is_dataclass(kind):
        if not isinstance(value, Mapping):
            raise ParameterError("a group of parameters is expected", where=where, remedy=_REMEDY)
        known = {field.name: field.default is MISSING for field in fields(kind)}
        for key in value:
            if key not in known:
                raise ParameterError(f"unknown parameter {key!r}", where=where, remedy=f"known are {', '.join(known)}")
        for key, is_required in known.items():
            if is_required and key not in value:
                raise ParameterError(f"parameter {key!r} is missing", where=where, remedy=_REMEDY)
        build: Any = kind
        hints = _hints(build)
        return build(**{key: _build(hints[key], value[key], f"{where}: {key}") for key in known if key in value})
    if get_origin(kind) is tuple:
        if not isinstance(value, list):
            raise ParameterError("a list is expected", where=where, remedy=_REMEDY)
        return tuple(_build(get_args(kind)[0], item, f"{where}[{number}]") for number, item in enumerate(value))
    return _number_or_text(kind, value, where)


@lru_cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _number_or_text(kind: type | types.UnionType, value: Any, where: str) -> Any:
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, kind) or isinstance(value, bool):
        name = getattr(kind, "__name__", str(kind))
        raise ParameterError(f"{value!r} is no {name}", where=where, remedy=_REMEDY)
    return value
