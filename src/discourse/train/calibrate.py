"""From raw dev scores to slopes, offsets and cuts: Platt's sigmoid, and the probability from which a label is given.

Platt 1999 for the sigmoid and its smoothed targets; Lipton, Elkan and Naryanaswamy 2014 for the threshold: the best
one for F1 is half the best F1 that can be had, which is steadier on a small dev split than the best cut found there.
Cuts are then moved until labels are found in supportive texts as often as in critical ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from discourse.classify.calibration import Calibration
from discourse.train import by_language, targets
from discourse.train.targets import Targets

Array = NDArray[np.float32]
Wide = NDArray[np.float64]
MIN_POSITIVES = 4
NEAR = 0.004
"""How far under the best an offset may be and still count: less than rounding the weights anew moves it."""
LEVELLED = ("policy_frame", "immigration_frame", "narrative", "concern")
"""Tasks whose labels lean to one side of sentiment, each in its own measure."""
RIGHT = {"relevance": 0.97, "sentiment": 0.85}
"""How often a decision on dev must be right that is not called doubted."""
RARE = 1.0
"""The raw score at which a label is decided that dev can say nothing of: training weighs its positives up."""


def platt(scores: Wide, true: Wide, weights: Wide | None = None, *, ridge: float = 1e-3) -> tuple[float, float]:
    """Return slope and offset of the sigmoid that fits yes-or-no answers best, with Platt's smoothed targets."""
    each = np.ones_like(scores) if weights is None else weights
    yes = float((each * true).sum())
    no = float(each.sum()) - yes
    wanted = np.where(true > 0.5, (yes + 1) / (yes + 2), 1 / (no + 2))
    scale = float(scores.std()) or 1.0
    design = np.stack([scores / scale, np.ones_like(scores)], axis=1)
    line = np.array([1.0, float(np.log((yes + 1) / (no + 1)))])
    for _ in range(60):
        p = 1 / (1 + np.exp(-np.clip(design @ line, -30, 30)))
        gradient = design.T @ (each * (p - wanted)) + ridge * line
        curve = (design * (each * p * (1 - p))[:, None]).T @ design + ridge * np.eye(2)
        step = np.linalg.solve(curve, gradient)
        line = line - np.clip(step, -2, 2)
        if float(np.abs(step).max()) < 1e-8:
            break
    return max(1e-3, float(line[0] / scale)), float(line[1])


def best_threshold(probabilities: Wide) -> float:
    """Return half the best expected F1 of calibrated probabilities, between .12 and .5."""
    ordered = np.sort(probabilities)[::-1]
    found = 2 * np.cumsum(ordered) / (np.arange(1, len(ordered) + 1) + ordered.sum())
    return float(np.clip(found.max() / 2, 0.12, 0.5))


def levelled(probabilities: Wide, known: Targets, at: slice, cuts: Wide) -> Wide:
    """Return a task's cuts, shape (labels,), moved so that labels are found in supportive and critical texts alike.

    A label is made easier the more its positives lean to the side where less is found, by one factor for the whole
    task: that of the best micro-F1 less half the gap between the two recalls.
    """
    use = known.known[:, at]
    true = (known.values[:, at] > 0.5) & use
    critical, supportive = (known.values[:, c : c + 1] > 0.5 for c in (1, 3))
    ours, theirs = (true & supportive).sum(0), (true & critical).sum(0)
    if not ours.any() or not theirs.any():
        return cuts
    lean = (ours - theirs) / np.maximum(1, ours + theirs)

    def worth(factor: float) -> float:
        said = (probabilities >= _moved(cuts, lean, factor)) & use
        hit = said & true
        recall = [float((hit & side).sum() / (true & side).sum()) for side in (critical, supportive)]
        return float(2 * hit.sum() / (said.sum() + true.sum())) - 0.5 * abs(recall[0] - recall[1])

    return _moved(cuts, lean, max(np.linspace(-0.5, 0.5, 51), key=worth))


def _moved(cuts: Wide, lean: Wide, factor: float) -> Wide:
    return np.clip(cuts * np.exp(-factor * lean), 0.05, 0.5)


def _three(scores: Wide, true: Wide, steps: Sequence[float] = tuple(np.linspace(-0.9, 0.9, 19))) -> tuple[float, Wide]:
    """Return one slope and three offsets for sentiment.

    The slope fits the probabilities. The offsets are those of the best mean of macro-F1 and macro recall, less the gap
    between how often supportive and critical texts are recognised: neither side is missed more often than the other,
    and, where F1 is much the same, neither is given up for the neutral middle. Offsets nearly as good are averaged: the
    single best one would follow the rounding of a score.
    """
    wanted = true.argmax(1)
    slopes = np.geomspace(0.2, 5.0, 40)
    losses = [_cross(s * scores, wanted) for s in slopes]
    slope = float(slopes[int(np.argmin(losses))])
    tried, worth = [], []
    for side in steps:
        for middle in steps:
            offsets = np.array([-side / 2, middle, side / 2])
            said = (slope * scores + offsets).argmax(1)
            recall = [float((said[wanted == c] == c).mean()) for c in range(3)]
            right = (_macro(said, wanted) + float(np.mean(recall))) / 2
            tried.append(offsets)
            worth.append(right - abs(recall[0] - recall[2]) * 0.5 - 0.005 * float(np.abs(offsets).sum()))
    near = np.array(worth) >= max(worth) - NEAR
    found = np.array(tried)[near].mean(axis=0) if near.any() else np.zeros(3)
    return slope, found


def _macro(said: NDArray[np.int64], wanted: NDArray[np.int64]) -> float:
    from discourse.train.scores import macro_f1

    return macro_f1(said, wanted, 3)


def _cross(logits: Wide, wanted: NDArray[np.int64]) -> float:
    shifted = logits - logits.max(1, keepdims=True)
    return float(np.mean(np.log(np.exp(shifted).sum(1)) - shifted[np.arange(len(wanted)), wanted]))


def fit(
    logits: Array,
    known: Targets,
    *,
    langs: Sequence[str] = (),
    groups: Sequence[str] = (),
    say: Callable[[str], None] = lambda _: None,
) -> Calibration:
    """Return the calibration fitted on a dev split's raw scores, shape (texts, columns).

    With ``langs`` and ``groups`` (situations), a language gets a shift of its own where that pays on held-out folds.

    Relevance is cut at one half: it is met where few texts are about migration, and a threshold moved for
    the F1 of a corpus where most are would let everything through. A label with fewer than four positives keeps a
    slope of 1 and a fixed place.
    """
    columns = logits.shape[1]
    slopes, offsets, cuts = np.ones(columns), np.zeros(columns), np.full(columns, 0.5)
    where = targets.spans()
    for column in range(columns):
        rows, true = known.column(column)
        scores = logits[rows, column].astype(np.float64)
        if where["sentiment"].start <= column < where["sentiment"].stop or not len(rows):
            continue
        if column and not MIN_POSITIVES <= true.sum() <= len(true) - MIN_POSITIVES:
            offsets[column] = -RARE
            continue
        slope, offset = platt(scores, true.astype(np.float64), known.weights[rows].astype(np.float64))
        slopes[column], offsets[column] = slope, offset
        if column:
            cuts[column] = best_threshold(1 / (1 + np.exp(-(slope * scores + offset))))
    side = where["sentiment"]
    rows = np.flatnonzero(known.known[:, side.start])
    slope, shift = _three(logits[rows, side].astype(np.float64), known.values[rows, side].astype(np.float64))
    slopes[side], offsets[side] = slope, shift
    moved = _by_language(slopes * logits + offsets, known, langs, groups, say)
    shift = np.stack([moved.get(lang, np.zeros(columns)) for lang in langs]) if moved else np.zeros((1, columns))
    found = 1 / (1 + np.exp(-(slopes * logits + offsets + shift)))
    for task in LEVELLED:
        cuts[where[task]] = levelled(found[:, where[task]], known, where[task], cuts[where[task]])
    lines = {"*": offsets} | {lang: offsets + row for lang, row in moved.items()}
    scale = Calibration(
        {lang: slopes.astype(np.float32) for lang in lines},
        {lang: row.astype(np.float32) for lang, row in lines.items()},
        cuts.astype(np.float32),
    )
    return replace(scale, doubt=doubt(scale.probabilities(logits, list(langs) or ["*"] * len(logits)), known))


def _by_language(
    odds: Wide, known: Targets, langs: Sequence[str], groups: Sequence[str], say: Callable[[str], None]
) -> dict[str, Wide]:
    """Return the shifts that pay, by language, each of shape (columns,)."""
    out: dict[str, Wide] = {}
    for one in by_language.shifts(odds, known, langs, groups) if len(langs) else ():
        say(f"{one.task} in {one.lang}: a shift of {one.shift} saves {one.saved:.1%}{', kept' if one.kept else ''}")
        if one.kept:
            out.setdefault(one.lang, np.zeros(odds.shape[1]))[targets.spans()[one.task]] = one.shift
    return out


def doubt(probabilities: Array, known: Targets) -> dict[str, float]:
    """Return the abstention band: how sure relevance and sentiment must be, chosen on dev for ``RIGHT`` of the others.

    A number is the least probability of the likelier answer: the smallest from which decisions are right often enough.
    """
    where, out = targets.spans(), {}
    for task, right in RIGHT.items():
        at = where[task]
        rows = np.flatnonzero(known.known[:, at.start])
        p, true = probabilities[rows, at], known.values[rows, at]
        if task == "relevance":
            sure, good = np.maximum(p, 1 - p)[:, 0], (p[:, 0] >= 0.5) == (true[:, 0] > 0.5)
        else:
            sure, good = p.max(1), p.argmax(1) == true.argmax(1)
        steps = [float(s) for s in np.arange(0.34, 0.96, 0.01) if (sure >= s).any() and good[sure >= s].mean() >= right]
        out[task] = round(steps[0], 2) if steps else 0.95
    return out
