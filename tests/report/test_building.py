"""The report value: complete, pure, signed only for exactly what was signed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from discourse.records import LANGUAGES
from discourse.report import render
from discourse.report.blocks import Chart, Concerns, Table, Text
from discourse.report.composing import PARTS, compose
from tests.report.make import WEEK, Town, frame, sided, town


def signed(made: Town, by: str = "A. Martin") -> Town:
    digest = made.data().digest
    made.decisions = {"signature": {WEEK: {"value": {"digest": digest}, "by": by, "made": "2026-11-16T09:00:00+00:00"}}}
    return made


def test_the_same_inputs_give_the_same_report() -> None:
    assert town().data() == town().data()


def test_a_signature_holds_for_what_was_signed_and_falls_with_a_figure_a_quote_or_a_decision() -> None:
    good = signed(town())
    assert good.data().signature is not None
    figure = signed(town())
    figure.figures[0] = replace(figure.figures[0], count=figure.figures[0].count + 1)
    text = signed(town())
    text.passages = text.passages.with_columns(text.passages["text"] + " Encore une phrase de plus ici.")
    officer = signed(town())
    officer.decisions["advice"] = {f"{WEEK}/housing": {"value": {"advice": "prepare"}, "by": "B", "made": "2026-11-16"}}
    assert [t.data().signature for t in (figure, text, officer)] == [None, None, None]


def test_the_time_of_making_is_not_part_of_what_is_signed() -> None:
    later = town()
    later.now = later.now.replace(hour=9)
    assert later.data().digest == town().data().digest


@pytest.mark.parametrize("lang", LANGUAGES)
def test_all_eleven_parts_stand_in_their_order_and_none_is_silent(lang: str) -> None:
    page = compose(town().data(), lang)
    assert tuple(p.key for p in page.parts) == PARTS
    assert [p.number for p in page.parts] == list(range(1, 12))
    assert page.sentences
    assert all(p.blocks for p in page.parts[1:])


def few(page: Any, key: str) -> str:
    part = next(p for p in page.parts if p.key == key)
    return " ".join(b.text for b in part.blocks if isinstance(b, Text) and b.kind == "few")


def test_an_empty_week_says_in_every_part_what_is_missing() -> None:
    empty = town()
    empty.figures, empty.passages, empty.ledger, empty.method, empty.evidence = [], frame([]), [], {}, {}
    empty.documents = empty.documents.clear()
    page = compose(empty.data(), "en")
    for key in PARTS[1:]:
        assert few(page, key), key
    assert page.sentences[0].text == "No story about migration was found this week."


def test_too_few_stories_show_no_share_and_say_how_many_are_needed() -> None:
    small = town()
    small.figures = [
        replace(f, enough=False, n=7, change="too_few") if f.task != "attention" else f for f in small.figures
    ]
    page = compose(small.data(), "en")
    assert few(page, "voices") == "Too few stories to say: 7 of the 20 needed."
    tables = [b for p in page.parts if p.key == "voices" for b in p.blocks if isinstance(b, Table)]
    assert {row[1].text for row in tables[0].rows} == {"–"}
    assert not any(isinstance(b, Chart) for p in page.parts if p.key == "voices" for b in p.blocks)


def test_a_silent_source_is_named_above_the_headline() -> None:
    page = compose(town().data(), "en")
    assert page.alerts == (
        "Radio Loire published nothing this week (last text: 17 October 2026). Part of any change may come from that silence.",
    )


def test_every_chart_has_words_and_a_table_with_every_mark() -> None:
    page = compose(town().data(), "fr")
    charts = [b for p in page.parts for b in p.blocks if isinstance(b, Chart)]
    assert len({c.ident for c in charts}) == len(charts) == 10
    assert all(c.title and c.said and c.table.rows for c in charts)
    for chart in charts:
        assert {len(row) for row in chart.table.rows} == {len(chart.table.head)}


def concerns(page: Any) -> Concerns:
    return next(b for p in page.parts for b in p.blocks if isinstance(b, Concerns))


def test_concerns_are_ranked_and_carry_their_question_figures_council_and_both_sides() -> None:
    page = compose(town().data(), "en")
    first = concerns(page).items[0]
    assert (first.name, first.advice, first.question) == ("Housing", "answer", "Do migrants take the social housing?")
    assert [c.value for c in first.cards] == ["12.4 %", "1,432 demandes"]
    assert [c.bearing_name for c in first.cards] == ["qualifies the concern", "confirms the concern"]
    assert first.cards[0].flags == "provisional"
    assert first.council
    assert first.pair is not None


def test_a_concern_without_evidence_says_so_and_is_listed_as_a_gap() -> None:
    page = compose(town().data(), "en")
    other = concerns(page).items[1]
    assert other.gap == "No official figure found."
    part = next(p for p in page.parts if p.key == "concerns")
    gaps = [i.text for b in part.blocks if hasattr(b, "items") and not isinstance(b, Concerns) for i in b.items]
    assert other.name in gaps
    assert "Housing" not in gaps


def test_an_officers_decision_stands_beside_the_rule() -> None:
    made = town()
    decision = {"value": {"advice": "prepare", "reason": "Réunion jeudi"}, "by": "A. Martin", "made": "2026-11-15"}
    made.decisions = {"advice": {f"{WEEK}/housing": decision}}
    first = concerns(compose(made.data(), "en")).items[0]
    assert first.advice == "prepare"
    assert "The rule says “Answer”; A. Martin decided otherwise on 15 November 2026." in first.advice_why
    assert "Réunion jeudi" in first.advice_why


def test_a_label_the_model_often_gets_wrong_is_marked() -> None:
    page = compose(town().data(), "en")
    chart = next(b for p in page.parts if p.key == "concerns" for b in p.blocks if isinstance(b, Chart))
    assert {row[0].text for row in chart.table.rows if row[0].text.endswith("°")} == {"Public space°"}


def test_a_series_that_breaks_is_said_in_the_method_and_as_an_alert() -> None:
    made = town()
    made.figures = [replace(f, versions="m@2/1" if f.period == WEEK else "m@1/1") for f in made.figures]
    data = made.data()
    assert data.breaks == (WEEK,)
    assert any("codebook changed" in a for a in compose(data, "en").alerts)


def test_the_council_counts_for_no_reach() -> None:
    made = town()
    made.passages = frame([sided(i, "critical", source="minutes") for i in range(12)])
    housing = next(c for c in made.data().concerns if c.name == "housing")
    assert (housing.advice.reach.stories, housing.advice.reach.outlets, housing.advice.reach.of_outlets) == (0, 0, 4)


def test_council_texts_are_listed_by_what_was_done_with_them() -> None:
    stages = {c.stage for c in town().data().council}
    assert stages == {"decided", "debated"}


def test_contested_terms_have_a_neutral_word_and_one_use_in_context() -> None:
    term = town().data().terms[0]
    assert (term.term, term.neutral, term.shown) == ("clandestin", "personne en situation irrégulière", "clandestins")
    assert term.count == 8
    assert term.before.endswith("afflux de ")


def test_evidence_texts_follow_the_language() -> None:
    questions = {lang: concerns(compose(town().data(), lang)).items[0].question for lang in LANGUAGES}
    assert len(set(questions.values())) == len(LANGUAGES)


@pytest.mark.parametrize("face", ["html", "pdf", "docx", "mail", "markdown", "json"])
def test_a_signature_stands_on_every_face_that_is_read(face: str) -> None:
    with_name, draft = signed(town(), by="Ada Signataire").data(), town().data()
    assert with_name.signature is not None
    assert dict(render(with_name, "fr", face)) != dict(render(draft, "fr", face))
