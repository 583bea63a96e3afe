"""Answer, prepare or leave alone: a published rule, so that a fringe claim is not made larger by an answer.

answer       at least one story in five voices the concern, or its share grew, and at least three sources carry it
prepare      at least one story in ten, or its share grew
leave_alone  otherwise
too_few      too few stories to say
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from discourse.records import Figure

REACH, SOME_REACH, SPREAD = 0.20, 0.10, 3


@dataclass(frozen=True, kw_only=True)
class Advice:
    """What the rule says, from what, and who overruled it."""

    value: Literal["answer", "prepare", "leave_alone", "too_few"]
    reach: float
    grew: bool
    spread: int
    overruled_by: str | None = None


def advise(figure: Figure, *, spread: int, overruled: Mapping[str, Any] | None = None) -> Advice:
    """Return the advice on a concern from its share, its change and how many sources carry it."""
    reach, grew = figure.share or 0.0, figure.change == "higher"
    value: Literal["answer", "prepare", "leave_alone", "too_few"] = "leave_alone"
    if not figure.enough:
        value = "too_few"
    elif (reach >= REACH or grew) and spread >= SPREAD:
        value = "answer"
    elif reach >= SOME_REACH or grew:
        value = "prepare"
    if overruled:
        return Advice(
            value=overruled["value"]["advice"], reach=reach, grew=grew, spread=spread, overruled_by=overruled["by"]
        )
    return Advice(value=value, reach=reach, grew=grew, spread=spread)
