"""A random draw is unbiased whatever the scores; a draw to learn from takes the doubtful, one a story."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from discourse import codebook
from discourse.measure import sampling

NAMES = [n for n in codebook.load().columns() if n.startswith("concern.")]


def passages(count: int, *, seed: int = 1) -> pl.DataFrame:
    chance = np.random.default_rng(seed)
    columns = {n: chance.beta(0.5, 3, count).astype(np.float32) for n in NAMES}
    return pl.DataFrame(
        {
            "passage_id": [f"p{i}" for i in range(count)],
            "document_id": [f"d{i // 2}" for i in range(count)],
            "story_id": [f"s{i // 4}" for i in range(count)],
            "week": [f"2026-W{10 + i % 12}" for i in range(count)],
            "lang": ["fr" if i % 3 else "de" for i in range(count)],
            **columns,
        }
    )


def test_a_weighted_mean_of_the_draw_is_right_on_average() -> None:
    frame = passages(900)
    truth = (np.random.default_rng(5).random(900) < frame["concern.housing"].to_numpy()).astype(float)
    at = {p: i for i, p in enumerate(frame["passage_id"])}
    found = []
    for seed in range(60):
        drawn = sampling.for_estimation(frame, task="concern", count=120, seed=seed)
        values = np.array([truth[at[p]] for p in drawn["passage_id"]])
        found.append(float((values / drawn["probability"].to_numpy()).sum()) / 900)
    assert np.mean(found) == pytest.approx(truth.mean(), abs=0.015)


def test_a_draw_repeats_with_its_seed_names_nobody_twice_and_covers_the_weeks() -> None:
    frame = passages(600)
    one, two = (sampling.for_estimation(frame, task="concern", count=100, seed=7) for _ in range(2))
    assert one["passage_id"].to_list() == two["passage_id"].to_list()
    assert one["passage_id"].n_unique() == one.height
    assert one["week"].n_unique() == 12
    assert (one["probability"] > 0).all()
    assert (one["probability"] <= 1).all()


def test_what_teaches_is_doubtful_unread_and_of_many_stories() -> None:
    frame = passages(400)
    seen = frame["passage_id"].to_list()[:100]
    drawn = sampling.for_learning(frame, task="concern", count=40, seen=seen)
    assert drawn["probability"].null_count() == 40
    assert drawn["story_id"].n_unique() == 40
    assert not set(drawn["passage_id"]) & set(seen)
    doubt = lambda f: float(np.abs(f.select(NAMES).to_numpy() - 0.5).min(1).mean())  # noqa: E731
    assert doubt(drawn) < doubt(frame)
    assert set(drawn["lang"]) == {"fr", "de"}
