"""Alpha against the published worked example, and its limits."""

from __future__ import annotations

import numpy as np
import pytest

from discourse.measure.agreement import alpha, per_label

NO = np.nan
WORKED = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, NO, NO, NO],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NO, 3],
        [NO, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NO],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NO],
    ]
).T


def test_the_worked_example_of_krippendorff_2011_gives_743() -> None:
    assert alpha(WORKED) == pytest.approx(0.743, abs=5e-4)


def test_full_agreement_is_one_and_chance_is_about_nought() -> None:
    chance = np.random.default_rng(1)
    same = chance.integers(0, 2, 400).astype(float)
    assert alpha(np.stack([same, same], 1)) == 1.0
    found = alpha(chance.integers(0, 2, (4000, 2)).astype(float))
    assert found is not None
    assert abs(found) < 0.05


def test_where_nothing_varies_nothing_is_said() -> None:
    assert alpha(np.ones((10, 2))) is None


def test_per_label_gives_intervals_and_marks_what_is_only_indicative() -> None:
    chance = np.random.default_rng(2)
    first = [{"good": bool(x), "bad": bool(chance.integers(0, 2))} for x in chance.integers(0, 2, 200)]
    second = [{"good": u["good"], "bad": bool(chance.integers(0, 2))} for u in first]
    found = {a.label: a for a in per_label(first, second, resamples=200)}
    assert found["good"].alpha == 1.0
    assert not found["good"].indicative
    assert found["bad"].indicative
    assert found["bad"].low is not None
    assert found["bad"].high is not None
    assert found["bad"].low <= (found["bad"].alpha or 0) <= found["bad"].high
