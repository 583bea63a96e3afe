"""Scores of predictions: F1, average precision, expected calibration error. Pure functions of arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from discourse.train import targets
from discourse.train.targets import Targets

Array = NDArray[np.float32]


def f1(said: NDArray[np.bool_], true: NDArray[np.bool_]) -> float:
    """Return the F1 of a yes-or-no decision; 0 when nothing was found and nothing was there."""
    both, either = float((said & true).sum()), float(said.sum() + true.sum())
    return 2 * both / either if either else 0.0


def macro_f1(said: NDArray[np.int64], true: NDArray[np.int64], classes: int) -> float:
    """Return the mean F1 over the classes of a one-of-several decision."""
    return float(np.mean([f1(said == c, true == c) for c in range(classes)]))


def average_precision(scores: Array, true: Array) -> float:
    """Return the area under the precision-recall curve as a step function; NaN without positives."""
    order = np.argsort(-scores, kind="stable")
    hits = true[order] > 0.5
    if not hits.any():
        return float("nan")
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    return float(precision[hits].mean())


def calibration_error(probabilities: Array, true: Array, *, bins: int = 10) -> float:
    """Return the expected calibration error (Naeini et al. 2015) over equal-width bins."""
    which = np.minimum((probabilities * bins).astype(int), bins - 1)
    total = 0.0
    for b in range(bins):
        inside = which == b
        if inside.any():
            total += inside.mean() * abs(float(probabilities[inside].mean()) - float(true[inside].mean()))
    return total


def summary(logits: Array, known: Targets) -> dict[str, float]:
    """Return one number a task that needs no threshold: average precision by label, macro-F1 for sentiment."""
    out: dict[str, float] = {}
    for task, where in targets.spans().items():
        rows = np.flatnonzero(known.known[:, where.start])
        if not len(rows):
            continue
        said, true = logits[rows, where], known.values[rows, where]
        if task == "sentiment":
            out[task] = macro_f1(said.argmax(1), true.argmax(1), true.shape[1])
        else:
            out[task] = float(np.nanmean([average_precision(said[:, i], true[:, i]) for i in range(true.shape[1])]))
    out["mean"] = float(np.mean(list(out.values())))
    return out
