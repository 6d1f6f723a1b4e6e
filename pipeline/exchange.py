"""Exchange labels with annotation programs: export reports and labels to their formats, and import what comes back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pipeline.codebook import Codebook
from pipeline.coding import foreign_codebook
from pipeline.codingsheet import from_codingsheet, to_codingsheet
from pipeline.doccano import from_doccano, label_types, to_doccano
from pipeline.errors import LabelError
from pipeline.labels import write_labels
from pipeline.labelstudio import from_labelstudio, interface, to_labelstudio
from pipeline.spans import CodedDocument, Imported
from pipeline.store import replace_bytes, replace_text

FORMATS = ("labelstudio", "doccano", "xlsx")


def export_labels(
    documents: Sequence[CodedDocument], file: Path, codebook: Codebook, *, to: str, language: str = "zh"
) -> tuple[Path, ...]:
    """Write reports, coded or not, in the format of an annotation program, with the set-up that it needs.

    Args:
        documents: of :func:`pipeline.spans.load_coded`.
        file: where they go; replaced.
        codebook: names the codes.
        to: one of :data:`FORMATS`.
        language: of the names that coders see.

    Returns:
        The files that were written: the reports, then the program's set-up.

    Raises:
        TableError: the place can't be written, or a spreadsheet can't hold a label.
    """
    if to == "xlsx":
        replace_bytes(file, to_codingsheet(documents, codebook, language))
        return (file,)
    if to == "labelstudio":
        setup = file.with_suffix(".interface.xml")
        replace_text(file, to_labelstudio(documents))
        replace_text(setup, interface(codebook, language))
    else:
        setup = file.with_suffix(".labels.json")
        replace_text(file, to_doccano(documents))
        replace_text(setup, label_types(codebook))
    return file, setup


def read_exchange(file: Path, codebook: Codebook, *, source: str, coder: str = "") -> Imported:
    """Read labels from the format of an annotation program.

    Args:
        file: what the program exported.
        codebook: knows codes and names.
        source: one of :data:`FORMATS`.
        coder: of labels that name none.

    Raises:
        LabelError: the file is missing, or isn't of that format.
        TableError: a spreadsheet can't be read.
    """
    if not file.is_file():
        raise LabelError("no such file", where=str(file), remedy="check the path")
    if source == "xlsx":
        return from_codingsheet(file, codebook, coder)
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (UnicodeDecodeError, OSError) as error:
        raise LabelError(
            f"can't be read as UTF-8 text ({error})", where=str(file), remedy=f"is it an export of {source}?"
        ) from error
    return (from_labelstudio if source == "labelstudio" else from_doccano)(text, str(file), codebook, coder)


def import_labels(
    file: Path, folder: Path, codebook: Codebook, *, source: str, coder: str = "", replace: bool = False
) -> tuple[Path, Imported]:
    """Read labels from the format of an annotation program, and write them as a label file; with a fault nothing is written.

    Args:
        file: what the program exported.
        folder: of label files; the labels go into ``<name of file>.csv`` there.
        codebook: knows codes and names.
        source: one of :data:`FORMATS`.
        coder: of labels that name none.
        replace: a file that stands there already.

    Returns:
        The label file, and what was found.

    Raises:
        LabelError: the file is missing or isn't of that format, or was coded by another codebook, or a label file of that name stands
            there already.
        TableError: a spreadsheet can't be read, or the folder can't be written.
    """
    target = folder / f"{file.stem}.csv"
    if target.exists() and not replace:
        remedy = "give --replace to overwrite it, or another folder"
        raise LabelError("a label file of this name stands there already", where=str(target), remedy=remedy)
    found = read_exchange(file, codebook, source=source, coder=coder)
    if foreign := foreign_codebook(found.labels, codebook, str(file)):
        raise foreign
    if not found.labels and not found.faults:
        raise LabelError("there is no label in it", where=str(file), remedy="code some sentences, and export again")
    if not found.faults:
        write_labels(target, found.labels)
    return target, found
