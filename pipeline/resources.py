"""Find what is bundled: the default model, codebook, dictionary and parameters."""

from __future__ import annotations

from pathlib import Path


def bundled(name: str) -> Path:
    """Return the path of a bundled file or folder: inside the installed package, else at the top of the source tree."""
    inside = Path(__file__).parent / "bundled" / name
    return inside if inside.exists() else Path(__file__).parent.parent / name


def default_model() -> Path:
    """Return the folder of the model that tags when none is named."""
    return bundled("models/default")


def default_codebook() -> Path:
    """Return the codebook of the default model."""
    return bundled("labels/codebook.yaml")


def default_dictionary() -> Path:
    """Return the domain dictionary of the default model."""
    return bundled("labels/dictionary.txt")


def default_params() -> Path:
    """Return the default parameters."""
    return bundled("params.yaml")
