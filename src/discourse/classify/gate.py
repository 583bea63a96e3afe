"""A cheap first look: which texts are plainly not about migration, so that the encoder need not read them.

A linear model over the hashed stretches of four and five letters of its words (Weinberger et al. 2009; on dev texts
they spare half as much again as words and word pairs do at the same recall). It only ever spares work: what it lets
pass is judged by the encoder, and languages it has not learnt always pass.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from discourse.classify.folder import FRESH, ModelFolder
from discourse.errors import ModelError
from discourse.records import LANGUAGES

BITS = 17
SIZES = (4, 5)
FILE = "gate.npz"
WORDS = 200
"""Words of a text, its context included, that are looked at."""
_WORD = re.compile(r"\w+")
_LATIN = frozenset(LANGUAGES)


@dataclass(frozen=True)
class Gate:
    """Weights of shape (2 ** 17,); a text whose mean weight plus bias is under ``threshold`` is plainly not ours."""

    weights: NDArray[np.float32]
    bias: float
    threshold: float
    prior: NDArray[np.float32]
    """The scores a text gets that the encoder never reads: the mean of texts that are not relevant."""

    def score(self, text: str, context: str | None = None) -> float:
        """Return the raw score of one text, read together with its context."""
        at = slots(text if not context else f"{text} {context}")
        return self.bias + float(self.weights[at].sum()) / max(1.0, float(len(at) ** 0.5))

    def passes(self, texts: Sequence[str], contexts: Sequence[str | None], languages: Sequence[str]) -> list[bool]:
        """Return, for each text, whether the encoder must read it."""
        return [
            lang not in _LATIN or self.score(text, context) >= self.threshold
            for text, context, lang in zip(texts, contexts, languages, strict=True)
        ]


def slots(text: str) -> list[int]:
    """Return the slots of the stretches of four and five letters in a text's words, ends marked, each once."""
    words = {f" {word} " for word in _WORD.findall(text.lower())[:WORDS]}
    names = {w if len(w) <= size else w[at : at + size] for w in words for size in SIZES for at in _starts(w, size)}
    last = (1 << BITS) - 1
    return [zlib.crc32(name.encode("utf-8", "replace")) & last for name in names]


def looked_at(text: str) -> int:
    """Return how many characters of a text a gate looks at."""
    ends = [word.end() for word in islice(_WORD.finditer(text), WORDS + 1)]
    return ends[WORDS - 1] if len(ends) > WORDS else len(text)


def _starts(word: str, size: int) -> range:
    return range(max(1, len(word) - size + 1))


def open_gate(where: ModelFolder) -> Gate | None:
    """Return the gate of a model folder, or ``None`` when it has none."""
    file = where.path / FILE
    if not file.is_file():
        return None
    try:
        with np.load(file, allow_pickle=False) as saved:
            gate = Gate(
                weights=saved["weights"].astype(np.float32),
                bias=float(saved["bias"]),
                threshold=float(saved["threshold"]),
                prior=saved["prior"].astype(np.float32),
            )
    except Exception as error:  # numpy and zipfile raise many kinds for a file that was cut or is another
        raise ModelError(f"{file} cannot be read ({error!r}).", remedy=FRESH) from error
    if gate.weights.shape != (1 << BITS,) or gate.prior.shape != (len(where.columns),):
        raise ModelError(f"{file} is a gate of another make.", remedy="Release the model again.")
    return gate
