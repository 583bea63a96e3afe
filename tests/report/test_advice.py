"""Answer, prepare, leave alone: the published rule, case by case, and an officer's word over it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discourse.report.advice import advise, rule
from discourse.report.value import Reach


@pytest.mark.parametrize(
    ("stories", "outlets", "growth", "said"),
    [
        (12, 5, "none", ("answer", "wide")),
        (5, 3, "none", ("answer", "wide")),
        (4, 5, "none", ("prepare", "some")),
        (5, 2, "none", ("prepare", "some")),
        (3, 2, "higher", ("answer", "growing")),
        (2, 2, "higher", ("prepare", "growing_narrow")),
        (9, 1, "higher", ("prepare", "growing_narrow")),
        (9, 1, "none", ("leave_alone", "narrow")),
        (2, 2, "lower", ("leave_alone", "narrow")),
        (0, 0, "unknown", ("leave_alone", "narrow")),
    ],
)
def test_the_rule_case_by_case(stories: int, outlets: int, growth: Any, said: tuple[str, str]) -> None:
    assert rule(Reach(stories=stories, outlets=outlets, of_outlets=6, growth=growth)) == said


def test_too_few_stories_give_no_advice() -> None:
    assert rule(Reach(stories=9, outlets=6, of_outlets=6, growth="higher", enough=False)) == ("too_few", "too_few")


@given(
    st.integers(0, 30), st.integers(0, 8), st.integers(0, 8), st.sampled_from(["higher", "lower", "none", "unknown"])
)
def test_a_claim_of_a_single_outlet_is_never_answered_and_more_reach_never_lowers_the_advice(
    stories: int, outlets: int, of: int, growth: Any
) -> None:
    order = ["leave_alone", "prepare", "answer"]
    said, _ = rule(Reach(stories=stories, outlets=outlets, of_outlets=of, growth=growth))
    more, _ = rule(Reach(stories=stories + 1, outlets=outlets + 1, of_outlets=of, growth=growth))
    assert order.index(more) >= order.index(said)
    assert said != "answer" or outlets >= 2


def test_an_officer_overrules_on_record() -> None:
    decision = {"value": {"advice": "leave_alone", "reason": "déjà répondu"}, "by": "A. Martin", "made": "2026-11-16"}
    said = advise(Reach(stories=12, outlets=5, of_outlets=6, growth="none"), overruled=decision)
    assert (said.value, said.rule, said.overruled_by, said.overruled_why) == (
        "leave_alone", "answer", "A. Martin", "déjà répondu",
    )  # fmt: skip


def test_a_decision_that_says_nothing_known_changes_nothing() -> None:
    decision = {"value": {"advice": "shout"}, "by": "A. Martin", "made": "2026-11-16"}
    said = advise(Reach(stories=12, outlets=5, of_outlets=6, growth="none"), overruled=decision)
    assert (said.value, said.overruled_by) == ("answer", None)
