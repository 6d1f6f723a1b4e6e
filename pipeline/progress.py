"""How long work tells of its progress."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Called with the name of a step, how many are done, and how many there are."""


def no_progress(_step: str, _done: int, _total: int) -> None:
    """Report nothing."""
