"""What a week should be like: how far it may lie from the last weeks because of a trend, or of the time of year.

Both are held towards nothing: a slope, or what the same weeks of earlier years did, counts only as far as it stands
out of its own error (positive-part shrinkage, James and Stein 1961), and what is left unsure widens the range. So a
town with a short history is judged by its last weeks alone.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
YEAR = 52
"""Weeks after which a week is like itself; what the 53rd week of some years shifts is less than ``BESIDE``."""
BESIDE = 2
"""Weeks on either side that count as the same time of year."""
LONGEST, SHORTEST = 14, 10
"""Weeks that a slope is taken from: at most (more, and a turn of the year passes for a slope), and at least."""
DOUBT = 1.0
"""A slope, or a season, of fewer standard errors than this counts for nothing."""


def offset(means: Floats, sizes: Floats, at: Ints, one: Floats, *, base: Ints, recent: Ints) -> tuple[Floats, Floats]:
    """Return how far recent weeks should lie from the base weeks, and the variance of that; each of shape (labels,).

    ``means`` (weeks, labels) are all usable weeks before the recent ones, ``sizes`` how many stories each has, ``at``
    which week of the calendar each is. ``one`` is the variance of one story, shape (labels,). ``base`` and ``recent``
    are weeks of the calendar.
    """
    slope, doubt = trend(means[-LONGEST:], sizes[-LONGEST:], at[-LONGEST:], one)
    apart = float(recent.mean() - base.mean())
    turn, unsure = season(means, sizes, at, one, base=base, recent=recent)
    return slope * apart + turn, doubt * apart**2 + unsure


def trend(means: Floats, sizes: Floats, at: Ints, one: Floats) -> tuple[Floats, Floats]:
    """Return each label's change a week, and its variance: a straight line, weeks weighing as they are large."""
    nothing = np.zeros(means.shape[1])
    if len(at) < SHORTEST:
        return nothing, nothing
    weight = sizes / sizes.sum()
    x = at - weight @ at
    spread = float(weight @ x**2)
    centred = means - weight @ means
    slope = (weight * x) @ centred / spread
    left = centred - np.outer(x, slope)
    noise = np.maximum(sizes @ left**2 / (len(at) - 2), one)
    return _held(slope, noise / (sizes.sum() * spread))


def season(means: Floats, sizes: Floats, at: Ints, one: Floats, *, base: Ints, recent: Ints) -> tuple[Floats, Floats]:
    """Return how far the same recent weeks of earlier years lay from the weeks before them, and its variance."""
    gaps, variances = [], []
    for back in range(YEAR, int(recent.max() - at.min()) + YEAR + 1 if len(at) else 0, YEAR):
        then = np.flatnonzero((at >= recent.min() - back - BESIDE) & (at <= recent.max() - back + BESIDE))
        before = np.setdiff1d(np.flatnonzero(np.isin(at, base - back)), then)
        if not len(then) or 2 * len(before) < len(base):
            continue
        (m1, n1, b1), (m0, n0, b0) = (_level(means[i], sizes[i], one) for i in (then, before))
        gaps.append(m1 - m0)
        variances.append(one * (1 / n1 + 1 / n0) + b1 + b0)
    if not gaps:
        return np.zeros(means.shape[1]), np.zeros(means.shape[1])
    weights = 1 / np.stack(variances)
    return _held((np.stack(gaps) * weights).sum(axis=0) / weights.sum(axis=0), 1 / weights.sum(axis=0))


def _level(means: Floats, sizes: Floats, one: Floats) -> tuple[Floats, float, Floats]:
    """Return the mean of some weeks, how many stories they have, and the variance that their restlessness adds."""
    total = float(sizes.sum())
    mean = sizes @ means / total
    if len(sizes) < 2:
        return mean, total, np.zeros(means.shape[1])
    beyond = sizes @ (means - mean) ** 2 / (len(sizes) - 1) - one
    return mean, total, np.maximum(beyond, 0.0) / total


def _held(value: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """Return a value held towards nothing, and its variance: its own, and that of whether there is anything."""
    ratio = value**2 / np.maximum(variance, 1e-300)
    kept = np.maximum(0.0, 1.0 - DOUBT**2 / np.maximum(ratio, 1e-12))
    return kept * value, kept * variance + kept * (1 - kept) * value**2
