"""Find what a site offers to machines: feeds, sitemaps, council interfaces; each is tried before it is proposed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from discourse import registry
from discourse.config import Settings, SourceSpec
from discourse.errors import InputError
from discourse.ingest import Door, open_door
from discourse.ingest.extract.text import decode
from discourse.ingest.sources import feed, sitemap
from discourse.records import Done, Failed, Fetched, SourceRef

FEEDS = ("/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/feed.json")
MAPS = ("/sitemap.xml", "/sitemap_index.xml", "/sitemap-news.xml")
LEGISTAR = re.compile(r"^/v1/[^/]+/?$")
SITE_OF_LEGISTAR = re.compile(r"^(?!webapi\.)([a-z0-9-]+)\.legistar\.com$", re.IGNORECASE)
COUNCILS = ("oparl", "legistar", "moderngov")
OPARL = ("/oparl/system", "/oparl/v1.0/system", "/oparl/v1.1/system")
MOST = 30
_FEED_TYPES = re.compile(r"application/(?:rss|atom|feed)\+(?:xml|json)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """One way in that works: its kind, address, title, and how many entries it shows now."""

    kind: str
    address: str
    title: str
    entries: int


def discover(url: str, settings: Settings, *, now: datetime) -> list[Found]:
    """Return the ways into a site that work, best first: council interface, feeds, sitemaps.

    Raises ``FetchError`` when the address itself cannot be had.
    """
    address = _asked(url if "://" in url else f"https://{url}")
    spec = SourceSpec(name="discover", kind="pages", address=address)
    door = open_door(settings, spec, now=now, known={})
    try:
        first = door.fetch(SourceRef(source=spec.name, url=address))
        if isinstance(first, Failed):
            raise first.error
        page = first.value if isinstance(first, Done) else None
        itself = _itself(page) if page is not None else None
        readable = registry.names("sources")
        return [f for f in ([itself] if itself is not None else _offers(address, page, door)) if f.kind in readable]
    finally:
        door.close()


def _asked(address: str) -> str:
    """Return the address to ask first: the root of a Legistar interface answers only below it."""
    parts = urlsplit(address)
    if LEGISTAR.match(parts.path):
        return f"{address.partition('?')[0].rstrip('/')}/bodies?$top=1"
    site = SITE_OF_LEGISTAR.match(parts.hostname or "")
    return f"https://webapi.legistar.com/v1/{site[1]}/bodies?$top=1" if site else address


def _itself(page: Fetched) -> Found | None:
    """Return the way in that an address is already."""
    for read in (_as_oparl, _as_legistar, _as_moderngov, _as_feed, _as_map):
        found = read(page)
        if found is not None:
            return found
    return None


def _offers(address: str, page: Fetched | None, door: Door) -> list[Found]:
    parts = urlsplit(page.url if page is not None else address)
    base = f"{parts.scheme}://{parts.netloc}"
    linked = _linked(page) if page is not None else []
    found: list[Found] = []
    tries = [*linked, *(base + p for p in (*OPARL, *MAPS))]
    tries += [] if linked else [base + p for p in FEEDS]
    for url in list(dict.fromkeys(tries))[:MOST]:
        answer = door.fetch(SourceRef(source=door.spec.name, url=url))
        hit = _itself(answer.value) if isinstance(answer, Done) else None
        if hit is not None:
            found.append(hit)
    order = (*COUNCILS, "feed", "sitemap")
    return sorted({f.address: f for f in found}.values(), key=lambda f: order.index(f.kind))


def _linked(page: Fetched) -> list[str]:
    """Return the feeds that a page names in its head."""
    from lxml import etree, html

    try:
        tree = html.fromstring(decode(page.body, page.charset).encode(), parser=html.HTMLParser(encoding="utf-8"))
    except (ValueError, InputError, etree.LxmlError):
        return []
    out = []
    for node in tree.iter("link"):
        if "alternate" in (node.get("rel") or "").lower() and _FEED_TYPES.search(node.get("type") or ""):
            try:
                out.append(urljoin(page.url, node.get("href") or ""))
            except ValueError:
                continue
    return out


def _as_feed(page: Fetched) -> Found | None:
    try:
        entries = feed.parse(page)
    except InputError:
        return None
    return Found(kind="feed", address=page.ref.url, title=_title(page), entries=len(entries))


def _as_map(page: Fetched) -> Found | None:
    if b"<urlset" not in page.body[:2000] and b"<sitemapindex" not in page.body[:2000]:
        return None
    try:
        places = sitemap.parse(page, "UTC")
    except InputError:
        return None
    return Found(kind="sitemap", address=page.ref.url, title=_title(page), entries=len(places))


def _as_oparl(page: Fetched) -> Found | None:
    try:
        said = json.loads(page.body)
    except (ValueError, RecursionError):
        return None
    kind = str(said.get("type", "")) if isinstance(said, dict) else ""
    if not kind.startswith("https://schema.oparl.org/") or not kind.endswith("/System"):
        return None
    return Found(kind="oparl", address=page.ref.url, title=str(said.get("name") or _title(page)), entries=1)


def _as_legistar(page: Fetched) -> Found | None:
    """Return the Legistar Web API behind an answer: a list of its bodies, events or matters."""
    try:
        said = json.loads(page.body)
    except (ValueError, RecursionError):
        return None
    first = said[0] if isinstance(said, list) and said else None
    if not isinstance(first, dict) or not {"BodyId", "EventId", "MatterId"} & set(first):
        return None
    root = re.sub(r"/(?:bodies|events|matters)(?:[/?].*)?$", "", page.ref.url, flags=re.IGNORECASE)
    return Found(kind="legistar", address=root, title=urlsplit(root).path.rpartition("/")[2], entries=len(said))


def _as_moderngov(page: Fetched) -> Found | None:
    linked = re.findall(rb"(?:mgCommitteeDetails|ieListMeetings|ieListDocuments)\.aspx\?", page.body, re.IGNORECASE)
    if not linked or not re.search(r"/(?:mg|ie)\w+\.aspx$", urlsplit(page.url).path, re.IGNORECASE):
        return None
    return Found(kind="moderngov", address=page.ref.url, title=_title(page), entries=len(linked))


def _title(page: Fetched) -> str:
    return urlsplit(page.url).hostname or page.url


def block(found: Found, *, taken: Iterable[str] = ()) -> str:
    """Return the ``[[ingest.sources]]`` block of a way in, under a name that no other source has."""
    publisher = "council" if found.kind in COUNCILS else "press"
    host = (urlsplit(found.address).hostname or "source").removeprefix("www.")
    stem = re.sub(r"[^a-z0-9]+", "-", host.lower()).strip("-") or "source"
    names = set(taken)
    name = next(n for n in (stem, *(f"{stem}-{i}" for i in range(2, len(names) + 3))) if n not in names)
    lines = ["[[ingest.sources]]", f'name = "{name}"', f'kind = "{found.kind}"', f"address = {_quoted(found.address)}"]
    lines += [f"title = {_quoted(found.title)}", f'publisher = "{publisher}"']
    return "\n".join(lines) + "\n"


def _quoted(value: str) -> str:
    return json.dumps("".join(c for c in value if c.isprintable()), ensure_ascii=False)
