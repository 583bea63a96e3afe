"""From raw scores to probabilities: a slope and an offset a label (Platt 1999), sentiments kept in proportion.

The threshold of a label is folded into its probabilities (``discourse.folding``): p >= .5 is the decision.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from discourse.folding import UNSURE, fold

Array = NDArray[np.float32]
SENTIMENT = slice(1, 4)
"""Where negative, neutral and positive stand in the score vector."""


@dataclass(frozen=True)
class Calibration:
    """Slopes and offsets by language, each of shape (labels,); ``*`` serves languages without their own."""

    slopes: Mapping[str, Array]
    offsets: Mapping[str, Array]
    cuts: Array
    """The calibrated probability from which a label is given, shape (labels,): .5 where nothing is folded."""
    doubt: Mapping[str, float] = field(default_factory=dict)
    """For relevance and sentiment, how likely the likelier answer must be not to be doubted."""

    def probabilities(self, logits: Array, languages: Sequence[str]) -> Array:
        """Return calibrated probabilities, shape (texts, labels), for raw scores of the same shape."""
        slope = np.stack([self.slopes.get(x, self.slopes["*"]) for x in languages])
        offset = np.stack([self.offsets.get(x, self.offsets["*"]) for x in languages])
        scaled = logits * slope + offset
        out = fold(1.0 / (1.0 + np.exp(-np.clip(scaled, -30, 30))), self.cuts)
        out[:, SENTIMENT] = _softmax(scaled[:, SENTIMENT])
        return np.asarray(out, dtype=np.float32)

    def doubted(self, probabilities: Array) -> NDArray[np.bool_]:
        """Return which decisions a reader should look at, same shape as ``probabilities``: the abstention band.

        Of relevance and sentiment those less sure than ``doubt``; of the other labels those given and likelier absent.
        """
        out = (probabilities >= 0.5) & (probabilities < 0.5 + UNSURE)
        sure = np.maximum(probabilities[:, 0], 1 - probabilities[:, 0])
        out[:, 0] = sure < self.doubt.get("relevance", 0.0)
        out[:, SENTIMENT] = (probabilities[:, SENTIMENT].max(1) < self.doubt.get("sentiment", 0.0))[:, None]
        return np.asarray(out)

    def as_json(self) -> dict[str, Any]:
        """Return plain values, as ``calibration.json`` holds them."""
        lines = {x: {"slope": self.slopes[x].tolist(), "offset": self.offsets[x].tolist()} for x in self.slopes}
        return {"cut": np.round(self.cuts, 4).tolist(), "doubt": dict(self.doubt), "lines": lines}


def _softmax(scores: Array) -> Array:
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True), dtype=np.float32)


def from_json(said: Mapping[str, Any]) -> Calibration:
    """Return the calibration that ``calibration.json`` holds."""
    lines = said["lines"]
    return Calibration(
        slopes={lang: np.array(v["slope"], dtype=np.float32) for lang, v in lines.items()},
        offsets={lang: np.array(v["offset"], dtype=np.float32) for lang, v in lines.items()},
        cuts=np.array(said["cut"], dtype=np.float32),
        doubt=dict(said.get("doubt", {})),
    )


def identity(labels: int) -> Calibration:
    """Return the calibration that changes nothing."""
    return Calibration(
        {"*": np.ones(labels, np.float32)}, {"*": np.zeros(labels, np.float32)}, np.full(labels, 0.5, np.float32)
    )
