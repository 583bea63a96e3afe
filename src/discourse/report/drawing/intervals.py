"""Shares as dots with their intervals, over the pale bar of what was expected."""

from __future__ import annotations

from discourse.report.blocks import Intervals, Spread
from discourse.report.drawing.canvas import Canvas, nice_top, wrapped
from discourse.report.wording import Words

SIGNS = {"higher": "▲", "lower": "▼"}


def intervals(c: Canvas, drawing: Intervals, words: Words) -> None:
    """Draw one row a share; names stand left of the row, or above it where there is little width."""
    left = 12.0 if c.narrow else 232.0
    step = 50.0 if c.narrow else 34.0
    right = c.width - (52.0 if c.narrow else 64.0)
    most = max([0.1, *((r.high or 0.0) for r in drawing.rows), *((r.base_high or 0.0) for r in drawing.rows)])
    top, ticks = nice_top(min(most, 1.0), 3 if c.narrow else 5)
    scale = (right - left) / top
    bottom = _key(c, drawing, left) + step * len(drawing.rows)
    c.height = bottom + 26
    first = bottom - step * len(drawing.rows)
    for tick in ticks:
        x = left + tick * scale
        c.add("line", "grid", x1=x, x2=x, y1=first, y2=bottom)
        c.text("tick", words.percent(tick), x, bottom + 18, "middle")
    for i, row in enumerate(drawing.rows):
        _row(c, row, first + step * i, step, left=left, scale=scale)


def _key(c: Canvas, drawing: Intervals, left: float) -> float:
    """Draw what dot and bar mean, and return where the rows begin."""
    y = 12.0
    c.add("line", "span", x1=left, x2=left + 30, y1=y, y2=y)
    c.add("circle", "dot", cx=left + 15, cy=y, r=5.0)
    c.text("tick", drawing.share_name, left + 40, y + 4)
    if any(r.base_low is not None for r in drawing.rows):
        x, y = (left, y + 20) if c.narrow else (left + 56 + 6.6 * len(drawing.share_name), y)
        c.add("rect", "band", x=x, y=y - 7, width=30.0, height=14.0, rx=3.0)
        c.text("tick", drawing.band_name, x + 40, y + 4)
    return y + 16


def _row(c: Canvas, row: Spread, y: float, step: float, *, left: float, scale: float) -> None:
    c.mark(row.note, row.href)
    c.add("rect", "hit", x=0.0, y=y, width=float(c.width), height=step)
    middle = y + (step - 14 if c.narrow else step / 2)
    if c.narrow:
        c.text("name", row.name, left, y + 19)
    else:
        _name(c, row.name, left - 16, middle)
    if row.base_low is not None and row.base_high is not None:
        x, width = left + row.base_low * scale, max(2.0, (row.base_high - row.base_low) * scale)
        c.add("rect", "band", x=x, y=middle - 8, width=width, height=16.0, rx=3.0)
    moved = "-moved" if row.mark in SIGNS else ""
    low, high = row.low if row.low is not None else row.share, row.high if row.high is not None else row.share
    if row.share is not None and low is not None and high is not None:
        c.add("line", f"span{moved}", x1=left + low * scale, x2=left + high * scale, y1=middle, y2=middle)
        c.add("circle", f"dot{moved}", cx=left + row.share * scale, cy=middle, r=5.5)
        end = max(high, row.base_high or 0.0) if row.base_high is not None and row.base_high > high else high
        value = f"{row.value} {SIGNS[row.mark]}" if row.mark in SIGNS else row.value
        c.text(f"value{moved}", value, left + end * scale + 10, middle + 4.5)
    c.done()


def _name(c: Canvas, name: str, x: float, middle: float) -> None:
    lines = wrapped(name, 26)
    for i, line in enumerate(lines):
        c.text("name", line, x, middle + 4.5 + 15 * (i - (len(lines) - 1) / 2), "end")
