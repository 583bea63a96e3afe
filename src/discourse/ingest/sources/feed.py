"""RSS, Atom and JSON feeds, and the pages they point to: over HTTP, or from a folder that mirrors hosts."""

from __future__ import annotations

import calendar
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from discourse.config import SourceSpec
from discourse.errors import ExtractError
from discourse.ingest import dates
from discourse.ingest.door import Door
from discourse.ingest.draft import Draft, compose, document
from discourse.ingest.identity import digest
from discourse.ingest.sources.folder import from_fetched, kind_of
from discourse.records import Document, Done, Failed, Fetched, Outcome, SourceRef, Unchanged

ENOUGH_WORDS = 60
"""An entry with at least this many words of its own is a text even where its page cannot be had."""


def read(spec: SourceSpec, door: Door) -> Iterator[Outcome[Document]]:
    """Yield the story of each entry; raise ``InputError`` when the feed itself cannot be had."""
    ref = SourceRef(source=spec.name, url=spec.address)
    fetched = door.fetch(ref)
    if isinstance(fetched, Failed):
        raise fetched.error
    if not isinstance(fetched, Done):
        yield fetched
        return
    entries = parse(fetched.value)
    good = True
    for entry in entries:
        for outcome in _story(entry, fetched.value.url, spec, door):
            good = good and not isinstance(outcome, Failed)
            yield outcome
    if good:
        door.learn(fetched.value, digest(fetched.value.body))


def parse(fetched: Fetched) -> list[Any]:
    """Return the entries of a feed; raise ``ExtractError`` when the bytes are no feed."""
    import feedparser

    url = fetched.ref.url
    if not fetched.body.strip():
        raise ExtractError(f"the feed {url} is empty.", remedy="Look at its address in a browser.", slug="empty")
    if fetched.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        return json_entries(fetched)
    try:
        found = feedparser.parse(fetched.body, sanitize_html=True, resolve_relative_uris=True)
    except Exception as error:  # it lets through what its own readers raise on odd bytes: KeyError, ValueError
        why = f"{type(error).__name__}: {error}"
        raise ExtractError(f"the feed {url} is damaged ({why}).", remedy="Fetch it again.", slug="bad_feed") from error
    if found.bozo and not _whole(fetched.body):
        why = str(found.get("bozo_exception", "not well-formed")).splitlines()[0]
        raise ExtractError(f"the feed {url} is damaged ({why}).", remedy="Fetch it again.", slug="bad_feed")
    if not found.version:
        raise ExtractError(
            f"{url} is no feed.", remedy="Look at its address in a browser: it may have moved.", slug="not_a_feed"
        )
    return list(found.entries)


def json_entries(fetched: Fetched) -> list[Any]:
    """Return the items of a JSON Feed (version 1.1) as a feed's entries; raise ``ExtractError`` when it is none."""
    url = fetched.ref.url
    try:
        found = json.loads(fetched.body)
        items = found["items"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ExtractError(f"the feed {url} is damaged.", remedy="Fetch it again.", slug="bad_feed") from error
    if "jsonfeed.org" not in str(found.get("version", "")) or not isinstance(items, list):
        raise ExtractError(f"{url} is no feed.", remedy="Look at its address in a browser.", slug="not_a_feed")
    return [_json_entry(item) for item in items if isinstance(item, dict)]


def _json_entry(item: Mapping[str, Any]) -> dict[str, Any]:
    when = dates.parse(str(item.get("date_published") or ""), "UTC")
    body = item.get("content_html") or item.get("content_text") or item.get("summary") or ""
    return {
        "id": item.get("id"),
        "link": item.get("url") or item.get("external_url"),
        "title": item.get("title"),
        "published_parsed": when.utctimetuple() if when else None,
        "summary": body,
    }


def _whole(body: bytes) -> bool:
    return body.rstrip()[-16:].lower().endswith((b"</rss>", b"</feed>", b"</rdf:rdf>"))


def _story(entry: Any, base: str, spec: SourceSpec, door: Door) -> Iterator[Outcome[Document]]:
    link = _absolute(str(entry.get("link") or "").strip(), base)
    key = str(entry.get("id") or "").strip() or None
    ref = SourceRef(
        source=spec.name,
        url=link or key or spec.address,
        key=None if link else key,
        published=_published(entry),
        title=_plain(str(entry.get("title") or "")),
    )
    if not link:
        yield from _own_text(entry, ref, door)
        return
    match fetch_page(ref, spec, door):
        case Done(value=page):
            yield from from_fetched(page, kind_of(page, "html"), door)
        case Failed() as failed:
            own: list[Outcome[Document]] = [o for o in _own_text(entry, ref, door) if isinstance(o, Done)]
            yield from own or [failed]
        case other:
            yield other


def _absolute(link: str, base: str) -> str:
    """Return a link as the feed at ``base`` means it; one that cannot be read stays as it is, and fails by name."""
    if not (link and base.startswith(("http://", "https://"))):
        return link
    try:
        return urljoin(base, link)
    except ValueError:
        return link


def fetch_page(ref: SourceRef, spec: SourceSpec, door: Door) -> Outcome[Fetched]:
    """Return the page behind a reference: from the folder that mirrors hosts where the source names one."""
    if not spec.saved_pages:
        return door.fetch(ref)
    parts = urlsplit(ref.url)
    path = unquote(parts.path).lstrip("/") or "index.html"
    saved = Path(spec.saved_pages) / (parts.hostname or "") / path
    if ".." in saved.parts:
        error = ExtractError(f"{ref.url} leaves its folder.", remedy="Look at the feed.", slug="bad_address")
        return Failed(ref=ref, error=error)
    home = SourceRef(source=ref.source, url=str(saved), key=ref.key, published=ref.published, title=ref.title)
    match door.fetch(home):
        case Done(value=page):
            return Done(
                Fetched(
                    ref=SourceRef(
                        source=ref.source, url=str(saved), key=ref.url, published=ref.published, title=ref.title
                    ),
                    body=page.body,
                    retrieved=page.retrieved,
                    url=ref.url,
                )
            )
        case Failed(error=why):
            return Failed(ref=ref, error=why)
        case _:
            return Unchanged(ref=ref)


def _published(entry: Any) -> datetime | None:
    when = entry.get("published_parsed") or entry.get("updated_parsed")
    try:
        return datetime.fromtimestamp(calendar.timegm(when), UTC) if when else None
    except (ValueError, OverflowError, TypeError):
        return None


def _own_text(entry: Any, ref: SourceRef, door: Door) -> Iterator[Outcome[Document]]:
    contents = [str(c.get("value", "")) for c in entry.get("content", [])] or [str(entry.get("summary") or "")]
    body = _plain(max(contents, key=len))
    if len(body.split()) < ENOUGH_WORDS and ref.url.startswith("http") and entry.get("link"):
        return
    text, parts = compose(ref.title or "", [("paragraph", p) for p in body.split("\n") if p.strip()])
    yield document(Draft(title=ref.title or "", text=text, parts=parts, extractor="feed"), ref, door)


def _plain(markup: str) -> str:
    if "<" not in markup and "&" not in markup:
        return markup.strip()
    from lxml import html

    try:
        tree = html.fromstring(f"<div>{markup}</div>")
    except (ValueError, html.etree.ParserError):
        return markup.strip()
    for node in tree.iter("p", "br", "li", "div"):
        node.tail = "\n" + (node.tail or "")
    return "\n".join(" ".join(line.split()) for line in tree.text_content().split("\n")).strip()
