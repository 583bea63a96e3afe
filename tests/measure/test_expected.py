"""What a week should be like: trend and season are followed where they show, and nothing is made of chance."""

from __future__ import annotations

import numpy as np
import pytest

from discourse.measure import change, expected
from discourse.measure.change import Floats


def weeks(shares: Floats, *, n: int = 200, labels: int = 12, seed: int = 0) -> list[Floats]:
    """Return weeks of yes-or-no stories; every second label has the given shares, the others 20 %."""
    rng = np.random.default_rng(seed)
    moving = np.arange(labels) % 2 == 0
    return [(rng.random((n, labels)) < np.where(moving, s, 0.2)).astype(float) for s in shares]


def verdict(shares: Floats, seed: int, at: list[int] | None = None) -> change.Verdict:
    said = change.shares(weeks(shares, seed=seed), baseline=8, min_n=20, level=0.95, at=at)
    assert said is not None
    return said


def moving(shares: Floats, runs: int = 20) -> float:
    """Return the mean distance, in standard errors, of labels that go their way from what is expected of them."""
    from scipy import stats

    return float(np.mean([stats.norm.isf(verdict(shares, s).p[::2] / 2) for s in range(runs)]))


def test_a_steady_rise_is_expected_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    rising = np.linspace(0.15, 0.55, 20)
    with_trend = moving(rising)
    assert verdict(rising, 0).usual[0] > 0.48  # the eight weeks before lie about .44
    monkeypatch.setattr(expected, "SHORTEST", 999)
    assert moving(rising) > 2 * with_trend


def test_the_time_of_year_is_expected_once_it_was_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    year = 0.25 + 0.15 * np.sin(2 * np.pi * np.arange(125) / 52)
    monkeypatch.setattr(expected, "SHORTEST", 999)
    known = moving(year)
    monkeypatch.setattr(expected, "YEAR", 999)
    assert moving(year) > 1.5 * known


def test_a_jump_that_no_year_had_is_still_found() -> None:
    year = 0.25 + 0.1 * np.sin(2 * np.pi * np.arange(80) / 52)
    year[-1] += 0.25
    assert np.mean([verdict(year, s).p[0] < 0.01 for s in range(20)]) > 0.7


def test_of_quiet_weeks_nothing_is_made() -> None:
    quiet = np.full(90, 0.2)
    p = np.concatenate([verdict(quiet, s).p for s in range(30)])
    assert np.mean(p < 0.05) < 0.06


def test_weeks_are_known_by_the_calendar_not_by_their_place() -> None:
    means, sizes, one = np.zeros((30, 1)), np.full(30, 100.0), np.array([0.01])
    at = np.arange(30)
    means[at < 2] = 0.5
    moved, doubt = expected.season(means, sizes, at, one, base=np.arange(44, 52), recent=np.array([53]))
    assert (moved[0], doubt[0]) == (0.0, 0.0)  # of the weeks before, a year ago, too few are known
    moved, _ = expected.season(means, sizes, at, one, base=np.arange(62, 70), recent=np.array([54]))
    assert moved[0] > 0.1


def test_counts_follow_their_slope_too() -> None:
    rising = np.round(20 * 1.08 ** np.arange(16))
    said = change.counts(np.append(rising, round(20 * 1.08**16)), baseline=8, level=0.95)
    assert said is not None
    assert said.p[0] > 0.05
    jump = change.counts(np.append(rising, 200.0), baseline=8, level=0.95)
    assert jump is not None
    assert jump.p[0] < 0.01


def test_a_fall_that_goes_on_never_leads_below_nothing() -> None:
    falling = np.linspace(0.5, 0.02, 14)
    said = verdict(np.append(falling, 0.05), 0)
    assert 0 < said.usual[0] < 0.12
    assert said.high[0] < 0.4
