"""Parla-CLARIN and ParlaMint TEI: sittings with agenda, speaker turns and votes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from discourse.config import SourceSpec
from discourse.errors import ExtractError
from discourse.ingest import dates
from discourse.ingest.door import Door
from discourse.ingest.draft import Draft, LeftOut
from discourse.ingest.minutes import Piece, compose, counted, is_guest, words
from discourse.ingest.sources import markup
from discourse.ingest.sources.markup import XML_ID, XML_LANG, below, children, has_words, inline, local, target
from discourse.records import Document, Fetched, Outcome, PartKind

_UNSPOKEN = frozenset({"note", "gap", "vocal", "kinesic", "incident", "desc", "pb"})
"""What a transcriber adds within a turn: noises, gaps, remarks. It was not said, so it is not in the turn's text."""
_OPAQUE = re.compile(r"[A-Z]{0,4}\d|unknown|$", re.IGNORECASE)
"""Ids of speakers that are no names, as ``PA721908``."""
_VOTES = frozenset({"vote", "recount", "voting", "division"})


@dataclass(kw_only=True)
class _Sitting:
    """What the head says of persons, and the speaker's label that was printed last."""

    persons: Mapping[str, str]
    ids: frozenset[str]
    label: str = ""
    seen: set[str] = field(default_factory=set)


def read(spec: SourceSpec, door: Door) -> Iterator[Outcome[Document]]:
    """Yield a document a sitting: of one file or address, or of the XML files of a folder."""
    yield from markup.read("tei", spec, door)


def extract(fetched: Fetched, door: Door) -> Iterator[Draft]:
    """Yield a draft for each sitting of a file; a corpus header that only lists other files is left out."""
    root = markup.parse(fetched)
    if local(root) not in ("TEI", "teiCorpus"):
        raise ExtractError(f"{fetched.ref.url} is no TEI.", remedy="Check the kind.", slug="not_tei")
    sittings = [root] if local(root) == "TEI" else list(children(root, "TEI"))
    if not sittings:
        raise LeftOut("corpus_header")
    persons = _persons(root)
    for at, sitting in enumerate(sittings):
        key = sitting.get(XML_ID) or str(at + 1)
        yield _draft(sitting, persons, door, url=f"{fetched.url}#{key}" if len(sittings) > 1 else None)


def _draft(sitting: Any, persons: Mapping[str, str], door: Door, *, url: str | None) -> Draft:
    body = next(children(sitting, "text"), None)
    ids = frozenset(n.get(XML_ID) for n in body.iter() if n.get(XML_ID)) if body is not None else frozenset()
    told = _Sitting(persons=persons, ids=ids)
    header = next(children(sitting, "teiHeader"), sitting)
    title = _title(header, sitting.get(XML_LANG))
    pieces = list(_pieces(body, told)) if body is not None else []
    text, parts = compose(title, pieces)
    return Draft(
        title=title,
        text=text,
        parts=parts,
        extractor="tei",
        published=_published(sitting, header, door),
        url=url,
        lang=sitting.get(XML_LANG),
        licence=_licence(header),
        meta=_meta(sitting, header),
    )


def _persons(root: Any) -> dict[str, str]:
    """Return the names of the persons that the head lists, by id."""
    found = {}
    for person in below(root, "person"):
        name = next(children(person, "persName"), None)
        if name is None or not person.get(XML_ID):
            continue
        pieces = [inline(n) for kind in ("forename", "nameLink", "surname") for n in children(name, kind)]
        found[person.get(XML_ID)] = " ".join(filter(None, pieces)) or inline(name)
    return found


def _title(header: Any, lang: str | None) -> str:
    """Return the main title and the subtitle, in the sitting's own language where there are several."""
    given = next(below(header, "titleStmt"), None)
    titles = list(children(given, "title")) if given is not None else []
    own = [t for t in titles if t.get(XML_LANG) in (None, lang)] or titles
    chosen = [next((inline(t) for t in own if (t.get("type") or "main") == kind), "") for kind in ("main", "sub")]
    return " – ".join(filter(None, chosen))


def _published(sitting: Any, header: Any, door: Door) -> datetime | None:
    """Return the day of the sitting; the day on which the file was made does not count."""
    zone = door.settings.discourse.timezone
    places = [n for name in ("settingDesc", "sourceDesc") for n in below(header, name)]
    for node in [*(d for place in places for d in below(place, "date")), *below(sitting, "docDate")]:
        for name in ("when", "from"):
            if when := dates.parse((node.get(name) or "")[:10], zone):
                return when
    return None


def _licence(header: Any) -> str | None:
    for node in below(header, "licence"):
        return node.get("target") or inline(node) or None
    return None


def _meta(sitting: Any, header: Any) -> tuple[tuple[str, str], ...]:
    pairs = [("sitting", sitting.get(XML_ID) or ""), ("language", sitting.get(XML_LANG) or "")]
    given = next(below(header, "titleStmt"), None)
    for node in children(given, "meeting") if given is not None else ():
        pairs.append(("meeting", words(f"{inline(node)} {node.get('n') or ''}")))
    return tuple(p for p in dict.fromkeys(pairs) if p[1])


def _pieces(node: Any, told: _Sitting) -> Iterator[Piece]:
    """Yield the stretches below an element in their order."""
    for child in children(node):
        match local(child):
            case "head":
                yield _head(child)
            case "u":
                yield from _turn(child, told)
            case "note" | "stage":
                yield from _note(child, told)
            case "event":
                yield from _event(child, told)
            case "listRelation" | "gap" | "vocal" | "kinesic" | "pb":
                continue
            case "row":
                yield Piece(kind="table", text=" | ".join(filter(None, (inline(c) for c in children(child)))))
            case name if name in ("p", "seg", "docDate", "incident", "item") or has_words(child):
                yield Piece(kind="list" if name == "item" else "paragraph", text=inline(child))
            case _:
                yield from _pieces(child, told)


def _head(node: Any) -> Piece:
    """Return a heading; one over what was said is an item of the agenda."""
    over = node.getparent()
    spoken = local(over) == "div" and any(local(c) == "u" for c in over)
    number = over.get("n") or over.get(XML_ID)
    kind: PartKind = "agenda_item" if spoken else "heading"
    return Piece(kind=kind, text=inline(node), number=number if spoken else None)


def _note(node: Any, told: _Sitting) -> Iterator[Piece]:
    kind = (node.get("type") or "").lower()
    if kind == "speaker":
        told.label = inline(node).rstrip(": ")
        return
    yield Piece(kind="vote" if kind in _VOTES else "paragraph", text=inline(node))


def _event(node: Any, told: _Sitting) -> Iterator[Piece]:
    """Yield a vote that only the list of events tells; one that the text tells too is told there."""
    if (node.get("type") or "").lower() not in _VOTES:
        yield Piece(kind="paragraph", text=inline(node))
        return
    if any(ref.removeprefix("#") in told.ids for ref in (node.get("corresp") or "").split() if "agenda" not in ref):
        return
    counts = [(m.get("type") or "", m.get("quantity") or inline(m)) for m in below(node, "measure")]
    yield Piece(kind="vote", text=counted(counts) or inline(node))


def _turn(node: Any, told: _Sitting) -> Iterator[Piece]:
    """Yield a speaker's turn as one stretch; the name of a guest is not kept."""
    who, role = target(node.get("who")), target(node.get("ana"))
    label, told.label = told.label, ""
    text = "\n".join(filter(None, (_said(one) for one in _spoken(node))))
    if not text:
        return
    guest = is_guest(role)
    known = told.persons.get(who)
    speaker = None if guest else known or label or (None if _OPAQUE.match(who) else who)
    lead = f"{label}: " if label and not guest else ""
    yield Piece(kind="speech", text=lead + text, speaker=speaker, role=role or None)


def _spoken(node: Any) -> Iterator[Any]:
    """Yield the paragraphs of a turn: its segments, or itself where it has none."""
    found = list(children(node, "seg", "p"))
    yield from found if found and not has_words(node) else [node]


def _said(node: Any) -> str:
    """Return the words of a segment; an annotated one is put together from its tokens."""
    tokens = list(below(node, "w", "pc"))
    if not tokens:
        return inline(node, _UNSPOKEN)
    out = []
    for token in tokens:
        if local(token.getparent()) == "w":
            continue
        out.append((token.text or "").strip() + ("" if token.get("join") in ("right", "both") else " "))
    return words("".join(out))
