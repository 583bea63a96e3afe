"""Intervals: the published numbers, and what must hold of any."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from discourse.measure import clusters, intervals
from discourse.measure.stories import Units, names


def test_wilson_as_published() -> None:
    """Newcombe 1998, table I: 81 of 263, and 0 of 20."""
    assert np.round(intervals.wilson(81 / 263, 263, 0.95), 4).tolist() == [0.2553, 0.3662]
    low, high = intervals.wilson(0.0, 20, 0.95)
    assert (round(float(low), 4), round(float(high), 4)) == (0.0, 0.1611)


def test_poisson_limits_as_published() -> None:
    """Garwood 1936: 0 and 10 events."""
    low, high = intervals.poisson(np.array([0.0, 10.0]), 0.95)
    assert np.round([low[0], high[0], low[1], high[1]], 2).tolist() == [0.0, 3.69, 4.80, 18.39]


@given(st.floats(0, 1), st.floats(0, 1e6))
def test_an_interval_holds_its_share_and_stays_between_nothing_and_all(share: float, n: float) -> None:
    low, high = intervals.wilson(share, n, 0.95)
    assert 0 <= low <= share + 1e-12
    assert share - 1e-12 <= high <= 1


def test_nothing_seen_says_nothing() -> None:
    low, high = intervals.wilson(0.5, 0, 0.95)
    assert (float(low), float(high)) == (0.0, 1.0)


def test_the_effective_size_of_plain_answers_is_their_number() -> None:
    assert float(intervals.effective_size(0.3, 0.3 * 0.7 / 50)) == pytest.approx(50)
    assert float(intervals.effective_size(0.0, 0.0, 40)) == 40


def test_the_bootstrap_of_clusters_agrees_with_arithmetic() -> None:
    rng = np.random.default_rng(0)
    means = rng.normal(0, 1, 200)
    values, group = np.repeat(means, 5)[:, None], np.repeat(np.arange(200), 5)
    low, high = intervals.bootstrap(values, group, level=0.95, resamples=2000, seed=1)
    assert float(high[0] - low[0]) == pytest.approx(2 * 1.96 * means.std() / 200**0.5, rel=0.1)


def stories(alike: float, *, weeks: int = 12, outlets: int = 4, each: int = 15) -> Units:
    """Return stories whose outlets each have a mood of their own in each week."""
    rng = np.random.default_rng(0)
    n = weeks * outlets * each
    mood = rng.normal(0, alike, (weeks, outlets, len(names())))
    rate = 1 / (1 + np.exp(-mood))
    values = (rng.random((weeks, outlets, each, len(names()))) < rate[:, :, None, :]).reshape(n, -1)
    return Units(
        week=np.repeat(np.arange(weeks), outlets * each), outlet=np.tile(np.repeat(np.arange(outlets), each), weeks),
        story=np.arange(n), weight=np.ones(n), values=values.astype(np.float32),
    )  # fmt: skip


def test_outlets_with_moods_widen_intervals_and_others_do_not() -> None:
    assert clusters.design_effects(stories(0.0), 12).mean() < 1.15
    assert clusters.design_effects(stories(1.0), 12).mean() > 2


def test_a_few_weeks_cannot_tell_moods_from_habits() -> None:
    assert (clusters.design_effects(stories(1.0, weeks=3), 3) == 1).all()
