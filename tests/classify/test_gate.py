"""The gate reads words, whatever the text, and gives each a slot that is the same on every machine."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from discourse.classify import folder
from discourse.classify.gate import BITS, WORDS, Gate, looked_at, open_gate, slots
from discourse.train import corpora

EMPTY = np.zeros(46, np.float32)


@given(st.text(max_size=400))
def test_any_text_has_slots_in_range(text: str) -> None:
    found = slots(text)
    assert all(0 <= s < 1 << BITS for s in found)
    assert found == slots(text) or sorted(found) == sorted(slots(text))


def test_stretches_of_letters_join_inflected_forms() -> None:
    assert set(slots("migrants")) & set(slots("migrante"))
    assert not set(slots("piscine")) & set(slots("migrante"))


def test_context_counts_and_unknown_languages_pass() -> None:
    weights = np.zeros(1 << BITS, np.float32)
    weights[slots("migrants")] = 5.0
    gate = Gate(weights, bias=-1.0, threshold=0.0, prior=EMPTY)
    texts, contexts = ["Le vote est reporté."] * 3, [None, "Migrants : le débat", None]
    assert gate.passes(texts, contexts, ["fr", "fr", "pl"]) == [False, True, True]


def test_what_is_looked_at_ends_with_its_last_word() -> None:
    text = "mot, " * WORDS
    assert looked_at(text) == len(text)
    assert looked_at(text + "migrants") == len(text.rstrip(", "))
    assert slots(text + "migrants") == slots(text)


def test_the_shipped_gate_lets_nearly_every_relevant_text_pass() -> None:
    gate = open_gate(folder.read(folder.find("default")))
    assert gate is not None
    test = corpora.read("discourse-v1", "test")
    passed = gate.passes([e.text for e in test], [e.context for e in test], [e.lang for e in test])
    recall = [go for e, go in zip(test, passed, strict=True) if e.known["relevance"] > 0.5]
    assert np.mean(recall) >= 0.99, f"{np.mean(recall):.4f} of {len(recall)}"
    assert not all(passed), "a gate that spares nothing is none"
