"""Run the notebooks anew and keep their outputs: ``python notebooks/execute.py``.

What changes from run to run without meaning anything – times, counts of runs – is left out, so that a notebook changes in git only where
its outputs do.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).parent


def run(file: Path, seconds: int = 300) -> Any:
    """Run a notebook in its folder and return it with its outputs; a cell that fails raises."""
    notebook = nbformat.read(file, as_version=4)  # type: ignore[no-untyped-call]
    NotebookClient(
        notebook, timeout=seconds, kernel_name="python3", record_timing=False, resources={"metadata": {"path": str(file.parent)}}
    ).execute()
    notebook.metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    for cell in notebook.cells:
        cell.metadata = {}
    return notebook


def main() -> None:
    """Run the notebooks that are named, or all."""
    for file in [Path(name) for name in sys.argv[1:]] or sorted(FOLDER.glob("*.ipynb")):
        nbformat.write(run(file), file)  # type: ignore[no-untyped-call]
        print(file.name)


if __name__ == "__main__":
    main()
