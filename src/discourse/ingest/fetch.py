"""Fetch from files. A file that has not changed since it was last read is not read again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from discourse.errors import FetchError
from discourse.ingest.identity import digest
from discourse.records import Failed, Fetched, Outcome, SourceRef, Unchanged
from discourse.store import Address


@dataclass(frozen=True, kw_only=True)
class FileFetcher:
    """Reads files; answers ``Unchanged`` for one whose content is known.

    Addresses come from feeds and tables too, which strangers write: only what lies in one of the folders ``within`` is
    opened, links followed.
    """

    root: Path
    within: tuple[Path, ...]
    now: datetime
    known: Mapping[str, Address]
    max_bytes: int

    def __call__(self, ref: SourceRef) -> Outcome[Fetched]:
        """Return a file's bytes, or why they cannot be had."""
        try:
            path = self.root / Path(ref.url).expanduser()
            whole = path.resolve()
            if not any(whole.is_relative_to(folder) for folder in self.within):
                remedy = "Name a folder that holds it as the source's address, or as saved_pages."
                return _failed(ref, f"{ref.url} lies outside the source's folder.", remedy, "outside")
            if path.stat().st_size > self.max_bytes:
                return _failed(ref, f"{ref.url} is larger than allowed.", "Raise ingest.max_megabytes.", "too_large")
            body = path.read_bytes()
        except FileNotFoundError:
            return _failed(ref, f"there is no file {ref.url}.", "Check the address of the source.", "no_file")
        except (OSError, ValueError, RuntimeError) as error:  # a NUL or a loop of links in a path is no OSError
            why = (error.strerror if isinstance(error, OSError) else None) or str(error)
            return _failed(ref, f"{ref.url!r} cannot be read ({why}).", "Check its permissions.", "no_permission")
        seen = self.known.get(ref.url)
        if seen is not None and seen.content_hash == digest(body):
            return Unchanged(ref=ref)
        return _done(ref, body, self.now)


def _failed(ref: SourceRef, what: str, remedy: str, slug: str) -> Failed:
    return Failed(ref=ref, error=FetchError(what, remedy=remedy, slug=slug))


def _done(ref: SourceRef, body: bytes, now: datetime) -> Outcome[Fetched]:
    from discourse.records import Done

    return Done(Fetched(ref=ref, body=body, retrieved=now, url=ref.url))
