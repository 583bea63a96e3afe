"""Counts of rows over weeks: the darker the more; an outline where nothing came, a strong one where that surprises."""

from __future__ import annotations

from discourse.report.blocks import Heat
from discourse.report.drawing.canvas import Canvas, some, wrapped

SHADES = 5


def heat(c: Canvas, drawing: Heat) -> None:
    """Draw one cell a row and week, shaded against the row's own largest count."""
    left, right = (12.0, c.width - 12.0) if c.narrow else (210.0, c.width - 8.0)
    step_x = (right - left) / max(1, len(drawing.weeks))
    step_y = 50.0 if c.narrow else 28.0
    at = 4.0
    for i, (name, counts) in enumerate(drawing.rows):
        top = at + (22 if c.narrow else 3)
        if c.narrow:
            c.text("name", name, left, at + 16)
        else:
            c.text("name", wrapped(name, 30)[0], left - 14, at + step_y / 2 + 4.5, "end")
        most = max([1, *counts])
        for j, count in enumerate(counts):
            c.mark(drawing.notes[i][j])
            style = f"heat-{min(SHADES - 1, (count * SHADES - 1) // most)}" if count else "cell-none"
            style = "cell-alarm" if (i, j) in drawing.alarms else style
            inset = 1.5 if style.startswith("cell") else 0.0
            c.add(
                "rect",
                style,
                x=left + j * step_x + 1 + inset,
                y=top + inset,
                width=max(1.0, step_x - 2 - 2 * inset),
                height=22.0 - 2 * inset,
                rx=2.0,
            )
            c.done()
        at += step_y
    for j in some(len(drawing.weeks), 5 if c.narrow else 10):
        c.text("tick", drawing.weeks[j], left + (j + 0.5) * step_x, at + 16, "middle")
    c.height = at + 24
