"""Where a sign decides whether a pattern is tried at all, every text that the pattern matches holds one of the signs."""

from __future__ import annotations

import re
from collections.abc import Set
from typing import Any

import pytest

from pipeline import origins
from pipeline.readers import furniture

_parser: Any = re._parser  # type: ignore[attr-defined]  # private, but what else knows a pattern's parts


def holds(parsed: Any, signs: Set[str]) -> bool:
    """Tell whether every text that matches a parsed pattern holds one of the signs."""
    return any(_part_holds(str(kind), value, signs) for kind, value in parsed)


def _part_holds(kind: str, value: Any, signs: Set[str]) -> bool:
    match kind:
        case "LITERAL":
            return chr(value) in signs
        case "IN":
            return all(str(sort) == "LITERAL" and chr(sign) in signs for sort, sign in value)
        case "BRANCH":
            return all(holds(choice, signs) for choice in value[1])
        case "SUBPATTERN":
            return holds(value[3], signs)
        case "ATOMIC_GROUP":
            return holds(value, signs)
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            return value[0] > 0 and holds(value[2], signs)
    return False


@pytest.mark.parametrize("pattern", ["甲", "丙甲", "丙?乙", "甲?乙", "甲|丙[甲乙]", "(?>甲|乙)++", "(甲)(?=丙)"])
def test_a_pattern_that_cannot_do_without_a_sign(pattern: str) -> None:
    assert holds(_parser.parse(pattern), {"甲", "乙"})


@pytest.mark.parametrize("pattern", ["", "丙", "甲?丙", "丙甲*", "甲|丙", "[丁-甲]", "[^甲]", "甲{0,2}", "(?!甲)丙", "."])
def test_a_pattern_that_can(pattern: str) -> None:
    assert not holds(_parser.parse(pattern), {"甲", "乙"})


@pytest.mark.parametrize("mark", furniture._SURE)
def test_each_sure_mark_of_furniture(mark: str) -> None:
    assert holds(_parser.parse(mark), set(furniture._SIGN.pattern[1:-1]))


@pytest.mark.parametrize("late", [origins._UNIT, origins._WHOLE_UNIT], ids=["unit", "whole unit"])
def test_each_body(late: re.Pattern[str]) -> None:
    assert holds(_parser.parse(late.pattern), origins._BODY_SIGNS)


def test_each_level() -> None:
    assert holds(_parser.parse(origins._PLACE.pattern), origins._LEVEL_SIGNS)
