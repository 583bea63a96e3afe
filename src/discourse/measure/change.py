"""Is this week different? Recent weeks against the weeks before them, so that false alarms stay as rare as promised.

Three windows are tried, the week itself, the last two and the last four weeks, each against the baseline weeks before
it: one week's jump and a shift that stays are both found. The tests are joined into one p-value (the Cauchy
combination of Liu and Xie 2020) and the p-values of a report into one decision (Benjamini and Hochberg 1995, with the
weights of Genovese, Roeder and Wasserman 2006).

Against what: the mean of the baseline weeks, moved by the trend and the time of year where the history shows them
(``expected``).

Tails are those of the stories themselves: a saddlepoint approximation (Lugannani and Rice 1980) under the pooled
distribution, right for rare labels where a normal one cries wolf. Weeks that differ from each other by more than
chance widen every test, by a factor that all labels of a group help to estimate (Smyth 2004).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special  # scipy.stats takes a second to import

from discourse.measure import expected
from discourse.measure.intervals import wilson

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
WINDOWS = (1, 2, 4)
MIN_BASELINE = 4
"""With fewer usable past weeks than this, no week is compared."""
MIN_POSITIVES = 4.0
"""A label expected in fewer stories than this, then and now together, is too rare to be judged."""
PRIOR_FREEDOM, MOST_FREEDOM = 8.0, 40.0
"""How many weeks it is worth to know that weeks are usually spread as chance has it; the most that labels can say."""
RESTLESS = 1.0
"""Labels whose spread is rarer than this under that of all labels count less on the others, the rarer the less."""
ATTENTION_SPREAD, ATTENTION_FREEDOM = 0.15, 4.0
"""Attention is expected to vary by this much from week to week beyond chance; how many weeks that is worth."""
MOST_EXACT = 4000
"""Above this many stories the normal tail is as good as the saddlepoint one."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Of every label: p-value, direction (1, -1, 0), usual share and its range for this week, baseline weeks used."""

    p: Floats
    sign: NDArray[np.int8]
    usual: Floats
    low: Floats
    high: Floats
    weeks: Ints
    tested: NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class _Window:
    p: Floats
    sign: NDArray[np.int8]
    side: NDArray[np.int8]
    """On which side of the plain mean of the weeks before, whatever a trend would have made of it."""
    usual: Floats
    variance: Floats
    weeks: int
    enough: NDArray[np.bool_]


def shares(
    weeks: list[Floats], *, baseline: int, min_n: int, level: float, at: Sequence[int] | None = None
) -> Verdict | None:
    """Return the verdict on the last of some weeks, each of shape (stories, labels); ``None`` without a baseline.

    A window with fewer than ``min_n`` stories is not tested. ``at`` says which week of the calendar each is, counted
    from any; without it they follow one another.
    """
    known = [(w, i) for w, i in zip(weeks[:-1], at or range(len(weeks)), strict=False) if len(w)]
    usable, when = [w for w, _ in known], np.array([*(i for _, i in known), (at or range(len(weeks)))[-1]], np.int64)
    last = weeks[-1]
    if len(usable) < MIN_BASELINE or not len(last):
        return None
    history = _History(
        means=np.stack([w.mean(axis=0) for w in usable]), sizes=np.array([len(w) for w in usable], float), at=when[:-1]
    )
    tried = []
    for k in WINDOWS:
        n = len(usable) - k + 1
        base, recent = usable[:n][-baseline:], [*usable, last][-k:]
        if len(base) >= MIN_BASELINE:
            tried.append(
                _share_window(base, recent, min_n, history.before(n), when[max(0, n - baseline) : n], when[n:])
            )
    return _joined(tried, last.mean(axis=0), level)


@dataclass(frozen=True, kw_only=True)
class _History:
    """All usable past weeks: means of shape (weeks, labels), how many stories each has, and when it was."""

    means: Floats
    sizes: Floats
    at: Ints

    def before(self, n: int) -> _History:
        return _History(means=self.means[:n], sizes=self.sizes[:n], at=self.at[:n])

    def offset(self, one: Floats, base: Ints, recent: Ints) -> tuple[Floats, Floats]:
        return expected.offset(self.means, self.sizes, self.at, one, base=base, recent=recent)


def _share_window(
    base: list[Floats], recent: list[Floats], min_n: int, history: _History, then: Ints, now: Ints
) -> _Window:
    before, after = np.concatenate(base), np.concatenate(recent)
    pooled = np.concatenate([before, after])
    n0, n1 = len(before), len(after)
    sizes = np.array([len(w) for w in base], float)
    means = np.stack([w.mean(axis=0) for w in base])
    usual = before.mean(axis=0)
    variance = _spread(pooled)
    # Round the plain mean: what a slope adds to the spread keeps its turning points from being called changes.
    excess = sizes @ (means - usual) ** 2 / variance
    phi, freedom = moderated(excess, len(base) - 1, variance * len(before) > 2.0)
    between = (phi - 1) * variance / (len(base) / (1 / sizes).sum())
    within = variance * (1 / n1 + 1 / n0)
    moved, unsure = history.offset(variance, then, now)
    side = np.sign(after.mean(axis=0) - usual).astype(np.int8)
    usual, scale = _moved(usual, moved)
    unsure = unsure * scale**2
    widening = 1 + (between * (1 / len(recent) + 1 / len(base)) + unsure) / within
    gap = after.mean(axis=0) - usual
    z = _signed_root(pooled, gap, n1, n0) / np.sqrt(widening)
    shown = (variance * (1 / len(recent[-1]) + 1 / n0) + between * (1 + 1 / len(base))) * scale + unsure
    return _Window(
        p=_two_sided(z, freedom), sign=np.sign(gap).astype(np.int8), side=side, usual=usual, variance=shown,
        weeks=len(base),
        enough=(n1 >= min_n) & (pooled.sum(axis=0) >= MIN_POSITIVES),
    )  # fmt: skip


def _moved(usual: Floats, by: Floats) -> tuple[Floats, Floats]:
    """Return shares moved by so much, and how much wider or narrower what is around them grows by it.

    They move on the logistic scale: a slope that goes on never leads below nothing.
    """
    inside = np.clip(usual, 1e-3, 1 - 1e-3)
    spread = inside * (1 - inside)
    there = special.expit(special.logit(inside) + by / spread)
    scale = np.where(by == 0, 1.0, there * (1 - there) / spread)
    return np.asarray(np.where(by == 0, usual, there), float), np.asarray(scale, float)


def _spread(pooled: Floats) -> Floats:
    """Return the variance of one story's value, never below that of one half story more."""
    mean = pooled.mean(axis=0)
    rough = 0.5 / (len(pooled) + 1)
    return np.asarray(np.maximum(pooled.var(axis=0, ddof=1), np.minimum(mean, rough) * rough + 1e-9), float)


def moderated(excess: Floats, freedom: int, counts: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return how much wider than chance weeks are spread, at least 1, and the degrees of freedom behind it.

    Each label's own spread is held towards that of all labels, the more so the less labels differ (empirical Bayes,
    Smyth 2004). ``excess`` are sums of squares over ``freedom``, 1 each by chance; ``counts`` marks labels that are
    common enough to learn from. A label that is restless beyond what the others explain is judged by its own weeks
    (Phipson et al. 2016).
    """
    if counts.sum() < 8 or freedom < 2:
        widened = np.maximum(1.0, (PRIOR_FREEDOM + excess) / (PRIOR_FREEDOM + freedom))
        return np.asarray(widened, float), np.full(len(excess), PRIOR_FREEDOM + freedom)
    own = np.maximum(excess[counts] / freedom, 1e-3)
    logs = np.log(own) - special.digamma(freedom / 2) + np.log(freedom / 2)
    prior = _prior_freedom(float(logs.var(ddof=1) - special.polygamma(1, freedom / 2)))
    common = float(np.exp(logs.mean() + special.digamma(prior / 2) - np.log(prior / 2)))
    common = max(1.0, common, 0.9 * float(own.mean()))
    rare = special.fdtrc(freedom, prior, excess / freedom / common)
    worth = prior * np.minimum(1.0, rare / RESTLESS) ** 2
    widened = np.maximum(1.0, (worth * common + excess) / (worth + freedom))
    return np.asarray(widened, float), np.asarray(worth + freedom, float)


def _prior_freedom(variance: float) -> float:
    """Return the degrees of freedom whose trigamma is the variance of labels' log spread, within sensible limits."""
    grid = np.geomspace(PRIOR_FREEDOM / 2, MOST_FREEDOM, 200)
    return float(grid[np.abs(special.polygamma(1, grid / 2) - max(variance, 0.0)).argmin()])


def _signed_root(pooled: Floats, gap: Floats, n1: int, n0: int) -> Floats:
    """Return the difference of two means as a standard normal value, by the saddlepoint of the pooled stories."""
    normal = gap / np.sqrt(_spread(pooled) * (1 / n1 + 1 / n0))
    if len(pooled) > MOST_EXACT:
        return np.asarray(normal, float)
    x = pooled - pooled.mean(axis=0)
    reach = np.maximum(np.abs(x).max(axis=0), 1e-12)
    x, scaled = x / reach, gap / reach
    t = _saddle(x, scaled, n1, n0)
    value, _, curve = _cumulant(x, t, n1, n0)
    root = np.sign(t) * np.sqrt(np.maximum(2 * (t * scaled - value), 0))
    lever = t * np.sqrt(curve)
    near = (np.abs(root) < 0.05) | ~np.isfinite(root) | (np.abs(lever) < 1e-6) | (root * lever <= 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        better = root + np.log(lever / root) / root
    better = np.where(np.sign(better) == np.sign(root), better, 0.0)
    return np.asarray(np.where(near, normal, better), float)


def _cumulant(x: Floats, t: Floats, n1: int, n0: int) -> tuple[Floats, Floats, Floats]:
    """Return the cumulant function of the difference and its first two derivatives, each of shape (labels,)."""
    value, first, second = np.zeros(len(t)), np.zeros(len(t)), np.zeros(len(t))
    for n, side in ((n1, 1.0), (n0, -1.0)):
        exponent = x * (side * t / n)
        top = exponent.max(axis=0)
        weight = np.exp(exponent - top)
        total = weight.sum(axis=0)
        mean = (weight * x).sum(axis=0) / total
        value += n * (np.log(total / len(x)) + top)
        first += side * mean
        second += ((weight * x**2).sum(axis=0) / total - mean**2) / n
    return value, first, np.maximum(second, 1e-12)


def _saddle(x: Floats, gap: Floats, n1: int, n0: int) -> Floats:
    """Return where the cumulant function's slope is the gap, by guarded Newton steps."""
    reach = 40.0 * min(n1, n0)
    low, high = np.full(len(gap), -reach), np.full(len(gap), reach)
    t = np.zeros(len(gap))
    for _ in range(40):
        _, slope, curve = _cumulant(x, t, n1, n0)
        low, high = np.where(slope < gap, t, low), np.where(slope < gap, high, t)
        step = t + (gap - slope) / curve
        new = np.where((step > low) & (step < high), step, (low + high) / 2)
        if float(np.abs(new - t).max(initial=0.0)) < 1e-6 * reach:
            return np.asarray(new, float)
        t = new
    return t


def counts(weeks: Floats, *, baseline: int, level: float, at: Sequence[int] | None = None) -> Verdict | None:
    """Return the verdict on the last of some weekly counts, as a label of one; ``None`` without a baseline.

    Trend and season are taken from the logarithms of the counts. ``at`` as in ``shares``.
    """
    usable, last = weeks[:-1], float(weeks[-1])
    if len(usable) < MIN_BASELINE:
        return None
    when = np.array(at or range(len(weeks)), np.int64)
    logs = np.log(usable + 0.5)[:, None]
    tried = []
    for k in WINDOWS:
        n = len(usable) - k + 1
        base, recent = usable[:n][-baseline:], np.append(usable, last)[-k:]
        if len(base) >= MIN_BASELINE:
            one = np.array([1 / max(float(base.mean()), 0.5) + ATTENTION_SPREAD**2])
            history = _History(means=logs[:n], sizes=np.ones(n), at=when[:n])
            moved, unsure = history.offset(one, when[max(0, n - baseline) : n], when[n:])
            tried.append(_count_window(base, recent, float(np.exp(moved[0])), float(unsure[0])))
    best = _joined(tried, np.array([last]), level)
    return _count_range(best, tried, last, level) if best else None


def _count_window(base: Floats, recent: Floats, times: float, unsure: float) -> _Window:
    """Return the test of recent counts against base counts that are expected to be ``times`` as high by now."""
    usual = float(base.mean())
    excess = float(((base - usual) ** 2).sum() / max(usual, 0.5))
    freedom = ATTENTION_FREEDOM + len(base) - 1
    phi = max(1.0, (ATTENTION_FREEDOM * (1 + ATTENTION_SPREAD**2 * usual) + excess) / freedom)
    usual = usual * times
    phi += unsure * max(usual, 0.5)
    total, inside = base.sum() + recent.sum(), recent.sum()
    chance = len(recent) * times / (len(recent) * times + len(base))
    more = special.bdtrc(inside, total, chance)
    above = float(more + special.bdtrc(inside - 1, total, chance) if inside else more + 1) / 2
    z = -float(special.ndtri(np.clip(above, 1e-15, 1 - 1e-15))) / np.sqrt(phi)
    return _Window(
        p=np.array([_two_sided(z, freedom)]), sign=np.array([np.sign(z)], np.int8),
        side=np.array([np.sign(recent.mean() - base.mean())], np.int8), usual=np.array([usual]),
        variance=np.array([phi * max(usual, 0.5) * (1 + 1 / len(base))]), weeks=len(base),
        enough=np.ones(1, bool),
    )  # fmt: skip


def _count_range(best: Verdict, tried: list[_Window], last: float, level: float) -> Verdict:
    """Return the verdict with the range of counts expected: a gamma-Poisson one, skewed as counts are."""
    chosen = next(w for w in tried if w.weeks == best.weeks[0] and w.usual[0] == best.usual[0])
    usual, variance = max(float(chosen.usual[0]), 0.25), float(chosen.variance[0])
    shape = usual**2 / variance
    tail = (1 - level) / 2
    low, high = special.gammaincinv(shape, [tail, 1 - tail]) * variance / usual
    return Verdict(
        p=best.p, sign=best.sign, usual=best.usual, low=np.array([low]), high=np.array([high]), weeks=best.weeks,
        tested=best.tested,
    )  # fmt: skip


def _joined(tried: list[_Window], value: Floats, level: float) -> Verdict | None:
    """Return one verdict from the windows: a longer one counts only where the week itself lies on the same side."""
    if not tried:
        return None
    first = tried[0]
    longer = [(w.sign == first.side) & (np.sign(value - w.usual) == w.sign) for w in tried[1:]]
    agrees = [np.ones(len(first.p), bool), *longer]
    p = np.stack([np.where(good & w.enough, w.p, 1.0) for good, w in zip(agrees, tried, strict=True)])
    best, pick = p.argmin(axis=0), np.arange(p.shape[1])
    tested = np.stack([w.enough for w in tried])
    usual = np.stack([w.usual for w in tried])[best, pick]
    spread = np.stack([w.variance for w in tried])[best, pick]
    inside = np.clip(usual, 1e-6, 1 - 1e-6)
    low, high = wilson(inside, inside * (1 - inside) / np.maximum(spread, 1e-12), level)
    return Verdict(
        p=combined(p, tested),
        sign=np.stack([w.sign for w in tried])[best, pick],
        usual=usual,
        low=low,
        high=high,
        weeks=np.array([w.weeks for w in tried])[best],
        tested=np.asarray(tested.any(axis=0)),
    )


def _two_sided(z: Any, freedom: Any) -> Any:
    """Return the two-sided p-value of Student's t."""
    return 2 * special.stdtr(freedom, -np.abs(z))


def combined(p: Floats, tested: NDArray[np.bool_]) -> Floats:
    """Return one p-value for each column from several tests of the same thing (Cauchy combination).

    A p-value above .5 speaks neither for nor against: one that is near 1 would outweigh all the others.
    """
    kept = np.where(tested, np.tan((0.5 - np.clip(p, 1e-15, 0.5)) * np.pi), 0.0)
    return np.asarray(np.arctan2(1.0, kept.sum(axis=0) / np.maximum(tested.sum(axis=0), 1)) / np.pi, float)


def controlled(p: Floats, weight: Floats) -> Floats:
    """Return p-values adjusted for their number (Benjamini and Hochberg 1995), less where ``weight`` is high."""
    if not len(p):
        return p
    weighed = p / (weight / weight.mean())
    order = np.argsort(weighed, kind="stable")
    ranked = weighed[order] * len(p) / np.arange(1, len(p) + 1)
    out = np.empty(len(p))
    out[order] = np.minimum(1.0, np.minimum.accumulate(ranked[::-1])[::-1])
    return out
