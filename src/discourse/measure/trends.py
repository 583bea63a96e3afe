"""The long view of a series: where its level changed, whether press and council differ, and who comes first.

All of it says "cannot tell" rather than guess: a change point counts only where shuffled weeks would hardly show one,
a lead only where its interval leaves out both zero and the other side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
DRAWS = 400
LEAST_WEEKS = 12


@dataclass(frozen=True, kw_only=True)
class Turn:
    """A week from which on a series runs at another level, and how likely shuffled weeks show as much."""

    at: int
    before: float
    after: float
    p_value: float


def turns(values: Floats, *, most: int = 3, level: float = 0.05, seed: int = 2026) -> list[Turn]:
    """Return the change points of a series of weekly values (NaN where a week is missing), strongest first found.

    Binary segmentation for a change of the mean proposes (Scott and Knott 1974); a split stands when its gain is
    among the largest ``level`` of the gains of the same weeks in random order.
    """
    chance = np.random.default_rng(seed)
    found: list[Turn] = []
    open_parts = [(0, len(values))]
    while open_parts and len(found) < most:
        start, stop = open_parts.pop(0)
        turn = _one(values[start:stop], start, level, chance)
        if turn is not None:
            found.append(turn)
            open_parts += [(start, turn.at), (turn.at, stop)]
    return sorted(found, key=lambda t: t.at)


def _one(values: Floats, start: int, level: float, chance: np.random.Generator) -> Turn | None:
    kept = np.flatnonzero(~np.isnan(values))
    if len(kept) < LEAST_WEEKS:
        return None
    series = values[kept]
    at, gain = _best(series)
    if at is None:
        return None
    shuffled = [_best(chance.permutation(series))[1] for _ in range(DRAWS)]
    p_value = (1 + sum(g >= gain for g in shuffled)) / (DRAWS + 1)
    if p_value > level:
        return None
    before, after = float(series[:at].mean()), float(series[at:].mean())
    return Turn(at=start + int(kept[at]), before=round(before, 4), after=round(after, 4), p_value=round(p_value, 4))


def _best(series: Floats, least: int = 3) -> tuple[int | None, float]:
    """Return the split that lowers the sum of squares most, and by what share of it."""
    n, total = len(series), float(((series - series.mean()) ** 2).sum())
    if total <= 0:
        return None, 0.0
    sizes = np.arange(least, n - least + 1)
    sums = np.cumsum(series)
    left, right = sums[sizes - 1] / sizes, (sums[-1] - sums[sizes - 1]) / (n - sizes)
    gains = sizes * (n - sizes) / n * (left - right) ** 2 / total
    best = int(gains.argmax())
    return int(sizes[best]), float(gains[best])


@dataclass(frozen=True, kw_only=True)
class Apart:
    """The mean difference of two series over the weeks both have, with a 95 % interval."""

    difference: float | None
    low: float | None
    high: float | None
    weeks: int

    @property
    def differ(self) -> bool | None:
        """Return whether they differ; ``None`` when nothing can be said."""
        if self.low is None or self.high is None:
            return None
        return self.low > 0 or self.high < 0


def apart(first: Floats, second: Floats, *, seed: int = 2026) -> Apart:
    """Return how much two weekly series (press and council, say) differ on average, by a bootstrap over blocks."""
    both = np.flatnonzero(~np.isnan(first) & ~np.isnan(second))
    if len(both) < LEAST_WEEKS:
        return Apart(difference=None, low=None, high=None, weeks=len(both))
    gap = first[both] - second[both]
    chance = np.random.default_rng(seed)
    drawn = [gap[_blocks(len(gap), chance)].mean() for _ in range(DRAWS)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Apart(
        difference=round(float(gap.mean()), 4), low=round(float(low), 4), high=round(float(high), 4), weeks=len(gap)
    )


def _blocks(n: int, chance: np.random.Generator, size: int = 4) -> NDArray[np.int64]:
    """Return row numbers drawn in blocks of consecutive weeks (Künsch 1989), ``n`` of them."""
    starts = chance.integers(0, max(1, n - size + 1), -(-n // size))
    return np.concatenate([np.arange(s, min(s + size, n)) for s in starts])[:n]


@dataclass(frozen=True, kw_only=True)
class Lead:
    """By how many weeks the first series runs before the second; ``weeks`` is ``None`` when nobody can tell."""

    weeks: int | None
    correlation: float | None
    low: int | None
    high: int | None


def lead(first: Floats, second: Floats, *, most: int = 6, seed: int = 2026) -> Lead:
    """Return the lag at which week-to-week changes agree best, if its bootstrap interval is on one side of nothing.

    Positive: the first series moves first. Differences are taken, so that two trends are not taken for a lead.
    """
    a, b = np.diff(first), np.diff(second)
    if (~np.isnan(a) & ~np.isnan(b)).sum() < LEAST_WEEKS + most:
        return Lead(weeks=None, correlation=None, low=None, high=None)
    lags = range(-most, most + 1)
    chance = np.random.default_rng(seed)
    pairs = {lag: _shifted(a, b, lag) for lag in lags}
    best = max(lags, key=lambda lag: _correlation(*pairs[lag]))
    found = []
    for _ in range(DRAWS // 2):
        drawn = {lag: (x[at], y[at]) for lag, (x, y) in pairs.items() for at in [_blocks(len(x), chance)]}
        found.append(max(lags, key=lambda lag: _correlation(*drawn[lag])))
    low, high = (int(x) for x in np.quantile(found, [0.025, 0.975], method="nearest"))
    strong = _correlation(*pairs[best])
    sure = high - low <= 2 and strong > 2 / np.sqrt(len(pairs[best][0]))
    return Lead(weeks=best if sure else None, correlation=round(strong, 3), low=low, high=high)


def _shifted(a: Floats, b: Floats, lag: int) -> tuple[Floats, Floats]:
    """Return the two series over the weeks they share when the second is moved back by ``lag``."""
    x, y = (a[: len(a) - lag], b[lag:]) if lag >= 0 else (a[-lag:], b[: len(b) + lag])
    both = ~np.isnan(x) & ~np.isnan(y)
    return x[both], y[both]


def _correlation(x: Sequence[float] | Floats, y: Sequence[float] | Floats) -> float:
    if np.std(x) == 0 or np.std(y) == 0:
        return -1.0
    return float(np.corrcoef(x, y)[0, 1])
