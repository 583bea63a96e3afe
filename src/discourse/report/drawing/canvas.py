"""A sheet to draw on: elements with a class, which a style sheet colours on a page and a palette colours in print."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal
from xml.etree import ElementTree as ET

Ink = Literal["page", "print"]
NAMESPACE = "http://www.w3.org/2000/svg"

COLOURS: Mapping[str, str] = {
    "ink": "#1b2430",
    "soft": "#55616e",
    "line": "#dcd8cf",
    "paper": "#ffffff",
    "accent": "#17507a",
    "moved": "#a4450c",
    "band": "#d5e3ee",
    "supportive": "#1f6f8b",
    "neutral": "#bcc3c9",
    "critical": "#98590f",
    "press": "#7a5195",
    "council": "#4f7f3c",
    "civic": "#8a6d1f",
    "alarm": "#a4450c",
}
"""The light palette; the page's style sheet holds the same names for light and dark."""

PLAIN: Mapping[str, Mapping[str, str]] = {
    "name": {"fill": COLOURS["ink"], "font-size": "13.5"},
    "tick": {"fill": COLOURS["soft"], "font-size": "12"},
    "value": {"fill": COLOURS["ink"], "font-size": "13", "font-weight": "bold"},
    "value-moved": {"fill": COLOURS["moved"], "font-size": "13", "font-weight": "bold"},
    "few": {"fill": COLOURS["soft"], "font-size": "12.5", "font-style": "italic"},
    "inside": {"fill": "#ffffff", "font-size": "12.5", "font-weight": "bold"},
    "inside-dark": {"fill": COLOURS["ink"], "font-size": "12.5", "font-weight": "bold"},
    "grid": {"stroke": COLOURS["line"], "stroke-width": "1"},
    "axis": {"stroke": COLOURS["soft"], "stroke-width": "1"},
    "band": {"fill": COLOURS["band"]},
    "span": {"stroke": COLOURS["accent"], "stroke-width": "3", "stroke-linecap": "round"},
    "span-moved": {"stroke": COLOURS["moved"], "stroke-width": "3", "stroke-linecap": "round"},
    "dot": {"fill": COLOURS["accent"], "stroke": COLOURS["paper"], "stroke-width": "2"},
    "dot-moved": {"fill": COLOURS["moved"], "stroke": COLOURS["paper"], "stroke-width": "2"},
    "hit": {"fill": "none"},
    "cell-none": {"fill": "none", "stroke": COLOURS["line"], "stroke-width": "1"},
    "cell-alarm": {"fill": "none", "stroke": COLOURS["alarm"], "stroke-width": "2.5"},
    **{f"line-{g}": {"fill": "none", "stroke": COLOURS[c], "stroke-width": w, **d} for g, c, w, d in (
        ("all", "accent", "3", {}),
        ("press", "press", "2", {"stroke-dasharray": "7 4"}),
        ("council", "council", "2", {"stroke-dasharray": "2 3"}),
        ("civic", "civic", "2", {"stroke-dasharray": "9 3 2 3"}),
    )},
    **{f"point-{g}": {"fill": COLOURS[c]} for g, c in (
        ("all", "accent"), ("press", "press"), ("council", "council"), ("civic", "civic"),
    )},
    **{f"end-{g}": {"fill": COLOURS[c], "font-size": "12.5", "font-weight": "bold"} for g, c in (
        ("all", "accent"), ("press", "press"), ("council", "council"), ("civic", "civic"),
    )},
    **{f"part-{side}": {"fill": COLOURS[side]} for side in ("supportive", "neutral", "critical")},
    **{f"heat-{n}": {"fill": c} for n, c in enumerate(("#e4edf4", "#bdd3e4", "#86aecd", "#4c84ae", "#17507a"))},
}  # fmt: skip


NAME_ADVANCE = 7.4
"""Width of a character of a name, generously; a longer name is cut, the mark and the table say it whole."""


class Canvas:
    """An SVG in the making; ``height`` is set when the drawing knows it."""

    def __init__(self, *, width: int, ident: str, title: str, said: str, ink: Ink) -> None:
        self.width = width
        self.narrow = width < 500
        self.height = 0.0
        self._ink = ink
        attributes = {"viewBox": f"0 0 {width} 0"}
        if ink == "page":
            names = {"role": "img", "aria-labelledby": f"{ident}-t {ident}-d", "focusable": "false"}
            attributes |= {"class": f"svg {'narrow' if self.narrow else 'wide'}", **names}
        else:
            attributes |= {"xmlns": NAMESPACE, "font-family": "Libertinus Serif, Liberation Serif, serif"}
        self._root = ET.Element("svg", attributes)
        ET.SubElement(self._root, "title", {"id": f"{ident}-t"}).text = title
        ET.SubElement(self._root, "desc", {"id": f"{ident}-d"}).text = said
        self._at = self._root

    def add(self, tag: str, style: str = "", text: str | None = None, /, **where: float | str) -> None:
        """Draw one element of a style at a place; underscores in attribute names become hyphens."""
        attributes = {k.replace("_", "-"): v if isinstance(v, str) else f"{v:.1f}" for k, v in where.items()}
        if self._ink == "page" and style:
            attributes["class"] = style
        elif self._ink == "print":
            attributes = {**PLAIN.get(style, {}), **attributes}
        ET.SubElement(self._at, tag, attributes).text = text

    def text(self, style: str, said: str, x: float, y: float, anchor: str = "start") -> None:
        """Write a text with its foot at a place, kept on the sheet."""
        half = 3.4 * len(said)
        if anchor == "middle" and x + half > self.width:
            x, anchor = self.width - 1.0, "end"
        if style == "name":
            most = int((x if anchor == "end" else self.width - x) / NAME_ADVANCE)
            said = said if len(said) <= most else f"{said[: most - 1]}…"
        self.add("text", style, said, x=x, y=y, text_anchor=anchor)

    def mark(self, note: str, href: str = "") -> None:
        """Begin one mark of the chart: what is drawn next belongs to it until ``done``; ``note`` says it in words."""
        if self._ink == "page":
            attributes = {"class": "mark", "data-note": note}
            if href:
                attributes["data-href"] = href
            self._at = ET.SubElement(self._root, "g", attributes)

    def done(self) -> None:
        """End the mark."""
        self._at = self._root

    def svg(self) -> str:
        """Return the drawing as SVG text, everything escaped."""
        self._root.set("viewBox", f"0 0 {self.width} {self.height:.0f}")
        if self._ink == "print":
            self._root.set("width", f"{self.width}")
            self._root.set("height", f"{self.height:.0f}")
        return ET.tostring(self._root, encoding="unicode", short_empty_elements=True)


def nice_top(value: float, steps: int = 4) -> tuple[float, list[float]]:
    """Return the end of an axis from 0 that holds ``value``, and its ticks at round numbers."""
    if value <= 0:
        return 1.0, [0.0, 1.0]
    rough = value / steps
    power = 10 ** _floor_log10(rough)
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= rough * 0.999)
    ticks = [round(step * i, 10) for i in range(int(value / step + 0.999) + 1)]
    return ticks[-1], ticks


def _floor_log10(value: float) -> int:
    from math import floor, log10

    return floor(log10(value))


def some(count: int, most: int) -> list[int]:
    """Return which of ``count`` places get a tick, the last one always, at most about ``most``."""
    every = max(1, -(-count // most))
    return [i for i in range(count) if (count - 1 - i) % every == 0]


def wrapped(text: str, characters: int) -> list[str]:
    """Return a name in lines of at most about so many characters, at most two."""
    if len(text) <= characters:
        return [text]
    words, first = text.split(), ""
    while words and len(f"{first} {words[0]}") <= characters + 1:
        first = f"{first} {words.pop(0)}".strip()
    rest = " ".join(words)
    if not first:
        return [rest[: characters - 1] + "…"]
    return [first, rest if len(rest) <= characters else rest[: characters - 1] + "…"] if rest else [first]
