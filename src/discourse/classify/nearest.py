"""Which of some labelled texts is a text most like? By the encoder's vectors and by the letters they share.

The two similarities are cosines and are added up: vectors know that a nanny looks after children, letters (TF-IDF of
character 3- to 5-grams within words) know OQTF and HLM. The examples' mean is taken off their vectors first, since
an encoder's vectors all point much the same way (Mu and Viswanath 2018).
"""

from __future__ import annotations

import hashlib
import io
import unicodedata
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Reader = Callable[[Sequence[str]], Vectors]
"""An encoder: one vector a text, shape (texts, width)."""


class Nearest:
    """Labelled examples; called with a text it returns their labels, that of the likest example first, each once.

    ``reader`` gives vectors where a model has them; those of the examples are kept in ``folder`` under ``model`` and
    the texts, so that only the first call on a machine reads them all.
    """

    def __init__(
        self,
        labels: Sequence[str],
        texts: Sequence[str],
        *,
        reader: Reader | None = None,
        model: str = "",
        folder: Path | None = None,
    ) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        self._labels, self._reader = labels, reader
        self._letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, preprocessor=_plain)
        self._spelt = self._letters.fit_transform(texts)
        if reader is not None:
            place = folder / f"vectors-{_digest(model, texts)}.npy" if folder else None
            vectors = _kept(place, len(texts))
            if vectors is None:
                vectors = np.asarray(reader(texts), np.float32)
                _keep(place, vectors)
            self._mean = _unit(vectors).mean(axis=0)
            self._vectors = _unit(_unit(vectors) - self._mean)

    def __call__(self, text: str) -> tuple[str, ...]:
        alike = np.asarray((self._spelt @ self._letters.transform([text]).T).todense(), np.float32).ravel()
        if self._reader is not None:
            (own,) = _unit(_unit(np.asarray(self._reader([text]), np.float32)) - self._mean)
            alike = alike + self._vectors @ own
        return tuple(dict.fromkeys(self._labels[i] for i in np.argsort(-alike, kind="stable")))


def _plain(text: str) -> str:
    """Return a text in lower case without accents."""
    kept = unicodedata.normalize("NFKD", text.lower())
    return "".join(c for c in kept if not unicodedata.combining(c))


def _unit(vectors: Vectors) -> Vectors:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9), np.float32)


def _digest(model: str, texts: Sequence[str]) -> str:
    return hashlib.sha256("\n".join([model, *texts]).encode("utf-8")).hexdigest()[:16]


def _kept(place: Path | None, rows: int) -> Vectors | None:
    """Return the vectors kept there; ``None`` where there are none that can be read."""
    if place is None:
        return None
    try:
        found = np.asarray(np.load(place, allow_pickle=False), np.float32)
    except (OSError, ValueError, EOFError):
        return None
    return found if len(found) == rows else None


def _keep(place: Path | None, vectors: Vectors) -> None:
    """Keep the vectors; a folder that cannot be written costs the next call a few seconds and nothing else."""
    if place is None:
        return
    body = io.BytesIO()
    np.save(body, vectors.astype(np.float16))
    part = place.with_suffix(".part")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(body.getvalue())
        part.replace(place)
    except OSError:
        with suppress(OSError):
            part.unlink(missing_ok=True)
