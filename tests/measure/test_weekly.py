"""Figures of a week: what is counted, by what, and when two weeks are called different."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from discourse.measure import week_figures, weekly
from discourse.records import Figure

from . import town_of_two_papers as town

USUAL = [0.2, 0.22, 0.18, 0.2, 0.22, 0.18, 0.2, 0.2]


def figures(rows: list[dict[str, Any]], last: int, **given: Any) -> dict[tuple[str, ...], Figure]:
    passages, documents = town.frames(rows)
    how = {k: given.pop(k) for k in ("min_n", "baseline", "unit") if k in given}
    found = week_figures(passages, documents, week=town.week(last), settings=town.settings(**how), **given)
    return {(f.group, f.period, f.task, f.label): f for f in found}


def housing(rows: list[dict[str, Any]], last: int, **given: Any) -> Figure:
    return figures(rows, last, **given)["all", town.week(last), "concern", "housing"]


def changed(found: dict[tuple[str, ...], Figure]) -> list[str]:
    return [f"{f.group} {f.label} {f.change}" for f in found.values() if f.change in ("higher", "lower")]


def test_reprints_are_one_story_and_its_clearest_passage_speaks_for_it() -> None:
    rows = [
        town.passage("a", town.week(0), concern__housing=0.1),
        town.passage("a", town.week(0), part=1, concern__housing=0.8),
        town.passage("a", town.week(0), paper="radio", concern__housing=0.3),
        town.passage("b", town.week(0), concern__housing=0.0),
    ]
    found = housing(rows, 0)
    assert (found.n, found.unit, found.denominator) == (2, "story", "stories about migration")
    assert found.share == pytest.approx(0.4, abs=1e-6)
    assert not found.enough
    by_passage = housing(rows, 0, unit="passage")
    assert (by_passage.n, by_passage.share) == (4, pytest.approx(0.3, abs=1e-6))


def test_texts_about_something_else_count_only_among_all_stories_seen() -> None:
    rows = [town.passage("a", town.week(0)), town.passage("b", town.week(0), relevance=0.1)]
    found = figures(rows, 0)
    assert found["all", town.week(0), "attention", "stories"].count == 1
    assert found["all", town.week(0), "attention", "share"].share == 0.5
    assert found["all", town.week(0), "concern", "housing"].n == 1


def test_every_figure_names_its_denominator_method_and_versions_and_lies_in_its_interval() -> None:
    for f in figures(town.steady([0.2, 0.3]), 1).values():
        assert f.denominator
        assert f.method
        assert f.versions == f"m@1 · codebook 1 · threshold {town.settings().classify.relevance_threshold:g}"
        value = f.count if f.label == "stories" else f.share
        assert value is not None
        assert f.low is not None
        assert f.high is not None
        assert f.low <= value <= f.high


def test_where_nothing_happens_nothing_is_declared() -> None:
    found = figures(town.steady([*USUAL, 0.2]), 8)
    assert changed(found) == []
    judged = found["all", town.week(8), "concern", "housing"]
    assert (judged.change, judged.base_weeks) == ("none", 8)
    assert judged.base_low is not None
    assert judged.base_high is not None
    assert judged.base_low < 0.2 < judged.base_high


@pytest.mark.parametrize(("to", "said"), [(0.6, "higher"), (0.0, "lower")])
def test_a_jump_is_declared_and_nothing_else_is(to: float, said: str) -> None:
    found = figures(town.steady([*USUAL, to]), 8)
    assert found["all", town.week(8), "concern", "housing"].change == said
    assert {line.split()[1] for line in changed(found)} == {"housing"}


def test_the_weeks_of_history_are_shown_and_not_judged() -> None:
    found = figures(town.steady([*USUAL, 0.6]), 8)
    past = [f for f in found.values() if f.period != town.week(8)]
    assert {f.period for f in past} == {town.week(w) for w in range(8)}
    assert {f.change for f in past} == {"no_baseline"}
    assert all(f.q is None for f in past)


def test_the_first_weeks_have_no_baseline() -> None:
    assert housing(town.steady([0.2, 0.2, 0.6]), 2).change == "no_baseline"


def test_a_week_of_few_stories_says_too_few() -> None:
    rows = town.steady([0.2] * 8, stories=4) + [town.passage(f"x{i}", town.week(8)) for i in range(3)]
    found = housing(rows, 8)
    assert (found.change, found.enough) == ("too_few", False)


def test_a_source_that_is_silent_now_is_left_out_of_the_past() -> None:
    """The radio spoke of housing only; without it the town has not changed."""
    papers = town.steady([0.2] * 9)
    radio = town.steady([1.0] * 8, stories=30, paper="radio")
    naive = housing(papers + radio, 8)
    known = housing(papers + radio, 8, down=frozenset({("radio", town.week(8))}))
    assert naive.change == "lower"
    assert known.change == "none"


def test_a_week_when_a_source_was_silent_says_nothing_about_the_usual_range() -> None:
    papers, radio = town.steady([0.2] * 10), town.steady([0.2] * 10, paper="radio")
    rows = papers + [r for r in radio if r["week"] != town.week(4)]
    found = housing(rows, 9, down=frozenset({("radio", town.week(4))}))
    assert found.base_weeks == 8
    without = housing(rows, 7, down=frozenset({("radio", town.week(4))}))
    assert without.base_weeks == 6


def test_another_model_is_a_break_and_not_a_change() -> None:
    rows = [r | {"model": "m@2"} if r["week"] == town.week(8) else r for r in town.steady([*USUAL, 0.6])]
    found = figures(rows, 8)
    assert found["all", town.week(8), "concern", "housing"].change == "break"
    assert found["all", town.week(8), "concern", "housing"].versions.startswith("m@2")
    assert found["all", town.week(7), "concern", "housing"].versions.startswith("m@1")
    assert changed(found) == []


def test_four_weeks_after_a_break_weeks_are_judged_again_by_those_since() -> None:
    rows = town.steady([0.5] * 4 + [0.2] * 5)
    later = [r | {"model": "m@2"} if r["week"] >= town.week(4) else r for r in rows]
    found = housing(later, 8)
    assert (found.change, found.base_weeks) == ("none", 4)


def test_press_and_council_are_figures_of_their_own() -> None:
    rows = town.steady([0.2]) + town.steady([0.6], stories=40, paper="minutes")
    found = figures(rows, 0)
    share = {g: found[g, town.week(0), "concern", "housing"].share for g in ("press", "council", "source:minutes")}
    assert share == pytest.approx({"press": 0.2, "council": 0.6, "source:minutes": 0.6})


def test_harm_is_never_shown_for_a_single_outlet() -> None:
    groups = {key[0] for key, f in figures(town.steady([0.2]), 0).items() if f.task == "harm"}
    assert groups == {"all", "press"}


def test_a_checked_week_is_corrected_and_says_so() -> None:
    """The model says housing to all; people find it in half of a random sample."""
    rows = [town.passage(f"s{i}", town.week(0), concern__housing=0.9) for i in range(400)]
    gold = [
        {"passage_id": f"s{i}-gazette-0", "task": "concern", "annotator": "a", "probability": 0.25, "sample": "random",
         "value": ["housing"] if i % 8 == 0 else [], "codebook": "1"}
        for i in range(0, 400, 4)
    ]  # fmt: skip
    plain, checked = housing(rows, 0), housing(rows, 0, gold=gold)
    assert (plain.corrected, plain.method) == (False, "probabilistic count")
    assert (checked.corrected, checked.method) == (True, "prediction-powered")
    assert checked.share == pytest.approx(0.5, abs=0.01)


def test_passages_picked_because_the_model_was_unsure_correct_nothing() -> None:
    rows = [town.passage(f"s{i}", town.week(0), concern__housing=0.9) for i in range(100)]
    gold = [
        {"passage_id": f"s{i}-gazette-0", "task": "concern", "annotator": "a", "probability": None, "sample": "unsure",
         "value": [], "codebook": "1"}
        for i in range(100)
    ]  # fmt: skip
    assert housing(rows, 0, gold=gold) == housing(rows, 0)


def test_the_order_of_rows_does_not_matter() -> None:
    rows = town.steady([*USUAL, 0.4])
    assert figures(rows, 8) == figures(rows[::-1], 8)


def test_no_change_is_declared_of_a_value_inside_the_range_beside_it() -> None:
    one = Figure(
        period="2026-W46", task="concern", label="housing", group="all", unit="story", denominator="stories", n=60,
        count=12.0, share=0.2, low=0.1, high=0.3, method="x", enough=True, versions="", base_low=0.1, base_high=0.25,
        base_share=0.12, base_weeks=8, change="higher", q=1e-6,
    )  # fmt: skip
    inside, outside = weekly.decided([one, replace(one, label="jobs_and_wages", base_high=0.19)], "2026-W46", 0.05)
    assert (inside.change, outside.change) == ("none", "higher")
