"""Pictures: well-formed SVG that says what the figures say."""

from __future__ import annotations

import xml.etree.ElementTree as ET  # the pictures are our own
from collections.abc import Callable
from typing import Any

import pytest

from pipeline.plot import confusion_svg, curves_svg, reliability_svg, shares_svg
from tests.test_evaluate import METRICS

SVG = "{http://www.w3.org/2000/svg}"
NASTY = "甲<&>\"'乙"


def reliability() -> str:
    return reliability_svg(METRICS, x_title=NASTY, y_title="正确")


def confusion() -> str:
    return confusion_svg([[3, 1], [0, 0]], [NASTY, "教育"], x_title="标注", y_title=NASTY)


def curves() -> str:
    points = {NASTY: [(100.0, 0.5), (1000.0, 0.75)], "乙": [(100.0, 0.4), (1000.0, 0.6)]}
    return curves_svg(points, x_title=NASTY, y_title="F1", ticks=(100, 300, 1000), low=0.3, high=0.8)


def shares() -> str:
    return shares_svg([(NASTY, 0.25, (0.2, 0.3)), ("教育", 0.5, None)], x_title="占比")


def parsed(text: str) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314


@pytest.mark.parametrize("draw", [reliability, confusion, curves, shares])
def test_a_picture_is_well_formed_and_shows_its_texts(draw: Callable[[], str]) -> None:
    root = parsed(draw())
    assert root.tag == f"{SVG}svg"
    assert NASTY in {element.text for element in root.iter(f"{SVG}text")}
    assert draw() == draw()


@pytest.mark.parametrize("draw", [reliability, confusion, curves, shares])
def test_everything_lies_within_the_picture(draw: Callable[[], str]) -> None:
    root = parsed(draw())
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    assert root.attrib["viewBox"] == f"0 0 {root.attrib['width']} {root.attrib['height']}"
    for element in root.iter():
        for names, limit in ((("x", "x1", "x2", "cx"), width), (("y", "y1", "y2", "cy"), height)):
            for name in names:
                assert 0 <= float(element.attrib.get(name, 0)) <= limit


def test_the_picture_needs_nothing_from_outside() -> None:
    for text in (reliability(), confusion(), curves()):
        assert "href" not in text
        assert "url(" not in text
        assert "<script" not in text


def test_the_reliability_curve_has_a_dot_a_bin_at_its_place() -> None:
    circles = list(parsed(reliability()).iter(f"{SVG}circle"))
    rows: list[dict[str, Any]] = METRICS["reliability"]
    assert len(circles) == len(rows) >= 3
    for circle, row in zip(circles, rows, strict=True):
        title = circle.find(f"{SVG}title")
        assert title is not None
        assert title.text == str(row["sentences"])
        assert float(circle.attrib["cx"]) == pytest.approx(60 + 320 * row["posterior"], abs=0.06)
        assert float(circle.attrib["cy"]) == pytest.approx(20 + 320 * (1 - row["right"]), abs=0.06)


def test_the_confusion_table_shows_counts_and_shades_by_row() -> None:
    root = parsed(confusion())
    texts = [element.text for element in root.iter(f"{SVG}text")]
    assert texts.count("3") == texts.count("1") == 1
    assert "0" not in texts
    cells = [element for element in root.iter(f"{SVG}rect") if "fill-opacity" in element.attrib]
    assert [float(cell.attrib["fill-opacity"]) for cell in cells] == [0.75, 1.0, 0.0, 0.0]


def test_curves_run_through_their_points() -> None:
    root = parsed(curves())
    assert len(list(root.iter(f"{SVG}polyline"))) == 2
    heights = [float(circle.attrib["cy"]) for circle in root.iter(f"{SVG}circle")]
    assert heights[0] == pytest.approx(20 + 300 * (1 - 0.2 / 0.5), abs=0.06)
    assert heights[1] < heights[0] < heights[2]


def test_on_a_dark_page_the_paper_and_every_colour_change() -> None:
    for text in (reliability(), confusion(), curves()):
        style = parsed(text).find(f"{SVG}style")
        assert style is not None
        assert style.text is not None
        assert style.text.startswith("@media (prefers-color-scheme: dark){.paper{fill:")
        colours = {element.attrib[name] for element in parsed(text).iter() for name in ("fill", "stroke") if name in element.attrib}
        assert {colour for colour in colours if f'"{colour}"' not in style.text} <= {"none", "#ffffff", "#c53030"}


def test_a_band_shows_the_spread_around_a_curve() -> None:
    points = {"甲": [(100.0, 0.5), (1000.0, 0.8)]}
    text = curves_svg(points, spread={"甲": [0.1, 0.4]}, x_title="", y_title="", ticks=(100, 1000), low=0.0, high=1.0)
    (band,) = parsed(text).iter(f"{SVG}polygon")
    # Above and below the points; 0.8 + 0.4 is cut at the top of the frame.
    assert band.attrib["points"] == "60.0,140.0 580.0,20.0 580.0,200.0 60.0,200.0"


def test_bars_are_as_long_as_their_shares_and_whiskers_span_the_interval() -> None:
    root = parsed(shares())
    quarter, half = (float(bar.get("width", 0)) for bar in root.iter(f"{SVG}rect") if bar.get("fill-opacity"))
    assert half == pytest.approx(2 * quarter)
    whisker = next(line for line in root.iter(f"{SVG}line") if line.get("stroke-width") == "2")
    length = float(whisker.get("x2", 0)) - float(whisker.get("x1", 0))
    assert length == pytest.approx(0.1 / 0.5 * half)
    assert {"25.0%", "50.0%"} <= {element.text for element in root.iter(f"{SVG}text")}


def test_no_share_at_all_is_drawn_as_well() -> None:
    assert "NaN" not in shares_svg([("甲", 0.0, None)], x_title="占比")
