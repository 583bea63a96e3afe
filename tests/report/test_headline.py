"""The headline: figures in words, by rule; never a cause, never a ranking of outlets."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from discourse.records import LANGUAGES, Figure
from discourse.report.headline import changes
from discourse.report.wording import Words, catalogue
from tests.report.make import SOURCES, WEEK, Town, figure, town, weeks


def said(town: Town, lang: str = "en") -> list[str]:
    return Words(lang).headline(town.data())


def with_change(town: Town, change: str, **more: object) -> Town:
    """Return the town with every share of the week changed the same way."""
    town.figures = [
        replace(f, change=change, **more) if f.period == WEEK and f.task != "attention" else f  # type: ignore[arg-type]
        for f in town.figures
    ]
    return town


def test_a_change_is_said_with_its_interval_its_usual_range_and_its_record() -> None:
    sentence = said(town())[1]
    assert sentence.startswith(
        "The concern “Housing” is present in 72% (58–87%) of stories: higher than in any of the last 25 weeks"
    )
    assert re.search(r"\(usual range \d+–\d+%\)\.$", sentence)


def test_a_quiet_week_says_no_detectable_change() -> None:
    sentences = said(town(moved={}))
    assert len(sentences) <= 5
    assert "None of the 53 shares compared left its usual range: no detectable change" in sentences[1]
    assert not any("higher" in s or "lower" in s for s in sentences)


def test_the_surest_changes_come_first_and_at_most_two() -> None:
    moved = {
        ("concern", "housing"): 0.9,
        ("concern", "schools"): 0.9,
        ("policy_frame", "morality"): 0.95,
        ("voice", "expert"): 0.95,
    }
    busy = town(moved=moved)
    busy.figures = [replace(f, q=0.0001) if (f.label, f.period) == ("schools", WEEK) else f for f in busy.figures]
    data = busy.data()
    assert next(s.figures[0].label for s in data.headline if s.key == "moved") == "schools"
    assert sum(s.key == "moved" for s in data.headline) == 2
    assert len(data.headline) <= 5
    assert len(changes(data)) == 4


def test_a_new_city_says_that_there_is_no_baseline() -> None:
    new = with_change(town(moved={}), "no_baseline", base_weeks=2, base_low=None, base_high=None)
    new.figures = [replace(f, change="no_baseline", base_weeks=2, base_low=None, base_high=None) if f.task == "attention" else f
                   for f in new.figures]  # fmt: skip
    assert "There is no baseline yet: 2 past weeks to compare with are not enough." in said(new)
    assert "no baseline yet" in said(new)[0]


def test_too_few_are_counted_against_what_is_needed() -> None:
    small = with_change(town(moved={}), "too_few", enough=False, n=7)
    assert "too few stories to say: 7 of the 20 needed" in " ".join(said(small))
    small.figures = [replace(f, unit="passage") for f in small.figures]
    assert "too few passages to say: 7 of the 20 needed" in " ".join(said(small))


def test_a_break_is_not_a_change() -> None:
    assert "the model or the codebook changed" in " ".join(said(with_change(town(moved={}), "break")))


def test_a_week_without_a_story_says_so() -> None:
    empty = town(moved={})
    empty.figures = []
    assert said(empty) == ["No story about migration was found this week."]


def test_a_rise_that_once_was_higher_is_no_record() -> None:
    past = weeks(26)[3]
    before = town()
    before.figures = [replace(f, share=0.95) if (f.label, f.period, f.group) == ("housing", past, "all") else f
                      for f in before.figures]  # fmt: skip
    assert "above its usual range (usual range" in said(before)[1]


def test_a_fall_is_said_as_one() -> None:
    low = figure("concern", "housing", share=0.0, low=0.0, high=0.08, change="lower", q=0.001)
    fallen = town(moved={})
    fallen.figures = [
        low if (f.task, f.label, f.group, f.period) == ("concern", "housing", "all", WEEK) else f
        for f in fallen.figures
    ]
    assert "lower than in any of the last 25 weeks" in said(fallen)[1]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_language_fills_every_sentence(lang: str) -> None:
    for made in (town(), town(moved={}), with_change(town(moved={}), "no_baseline", base_weeks=1)):
        for sentence in said(made, lang):
            assert re.search(r"[.]$", sentence)
            assert "{" not in sentence


CAUSES = re.compile(
    r"\b(because|due to|caused by|thanks to|parce que|à cause|grâce à|en raison|porque|debido|a causa|gracias a|weil|wegen"
    r"|aufgrund|dank|perché|a causa|grazie a|dovut)", re.IGNORECASE,
)  # fmt: skip


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_headline_template_names_a_cause(lang: str) -> None:
    for key, message in catalogue(lang).items():
        if key.startswith(("headline.", "change.")):
            forms = [message] if isinstance(message, str) else message.values()
            assert not any(CAUSES.search(form) for form in forms), key


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_headline_names_an_outlet(lang: str) -> None:
    sentences = " ".join(said(town(), lang))
    assert not any(title in sentences for _, title, _, _ in SOURCES)


def test_of_sentiment_only_the_surest_label_is_said() -> None:
    both: list[Figure] = [
        figure("sentiment", "positive", change="lower", q=0.01),
        figure("sentiment", "negative", change="higher", q=0.001),
    ]
    swung = town(moved={})
    keep = {(f.task, f.label): f for f in both}
    swung.figures = [
        keep.get((f.task, f.label), f) if (f.group, f.period) == ("all", WEEK) else f for f in swung.figures
    ]
    assert [f.label for f in changes(swung.data())] == ["negative"]
