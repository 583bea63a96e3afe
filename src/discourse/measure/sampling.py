"""Which passages people should read: at random, to estimate shares; or the doubtful ones, to teach the model.

The two are kept apart. A random draw carries the chance with which each passage was drawn, and only such rows enter an
estimate (``gold``); passages picked because the model was unsure of them carry none, and teach.
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import pairwise

import numpy as np
import polars as pl

from discourse import codebook
from discourse.measure.stories import Floats

BINS = (0.0, 0.1, 0.25, 0.5, 0.75, 1.01)
"""Strata of the predicted score: where the model is in doubt, people's answers vary most and more are drawn."""


def score(passages: pl.DataFrame, task: str) -> Floats:
    """Return the highest probability of a task's labels, shape (passages,): what draws are stratified by."""
    names = ["relevance"] if task == "relevance" else [f"{task}.{n}" for n in codebook.load()[task].label_names]
    return np.asarray(passages.select(names).to_numpy().max(1), np.float64)


def for_estimation(passages: pl.DataFrame, *, task: str, count: int, seed: int) -> pl.DataFrame:
    """Return ``count`` passages drawn at random within strata, with the ``probability`` each had of being drawn.

    Strata are bins of the predicted score; each gets a share of the draws by its size and by how much answers vary
    there (Neyman 1934), at least two. Within a stratum passages are drawn evenly over the weeks (systematically, from
    a random start over the passages in order of week).
    """
    chance = np.random.default_rng(seed)
    p = score(passages, task)
    weeks = passages["week"].fill_null("").to_numpy()
    strata = [np.flatnonzero((p >= low) & (p < high)) for low, high in pairwise(BINS)]
    strata = [rows for rows in strata if len(rows)]
    need = np.array([len(rows) * float(np.sqrt(max(0.04, (p[rows] * (1 - p[rows])).mean()))) for rows in strata])
    wanted = np.maximum(2, np.round(count * need / need.sum())).astype(int)
    drawn, odds = [], []
    for rows, number in zip(strata, wanted, strict=True):
        taken = min(int(number), len(rows))
        ordered = rows[np.lexsort((chance.random(len(rows)), weeks[rows]))]
        step = len(ordered) / taken
        at = np.floor(chance.random() * step + step * np.arange(taken)).astype(int) % len(ordered)
        drawn.append(ordered[at])
        odds.append(np.full(taken, taken / len(ordered)))
    chosen = np.concatenate(drawn)
    order = chance.permutation(len(chosen))
    found: pl.DataFrame = passages[chosen[order].tolist()]
    return found.with_columns(pl.Series("probability", np.concatenate(odds)[order]))


def for_learning(passages: pl.DataFrame, *, task: str, count: int, seen: Collection[str] = ()) -> pl.DataFrame:
    """Return the passages of which the model is least sure, one a story, spread over languages; no probability.

    ``seen`` are passages that people have read already.
    """
    names = ["relevance"] if task == "relevance" else [f"{task}.{n}" for n in codebook.load()[task].label_names]
    doubt = np.abs(passages.select(names).to_numpy() - 0.5).min(1)
    frame = passages.with_columns(pl.Series("doubt", doubt)).filter(~pl.col("passage_id").is_in(list(seen)))
    frame = frame.sort("doubt", "passage_id").unique(
        pl.col("story_id").fill_null(pl.col("document_id")), keep="first", maintain_order=True
    )
    turn = pl.int_range(pl.len()).over("lang")
    chosen = frame.with_columns(turn.alias("turn")).sort("turn", "doubt", "passage_id").head(count)
    return chosen.with_columns(pl.lit(None, pl.Float64).alias("probability")).drop("doubt", "turn")
