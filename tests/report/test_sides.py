"""Both sides: equally many, typical, one a story, outlets taking turns, names masked; the same for the same passages."""

from __future__ import annotations

import json
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from discourse.report.masking import mask
from discourse.report.sides import CONFIDENT, Quoting, both_sides, shorten
from tests.report.make import frame, passage, sided

QUOTING = Quoting(characters=280, outlets={"gazette": "La Gazette"})
LONG = (
    "Les voisins ont apporté des meubles et des vêtements, et la mairie a prêté la salle pour tout l’hiver. Numéro {}."
)

rows = st.lists(
    st.tuples(
        st.sampled_from(["supportive", "critical", "neutral"]),
        st.sampled_from(["gazette", "reveil", "post", "letters"]),
        st.integers(0, 6),
        st.floats(0.3, 0.99),
        st.floats(0.0, 0.9),
    ),
    max_size=24,
)


@settings(max_examples=60, deadline=None)
@given(rows, st.integers(1, 4))
def test_both_sides_are_equal_one_a_story_confident_and_harmless(
    found: list[tuple[str, str, int, float, float]], most: int
) -> None:
    made = frame([
        sided(i, side, source=source, text=LONG.format(i), p=p, story_id=f"s{story}", **{"harm.hateful_generalisation": harm})
        for i, (side, source, story, p, harm) in enumerate(found)
    ])  # fmt: skip
    sides = both_sides(made, QUOTING, most=most)
    assert len(sides.supportive) == len(sides.critical) <= most
    by_id = {r["passage_id"]: r for r in made.iter_rows(named=True)}
    for side, label in (("supportive", "positive"), ("critical", "negative")):
        quoted = [by_id[q.passage_id] for q in getattr(sides, side)]
        assert all(r[f"sentiment.{label}"] >= CONFIDENT for r in quoted)
        assert all(r["harm.hateful_generalisation"] < 0.5 for r in quoted)
        assert len({r["story_id"] for r in quoted}) == len(quoted)


@settings(max_examples=30, deadline=None)
@given(rows, st.randoms(use_true_random=False))
def test_the_order_of_passages_changes_nothing(found: list[tuple[str, str, int, float, float]], chance: object) -> None:
    made = [sided(i, side, source=source, text=LONG.format(i), p=p) for i, (side, source, _, p, _) in enumerate(found)]
    mixed = list(made)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert both_sides(frame(made), QUOTING, most=3) == both_sides(frame(mixed), QUOTING, most=3)


def test_the_typical_is_quoted_before_the_extreme() -> None:
    usual = [sided(i, "critical", text=LONG.format(i), p=0.7 + i / 1000) for i in range(9)]
    loud = sided(
        99, "critical", text=LONG.format(99), p=0.99, **{"concern.crime_and_safety": 0.99, "policy_frame.morality": 0.9}
    )
    other = [sided(50 + i, "supportive", text=LONG.format(50 + i)) for i in range(9)]
    sides = both_sides(frame([loud, *usual, *other]), QUOTING, most=3)
    assert "gazette:99#0" not in {q.passage_id for q in sides.critical}
    assert sides.of_critical == 10


def test_the_surest_are_quoted_as_far_as_both_sides_have_enough() -> None:
    def some(side: str, at: int, p: float, count: int) -> list[dict[str, object]]:
        return [sided(i, side, text=LONG.format(i), p=p) for i in range(at, at + count)]

    doubtful = [*some("critical", 0, 0.55, 9), *some("supportive", 50, 0.55, 9)]
    sure = [*some("critical", 20, 0.9, 3), *some("supportive", 70, 0.9, 3)]
    sides = both_sides(frame([*doubtful, *sure]), QUOTING, most=3)
    assert {q.passage_id for q in sides.critical} == {"gazette:20#0", "gazette:21#0", "gazette:22#0"}
    one_short = both_sides(frame([*doubtful, *sure[:-1]]), QUOTING, most=3)
    assert len(one_short.critical) == len(one_short.supportive) == 3


def test_what_was_quoted_before_comes_last() -> None:
    made = frame([sided(i, side, text=LONG.format(i)) for i, side in enumerate(["critical", "supportive"] * 3)])
    first = both_sides(made, QUOTING, most=1)
    said = frozenset(q.passage_id for q in (*first.supportive, *first.critical))
    again = both_sides(made, QUOTING, most=1, quoted=said)
    assert not said & {q.passage_id for q in (*again.supportive, *again.critical)}
    assert {q.passage_id for q in both_sides(made, QUOTING, most=3, quoted=said).critical} > {
        first.critical[0].passage_id
    }


def test_outlets_take_turns() -> None:
    outlets = ["gazette"] * 6 + ["reveil", "post"]
    both = [sided(i, side, source=o, text=LONG.format(i)) for side, at in (("critical", 0), ("supportive", 100))
            for i, o in enumerate(outlets, at)]  # fmt: skip
    sides = both_sides(frame(both), QUOTING, most=3)
    assert Counter(q.source for q in sides.critical) == {"gazette": 1, "reveil": 1, "post": 1}


def test_a_text_that_stands_in_two_stories_is_quoted_once() -> None:
    both = [sided(i, side, source=o, text=LONG.format(side)) for side in ("critical", "supportive")
            for i, o in enumerate(("gazette", "reveil"), 10 * len(side))]  # fmt: skip
    assert len(both_sides(frame(both), QUOTING, most=3).critical) == 1


def test_one_side_alone_is_not_shown() -> None:
    sides = both_sides(frame([sided(i, "critical", text=LONG.format(i)) for i in range(5)]), QUOTING, most=3)
    assert (sides.supportive, sides.critical, sides.of_supportive, sides.of_critical) == ((), (), 0, 5)


def test_nothing_at_all() -> None:
    assert both_sides(frame([]), QUOTING, most=3).supportive == ()


@settings(deadline=None)
@given(st.text(alphabet="abc de. «»!\n", max_size=900), st.integers(80, 300))
def test_a_quote_is_never_longer_than_its_limit(text: str, limit: int) -> None:
    said, cut = shorten(text, limit)
    assert len(said) <= limit
    assert cut == (len(text) > limit)


def test_a_long_quote_ends_with_a_sentence_where_it_can() -> None:
    said, cut = shorten("Une première phrase assez longue pour compter vraiment. " * 4, 120)
    assert cut
    assert said.endswith("vraiment. […]")


def test_speakers_who_hold_no_office_lose_their_names_and_officials_keep_them() -> None:
    spans = [
        {"voice": "resident", "speaker": "Josiane Perrin"},
        {"voice": "local_government", "speaker": "Claire Vidal"},
    ]
    text = "« C’est trop loin », dit Josiane Perrin. Claire Vidal répond que Mme Perrin sera reçue. La salle est prête."
    made = frame(
        [sided(1, "critical", text=text, voice_spans=json.dumps(spans)), sided(2, "supportive", text=LONG.format(2))]
    )
    quote = both_sides(made, QUOTING, most=1).critical[0].text
    assert "Perrin" not in quote
    assert "Josiane" not in quote
    assert "Claire Vidal" in quote
    assert "[nom masqué]" in quote


def test_names_are_known_by_title_age_role_and_verb_but_not_beside_an_office() -> None:
    assert mask("Mr. Haddad came.", "en") == "Mr. [name withheld] came."
    assert mask("Samir Haddad, 24, bakes.", "en") == "[name withheld], 24, bakes."
    assert mask("Ana Ruiz, vecina del barrio, espera.", "es") == "[nombre omitido], vecina del barrio, espera."
    assert mask("Das erzählt Amina Yusuf am Abend.", "de") == "Das erzählt [Name entfernt] am Abend."
    assert mask("Lo racconta Luca Bianchi.", "it") == "Lo racconta [nome omesso]."
    assert mask("Mme Vidal, maire de la ville, répond.", "fr") == "Mme Vidal, maire de la ville, répond."
    assert (
        mask("Le centre de Saint-Lyé ouvre, selon la Croix-Rouge.", "fr")
        == "Le centre de Saint-Lyé ouvre, selon la Croix-Rouge."
    )


def test_mails_numbers_and_pseudonyms_are_masked() -> None:
    text = "Écrire à jeanne.d@mail.example ou au 06 12 34 56 78, IBAN FR76 3000 6000 0112 3456 7890 189, [person:abcdefghijklmnopqrstuv]."
    masked = mask(text, "fr")
    assert not {"jeanne", "06 12", "FR76", "person"} & {w for w in ("jeanne", "06 12", "FR76", "person") if w in masked}


def test_a_finder_of_names_is_believed() -> None:
    text = "Ce matin Yasmine chantait sur la place."
    assert mask(text, "fr", find_names=lambda said, lang: [(9, 16)]) == "Ce matin [nom masqué] chantait sur la place."


def test_a_quote_says_where_it_stands() -> None:
    made = frame([sided(1, "critical", text=LONG.format(1), page=3), sided(2, "supportive", text=LONG.format(2))])
    quote = both_sides(made, QUOTING, most=1).critical[0]
    assert (quote.outlet, quote.page, str(quote.day), quote.url, quote.lang) == (
        "La Gazette", 3, "2026-11-10", "https://gazette.example/1", "fr",
    )  # fmt: skip


def test_short_passages_are_not_quoted() -> None:
    assert both_sides(frame([passage(1, "Court.", **{"sentiment.negative": 0.9})]), QUOTING, most=1).of_critical == 0
