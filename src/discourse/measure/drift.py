"""Has what the model reads changed? Then its measured errors may no longer hold, and people should read some again.

Each week of the last ones is held against the weeks before: the distribution of its scores (population stability index,
as credit scoring uses it), the share of passages the model is unsure of, and the share of words it has not met before.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from discourse.folding import UNSURE

EDGES = np.array([0.0, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 1.0])
LOOK, ALARM = 0.1, 0.25
"""Below .1 nothing to see; from .25 on the population has changed: the usual reading of the index."""
LEAST = 40
"""Fewer passages than this say nothing about a distribution."""
_WORD = re.compile(r"[^\W\d_]{4,}")


@dataclass(frozen=True, kw_only=True)
class Drift:
    """How a week differs from the weeks before it; ``state`` is steady, look, label or too_few."""

    week: str
    passages: int
    stability: float | None
    """The largest population stability index over the labels that were asked about."""
    label: str
    unsure: float | None
    """Share of passages on which some label was decided in doubt."""
    unsure_before: float | None
    new_words: float | None
    new_words_before: float | None
    state: str


def stability(now: NDArray[np.float64], before: NDArray[np.float64]) -> float:
    """Return the population stability index of probabilities now against before: 0 when they are spread alike."""
    shares = [np.histogram(x, EDGES)[0] + 0.5 for x in (now, before)]
    a, b = (s / s.sum() for s in shares)
    return float(((a - b) * np.log(a / b)).sum())


def unsure(passages: pl.DataFrame, names: Sequence[str]) -> float:
    """Return the share of passages with a label between .5 and .5 + UNSURE: named, and doubted."""
    p = passages.select(names).to_numpy()
    return float(((p >= 0.5) & (p < 0.5 + UNSURE)).any(1).mean())


def words(texts: Sequence[str]) -> frozenset[str]:
    """Return the longer words of texts, in lower case."""
    return frozenset(w for text in texts for w in _WORD.findall(text.lower()))


def novelty(texts: Sequence[str], known: frozenset[str]) -> float:
    """Return the share of the longer words of texts, each counted as often as it stands there, that are not known."""
    every = [w for text in texts for w in _WORD.findall(text.lower())]
    return sum(w not in known for w in every) / len(every) if every else 0.0


def watch(passages: pl.DataFrame, *, names: Sequence[str], weeks: int = 4) -> list[Drift]:
    """Return the drift of each of the last ``weeks`` weeks of relevant passages, oldest first.

    ``passages`` has ``week``, ``text`` where novelty is wanted, and a column a label named in ``names``.
    """
    known = sorted(w for w in passages["week"].unique().to_list() if w)
    return [_week(passages, week, names) for week in known[-weeks:]]


def _week(passages: pl.DataFrame, week: str, names: Sequence[str]) -> Drift:
    now, before = passages.filter(pl.col("week") == week), passages.filter(pl.col("week") < week)
    if now.height < LEAST or before.height < LEAST:
        empty = dict.fromkeys(("stability", "unsure", "unsure_before", "new_words", "new_words_before"))
        return Drift(week=week, passages=now.height, label="", state="too_few", **empty)
    found = {n: stability(now[n].to_numpy(), before[n].to_numpy()) for n in names}
    label = max(found, key=lambda n: found[n])
    news: tuple[float | None, float | None] = (None, None)
    if "text" in passages.columns:
        news = _novelties(now, before)
    return Drift(
        week=week,
        passages=now.height,
        stability=round(found[label], 4),
        label=label,
        unsure=round(unsure(now, names), 4),
        unsure_before=round(unsure(before, names), 4),
        new_words=news[0],
        new_words_before=news[1],
        state="label" if found[label] >= ALARM else "look" if found[label] >= LOOK else "steady",
    )


def _novelties(now: pl.DataFrame, before: pl.DataFrame) -> tuple[float, float | None]:
    """Return the share of new words now, and what it was in the week before."""
    last = before["week"].max()
    older = before.filter(pl.col("week") < last)
    then = novelty(before.filter(pl.col("week") == last)["text"].to_list(), words(older["text"].to_list()))
    return (
        round(novelty(now["text"].to_list(), words(before["text"].to_list())), 4),
        round(then, 4) if older.height else None,
    )
