"""Does a language need a calibration of its own? Tried for each task and language, kept where it pays on folds.

One shift moves all labels of a task in a language: single labels are too rare in any one language to be fitted alone.
Sentiment has none (its offsets keep the sides even), and relevance has none: what lies beside it differs by source.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from discourse.train import targets
from discourse.train.targets import Targets

Wide = NDArray[np.float64]
FOLDS, LEAST, PAYS = 5, 150, 0.01
"""Folds by situation; texts that a language needs; the part of the log loss that a shift must save on the folds."""
POSITIVES = 20
"""Labels found that a task needs in a language: two or three would be followed as if they were a rule."""
NEVER = ("relevance", "sentiment")
RIDGE = 4.0
"""Weight of the prior that no shift is needed, in texts."""


@dataclass(frozen=True)
class Tried:
    """A shift that was tried: what it saves of the log loss on folds not fitted on, and whether it stays."""

    task: str
    lang: str
    shift: float
    saved: float
    kept: bool


def shifts(scaled: Wide, known: Targets, langs: Sequence[str], groups: Sequence[str]) -> list[Tried]:
    """Return every shift tried on calibrated log-odds, shape (texts, columns)."""
    language, out = np.array(langs), []
    fold = np.unique(np.array(groups), return_inverse=True)[1] % FOLDS
    for task, at in targets.spans().items():
        for lang in sorted(set(langs)):
            rows = np.flatnonzero((language == lang) & known.known[:, at.start])
            if task not in NEVER and len(rows) >= LEAST and (known.values[rows, at] > 0.5).sum() >= POSITIVES:
                out.append(_tried(task, lang, scaled[rows, at], known.values[rows, at] > 0.5, fold[rows]))
    return out


def _tried(task: str, lang: str, odds: Wide, true: NDArray[np.bool_], fold: NDArray[np.int64]) -> Tried:
    before = after = 0.0
    for n in range(FOLDS):
        out = fold == n
        before += _loss(odds[out], true[out])
        after += _loss(odds[out] + _shift(odds[~out], true[~out]), true[out])
    saved = 1 - after / before if before else 0.0
    return Tried(task, lang, round(_shift(odds, true), 4), round(saved, 4), saved >= PAYS)


def _shift(odds: Wide, true: NDArray[np.bool_]) -> float:
    """Return what added to log-odds makes them likeliest, drawn to 0 by the prior."""
    found = 0.0
    for _ in range(30):
        p = 1 / (1 + np.exp(-np.clip(odds + found, -30, 30)))
        step = float((p - true).sum() + RIDGE * found) / float((p * (1 - p)).sum() + RIDGE)
        found -= float(np.clip(step, -1, 1))
    return found


def _loss(odds: Wide, true: NDArray[np.bool_]) -> float:
    return float(np.logaddexp(0, np.where(true, -odds, odds)).sum())
