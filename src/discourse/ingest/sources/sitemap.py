"""Sitemaps: plain, index, packed, Google News, and lists of addresses as text (sitemaps.org 0.9)."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from discourse.config import SourceSpec
from discourse.errors import ExtractError
from discourse.ingest import dates
from discourse.ingest.door import Door
from discourse.ingest.extract.text import decode
from discourse.ingest.sources.links import LIMIT, number, story, wanted
from discourse.records import Document, Done, Failed, Fetched, Outcome, SourceRef

MAPS, DEPTH, DAYS = 60, 3, 14
UNPACKED = 60_000_000
"""The protocol allows 50 MB unpacked; more is a bomb."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """One address of a sitemap; ``published`` only where the news extension says so."""

    url: str
    is_map: bool = False
    modified: datetime | None = None
    published: datetime | None = None
    title: str | None = None


def read(spec: SourceSpec, door: Door) -> Iterator[Outcome[Document]]:
    """Yield the stories of a sitemap's recent addresses, newest first; raise when its first file cannot be had.

    Options: ``include`` (regular expression), ``days`` (how far back), ``limit``.
    """
    pattern, limit = wanted(spec), number(spec, "limit", LIMIT)
    since = door.now - timedelta(days=number(spec, "days", DAYS))
    found: list[Place] = []
    for outcome in _walk(spec, door, since):
        if isinstance(outcome, Place):
            found.append(outcome)
        else:
            yield outcome
    fresh = {p.url: p for p in found if pattern.search(p.url) and _recent(p, since)}
    newest = sorted(fresh.values(), key=lambda p: p.published or p.modified or since, reverse=True)
    for place in newest[:limit]:
        ref = SourceRef(source=spec.name, url=place.url, published=place.published, title=place.title)
        yield from story(ref, spec, door)


def _recent(place: Place, since: datetime) -> bool:
    when = place.published or place.modified
    return when is None or when >= since


def _walk(spec: SourceSpec, door: Door, since: datetime) -> Iterator[Place | Failed]:
    """Yield the story addresses of a sitemap and of those it lists; each map is read once."""
    todo, seen = [(spec.address, 0)], {spec.address}
    while todo:
        address, depth = todo.pop(0)
        try:
            places = _map(address, spec, door)
        except ExtractError as error:
            if depth == 0:
                raise
            yield Failed(ref=SourceRef(source=spec.name, url=address), error=error)
            continue
        if isinstance(places, Failed):
            if depth == 0:
                raise places.error
            yield places
            continue
        for place in places:
            if not place.is_map:
                yield place
            elif depth < DEPTH and len(seen) < MAPS and place.url not in seen and _recent(place, since):
                seen.add(place.url)
                todo.append((place.url, depth + 1))


def _map(address: str, spec: SourceSpec, door: Door) -> list[Place] | Failed:
    match door.fetch(SourceRef(source=spec.name, url=address)):
        case Done(value=fetched):
            return parse(fetched, door.settings.discourse.timezone)
        case Failed() as failed:
            return failed
        case _:
            return []


def parse(fetched: Fetched, zone: str) -> list[Place]:
    """Return the places of a sitemap; raise ``ExtractError`` when it is none."""
    from lxml import etree

    body = _unpacked(fetched)
    if not body.strip():
        raise ExtractError(f"the sitemap {fetched.ref.url} is empty.", remedy="Look at it in a browser.", slug="empty")
    if body.lstrip()[:1] != b"<" and b"<" not in body[:200]:
        return _plain(body, fetched.ref.url)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    name = root.tag.rpartition("}")[2] if root is not None and isinstance(root.tag, str) else ""
    if name not in ("urlset", "sitemapindex"):
        raise ExtractError(
            f"{fetched.ref.url} is no sitemap.", remedy="Look at its address in a browser.", slug="not_a_sitemap"
        )
    if b"</" + name.encode() not in body[-200:] and b":" + name.encode() + b">" not in body[-200:]:
        raise ExtractError(f"the sitemap {fetched.ref.url} is cut off.", remedy="Fetch it again.", slug="bad_sitemap")
    return [p for node in root if isinstance(node.tag, str) and (p := _place(node, name == "sitemapindex", zone))]


def _place(node: Any, is_map: bool, zone: str) -> Place | None:
    said = {str(n.tag).rpartition("}")[2]: (n.text or "").strip() for n in node.iter() if isinstance(n.tag, str)}
    locs = [(n.text or "").strip() for n in node if str(n.tag).rpartition("}")[2] == "loc"]
    if not locs or not locs[0].startswith(("http://", "https://")):
        return None
    return Place(
        url=locs[0],
        is_map=is_map,
        modified=dates.parse(said.get("lastmod", ""), zone),
        published=dates.parse(said.get("publication_date", ""), zone),
        title=said.get("title") or None if "publication_date" in said else None,
    )


def _plain(body: bytes, address: str) -> list[Place]:
    lines = [line.strip() for line in decode(body).splitlines()]
    found = [Place(url=line) for line in lines if line.startswith(("http://", "https://"))]
    if not found:
        raise ExtractError(f"{address} is no sitemap.", remedy="Look at it in a browser.", slug="not_a_sitemap")
    return found


def _unpacked(fetched: Fetched) -> bytes:
    if not fetched.body.startswith(b"\x1f\x8b"):
        return fetched.body
    unpack = zlib.decompressobj(47)
    try:
        body = unpack.decompress(fetched.body, UNPACKED + 1)
    except zlib.error as error:
        raise ExtractError(f"{fetched.ref.url} is damaged.", remedy="Fetch it again.", slug="bad_archive") from error
    if len(body) > UNPACKED:
        raise ExtractError(f"{fetched.ref.url} unpacks to too much.", remedy="Leave it out.", slug="too_large")
    if not unpack.eof:
        raise ExtractError(f"{fetched.ref.url} is cut off.", remedy="Fetch it again.", slug="bad_archive")
    return body
