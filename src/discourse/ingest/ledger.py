"""The coverage ledger: what was expected of each source in a week, what came, why the rest did not. All pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from statistics import median
from typing import Literal

import polars as pl

from discourse.config import SourceSpec
from discourse.records import LedgerRow, iso_week
from discourse.store import Item

MIN_WEEKS = 3
"""A source with fewer past weeks than this is new: nothing is expected of it yet."""
State = Literal["ok", "silent", "low", "new", "failing", "high"]


def coverage(
    documents: pl.DataFrame,
    items: Sequence[Item],
    *,
    sources: Sequence[SourceSpec],
    week: str,
    relevant: set[str],
    baseline_weeks: int,
) -> list[LedgerRow]:
    """Return one row a source for a week; ``documents`` is the document table of the week and its history."""
    return [_row(documents, items, spec, week, relevant, baseline_weeks) for spec in sources]


def down_weeks(documents: pl.DataFrame, *, sources: Sequence[SourceSpec], week: str) -> frozenset[tuple[str, str]]:
    """Return the (source, week) pairs when a source that should have spoken said nothing."""
    out: set[tuple[str, str]] = set()
    for spec in sources:
        counts = _counts(documents, spec.name)
        if not counts:
            continue
        for at in _weeks(min(counts), week):
            if counts.get(at, 0) == 0 and _silent(0, _past(counts, at, 26)):
                out.add((spec.name, at))
    return frozenset(out)


def _row(
    documents: pl.DataFrame,
    items: Sequence[Item],
    spec: SourceSpec,
    week: str,
    relevant: set[str],
    baseline_weeks: int,
) -> LedgerRow:
    counts = _counts(documents, spec.name)
    past = _past(counts, week, baseline_weeks)
    mine = documents.filter((pl.col("source") == spec.name) & (pl.col("week") == week))
    ids = set(mine["id"].to_list())
    seen = [i for i in items if i.source == spec.name and i.week == week]
    failed = Counter(i.reason for i in seen if i.outcome == "failed")
    got = len(ids)
    state = _state(got, past, failed=sum(failed.values()))
    last = documents.filter((pl.col("source") == spec.name) & (pl.col("week") <= week))["published"].max()
    return LedgerRow(
        source=spec.name,
        title=spec.shown,
        kind=spec.publisher,
        period=week,
        expected=median(past) if len(past) >= MIN_WEEKS else None,
        got=got,
        relevant=len(ids & relevant),
        reprints=mine.filter(pl.col("story_id").is_not_null() & (pl.col("story_id") != pl.col("id"))).height,
        skipped=dict(Counter(i.reason for i in seen if i.outcome == "skipped")),
        failed=dict(failed),
        state=state,
        last_seen=datetime.fromisoformat(str(last)).date() if last else None,
    )


def _counts(documents: pl.DataFrame, source: str) -> dict[str, int]:
    mine = documents.filter((pl.col("source") == source) & pl.col("week").is_not_null())
    return dict(mine.group_by("week").len().iter_rows())


def _past(counts: dict[str, int], week: str, most: int) -> list[int]:
    """Return the counts of the weeks before, from the first to the last with any: zeros after its end do not count."""
    earlier = [w for w in counts if w < week]
    if not earlier:
        return []
    weeks = _weeks(min(earlier), max(earlier))
    return [counts.get(w, 0) for w in weeks][-most:]


def _weeks(first: str, last: str) -> list[str]:
    at, end = _monday(first), _monday(last)
    out = []
    while at <= end:
        out.append(iso_week(at))
        at += timedelta(weeks=1)
    return out


def _monday(week: str) -> date:
    return date.fromisocalendar(int(week[:4]), int(week[6:]), 1)


def _state(got: int, past: Sequence[int], *, failed: int) -> State:
    if len(past) < MIN_WEEKS:
        return "failing" if failed and not got else "new"
    if got == 0:
        if _silent(got, past):
            return "silent"
        return "failing" if failed else "ok"
    usual = median(past)
    if failed > got:
        return "failing"
    spread = max(1.5, 2.5 * usual**0.5)
    if got < usual - spread and got < 0.5 * usual:
        return "low"
    return "high" if got > usual + 2 * spread and got > 2 * usual else "ok"


def _silent(got: int, past: Sequence[int]) -> bool:
    """Say whether nothing at all is a surprise: under a Poisson count it happens in under one week of fifty."""
    if got or len(past) < MIN_WEEKS:
        return False
    quiet = sum(n == 0 for n in past) / len(past)
    return quiet < 0.1 and median(past) >= 1 and sum(past) / len(past) >= 1
