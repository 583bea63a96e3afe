"""Charts as SVG: an attention line with its expected band, intervals against what was expected, tone over time.

Drawn by hand so that they need no script library, follow the page's colours in light, dark and print, and carry their
own title and description; a plain table stands behind each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from discourse.records import Figure
from discourse.report.words import Words

WIDTH, LEFT = 720, 250


@dataclass(frozen=True)
class Row:
    """One line of an interval chart."""

    name: str
    figure: Figure
    note: str


def intervals(rows: Sequence[Row], title: str, words: Words) -> str:
    """Return shares as dots with their intervals, over the pale bar of what was expected."""
    if not rows:
        return ""
    top = max([0.2, *[r.figure.high or 0 for r in rows], *[r.figure.base_high or 0 for r in rows]])
    top = min(1.0, (int(top * 10) + 1) / 10)
    height = 34 + 30 * len(rows)
    scale = (WIDTH - LEFT - 60) / top
    out = [_open(WIDTH, height, title, _said(rows))]
    steps = 5 if top > 0.25 else 4
    for i in range(steps + 1):
        value = top * i / steps
        x = LEFT + value * scale
        out.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="20" y2="{height - 8}"/>')
        out.append(f'<text class="tick" x="{x:.1f}" y="12" text-anchor="middle">{escape(words.percent(value))}</text>')
    for i, row in enumerate(rows):
        out.append(_interval(row, 40 + 30 * i, scale, words))
    return "".join([*out, "</svg>"])


def _interval(row: Row, y: float, scale: float, words: Words) -> str:
    f = row.figure
    name = escape(row.name)
    note = f"{name}: {escape(row.note)}"
    out = [f'<g class="row" tabindex="0" aria-label="{note}"><title>{note}</title>']
    out.append(f'<rect class="hit" x="0" y="{y - 15:.1f}" width="{WIDTH}" height="30"/>')
    out.append(f'<text class="name" x="{LEFT - 14}" y="{y + 4.5:.1f}" text-anchor="end">{name}</text>')
    if f.base_low is not None and f.base_high is not None:
        x, w = LEFT + f.base_low * scale, max(2.0, (f.base_high - f.base_low) * scale)
        out.append(f'<rect class="base" x="{x:.1f}" y="{y - 8:.1f}" width="{w:.1f}" height="16" rx="3"/>')
    if f.share is not None and f.low is not None and f.high is not None and f.enough:
        marked = " moved" if f.change in ("higher", "lower") else ""
        x, a, b = (LEFT + v * scale for v in (f.share, f.low, f.high))
        out.append(f'<line class="span{marked}" x1="{a:.1f}" x2="{b:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>')
        out.append(f'<circle class="dot{marked}" cx="{x:.1f}" cy="{y:.1f}" r="5.5"/>')
        out.append(f'<text class="value" x="{b + 9:.1f}" y="{y + 4.5:.1f}">{escape(words.percent(f.share))}</text>')
    return "".join([*out, "</g>"])


def attention(series: Sequence[Figure], title: str, words: Words) -> str:
    """Return the number of stories a week as bars; the last one over the band that was expected of it."""
    if not series:
        return ""
    last = series[-1]
    top = max([5.0, *[f.count for f in series], last.base_high or 0.0]) * 1.12
    height, bottom, left = 230, 196, 40
    step = (WIDTH - left - 10) / len(series)
    scale = (bottom - 14) / top
    out = [_open(WIDTH, height, title, ", ".join(f"{f.period} {words.number(f.count)}" for f in series))]
    for i in range(5):
        y = bottom - top / 1.12 * i / 4 * scale
        out.append(f'<line class="grid" x1="{left}" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>')
        out.append(_tick(left - 8, y + 4, words.number(top / 1.12 * i / 4), "end"))
    if last.base_low is not None and last.base_high is not None:
        y, h = bottom - last.base_high * scale, (last.base_high - last.base_low) * scale
        out.append(f'<rect class="base" x="{left}" y="{y:.1f}" width="{WIDTH - left}" height="{h:.1f}"/>')
    for i, f in enumerate(series):
        x, h = left + i * step, f.count * scale
        now = " now" if f is last else ""
        note = escape(f"{f.period}: {words.number(f.count)}")
        out.append(f'<g class="row" tabindex="0" aria-label="{note}"><title>{note}</title>')
        size = f'x="{x + step * 0.16:.1f}" y="{bottom - h:.1f}" width="{step * 0.68:.1f}" height="{h:.1f}"'
        out.append(f'<rect class="bar{now}" {size} rx="2"/></g>')
        if len(series) <= 14 or i % 4 == len(series) % 4:
            out.append(_tick(x + step / 2, bottom + 18, f.period[5:], "middle"))
    return "".join([*out, "</svg>"])


def tone(weeks: Sequence[tuple[str, Figure, Figure, Figure]], title: str, names: Sequence[str], words: Words) -> str:
    """Return tone over time: supportive above, critical below a middle of neutral, one column a week."""
    usable = [w for w in weeks if w[1].share is not None and w[1].n >= 3]
    if not usable:
        return ""
    height, top, bottom, left = 240, 14, 196, 40
    step = (WIDTH - left - 10) / len(usable)
    out = [_open(WIDTH, height, title, "")]
    for i in range(5):
        y = bottom - (bottom - top) * i / 4
        out.append(f'<line class="grid" x1="{left}" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>')
        out.append(_tick(left - 8, y + 4, words.percent(i / 4), "end"))
    for i, (period, *figures) in enumerate(usable):
        x, y = left + i * step + step * 0.12, float(bottom)
        said = ", ".join(f"{n} {words.percent(f.share)}" for n, f in zip(names, figures, strict=True))
        note = escape(f"{period}: {said}")
        out.append(f'<g class="row" tabindex="0" aria-label="{note}"><title>{note}</title>')
        for css, f in zip(("positive", "neutral", "negative"), figures, strict=True):
            h = (f.share or 0.0) * (bottom - top)
            y -= h
            out.append(f'<rect class="tone {css}" x="{x:.1f}" y="{y:.1f}" width="{step * 0.76:.1f}" height="{h:.1f}"/>')
        out.append("</g>")
        if len(usable) <= 14 or i % 4 == len(usable) % 4:
            out.append(_tick(x + step * 0.38, bottom + 18, period[5:], "middle"))
    return "".join([*out, "</svg>"])


def _tick(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text class="tick" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _open(width: int, height: int, title: str, said: str) -> str:
    name = escape(title)
    return (
        f'<svg class="chart" viewBox="0 0 {width} {height}" role="group" aria-label="{name}">'
        f"<title>{name}</title><desc>{escape(said)}</desc>"
    )


def _said(rows: Sequence[Row]) -> str:
    return "; ".join(f"{r.name}: {r.note}" for r in rows)
