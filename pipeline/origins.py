"""Who wrote a report and about when: the table ``units.csv`` in a folder of reports, which overrides what title and file name say."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import ReadError

FILE = "units.csv"


@dataclass(frozen=True, slots=True)
class Origin:
    """What ``units.csv`` says of a report; empty where it says nothing.

    Attributes:
        unit: the body that reports.
        period: ``2024``, ``2024H1``.
        groups: further columns, such as ``level``, by name.
    """

    unit: str = ""
    period: str = ""
    groups: Mapping[str, str] | None = None


UNKNOWN = Origin()


def read_origins(file: Path) -> dict[str, Origin]:
    """Read ``units.csv``: a row a report, columns document, unit, period, and any others.

    Raises:
        ReadError: it can't be opened, isn't UTF-8, or has no column ``document``.
    """
    if not file.is_file():
        return {}
    try:
        rows = list(csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines()))
    except UnicodeDecodeError as error:
        raise ReadError("the table isn't UTF-8", where=str(file), remedy="save it as CSV UTF-8") from error
    except OSError as error:
        raise ReadError(f"can't be opened ({error.strerror})", where=str(file), remedy="check its permissions") from error
    if rows and "document" not in rows[0]:
        raise ReadError(
            "the column 'document' is missing", where=str(file), remedy="columns are document, unit, period, and any others"
        )
    origins = {}
    for row in rows:
        values = {
            name: (value or "").strip() for name, value in row.items() if isinstance(name, str) and not isinstance(value, list)
        }
        groups = {name: value for name, value in values.items() if name not in ("document", "unit", "period")}
        origins[values["document"]] = Origin(values.get("unit", ""), values.get("period", ""), groups)
    return origins
