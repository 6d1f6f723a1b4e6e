"""units.csv: who wrote a report and about when."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import ReadError
from pipeline.origins import FILE, Origin, read_origins
from pipeline.read import find_sources, read_document

TEXT = "东河县民宗局2024年工作总结\n开展宣讲。\n"


def write(folder: Path, text: str) -> Path:
    (folder / FILE).write_text(text, encoding="utf-8-sig")
    return folder / FILE


def test_rows_by_document_with_further_columns(tmp_path: Path) -> None:
    file = write(tmp_path, "document,unit,period,level\na.txt, 东河县民委 ,2023,县\nsub/b.txt,,2024H1,\n")
    assert read_origins(file) == {
        "a.txt": Origin("东河县民委", "2023", {"level": "县"}),
        "sub/b.txt": Origin("", "2024H1", {"level": ""}),
    }


def test_a_folder_needs_no_table(tmp_path: Path) -> None:
    assert read_origins(tmp_path / FILE) == {}


@pytest.mark.parametrize(
    ("row", "unit", "period"),
    [
        ("a.txt,西山镇人民政府,2020", "西山镇人民政府", "2020"),
        ("a.txt,西山镇人民政府,", "西山镇人民政府", "2024"),
        ("a.txt,,2020", "东河县民宗局", "2020"),
        ("b.txt,西山镇人民政府,2020", "东河县民宗局", "2024"),
    ],
)
def test_the_table_overrides_title_and_file_name_where_it_says_something(tmp_path: Path, row: str, unit: str, period: str) -> None:
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    write(tmp_path, f"document,unit,period\n{row}\n")
    for path in (tmp_path, tmp_path / "a.txt"):
        (source,) = find_sources([path])
        document = read_document(source)
        assert (document.unit, document.period) == (unit, period)


def test_a_table_with_a_fault_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="the column 'document' is missing"):
        read_origins(write(tmp_path, "report,unit\na.txt,甲\n"))
    (tmp_path / FILE).write_bytes("document,unit\na.txt,东河\n".encode("gb18030"))
    with pytest.raises(ReadError, match="isn't UTF-8"):
        read_origins(tmp_path / FILE)


def test_a_header_without_rows_and_short_rows_are_fine(tmp_path: Path) -> None:
    assert read_origins(write(tmp_path, "document,unit,period\n")) == {}
    assert read_origins(write(tmp_path, "document,unit,period\na.txt\n")) == {"a.txt": Origin("", "", {})}


def test_the_bundled_reports_all_have_an_origin() -> None:
    from tests.conftest import ROOT

    origins = read_origins(ROOT / "seeds" / FILE)
    reports = {file.name for file in (ROOT / "seeds").glob("*.txt")}
    assert set(origins) == reports
    for name, origin in origins.items():
        assert origin.unit, name
        assert origin.period, name
        assert origin.groups, name
