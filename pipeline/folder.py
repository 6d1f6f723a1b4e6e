"""The folder of a model: written beside its place and then put there, and trusted only where every part is what was trained."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pipeline.errors import ModelError

FORMAT = 2
MANIFEST = "manifest.json"
REPORTS = "reports"  # the kind of model that a manifest without a kind belongs to
_OTHERWISE = {
    REPORTS: "the model was trained from reports: tag reports with it, or train one with `worktag train --table`",
    "texts": "the model was trained from a table: tag a table with it, `worktag tag --table FILE --text COLUMN`",
}


def save_folder(folder: Path, parts: Sequence[str], write: Callable[[Path], None], *, kind: str = REPORTS) -> None:
    """Write a model folder.

    Args:
        folder: where it goes; the parts of a model that stands there are replaced, files of other names are kept.
        parts: names of its files.
        write: writes them into a folder.
        kind: of the model.

    Raises:
        ModelError: the folder can't be written.
    """
    beside = folder.with_name(f".{folder.name}.{os.getpid()}.tmp")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir()
        write(beside)
        manifest: dict[str, Any] = {"format": FORMAT} | ({} if kind == REPORTS else {"kind": kind})
        manifest["sha256"] = {name: _digest(beside / name) for name in parts}
        (beside / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8", newline="\n")
        folder.mkdir(exist_ok=True)
        for name in (*parts, MANIFEST):
            (beside / name).replace(folder / name)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ModelError(f"can't be written ({reason})", where=str(folder), remedy="choose another place for the model") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def check_folder(folder: Path, parts: Sequence[str], *, kind: str = REPORTS) -> None:
    """Check that a model folder is whole, unaltered, and of the kind.

    Raises:
        ModelError: it isn't.
    """
    remedy = "train it again with `worktag train`, or copy the whole folder anew"
    _check_exists(folder)
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        made, digests, found = manifest["format"], manifest["sha256"], manifest.get("kind", REPORTS)
    except FileNotFoundError as error:
        raise ModelError(f"no model: {MANIFEST} is missing", where=str(folder), remedy=remedy) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{MANIFEST} was altered", where=str(folder), remedy=remedy) from error
    if made != FORMAT:
        raise ModelError(
            f"made for model format {made}, this is {FORMAT}",
            where=str(folder),
            remedy="train it again with this version",
        )
    if found != kind:
        what, _, otherwise = _OTHERWISE.get(found, f"a model of the unknown kind {found!r}: {remedy}").partition(": ")
        raise ModelError(what, where=str(folder), remedy=otherwise)
    for name in parts:
        if not (folder / name).is_file():
            raise ModelError(f"the model is incomplete: {name} is missing", where=str(folder), remedy=remedy)
        if not isinstance(digests, dict) or digests.get(name) != _digest(folder / name):
            raise ModelError(f"the model was altered: {name} isn't what was trained", where=str(folder), remedy=remedy)


def folder_digest(folder: Path) -> str:
    """Return the SHA-256 of a model folder's manifest, which holds those of all parts; of one without, an empty string.

    Raises:
        ModelError: there is no such folder.
    """
    _check_exists(folder)
    return _digest(folder / MANIFEST) if (folder / MANIFEST).is_file() else ""


def _check_exists(folder: Path) -> None:
    if not folder.is_dir():
        raise ModelError("no such model folder", where=str(folder), remedy="check --model, or train one with `worktag train`")


def _digest(file: Path) -> str:
    with file.open("rb", buffering=0) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
