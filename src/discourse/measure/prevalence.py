"""How common is it really? Estimators of a share from imperfect probabilities, and the variance each is left with.

The variance always holds both errors: that of having seen these stories and not others, and that of the model.

probabilistic count   mean of calibrated probabilities (Bella et al. 2010): used where nobody has checked
em                    the prior under which a period's probabilities fit best (Saerens, Latinne and Decaestecker 2002),
                      held towards the share of the whole checked sample: used where other periods were checked
adjusted count        counted decisions put through a measured confusion matrix (Gart and Buck 1966, Forman 2008):
                      instead of em where a model says yes or no and nothing between
prediction-powered    probabilities for all, corrected by what people found in a random sample with known chances
                      (Särndal, Swensson and Wretman 1992; Angelopoulos et al. 2023): right on average whatever the
                      model does
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from discourse.measure.intervals import effective_size
from discourse.measure.recalibrate import EDGE

Floats = NDArray[np.float64]
ROOM = 1.4
"""A 95 % interval of 1.4 times the variance holds 98.0 % of what it is about."""
FLOOR = 0.1
"""A checked sample is never taken to be worth more than this many (1 / FLOOR) times its size."""


@dataclass(frozen=True)
class Estimate:
    """A share, its variance about the stories published and the further variance of which were, its largest size.

    ``error`` is how far the estimate is from the share among the units seen; ``seen`` is by how much that share itself
    might have been another, had chance brought other stories. ``level`` where the error is much the same whatever the
    share, as that of rates measured elsewhere, and does not vanish as the share does.
    """

    share: float
    error: float
    seen: float = 0.0
    most: float = float("inf")
    level: bool = False

    def variance(self, deff: float = 1.0) -> float:
        """Return the variance of an interval that holds both kinds of truth and stays of use.

        A figure speaks of the stories that were published. Taking all of ``seen`` on top would make an interval for
        them that is never wrong and says nothing; it is taken up to the point where 98 in 100 hold.
        """
        return min(self.error + self.seen * deff, ROOM * self.error) if self.error > 0 else self.seen * deff

    def size(self, deff: float = 1.0) -> float:
        """Return the size of the random sample with this variance; a level error is taken where it fits into 0 to 1."""
        variance, share = self.variance(deff), self.share
        if self.level:
            room = min(0.5, 2 * variance**0.5)
            share = min(max(share, room), 1 - room)
        return float(effective_size(share, variance, self.most))


def weighted_mean(values: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Return means over rows and their variances as sums of yes-or-no answers: shape (labels,) each."""
    total = weight.sum()
    share = weight @ values / total
    kish = total**2 / (weight**2).sum()
    return share, share * (1 - share) / kish


def prediction_powered(
    p: Floats, weight: Floats, truth: Floats, chance: Floats, *, about: Floats | None = None
) -> Estimate:
    """Return the share of units with a label, corrected by a random sample that people read.

    ``p`` and ``weight`` are of all units; ``truth`` is NaN where nobody looked, elsewhere 0 to 1 with ``chance`` the
    known probability of having been looked at. With ``about``, 1 where people found the unit to be about migration,
    units that are not drop out of the denominator: a ratio of two corrected totals, its variance by linearisation.
    """
    read = ~np.isnan(truth)
    n = int(read.sum())
    scale = weight.sum() / len(weight)
    inverse = weight[read] / scale / chance[read]
    inverse = inverse / inverse.sum()
    inside = np.ones(n) if about is None else np.where(np.isnan(about[read]), 1.0, about[read])
    residual = truth[read] * inside - p[read]
    mean = float(weight @ p / weight.sum())
    base = float(max(inverse @ inside, 1.0 / (n + 1)))
    share = float(np.clip((mean + inverse @ residual) / base, 0.0, 1.0))
    error = residual - share * (inside - 1.0)
    squares = (error - inverse @ error) ** 2 * n / max(1, n - 1)
    rough = (float((inverse * inside) @ truth[read]) / base * n + 0.5) / (n + 1)
    size, unread = 1.0 / float((inverse**2).sum()), 1.0 - chance[read]
    least = FLOOR * rough * (1 - rough) / size * float(np.mean(unread))
    drawn = max(float((inverse**2 * unread) @ squares), least)
    kish = weight.sum() ** 2 / (weight**2).sum()
    seen = (float(np.var(p)) + float(inverse @ squares)) / kish
    return Estimate(share, drawn / base**2, seen / base**2, size / FLOOR)


def em(p: Floats, weight: Floats, prior: float, *, strength: float = 5.0, rounds: int = 100) -> Estimate:
    """Return the share under which probabilities calibrated to ``prior`` fit these units best, and its variance.

    ``strength`` is how many units the prior is worth: small periods stay near it. The variance is the inverse of the
    observed information (Titterington, Smith and Makov 1985); what complete readings would leave of it is due to
    which stories were published.
    """
    prior = float(np.clip(prior, EDGE, 1 - EDGE))
    size, share = weight.sum() ** 2 / (weight**2).sum(), prior
    kept, scaled = _binned(np.clip(p, EDGE, 1 - EDGE), weight * size / weight.sum())
    yes, no = kept / prior, (1 - kept) / (1 - prior)
    for _ in range(rounds):
        hit = share * yes
        new = float((scaled @ (hit / (hit + (1 - share) * no)) + strength * prior) / (size + strength))
        if abs(new - share) < 1e-7:
            break
        share = new
    score = (yes - no) / (share * yes + (1 - share) * no)
    information = float(scaled @ score**2)
    held = information + strength * (prior / share**2 + (1 - prior) / (1 - share) ** 2)
    variance = max(information, 1e-9) / held**2
    published = share * (1 - share) / size
    return Estimate(share, max(variance - published, 0.1 * variance), min(published, 0.9 * variance))


@dataclass(frozen=True)
class Confusion:
    """How often a decision is yes where people said yes, and where they said no; each with its variance."""

    hit: float
    alarm: float
    hit_variance: float
    alarm_variance: float


def confusion(decided: Floats, truth: Floats, weight: Floats) -> Confusion | None:
    """Return the confusion matrix of a checked sample, rows weighted by their inverse chances.

    ``None`` where decisions do not tell the two apart: the hit rate is not above the rate of false alarms by twice its
    error. A rate of 0 or 1 gets the variance of one that is half a story away.
    """
    rates = []
    for mass in (weight * truth, weight * (1 - truth)):
        size = float(mass.sum() ** 2 / max(float((mass**2).sum()), 1e-12))
        if size < 1:
            return None
        rate = float(mass @ decided / mass.sum())
        rough = (rate * size + 0.5) / (size + 1)
        rates.append((rate, rough * (1 - rough) / size))
    (hit, hit_variance), (alarm, alarm_variance) = rates
    if hit - alarm <= 2 * (hit_variance + alarm_variance) ** 0.5:
        return None
    return Confusion(hit, alarm, hit_variance, alarm_variance)


def adjusted_count(decided: Floats, weight: Floats, known: Confusion) -> Estimate:
    """Return the share of which a classifier with these rates would have said yes as often as it did.

    Variance by linearisation: that of the two rates and of the decisions given the truth, and of what was published.
    """
    gap, counted = known.hit - known.alarm, float(weight @ decided / weight.sum())
    share = float(np.clip((counted - known.alarm) / gap, 0.0, 1.0))
    size = float(weight.sum() ** 2 / (weight**2).sum())
    rates = share**2 * known.hit_variance + (1 - share) ** 2 * known.alarm_variance
    said = share * known.hit * (1 - known.hit) + (1 - share) * known.alarm * (1 - known.alarm)
    return Estimate(share, (rates + said / size) / gap**2, share * (1 - share) / size, size, level=True)


def _binned(p: Floats, weight: Floats, *, bins: int = 1000) -> tuple[Floats, Floats]:
    """Return the same distribution on at most ``bins`` values, for periods with more units than that."""
    if len(p) <= bins:
        return p, weight
    at = np.minimum((p * bins).astype(np.int64), bins - 1)
    mass = np.bincount(at, weight, bins)
    filled = mass > 0
    return np.bincount(at, weight * p, bins)[filled] / mass[filled], np.asarray(mass[filled], float)
