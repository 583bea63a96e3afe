"""Examples as numbers: what is known of each column, and what is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from discourse import codebook
from discourse.train.corpora import Example


@dataclass(frozen=True)
class Targets:
    """``values`` and ``known`` of shape (examples, columns); a value counts only where ``known`` is true."""

    values: NDArray[np.float32]
    known: NDArray[np.bool_]
    weights: NDArray[np.float32]

    def column(self, index: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the rows where a column is known, and its values there."""
        rows = np.flatnonzero(self.known[:, index])
        return rows, self.values[rows, index]


def of(examples: Sequence[Example]) -> Targets:
    """Return the targets of some examples, columns in the codebook's order."""
    columns = {name: i for i, name in enumerate(codebook.load().columns())}
    values = np.zeros((len(examples), len(columns)), np.float32)
    known = np.zeros(values.shape, np.bool_)
    for row, example in enumerate(examples):
        for name, value in example.known.items():
            values[row, columns[name]] = value
            known[row, columns[name]] = True
    return Targets(values, known, np.array([e.weight for e in examples], np.float32))


SIDES = ("positive", "negative", "neutral")
"""The sides that a yes to a question may take, in the order of their numbers."""


def asked(examples: Sequence[Example]) -> NDArray[np.int64]:
    """Return the side of a yes to what each text answers, and what the text says to it: yes, no, neither; -1: unknown.

    Shape (examples, 2). What a text says follows from its own side and that of a yes.
    """
    out = np.full((len(examples), 2), -1, np.int64)
    for row, example in enumerate(examples):
        if example.yes:
            out[row, 0] = SIDES.index(example.yes)
        own = [side for side in SIDES if example.known.get(f"sentiment.{side}")]
        if example.yes in SIDES[:2] and own:
            out[row, 1] = 2 if own[0] == "neutral" else int(own[0] != example.yes)
    return out


def spans() -> dict[str, slice]:
    """Return where each task's columns stand in the score vector."""
    out, at = {"relevance": slice(0, 1)}, 1
    for task in codebook.TASKS[1:]:
        width = len(codebook.load()[task].label_names)
        out[task] = slice(at, at + width)
        at += width
    return out
