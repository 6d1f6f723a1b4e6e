"""Draw small pictures as SVG: no font is bundled or looked for, the reader's own shows the Chinese."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

_FONT = "font-family=\"'Noto Sans CJK SC','Microsoft YaHei','PingFang SC',sans-serif\""
_INK, _GRID, _BLUE, _ORANGE, _GREEN = "#333333", "#d9d9d9", "#2b6cb0", "#c05621", "#2f855a"
# A page may be dark: the picture follows the reader's setting where its viewer knows it, else it brings its own white paper.
_ON_DARK = {_INK: "#d0d7de", _GRID: "#3d444d", _BLUE: "#58a6ff", _ORANGE: "#f0883e", _GREEN: "#56d364"}


def reliability_svg(metrics: Mapping[str, Any], *, x_title: str, y_title: str) -> str:
    """Draw the reliability curve: posterior against share of right tags, the dots' area by sentences."""
    side, left, top = 320, 60, 20
    total = sum(row["sentences"] for row in metrics["reliability"])
    parts = _frame(side, left, top, x_title, y_title)
    parts.append(f'<line x1="{left}" y1="{top + side}" x2="{left + side}" y2="{top}" stroke="{_GRID}" stroke-dasharray="5 4"/>')
    points = [(left + side * row["posterior"], top + side * (1 - row["right"]), row["sentences"]) for row in metrics["reliability"]]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in points)
    parts.append(f'<polyline points="{path}" fill="none" stroke="{_BLUE}" stroke-width="1.5"/>')
    for x, y, sentences in points:
        radius = 3 + 12 * (sentences / total) ** 0.5
        parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{_BLUE}" fill-opacity="0.55"><title>{sentences}</title></circle>'
        )
    return _svg(left + side + 25, top + side + 55, parts)


def _frame(side: int, left: int, top: int, x_title: str, y_title: str) -> list[str]:
    parts = []
    for step in range(0, 11, 2):
        x, y = left + side * step / 10, top + side * (1 - step / 10)
        parts += [
            f'<line x1="{x}" y1="{top}" x2="{x}" y2="{top + side}" stroke="{_GRID}" stroke-width="0.6"/>',
            f'<line x1="{left}" y1="{y}" x2="{left + side}" y2="{y}" stroke="{_GRID}" stroke-width="0.6"/>',
            _text(x, top + side + 18, f"{step / 10:.1f}", anchor="middle"),
            _text(left - 8, y + 4, f"{step / 10:.1f}", anchor="end"),
        ]
    middle = top + side / 2
    parts.append(_text(left + side / 2, top + side + 42, x_title, anchor="middle"))
    parts.append(f'<g transform="rotate(-90 16 {middle})">{_text(16, middle, y_title, anchor="middle")}</g>')
    return parts


def confusion_svg(table: Sequence[Sequence[int]], names: Sequence[str], *, x_title: str, y_title: str) -> str:
    """Draw a confusion table, a row a coded category, shaded by the share of the row."""
    cell, left, top = 44, 150, 120
    side = cell * len(names)
    parts = [_text(left + side / 2, 16, x_title, anchor="middle"), _text(8, top - 8, y_title)]
    for row, (name, counts) in enumerate(zip(names, table, strict=True)):
        total = sum(counts) or 1
        y = top + row * cell
        parts.append(_text(left - 8, y + cell / 2 + 4, name, anchor="end"))
        x_label, y_label = left + row * cell + cell / 2 + 4, top - 8
        parts.append(f'<g transform="rotate(-45 {x_label} {y_label})">{_text(x_label, y_label, name)}</g>')
        for column, count in enumerate(counts):
            x, share = left + column * cell, count / total
            colour = _GREEN if row == column else "#c53030"
            opacity = share if row == column else min(1.0, 4 * share)
            parts.append(
                f'<rect x="{x}" y="{y}" width="{cell}" height="{cell}" fill="{colour}" fill-opacity="{opacity:.3f}" stroke="{_GRID}"/>'
            )
            if count:
                ink = "#ffffff" if opacity > 0.6 else _INK
                parts.append(_text(x + cell / 2, y + cell / 2 + 4, str(count), anchor="middle", colour=ink))
    return _svg(left + side + 70, top + side + 15, parts)


def curves_svg(
    curves: Mapping[str, Sequence[tuple[float, float]]],
    *,
    x_title: str,
    y_title: str,
    ticks: Sequence[int],
    low: float,
    high: float,
    spread: Mapping[str, Sequence[float]] | None = None,
) -> str:
    """Draw named curves of y between ``low`` and ``high`` over a logarithmic x axis with the given ticks; a line of the grid each tenth.

    ``spread`` gives half the height of a band around each point of a curve.
    """
    from math import log

    width, height, left, top = 520, 300, 60, 20
    colours = (_BLUE, _ORANGE, _GREEN)
    first, last = log(ticks[0]), log(ticks[-1])
    parts = []

    def place(x: float, y: float) -> tuple[float, float]:
        return left + width * (log(x) - first) / (last - first), top + height * (1 - (y - low) / (high - low))

    for tick in ticks:
        x, _ = place(tick, low)
        parts.append(f'<line x1="{x:.1f}" y1="{top}" x2="{x:.1f}" y2="{top + height}" stroke="{_GRID}" stroke-width="0.6"/>')
        parts.append(_text(x, top + height + 18, f"{tick:,}", anchor="middle"))
    for step in range(round(10 * (high - low)) + 1):
        value = low + step / 10
        _, y = place(ticks[0], value)
        parts.append(f'<line x1="{left}" y1="{y:.1f}" x2="{left + width}" y2="{y:.1f}" stroke="{_GRID}" stroke-width="0.6"/>')
        parts.append(_text(left - 8, y + 4, f"{value:.1f}", anchor="end"))
    for number, (name, points) in enumerate(curves.items()):
        colour = colours[number % len(colours)]
        placed = [place(x, y) for x, y in points]
        if spread:
            above = [place(x, min(y + half, high)) for (x, y), half in zip(points, spread[name], strict=True)]
            below = [place(x, max(y - half, low)) for (x, y), half in zip(points, spread[name], strict=True)]
            outline = " ".join(f"{x:.1f},{y:.1f}" for x, y in (*above, *reversed(below)))
            parts.append(f'<polygon points="{outline}" fill="{colour}" fill-opacity="0.18"/>')
        parts.append(
            f'<polyline points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in placed)}" fill="none" stroke="{colour}" stroke-width="2"/>'
        )
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in placed]
        parts.append(
            _text(left + width - 8, top + height - 14 - 20 * (len(curves) - 1 - number), name, anchor="end", colour=colour)
        )
    parts.append(_text(left + width / 2, top + height + 42, x_title, anchor="middle"))
    parts.append(f'<g transform="rotate(-90 16 {top + height / 2})">{_text(16, top + height / 2, y_title, anchor="middle")}</g>')
    return _svg(left + width + 25, top + height + 55, parts)


def shares_svg(rows: Sequence[tuple[str, float, tuple[float, float] | None]], *, x_title: str) -> str:
    """Draw named shares as bars, with their figures, and a whisker where there is an interval.

    Args:
        rows: name, share, and low and high end of an interval or nothing; all between 0 and 1.
        x_title: what the shares are of.
    """
    width, step, left, top = 420, 24, 210, 10
    most = max([1e-9, *(max(share, *(ends or (0.0,))) for _, share, ends in rows)])
    parts = [f'<line x1="{left}" y1="{top}" x2="{left}" y2="{top + step * len(rows)}" stroke="{_GRID}"/>']
    for number, (name, share, ends) in enumerate(rows):
        y = top + step * (number + 0.5)
        reach = width * max(share, *(ends or (0.0,))) / most
        parts.append(_text(left - 8, y + 4, name, anchor="end"))
        parts.append(
            f'<rect x="{left}" y="{y - 8:.1f}" width="{width * share / most:.1f}" height="16" fill="{_BLUE}" fill-opacity="0.55"/>'
        )
        if ends:
            low, high = (left + width * end / most for end in ends)
            parts.append(f'<line x1="{low:.1f}" y1="{y:.1f}" x2="{high:.1f}" y2="{y:.1f}" stroke="{_INK}" stroke-width="2"/>')
        parts.append(_text(left + reach + 8, y + 4, f"{100 * share:.1f}%"))
    parts.append(_text(left + width / 2, top + step * len(rows) + 22, x_title, anchor="middle"))
    return _svg(left + width + 70, top + step * len(rows) + 34, parts)


def _text(x: float, y: float, text: str, *, anchor: str = "start", colour: str = _INK) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="12" text-anchor="{anchor}" fill="{colour}">{escape(text)}</text>'


def _svg(width: int, height: int, parts: Sequence[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" {_FONT}>'
    dark = "".join(f'[fill="{day}"]{{fill:{night}}}[stroke="{day}"]{{stroke:{night}}}' for day, night in _ON_DARK.items())
    style = f"<style>@media (prefers-color-scheme: dark){{.paper{{fill:#0d1117}}{dark}}}</style>"
    paper = f'<rect class="paper" width="{width}" height="{height}" fill="#ffffff"/>'
    return "\n".join([head, style, paper, *parts, "</svg>", ""])
