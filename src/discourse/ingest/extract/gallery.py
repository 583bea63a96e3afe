"""Picture galleries: captions are no story; a page that has little else is no article."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from discourse.records import PartKind

FEWEST = 3
"""Less than this many captions make no gallery."""
STORY_WORDS = 80
"""A page with a gallery and fewer words than this beside its captions is nothing but the gallery."""
CAPTION_WORDS = 90

_GALLERY = re.compile(
    r"galler|galerie|diaporama|slide-?show|slider|carr?ousel|portfolio|fotostrecke|galer[ií]a|fotogaler|lightbox", re.I
)
_UNSEEN = re.compile("[\u00ad\u200b\u2060\ufeff]")
_CAPTION = re.compile(r"caption|legende|légende|credit|crédit|bildunterschrift|didascalia|pie-?de-?foto", re.I)


def captions(markup: str) -> frozenset[str]:
    """Return the captions of a page's pictures, with their white space made plain."""
    from lxml import etree, html

    if "<img" not in markup.lower() and "<picture" not in markup.lower():
        return frozenset()
    try:
        tree = html.fromstring(markup.encode("utf-8", "replace"), parser=html.HTMLParser(encoding="utf-8"))
    except (ValueError, etree.LxmlError):
        return frozenset()
    found = {_said(node) for node in tree.iter("figcaption") if not _teaser(node)}
    for node in tree.iter("p", "div", "span"):
        if _teaser(node):
            continue
        if _CAPTION.search(f"{node.get('class') or ''} {node.get('id') or ''}"):
            found.add(_said(node))
    for picture in tree.iter("img"):
        found |= _beside(picture)
    plain = (_UNSEEN.sub("", words) for words in found)
    return frozenset(words for words in plain if words and len(words.split()) <= CAPTION_WORDS)


def _teaser(node: Any) -> bool:
    """Return whether a node's words lead elsewhere, or stand beside the story: the picture of another one."""
    if {a.tag for a in node.iterancestors()} & {"a", "aside", "nav", "footer"}:
        return True
    linked = sum(len(_said(link)) for link in node.iter("a"))
    return linked > 0.5 * len(_said(node))


def _said(node: Any) -> str:
    return " ".join("".join(node.itertext()).split())


def _beside(picture: Any) -> set[str]:
    """Return the words of the item of a gallery that a picture is in: paragraph by paragraph, and whole."""
    if not any(_GALLERY.search(f"{a.get('class') or ''} {a.get('id') or ''}") for a in picture.iterancestors()):
        return set()
    item = picture.getparent()
    for _ in range(3):
        if item is None or _said(item):
            break
        item = item.getparent()
    if item is None or _teaser(item) or len(list(item.iter("img"))) != 1 or len(_said(item).split()) > CAPTION_WORDS:
        return set()
    return {_said(item), *(_said(node) for node in item.iter("p", "figcaption", "span", "h2", "h3", "h4"))}


def without(pieces: Sequence[tuple[PartKind, str]], said: frozenset[str]) -> list[tuple[PartKind, str]]:
    """Return the pieces of a story that are no captions."""
    return [(kind, words) for kind, words in pieces if " ".join(words.split()) not in said]


def is_gallery(pieces: Sequence[tuple[PartKind, str]], said: frozenset[str]) -> bool:
    """Return whether a page is little but a gallery: several captions, and hardly a story beside them."""
    left = sum(len(words.split()) for _, words in without(pieces, said))
    return len(said) >= FEWEST and left < STORY_WORDS and sum(len(words.split()) for words in said) > left
