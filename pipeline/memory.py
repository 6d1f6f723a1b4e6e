"""How a process of ours deals with memory: seldom looks for garbage, and keeps what it was given."""

from __future__ import annotations

import atexit
import gc

_OBJECTS = 50_000  # new ones before garbage is looked for; Python's 700 look in vain 60 times until a paragraph is tagged
_LARGEST = 31 << 20  # bytes; glibc gives back larger blocks whatever was freed before


def look_for_garbage_seldom() -> None:
    """Let Python look for reference cycles, of which we make hardly any, more seldom, and not once more at its end."""
    gc.set_threshold(_OBJECTS)
    atexit.register(gc.freeze)


def keep_freed_memory() -> None:
    """Let the C library keep what large arrays give back, for the next ones: a twentieth of the time of a batch, at the same peak.

    glibc asks the system for each block anew that is larger than the largest one freed so far (mallopt(3), M_MMAP_THRESHOLD). One that is
    never written to costs nothing. Other C libraries have rules of their own, and so nothing happens there.
    """
    import numpy as np

    np.empty(_LARGEST, dtype=np.uint8)
