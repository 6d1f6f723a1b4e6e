"""Regular expressions that are compiled when they are first used.

A plain text needs half of those that reports of all kinds need, and to compile all takes longer than to tag a page. Ranges of thousands of
characters are the dearest, for Python compiles them character by character.
"""

from __future__ import annotations

import re
from typing import Any, cast


def lazy(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """Return what behaves as the compiled pattern does, and is compiled when the first of its methods is asked for."""
    return cast("re.Pattern[str]", _Lazy(pattern, flags))


class _Lazy:
    def __init__(self, pattern: str, flags: int) -> None:
        self._given = (pattern, flags)

    def __getattr__(self, name: str) -> Any:
        compiled = re.compile(*self._given)
        # From here on methods are found at once, so that a use costs no more than that of the compiled pattern itself.
        self.__dict__.update((method, getattr(compiled, method)) for method in dir(compiled) if not method.startswith("_"))
        return getattr(compiled, name)
