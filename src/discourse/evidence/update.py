"""Fetch the declared series that have an address, keep their revisions, and fill the cards of their declared cells."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from discourse.errors import FetchError, RowError
from discourse.evidence import cache, fill, library
from discourse.records import Done, Failed, Fetched, Outcome, SourceRef

if TYPE_CHECKING:
    from discourse.config import Settings
    from discourse.evidence.library import Series


def body_of(fetch: Callable[[SourceRef], Outcome[Fetched]]) -> cache.Fetch:
    """Return a fetch of bytes by address, made of the door's fetch; it raises ``FetchError``."""

    def get(url: str) -> bytes:
        outcome = fetch(SourceRef(source="evidence", url=url))
        match outcome:
            case Done(value=fetched):
                return fetched.body
            case Failed(error=FetchError() as error):
                raise error
            case _:
                raise FetchError(f"{url} gave nothing ({outcome.outcome}).", remedy="Try again later.")

    return get


def update(settings: Settings, *, fetch: cache.Fetch, now: datetime) -> Iterator[dict[str, Any]]:
    """Yield a row for every series of the city's countries that has a query.

    Each says its state (``new``, ``revised``, ``unchanged``, ``outage``, ``failed``), the number of revisions, a note,
    and the figures it fills: label, value, period, flags and what the figure was before.
    """
    folder = settings.path(settings.evidence.cache)
    lands = library.lands(settings)
    for series in library.series():
        if series.country in lands and series.query:
            yield one(series, folder, fetch=fetch, now=now)


def one(series: Series, folder: Path, *, fetch: cache.Fetch, now: datetime) -> dict[str, Any]:
    """Return the row of one series after asking for it; what cannot be used is not kept and the last copy stands in."""
    try:
        got = cache.get(
            folder, series.id, series.address(), fetch=fetch, now=now, check=lambda body: fill.cells(series, body)
        )
        found = fill.cards(series, cache.revisions(folder, series.id))
    except (FetchError, RowError) as error:
        return {"series": series.id, "state": "failed", "revisions": 0, "note": str(error), "figures": []}
    kept = cache.revisions(folder, series.id)
    state = "outage" if got.outage else "revised" if got.new and len(kept) > 1 else "new" if got.new else "unchanged"
    figures = {c.kind: c for c in reversed(found)}
    return {
        "series": series.id,
        "state": state,
        "revisions": len(kept),
        "note": _note(series, got, kept),
        "figures": [
            {
                "kind": c.kind,
                "value": c.value,
                "unit": c.unit,
                "period": c.period,
                "flags": list(c.flags),
                "note": c.note,
            }
            for c in figures.values()
        ],
    }


def _note(series: Series, got: cache.Got, kept: list[cache.Revision]) -> str:
    said = []
    if got.outage:
        said.append(f"the copy confirmed {got.age_days} days ago stands in: {got.outage}")
    if len(kept) > 1:
        said.append("kept: " + ", ".join(f"{r.retrieved:%Y-%m-%d}" for r in kept))
    if not series.figures:
        said.append("kept, but nobody has declared which cell answers the question, so no card is filled")
    return "; ".join(said)
