"""From a fetched response to cards: the declared cells of a series, its last period, and what the figure was before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from discourse.errors import FetchError, RowError
from discourse.evidence import cache, formats, library
from discourse.evidence.cards import EvidenceCard
from discourse.evidence.formats import Observation
from discourse.evidence.library import Series

READERS: dict[str, Callable[[bytes], Iterator[Observation]]] = {
    "jsonstat": formats.jsonstat,
    "sdmx_csv": formats.sdmx_csv,
    "sdmx_ml": formats.sdmx_ml,
    "sdmx_json": formats.sdmx_json,
    "world_bank": formats.world_bank,
}
TIMES = ("time", "TIME_PERIOD", "date")


def cells(series: Series, body: bytes) -> dict[str, Observation]:
    """Return the cell of the last period with a figure for each kind of card that a response gives.

    Raises ``RowError`` where the response cannot be read, lacks a declared code (its shape changed), or holds several
    cells for one period. A missing figure is left out, never read as 0.
    """
    try:
        found = list(READERS[series.format](body))
    except UnicodeDecodeError as error:
        raise RowError(f"the response of {series.id} is not text: {error}.", remedy="Fetch it again.") from error
    if not found:
        raise RowError(f"the response of {series.id} holds no cell.", remedy="Check the series' declared codes.")
    return {kind: cell for code, kind in series.figures.items() if (cell := _last(series, code, found))}


def _last(series: Series, code: str, found: Sequence[Observation]) -> Observation | None:
    where = dict(series.where) | {series.vary: code}
    fitting = formats.select(iter(found), where)
    if not fitting:
        asked = ", ".join(f"{k}={v}" for k, v in where.items())
        raise RowError(
            f"the response of {series.id} has no cell {asked}: its shape changed.",
            remedy="Look at the publisher's table and declare the cell anew.",
        )
    times: dict[str, list[Observation]] = {}
    for cell in fitting:
        times.setdefault(period(cell), []).append(cell)
    if any(len(same) > 1 for same in times.values()):
        raise RowError(
            f"the response of {series.id} has several cells for one period.", remedy="Declare every dimension's code."
        )
    known = [cell for cell in fitting if cell.value is not None]
    return max(known, key=period, default=None)


def period(cell: Observation) -> str:
    """Return the period of a cell. Raises ``RowError`` where it names none."""
    for name in TIMES:
        if name in cell.key:
            return cell.key[name]
    raise RowError("a cell names no period.", remedy="Look at the response as it was saved.")


def cards(series: Series, kept: Sequence[cache.Revision]) -> list[EvidenceCard]:
    """Return the cards of a series from its kept revisions, newest first used; a revised figure says what it was.

    Raises ``RowError`` or ``FetchError`` where the last revision cannot be used.
    """
    if not kept or not series.figures:
        return []
    last = kept[-1]
    before = list(_earlier(series, kept))
    out: list[EvidenceCard] = []
    for kind, cell in cells(series, last.body()).items():
        note = "; ".join(filter(None, [_was(kind, cell, before), f"last confirmed {last.seen:%Y-%m-%d}"]))
        row = {
            "kind": kind,
            "country": series.country,
            "period": period(cell),
            "value": repr(cell.value),
            "flags": cell.flags,
            "retrieved": f"{last.retrieved:%Y-%m-%d}",
            "trace": f"{series.address()} | {cell.cell} | sha256 {last.sha256}",
            "note": note,
        }
        out += library.cards_for(row)
    return out


def _earlier(series: Series, kept: Sequence[cache.Revision]) -> Iterator[tuple[datetime, dict[str, Observation]]]:
    """Yield the cells of earlier revisions, newest first, with the day each was replaced; unreadable ones are left."""
    for old, new in reversed(list(pairwise(kept))):
        try:
            yield new.retrieved, _all(series, old.body())
        except (RowError, FetchError):
            continue


def _all(series: Series, body: bytes) -> dict[str, Observation]:
    found = list(READERS[series.format](body))
    out: dict[str, Observation] = {}
    for code, kind in series.figures.items():
        for cell in formats.select(iter(found), dict(series.where) | {series.vary: code}):
            out[f"{kind}/{period(cell)}"] = cell
    return out


def _was(kind: str, cell: Observation, before: Iterable[tuple[datetime, dict[str, Observation]]]) -> str:
    """Return ``was X until DATE`` for the last different value of the same period, or nothing."""
    for until, found in before:
        old = found.get(f"{kind}/{period(cell)}")
        if old is not None and old.value is not None and old.value != cell.value:
            return f"was {old.value:,.10g} until {until:%Y-%m-%d}"
    return ""


def fetched(folder: Path, lands: set[str]) -> tuple[list[EvidenceCard], dict[str, str]]:
    """Return the cards of all kept responses of some countries, and why those of a series could not be used."""
    out: list[EvidenceCard] = []
    wrong: dict[str, str] = {}
    if not folder.is_dir():
        return out, wrong
    for series in library.series():
        if series.country in lands and series.figures:
            try:
                out += cards(series, cache.revisions(folder, series.id))
            except (RowError, FetchError) as error:
                wrong[series.id] = error.what
    return out, wrong
