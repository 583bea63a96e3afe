"""Charts as SVG by hand: no script library, the page's own colours, wide and narrow forms, and plain ink for print."""

from __future__ import annotations

from discourse.report.blocks import Chart, Heat, Intervals, OverTime, Splits
from discourse.report.drawing.canvas import Canvas, Ink
from discourse.report.drawing.grids import heat
from discourse.report.drawing.intervals import intervals
from discourse.report.drawing.series import over_time
from discourse.report.drawing.splits import columns, rows
from discourse.report.wording import Words

__all__ = ["Ink", "draw"]

WIDE, NARROW = 760, 360


def draw(chart: Chart, words: Words, *, ink: Ink, narrow: bool = False) -> str:
    """Return a chart as one SVG element: ``page`` ink is left to a style sheet, ``print`` ink is in the drawing."""
    canvas = Canvas(
        width=NARROW if narrow else WIDE,
        ident=f"{chart.ident}-{'n' if narrow else 'w'}",
        title=chart.title,
        said=chart.said,
        ink=ink,
    )
    match chart.drawing:
        case OverTime():
            over_time(canvas, chart.drawing, words)
        case Intervals():
            intervals(canvas, chart.drawing, words)
        case Splits(over_time=True):
            columns(canvas, chart.drawing, words)
        case Splits():
            rows(canvas, chart.drawing)
        case Heat():
            heat(canvas, chart.drawing)
    return canvas.svg()
