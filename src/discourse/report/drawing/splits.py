"""Bars of 100 per cent: as rows, one a group, or as columns, one a week."""

from __future__ import annotations

from discourse.report.blocks import Splits
from discourse.report.drawing.canvas import Canvas, some, wrapped
from discourse.report.wording import Words


def _key(c: Canvas, drawing: Splits, left: float) -> float:
    """Draw what the colours mean, and return the height it took."""
    x, y = left, 12.0
    for name, style in zip(drawing.names, drawing.styles, strict=True):
        if x + 24 + 7 * len(name) > c.width:
            x, y = left, y + 20
        c.add("rect", f"part-{style}", x=x, y=y - 8, width=14.0, height=14.0, rx=2.0)
        c.text("tick", name, x + 20, y + 3.5)
        x += 44 + 7 * len(name)
    return y + 16


def columns(c: Canvas, drawing: Splits, words: Words) -> None:
    """Draw one column a week; the part named last stands on the floor, the one named first hangs from the top."""
    left, right = 46.0, c.width - 8.0
    first = _key(c, drawing, left) + 6
    bottom = first + 190
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = bottom - (bottom - first) * tick
        c.add("line", "grid", x1=left, x2=right, y1=y, y2=y)
        c.text("tick", words.percent(tick), left - 8, y + 4, "end")
    count = len(drawing.bars)
    step = (right - left) / max(count, 1)
    shown = set(some(count, 5 if c.narrow else 13))
    for i, bar in enumerate(drawing.bars):
        x, y = left + i * step, first
        c.mark(bar.note)
        c.add("rect", "hit", x=x, y=first, width=step, height=bottom - first)
        for part, style in zip(bar.parts, drawing.styles, strict=False):
            height = part * (bottom - first)
            c.add("rect", f"part-{style}", x=x + step * 0.12, y=y, width=step * 0.76, height=height)
            y += height
        c.done()
        if i in shown:
            c.text("tick", drawing.bars[i].name, x + step / 2, bottom + 18, "middle")
    c.height = bottom + 28


def rows(c: Canvas, drawing: Splits) -> None:
    """Draw one bar a group, each part with its share where it is wide enough; a remark where there is too little."""
    left, right = (12.0, c.width - 12.0) if c.narrow else (190.0, c.width - 8.0)
    step = 54.0 if c.narrow else 36.0
    at = _key(c, drawing, left) + 6
    for bar in drawing.bars:
        c.mark(bar.note)
        c.add("rect", "hit", x=0.0, y=at, width=float(c.width), height=step)
        top = at + (24 if c.narrow else 6)
        if c.narrow:
            c.text("name", bar.name, left, at + 17)
        else:
            lines = wrapped(bar.name, 26)
            for i, line in enumerate(lines):
                c.text("name", line, left - 14, at + step / 2 + 4.5 + 14 * (i - (len(lines) - 1) / 2), "end")
        x = left
        for part, style in zip(bar.parts, drawing.styles, strict=False):
            width = part * (right - left)
            c.add("rect", f"part-{style}", x=x, y=top, width=max(0.0, width - 1), height=24.0)
            if width > 30:
                inside = "inside-dark" if style == "neutral" else "inside"
                c.text(inside, f"{100 * part:.0f}", x + width / 2, top + 16.5, "middle")
            x += width
        if bar.remark:
            for i, line in enumerate(wrapped(bar.remark, 54 if c.narrow else 90)):
                c.text("few", line, left, top + (12 if c.narrow else 16) + 15 * i)
        c.done()
        at += step
    c.height = at + 4
