"""Answer, prepare or leave alone: one published rule, so that a fringe claim is not made larger by an answer.

``answer``       at least half of the outlets and five stories carry the concern; or it grew beyond its usual range and
                 at least two outlets and three stories carry it
``leave_alone``  it did not grow, and fewer than two outlets or fewer than three stories carry it
``prepare``      otherwise: have an answer ready, do not publish it yet
``too_few``      too few stories in the week to say

Outlets are sources of the press and of residents; the council's own texts are no reach. The rule follows the advice of
Data & Society's "The Oxygen of Amplification" (Phillips 2018) to weigh a claim's reach before answering it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from discourse.report.value import Advice, AdviceValue, Reach

WIDE_OUTLETS, WIDE_STORIES = 0.5, 5
SOME_OUTLETS, SOME_STORIES = 2, 3
VALUES: tuple[AdviceValue, ...] = ("answer", "prepare", "leave_alone")


def rule(reach: Reach) -> tuple[AdviceValue, str]:
    """Return the advice for a reach, and the slug of its reason."""
    if not reach.enough:
        return "too_few", "too_few"
    wide = reach.outlets >= max(SOME_OUTLETS, WIDE_OUTLETS * reach.of_outlets) and reach.stories >= WIDE_STORIES
    some = reach.outlets >= SOME_OUTLETS and reach.stories >= SOME_STORIES
    if wide:
        return "answer", "wide"
    if reach.growth == "higher":
        return ("answer", "growing") if some else ("prepare", "growing_narrow")
    return ("prepare", "some") if some else ("leave_alone", "narrow")


def advise(reach: Reach, *, overruled: Mapping[str, Any] | None = None) -> Advice:
    """Return the advice on a concern; ``overruled`` is an officer's decision on record and wins over the rule."""
    said, reason = rule(reach)
    value = dict(overruled["value"]).get("advice") if overruled else None
    if overruled is None or value not in VALUES:
        return Advice(value=said, rule=said, reason=reason, reach=reach)
    return Advice(
        value=value,
        rule=said,
        reason=reason,
        reach=reach,
        overruled_by=str(overruled["by"]),
        overruled_on=str(overruled["made"]),
        overruled_why=str(dict(overruled["value"]).get("reason", "")),
    )
