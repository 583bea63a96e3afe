"""Live blogs: many short entries on one page, each with its time, the newest on top; read as parts, oldest first.

Read are schema.org's LiveBlogPosting (JSON-LD, its ``liveBlogUpdate`` with their bodies) and, where that gives no
bodies, repeated blocks that hold a ``time`` on a page that calls itself live.
"""

from __future__ import annotations

import html
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from discourse.ingest import dates

FEWEST = 3
"""Less than this many entries make no live blog."""
FEWEST_WORDS = 8

_LIVE = re.compile(r"live-?blog|live-?ticker|\ben direct\b|\ben directo\b|\bin diretta\b|\bliveticker\b", re.I)
_NOT = re.compile(r"comment|kommentar|coment|related|teaser|sidebar|nav|footer|recirc|most-read|plus-lus", re.I)
_SCRIPT = re.compile(rb"""<script[^>]+type\s*=\s*["']?application/ld\+json[^>]*>(.*?)</script\s*>""", re.S | re.I)
_BLOCKS = ("article", "li", "section", "div")
_DROPPED = ("script", "style", "button", "nav", "figure", "form", "noscript")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a live blog: when it was written, its title or nothing, and its words."""

    when: datetime | None
    title: str
    text: str


def entries(markup: str, zone: str) -> list[Entry]:
    """Return the entries of a page, oldest first; nothing where the page is no live blog."""
    low = markup.lower()
    if ("liveblogposting" not in low and low.count("<time") < FEWEST) or not _LIVE.search(low):
        return []
    found = list(_from_data(markup, zone)) or list(_from_blocks(markup, zone))
    once = list(dict.fromkeys(found))
    if len(once) < FEWEST:
        return []
    return sorted(once, key=lambda e: (e.when is None, e.when.timestamp() if e.when else 0.0))


def _from_data(markup: str, zone: str) -> Iterator[Entry]:
    for script in _SCRIPT.findall(markup.encode("utf-8", "replace")):
        try:
            data = json.loads(script)
        except (ValueError, RecursionError):
            continue
        for thing in _things(data):
            if "LiveBlogPosting" in str(thing.get("@type")):
                for update in _listed(thing.get("liveBlogUpdate")):
                    entry = _update(update, zone)
                    if entry is not None:
                        yield entry


def _things(data: Any) -> Iterator[dict[str, Any]]:
    for one in data if isinstance(data, list) else [data]:
        if isinstance(one, dict):
            yield one
            yield from (thing for thing in _listed(one.get("@graph")) if isinstance(thing, dict))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if isinstance(value, dict) else []


def _update(update: Any, zone: str) -> Entry | None:
    if not isinstance(update, dict):
        return None
    text = _plain(str(update.get("articleBody") or update.get("text") or ""))
    if len(text.split()) < FEWEST_WORDS:
        return None
    title = _plain(str(update.get("headline") or ""))
    written = str(update.get("datePublished") or update.get("dateModified") or "")
    return Entry(dates.parse(written, zone) if written else None, "" if text.startswith(title) else title, text)


def _plain(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split())


def _from_blocks(markup: str, zone: str) -> Iterator[Entry]:
    """Yield the blocks that hold one time each, of the kind of which there are most on the page."""
    from lxml import etree
    from lxml import html as lxml_html

    try:
        tree = lxml_html.fromstring(markup.encode("utf-8", "replace"), parser=lxml_html.HTMLParser(encoding="utf-8"))
    except (ValueError, etree.LxmlError):
        return
    kinds: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for time in tree.iter("time"):
        block = _block(time)
        if block is not None:
            kinds[block.tag, " ".join(sorted((block.get("class") or "").split()))].append((block, time))
    for block, time in max(kinds.values(), key=lambda found: sum(len(_words(b)) for b, _ in found), default=[]):
        entry = _entry(block, time, zone)
        if entry is not None:
            yield entry


def _block(time: Any) -> Any:
    """Return the largest element around a time that holds no other time, unless it is a comment or a teaser."""
    found = None
    for around in time.iterancestors():
        if _NOT.search(f"{around.get('class') or ''} {around.get('id') or ''}") and around.tag not in ("body", "html"):
            return None
        if len(list(around.iter("time"))) > 1:
            return found
        if around.tag in _BLOCKS:
            found = around
    return None


def _words(block: Any) -> list[str]:
    return "".join(block.itertext()).split()


def _entry(block: Any, time: Any, zone: str) -> Entry | None:
    title, lines = "", []
    for node in block.iter("p", "h2", "h3", "h4", "li", "blockquote"):
        around = {a.tag for a in node.iterancestors()}
        words = " ".join("".join(node.itertext()).split())
        if not words or around & {*_DROPPED, "p", "blockquote"} or time in node.iter("time"):
            continue
        if node.tag.startswith("h") and not title:
            title = words
        else:
            lines.append(words)
    text = " ".join(lines)
    if len(text.split()) < FEWEST_WORDS:
        return None
    written = time.get("datetime") or "".join(time.itertext())
    return Entry(dates.parse(written, zone), title, text)
