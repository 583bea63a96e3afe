"""In one week the stories of one outlet may be alike: by how much that widens an interval.

The outlets of a town are not drawn from others: they are all there are, and that one leans to a label in every week is
no error of the town's share. What an outlet does in one week and not in others is.
"""

from __future__ import annotations

import numpy as np

from discourse.measure.stories import Floats, Ints, Units

MOST = 0.3
"""An intra-class correlation above this is an accident of few stories."""
LEAST_WEEKS = 4


def design_effects(units: Units, weeks: int) -> Floats:
    """Return how many times wider than independent stories the variance of each week's share is: (weeks, labels).

    Kish 1965: 1 + (m - 1) times the intra-class correlation of an outlet's stories in a week, m their weighted mean
    number; the correlation is estimated once for all weeks (analysis of variance, Donner 1986), after the means of
    weeks and of outlets are taken out. It takes four weeks to tell them apart; with fewer nothing is widened.
    """
    out = np.ones((weeks, units.values.shape[1]))
    outlets = int(units.outlet.max(initial=-1)) + 1
    if outlets < 2 or len(units.week) < 2 * outlets or len(np.unique(units.week)) < LEAST_WEEKS:
        return out
    cell = units.week * outlets + units.outlet
    size = np.bincount(cell, minlength=weeks * outlets).astype(float)
    correlation = _correlation(units, cell, size, outlets)
    grid = size.reshape(weeks, outlets)
    total = np.maximum(grid.sum(axis=1), 1.0)
    alike = np.maximum((grid**2).sum(axis=1) / total - 1, 0.0)
    alike[(grid > 0).sum(axis=1) < 2] = 0.0
    return np.asarray(out + alike[:, None] * correlation[None, :], float)


def _correlation(units: Units, cell: Ints, size: Floats, outlets: int) -> Floats:
    values = units.values.astype(np.float64)
    values = values - _means(values, units.week)[units.week]
    values = values - _means(values, units.outlet)[units.outlet]
    lost = len(np.unique(units.week)) + outlets - 1
    means = _means(values, cell, len(size))
    filled = size > 0
    between = size[filled] @ means[filled] ** 2
    within = (values**2).sum(axis=0) - between
    cells, n = int(filled.sum()), len(values)
    free = cells - lost
    if free < 1 or n <= cells:
        return np.zeros(values.shape[1])
    typical = (n - float((size[filled] ** 2).sum()) / n) / max(1, cells - 1)
    ms_between, ms_within = between / free, within / (n - cells)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = (ms_between - ms_within) / (ms_between + (max(typical, 1.0) - 1) * ms_within)
    return np.asarray(np.clip(np.nan_to_num(found), 0.0, MOST), float)


def _means(values: Floats, group: Ints, groups: int | None = None) -> Floats:
    count = groups if groups is not None else int(group.max(initial=-1)) + 1
    sums = np.zeros((count, values.shape[1]))
    np.add.at(sums, group, values)
    size = np.bincount(group, minlength=count).astype(float)
    return np.asarray(sums / np.maximum(size, 1.0)[:, None], float)
