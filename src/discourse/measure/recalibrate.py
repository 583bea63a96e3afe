"""Probabilities that mean what they say: a folded-in threshold taken back, a sigmoid refitted to what people found."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from discourse import bundled, codebook
from discourse.measure.stories import Floats

EDGE = 1e-4
"""Probabilities are kept this far from 0 and 1 where log-odds are taken."""


def cuts(model: str) -> dict[str, float]:
    """Return the threshold that is folded into the probabilities of each label, so that it can be taken back.

    A model's p >= .5 is its decision (``discourse.folding``); such probabilities are too high to be summed. The cuts
    stand in the model folder's ``calibration.json``; a model without them is taken at its word.
    """
    for folder in (Path(model), bundled.folder("models") / model):
        try:
            said = json.loads((folder / "calibration.json").read_text(encoding="utf-8"))["cut"]
        except (OSError, ValueError, KeyError, TypeError):
            continue
        names = codebook.load().columns()
        return {name: float(cut) for name, cut in zip(names, said, strict=True) if cut < 0.5}
    return {}


def logit(p: Floats) -> Floats:
    """Return log-odds, away from infinity."""
    kept = np.clip(p, EDGE, 1 - EDGE)
    return np.asarray(np.log(kept / (1 - kept)), float)


def sigmoid(x: Floats) -> Floats:
    """Return probabilities from log-odds."""
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -30, 30))), float)


def refit(p: Floats, truth: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Return slope and offset that fit truth to the log-odds of ``p`` (Platt 1999), and what every row moves them by.

    Weighted by ``weight`` (inverse chances, scaled to the number of rows); drawn a little to slope 1 and offset 0, so
    that it is defined for any sample. The second value, shape (rows, 2), holds each row's influence: its outer products
    add up to the sandwich covariance that unequal weights ask for (Huber 1967).
    """
    x = np.stack([logit(p), np.ones(len(p))], axis=1)
    w = weight * len(p) / weight.sum()
    ridge, home = np.diag([1.0, 0.05]), np.array([1.0, 0.0])

    def loss(at: Floats) -> float:
        z, off = x @ at, at - home
        return float(w @ (np.logaddexp(0, z) - truth * z) + off @ ridge @ off / 2)

    beta = home.copy()
    for _ in range(40):
        fitted = sigmoid(x @ beta)
        gradient = x.T @ (w * (fitted - truth)) + ridge @ (beta - home)
        curve = (x * (w * fitted * (1 - fitted))[:, None]).T @ x + ridge
        step = np.linalg.solve(curve, gradient)
        while loss(beta - step) > loss(beta) + 1e-9:
            step = step / 2
        beta = beta - step
        if float(np.abs(step).max()) < 1e-9:
            break
    residual = (w * (truth - sigmoid(x @ beta)))[:, None] * x
    return beta, np.asarray(residual @ np.linalg.inv(curve), float)
