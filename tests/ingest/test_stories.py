"""Reprints are one story whatever newsrooms do to them; texts that only quote the same person stay two."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discourse.ingest.stories import StoryText, join, join_stretches

DAY = datetime(2026, 3, 2, tzinfo=UTC)
WORDS = [
    a + b for a in ("bar", "com", "dal", "fer", "gro", "hel", "lam", "mon") for b in ("beau", "tain", "rive", "quet")
]


def article(seed: int, size: int = 120) -> list[str]:
    chance = random.Random(seed)
    return [chance.choice(WORDS) + str(chance.randrange(40)) for _ in range(size)]


def text(name: str, words: list[str], *, day: int = 0, title: str = "") -> StoryText:
    return StoryText(id=name, published=DAY + timedelta(days=day), title=title, text=" ".join(words))


def reworded(words: list[str], share: float) -> list[str]:
    chance = random.Random(7)
    out = words[:]
    for at in chance.sample(range(len(words)), int(share * len(words))):
        out[at] = f"autre{at}"
    return out


EDITS = {
    "cut": lambda w: w[:70],
    "new lead": lambda w: article(99, 30) + w[30:],
    "agency": lambda w: ["AFP", *w, "Tous", "droits", "réservés"],
    "a tenth": lambda w: reworded(w, 0.10),
    "a fifth": lambda w: reworded(w, 0.20),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_copy_is_the_same_story(edit: str) -> None:
    found = join([text("b", article(1)), text("a", EDITS[edit](article(1)), day=3), text("c", article(2))])
    assert found == {"a": "a", "b": "a", "c": "c"}


def test_a_shared_quotation_makes_no_story() -> None:
    quote = article(5, 30)
    found = join([text("a", quote + article(1, 90)), text("b", quote + article(2, 90))])
    assert found["a"] != found["b"]


def test_headlines_need_nearly_the_same_words() -> None:
    given_titles = ["Le maire annonce un centre d'accueil", "Le maire refuse un centre d'accueil"]
    found = join([text(str(i), [], title=t) for i, t in enumerate(given_titles)])
    assert found["0"] != found["1"]
    again = join([text("0", [], title=given_titles[0]), text("1", [], title=f"{given_titles[0]} !")])
    assert again["0"] == again["1"]


def test_texts_far_apart_in_time_are_never_joined() -> None:
    found = join([text("a", article(1)), text("b", article(1), day=60)])
    assert found["a"] != found["b"]


@given(st.permutations(range(8)))
def test_the_order_of_texts_changes_nothing(order: list[int]) -> None:
    texts = [text(f"t{i}", reworded(article(i // 2), 0.05 * (i % 2))) for i in range(8)]
    assert join([texts[i] for i in order]) == {f"t{i}": f"t{i // 2 * 2}" for i in range(8)}


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 150)), max_size=24))
def test_week_by_week_is_the_same_as_all_at_once(found: list[tuple[int, int]]) -> None:
    texts = [text(f"t{i:02d}", article(kind), day=day) for i, (kind, day) in enumerate(found)]
    weeks = [[t for t in texts if t.published and (t.published - DAY).days // 7 == w] for w in range(22)]
    assert join_stretches(weeks) == join(texts)


def test_a_chain_of_reprints_is_one_story_however_long_it_runs() -> None:
    found = join([text(f"t{i:02d}", article(1), day=i * 20) for i in range(30)])
    assert set(found.values()) == {"t00"}


def test_of_old_texts_only_the_story_is_kept() -> None:
    import tracemalloc

    def peak(years: int) -> int:
        weeks = (
            [text(f"{w:04d}-{i}", article(w * 20 + i, 60), day=w * 7) for i in range(20)] for w in range(52 * years)
        )
        tracemalloc.start()
        join_stretches(weeks)
        high = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return high

    assert peak(3) < 1.8 * peak(1)
