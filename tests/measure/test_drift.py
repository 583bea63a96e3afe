"""Drift is seen where scores move, not where they only vary; too few passages say nothing."""

from __future__ import annotations

import numpy as np
import polars as pl

from discourse.measure import drift

NAMES = ["concern.housing", "concern.schools"]


def weeks(last: float, *, size: int = 120) -> pl.DataFrame:
    chance = np.random.default_rng(3)
    frames = []
    for number in range(8):
        mean = last if number == 7 else 0.2
        frames.append(
            pl.DataFrame(
                {
                    "week": [f"2026-W{10 + number}"] * size,
                    "text": ["logement école mairie" if number < 7 else "drone frontière mairie"] * size,
                    "concern.housing": chance.beta(4 * mean, 4 * (1 - mean), size),
                    "concern.schools": chance.beta(1, 4, size),
                }
            )
        )
    return pl.concat(frames)


def test_a_week_like_the_others_is_steady() -> None:
    assert {d.state for d in drift.watch(weeks(0.2), names=NAMES)} == {"steady"}


def test_a_week_whose_scores_moved_asks_to_be_read() -> None:
    found = drift.watch(weeks(0.6), names=NAMES)[-1]
    assert (found.state, found.label) == ("label", "concern.housing")
    assert found.new_words == 0.6667
    assert found.new_words_before == 0.0


def test_too_few_passages_say_nothing() -> None:
    assert {d.state for d in drift.watch(weeks(0.6, size=12), names=NAMES, weeks=1)} == {"too_few"}


def test_the_index_is_nothing_for_the_same_and_large_for_another() -> None:
    chance = np.random.default_rng(1)
    same = drift.stability(chance.random(4000), chance.random(4000))
    other = drift.stability(chance.random(4000) ** 3, chance.random(4000))
    assert same < 0.01
    assert other > drift.ALARM


def test_doubted_decisions_are_counted() -> None:
    frame = pl.DataFrame({"a": [0.1, 0.51, 0.9, 0.4], "b": [0.1, 0.1, 0.505, 0.1]})
    assert drift.unsure(frame, ["a", "b"]) == 0.5
