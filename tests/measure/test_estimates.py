"""The estimator is chosen by what people have checked, and says which it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from discourse.measure import estimates
from discourse.measure.stories import Units, names

J = names().index("concern.housing")
V = names().index("voice.residents") if "voice.residents" in names() else len(names()) - 2
WEEKS, EACH = 4, 300


def units(share: float, read: NDArray[np.int64], chance: float, *, hard: bool = False, at: int = J) -> Units:
    """Return weeks of which the last has another share than the classifier knows."""
    rng = np.random.default_rng(4)
    n = WEEKS * EACH
    truth = rng.random(n) < np.repeat([0.2] * (WEEKS - 1) + [share], EACH)
    p = 1 / (1 + np.exp(-(np.log(0.25) + 2 * rng.normal(np.where(truth, 1.0, -1.0), 1.0))))
    values, said = np.zeros((n, len(names())), np.float32), np.full((n, len(names())), np.nan, np.float32)
    values[:, at], values[:, -1] = (p >= 0.5) if hard else p, 1.0
    drawn = np.full(n, np.nan)
    said[read, at], said[read, -1], drawn[read] = truth[read], 1.0, chance
    return Units(
        week=np.repeat(np.arange(WEEKS), EACH), outlet=np.zeros(n, np.int64), story=np.arange(n), weight=np.ones(n),
        values=values, truth=said, chance=drawn,
    )  # fmt: skip


def last(found: Units, at: int = J) -> tuple[float, str, float]:
    """Return share, method and width of the last week's label."""
    known = estimates.corrections(found)
    out = estimates.estimate(found, WEEKS, level=0.95, corrected=known, deff=np.ones((WEEKS, len(names()))))
    return float(out.share[-1, at]), estimates.METHODS[out.method[-1, at]], float((out.high - out.low)[-1, at])


ELSEWHERE = np.arange(0, 900, 4)
NOBODY = np.arange(0)


def test_where_nobody_checked_probabilities_are_added_up() -> None:
    assert last(units(0.5, NOBODY, 1.0))[1] == "probabilistic count"


def test_weeks_checked_elsewhere_correct_this_one() -> None:
    share, method, _ = last(units(0.5, ELSEWHERE, 0.25))
    assert method == "em"
    assert share == pytest.approx(0.5, abs=0.07)


def test_a_model_that_says_yes_or_no_is_put_through_its_confusion_matrix() -> None:
    plain, _, _ = last(units(0.6, NOBODY, 1.0, hard=True))
    share, method, _ = last(units(0.6, ELSEWHERE, 0.25, hard=True))
    assert method == "adjusted count"
    assert abs(share - 0.6) < abs(plain - 0.6) / 2


def test_a_week_that_was_checked_itself_is_corrected_by_its_own_sample() -> None:
    share, method, width = last(units(0.5, np.arange(900, 1200, 3), 1 / 3))
    assert method == "prediction-powered"
    assert share == pytest.approx(0.5, abs=0.08)
    assert 0.05 < width < 0.25


def test_a_sample_of_a_few_corrects_nothing_elsewhere() -> None:
    assert estimates.corrections(units(0.5, np.arange(0, 900, 30), 1 / 30)) == {}


def test_a_wider_design_effect_is_a_wider_interval() -> None:
    found = units(0.5, NOBODY, 1.0)
    plain, wide = (
        estimates.estimate(found, WEEKS, level=0.95, corrected={}, deff=np.full((WEEKS, len(names())), deff))
        for deff in (1.0, 2.0)
    )
    assert (wide.high - wide.low)[-1, J] > 1.3 * (plain.high - plain.low)[-1, J]


def test_offset_and_share_of_one_sample_err_together_so_that_what_is_carried_elsewhere_errs_less() -> None:
    """A sample with too many positives by chance raises both, and they cancel: counted apart, intervals are too wide."""
    found = units(0.5, ELSEWHERE, 0.25)
    one = estimates.corrections(found)[J]
    sd = np.sqrt(np.diag(one.covariance))
    assert one.covariance[1, 2] / (sd[1] * sd[2]) > 0.5
    apart = replace(one, covariance=np.diag(np.diag(one.covariance)))
    widths = []
    for known in (one, apart):
        out = estimates.estimate(found, WEEKS, level=0.95, corrected={J: known}, deff=np.ones((WEEKS, len(names()))))
        widths.append(float((out.high - out.low)[-1, J]))
    assert widths[0] < 0.9 * widths[1]
