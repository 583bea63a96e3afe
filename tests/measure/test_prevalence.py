"""Estimators of a share: right where the truth is known, honest about how far off they may be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from discourse.measure import prevalence
from discourse.measure.intervals import wilson
from discourse.measure.prevalence import Floats
from discourse.measure.recalibrate import logit, refit, sigmoid


def scores(share: float, n: int, seed: int, *, prior: float = 0.2) -> tuple[Floats, Floats]:
    """Return truth and probabilities calibrated to ``prior``."""
    rng = np.random.default_rng(seed)
    truth = rng.random(n) < share
    x = rng.normal(np.where(truth, 1.0, -1.0), 1.0)
    return truth.astype(float), 1 / (1 + np.exp(-(np.log(prior / (1 - prior)) + 2 * x)))


def checked(truth: Floats, n: int, seed: int) -> tuple[Floats, Floats]:
    """Return what people found in a random sample, and its chances."""
    read = np.random.default_rng(seed + 1000).choice(len(truth), n, replace=False)
    found, chance = np.full(len(truth), np.nan), np.full(len(truth), np.nan)
    found[read], chance[read] = truth[read], n / len(truth)
    return found, chance


@pytest.mark.parametrize("share", [0.05, 0.4, 0.7])
def test_em_finds_a_share_that_moved_away_from_training(share: float) -> None:
    off = []
    for seed in range(10):
        truth, p = scores(share, 600, seed)
        off.append(prevalence.em(p, np.ones(600), 0.2).share - truth.mean())
    assert abs(np.mean(off)) < 0.02
    plain = np.mean(p) - truth.mean()
    assert np.mean(np.abs(off)) < abs(plain) / 2


def test_em_of_nothing_stays_where_the_prior_is() -> None:
    assert prevalence.em(np.array([0.2]), np.ones(1), 0.2).share == pytest.approx(0.2)


def test_adjusted_count_takes_measured_errors_back() -> None:
    """90 of 100 found, 10 of 100 alarmed: 42 % counted means 40 % there."""
    known = prevalence.Confusion(hit=0.9, alarm=0.1, hit_variance=0.0009, alarm_variance=0.0009)
    decided = np.array([1.0] * 42 + [0.0] * 58)
    found = prevalence.adjusted_count(decided, np.ones(100), known)
    assert found.share == pytest.approx(0.4)
    assert found.error > 0.09 / 100 / 0.64
    assert found.seen == pytest.approx(0.4 * 0.6 / 100)


def test_adjusted_count_stays_between_nothing_and_all() -> None:
    known = prevalence.Confusion(hit=0.8, alarm=0.2, hit_variance=0.001, alarm_variance=0.001)
    assert prevalence.adjusted_count(np.zeros(50), np.ones(50), known).share == 0.0
    assert prevalence.adjusted_count(np.ones(50), np.ones(50), known).share == 1.0


def test_an_adjusted_count_of_nothing_is_not_sure_of_it() -> None:
    known = prevalence.Confusion(hit=0.5, alarm=0.1, hit_variance=0.006, alarm_variance=0.0005)
    found = prevalence.adjusted_count((np.arange(600) % 10 == 0) * 0.8, np.ones(600), known)
    low, high = wilson(found.share, found.size(), 0.95)
    assert found.share == low == 0.0
    assert 0.06 < high < 0.2, "one in ten is said wrongly, give or take: a few in a hundred may be true"


def test_a_confusion_matrix_weighs_rows_by_their_chances() -> None:
    truth, decided = np.array([1.0, 1, 1, 0, 0, 0] * 60), np.array([1.0, 1, 0, 0, 0, 1] * 60)
    weight = np.array([1.0, 1, 2, 1, 1, 1] * 60)
    found = prevalence.confusion(decided, truth, weight)
    assert found is not None
    assert (found.hit, found.alarm) == pytest.approx((0.5, 1 / 3))


def test_decisions_that_tell_nothing_apart_have_no_confusion_matrix_to_be_put_through() -> None:
    truth, decided = np.array([1.0, 0.0] * 50), np.array([1.0, 1.0, 0.0, 0.0] * 25)
    assert prevalence.confusion(decided, truth, np.ones(100)) is None
    assert prevalence.confusion(decided, np.zeros(100), np.ones(100)) is None


def test_prediction_powered_is_right_on_average_whatever_the_model_says() -> None:
    off = []
    for seed in range(60):
        truth, p = scores(0.3, 1000, seed)
        found = prevalence.prediction_powered(1 - p, np.ones(1000), *checked(truth, 150, seed))
        off.append(found.share - truth.mean())
    assert abs(np.mean(off)) < 0.02


def test_prediction_powered_is_surer_with_a_good_model_than_without() -> None:
    truth, p = scores(0.3, 1000, 1)
    said = checked(truth, 150, 1)
    good = prevalence.prediction_powered(p, np.ones(1000), *said)
    blind = prevalence.prediction_powered(np.full(1000, 0.3), np.ones(1000), *said)
    assert good.error < 0.7 * blind.error


def test_prediction_powered_where_all_were_read_is_what_people_found() -> None:
    truth, p = scores(0.3, 200, 2)
    found = prevalence.prediction_powered(p, np.ones(200), truth, np.ones(200))
    assert found.share == pytest.approx(truth.mean())
    assert found.error == pytest.approx(0.0, abs=1e-9)


def test_stories_that_people_find_to_be_about_something_else_leave_the_denominator() -> None:
    truth, about = np.array([1.0, 0, 0, 0] * 25), np.array([1.0, 1, 0, 0] * 25)
    found = prevalence.prediction_powered(np.full(100, 0.5), np.ones(100), truth, np.ones(100), about=about)
    assert found.share == pytest.approx(0.5)


def test_samples_drawn_more_often_where_the_model_says_yes_are_weighed_back() -> None:
    off = []
    for seed in range(60):
        truth, p = scores(0.3, 1000, seed)
        chance = np.where(p > 0.3, 0.4, 0.1)
        read = np.random.default_rng(seed + 1000).random(1000) < chance
        found = prevalence.prediction_powered(
            p, np.ones(1000), np.where(read, truth, np.nan), np.where(read, chance, np.nan)
        )
        off.append(found.share - truth.mean())
    assert abs(np.mean(off)) < 0.015


@given(
    st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=2, max_size=60), st.floats(0.05, 1.0), st.data()
)  # fmt: skip
def test_estimates_are_shares_with_a_variance(
    rows: list[tuple[float, bool]], chance: float, data: st.DataObject
) -> None:
    p, truth = np.array([r[0] for r in rows]), np.array([float(r[1]) for r in rows])
    weight = np.array(data.draw(st.lists(st.floats(0.1, 10), min_size=len(rows), max_size=len(rows))))
    for found in (
        prevalence.em(p, weight, 0.3),
        prevalence.prediction_powered(p, weight, truth, np.full(len(rows), chance)),
    ):
        assert 0 <= found.share <= 1
        assert np.isfinite(found.variance(2.0))
        assert found.variance(2.0) >= 0


def test_a_refit_finds_how_often_a_yes_is_right_and_a_no_is_wrong() -> None:
    decided, truth = (
        np.repeat([1.0, 1.0, 0.0, 0.0], [30, 10, 15, 145]),
        np.repeat([1.0, 0.0, 1.0, 0.0], [30, 10, 15, 145]),
    )
    beta, moves = refit(decided, truth, np.ones(200))
    right, wrong = sigmoid(beta[0] * logit(np.array([1.0, 0.0])) + beta[1])
    assert right == pytest.approx(30 / 40, abs=0.01)
    assert wrong == pytest.approx(15 / 160, abs=0.01)
    assert moves.shape == (200, 2)
    assert abs(moves.sum(axis=0)).max() < 0.05, "at the best fit what the rows pull at cancels"
