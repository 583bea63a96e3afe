"""The weekly figures: stories as unit, probabilities as counts, a robust baseline, controlled false discovery."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats

from discourse import codebook
from discourse.config import Settings
from discourse.records import PUBLISHERS, Change, Figure

MIN_BASELINE = 4
"""With fewer usable past weeks than this, no week is compared."""
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Table:
    """Stories of all weeks: ``week`` indexes ``weeks``, ``values`` are probabilities of shape (stories, labels)."""

    weeks: tuple[str, ...]
    names: tuple[str, ...]
    week: NDArray[np.int64]
    values: Floats


def week_figures(
    passages: pl.DataFrame,
    documents: pl.DataFrame,
    *,
    week: str,
    settings: Settings,
    gold: Sequence[Mapping[str, Any]] = (),
    down: frozenset[tuple[str, str]] = frozenset(),
) -> list[Figure]:
    """Return every figure of a week and of its history; see ``discourse.measure.week_figures``."""
    relevant = passages.filter(pl.col("relevance") >= settings.classify.relevance_threshold)
    weeks = tuple(sorted({*documents["week"].drop_nulls().to_list(), week}))
    broken = {w for _, w in down}
    out: list[Figure] = []
    for group, chosen, seen in _groups(relevant, documents, settings):
        table = _stories(chosen, weeks)
        out += _attention(table, seen, group, week, settings, broken)
        out += _shares(table, group, week, settings, broken)
    return _controlled(out, week, settings.measure.false_discovery_rate)


def _groups(
    relevant: pl.DataFrame, documents: pl.DataFrame, settings: Settings
) -> Iterator[tuple[str, pl.DataFrame, pl.DataFrame]]:
    yield "all", relevant, documents
    for kind in PUBLISHERS:
        if documents.filter(pl.col("kind") == kind).height:
            yield kind, relevant.filter(pl.col("kind") == kind), documents.filter(pl.col("kind") == kind)
    for spec in settings.ingest.sources:
        one = documents.filter(pl.col("source") == spec.name)
        if one.height:
            yield f"source:{spec.name}", relevant.filter(pl.col("source") == spec.name), one


def _stories(passages: pl.DataFrame, weeks: tuple[str, ...]) -> Table:
    """Return one row a story and week: the highest probability of its passages, since one passage is enough."""
    columns = list(codebook.load().columns()[1:])
    voices = list(codebook.load()["voice"].label_names)
    frame = passages.with_columns(
        pl.col("story_id").fill_null(pl.col("document_id")),
        *[pl.col("voices").list.contains(v).cast(pl.Float64).alias(f"voice.{v}") for v in voices],
    ).filter(pl.col("week").is_in(list(weeks)))
    names = (*columns, *(f"voice.{v}" for v in voices))
    sentiment = [c for c in columns if c.startswith("sentiment.")]
    best = frame.group_by("story_id", maintain_order=True).agg(
        pl.col("week").min(),
        *[pl.col(n).mean() if n in sentiment else pl.col(n).max() for n in names],
    )
    index = {w: i for i, w in enumerate(weeks)}
    return Table(
        weeks=weeks,
        names=names,
        week=np.array([index[w] for w in best["week"].to_list()], dtype=np.int64),
        values=best.select(names).to_numpy().astype(np.float64).reshape(best.height, len(names)),
    )


def _attention(
    table: Table, seen: pl.DataFrame, group: str, week: str, settings: Settings, broken: set[str]
) -> Iterator[Figure]:
    """Yield how many distinct stories a week has, and their share of all stories seen."""
    counts = np.bincount(table.week, minlength=len(table.weeks)).astype(np.float64)
    all_seen = _seen(seen, table.weeks)
    for label, totals in (("stories", None), ("share", all_seen)):
        for at, period in enumerate(table.weeks):
            n = int(counts[at] if totals is None else totals[at])
            share = None if totals is None or not totals[at] else counts[at] / totals[at]
            low, high = (
                _poisson(counts[at], settings.measure.level)
                if share is None
                else wilson(share, n, settings.measure.level)
            )
            figure = Figure(
                period=period,
                task="attention",
                label=label,
                group=group,
                unit="story",
                denominator="stories about migration" if totals is None else "all stories seen",
                n=n,
                count=float(counts[at]),
                share=share,
                low=low,
                high=high,
                method="count" if totals is None else "wilson",
                enough=totals is None or n >= settings.measure.min_n,
            )
            if period == week and group in ("all", *PUBLISHERS):
                base = _usable(table.weeks, week, settings, broken, all_seen > 0)
                figure = (
                    _against_counts(figure, counts, base, settings.measure.level)
                    if totals is None
                    else _against_shares(figure, counts, totals, base, settings.measure.level)
                )
            yield figure


def _seen(documents: pl.DataFrame, weeks: tuple[str, ...]) -> Floats:
    stories = (
        documents.filter(pl.col("week").is_not_null())
        .with_columns(pl.col("story_id").fill_null(pl.col("id")))
        .group_by("story_id")
        .agg(pl.col("week").min())
    )
    counts = dict(stories.group_by("week").len().iter_rows())
    return np.array([counts.get(w, 0) for w in weeks], dtype=np.float64)


def _shares(table: Table, group: str, week: str, settings: Settings, broken: set[str]) -> Iterator[Figure]:
    """Yield the share of stories per label, for the week and each past week."""
    n = np.bincount(table.week, minlength=len(table.weeks)).astype(np.float64)
    sums = np.zeros((len(table.weeks), len(table.names)))
    np.add.at(sums, table.week, table.values)
    base = _usable(table.weeks, week, settings, broken, n > 0)
    for at, period in enumerate(table.weeks):
        for j, name in enumerate(table.names):
            task, label = name.split(".")
            share = sums[at, j] / n[at] if n[at] else None
            low, high = wilson(share, n[at], settings.measure.level) if share is not None else (None, None)
            figure = Figure(
                period=period,
                task=task,
                label=label,
                group=group,
                unit="story",
                denominator="stories about migration",
                n=int(n[at]),
                count=float(sums[at, j]),
                share=share,
                low=low,
                high=high,
                method="probabilistic count",
                enough=bool(n[at] >= settings.measure.min_n),
            )
            if period == week and group in ("all", *PUBLISHERS):
                figure = _against_shares(figure, sums[:, j], n, base, settings.measure.level)
            yield figure


def wilson(share: float, n: float, level: float) -> tuple[float, float]:
    """Return Wilson's interval (1927) of a share of ``n``."""
    if n <= 0:
        return 0.0, 1.0
    z = float(stats.norm.ppf(0.5 + level / 2))
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * float(np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)))
    return max(0.0, middle - half), min(1.0, middle + half)


def _poisson(count: float, level: float) -> tuple[float, float]:
    tail = (1 - level) / 2
    low = float(stats.chi2.ppf(tail, 2 * count) / 2) if count > 0 else 0.0
    return low, float(stats.chi2.ppf(1 - tail, 2 * count + 2) / 2)


def _usable(
    weeks: tuple[str, ...], week: str, settings: Settings, broken: set[str], alive: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Return the indices of the last baseline weeks before ``week`` when every source was up."""
    past = [i for i, w in enumerate(weeks) if w < week and w not in broken and alive[i]]
    return np.array(past[-settings.report.baseline_weeks :], dtype=np.int64)


def _against_shares(figure: Figure, sums: Floats, n: Floats, base: NDArray[np.int64], level: float) -> Figure:
    """Return the figure with the share expected of it: pooled past weeks, widened by their own spread."""
    if len(base) < MIN_BASELINE or not n[base].sum():
        return replace(figure, change="no_baseline", base_weeks=len(base))
    total = n[base].sum()
    usual = float(np.clip(sums[base].sum() / total, 1e-4, 1 - 1e-4))
    if not figure.enough or figure.share is None:
        return replace(figure, change="too_few", base_share=usual, base_weeks=len(base))
    spread = usual * (1 - usual)
    pearson = float(np.sum((sums[base] - n[base] * usual) ** 2 / (n[base] * spread)))
    phi = max(1.0, pearson / (len(base) - 1))
    error = float(np.sqrt(phi * spread * (1 / figure.n + 1 / total)))
    return _judged(figure, figure.share, usual, error, len(base), level, upper=1.0)


def _against_counts(figure: Figure, counts: Floats, base: NDArray[np.int64], level: float) -> Figure:
    """Return the figure with the count expected of it: the past mean, widened by the past spread."""
    if len(base) < MIN_BASELINE:
        return replace(figure, change="no_baseline", base_weeks=len(base))
    usual = float(counts[base].mean())
    variance = max(float(counts[base].var(ddof=1)), usual, 0.25)
    error = float(np.sqrt(variance * (1 + 1 / len(base))))
    return _judged(figure, figure.count, usual, error, len(base), level, upper=np.inf)


def _judged(
    figure: Figure, value: float, usual: float, error: float, weeks: int, level: float, *, upper: float
) -> Figure:
    t = float(stats.t.ppf(0.5 + level / 2, weeks - 1))
    p = float(2 * stats.t.sf(abs(value - usual) / error, weeks - 1))
    change: Change = "higher" if value > usual else "lower"
    return replace(
        figure,
        base_share=usual,
        base_low=max(0.0, usual - t * error),
        base_high=min(upper, usual + t * error),
        base_weeks=weeks,
        change=change,
        q=p,
    )


def _controlled(figures: list[Figure], week: str, rate: float) -> list[Figure]:
    """Return the figures with p-values adjusted over all labels and groups (Benjamini-Hochberg 1995)."""
    tested = [i for i, f in enumerate(figures) if f.period == week and f.q is not None]
    if not tested:
        return figures
    p = np.array([figures[i].q for i in tested], dtype=np.float64)
    order = np.argsort(p)
    ranked = p[order] * len(p) / np.arange(1, len(p) + 1)
    adjusted = np.minimum(1.0, np.minimum.accumulate(ranked[::-1])[::-1])
    out = list(figures)
    for rank, at in enumerate(order):
        figure, q = figures[tested[at]], float(adjusted[rank])
        out[tested[at]] = replace(figure, q=q, change=figure.change if q <= rate else "none")
    return out
