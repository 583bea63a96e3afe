"""Page lists: a file of addresses, one a line, or a web page whose links are the stories."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urldefrag, urljoin, urlsplit

from discourse.config import SourceSpec
from discourse.errors import ExtractError
from discourse.ingest.door import Door
from discourse.ingest.extract.text import decode
from discourse.ingest.sources.links import LIMIT, number, story, wanted
from discourse.records import Document, Done, Failed, Fetched, Outcome, SourceRef, Unchanged


def read(spec: SourceSpec, door: Door) -> Iterator[Outcome[Document]]:
    """Yield the story behind each address of a list; raise when the list itself cannot be had.

    Options: ``include`` (regular expression an address must hold), ``limit``.
    """
    pattern, limit = wanted(spec), number(spec, "limit", LIMIT)
    ref = SourceRef(source=spec.name, url=spec.address)
    match door.fetch(ref):
        case Failed(error=error):
            raise error
        case Done(value=fetched):
            found = [u for u in addresses(fetched) if pattern.search(u)]
            if not found:
                raise ExtractError(f"{spec.address} lists no address.", remedy="Look at include.", slug="empty")
            for url in found[:limit]:
                yield from story(SourceRef(source=spec.name, url=url), spec, door)
        case Unchanged():
            yield Unchanged(ref=ref)
        case other:
            yield other


def addresses(fetched: Fetched) -> list[str]:
    """Return the web addresses of a list in their order, each once; of a web page, its links on the same host."""
    text = decode(fetched.body, fetched.charset)
    if "<a" not in text.lower():
        lines = (line.partition(" #")[0].strip() for line in text.splitlines())
        return list(dict.fromkeys(line for line in lines if line.startswith(("http://", "https://"))))
    return _links(text, fetched.url)


def _links(markup: str, base: str) -> list[str]:
    from lxml import etree, html

    try:
        tree = html.fromstring(markup.encode("utf-8", "replace"), parser=html.HTMLParser(encoding="utf-8"))
    except (ValueError, etree.LxmlError):
        return []
    home = urlsplit(base).hostname
    found: dict[str, None] = {}
    for href in tree.xpath("//a/@href"):
        try:
            url = urldefrag(urljoin(base, str(href).strip())).url
            same = urlsplit(url).hostname == home or home is None
        except ValueError:
            continue
        if url.startswith(("http://", "https://")) and same and url != base:
            found[url] = None
    return list(found)
