"""The audit of both sides: it finds a side that is overlooked, and says nothing where people read too little."""

from __future__ import annotations

import numpy as np
import polars as pl

from discourse import codebook
from discourse.measure import symmetry
from discourse.measure.gold import Reading

NAMES = codebook.load().columns()[1:]


def town(found: dict[str, float], *, count: int = 400, seed: int = 1) -> tuple[pl.DataFrame, list[Reading]]:
    """Return passages all about housing, half of each side, of which the model finds such a share by side."""
    rng = np.random.default_rng(seed)
    sides = ["positive" if i % 2 else "negative" for i in range(count)]
    columns = {n: np.zeros(count) for n in NAMES}
    columns["concern.housing"] = np.array([0.9 if rng.random() < found[s] else 0.1 for s in sides])
    for side in symmetry.SIDES:
        columns[f"sentiment.{side}"] = np.array([0.8 if s == side else 0.1 for s in sides])
    frame = pl.DataFrame(
        {"passage_id": [f"p{i}" for i in range(count)], "lang": ["fr" if i % 4 < 2 else "de" for i in range(count)],
         "source": ["gazette" if i < 16 else "post" for i in range(count)], **columns}
    )  # fmt: skip
    readings = [
        Reading(passage=f"p{i}", chance=0.5, tasks={"sentiment": {s: 1.0}, "concern": {"housing": 1.0}})
        for i, s in enumerate(sides)
    ]
    return frame, readings


def test_a_side_that_is_overlooked_is_seen() -> None:
    gaps = {(g.group, g.task): g for g in symmetry.audit(*town({"positive": 0.5, "negative": 0.9}))}
    one = gaps["all", "concern"]
    assert one.state == "uneven"
    assert one.gap is not None
    assert one.low is not None
    assert one.high is not None
    assert one.low < -0.4 < one.high < 0
    assert gaps["lang:de", "concern"].state == gaps["lang:fr", "concern"].state == "uneven"


def test_sides_alike_are_called_so_only_when_enough_was_read() -> None:
    gaps = {(g.group, g.task): g for g in symmetry.audit(*town({"positive": 1.0, "negative": 1.0}))}
    assert gaps["all", "sentiment"].state == "alike"
    assert gaps["source:gazette", "concern"].state == "too_few"
    assert gaps["all", "policy_frame"].state == "too_few"
    few = symmetry.audit(*town({"positive": 0.7, "negative": 0.7}, count=60))
    assert {g.state for g in few if g.group == "all" and g.task == "concern"} == {"open"}


def test_the_interval_of_the_gap_holds_it() -> None:
    held = []
    for seed in range(100):
        found = symmetry.audit(*town({"positive": 0.6, "negative": 0.75}, count=200, seed=seed))
        one = next(g for g in found if g.group == "all" and g.task == "concern")
        assert one.low is not None
        assert one.high is not None
        held.append(one.low <= -0.15 <= one.high)
    assert np.mean(held) >= 0.9


def test_what_nobody_read_is_no_audit() -> None:
    frame, readings = town({"positive": 1.0, "negative": 1.0})
    assert symmetry.audit(frame, []) == []
    split = Reading(passage="p0", chance=0.5, tasks={"sentiment": {"positive": 0.5, "negative": 0.5}})
    assert symmetry.audit(frame, [split]) == []
    assert len(readings) == 400
