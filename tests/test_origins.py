"""units.csv: who wrote a report and about when."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pipeline.errors import ReadError
from pipeline.origins import FILE, Origin, guess_origin, read_origins
from pipeline.read import Source, find_sources, read_document
from tests.conftest import ROOT

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
    origins = read_origins(ROOT / "seeds" / FILE)
    reports = {file.name for file in (ROOT / "seeds").glob("*.txt")}
    assert set(origins) == reports
    for name, origin in origins.items():
        assert origin.unit, name
        assert origin.period, name
        assert origin.groups, name


@pytest.mark.parametrize(
    ("title", "stem", "unit", "period"),
    [
        ("东河县民宗局2024年工作总结", "", "东河县民宗局", "2024"),
        ("东河县民族事务委员会2024年度工作总结", "", "东河县民族事务委员会", "2024"),
        ("关于东河县民委2024年工作情况的报告", "", "东河县民委", "2024"),
        ("澜湾市卫健委2024年工作总结", "", "澜湾市卫健委", "2024"),
        ("中共东河县委2024年工作总结", "", "东河县委", "2024"),
        ("中共东河县委员会2024年工作总结", "", "东河县委员会", "2024"),
        ("中共东河县委统战部2024年工作总结", "", "东河县委统战部", "2024"),
        ("东河县民宗局二〇二四年工作总结", "", "东河县民宗局", "2024"),
        ("东河县民宗局二○一九年工作总结", "", "东河县民宗局", "2019"),
        ("东河县民宗局2024年上半年工作总结", "", "东河县民宗局", "2024H1"),
        ("东河县民宗局2024年下半年工作总结", "", "东河县民宗局", "2024H2"),
        ("东河县民宗局2024年第三季度工作总结", "", "东河县民宗局", "2024Q3"),
        ("2024年东河县民宗局工作总结", "", "东河县民宗局", "2024"),
        ("西山镇人民政府2023年民族工作总结", "", "西山镇人民政府", "2023"),
        ("***街道办事处2023年工作总结", "", "***街道办事处", "2023"),
        # the file's name where the title is silent
        ("工作总结", "东河县民宗局_2022", "东河县民宗局", "2022"),
        ("", "东河县民宗局2022H1", "东河县民宗局", "2022H1"),
        ("东河县民宗局工作总结", "report-2021", "东河县民宗局", "2021"),
        ("2024年工作总结", "东河县民宗局", "东河县民宗局", "2024"),
        # the title's word counts before the file's
        ("东河县民宗局2024年工作总结", "西山镇人民政府2023", "东河县民宗局", "2024"),
        ("中共东河县民宗局党组关于2024年工作情况的报告", "", "东河县民宗局", "2024"),
        ("关于报送东河县民宗局2024年工作总结的函", "", "东河县民宗局", "2024"),
        ("同心逐梦谱新篇——东河县民宗局2024年工作总结", "", "东河县民宗局", "2024"),
        ("致全县人民的一封信：东河县民宗局2024年工作交账", "", "东河县民宗局", "2024"),
        ("***县民宗局2024年工作总结", "", "***县民宗局", "2024"),
        # the place where no body is named
        ("西山镇2024年民族工作总结", "", "西山镇", "2024"),
        ("2024年东河县政府工作报告", "", "东河县", "2024"),
        ("2024年工作总结", "西山镇2024", "西山镇", "2024"),
        # nothing to find
        ("工作总结", "report", "", ""),
        ("", "", "", ""),
        ("1234工作", "98765", "", ""),
    ],
)
def test_unit_and_period_are_guessed_from_title_then_file_name(title: str, stem: str, unit: str, period: str) -> None:
    guess = guess_origin(title, stem)
    assert (guess.unit, guess.period) == (unit, period)


@pytest.mark.parametrize(
    ("title", "text", "guess"),
    [
        # a signature, on lines of its own or run into the last paragraph
        ("2024年工作总结", "总结\n开展工作。\n东河县民宗局\n2024年12月20日", ("东河县民宗局", "2024", "signature", "title")),
        ("工作总结", "总结\n开展工作。\n东河县民宗局\n二〇二四年十二月二十日", ("东河县民宗局", "2024", "signature", "date")),
        ("工作总结", "总结\n" + "开展工作，" * 12 + "取得成效。东河县民宗局2024年12月20日", ("东河县民宗局", "2024", "signature", "date")),
        ("工作总结", "总结\n" + "开展工作，" * 12 + "取得成效。特此报告。东河县民宗局", ("东河县民宗局", "", "signature", "")),
        # a report is signed at the end of its year or shortly after
        ("工作总结", "总结\n开展工作。\n东河县民宗局\n2025年1月5日", ("东河县民宗局", "2024", "signature", "date")),
        ("上半年工作总结", "总结\n开展工作。\n东河县民宗局\n2024年7月5日", ("东河县民宗局", "2024H1", "signature", "date")),
        ("工作总结", "总结\n2024年，我局开展工作。\n2025年6月5日", ("", "2024", "", "opening")),
        # lines under the title
        ("工作总结", "工作总结\n东河县民宗局\n（2024年12月20日）\n开展工作。", ("东河县民宗局", "2024", "subtitle", "date")),
        ("一封信", "一封信\n——东河县民宗局2024年工作报告\n开展工作。", ("东河县民宗局", "2024", "subtitle", "subtitle")),
        # the better spelling counts
        ("市民委2024年工作总结", "总结\n开展工作。\n东河市民族事务委员会", ("东河市民族事务委员会", "2024", "signature", "title")),
        ("***县民宗局2024年总结", "总结\n开展工作。\n东河县民宗局", ("东河县民宗局", "2024", "signature", "title")),
        ("东河县民宗局2024年总结", "总结\n开展工作。\n***县民宗局", ("东河县民宗局", "2024", "title", "title")),
        ("东河区民宗局2024年总结", "总结\n开展工作。\n西山市东河区民宗局", ("西山市东河区民宗局", "2024", "signature", "title")),
        ("东河县民宗局2024年总结", "总结\n开展工作。\n西山县民宗局", ("东河县民宗局", "2024", "title", "title")),
        # bodies and years that the text only speaks of
        ("工作总结", "总结\n县财政局和县教育局在2019年参加工作。\n大家满意。", ("", "", "", "")),
        ("工作总结", "总结\n报送县委统战部和市教育局办公室的材料共有三十份，均按时报送，没有迟报、漏报的情况发生，得到上级部门肯定。", ("", "", "", "")),
    ],
)  # fmt: skip
def test_unit_and_period_are_found_in_the_text_where_the_title_is_silent(
    title: str, text: str, guess: tuple[str, str, str, str]
) -> None:
    found = guess_origin(title, "", text)
    assert (found.unit, found.period, found.unit_from, found.period_from) == guess


def test_what_was_guessed_is_marked_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "东河县民宗局.txt"
    file.write_text("2024年工作总结\n开展宣讲。\n", encoding="utf-8")
    assert read_document(Source(file, file.name)).guessed == {"unit": "file name", "period": "title"}
    assert read_document(Source(file, file.name, Origin("甲县民委", ""))).guessed == {"period": "title"}
    assert read_document(Source(file, file.name, Origin("甲县民委", "2023"))).guessed == {}


def test_units_and_periods_of_the_bundled_reports_are_guessed_without_their_table(capsys: pytest.CaptureFixture[str]) -> None:
    """Where the report names its body in full, the guess is right; abbreviated, blacked out or unnamed it stays as the report has it."""
    origins = read_origins(ROOT / "seeds" / FILE)
    documents = {name: read_document(Source(ROOT / "seeds" / name, "report.txt")) for name in origins}
    periods = sum(documents[name].period == origin.period for name, origin in origins.items())
    units = sum(documents[name].unit == origin.unit for name, origin in origins.items())
    with capsys.disabled():
        sys.stdout.write(f"\nguessed of {len(origins)} bundled reports: {units} units, {periods} periods\n")
    assert periods / len(origins) >= 0.98
    assert units / len(origins) >= 0.5
    for name, origin in origins.items():
        found = documents[name].unit
        if found.endswith(("事务局", "委员会", "人民政府", "办事处")) and "*" not in found and "自治州" not in origin.unit:
            assert origin.unit.endswith(found) or found in documents[name].title, name
