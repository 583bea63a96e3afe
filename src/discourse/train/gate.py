"""The quality gate: a small fixed part of the test split, with a floor for every task and the hash of its corpus."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from discourse.errors import QualityGateFailed
from discourse.train import corpora, evaluate, targets
from discourse.train.corpora import Example

Array = NDArray[np.float32]
SIZE = 240
MARGIN = 0.03
"""How far under its measured score a floor is pinned: room for another processor's rounding, not for a worse model."""


def subset(corpus: str, *, size: int = SIZE) -> list[Example]:
    """Return the fixed part of the test split: the texts whose ids hash lowest."""
    rows = corpora.read(corpus, "test")
    return sorted(rows, key=lambda e: hashlib.sha256(e.id.encode()).hexdigest())[:size]


def measured(examples: Sequence[Example], ask: Callable[[Sequence[Example]], Array]) -> dict[str, float]:
    """Return the macro-F1 of every task on some examples."""
    found = evaluate.tasks(ask(examples), targets.of(examples), examples)
    return {task: row["macro_f1"] for task, row in found.items()}


def pin(file: Path, corpus: str, model: str, ask: Callable[[Sequence[Example]], Array]) -> dict[str, Any]:
    """Write a gate file from what a model reaches now, and return it."""
    examples = subset(corpus)
    floors = {task: round(max(0.0, value - MARGIN), 3) for task, value in measured(examples, ask).items()}
    said = {
        "corpus": corpus,
        "corpus_sha256": corpora.content_hash(corpus),
        "model": model,
        "size": len(examples),
        "floors": floors,
    }
    file.write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
    return said


def check(file: Path, ask: Callable[[Sequence[Example]], Array]) -> dict[str, float]:
    """Return the scores of the fixed part; raise ``QualityGateFailed`` when one is under its floor.

    It is also raised when the corpus is not the one the floors were pinned on.
    """
    said: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    if corpora.content_hash(said["corpus"]) != said["corpus_sha256"]:
        raise QualityGateFailed(
            f"{said['corpus']} is not the corpus of {file.name}: it was edited.",
            remedy="Look at what changed, measure again, and pin new floors with `discourse evaluate --pin`.",
        )
    found = measured(subset(said["corpus"], size=said["size"]), ask)
    low = [f"{t} {found[t]:.3f} < {floor:.3f}" for t, floor in said["floors"].items() if found[t] < floor]
    if low:
        raise QualityGateFailed("under the floor: " + ", ".join(low) + ".", remedy="Find what made the model worse.")
    return found
