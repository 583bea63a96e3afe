"""Folding keeps the order, names from the cut on, leaves the rest as it is, and can be taken back."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from discourse import folding


def test_p_from_the_cut_on_is_named_and_what_is_below_stays() -> None:
    p = np.linspace(0.0, 1.0, 201, dtype=np.float32)[:, None]
    cut = np.array([0.2, 0.5], np.float32)
    folded = folding.fold(np.repeat(p, 2, axis=1), cut)
    assert (np.diff(folded, axis=0) >= 0).all()
    assert np.array_equal(folded[:, 0] >= 0.5, p[:, 0] >= 0.2)
    assert np.array_equal(folded[:, 0][p[:, 0] < 0.2], p[:, 0][p[:, 0] < 0.2])
    assert np.allclose(folded[:, 1], p[:, 0]), "nothing is folded at one half"
    unsure = (folded[:, 0] >= 0.5) & (folded[:, 0] < 0.5 + folding.UNSURE)
    assert np.array_equal(unsure, (p[:, 0] >= 0.2) & (p[:, 0] < 0.5))


@given(st.floats(0, 1), st.floats(0.12, 0.5))
def test_folding_can_be_taken_back(p: float, cut: float) -> None:
    there = folding.fold(np.array([p], np.float32), cut)
    assert 0 <= float(there[0]) <= 1
    assert abs(float(folding.unfold(there, cut)[0]) - p) < 1e-4
