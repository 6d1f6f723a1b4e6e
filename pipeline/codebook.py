"""The codebook: which categories and stages there are and what they mean. It is data; another field brings its own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import CodebookError

LANGUAGES = ("zh", "en")
_CODE = re.compile(r"[a-z][a-z0-9_]*")
# Columns that stand beside those of the categories in the table of cross-fitted posteriors (pipeline/train.py).
_COLUMNS = frozenset({"document", "unit", "paragraph", "sentence", "start", "fold", "characters", "category", "stage"})
_REMEDY = "mend the codebook; `worktag codebook` shows one that is right"


@dataclass(frozen=True, slots=True)
class Code:
    """A category or a stage.

    Attributes:
        code: its short name in tables.
        names: what analysts see, by language.
        definitions: what belongs there, by language.
        signals: words that are typical of it.
    """

    code: str
    names: Mapping[str, str]
    definitions: Mapping[str, str]
    signals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Codebook:
    """Categories, stages and rules, in the order of the file.

    Attributes:
        residual: the code of the category for what belongs to no other.
    """

    version: str
    categories: tuple[Code, ...]
    stages: tuple[Code, ...]
    residual: str
    rules: tuple[str, ...] = ()

    @property
    def category_codes(self) -> tuple[str, ...]:
        """Codes of the categories."""
        return tuple(code.code for code in self.categories)

    @property
    def stage_codes(self) -> tuple[str, ...]:
        """Codes of the stages."""
        return tuple(code.code for code in self.stages)

    def name(self, code: str, language: str = "zh") -> str:
        """Return what analysts see of a category or stage; the code itself if it has no name in that language."""
        found = next((entry for entry in (*self.categories, *self.stages) if entry.code == code), None)
        return found.names.get(language, code) if found else code


def read_codebook(path: Path) -> Codebook:
    """Read and check a codebook.

    Raises:
        CodebookError: the file is missing, isn't YAML, or contradicts itself.
    """
    import yaml  # a model brings its codebook without it

    where = str(path)
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise CodebookError("no such codebook", where=where, remedy="check the path") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CodebookError(f"can't be read as YAML ({error})", where=where, remedy=_REMEDY) from error
    return codebook_from(values, where=where)


def codebook_from(values: Any, *, where: str) -> Codebook:
    """Build a codebook from plain dictionaries.

    Raises:
        CodebookError: something is missing, doubled, or refers to a code that isn't there.
    """
    if not isinstance(values, Mapping):
        raise CodebookError("no categories in it", where=where, remedy=_REMEDY)
    known = {"version", "title", "residual", "categories", "stages", "rules"}
    if unknown := sorted(set(map(str, values)) - known):
        raise CodebookError(f"unknown entry {unknown[0]!r}", where=where, remedy=f"known are {', '.join(sorted(known))}")
    categories = _codes(values.get("categories"), f"{where}: categories")
    stages = _codes(values.get("stages"), f"{where}: stages")
    columns = _COLUMNS | {f"stage_{code.code}" for code in stages}
    for number, category in enumerate(categories, 1):
        if category.code in columns:
            place = f"{where}: categories, entry {number}"
            raise CodebookError(
                f"the code {category.code!r} already stands for a column", where=place, remedy="choose another code"
            )
    residual = str(values.get("residual", ""))
    if residual not in {code.code for code in categories}:
        raise CodebookError(f"residual names the unknown code {residual!r}", where=where, remedy="name one of the categories there")
    rules = values.get("rules") or []
    if not isinstance(rules, list):
        raise CodebookError("rules must be a list", where=where, remedy=_REMEDY)
    return Codebook(str(values.get("version", "")), categories, stages, residual, tuple(map(str, rules)))


def codebook_values(codebook: Codebook) -> dict[str, Any]:
    """Return a codebook as plain dictionaries, from which :func:`codebook_from` builds it again."""

    def entries(codes: Iterable[Code]) -> list[dict[str, Any]]:
        return [
            {
                "code": code.code,
                "name": dict(code.names),
                "definition": dict(code.definitions),
                "signals": list(code.signals),
            }
            for code in codes
        ]

    return {
        "version": codebook.version,
        "residual": codebook.residual,
        "categories": entries(codebook.categories),
        "stages": entries(codebook.stages),
        "rules": list(codebook.rules),
    }


def _codes(values: Any, where: str) -> tuple[Code, ...]:
    if not isinstance(values, list) or len(values) < 2:
        raise CodebookError("a list of two or more codes is expected", where=where, remedy=_REMEDY)
    codes: list[Code] = []
    for number, value in enumerate(values, 1):
        place = f"{where}, entry {number}"
        if not isinstance(value, Mapping) or not _CODE.fullmatch(str(value.get("code", ""))):
            raise CodebookError("its code is missing, or has other characters than a-z, 0-9 and _", where=place, remedy=_REMEDY)
        if unknown := sorted(set(map(str, value)) - {"code", "name", "definition", "signals"}):
            raise CodebookError(f"unknown entry {unknown[0]!r}", where=place, remedy="known are code, name, definition, signals")
        if value["code"] in {code.code for code in codes}:
            raise CodebookError(f"the code {value['code']!r} stands there twice", where=place, remedy="remove one")
        names = _by_language(value.get("name"), place, "name", default=value["code"])
        definitions = _by_language(value.get("definition"), place, "definition", default="")
        signals = value.get("signals") or []
        if not isinstance(signals, list):
            raise CodebookError("signals must be a list", where=place, remedy=_REMEDY)
        codes.append(Code(str(value["code"]), names, definitions, tuple(map(str, signals))))
    return tuple(codes)


def _by_language(value: Any, where: str, entry: str, *, default: str) -> dict[str, str]:
    """Return the text by language: given for each, or one text for all."""
    if value is None or isinstance(value, str):
        return dict.fromkeys(LANGUAGES, value or default)
    if not isinstance(value, Mapping) or not set(value) <= set(LANGUAGES):
        raise CodebookError(f"{entry} must be a text, or have the languages {' and '.join(LANGUAGES)}", where=where, remedy=_REMEDY)
    texts = {str(language): str(text) for language, text in value.items() if text is not None}
    return {language: texts.get(language) or next(iter(texts.values()), default) for language in LANGUAGES}
