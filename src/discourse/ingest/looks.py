"""A look at every source: one after the other, or several side by side, each site still asked by one reader only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from discourse.config import Settings, SourceSpec
from discourse.errors import DiscourseError, ExtractError, InputError
from discourse.ingest import open_door, read_source
from discourse.records import Document, Failed, Outcome, SourceRef
from discourse.store import Address

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    from discourse.ingest.door import Names

BATCH = 50
"""Outcomes that are kept together."""
Known = Callable[[str], Mapping[str, Address]]


@dataclass(frozen=True, kw_only=True)
class Look:
    """Some outcomes of one source with what its addresses answered: to be kept in one transaction."""

    spec: SourceSpec
    outcomes: Sequence[Outcome[Document]]
    learned: Sequence[Address] = ()


def looks(settings: Settings, *, now: datetime, known: Known, names: Names | None = None) -> Iterator[Look]:
    """Yield what all sources have. A source that cannot be read is one ``Failed``, and the others go on.

    With ``ingest.workers`` above 1 that many processes read side by side: the looks of sources then mix, those of one
    source keep their order. ``names`` must then be a function of a module.
    """
    sources = settings.ingest.sources
    if settings.ingest.workers > 1 and len(sources) > 1:
        yield from _side_by_side(settings, now, known, names)
        return
    for spec in sources:
        yield from of_source(spec, settings, now, known(spec.name), names)


def of_source(
    spec: SourceSpec, settings: Settings, now: datetime, known: Mapping[str, Address], names: Names | None
) -> Iterator[Look]:
    """Yield what one source has, in batches; the last one may be empty."""
    door = open_door(settings, spec, now=now, known=known, names=names)
    batch: list[Outcome[Document]] = []

    def look() -> Look:
        learned, door.learned = door.learned, []
        return Look(spec=spec, outcomes=batch, learned=learned)

    try:
        for outcome in read_source(spec, door):
            batch.append(outcome)
            if len(batch) >= BATCH:
                yield look()
                batch = []
    except InputError as error:
        batch.append(_failed(spec, error))
    finally:
        door.close()
    yield look()


def groups(sources: Sequence[SourceSpec]) -> list[list[SourceSpec]]:
    """Return the sources, those of one site together: two readers would ask its server twice as often as is polite."""
    found: dict[str, list[SourceSpec]] = {}
    for spec in sources:
        host = urlsplit(spec.address).hostname if spec.address.startswith(("http://", "https://")) else None
        found.setdefault(".".join(host.split(".")[-2:]) if host else f"file:{spec.name}", []).append(spec)
    return list(found.values())


def _side_by_side(settings: Settings, now: datetime, known: Known, names: Names | None) -> Iterator[Look]:
    from multiprocessing.connection import wait

    waiting, running = groups(settings.ingest.sources), dict[Any, _Reader]()
    try:
        while waiting or running:
            while waiting and len(running) < settings.ingest.workers:
                reader = _Reader(waiting.pop(0), settings, now, known, names)
                running[reader.conn] = reader
            for conn in wait(list(running)):
                look = running[conn].take()
                if look is None:
                    running.pop(conn).end()
                else:
                    yield look
    finally:
        for reader in running.values():
            reader.end()


class _Reader:
    """A process that reads one group of sources, and the pipe it answers on; it dies with the pipe."""

    def __init__(
        self, group: list[SourceSpec], settings: Settings, now: datetime, known: Known, names: Names | None
    ) -> None:
        import multiprocessing

        context = multiprocessing.get_context("spawn")
        self.left = {spec.name: spec for spec in group}
        self.conn, theirs = context.Pipe(duplex=False)
        addresses = {spec.name: dict(known(spec.name)) for spec in group}
        self.process: BaseProcess = context.Process(
            target=_read, args=(theirs, group, settings, now, addresses, names), daemon=True
        )
        self.process.start()
        theirs.close()

    def take(self) -> Look | None:
        """Return the next look; ``None`` when the group is done. A reader that died leaves its source ``Failed``."""
        try:
            while isinstance(said := self.conn.recv(), str):
                self.left.pop(said, None)
        except (EOFError, OSError):
            return self._orphan()
        if isinstance(said, BaseException):
            raise said
        return said if isinstance(said, Look) else None

    def _orphan(self) -> Look | None:
        self.process.join()
        if not self.left:
            return None
        spec = self.left.pop(next(iter(self.left)))
        error = ExtractError(
            f"the reader of {spec.name} died ({self.process.exitcode}).",
            remedy="Run it alone (ingest.workers = 1); memory may have run out.",
            slug="reader_died",
        )
        return Look(spec=spec, outcomes=[_failed(spec, error)])

    def end(self) -> None:
        """Close the pipe and see the process off."""
        self.conn.close()
        self.process.terminate()
        self.process.join()


def _read(
    conn: Connection,
    group: list[SourceSpec],
    settings: Settings,
    now: datetime,
    known: Mapping[str, Mapping[str, Address]],
    names: Names | None,
) -> None:
    """Read a group of sources and send its looks; a pipe that nobody reads any more ends the process."""
    try:
        for spec in group:
            for look in of_source(spec, settings, now, known[spec.name], names):
                conn.send(look)
            conn.send(spec.name)
        conn.send(None)
    except BrokenPipeError:
        return
    except DiscourseError as error:
        conn.send(error)
    except Exception as error:
        import traceback

        conn.send(RuntimeError(f"{type(error).__name__}: {error}\n{traceback.format_exc()}"))


def _failed(spec: SourceSpec, error: InputError) -> Failed:
    return Failed(ref=SourceRef(source=spec.name, url=spec.address), error=error)
