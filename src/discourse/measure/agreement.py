"""Agreement of readers: Krippendorff's alpha for nominal data, per label, with a bootstrap interval over units.

Krippendorff, Content Analysis (4th ed., 2019), chapter 12; own code, since the package of that name is GPL.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from discourse.codebook import INDICATIVE


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """Alpha of one label with its interval; ``positives`` counts units that at least one reader gave it."""

    label: str
    alpha: float | None
    low: float | None
    high: float | None
    units: int
    positives: int

    @property
    def indicative(self) -> bool:
        """Return whether the codebook's rule calls the label indicative."""
        return self.alpha is not None and self.alpha < INDICATIVE


def alpha(values: NDArray[np.float64]) -> float | None:
    """Return nominal alpha for values of shape (units, readers), NaN where a reader did not read.

    ``None`` where nothing varies, since then nothing can be said of agreement.
    """
    counts = _counts(values)
    return _alpha(counts)


def _counts(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how many readers gave each category, shape (units, categories), for units read at least twice."""
    kinds = np.unique(values[~np.isnan(values)])
    counts = np.stack([(values == k).sum(1) for k in kinds], axis=1).astype(np.float64)
    return np.asarray(counts[counts.sum(1) >= 2], dtype=np.float64)


def _alpha(counts: NDArray[np.float64]) -> float | None:
    readers = counts.sum(1)
    total = readers.sum()
    if not total:
        return None
    pairs = (counts * (counts - 1)).sum(1) / (readers - 1)
    observed = 1 - pairs.sum() / total
    by_kind = counts.sum(0)
    expected = 1 - (by_kind * (by_kind - 1)).sum() / (total * (total - 1))
    return float(1 - observed / expected) if expected > 0 else None


def per_label(
    first: Sequence[Mapping[str, bool]],
    second: Sequence[Mapping[str, bool]],
    *,
    resamples: int = 1000,
    seed: int = 2026,
) -> list[Agreement]:
    """Return the agreement of two readers on the same units, a label at a time, with 95 % bootstrap intervals.

    A unit maps label to yes or no; a label that a reader was not asked about is missing from it.
    """
    chance = np.random.default_rng(seed)
    out = []
    for label in sorted({k for unit in (*first, *second) for k in unit}):
        pairs = [(a.get(label), b.get(label)) for a, b in zip(first, second, strict=True)]
        values = np.array([[np.nan if v is None else float(v) for v in pair] for pair in pairs], dtype=np.float64)
        counts = _counts(values)
        found = [
            a
            for _ in range(resamples)
            if (a := _alpha(counts[chance.integers(0, len(counts), len(counts))])) is not None
        ]
        low, high = (float(x) for x in np.quantile(found, [0.025, 0.975])) if found else (None, None)
        out.append(
            Agreement(
                label=label,
                alpha=_alpha(counts),
                low=low,
                high=high,
                units=len(counts),
                positives=sum(bool(a) or bool(b) for a, b in pairs),
            )
        )
    return out
