"""Bare answers are joined to questions within a split, and a yes takes the question's side."""

from __future__ import annotations

from collections import Counter

from discourse.train import agreement, corpora, material


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


def test_contexts_are_of_train_splits_alone_and_none_is_a_question_that_is_measured_by() -> None:
    read = [c.text for c in agreement.contexts()]
    assert len(read) == len(set(read)) > 3000
    rows = {split: [e for name in corpora.WRITTEN for e in corpora.read(name, split)] for split in corpora.SPLITS}
    answered = {split: {(e.context or "").strip() for e in found} for split, found in rows.items()}
    assert set(read) <= answered["train"]
    assert not set(read) & (answered["dev"] | answered["test"] | {q.text for q in agreement.questions()})


def test_contexts_with_a_side_are_answered_both_ways() -> None:
    sided = {c.id: c.yes for c in agreement.contexts() if c.yes in ("positive", "negative")}
    made = agreement.to_contexts()
    assert {e.scenario for e in made} == set(sided)
    assert {e.split for e in made} == {"train"}
    by = {(e.scenario, _side(e)) for e in made}
    assert all({(c, "positive"), (c, "negative")} <= by for c in sided)
    asked = agreement.asked()
    assert all(asked[e.context or ""] == e.yes == sided[e.scenario] for e in made)
    assert not {q.text for q in agreement.questions() if q.split != "train"} & set(asked)


def test_what_is_learnt_from_knows_what_a_yes_would_say() -> None:
    learn = material.gather(("opinions-v1", agreement.NAME), None).learn
    told = Counter(e.yes for e in learn if e.context)
    assert told["positive"] > 500 and told["negative"] > 500
    assert not [e for e in learn if e.yes and not e.context]
    assert not [e for e in material.gather(("opinions-v1",), None).learn if e.yes]


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
