"""The floor: word and character n-grams under one linear layer; scikit-learn objects read by skops, never pickle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from discourse.classify.folder import ModelFolder
from discourse.errors import ModelError

TRUSTED = ["sklearn.feature_extraction.text.TfidfVectorizer", "sklearn.feature_extraction.text.TfidfTransformer"]


class LinearScorer:
    """Raw scores from sparse features of the text and, apart from them, of its context."""

    def __init__(self, vectorizers: Any, weights: NDArray[np.float32], bias: NDArray[np.float32]) -> None:
        self._vectorizers = vectorizers
        self._weights = weights
        self._bias = bias

    def __call__(self, texts: Sequence[str], contexts: Sequence[str | None]) -> NDArray[np.float32]:
        features = features_of(self._vectorizers, texts, contexts)
        return np.asarray(features @ self._weights.T + self._bias, dtype=np.float32)


def features_of(vectorizers: Any, texts: Sequence[str], contexts: Sequence[str | None]) -> Any:
    """Return a sparse matrix, shape (texts, features): words and characters of the text, words of the context."""
    from scipy.sparse import hstack

    given = [c or "" for c in contexts]
    return hstack(
        [
            vectorizers["words"].transform(texts),
            vectorizers["characters"].transform(texts),
            vectorizers["context"].transform(given),
        ],
        format="csr",
        dtype=np.float32,
    )


def open_scorer(where: ModelFolder, *, threads: int = 0) -> LinearScorer:
    """Return the scorer of a ``linear`` folder: ``vectorizers.skops`` and ``weights.npz``."""
    import skops.io as skops

    file = where.path / "vectorizers.skops"
    unknown = [t for t in skops.get_untrusted_types(file=file) if t not in TRUSTED]
    if unknown:
        raise ModelError(f"{file} holds the unexpected type {unknown[0]}.", remedy="Take a fresh copy.")
    with np.load(where.path / "weights.npz", allow_pickle=False) as saved:
        weights, bias = saved["weights"].astype(np.float32), saved["bias"].astype(np.float32)
    return LinearScorer(skops.load(file, trusted=TRUSTED), weights, bias)
