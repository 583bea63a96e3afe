"""Columns: where the white between them runs, and the regions of a page in reading order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

GUTTER = 7.0
"""Points of white between two columns, at least."""
COLUMN_LINES, COLUMN_LETTERS = 3, 10
"""Less than this many lines, or letters a line, on either side of a gutter is a table, not a column."""
MOST_RUNS = 3000
"""A page with more pieces than this is a plan or a map; it has no columns."""
CANDIDATES = 30
"""Places at which most runs begin that are tried as a column's left edge: a plan has thousands of words anywhere."""


@dataclass(frozen=True, slots=True)
class Run:
    """Characters that follow one another on a page, with their box.

    ``turned`` is the angle they are read at, ``points`` the size of their type, 0 where that is unknown.
    """

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    turned: int = 0
    points: float = 0.0

    @property
    def size(self) -> float:
        """Return the size of the type, or the height of the box where that is unknown."""
        return self.points or self.y1 - self.y0

    @property
    def middle(self) -> float:
        """Return where the middle of the line lies."""
        return (self.y0 + self.y1) / 2


@dataclass(frozen=True, slots=True)
class _Split:
    """A gutter left of ``x``, in the band of a page from ``top`` to ``bottom``."""

    x: float
    top: float
    bottom: float
    score: int


def gutters(runs: Sequence[Run]) -> list[float]:
    """Return where the right-hand columns of a page begin."""
    found = _best_split(runs, frozenset())
    return [found.x, *(x for region in _divided(runs, found) for x in gutters(region))] if found else []


def regions(runs: Sequence[Run], known: frozenset[int]) -> list[Sequence[Run]]:
    """Return a page's runs as regions in reading order: above, left, right, below, each divided again.

    A column that begins where columns begin elsewhere (``known``) may be of one line: the last of a story is short.
    """
    found = _best_split(runs, known)
    if not found:
        return [runs] if runs else []
    return [leaf for region in _divided(runs, found) for leaf in regions(region, known)]


def _divided(runs: Sequence[Run], at: _Split) -> list[list[Run]]:
    above = [r for r in runs if r.middle < at.top]
    below = [r for r in runs if r.middle > at.bottom]
    band = [r for r in runs if at.top <= r.middle <= at.bottom]
    left, right = [r for r in band if r.x0 < at.x - 2], [r for r in band if r.x0 >= at.x - 2]
    return [region for region in (above, left, right, below) if region]


def _best_split(runs: Sequence[Run], known: frozenset[int]) -> _Split | None:
    if len(runs) > MOST_RUNS:
        return None
    starts = Counter(round(r.x0) for r in runs)
    used = {x for x in starts if any(abs(x - g) <= 3 for g in known)}
    weight = Counter({x: starts[x - 1] + starts[x] + starts[x + 1] for x in starts})
    often = {x for x, n in weight.most_common(CANDIDATES) if n >= COLUMN_LINES}
    first = min(starts, default=0)
    found = [s for x in sorted(often | used) if x > first + GUTTER for s in _splits(runs, x, lenient=x in used)]
    return max(found, key=lambda s: (s.score, -s.x), default=None)


def _splits(runs: Sequence[Run], x: float, *, lenient: bool) -> Iterator[_Split]:
    """Yield the bands between full-width lines in which ``x`` begins a column."""
    across = sorted((r for r in runs if r.x0 < x - 2 and r.x1 > x - GUTTER), key=lambda r: r.y0)
    bottoms = [*(r.middle for r in across), float("inf")]
    apart = sorted((r for r in runs if r.x1 <= x - GUTTER or r.x0 >= x - 2), key=lambda r: r.middle)
    at = 0
    for bottom in bottoms:
        band = []
        while at < len(apart) and apart[at].middle <= bottom:
            band.append(apart[at])
            at += 1
        left, right = [r for r in band if r.x0 < x - 2], [r for r in band if r.x0 >= x - 2]
        enough = len(left) >= COLUMN_LINES and (lenient or len(right) >= COLUMN_LINES)
        if right and enough and _is_column(left) and (_is_column(right) or lenient) and _beside(left, right):
            middles = [r.middle for r in band]
            score = min(sum(len(r.text) for r in side) for side in (left, right))
            yield _Split(x, min(middles), max(middles), score)


def _is_column(runs: Sequence[Run]) -> bool:
    """Return whether runs look like lines of prose under one another."""
    rows: dict[int, list[Run]] = {}
    for run in runs:
        near = next((k for k in (round(run.middle), round(run.middle) - 1, round(run.middle) + 1) if k in rows), None)
        rows.setdefault(round(run.middle) if near is None else near, []).append(run)
    if len(rows) < COLUMN_LINES:
        return False
    letters = [sum(c.isalpha() for r in row for c in r.text) for row in rows.values()]
    widths = [max(r.x1 for r in row) - min(r.x0 for r in row) for row in rows.values()]
    return median(letters) >= COLUMN_LETTERS and median(widths) >= 0.55 * max(widths)


def _beside(left: Sequence[Run], right: Sequence[Run]) -> bool:
    top, bottom = max(min(r.y0 for r in s) for s in (left, right)), min(max(r.y1 for r in s) for s in (left, right))
    shorter = min(max(r.y1 for r in s) - min(r.y0 for r in s) for s in (left, right))
    return bottom - top >= 0.4 * shorter
