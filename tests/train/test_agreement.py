"""Bare answers are joined to questions within a split, and a yes takes the question's side."""

from __future__ import annotations

from collections import Counter

from discourse.train import agreement, material


def test_every_question_gets_yes_no_and_neither_in_its_own_split() -> None:
    for split in ("train", "dev", "test"):
        made = agreement.examples(split)
        texts = {a.text for a in agreement.answers() if a.split == split}
        for example in made:
            assert example.split == split
            assert any(example.text.startswith(text) for text in texts), example.text
        sides = {q.id: Counter(_side(e) for e in made if e.scenario == q.id) for q in agreement.questions()}
        asked = [q.id for q in agreement.questions() if q.split == split]
        assert asked
        assert all(set(sides[q]) == {"positive", "negative", "neutral"} for q in asked)


def test_no_question_and_no_way_of_answering_stands_in_two_splits() -> None:
    for rows in (agreement.questions(), agreement.answers()):
        homes: dict[tuple[str, str], set[str]] = {}
        for row in rows:
            homes.setdefault((row.lang, row.text.casefold().replace("’", "'")), set()).add(row.split)
        assert not [key for key, splits in homes.items() if len(splits) > 1]


def test_the_same_answer_turns_with_its_question() -> None:
    made = agreement.examples("train")
    turned = Counter((e.lang, e.text) for e in made if e.known["sentiment.positive"])
    assert sum(turned[e.lang, e.text] > 0 for e in made if e.known["sentiment.negative"]) > 100


def test_bare_answers_are_learnt_from_only_where_they_are_named_and_never_watched_by() -> None:
    found = material.gather(("opinions-v1",), None)
    everything = (*found.learn, *found.watch, *found.held, *found.gate)
    assert everything
    assert not [e for e in everything if e.source == agreement.NAME]
    named = material.gather(("opinions-v1", agreement.NAME), None)
    answers = [e for e in named.learn if e.source == agreement.NAME]
    assert {e.split for e in answers} == {"train"}
    assert len(named.learn) == len(found.learn) + len(answers)
    assert named.watch == found.watch


def _side(example: agreement.Example) -> str:
    return next(x for x in ("positive", "negative", "neutral") if example.known[f"sentiment.{x}"])
