"""Are supportive and critical passages found equally well? Held against what people read, by language and by outlet.

Recall is the share of what people found that the model found as well, each passage weighing as many as it stands for
(one over its chance of being drawn). The interval of a recall is Wilson's at the effective size (Kish 1965); that of
the gap between the two sides joins the two of them (Newcombe 1998, method 10).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from discourse import codebook
from discourse.measure.gold import Reading
from discourse.measure.intervals import wilson

SIDES = ("positive", "negative")
TASKS = ("sentiment", "policy_frame", "immigration_frame", "concern")
LEAST = 20
"""Fewer labels of people on a side than this say nothing about it."""
ALIKE = 0.05
"""Sides whose recall differs by less are found equally well: the project's own limit."""
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Side:
    """How much of what people found on one side the model found as well; ``n`` counts labels of people."""

    n: int
    recall: float | None
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Gap:
    """Recall in supportive and in critical passages, and the first less the second, with its interval.

    ``group`` is ``all``, ``lang:fr`` or ``source:NAME``. ``state`` is *alike* (the whole interval lies within
    ``ALIKE``), *uneven* (it does not hold 0), *open* (neither), or *too_few*.
    """

    group: str
    task: str
    supportive: Side
    critical: Side
    gap: float | None
    low: float | None
    high: float | None
    state: str


def audit(passages: pl.DataFrame, readings: Sequence[Reading], *, level: float = 0.95) -> list[Gap]:
    """Return the gaps of every task, for all passages, each language and each outlet that people have read.

    ``passages`` has ``passage_id``, ``lang``, ``source`` and a column a label; readings come from random samples only.
    """
    known = {r.passage: r for r in readings if _side(r)}
    frame = passages.filter(pl.col("passage_id").is_in(list(known)))
    if not frame.height:
        return []
    groups = [("all", frame)]
    for column, name in (("lang", "lang"), ("source", "source")):
        groups += [(f"{name}:{value}", part) for (value,), part in sorted(frame.group_by(column))]
    return [_gap(group, task, part, known, level) for group, part in groups for task in TASKS]


def _side(reading: Reading) -> str | None:
    """Return the side that people gave a passage; none where they did not agree on one."""
    said = reading.tasks.get("sentiment", {})
    best = max(said, key=lambda label: said[label], default="")
    return best if best in SIDES and said[best] > 0.5 else None


def _gap(group: str, task: str, part: pl.DataFrame, known: dict[str, Reading], level: float) -> Gap:
    sides = {side: _recall(np.array(list(_found(part, task, side, known))).reshape(-1, 2), level) for side in SIDES}
    toward, against = sides["positive"], sides["negative"]
    if toward.recall is None or against.recall is None or min(toward.n, against.n) < LEAST:
        return Gap(
            group=group, task=task, supportive=toward, critical=against, gap=None, low=None, high=None, state="too_few"
        )
    gap = toward.recall - against.recall
    low = gap - float(np.hypot(toward.recall - toward.low, against.high - against.recall))
    high = gap + float(np.hypot(toward.high - toward.recall, against.recall - against.low))
    state = "alike" if max(-low, high) <= ALIKE else "uneven" if low > 0 or high < 0 else "open"
    return Gap(group=group, task=task, supportive=toward, critical=against, gap=gap, low=low, high=high, state=state)


def _found(part: pl.DataFrame, task: str, side: str, known: dict[str, Reading]) -> Iterator[tuple[float, float]]:
    """Yield, for every label that people gave to passages of a side, whether the model gave it, and its weight."""
    names = codebook.load()[task].label_names
    scores = part.select([f"{task}.{n}" for n in names]).to_numpy()
    for row, passage in zip(scores, part["passage_id"], strict=True):
        reading = known[passage]
        if _side(reading) != side:
            continue
        given = (
            {names[int(row.argmax())]}
            if task == "sentiment"
            else {n for n, p in zip(names, row, strict=True) if p >= 0.5}
        )
        for label, weight in reading.tasks.get(task, {}).items():
            if weight > 0.5:
                yield float(label in given), 1 / reading.chance


def _recall(found: Floats, level: float) -> Side:
    if not len(found):
        return Side(n=0, recall=None, low=0.0, high=1.0)
    hits, weights = found.T
    recall = float(weights @ hits / weights.sum())
    low, high = wilson(recall, weights.sum() ** 2 / (weights**2).sum(), level)
    return Side(n=len(found), recall=recall, low=float(low), high=float(high))
