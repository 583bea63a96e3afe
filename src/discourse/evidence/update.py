"""Fetch the declared series that have an address, keep their revisions, and check that each can be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from discourse.errors import FetchError, RowError
from discourse.evidence import cache, formats, library
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
    """Yield a row for every series of the city's countries that has a query: its state, revisions and a note."""
    lands = {library.country(s) for s in settings.evidence.series} or {library.country(settings.discourse.place)}
    folder = settings.path(settings.evidence.cache)
    for series in library.series():
        if series.country in lands and series.query:
            try:
                got = cache.get(folder, series.id, series.query, fetch=fetch, now=now)
            except FetchError as error:
                yield {"series": series.id, "state": "failed", "revisions": 0, "note": str(error)}
                continue
            yield _row(series, got, cache.revisions(folder, series.id))


def _row(series: Series, got: cache.Got, revisions: list[cache.Revision]) -> dict[str, Any]:
    kept = len(revisions)
    state = "outage" if got.outage else "revised" if got.new and kept > 1 else "new" if got.new else "unchanged"
    note = f"the copy of {got.age_days} days ago stands in: {got.outage}" if got.outage else ""
    if kept > 1:
        note = "; ".join(filter(None, [note, "kept: " + ", ".join(f"{r.retrieved:%Y-%m-%d}" for r in revisions)]))
    try:
        values = sum(o.value is not None for o in formats.jsonstat(got.body))
    except RowError as error:
        return {"series": series.id, "state": "failed", "revisions": kept, "note": str(error)}
    return {"series": series.id, "state": state, "revisions": kept, "note": note or f"{values} values"}
