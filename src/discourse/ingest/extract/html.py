"""Web pages: the story by trafilatura in precision mode (best on French pages); never the author."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from discourse.errors import ExtractError
from discourse.ingest import dates, optout
from discourse.ingest.door import Door
from discourse.ingest.draft import Draft, LeftOut, compose
from discourse.ingest.extract import gallery, liveblog
from discourse.ingest.extract.text import decode
from discourse.ingest.walls import wall
from discourse.records import Fetched, Part, PartKind

_KINDS: dict[str, PartKind] = {"head": "heading", "quote": "quote", "item": "list", "row": "table"}
_BREAKS = frozenset({"lb", "cell", "p", "item", "row", "head", "quote", "list"})
_UNSEEN = re.compile("[\u00ad\u200b\u2060\ufeff]")
"""Soft hyphens and other marks for the browser alone: they would part words in two for whoever reads on."""


def extract(fetched: Fetched, door: Door) -> Iterator[Draft]:
    """Yield the one draft of a page; raise ``ExtractError`` when there is no story on it.

    Raises ``LeftOut`` at a wall, for a gallery, and where the page asks not to be mined, with the signal.
    """
    signal = optout.by_page(fetched.body)
    if signal:
        raise LeftOut("opted_out", signal)
    zone = door.settings.discourse.timezone
    markup = decode(fetched.body, door.spec.encoding or fetched.charset or _declared(fetched.body))
    if "<" not in markup:
        raise ExtractError(f"{fetched.ref.url} is no web page.", remedy="Check the address.", slug="not_html")
    found, live = _story(markup, fetched), liveblog.entries(markup, zone)
    title = _UNSEEN.sub("", found.title or "").strip() if found is not None else ""
    pieces = list(_pieces(found.body, found.text or "", title)) if found is not None else []
    story = " ".join(e.text for e in live) or " ".join(words for _, words in pieces)
    walled = wall(markup, story, url=fetched.url)
    if walled:
        raise LeftOut(walled)
    text, parts = _timed(title, live) if live else _plain(markup, title, pieces)
    if not story.strip():
        raise ExtractError(
            f"no story was found on {fetched.ref.url}.", remedy="See whether it is a list or a notice.", slug="no_story"
        )
    published = dates.parse(found.date, zone) if found is not None and found.date else None
    address = found.url if found is not None and str(found.url or "").startswith(("http://", "https://")) else None
    yield Draft(
        title=title,
        text=text,
        parts=parts,
        extractor="html",
        published=published,
        url=address,
        opt_out=optout.allowed(fetched.headers, fetched.body),
    )


def _story(markup: str, fetched: Fetched) -> Any:
    """Return what trafilatura finds on a page, ``None`` where that is nothing."""
    from trafilatura import bare_extraction

    try:
        return bare_extraction(
            markup,
            url=fetched.url if fetched.url.startswith("http") else None,
            favor_precision=True,
            with_metadata=True,
            include_comments=False,
            include_tables=True,
        )
    except Exception as error:
        raise ExtractError(
            f"{fetched.ref.url} could not be parsed ({type(error).__name__}).",
            remedy="Look at the page.",
            slug="bad_html",
        ) from error


def _plain(markup: str, title: str, pieces: list[tuple[PartKind, str]]) -> tuple[str, tuple[Part, ...]]:
    """Return text and parts of a story without captions; raise ``LeftOut`` where there is little but a gallery."""
    said = gallery.captions(markup)
    if gallery.is_gallery(pieces, said):
        raise LeftOut("gallery")
    return compose(title, gallery.without(pieces, said))


def _timed(title: str, live: list[liveblog.Entry]) -> tuple[str, tuple[Part, ...]]:
    """Return the text of a live blog, and its parts numbered with the time of their entry, ISO 8601 in UTC."""
    pieces: list[tuple[PartKind, str]] = []
    times: list[str | None] = [None] if title else []
    for entry in live:
        when = entry.when.isoformat(timespec="minutes") if entry.when else None
        both: list[tuple[PartKind, str]] = [("heading", entry.title), ("paragraph", entry.text)]
        kept = [piece for piece in both if piece[1]]
        pieces += kept
        times += [when] * len(kept)
    text, parts = compose(title, pieces)
    return text, tuple(replace(part, number=when) for part, when in zip(parts, times, strict=True))


def _declared(body: bytes) -> str | None:
    match = re.search(rb"""<meta[^>]+charset=["']?([A-Za-z0-9_-]+)""", body[:4096], re.IGNORECASE)
    return match[1].decode("ascii") if match else None


def _pieces(body: Any, text: str, title: str) -> Iterator[tuple[PartKind, str]]:
    """Yield the blocks of a story, and what stands between them; where the tree is empty, its lines."""
    blocks = list(_blocks(body)) if body is not None else []
    lines: list[tuple[PartKind, str]] = [("paragraph", line) for line in text.split("\n")]
    for kind, raw in blocks or lines:
        words = " ".join(_UNSEEN.sub("", raw).split())
        if words and words != title:
            yield kind, words


def _blocks(node: Any) -> Iterator[tuple[PartKind, str]]:
    """Yield kind and text of the blocks below a node, in order; loose text between them is a paragraph."""
    loose = [node.text or ""]
    for child in node:
        if not isinstance(child.tag, str):
            loose.append(child.tail or "")
            continue
        if child.tag in _KINDS or child.tag == "p":
            yield "paragraph", "".join(loose)
            yield _KINDS.get(child.tag, "paragraph"), _spaced(child)
            loose = []
        elif next(child.iter("p", *_KINDS), None) is not None:
            yield "paragraph", "".join(loose)
            yield from _blocks(child)
            loose = []
        else:
            loose.append(_spaced(child))
        loose.append(child.tail or "")
    yield "paragraph", "".join(loose)


def _spaced(node: Any) -> str:
    """Return the text of a node with a space where it breaks a line or begins a cell."""
    out = [node.text or ""]
    for child in node:
        if isinstance(child.tag, str):
            out += [" " if child.tag in _BREAKS else "", _spaced(child), " " if child.tag in _BREAKS else ""]
        out.append(child.tail or "")
    return "".join(out)
