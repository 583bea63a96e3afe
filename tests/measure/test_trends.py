"""The long view finds what is there and says that it cannot tell where nothing is."""

from __future__ import annotations

import numpy as np

from discourse.measure import trends


def noise(seed: int, weeks: int = 60) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.3, 0.05, weeks)


def test_noise_has_no_change_point_but_by_chance() -> None:
    found = [bool(trends.turns(noise(seed), seed=seed)) for seed in range(40)]
    assert sum(found) <= 6, "one in twenty is promised"


def test_a_lasting_rise_is_dated() -> None:
    series = noise(1)
    series[35:] += 0.15
    (turn,) = trends.turns(series, most=1)
    assert abs(turn.at - 35) <= 2
    assert turn.after > turn.before
    assert turn.p_value <= 0.05


def test_missing_weeks_move_no_date() -> None:
    series = noise(1)
    series[35:] += 0.15
    series[[3, 10, 11, 12, 40]] = np.nan
    (turn,) = trends.turns(series, most=1)
    assert abs(turn.at - 35) <= 2


def test_few_weeks_say_nothing() -> None:
    assert trends.turns(noise(1, 8)) == []
    assert trends.apart(noise(1, 8), noise(2, 8)).differ is None
    assert trends.lead(noise(1, 10), noise(2, 10)).weeks is None


def test_two_series_differ_or_do_not() -> None:
    assert trends.apart(noise(1) + 0.1, noise(2)).differ is True
    assert trends.apart(noise(3), noise(4)).differ is False


def test_who_comes_first_is_told_only_where_it_shows() -> None:
    steps = np.cumsum(np.random.default_rng(5).normal(0, 0.05, 90))
    small = np.random.default_rng(6).normal(0, 0.01, 90)
    found = trends.lead(steps[4:], steps[2:-2] + small[4:])
    assert found.weeks == 2
    assert trends.lead(noise(7, 90), noise(8, 90)).weeks is None
