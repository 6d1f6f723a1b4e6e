"""Tasks as Label Studio documents them, and what a person draws there."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from pipeline.codebook import Codebook, codebook_from
from pipeline.exchange import export_labels, read_exchange
from pipeline.labels import Label
from pipeline.labelstudio import interface
from pipeline.records import StructuredDocument
from tests.conftest import label, structured
from tests.exchange.conftest import AWKWARD, back, coded


def test_a_task_is_what_label_studio_documents(tmp_path: Path, codebook: Codebook, awkward: StructuredDocument) -> None:
    one = replace(label(awkward, 3, "farming", "done"), secondary=("rest",))
    file, setup = export_labels(coded(awkward, [one]), tmp_path / "tasks.json", codebook, to="labelstudio", language="en")
    (task,) = json.loads(file.read_text(encoding="utf-8"))
    assert (task["data"]["document"], task["data"]["text"]) == (awkward.document.name, awkward.document.text)
    (annotation,) = task["annotations"]
    coder, category, stage, secondary = annotation["result"]
    assert coder == {"id": "coder1", "from_name": "coder", "to_name": "text", "type": "textarea", "value": {"text": ["甲"]}}
    start, end = awkward.sentences[3].start, awkward.sentences[3].end
    span = {"start": start, "end": end, "text": awkward.document.text[start:end]}
    assert category == {
        "id": "row1",
        "to_name": "text",
        "origin": "manual",
        "from_name": "category",
        "type": "labels",
        "value": {**span, "labels": ["farming"]},
    }
    assert (stage["id"], stage["type"], stage["value"]) == ("row1", "choices", {**span, "choices": ["done"]})
    assert (secondary["from_name"], secondary["value"]["choices"]) == ("secondary", ["rest"])
    controls = {node.get("name"): node for node in ET.parse(setup).iter() if node.get("name")}  # noqa: S314
    assert {result["from_name"] for result in annotation["result"]} <= set(controls)
    assert {result["to_name"] for result in annotation["result"]} == {"text"}
    assert [option.get("alias") for option in controls["category"]] == ["farming", "schooling", "rest"]
    assert [option.get("value") for option in controls["stage"]] == ["done", "plan", "context"]


def test_names_with_signs_of_markup_stand_in_the_interface() -> None:
    categories = [{"code": "a", "name": '<甲> & "乙"'}, {"code": "b"}]
    book = codebook_from({"residual": "b", "categories": categories, "stages": categories}, where="")
    root = ET.fromstring(interface(book, "zh"))  # noqa: S314
    assert [option.get("value") for option in root.iter("Label")] == ['<甲> & "乙"', "b"]


def task(document: StructuredDocument, *results: dict[str, Any], **annotation: Any) -> str:
    """Return a task as Label Studio exports one that was coded there."""
    data = {"document": document.document.name, "text": document.document.text}
    return json.dumps([{"id": 7, "data": data, "annotations": [{"id": 1, "result": list(results), **annotation}]}])


def region(
    start: int, end: int, text: str = "", *, name: str = "r1", category: str = "农业", stage: str = "已做"
) -> list[dict[str, Any]]:
    """Return the results of a region that was drawn in Label Studio, with the names of an interface without aliases."""
    span: dict[str, Any] = {"start": start, "end": end} | ({"text": text} if text else {})
    common = {"id": name, "to_name": "text"}
    return [
        {**common, "from_name": "category", "type": "labels", "value": {**span, "labels": [category]}},
        {**common, "from_name": "stage", "type": "choices", "value": {**span, "choices": [stage]}},
    ]


def from_studio(tmp_path: Path, text: str, codebook: Codebook, coder: str = "") -> list[Label]:
    (tmp_path / "export.json").write_text(text, encoding="utf-8")
    return back(tmp_path / "export.json", codebook, "labelstudio", coder)


def test_a_region_drawn_in_label_studio_becomes_the_sentences_that_it_covers(tmp_path: Path, codebook: Codebook) -> None:
    report = structured("标题\n修好水渠。新建教室八间。\n学生搬家。\n", "a.txt")
    first, second, third = report.sentences[1:]
    cases = [
        ((first.start, first.end), [(2, 1, "修好水渠。")]),
        ((first.start + 1, first.end - 1), [(2, 1, "修好水渠。")]),
        ((first.start, second.end), [(2, 0, "修好水渠。新建教室八间。")]),
        ((first.start + 2, second.start + 2), [(2, 1, "修好水渠。")]),
        ((second.start, third.end), [(2, 2, "新建教室八间。"), (3, 1, "学生搬家。")]),
        ((second.start + 2, second.start + 4), [(2, 2, "新建教室八间。")]),
    ]
    for span, wanted in cases:
        found = from_studio(tmp_path, task(report, *region(*span), completed_by={"email": "a@b.cn"}), codebook)
        assert [(one.paragraph, one.sentence, one.quote) for one in found] == wanted
        assert {(one.category, one.stage, one.coder, one.codebook_version) for one in found} == {("farming", "done", "a@b.cn", "7")}


def test_offsets_in_utf16_units_and_line_ends_as_label_studio_writes_them(tmp_path: Path, codebook: Codebook) -> None:
    report = structured("标题𠮷🌾\n修好水渠。新建教室。\n学生搬家。\n", "a.txt")
    second, third = report.sentences[2], report.sentences[3]
    found = from_studio(tmp_path, task(report, *region(second.start + 2, second.end + 2, second.text)), codebook)
    assert [one.quote for one in found] == ["新建教室。"]
    both = region(second.start, third.end, "新建教室。\\n学生搬家。")
    assert [one.quote for one in from_studio(tmp_path, task(report, *both), codebook)] == ["新建教室。", "学生搬家。"]


def test_the_coder_is_who_is_named_else_the_account(tmp_path: Path, codebook: Codebook, awkward: StructuredDocument) -> None:
    drawn = region(awkward.sentences[0].start, awkward.sentences[0].end)
    who = {"id": "c", "from_name": "coder", "to_name": "text", "type": "textarea", "value": {"text": ["乙"]}}
    cases: list[tuple[list[dict[str, Any]], dict[str, Any], str, str]] = [
        ([*drawn, who], {"completed_by": 3}, "丙", "乙"),
        (drawn, {"completed_by": 3}, "丙", "丙"),
        (drawn, {"completed_by": 3}, "", "user 3"),
        (drawn, {}, "", ""),
    ]
    for results, annotation, coder, wanted in cases:
        assert [one.coder for one in from_studio(tmp_path, task(awkward, *results, **annotation), codebook, coder)] == [wanted]


def test_a_changed_code_keeps_the_rest_of_its_row_and_a_skipped_annotation_counts_for_nothing(
    tmp_path: Path, codebook: Codebook, awkward: StructuredDocument, labels: list[Label]
) -> None:
    file = export_labels(coded(awkward, labels), tmp_path / "out.json", codebook, to="labelstudio")[0]
    tasks = json.loads(file.read_text(encoding="utf-8"))
    first, second, *_ = tasks[0]["annotations"]
    next(one for one in first["result"] if one["from_name"] == "category")["value"]["labels"] = ["rest"]
    second["was_cancelled"] = True
    found = from_studio(tmp_path, json.dumps(tasks), codebook)
    assert found[0] == replace(labels[0], category="rest")
    assert next(one for one in labels if one.coder == labels[1].coder) not in found


def test_regions_with_faults_are_named(tmp_path: Path, codebook: Codebook, awkward: StructuredDocument) -> None:
    sentence = awkward.sentences[0]
    at = (sentence.start, sentence.end)
    lost = region(len(AWKWARD) - 1, len(AWKWARD), name="r2")
    results = [*region(*at, category="渔业"), *lost, *region(*at, name="r3")[:1]]
    (tmp_path / "a.json").write_text(task(awkward, *results), encoding="utf-8")
    found = read_exchange(tmp_path / "a.json", codebook, source="labelstudio")
    where = f"{tmp_path / 'a.json'}, task 1 ({awkward.document.name}), characters"
    assert [fault.line().split(";")[0] for fault in found.faults] == [
        f"{where} {len(AWKWARD) - 1}-{len(AWKWARD)}: the region holds no word of the report",
        f"{where} {at[0]}-{at[1]}: unknown category '渔业'",
        f"{where} {at[0]}-{at[1]}: the stage is empty",
    ]


def test_half_a_character_is_a_fault(tmp_path: Path, codebook: Codebook) -> None:
    report = structured("标题\n修好水渠。\n", "a.txt")
    text = task(report, *region(3, 8)).replace("a.txt", "\\ud842.txt")
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    found = read_exchange(tmp_path / "a.json", codebook, source="labelstudio")
    assert "half a character" in found.faults[0].line()
