"""Akoma Ntoso (OASIS LegalDocML 3.0): debates with speakers and votes, bills with their articles."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from discourse.config import SourceSpec
from discourse.errors import ExtractError
from discourse.ingest import dates
from discourse.ingest.door import Door
from discourse.ingest.draft import Draft
from discourse.ingest.minutes import Piece, compose, counted, is_guest
from discourse.ingest.sources import markup
from discourse.ingest.sources.markup import below, children, has_words, inline, local, target
from discourse.records import Document, Fetched, Outcome, PartKind

_UNSAID = frozenset({"meta", "toc", "tocItem", "from", "noteRef"})
_NOTES = frozenset({"authorialNote", "note", "noteRef"})
_TURNS = frozenset({"speech", "question", "answer"})
_LABELS = frozenset({"num", "heading", "subheading"})
_DEBATES = frozenset({"debate", "debateReport"})


@dataclass(kw_only=True)
class _Text:
    """What the head of a document says that its body refers to."""

    debate: bool
    persons: Mapping[str, str]
    roles: Mapping[str, str]
    votes: dict[str, str]
    quantities: frozenset[str]
    placed: set[str] = field(default_factory=set)


def read(spec: SourceSpec, door: Door) -> Iterator[Outcome[Document]]:
    """Yield a document a file: of one file or address, or of the XML files of a folder."""
    yield from markup.read("akoma_ntoso", spec, door)


def extract(fetched: Fetched, door: Door) -> Iterator[Draft]:
    """Yield the one draft of an Akoma Ntoso file; raise ``ExtractError`` when it is none."""
    root = markup.parse(fetched)
    whole = next(children(root), None) if local(root) == "akomaNtoso" else None
    if whole is None:
        raise ExtractError(f"{fetched.ref.url} is no Akoma Ntoso.", remedy="Check the kind.", slug="not_akoma_ntoso")
    text = _Text(
        debate=local(whole) in _DEBATES,
        persons=_shown(whole, "TLCPerson"),
        roles=_shown(whole, "TLCRole"),
        votes=_votes(whole),
        quantities=frozenset(target(c.get("href")) for v in below(whole, "voting", "recount") for c in children(v)),
    )
    pieces = [p for part in children(root) for p in _pieces(part, text) if p.text]
    rest = [Piece(kind="vote", text=v) for k, v in text.votes.items() if k not in text.placed and v]
    title = _title(whole)
    if pieces and pieces[0].text == title:
        pieces = pieces[1:]
    body, parts = compose(title, [*pieces, *rest])
    yield Draft(
        title=title,
        text=body,
        parts=parts,
        extractor="akoma_ntoso",
        published=_published(whole, door),
        lang=next((n.get("language") for n in below(whole, "FRBRlanguage")), None),
        meta=_meta(whole),
    )


def _shown(whole: Any, name: str) -> dict[str, str]:
    """Return the shown names of a head's references, by id."""
    found = {}
    for node in below(whole, name):
        key = node.get("eId") or node.get("id") or ""
        if key and node.get("showAs"):
            found[key] = " ".join(node.get("showAs").split())
    return found


def _votes(whole: Any) -> dict[str, str]:
    """Return each voting of the head in one line, by the id of the place in the text where it is told."""
    found = {}
    for at, voting in enumerate(below(whole, "voting", "recount")):
        counts = [(target(c.get("refersTo")), c.get("value") or "") for c in children(voting, "count")]
        whole_counts = [c for c in counts if c[0] and c[1]]
        line = counted(whole_counts, target(voting.get("outcome")) or None)
        found[target(voting.get("href")) or f"voting {at}"] = line
    return found


def _title(whole: Any) -> str:
    for name in ("docTitle", "shortTitle", "longTitle"):
        for node in below(whole, name):
            over_index = any(local(n) == "toc" for n in islice(node.itersiblings(), 2))
            if not over_index and (title := inline(node, _NOTES)):
                return title
    for node in below(whole, "FRBRname", "FRBRalias", "FRBRthis"):
        if node.get("value"):
            return str(node.get("value"))
    return str(whole.get("name") or local(whole))


def _published(whole: Any, door: Door) -> Any:
    """Return the day of the sitting or of the text: the work's own date, not the file's."""
    for level, name in (("FRBRWork", "FRBRdate"), ("FRBRExpression", "FRBRdate")):
        for node in below(whole, level):
            for date in children(node, name):
                if when := dates.parse((date.get("date") or "")[:10], door.settings.discourse.timezone):
                    return when
    for node in below(whole, "publication", "docDate"):
        if when := dates.parse((node.get("date") or "")[:10], door.settings.discourse.timezone):
            return when
    return None


def _meta(whole: Any) -> tuple[tuple[str, str], ...]:
    pairs = [("type", local(whole))]
    wanted = (
        ("uri", "FRBRuri", "value"),
        ("country", "FRBRcountry", "value"),
        ("language", "FRBRlanguage", "language"),
    )
    for key, name, attribute in wanted:
        value = next((n.get(attribute) for n in below(whole, name) if n.get(attribute)), None)
        if value:
            pairs.append((key, value))
    return tuple(pairs)


def _pieces(node: Any, text: _Text) -> Iterator[Piece]:
    """Yield the stretches below an element in their order."""
    name = local(node)
    key = node.get("eId") or node.get("id") or ""
    if not name or name in _UNSAID:
        return
    if name in _TURNS:
        yield from _turn(node, text)
    elif name == "tr":
        yield Piece(kind="table", text=" | ".join(filter(None, (inline(c, _NOTES) for c in children(node)))))
    elif has_words(node) or name in _LABELS or name in ("p", "summary"):
        yield _block(node, key, text)
        yield from _notes(node)
    else:
        yield from _container(node, text)
        if key in text.votes and key not in text.placed:
            text.placed.add(key)
            yield Piece(kind="vote", text=text.votes[key])


def _block(node: Any, key: str, text: _Text) -> Piece:
    kind: PartKind = "heading" if local(node) in _LABELS else "paragraph"
    counts = [n.get("eId") or n.get("id") for n in below(node, "quantity")]
    if key in text.votes or any(c in text.quantities for c in counts if c):
        text.placed.add(key)
        kind = "vote"
    return Piece(kind=kind, text=inline(node, _NOTES))


def _notes(node: Any) -> Iterator[Piece]:
    for note in below(node, "authorialNote", "note"):
        yield Piece(kind="footer", text=inline(note))


def _container(node: Any, text: _Text) -> Iterator[Piece]:
    """Yield a section: its number and heading as one, else its number before its first words."""
    labels = {local(c): inline(c, _NOTES) for c in reversed(list(children(node, *_LABELS)))}
    number = labels.get("num", "")
    shown = " ".join(filter(None, (number, labels.get("heading"), labels.get("subheading"))))
    owed = number
    if labels.get("heading") or labels.get("subheading"):
        kind: PartKind = "agenda_item" if local(node) == "debateSection" else "heading"
        yield Piece(kind=kind, text=shown, number=number or node.get("eId") or node.get("id"))
        owed = ""
    for child in children(node):
        if local(child) in _LABELS:
            continue
        for piece in _pieces(child, text):
            if owed and piece.text:
                piece, owed = replace(piece, text=f"{owed} {piece.text}", number=piece.number or number), ""
            yield piece


def _turn(node: Any, text: _Text) -> Iterator[Piece]:
    """Yield a speaker's turn as one stretch; the name of a person without office is not kept."""
    by, as_ = target(node.get("by")), target(node.get("as"))
    role = text.roles.get(as_, as_) or text.roles.get(by)
    label = next((inline(c) for c in children(node, "from")), "")
    guest = is_guest(role) or is_guest(as_)
    speaker = None if guest else _name(text.persons.get(by), label, by in text.roles)
    below_it = [p for child in children(node) for p in _pieces(child, text) if p.text]
    said = [p.text for p in below_it if p.kind != "footer"]
    if not said and has_words(node):
        said = [inline(node, _NOTES | {"from"})]
    if not said:
        return
    lead = "" if guest or not label else f"{label} " if label.endswith((":", "-", "–", "—", ".")) else f"{label}: "
    yield Piece(kind="speech", text=lead + "\n".join(said), speaker=speaker, role=role or None)
    yield from (p for p in below_it if p.kind == "footer")


def _name(listed: str | None, label: str, office: bool) -> str | None:
    """Return a speaker's name: as listed, or as printed where the list speaks of someone else or of no one."""
    printed = label.rstrip(" .:-–—")
    if listed is None:
        return None if office else printed or None
    shared = {w for w in listed.casefold().split() if len(w) > 3} & set(re.findall(r"\w+", printed.casefold()))
    return listed if shared or not printed else printed
