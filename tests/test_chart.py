"""The report's small charts: shares stand where their axis says."""

from __future__ import annotations

import xml.etree.ElementTree as ET  # the charts are our own

import pytest

from pipeline.chart import Axis, bar_svg, trend_svg

AXIS = Axis(("2021", "2022", "2022H1", "2023"), 0.23)


def parsed(text: str) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314


@pytest.mark.parametrize(
    ("largest", "top"), [(0.0, 0.01), (0.01, 0.01), (0.031, 0.04), (0.23, 0.24), (0.41, 0.5), (0.81, 1.0), (1.0, 1.0)]
)
def test_an_axis_ends_at_a_round_share_above_the_largest(largest: float, top: float) -> None:
    assert Axis(("2021",), largest).top == top


def test_a_point_stands_between_the_shares_that_it_is_between() -> None:
    root = parsed(trend_svg(AXIS, [[0.0, 0], [0.12, 1, 0.1, 0.14], None, [0.24, 0]]))
    dots = [dot for dot in root.iter("circle") if "dot" in (dot.get("class") or "").split()]
    heights = [float(dot.get("cy", 0)) for dot in dots]
    assert heights[1] == pytest.approx((heights[0] + heights[2]) / 2)
    assert heights == sorted(heights, reverse=True)
    assert [dot.get("class") for dot in dots] == ["dot", "dot changed", "dot"]


def test_only_a_share_with_an_interval_has_a_whisker_and_all_say_their_figures() -> None:
    root = parsed(trend_svg(AXIS, [[0.1, 0], [0.12, 1, 0.1, 0.14], None, [0.2, 0]]))
    assert len([line for line in root.iter("line") if line.get("class") == "whisker"]) == 1
    assert [title.text for title in root.iter("title")] == ["2021: 10.0%", "2022: 12.0% (10.0–14.0)", "2023: 20.0%"]


def test_years_are_joined_with_years_and_first_halves_with_first_halves() -> None:
    root = parsed(trend_svg(AXIS, [[0.1, 0], [0.12, 0], [0.3, 0], [0.2, 0]]))
    lines = {line.get("class"): len((line.get("points") or "").split()) for line in root.iter("polyline")}
    assert lines == {"line": 3, "line part": 1}


def test_a_period_with_markup_in_its_name_stays_text() -> None:
    root = parsed(trend_svg(Axis(("<b>&\"'", "2022"), 0.2), [[0.1, 0], [0.2, 0]]))
    assert "<b>&\"'" in {text.text for text in root.iter("text")}


def test_a_difference_stands_on_its_side_of_zero_and_never_leaves_the_picture() -> None:
    for difference, side in ((0.1, 1), (-0.1, -1), (9.0, 1)):
        dot = next(parsed(bar_svg(difference, None, None, 0.2)).iter("circle"))
        x = float(dot.get("cx", 0))
        assert (x - 60) * side > 0
        assert 0 <= x <= 120
    assert [line.get("class") for line in parsed(bar_svg(0.1, 0.05, 0.15, 0.2)).iter("line")] == ["zero", "whisker"]
