"""What was said: sources, polite fetching, extraction, and the decision what is new. One bad item never ends a run."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from discourse import registry
from discourse.config import Settings, SourceSpec
from discourse.ingest.decide import decide
from discourse.ingest.door import Door, Names
from discourse.ingest.identity import content_hash
from discourse.records import Document, Done, Fetched, Outcome, SourceRef
from discourse.store import Address

if TYPE_CHECKING:
    from discourse.ingest.fetch_http import HttpFetcher

__all__ = ["Door", "content_hash", "decide", "extract_all", "open_door", "read_source"]


def open_door(
    settings: Settings, spec: SourceSpec, *, now: datetime, known: Mapping[str, Address], names: Names | None = None
) -> Door:
    """Return the door of a source: files below the configuration's folder, and http(s) addresses, politely.

    ``names(text, lang)`` gives the spans of persons' names; without it only contacts and numbers are masked. The key
    of the pseudonyms comes from the environment, DISCOURSE_PRIVACY_KEY.
    """
    from discourse.ingest.fetch import FileFetcher

    files = FileFetcher(
        root=settings.root,
        within=_folders(settings, spec),
        now=now,
        known=known,
        max_bytes=int(settings.ingest.max_megabytes * 1_000_000),
    )
    web = _Web(settings, spec.name, now, known)

    def fetch(ref: SourceRef) -> Outcome[Fetched]:
        return web(ref) if ref.url.startswith(("http://", "https://")) else files(ref)

    return Door(
        settings=settings,
        spec=spec,
        now=now,
        fetch=fetch,
        known=known,
        names=names,
        privacy_key=os.environ.get("DISCOURSE_PRIVACY_KEY", ""),
        close=web.close,
    )


def _folders(settings: Settings, spec: SourceSpec) -> tuple[Path, ...]:
    """Return the folders that a source may read: that of its address, unless it is on the web, and its saved pages."""
    own = [] if spec.address.startswith(("http://", "https://")) else [settings.path(spec.address)]
    found = [path if path.is_dir() else path.parent for path in own]
    if spec.saved_pages:
        found.append(settings.path(spec.saved_pages))
    return tuple(path.resolve() for path in found)


class _Web:
    """The web fetcher, made when the first web address is asked for."""

    def __init__(self, settings: Settings, source: str, now: datetime, known: Mapping[str, Address]) -> None:
        self._given = (settings, source, now, known)
        self._made: HttpFetcher | None = None

    def __call__(self, ref: SourceRef) -> Outcome[Fetched]:
        if self._made is None:
            from discourse.ingest.fetch_http import HttpFetcher

            settings, source, now, known = self._given
            archive = None
            if settings.ingest.archive:
                from discourse.ingest.archive import writer

                archive = writer(settings.path(settings.ingest.archive), source, now)
            self._made = HttpFetcher(settings=settings.ingest, now=now, known=known, archive=archive)
        return self._made(ref)

    def close(self) -> None:
        if self._made is not None:
            self._made.close()


def read_source(spec: SourceSpec, door: Door) -> Iterator[Outcome[Document]]:
    """Yield what a source gives, item by item; raise ``InputError`` when the source as a whole cannot be read."""
    private = door.settings.ingest.pseudonymise and spec.publisher in ("council", "civic")
    for outcome in registry.find("sources", spec.kind)(spec, door):
        yield _masked(outcome, door) if private and isinstance(outcome, Done) else outcome


def _masked(outcome: Done[Document], door: Door) -> Outcome[Document]:
    from discourse.ingest.privacy import mask

    return Done(mask(outcome.value, door.names, key=door.privacy_key))


def extract_all(paths: Sequence[str], door: Door) -> Iterator[Outcome[Document]]:
    """Yield the documents of files, folders and addresses, as ``discourse extract`` does; keeps nothing."""
    from discourse.ingest.sources.folder import read_file, read_folder

    for path in paths:
        if (door.settings.root / Path(path)).is_dir():
            yield from read_folder(path, "*", door)
        else:
            yield from read_file(path, door)
