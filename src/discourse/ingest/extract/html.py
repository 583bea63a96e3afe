"""Web pages: the story by trafilatura in precision mode (best on French pages); never the author."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from discourse.errors import ExtractError
from discourse.ingest import dates, optout
from discourse.ingest.door import Door
from discourse.ingest.draft import Draft, LeftOut, compose
from discourse.ingest.extract.text import decode
from discourse.ingest.walls import wall
from discourse.records import Fetched, PartKind

_KINDS: dict[str, PartKind] = {"head": "heading", "quote": "quote", "item": "list", "row": "table"}
_BLOCKS = frozenset({"p", "head", "quote", "item", "row"})


def extract(fetched: Fetched, door: Door) -> Iterator[Draft]:
    """Yield the one draft of a page; raise ``ExtractError`` when there is no story on it, ``LeftOut`` at a wall."""
    from trafilatura import bare_extraction

    if optout.by_page(fetched.body):
        raise LeftOut("opted_out")
    markup = decode(fetched.body, door.spec.encoding or fetched.charset or _declared(fetched.body))
    if "<" not in markup:
        raise ExtractError(f"{fetched.ref.url} is no web page.", remedy="Check the address.", slug="not_html")
    try:
        found = bare_extraction(
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
    walled = wall(markup, (found.text or "") if found is not None else "", url=fetched.url)
    if walled:
        raise LeftOut(walled)
    if found is None or not (found.text or "").strip():
        raise ExtractError(
            f"no story was found on {fetched.ref.url}.", remedy="See whether it is a list or a notice.", slug="no_story"
        )
    title = (found.title or "").strip()
    text, parts = compose(title, list(_pieces(found.body, found.text, title)))
    published = dates.parse(found.date, door.settings.discourse.timezone) if found.date else None
    address = found.url if str(found.url or "").startswith(("http://", "https://")) else None
    yield Draft(title=title, text=text, parts=parts, extractor="html", published=published, url=address)


def _declared(body: bytes) -> str | None:
    import re

    match = re.search(rb"""<meta[^>]+charset=["']?([A-Za-z0-9_-]+)""", body[:4096], re.IGNORECASE)
    return match[1].decode("ascii") if match else None


def _pieces(body: Any, text: str, title: str) -> Iterator[tuple[PartKind, str]]:
    """Yield the blocks of a story; where the tree is empty, its lines."""
    found = False
    for node in body.iter(*_BLOCKS) if body is not None else ():
        if node.getparent() is not None and node.getparent().tag in _BLOCKS:
            continue
        words = " ".join("".join(node.itertext()).split())
        if words and words != title:
            found = True
            yield _KINDS.get(node.tag, "paragraph"), words
    if not found:
        for line in text.split("\n"):
            if line.strip() and line.strip() != title:
                yield "paragraph", line.strip()
