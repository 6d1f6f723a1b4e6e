"""Draw the report's small charts as SVG; colours and fonts come from the page's style."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

# The script of the page redraws the trends with the same measures (templates/report.js).
_WIDTH, _HEIGHT = 260, 128
_LEFT, _RIGHT, _TOP, _BOTTOM = 30, 12, 10, 24


@dataclass(frozen=True)
class Axis:
    """The axes that all trends share.

    Attributes:
        periods: in order.
        largest: the largest share or end of an interval that is drawn.
    """

    periods: tuple[str, ...]
    largest: float

    @property
    def top(self) -> float:
        """Share at the upper end: a round number."""
        return next(
            (step / 100 for step in (1, 2, 4, 6, 8, 10, 12, 16, 20, 24, 30, 40, 50, 60, 80) if step / 100 >= self.largest), 1.0
        )

    def x(self, place: int) -> float:
        """Return where a period stands."""
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * (place + 0.5) / len(self.periods)

    def y(self, share: float) -> float:
        """Return where a share stands."""
        return _TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - share / self.top)


def trend_svg(axis: Axis, values: Sequence[Sequence[Any] | None]) -> str:
    """Draw one category's shares over the periods.

    Args:
        axis: the axes.
        values: for each period share, whether it changed, and low and high end if there is an interval; nothing where there is no report.
    """
    parts = [f'<svg class="trend" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="group">']
    for share in (0.0, axis.top / 2, axis.top):
        y = axis.y(share)
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text class="tick share" x="{_LEFT - 4}" y="{y + 3.5:.1f}" text-anchor="end">{100 * share:g}</text>')
    for place, period in enumerate(axis.periods):
        short = period[2:] if len(axis.periods) > 5 and period[:2] == "20" else period
        parts.append(f'<text class="tick" x="{axis.x(place):.1f}" y="{_HEIGHT - 8}" text-anchor="middle">{escape(short)}</text>')
    parts.append('<g class="marks">')
    known = [(place, value) for place, value in enumerate(values) if value]
    # A line joins years with years and first halves with first halves.
    for kind in dict.fromkeys(axis.periods[place][4:] for place, _ in known):
        same = [(place, value) for place, value in known if axis.periods[place][4:] == kind]
        path = " ".join(f"{axis.x(place):.1f},{axis.y(value[0]):.1f}" for place, value in same)
        parts.append(f'<polyline class="line{" part" if kind else ""}" points="{path}"/>')
    for place, value in known:
        x, y = axis.x(place), axis.y(value[0])
        extra = f" ({100 * value[2]:.1f}–{100 * value[3]:.1f})" if len(value) > 2 else ""
        title = f"{escape(axis.periods[place])}: {100 * value[0]:.1f}%{extra}"
        parts.append(f'<g class="point" role="button" tabindex="0" data-p="{place}"><title>{title}</title>')
        if len(value) > 2:
            parts.append(
                f'<line class="whisker" x1="{x:.1f}" x2="{x:.1f}" y1="{axis.y(value[2]):.1f}" y2="{axis.y(value[3]):.1f}"/>'
            )
        parts.append(f'<circle class="hit" cx="{x:.1f}" cy="{y:.1f}" r="11"/>')
        parts.append(f'<circle class="dot{" changed" if value[1] else ""}" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/></g>')
    return "".join([*parts, "</g></svg>"])


def bar_svg(difference: float, low: float | None, high: float | None, top: float) -> str:
    """Draw a difference and its interval on a line with 0 in the middle; ``top`` is the largest difference of the table."""
    width, half = 120, 54

    def x(value: float) -> str:
        return f"{60 + half * max(-1.0, min(1.0, value / max(top, 1e-9))):.1f}"

    parts = [f'<svg class="bar" viewBox="0 0 {width} 16" aria-hidden="true"><line class="zero" x1="60" x2="60" y1="1" y2="15"/>']
    if low is not None and high is not None:
        parts.append(f'<line class="whisker" x1="{x(low)}" x2="{x(high)}" y1="8" y2="8"/>')
    parts.append(f'<circle class="dot" cx="{x(difference)}" cy="8" r="3.5"/></svg>')
    return "".join(parts)
