"""What council interfaces share: JSON answers, links that stay on the web, the files behind them, and a watermark."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urljoin, urlsplit

from discourse.config import SourceSpec
from discourse.errors import ConfigError, DiscourseError, ExtractError
from discourse.ingest import dates
from discourse.ingest.door import Door
from discourse.ingest.draft import storable
from discourse.ingest.extract.text import decode
from discourse.ingest.sources.folder import MEDIA, TYPES, from_fetched
from discourse.records import Document, Done, Failed, Fetched, Outcome, Skipped, SourceRef, utc
from discourse.store import Address

MENDED_BY_TIME = frozenset(
    {"timeout", "http_5xx", "http_429", "http_408", "http_425", "connect_failed", "cut_off", "dns", "tls"}
)
"""Failures that are tried again at the next look, because the item itself may be sound."""
_MOST_DIGITS = 4000


def load(fetched: Fetched) -> Any:
    """Return what a JSON answer says; raise ``ExtractError`` when it is none."""
    url = fetched.ref.url
    if not fetched.body.strip():
        raise ExtractError(f"{url} is empty.", remedy="Look at its address in a browser.", slug="empty")
    try:
        text = decode(fetched.body, fetched.charset)
        return _storable(json.loads(text)) if "\\u" in text else json.loads(text)
    except (ValueError, RecursionError) as error:
        why = str(error).split(":")[0]
        raise ExtractError(f"{url} is not valid JSON ({why}).", remedy="Tell its owner.", slug="bad_json") from error


def _storable(value: Any) -> Any:
    """Return an answer whose words every store takes: JSON may write half a character."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, list):
        return [_storable(one) for one in value]
    if isinstance(value, dict):
        return {storable(key): _storable(one) for key, one in value.items()}
    return value


def ask(url: str, spec: SourceSpec, door: Door) -> Outcome[Any]:
    """Return what an address answers in JSON, or why it cannot be had; such answers are never taken from memory."""
    ref = SourceRef(source=spec.name, url=url)
    match door.fetch(ref):
        case Done(value=fetched):
            try:
                return Done(load(fetched))
            except ExtractError as error:
                return Failed(ref=ref, error=error)
        case other:
            return other


def link(base: str, value: object) -> str | None:
    """Return the http(s) address that a link leads to, else ``None``: an answer never leads to this machine's files."""
    if not isinstance(value, str) or not value.strip():
        return None
    try:
        url = urljoin(base, value.strip()) if base.startswith(("http://", "https://")) else value.strip()
        host = urlsplit(url).hostname
    except ValueError:
        return None
    return url if host and url.startswith(("http://", "https://")) else None


def said(thing: Mapping[str, Any], *names: str) -> str:
    """Return the first of some fields that holds words, on one line; empty where none does."""
    for name in names:
        value = thing.get(name)
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            continue
        if isinstance(value, int) and value.bit_length() > _MOST_DIGITS:
            continue
        if line := " ".join(str(value).split()):
            return line
    return ""


def things(value: object) -> list[dict[str, Any]]:
    """Return the objects of a field that holds one, a list of them, or none."""
    found = value if isinstance(value, list) else [value]
    return [one for one in found if isinstance(one, dict)]


def since(spec: SourceSpec, door: Door) -> datetime | None:
    """Return the time before which nothing is taken (option ``since``); raise ``ConfigError`` when it is none."""
    given = spec.options.get("since")
    if given is None:
        return None
    when = dates.parse(str(given), door.settings.discourse.timezone)
    if when is None:
        raise ConfigError(f"source {spec.name}: since = {given!r} is no date.", remedy='Write since = "2026-01-01".')
    return when - timedelta(hours=12) if len(str(given)) <= 10 else when


@dataclass(kw_only=True)
class Watermark:
    """How far a list was read: until when, and on which page a look stopped that did not reach the end.

    Both are kept as states of addresses that are never fetched: the list's own with a fragment.
    """

    spec: SourceSpec
    door: Door
    list_url: str
    start: datetime | None = None
    resume: str | None = None
    newest: datetime | None = None
    held: datetime | None = None
    whole: bool = True
    read: int = 0

    def __post_init__(self) -> None:
        since_ = f"&since={written(self.start)}" if self.start else ""
        self._modified, self._next = f"{self.list_url}#modified{since_}", f"{self.list_url}#next{since_}"
        self._began = self.door.now
        if (seen := self.door.known.get(self._modified)) is not None:
            self.start = _later(self.start, stamp(seen.last_modified))
        self.newest = self.start
        if (stopped := self.door.known.get(self._next)) is not None and stopped.etag:
            self.resume, self._began = stopped.etag, stopped.checked
            self.newest = _later(self.newest, stamp(stopped.last_modified))
            self.held = stamp(stopped.content_hash)

    def passed(self, modified: datetime | None, outcomes: Sequence[Outcome[Any]]) -> None:
        """Note that an object was read, and whether the next look must ask for it again."""
        self.newest = _later(self.newest, modified)
        again = any(isinstance(o, Failed) and o.error.slug in MENDED_BY_TIME for o in outcomes)
        if again and modified is None:
            self.whole = False
        elif again and modified is not None:
            self.held = modified if self.held is None else min(self.held, modified)

    def turned(self, further: str) -> None:
        """Remember the page that comes next: a look that is stopped goes on there."""
        self._learn(
            Address(
                source=self.spec.name,
                url=self._next,
                checked=self._began,
                etag=further,
                last_modified=self.newest.isoformat() if self.newest else None,
                content_hash=self.held.isoformat() if self.held else None,
            )
        )

    def restart(self) -> None:
        """Let the next look begin at the first page."""
        self._learn(Address(source=self.spec.name, url=self._next, checked=self.door.now))

    def keep(self) -> None:
        """Remember how far the list was read, from when this reading of it began; call it at its end."""
        until = self.held or self.newest
        if not self.whole:
            return
        self.restart()
        if until is not None:
            until = min(until, self._began)
            stamped = until.isoformat()
            self._learn(
                Address(source=self.spec.name, url=self._modified, checked=self.door.now, last_modified=stamped)
            )

    def _learn(self, state: Address) -> None:
        """Keep one state of an address, the newest."""
        self.door.learned[:] = [a for a in self.door.learned if a.url != state.url]
        self.door.learned.append(state)


def stamp(value: object) -> datetime | None:
    """Return a time as an interface writes it, ``None`` when it is none."""
    return dates.parse(value, "UTC") if isinstance(value, str) else None


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    if one is None or other is None:
        return one or other
    return max(utc(one), utc(other))


def written(when: datetime) -> str:
    """Return a time as a query takes it, ``2026-11-16T06:00:00Z``."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, kw_only=True, slots=True)
class Attachment:
    """A file that an interface names: where it is, and what is known of it before it is opened."""

    ref: SourceRef
    shown_url: str | None = None
    title: str = ""
    media_type: str = ""
    file_name: str = ""
    licence: str | None = None
    meta: tuple[tuple[str, str], ...] = ()


def attached(one: Attachment, door: Door) -> Iterator[Outcome[Document]]:
    """Yield the documents of an attached file, under the title and with the meta that the interface gives it."""
    match door.fetch(one.ref):
        case Done(value=fetched):
            kind = file_kind(fetched, one)
            if kind is None:
                yield Skipped(ref=one.ref, reason="unknown_type")
                return
            for outcome in from_fetched(fetched, kind, door):
                yield Done(described(outcome.value, one)) if isinstance(outcome, Done) else outcome
        case other:
            yield other


def described(document: Document, one: Attachment) -> Document:
    """Return a document with the title, address, licence and meta that an interface gives it."""
    licence = one.licence or document.provenance.licence
    return replace(
        document,
        title=one.title or document.title,
        url=one.shown_url or document.url,
        meta=(*document.meta, *one.meta),
        provenance=replace(document.provenance, licence=licence),
    )


def file_kind(fetched: Fetched, one: Attachment) -> str | None:
    """Return the extractor for an attached file: by its first bytes, what is said of it, or its name."""
    if fetched.body[:1024].lstrip().startswith(b"%PDF"):
        return "pdf"
    names = (one.file_name, urlsplit(fetched.url).path, urlsplit(one.ref.url).path)
    by_name = next((TYPES[s] for n in names if (s := PurePosixPath(n).suffix.lower()) in TYPES), None)
    if fetched.body.startswith(b"PK\x03\x04"):
        return by_name if by_name in ("docx", "odt") else MEDIA.get(one.media_type)
    for media in (fetched.media_type or "", one.media_type):
        if found := MEDIA.get(media):
            return found if found != "pdf" else None
        if media == "text/plain":
            return "text"
    return by_name if by_name != "pdf" else None


def refused(ref: SourceRef, what: str, remedy: str, slug: str) -> Failed:
    """Return the ``Failed`` of one object of an interface."""
    return Failed(ref=ref, error=ExtractError(what, remedy=remedy, slug=slug))


def guarded(outcomes: Iterator[Outcome[Document]], ref: SourceRef) -> Iterator[Outcome[Document]]:
    """Yield outcomes; what goes wrong in the middle of an object is one ``Failed`` of that object."""
    try:
        yield from outcomes
    except DiscourseError:
        raise
    except Exception as error:
        yield refused(ref, f"{ref.key or ref.url} could not be read ({type(error).__name__}).", "Tell us.", "damaged")
