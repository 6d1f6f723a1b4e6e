"""Memory that large arrays give back is kept for the next ones."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

CODE = """
import resource
import numpy as np
from pipeline.memory import keep_freed_memory
if {kept}:
    keep_freed_memory()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for size in range(5, 38):  # below the 4 MB from which numpy asks for huge pages
    np.ones(size * 100_000, dtype=np.uint8)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have rules of their own")
def test_freed_memory_is_not_asked_for_again() -> None:
    faults = [
        int(subprocess.run([sys.executable, "-c", CODE.format(kept=kept)], capture_output=True, check=True, text=True).stdout)
        for kept in (False, True)
    ]
    assert faults[1] < faults[0] / 2
