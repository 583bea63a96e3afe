"""Lines over weeks, with the range expected of the last week as a band."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from discourse.report.blocks import Line, OverTime
from discourse.report.drawing.canvas import Canvas, nice_top, some
from discourse.report.wording import Words


def over_time(c: Canvas, drawing: OverTime, words: Words) -> None:
    """Draw the lines, their names at their ends, the band, and one mark a week that says every value."""
    left, right = 38.0, c.width - (14.0 if c.narrow else _room(drawing))
    first, bottom = 14.0, 228.0
    values = [v for line in drawing.lines for v in line.values if v is not None]
    top, ticks = nice_top(max([*values, *(drawing.band or ()), 0.1 if drawing.percent else 4.0]))
    count = len(drawing.weeks)
    step = (right - left) / max(1, count - 1)

    def x(i: int) -> float:
        return left + step * i if count > 1 else (left + right) / 2

    def y(value: float) -> float:
        return bottom - (bottom - first) * value / top

    for tick in ticks:
        c.add("line", "grid", x1=left, x2=right, y1=y(tick), y2=y(tick))
        c.text("tick", words.percent(tick) if drawing.percent else words.number(tick, 1), left - 8, y(tick) + 4, "end")
    for i in some(count, 5 if c.narrow else 9):
        c.text("tick", drawing.weeks[i], x(i), bottom + 20, "middle")
    c.height = bottom + 30
    if drawing.band:
        start = x(min(drawing.band_from, count - 1)) - (6 if count > 1 else 20)
        low, high = drawing.band
        end = right + (6 if count > 1 else -((right - left) / 2) + 20)
        c.add("rect", "band", x=start, y=y(high), width=end - start, height=max(2.0, y(low) - y(high)), rx=3.0)
    for line in reversed(drawing.lines):
        _path(c, line, x, y)
    _names(c, drawing, y, right)
    for i in range(count):
        c.mark(" · ".join(line.notes[i] for line in drawing.lines))
        c.add("rect", "hit", x=x(i) - step / 2, y=first, width=max(step, 8.0), height=bottom - first)
        c.add("line", "guide", x1=x(i), x2=x(i), y1=first, y2=bottom)
        for line in drawing.lines:
            value = line.values[i]
            if value is not None and (i == count - 1 or line is drawing.lines[0]):
                c.add("circle", f"point-{line.style}", cx=x(i), cy=y(value), r=5.0 if i == count - 1 else 3.0)
        c.done()


def _room(drawing: OverTime) -> float:
    """Return the width that the longest name at the end of a line needs."""
    return max(118.0, 20 + 8.0 * max(len(name) for name in (drawing.band_name, *(line.name for line in drawing.lines))))


def _path(c: Canvas, line: Line, x: Callable[[int], float], y: Callable[[float], float]) -> None:
    """Draw a line with a gap where a week has no value."""
    steps, pen = [], "M"
    for i, value in enumerate(line.values):
        if value is None:
            pen = "M"
            continue
        steps.append(f"{pen}{x(i):.1f} {y(value):.1f}")
        pen = "L"
    if len(steps) > 1:
        c.add("path", f"line-{line.style}", d=" ".join(steps))


def _names(c: Canvas, drawing: OverTime, y: Callable[[float], float], right: float) -> None:
    """Write each line's name at its end, pushed apart where they would touch; in a row below on a narrow sheet."""
    if c.narrow:
        at = 12.0
        for line in drawing.lines:
            c.add("line", f"line-{line.style}", x1=at, x2=at + 22, y1=c.height + 8, y2=c.height + 8)
            c.text(f"end-{line.style}", line.name, at + 28, c.height + 12)
            at += 44 + 7.4 * len(line.name)
            if at > c.width - 90 and line is not drawing.lines[-1]:
                at, c.height = 12.0, c.height + 20
        c.height += 20
        if drawing.band:
            c.add("rect", "band", x=12.0, y=c.height + 1, width=22.0, height=13.0, rx=3.0)
            c.text("tick", drawing.band_name, 40.0, c.height + 12)
            c.height += 22
        return
    ends = [(y(line.values[-1] or 0.0), line.name, f"end-{line.style}") for line in drawing.lines]
    if drawing.band:
        ends.append((y(sum(drawing.band) / 2), drawing.band_name, "tick"))
    for at, (name, style) in _apart(ends):
        c.text(style, name, right + 14, at + 4)


def _apart(ends: Sequence[tuple[float, str, str]], least: float = 17.0) -> list[tuple[float, tuple[str, str]]]:
    out: list[tuple[float, tuple[str, str]]] = []
    for at, name, style in sorted(ends):
        place = max(at, out[-1][0] + least) if out else at
        out.append((place, (name, style)))
    over = out[-1][0] - 232.0 if out else 0.0
    return [(at - max(0.0, over), said) for at, said in out]
