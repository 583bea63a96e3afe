"""How far off are shares when they move away from what the classifier was trained on? Beside QuaPy on the same draws.

One label, four weeks of 300 stories. In three weeks its share is the one the classifier was calibrated to, in the last
it is another. 200 stories were checked: of the three weeks (the last is corrected by what was learnt elsewhere), or of
the last itself. QuaPy's methods (CC, PCC, ACC, PACC, EMQ) learn from the same 200.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from discourse.measure import estimates
from discourse.measure.stories import Units, names
from simulation.towns import Floats, posterior

STORIES, WEEKS, CHECKED, USUAL = 300, 4, 200, 0.2
LABEL = names().index("concern.housing")
QUAPY = ("CC", "PCC", "ACC", "PACC", "EMQ")
Yes = NDArray[np.bool_]


def error(runs: int, seed: int, _only: str) -> None:
    """Print the mean absolute error of the last week's share, by true share, for each method."""
    shares = (0.05, 0.2, 0.4, 0.6, 0.8)
    print(f"| checked | classifier | method | {' | '.join(f'{s:.0%}' for s in shares)} | all but 20% |")
    print("|" + "---|" * (len(shares) + 4))
    for where in ("other weeks", "this week"):
        for kind in ("calibrated", "yes or no", "too ready to say yes"):
            off: dict[str, list[float]] = {}
            for share in shares:
                found = [_one(share, where, kind, seed + r) for r in range(runs)]
                for method in found[0]:
                    off.setdefault(method, []).append(float(np.mean([f[method] for f in found])))
            for method, row in off.items():
                moved = np.mean([e for e, s in zip(row, shares, strict=True) if s != USUAL])
                cells = " | ".join(f"{e:.3f}" for e in row)
                print(f"| {where} | {kind} | {method} | {cells} | {moved:.3f} |", flush=True)


def _one(share: float, where: str, kind: str, seed: int) -> dict[str, float]:
    """Return the absolute error of every method on one draw."""
    rng = np.random.default_rng(seed)
    rate = np.repeat([USUAL] * (WEEKS - 1) + [share], STORIES)
    truth = rng.random(len(rate)) < rate
    p = posterior(truth, USUAL, 2.0, rng)
    if kind == "too ready to say yes":
        p = 1 / (1 + (1 - p) / p * np.exp(-1.0))
    if kind == "yes or no":
        p = (p >= 0.5).astype(float)
    last = np.arange(len(rate)) >= (WEEKS - 1) * STORIES
    pool = np.flatnonzero(last if where == "this week" else ~last)
    read = rng.choice(pool, CHECKED, replace=False)
    real = float(truth[last].mean())
    out = {"classify and count": abs(float((p[last] >= 0.5).mean()) - real)}
    known = (p[read], truth[read])
    share_found, method = _ours(p, truth, read, CHECKED / len(pool))
    out[f"discourse: {method}"] = abs(share_found - real)
    return out | {f"QuaPy {n}": abs(v - real) for n, v in _quapy(p[last], *known).items()}


def _ours(p: Floats, truth: Yes, read: NDArray[np.int64], chance: float) -> tuple[float, str]:
    """Return the share of the last week as ``discourse`` estimates it, and by which method."""
    n = len(p)
    values, said = np.zeros((n, len(names())), np.float32), np.full((n, len(names())), np.nan, np.float32)
    values[:, LABEL], values[:, -1] = p, 1.0
    said[read, LABEL], said[read, -1] = truth[read], 1.0
    drawn = np.full(n, np.nan)
    drawn[read] = chance
    units = Units(
        week=np.repeat(np.arange(WEEKS), STORIES), outlet=np.zeros(n, np.int64), story=np.arange(n),
        weight=np.ones(n), values=values, truth=said, chance=drawn,
    )  # fmt: skip
    known = estimates.corrections(units)
    found = estimates.estimate(units, WEEKS, level=0.95, corrected=known, deff=np.ones((WEEKS, len(names()))))
    return float(found.share[-1, LABEL]), estimates.METHODS[found.method[-1, LABEL]]


def _quapy(p: Floats, checked: Floats, truth: Yes) -> dict[str, float]:
    """Return the shares that QuaPy's methods make of the same probabilities and checked stories."""
    warnings.simplefilter("ignore")
    from quapy.method import aggregative
    from sklearn.linear_model import LogisticRegression

    judge: Any = LogisticRegression()
    judge.classes_ = np.array([0, 1])
    y, out = truth.astype(int), {}
    for name in QUAPY:
        method = getattr(aggregative, name)(judge, fit_classifier=False)
        hard = name in ("CC", "ACC")
        if name == "EMQ":
            method.train_prevalence = np.array([1 - USUAL, USUAL])  # what the classifier was trained on
        method.aggregation_fit(_shape(checked, hard), y)
        out[name] = float(method.aggregate(_shape(p, hard))[1])
    return out


def _shape(p: Floats, hard: bool) -> NDArray[Any]:
    both = np.stack([1 - p, p], axis=1)
    return both.argmax(axis=1) if hard else both
