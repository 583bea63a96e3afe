"""One probability that is both: what a label's decision hangs on, and how often it is right.

The best decision on a rare label lies below one half: at half the best F1 that can be had (Lipton, Elkan and
Naryanaswamy 2014). So that p >= .5 is the decision for every label and p still says how often it is right, the stretch
between a label's ``cut`` and one half is folded into [.5, .52): there a label is likelier absent than present and yet
named, and a reader should look. Everything below keeps its probability, and so does, all but a little, what is above.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
UNSURE = 0.02
"""A probability from .5 to .5 + UNSURE is a decision that the model itself doubts."""
_UPPER = 0.5 + UNSURE


def fold(p: NDArray[Any], cut: NDArray[Any] | float) -> Array:
    """Return probabilities whose decision is .5, from calibrated ones and their thresholds (at most .5)."""
    cuts = np.asarray(cut, np.float32)
    between = 0.5 + UNSURE * (p - cuts) / np.maximum(0.5 - cuts, 1e-6)
    above = _UPPER + (p - 0.5) * (1 - _UPPER) / 0.5
    return np.asarray(np.where(cuts >= 0.5, p, np.where(p < cuts, p, np.where(p < 0.5, between, above))), np.float32)


def unfold(p: NDArray[Any], cut: NDArray[Any] | float) -> Array:
    """Return the calibrated probabilities that ``fold`` was given: these, and not the folded ones, may be summed."""
    cuts = np.asarray(cut, np.float32)
    between = cuts + (p - 0.5) * (0.5 - cuts) / UNSURE
    above = 0.5 + (p - _UPPER) * 0.5 / (1 - _UPPER)
    return np.asarray(np.where((cuts >= 0.5) | (p < 0.5), p, np.where(p < _UPPER, between, above)), np.float32)
