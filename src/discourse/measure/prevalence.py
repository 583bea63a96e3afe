"""How common is it really? Estimators of a share from imperfect probabilities, and the variance each is left with.

The variance always holds both errors: that of having seen these stories and not others, and that of the model.

probabilistic count   mean of calibrated probabilities (Bella et al. 2010): used where nobody has checked
em                    the prior under which a period's probabilities fit best (Saerens, Latinne and Decaestecker 2002),
                      held towards the share of the whole checked sample: used where other periods were checked
adjusted count        counted decisions put through a measured confusion matrix (Forman 2008)
prediction-powered    probabilities for all, corrected by what people found in a random sample with known chances
                      (Särndal, Swensson and Wretman 1992; Angelopoulos et al. 2023): right on average whatever the
                      model does
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from discourse.measure.recalibrate import EDGE

Floats = NDArray[np.float64]
FLOOR = 0.1
"""A checked sample is never taken to be worth more than this many (1 / FLOOR) times its size."""


@dataclass(frozen=True)
class Estimate:
    """A share, its variance, and the largest effective size it may be given."""

    share: float
    variance: float
    most: float = float("inf")


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
    spread = float((inverse**2) @ (error - inverse @ error) ** 2) * n / max(1, n - 1)
    kish = weight.sum() ** 2 / (weight**2).sum()
    seen = float(np.var(p)) / kish
    rough = (float((inverse * inside) @ truth[read]) / base * n + 0.5) / (n + 1)
    size = 1.0 / float((inverse**2).sum())
    least = FLOOR * rough * (1 - rough) / size
    return Estimate(share, max(spread + seen, least) / base**2, size / FLOOR)


def em(p: Floats, weight: Floats, prior: float, *, strength: float = 20.0, rounds: int = 100) -> Estimate:
    """Return the share under which probabilities calibrated to ``prior`` fit these units best, and its variance.

    ``strength`` is how many units the prior is worth: small periods stay near it. The variance is the inverse of the
    observed information (Titterington, Smith and Makov 1985).
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
    held = strength * (prior / share**2 + (1 - prior) / (1 - share) ** 2)
    information = float(scaled @ score**2)
    return Estimate(share, information / (information + held) ** 2 if information > 0 else 1 / held)


def _binned(p: Floats, weight: Floats, *, bins: int = 1000) -> tuple[Floats, Floats]:
    """Return the same distribution on at most ``bins`` values, for periods with more units than that."""
    if len(p) <= bins:
        return p, weight
    at = np.minimum((p * bins).astype(np.int64), bins - 1)
    mass = np.bincount(at, weight, bins)
    filled = mass > 0
    return np.bincount(at, weight * p, bins)[filled] / mass[filled], np.asarray(mass[filled], float)
