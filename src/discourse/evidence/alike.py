"""Which topic a question reads like: the topics of the example questions nearest to it, by the encoder's vectors.

Words alone see "jobs" in a question about the town hall's staff. Two readings have to agree before a figure is given:
the declared words (``match``) and these examples (``examples.toml``: questions in five languages on every topic, on
matters without a series, and on what no figure answers). Cosine similarity after the examples' mean is taken off, since
an encoder's vectors all point much the same way (Mu and Viswanath 2018).
"""

from __future__ import annotations

import hashlib
import io
import tomllib
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Reader = Callable[[Sequence[str]], Vectors]
"""An encoder: one vector a text, shape (texts, width)."""
AGREED = 2
"""The words' topic has to be among this many nearest topics."""


class Examples:
    """The example questions with their vectors; read once and kept in ``folder`` under the model and the examples."""

    def __init__(self, reader: Reader, *, model: str, folder: Path | None = None) -> None:
        self._reader = reader
        self._topics, texts = _examples()
        vectors = _kept(folder, model) if folder else None
        if vectors is None or len(vectors) != len(texts):
            vectors = np.asarray(reader(texts), np.float32)
            if folder:
                _keep(folder, model, vectors)
        self._mean = _unit(vectors).mean(axis=0)
        self._vectors = _unit(_unit(vectors) - self._mean)

    def nearest(self, question: str) -> tuple[str, ...]:
        """Return topics, that of the nearest example first; ``elsewhere.…`` and ``none.…`` where no series answers."""
        (own,) = _unit(_unit(np.asarray(self._reader([question]), np.float32)) - self._mean)
        order = np.argsort(-(self._vectors @ own), kind="stable")
        return tuple(dict.fromkeys(self._topics[i] for i in order))


def _unit(vectors: Vectors) -> Vectors:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9), np.float32)


def _source() -> bytes:
    return resources.files("discourse.evidence").joinpath("examples.toml").read_bytes()


@lru_cache(maxsize=1)
def _examples() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the topic and the text of every example question."""
    table = tomllib.loads(_source().decode("utf-8"))
    rows = [
        (name if kind == "topics" else f"{kind}.{name}", text)
        for kind, part in table.items()
        for name, by_lang in part.items()
        for texts in by_lang.values()
        for text in texts
    ]
    return tuple(name for name, _ in rows), tuple(text for _, text in rows)


def _place(folder: Path, model: str) -> Path:
    return folder / f"examples-{hashlib.sha256(model.encode() + _source()).hexdigest()[:16]}.npy"


def _kept(folder: Path, model: str) -> Vectors | None:
    """Return the vectors kept for this model and these examples; ``None`` where there are none that can be read."""
    try:
        return np.asarray(np.load(_place(folder, model), allow_pickle=False), np.float32)
    except (OSError, ValueError, EOFError):
        return None


def _keep(folder: Path, model: str, vectors: Vectors) -> None:
    """Keep the vectors; a folder that cannot be written costs the next question a few seconds and nothing else."""
    body = io.BytesIO()
    np.save(body, vectors.astype(np.float16))
    place = _place(folder, model)
    part = place.with_suffix(".part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part.write_bytes(body.getvalue())
        part.replace(place)
    except OSError:
        with suppress(OSError):
            part.unlink(missing_ok=True)
