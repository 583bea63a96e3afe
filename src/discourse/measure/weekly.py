"""The figures of a week with their change against the usual range, and of every week of its history without."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from discourse.config import Settings
from discourse.measure import change, clusters, estimates, prevalence
from discourse.measure import gold as people
from discourse.measure import town as towns
from discourse.measure.intervals import effective_size, poisson, wilson
from discourse.measure.stories import Floats, Texts, Units, names, position, units_of
from discourse.measure.town import Bools, Town
from discourse.records import PUBLISHERS, Change, Figure

ABOUT = "stories about migration"
SEEN = "all stories seen"
JUDGED = ("all", *PUBLISHERS)
"""Groups whose change is tested; single outlets are shown and not judged."""
WEIGHTS: Mapping[str, float] = {"concern": 8.0, "attention": 6.0, "sentiment": 4.0, "policy_frame": 2.0, "voice": 1.0}
"""How readily a change is believed, against 0.5 for the other tasks; a quarter of it outside the group ``all``."""
PLURAL = {"story": ABOUT, "passage": "passages about migration", "reach": "stories about migration, by reach"}


def week_figures(
    passages: pl.DataFrame,
    documents: pl.DataFrame,
    *,
    week: str,
    settings: Settings,
    gold: Sequence[Mapping[str, Any]] = (),
    down: frozenset[tuple[str, str]] = frozenset(),
    since: str | None = None,
) -> list[Figure]:
    """Return every figure of a week and of its history; see ``discourse.measure.week_figures``."""
    town = towns.build(passages, documents, week=week, settings=settings, readings=people.readings(gold), down=down)
    town = replace(town, first=sum(w < since for w in town.weeks) if since else 0)
    known = corrections_of(town)
    out: list[Figure] = []
    for group in town.groups():
        out += figures_of(town, group, known)
    return decided(out, week, settings.measure.false_discovery_rate)


def corrections_of(town: Town) -> dict[int, estimates.Correction]:
    """Return what the checked sample of the whole town says of each label; groups share it."""
    return {**town.applied, **estimates.corrections(_units(town, np.ones(len(town.texts.story), bool), "all"))}


def _units(town: Town, chosen: Bools, group: str) -> Units:
    if town.passages is None:
        return town.units(town.texts.take(chosen))
    part = town.passages
    kinds = {int(s): int(k) for s, k in zip(town.seen.source, town.seen.kind, strict=True)}
    kind = np.array([kinds.get(int(s), -1) for s in range(len(town.sources))])
    keep = np.ones(len(part.week), bool)
    if group in PUBLISHERS:
        keep = kind[part.outlet] == PUBLISHERS.index(group)
    elif group.startswith("source:"):
        keep = part.outlet == town.sources.index(group.removeprefix("source:"))
    return Units(
        week=part.week[keep], outlet=part.outlet[keep], story=part.story[keep], weight=part.weight[keep],
        values=part.values[keep], truth=None if part.truth is None else part.truth[keep],
        chance=None if part.chance is None else part.chance[keep],
    )  # fmt: skip


def figures_of(town: Town, group: str, known: dict[int, estimates.Correction]) -> list[Figure]:
    """Return the figures of one group, its changes not yet decided: ``q`` holds a plain p-value where one was made."""
    out = plain_figures(town, group, known)
    return _judged(town, group, out, known) if group in JUDGED else out


def plain_figures(
    town: Town, group: str, known: dict[int, estimates.Correction], *, by_concern: bool = True
) -> list[Figure]:
    """Return the figures of one group for every week, none compared."""
    members, seen_members = town.group(group)
    units = _units(town, members, group)
    deff = clusters.design_effects(units, len(town.weeks))
    shares = estimates.estimate(units, len(town.weeks), level=town.settings.measure.level, corrected=known, deff=deff)
    out = [*_attention(town, group, units_of(town.texts.take(members)), seen_members), *_shares(town, group, shares)]
    return [*out, *_by_concern(town, group, units, shares)] if by_concern else out


def _attention(town: Town, group: str, units: Units, members: Bools) -> Iterator[Figure]:
    """Yield how many distinct stories each week has, and their share of all stories seen."""
    level, least = town.settings.measure.level, town.settings.measure.min_n
    every = units_of_seen(town.seen.take(members))
    counts = np.bincount(units.week, minlength=len(town.weeks)).astype(float)
    totals = np.bincount(every.week, minlength=len(town.weeks)).astype(float)
    limits, edges = poisson(counts, level), every.edges(len(town.weeks))
    for w, period in town.shown():
        common = Figure(
            period=period, task="attention", label="stories", group=group, unit="story", denominator=ABOUT,
            n=int(counts[w]), count=float(counts[w]), share=None, low=float(limits[0][w]), high=float(limits[1][w]),
            method="count, Poisson limits", enough=True, versions=town.versions[w],
        )  # fmt: skip
        yield common
        part = slice(edges[w], edges[w + 1])
        share, size, method = _seen_share(every, part, counts[w], totals[w])
        low, high = wilson(share or 0.0, size, level)
        yield replace(
            common, label="share", denominator=SEEN, n=int(totals[w]), share=share,
            low=None if share is None else float(low), high=None if share is None else float(high),
            method=method, enough=bool(totals[w] >= least), corrected=method == estimates.METHODS[estimates.POWERED],
        )  # fmt: skip


def units_of_seen(texts: Texts) -> Units:
    """Return all stories seen; their one value is relevance."""
    order = np.lexsort((texts.week, texts.story))
    starts = np.flatnonzero(np.diff(texts.story[order], prepend=-1)) if len(order) else np.zeros(0, np.int64)
    first = order[starts]
    by_week = np.argsort(texts.week[first], kind="stable")
    best = np.maximum.reduceat(texts.values[order], starts, axis=0) if len(starts) else texts.values
    truth = chance = None
    if texts.truth is not None and texts.chance is not None:
        truth, chance = texts.truth[first][by_week], texts.chance[first][by_week]
    return Units(
        week=texts.week[first][by_week], outlet=texts.source[first][by_week], story=texts.story[first][by_week],
        weight=np.ones(len(first)), values=best[by_week], truth=truth, chance=chance,
    )  # fmt: skip


def _seen_share(every: Units, part: slice, count: float, total: float) -> tuple[float | None, float, str]:
    """Return the share of stories about migration: corrected where people checked enough, else what was counted."""
    if not total:
        return None, 0.0, "count"
    if every.truth is not None and every.chance is not None:
        truth = every.truth[part, 0].astype(float)
        if (~np.isnan(truth)).sum() >= estimates.MIN_CHECKED:
            p = every.values[part, 0].astype(float)
            found = prevalence.prediction_powered(p, every.weight[part], truth, every.chance[part])
            size = float(effective_size(found.share, found.variance(), found.most))
            return found.share, size, estimates.METHODS[estimates.POWERED]
    return float(min(1.0, count / total)), float(total), "count"


def _shares(town: Town, group: str, shares: estimates.Shares) -> Iterator[Figure]:
    """Yield the share of every label, week by week; harm is never shown for a single outlet."""
    least, unit = town.settings.measure.min_n, town.settings.measure.unit
    labels = [n.split(".") for n in names()[:-1]]
    wanted = [j for j, (task, _) in enumerate(labels) if task != "harm" or not group.startswith("source:")]
    rows = (shares.share.tolist(), shares.low.tolist(), shares.high.tolist(), shares.method.tolist())
    for w, period in town.shown():
        n = int(shares.n[w])
        for j in wanted:
            share, low, high, method = (x[w][j] for x in rows)
            yield Figure(
                period=period, task=labels[j][0], label=labels[j][1], group=group,
                unit="story" if unit == "reach" else unit, denominator=PLURAL[unit], n=n, count=share * n if n else 0.0,
                share=share if n else None, low=low if n else None, high=high if n else None,
                method=estimates.METHODS[method], enough=n >= least, corrected=method > 0, versions=town.versions[w],
            )  # fmt: skip


def _by_concern(town: Town, group: str, units: Units, shares: estimates.Shares) -> Iterator[Figure]:
    """Yield sentiment among the stories that voice a concern, each story weighing as much as it is likely to."""
    if group != "all":
        return
    side, edges = position("sentiment"), units.edges(len(town.weeks))
    for j, name in enumerate(names()):
        if not name.startswith("concern."):
            continue
        yield from _sentiment_of(
            town, f"concern:{name.removeprefix('concern.')}", shares.values[:, j], shares, edges, side
        )


def _sentiment_of(
    town: Town, group: str, weight: Floats, shares: estimates.Shares, edges: NDArray[np.int64], side: slice
) -> Iterator[Figure]:
    least, level = town.settings.measure.min_n, town.settings.measure.level
    for w, period in town.shown():
        part = slice(edges[w], edges[w + 1])
        total, squares = float(weight[part].sum()), float((weight[part] ** 2).sum())
        if total <= 0.5:
            continue
        share = weight[part] @ shares.values[part, side] / total
        low, high = wilson(share, total**2 / squares, level)
        for i, name in enumerate(names()[side]):
            yield Figure(
                period=period, task="sentiment", label=name.removeprefix("sentiment."), group=group, unit="story",
                denominator=f"stories with the concern {group.removeprefix('concern:')}", n=round(total),
                count=float(share[i] * total), share=float(share[i]), low=float(low[i]), high=float(high[i]),
                method=estimates.METHODS[estimates.COUNTED], enough=total >= least, versions=town.versions[w],
            )  # fmt: skip


def _judged(town: Town, group: str, figures: list[Figure], known: dict[int, estimates.Correction]) -> list[Figure]:
    """Return the figures with those of the week held against the usual range; not yet decided."""
    members, seen_members = town.group(group)
    weeks, sources = towns.comparable(town, seen_members)
    same = towns.same_version(town, weeks)
    blank: Change = "break" if len(same) < change.MIN_BASELINE <= len(weeks) else "no_baseline"
    here = np.isin(town.texts.source, sources) & members
    there = np.isin(town.seen.source, sources) & seen_members
    units, every = _units(town, here, group), units_of_seen(town.seen.take(there))
    span = [*same.tolist(), town.now]
    found = _verdicts(town, units, every, span, known)
    out = []
    for figure in figures:
        if figure.period != town.weeks[-1] or figure.group != group:
            out.append(figure)
            continue
        verdict, j = found.get(figure.task if figure.task == "attention" else "labels", {}), 0
        key = figure.label if figure.task == "attention" else f"{figure.task}.{figure.label}"
        one, j = verdict.get(key, (None, 0))
        out.append(_against(figure, one, j, blank, len(same)))
    return out


Found = dict[str, tuple[change.Verdict | None, int]]


def _verdicts(
    town: Town, units: Units, every: Units, span: list[int], known: dict[int, estimates.Correction]
) -> dict[str, Found]:
    """Return the verdict on every label, and its place in it, from comparable weeks, the last being the one judged."""
    m, baseline = town.settings.measure, town.settings.report.baseline_weeks
    edges, all_edges = units.edges(len(town.weeks)), every.edges(len(town.weeks))
    cut = slice(edges[span[0]], edges[span[-1] + 1])
    part = Units(
        week=units.week[cut], outlet=units.outlet[cut], story=units.story[cut], weight=units.weight[cut],
        values=units.values[cut],
    )  # fmt: skip
    values, at = estimates.apply(part, known), edges[span[0]]
    by_week = [values[edges[w] - at : edges[w + 1] - at, :-1] for w in span]
    labels = change.shares(by_week, baseline=baseline, min_n=m.min_n, level=m.level, at=span)
    counts = np.array([edges[w + 1] - edges[w] for w in span], float)
    yes = (every.values[:, :1] >= town.settings.classify.relevance_threshold).astype(float)
    seen = [yes[all_edges[w] : all_edges[w + 1]] for w in span]
    return {
        "labels": {name: (labels, j) for j, name in enumerate(names()[:-1])},
        "attention": {
            "stories": (change.counts(counts, baseline=baseline, level=m.level, at=span), 0),
            "share": (change.shares(seen, baseline=baseline, min_n=m.min_n, level=m.level, at=span), 0),
        },
    }


def _against(figure: Figure, verdict: change.Verdict | None, j: int, blank: Change, weeks: int) -> Figure:
    """Return the figure with its usual range; ``change`` is the direction seen and ``q`` the p-value, for now."""
    if verdict is None:
        return replace(figure, change=blank, base_weeks=weeks)
    figure = replace(
        figure, base_share=float(verdict.usual[j]), base_low=float(verdict.low[j]), base_high=float(verdict.high[j]),
        base_weeks=int(verdict.weeks[j]),
    )  # fmt: skip
    if not verdict.tested[j]:
        return replace(figure, change="too_few")
    return replace(figure, change="higher" if verdict.sign[j] >= 0 else "lower", q=float(verdict.p[j]))


def decided(figures: list[Figure], week: str, rate: float) -> list[Figure]:
    """Return the figures with their p-values adjusted over all labels and groups of the week, and changes decided."""
    tested = [i for i, f in enumerate(figures) if f.period == week and f.q is not None]
    weight = np.array(
        [WEIGHTS.get(figures[i].task, 0.5) * (1.0 if figures[i].group == "all" else 0.25) for i in tested]
    )
    q = change.controlled(np.array([figures[i].q for i in tested], float), weight)
    out = list(figures)
    for i, adjusted in zip(tested, q.tolist(), strict=True):
        figure = figures[i]
        sure = adjusted <= rate and _outside(figure)
        out[i] = replace(figure, q=adjusted, change=figure.change if sure else "none")
    return out


def _outside(figure: Figure) -> bool:
    """Return whether a figure lies outside the range that is shown beside it: else nobody would understand the word."""
    value = figure.count if figure.share is None else figure.share
    if value is None or figure.base_low is None or figure.base_high is None:
        return True
    return not figure.base_low <= value <= figure.base_high
