"""Write tables of tags as .xlsx: for people, with widths, filters and Chinese headers."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline.lines import Columns, Row
from pipeline.store import CHINESE_HEADERS, INTEGERS
from pipeline.write import TableWriter

_WIDTHS = {
    "document": 24,
    "unit": 24,
    "heading": 36,
    "text": 70,
    "category": 20,
    "category_name": 14,
    "secondary": 26,
    "shares": 40,
}
_WRAPPED = ("text", "heading", "shares", "secondary", "document", "unit")
_ROWS_OF_A_SHEET = 1_048_575
_CHARACTERS_OF_A_CELL = 32_767
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# In place of the hour of writing, so that the same rows give the same bytes.
_CREATED = datetime(2000, 1, 1, tzinfo=UTC)


class SpreadsheetWriter(TableWriter):
    """Writes rows to as many sheets as they need; memory stays flat."""

    def _open(self) -> None:
        import xlsxwriter

        options = {
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "constant_memory": True,
        }
        self.book = xlsxwriter.Workbook(str(self.beside), options)
        self.book.set_properties({"created": _CREATED})
        self.bold = self.book.add_format({"bold": True, "bg_color": "#DDE6F0", "border": 1, "valign": "vcenter"})
        self.top = self.book.add_format({"valign": "top"})
        self.wrapped = self.book.add_format({"valign": "top", "text_wrap": True})
        self.decimal = self.book.add_format({"valign": "top", "num_format": "0.00"})
        self.sheets = 0
        self._add_sheet()

    def _add_sheet(self) -> None:
        self.sheets += 1
        name = "标注" if self.language == "zh" else "tags"
        self.sheet = self.book.add_worksheet(name if self.sheets == 1 else f"{name} {self.sheets}")
        self.sheet.freeze_panes(1, 0)
        self.sheet.repeat_rows(0)
        self.sheet.set_landscape()
        self.sheet.set_paper(8)  # A3
        self.sheet.fit_to_pages(1, 0)
        self.sheet.set_row(0, 22)
        for place, column in enumerate(self.columns):
            header = CHINESE_HEADERS.get(column, column) if self.language == "zh" else column
            self.sheet.set_column(place, place, _WIDTHS.get(column, 9 if column in INTEGERS else 11), self._format(column))
            self.sheet.write_string(0, place, header, self.bold)
        self.row = 0

    def _format(self, column: str) -> Any:
        if column == "probability":
            return self.decimal
        return self.wrapped if column in _WRAPPED else self.top

    def _write(self, columns: Columns) -> None:
        for values in zip(*columns, strict=True):
            if self.row == _ROWS_OF_A_SHEET:
                self._finish_sheet()
                self._add_sheet()
            self.row += 1
            self.sheet.set_row(self.row, self._height(values))
            for place, (column, value) in enumerate(zip(self.columns, values, strict=True)):
                if column == "stage" and self.language == "zh":
                    value = self.stage_names.get(str(value), value)
                elif column == "review":
                    value = ("是" if self.language == "zh" else "yes") if value else ""
                if isinstance(value, int | float):
                    self.sheet.write_number(self.row, place, value, self._format(column))
                elif value:
                    text = _NOT_IN_XML.sub("\ufffd", str(value))[:_CHARACTERS_OF_A_CELL]
                    self.sheet.write_string(self.row, place, text, self._format(column))

    def _height(self, values: Row) -> float:
        """Return the height of a row in points; not every program fits rows to wrapped text when it opens a file."""
        lines = 1
        for column, value in zip(self.columns, values, strict=True):
            if column in _WRAPPED and isinstance(value, str):
                cells = sum(2 if sign >= "\u2e80" else 1 for sign in value)
                lines = max(lines, -(-cells // (_WIDTHS[column] - 2)) + value.count("\n"))
        return min(15.0 * lines, 405.0)

    def _finish_sheet(self) -> None:
        self.sheet.autofilter(0, 0, max(self.row, 1), len(self.columns) - 1)

    def _close(self) -> None:
        from xlsxwriter.exceptions import XlsxWriterException

        self._finish_sheet()
        try:
            self.book.close()
        except XlsxWriterException as error:
            for sheet in self.book.worksheets():  # xlsxwriter leaves its temporary files behind
                sheet.row_data_fh.close()
                Path(sheet.row_data_filename).unlink(missing_ok=True)
            raise OSError(str(error)) from error
