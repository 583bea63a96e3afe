"""When is a week different? The tests behind the word, one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from discourse.measure import change
from discourse.measure.change import Floats


def weeks(shares: list[float], *, n: int = 60, labels: int = 12, seed: int = 0) -> list[Floats]:
    """Return weeks of yes-or-no stories; the first label has the given shares, the others 20 %."""
    rng = np.random.default_rng(seed)
    return [(rng.random((n, labels)) < np.array([s, *[0.2] * (labels - 1)])).astype(float) for s in shares]


def verdict(found: list[Floats], min_n: int = 20) -> change.Verdict:
    said = change.shares(found, baseline=8, min_n=min_n, level=0.95)
    assert said is not None
    return said


def test_quiet_weeks_have_p_values_that_are_at_most_as_small_as_they_should_be() -> None:
    p = np.concatenate([verdict(weeks([0.2] * 9, seed=s)).p for s in range(60)])
    assert np.mean(p < 0.05) < 0.06
    assert np.mean(p < 0.005) < 0.009


def test_a_column_of_which_nothing_was_tested_says_nothing() -> None:
    assert change.combined(np.array([[0.001]]), np.zeros((1, 1), bool))[0] == pytest.approx(0.5)


def test_restless_weeks_make_no_more_alarms() -> None:
    rng = np.random.default_rng(3)
    found = []
    for seed in range(80):
        shares = 1 / (1 + np.exp(1.4 - rng.normal(0, 0.5, 12)))
        found.append(verdict(weeks(shares.tolist(), seed=seed)).p[0])
    assert np.mean(np.array(found) < 0.01) < 0.06


def test_a_rise_that_stays_is_surer_in_its_fourth_week_than_in_its_first() -> None:
    first = np.median([verdict(weeks([0.2] * 8 + [0.35], seed=s)).p[0] for s in range(20)])
    fourth = np.median([verdict(weeks([0.2] * 8 + [0.35] * 4, seed=s)).p[0] for s in range(20)])
    assert fourth < first


def test_a_rise_that_is_over_is_not_declared_of_a_week_like_any_other() -> None:
    assert verdict(weeks([0.2] * 8 + [0.8, 0.8, 0.05])).sign[0] == -1


def test_a_label_that_hardly_anybody_has_is_not_judged() -> None:
    found = weeks([0.0] * 9)
    found[-1][0, 0] = 1.0
    said = verdict(found)
    assert not said.tested[0]
    assert said.tested[1:].all()
    assert said.p[0] > 0.4


def test_without_four_weeks_there_is_no_verdict() -> None:
    assert change.shares(weeks([0.2] * 4), baseline=8, min_n=20, level=0.95) is None
    assert change.counts(np.array([9.0, 9.0, 9.0, 30.0]), baseline=8, level=0.95) is None


def test_a_week_without_stories_has_no_verdict_on_shares() -> None:
    found = [*weeks([0.2] * 8), np.zeros((0, 12))]
    assert change.shares(found, baseline=8, min_n=20, level=0.95) is None


@pytest.mark.parametrize(("now", "sure"), [(20.0, False), (26.0, False), (70.0, True), (1.0, True)])
def test_attention_is_judged_by_weeks_like_it(now: float, sure: bool) -> None:
    said = change.counts(np.array([20.0, 22, 18, 21, 19, 20, 23, 17, now]), baseline=8, level=0.95)
    assert said is not None
    assert bool(said.p[0] < 0.01) == sure
    assert (said.low[0] <= now <= said.high[0]) != sure


def test_benjamini_and_hochberg_as_published() -> None:
    """Their own example of 15 tests (1995, section 3.2): four are rejected at .05."""
    p = np.array([0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719,
                  0.6528, 0.7590, 1.0])  # fmt: skip
    assert int((change.controlled(p, np.ones(15)) <= 0.05).sum()) == 4


def test_what_weighs_more_is_believed_sooner() -> None:
    p = np.array([0.01, 0.01, 0.5, 0.5])
    q = change.controlled(p, np.array([4.0, 1.0, 1.0, 1.0]))
    assert q[0] < q[1]


@given(st.lists(st.floats(0, 1), max_size=40))
def test_adjusted_p_values_are_p_values_and_never_smaller(p: list[float]) -> None:
    q = change.controlled(np.array(p), np.ones(len(p)))
    assert ((q >= np.array(p) - 1e-12) & (q <= 1)).all()


@given(st.lists(st.floats(1e-6, 0.5), min_size=1, max_size=3))
def test_joined_p_values_lie_between_the_smallest_and_the_largest(p: list[float]) -> None:
    column = np.array(p)[:, None]
    joined = change.combined(column, np.ones(column.shape, bool))[0]
    assert min(p) * 0.99 <= joined <= max(p) * 1.01
