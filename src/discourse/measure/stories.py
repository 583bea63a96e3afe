"""From passages to the units that are counted: stories by default, reprints merged, one row of probabilities each.

Within one text a label is there when at least one passage has it. The chance of that lies between the highest
probability among its passages (they share a subject and rise and fall together) and 1 - prod(1 - p) (they know nothing
of each other). Passages of one text do share a subject: we take the former, the lower bound of Fréchet (1951).
Sentiment is one of three: a text's is the mean over its passages. Reprints are copies of one text: a story has what
its clearest copy has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from discourse import codebook
from discourse.folding import unfold

Floats = NDArray[np.float64]
Wide = NDArray[np.float32]
Ints = NDArray[np.int64]


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """Return every measured label as ``task.label`` in codebook order, then voices, then ``relevance`` itself."""
    book = codebook.load()
    return (*book.columns()[1:], *(f"voice.{name}" for name in book["voice"].label_names), "relevance")


@lru_cache(maxsize=1)
def averaged() -> NDArray[np.bool_]:
    """Return which of ``names()`` are averaged over the passages of a text instead of found in at least one."""
    return np.array([name.startswith("sentiment.") for name in names()])


@dataclass(frozen=True, kw_only=True)
class Texts:
    """Documents with at least one relevant passage; ``values`` has shape (texts, labels).

    ``truth`` holds what people found (NaN where nobody looked), ``chance`` the probability of having been looked at.
    """

    story: Ints
    source: Ints
    kind: Ints
    week: Ints
    values: Wide
    truth: Wide | None = None
    chance: Floats | None = None

    def take(self, chosen: NDArray[np.bool_]) -> Texts:
        """Return the chosen texts."""
        return Texts(
            story=self.story[chosen],
            source=self.source[chosen],
            kind=self.kind[chosen],
            week=self.week[chosen],
            values=self.values[chosen],
            truth=None if self.truth is None else self.truth[chosen],
            chance=None if self.chance is None else self.chance[chosen],
        )


@dataclass(frozen=True, kw_only=True)
class Units:
    """What is counted, sorted by week: shape (units, labels), with a weight, an outlet, and what people found."""

    week: Ints
    outlet: Ints
    story: Ints
    weight: Floats
    values: Wide
    truth: Wide | None = None
    chance: Floats | None = None

    def edges(self, weeks: int) -> Ints:
        """Return where each week begins, and the end: shape (weeks + 1,)."""
        return np.searchsorted(self.week, np.arange(weeks + 1)).astype(np.int64)


def codes(column: pl.Series) -> tuple[Ints, list[Any]]:
    """Return a number for every value, in order of the sorted values, and those values."""
    known = sorted(column.unique().to_list())
    table = pl.DataFrame({"value": known, "code": range(len(known))}, schema={"value": column.dtype, "code": pl.Int64})
    joined = pl.DataFrame({"value": column}).join(table, on="value", how="left", maintain_order="left")
    return joined["code"].to_numpy(), known


def matrix(passages: pl.DataFrame, cuts: Mapping[str, float]) -> Wide:
    """Return the probabilities of passages, shape (passages, labels), voices as 0 or 1.

    ``cuts`` are the thresholds folded into the probabilities of some labels: they are taken back.
    """
    out = np.empty((passages.height, len(names())), np.float32)
    for at, name in enumerate(names()):
        if name.startswith("voice."):
            heard = passages["voices"].list.contains(name.removeprefix("voice."))
            out[:, at] = heard.fill_null(False).cast(pl.Float32).to_numpy()
            continue
        out[:, at] = passages[name].fill_nan(0.0).fill_null(0.0).cast(pl.Float32).to_numpy()
        if name in cuts:
            out[:, at] = unfold(out[:, at], cuts[name])
    return out


def reduced(values: Wide, starts: Ints, sizes: Ints) -> Wide:
    """Return one row a run of rows: the mean for averaged labels, the highest for the others."""
    if not len(starts):
        return np.zeros((0, values.shape[1]), np.float32)
    out = np.maximum.reduceat(values, starts, axis=0)
    mean = averaged()
    out[:, mean] = np.add.reduceat(values[:, mean], starts, axis=0) / sizes[:, None]
    return np.asarray(out, np.float32)


def runs(*keys: Ints) -> tuple[Ints, Ints]:
    """Return start and length of each run of equal keys in sorted rows."""
    if not len(keys[0]):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    new = np.zeros(len(keys[0]), bool)
    new[0] = True
    for key in keys:
        new[1:] |= key[1:] != key[:-1]
    starts = np.flatnonzero(new)
    return starts, np.diff(np.append(starts, len(new)))


def texts_of(keys: Mapping[str, Ints], values: Wide, truth: Wide | None, chance: Floats | None) -> Texts:
    """Return documents from passages; ``keys`` are story, document, source, kind and week of each passage.

    People have read a text when they have read every passage of it.
    """
    order = np.lexsort((keys["document"], keys["story"]))
    story, document = keys["story"][order], keys["document"][order]
    starts, sizes = runs(story, document)
    first = order[starts]
    found = seen = None
    if truth is not None and chance is not None:
        found = reduced(truth[order], starts, sizes)
        seen = np.minimum.reduceat(chance[order], starts) if len(starts) else np.zeros(0)
    return Texts(
        story=story[starts],
        source=keys["source"][first],
        kind=keys["kind"][first],
        week=keys["week"][first],
        values=reduced(values[order], starts, sizes),
        truth=found,
        chance=seen,
    )


def units_of(texts: Texts, *, reach: Floats | None = None) -> Units:
    """Return stories from documents: the week of the first copy, the outlet of the first copy, the clearest copy.

    With ``reach`` (one weight a source) a story weighs as much as the sources that carried it together.
    """
    order = np.lexsort((texts.source, texts.week, texts.story))
    starts, sizes = runs(texts.story[order])
    first = order[starts]
    values = reduced(texts.values[order], starts, sizes)
    weight = np.ones(len(starts))
    if reach is not None and len(starts):
        weight = np.add.reduceat(reach[texts.source[order]], starts)
    truth, chance = _known(texts, order, starts, sizes)
    by_week = np.argsort(texts.week[first], kind="stable")
    return Units(
        week=texts.week[first][by_week],
        outlet=texts.source[first][by_week],
        story=texts.story[first][by_week],
        weight=weight[by_week],
        values=values[by_week],
        truth=None if truth is None else truth[by_week],
        chance=None if chance is None else chance[by_week],
    )


def _known(texts: Texts, order: Ints, starts: Ints, sizes: Ints) -> tuple[Wide | None, Floats | None]:
    """Return what is known of stories from the copies that were read, and the chance that one at least was.

    Copies say the same: one that was read speaks for its story. Where all were read, the story itself was drawn.
    """
    if texts.truth is None or texts.chance is None or not len(starts):
        return None, None
    truth, chance = texts.truth[order], texts.chance[order]
    read = ~np.isnan(chance)
    count = np.add.reduceat(read.astype(float), starts)
    blank = np.isnan(truth)
    best = np.maximum.reduceat(np.where(blank, -1.0, truth), starts, axis=0)
    total = np.add.reduceat(np.where(blank, 0.0, truth), starts, axis=0)
    seen = np.add.reduceat(1.0 - blank, starts, axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = np.where(averaged(), total / seen, best)
        mean = np.add.reduceat(np.where(read, chance, 0.0), starts) / count
    found = np.where(seen > 0, found, np.nan)
    either = np.where(count == sizes, mean, 1 - (1 - mean) ** sizes)
    return found.astype(np.float32), np.where(count > 0, either, np.nan)


def passages_as_units(keys: Mapping[str, Ints], values: Wide, truth: Wide | None, chance: Floats | None) -> Units:
    """Return passages themselves as units, in their story as cluster."""
    order = np.argsort(keys["week"], kind="stable")
    return Units(
        week=keys["week"][order],
        outlet=keys["source"][order],
        story=keys["story"][order],
        weight=np.ones(len(order)),
        values=values[order],
        truth=None if truth is None else truth[order],
        chance=None if chance is None else chance[order],
    )


def position(task: str) -> slice:
    """Return where a task's labels stand in ``names()``."""
    at = [i for i, name in enumerate(names()) if name.startswith(f"{task}.")]
    return slice(at[0], at[-1] + 1) if at else slice(0, 0)


def label_index(known: Sequence[str] | None = None) -> dict[str, int]:
    """Return the column of each ``task.label``."""
    return {name: i for i, name in enumerate(known or names())}
