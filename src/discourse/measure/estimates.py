"""The shares of every week and label of one group, by the best method that its data allow, with effective sizes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from discourse.measure import prevalence
from discourse.measure.intervals import effective_size, wilson
from discourse.measure.recalibrate import logit, refit, sigmoid
from discourse.measure.stories import Floats, Units, averaged, names

MIN_CHECKED = 25
"""With fewer checked units than this, a period is corrected by the whole sample and not by its own."""
MIN_SAMPLE, MIN_POSITIVES = 50, 8
"""A checked sample smaller than this corrects nothing outside its own period."""
METHODS = ("probabilistic count", "probabilistic count, recalibrated", "em", "prediction-powered", "adjusted count")
COUNTED, RECALIBRATED, EM, POWERED, ADJUSTED = range(5)


@dataclass(frozen=True, kw_only=True)
class Correction:
    """What the whole checked sample says of one label: a refitted sigmoid and the label's share.

    ``covariance`` is that of slope, offset and share together, shape (3, 3): a sample with too many positives by chance
    raises the offset and the share alike, and the two nearly cancel where only other periods were checked.
    ``applied`` when it is in the probabilities of passages already. ``rates`` where a model says yes or no and nothing
    between: its sigmoid knows two points, how often a yes is right and how often a no is wrong.
    """

    beta: Floats
    covariance: Floats
    prior: float
    applied: bool = False
    rates: prevalence.Confusion | None = None


@dataclass(frozen=True, kw_only=True)
class Shares:
    """Estimates of shape (weeks, labels); ``n`` has shape (weeks,) and counts units, ``method`` indexes ``METHODS``."""

    n: NDArray[np.int64]
    share: Floats
    low: Floats
    high: Floats
    method: NDArray[np.int8]
    values: Floats
    corrections: dict[int, Correction] = field(default_factory=dict)


def corrections(units: Units) -> dict[int, Correction]:
    """Return, by label, the sigmoid refitted to everything people read with a known chance."""
    out: dict[int, Correction] = {}
    if units.truth is None or units.chance is None:
        return out
    for j in range(len(names()) - 1):
        found = correction(units.values[:, j], units.truth[:, j], units.chance)
        if found is not None:
            out[j] = found
    return out


def correction(p: NDArray[Any], truth: NDArray[Any], chance: Floats) -> Correction | None:
    """Return the sigmoid refitted to one label's checked rows; ``None`` where they are too few or all alike."""
    read = ~np.isnan(truth)
    said = truth[read].astype(float)
    if len(said) < MIN_SAMPLE or not MIN_POSITIVES <= said.sum() <= len(said) - MIN_POSITIVES:
        return None
    weight, scores = 1 / chance[read], p[read].astype(float)
    part = weight / weight.sum()
    prior = float(part @ said)
    decided = bool(np.isin(p, (0.0, 1.0)).all())
    rates = prevalence.confusion(scores, said, weight) if decided else None
    beta, moves = refit(scores, said, weight)
    if beta[0] <= 0 or (decided and rates is None):
        return None
    moves = np.column_stack([moves, part * (said - prior)])
    return Correction(beta=beta, covariance=moves.T @ moves, prior=prior, rates=rates)


def apply(units: Units, found: dict[int, Correction]) -> Floats:
    """Return probabilities, shape (units, labels), with the corrections in them; sentiments add up to 1 again."""
    values = units.values.astype(np.float64)
    for j, one in found.items():
        if one.applied or one.rates:
            continue
        values[:, j] = sigmoid(one.beta[0] * logit(values[:, j]) + one.beta[1])
    side = averaged()
    if any(side[j] for j in found):
        values[:, side] /= np.maximum(values[:, side].sum(axis=1, keepdims=True), 1e-9)
    return values


def estimate(units: Units, weeks: int, *, level: float, corrected: dict[int, Correction], deff: Floats) -> Shares:
    """Return the shares of every week; ``deff`` (weeks, labels) widens them for stories of one outlet being alike."""
    values = apply(units, corrected)
    edges = units.edges(weeks)
    n = np.diff(edges)
    share, size, method = np.full((weeks, values.shape[1]), np.nan), np.zeros((weeks, values.shape[1])), None
    method = np.zeros(share.shape, np.int8)
    method[:, list(corrected)] = RECALIBRATED
    for w in np.flatnonzero(n):
        part = slice(edges[w], edges[w + 1])
        share[w], variance = prevalence.weighted_mean(values[part], units.weight[part])
        for j, one in corrected.items():
            if one.applied:
                variance[j] += _own_error(values[part, j], units.weight[part], one)
        size[w] = effective_size(share[w], variance * deff[w], n[w])
        _checked(units, values, part, corrected, (share[w], size[w], method[w]), deff[w])
    low, high = wilson(np.nan_to_num(share), size, level)
    nothing = np.isnan(share)
    low[nothing], high[nothing] = np.nan, np.nan
    return Shares(n=n, share=share, low=low, high=high, method=method, values=values, corrections=corrected)


def _checked(
    units: Units,
    values: Floats,
    part: slice,
    corrected: dict[int, Correction],
    out: tuple[Floats, Floats, NDArray[np.int8]],
    deff: Floats,
) -> None:
    """Replace a week's estimates by better ones for the labels that people have checked."""
    if units.truth is None or units.chance is None:
        return
    share, size, method = out
    read = np.asarray(~np.isnan(units.truth[part][:, :-1])).any(axis=0)
    for j in sorted({*np.flatnonzero(read).tolist(), *corrected}):
        found = None
        truth = units.truth[part, j].astype(float)
        if (~np.isnan(truth)).sum() >= MIN_CHECKED:
            about = units.truth[part, -1].astype(float)
            found, kind = (
                prevalence.prediction_powered(
                    values[part, j], units.weight[part], truth, units.chance[part], about=about
                ),
                POWERED,
            )
        elif j in corrected and not corrected[j].applied:
            found, kind = _elsewhere(values[part, j], units.weight[part], corrected[j])
        if found is not None:
            share[j], method[j] = found.share, kind
            size[j] = found.size(deff[j])


def _elsewhere(p: Floats, weight: Floats, one: Correction) -> tuple[prevalence.Estimate, int]:
    """Return the share of a period nobody checked, by what was learnt from the others, and the method."""
    if one.rates:
        return prevalence.adjusted_count(p, weight, one.rates), ADJUSTED
    return _carried(p, weight, one), EM


def _carried(p: Floats, weight: Floats, one: Correction) -> prevalence.Estimate:
    """Return the share of a period nobody checked, by the sigmoid of the others, with the sample's own error in it."""
    best = prevalence.em(p, weight, one.prior)
    raw = (logit(p) - one.beta[1]) / one.beta[0]
    known, gradient = np.array([*one.beta, one.prior]), []
    for at in range(3):
        moved = known.copy()
        step = float(np.sqrt(one.covariance[at, at])) * 0.5 + 1e-6
        moved[at] += step
        other = prevalence.em(sigmoid(moved[0] * raw + moved[1]), weight, moved[2])
        gradient.append((other.share - best.share) / step)
    slope = np.array(gradient)
    return prevalence.Estimate(best.share, best.error + float(slope @ one.covariance @ slope), best.seen, level=True)


def _own_error(p: Floats, weight: Floats, one: Correction) -> float:
    """Return the variance that a mean of refitted probabilities has because the sigmoid was fitted to a sample."""
    raw = (logit(p) - one.beta[1]) / one.beta[0]
    slope = (weight * p * (1 - p)) @ np.stack([raw, np.ones(len(p))], axis=1) / weight.sum()
    return float(slope @ one.covariance[:2, :2] @ slope)
