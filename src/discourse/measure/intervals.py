"""Intervals: Wilson's score interval at the effective size, exact Poisson limits, a cluster bootstrap to check both."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special  # scipy.stats takes a second to import

Floats = NDArray[np.float64]


def wilson(share: Any, n: Any, level: float) -> tuple[Floats, Floats]:
    """Return Wilson's interval (1927) of shares of ``n``, element by element; ``n`` may be an effective size.

    Nothing is known where ``n`` is 0: the interval is then 0 to 1.
    """
    share, n = np.broadcast_arrays(np.clip(np.asarray(share, float), 0, 1), np.asarray(n, float))
    z2 = float(special.ndtri(0.5 + level / 2)) ** 2
    safe = np.maximum(n, 1e-9)
    middle = (share + z2 / (2 * safe)) / (1 + z2 / safe)
    half = np.sqrt(z2) / (1 + z2 / safe) * np.sqrt(share * (1 - share) / safe + z2 / (4 * safe * safe))
    low, high = np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)
    return np.where(n > 0, np.minimum(low, share), 0.0), np.where(n > 0, np.maximum(high, share), 1.0)


def effective_size(share: Any, variance: Any, most: Any = np.inf) -> Floats:
    """Return the size of the simple random sample of yes-or-no answers that would have this variance (Kish 1965).

    A share at 0 or 1 with no variance has no size of its own; it then gets ``most``.
    """
    share, variance = np.asarray(share, float), np.asarray(variance, float)
    spread = share * (1 - share)
    with np.errstate(divide="ignore", invalid="ignore"):
        size = np.where(variance > 0, spread / variance, np.inf)
    return np.asarray(np.minimum(np.where(spread > 0, size, np.inf), most), dtype=float)


def poisson(count: Any, level: float) -> tuple[Floats, Floats]:
    """Return the exact limits of a Poisson mean (Garwood 1936) for counts, element by element."""
    count = np.asarray(count, float)
    tail = (1 - level) / 2
    low = np.where(count > 0, special.gammaincinv(np.maximum(count, 1e-9), tail), 0.0)
    return np.asarray(low, float), np.asarray(special.gammaincinv(count + 1, 1 - tail), float)


def bootstrap(
    values: Floats, clusters: NDArray[np.int64], *, level: float, resamples: int, seed: int
) -> tuple[Floats, Floats]:
    """Return percentile limits of column means, drawing whole clusters again with replacement (Cameron et al. 2008).

    ``values`` has shape (units, labels); a unit with NaN does not count for that label. Reproducible by ``seed``.
    """
    _, code = np.unique(clusters, return_inverse=True)
    groups = int(code.max()) + 1 if len(code) else 0
    if not groups:
        nothing = np.full(values.shape[1], np.nan)
        return nothing, nothing
    known = ~np.isnan(values)
    sums, sizes = np.zeros((groups, values.shape[1])), np.zeros((groups, values.shape[1]))
    np.add.at(sums, code, np.where(known, values, 0.0))
    np.add.at(sizes, code, known.astype(float))
    drawn = np.random.default_rng(seed).multinomial(groups, np.full(groups, 1 / groups), size=resamples)
    with np.errstate(divide="ignore", invalid="ignore"):
        means = (drawn @ sums) / (drawn @ sizes)
    tail = (1 - level) / 2
    return np.nanquantile(means, tail, axis=0), np.nanquantile(means, 1 - tail, axis=0)
