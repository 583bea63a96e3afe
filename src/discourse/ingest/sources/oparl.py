"""OParl 1.0 and 1.1: a council's papers, meetings and files, page by page, only what changed since the last look."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from discourse.config import SourceSpec
from discourse.errors import ConfigError, ExtractError
from discourse.ingest import dates
from discourse.ingest.door import Door
from discourse.ingest.draft import Draft, document
from discourse.ingest.minutes import Piece, compose, paragraphs
from discourse.ingest.sources.answers import (
    MENDED_BY_TIME,
    Attachment,
    Watermark,
    ask,
    attached,
    described,
    guarded,
    link,
    refused,
    said,
    since,
    stamp,
    things,
    written,
)
from discourse.ingest.sources.links import number
from discourse.records import Document, Done, Failed, Outcome, Skipped, SourceRef, Unchanged, utc

LISTS = ("meeting", "consultation", "agendaItem", "paper")
"""The lists of a body, in the order in which they are read: papers are placed in the meetings that were read before."""
MOST_PAGES = 20_000
_MEETING_FILES = ("invitation", "resultsProtocol", "verbatimProtocol", "auxiliaryFile")
_NO_LIMIT = 10**9


@dataclass(kw_only=True)
class _Look:
    """One look at a system: what was asked for, what was read so far, and which meeting an agenda item is of."""

    spec: SourceSpec
    door: Door
    start: datetime | None
    limit: int
    lists: tuple[str, ...]
    seen: set[str] = field(default_factory=set)
    places: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)

    @property
    def zone(self) -> str:
        return self.door.settings.discourse.timezone

    def ref(self, thing: Mapping[str, Any], url: str = "") -> SourceRef:
        """Return the reference of an object: its id is its key."""
        key = said(thing, "id")
        return SourceRef(source=self.spec.name, url=link("", url or key) or self.spec.address, key=key or None)


def read(spec: SourceSpec, door: Door) -> Iterator[Outcome[Document]]:
    """Yield a document a file, a meeting, and a paper without files; raise when the address cannot be had.

    ``address`` is a system, a body, a list of bodies, or one list of papers or meetings (https://oparl.org/spezifikation).
    Options: ``since`` (a date; nothing modified before it is taken), ``lists``, ``bodies`` (names or ids), ``limit``
    (how many objects of a list are read at one look; the next look goes on there).
    """
    look = _Look(
        spec=spec,
        door=door,
        start=since(spec, door),
        limit=number(spec, "limit", _NO_LIMIT),
        lists=_names(spec, "lists", LISTS),
    )
    match ask(spec.address, spec, door):
        case Failed(error=error):
            raise error
        case Done(value=answer):
            yield from _opened(answer, look)
        case other:
            yield other


def _names(spec: SourceSpec, option: str, otherwise: tuple[str, ...]) -> tuple[str, ...]:
    given = spec.options.get(option, otherwise)
    given = [given] if isinstance(given, str) else given
    if not isinstance(given, (list, tuple)) or not all(isinstance(n, str) for n in given):
        raise ConfigError(f"source {spec.name}: {option} is no list of names.", remedy=f'Write {option} = ["…"].')
    return tuple(given)


def _kind(thing: Mapping[str, Any]) -> str:
    """Return the last word of an object's type, as ``Paper``."""
    return said(thing, "type").rstrip("/").rsplit("/", 1)[-1]


def _opened(answer: Any, look: _Look) -> Iterator[Outcome[Document]]:
    """Yield what stands behind the given address, whatever it is."""
    address = look.spec.address
    if isinstance(answer, list):
        answer = {"data": answer}
    if not isinstance(answer, dict) or not (_kind(answer) in ("System", "Body") or "data" in answer):
        raise ExtractError(
            f"{address} is no OParl system, body or list.", remedy="Give the address of the system.", slug="not_oparl"
        )
    if _kind(answer) == "System":
        bodies = link(address, answer.get("body"))
        if bodies is None and things(answer.get("body")):
            yield from _bodies(f"{address}#bodies", {"data": things(answer["body"])}, look)
            return
        if bodies is None:
            raise ExtractError(f"{address} names no bodies.", remedy="Tell its owner.", slug="not_oparl")
        yield from _bodies(bodies, None, look)
    elif _kind(answer) == "Body":
        yield from _body(answer, look)
    elif any(_kind(one) == "Body" for one in things(answer["data"])):
        yield from _bodies(address, answer, look)
    else:
        yield from _list(address, answer, {}, look)


def _bodies(url: str, first: Any, look: _Look) -> Iterator[Outcome[Document]]:
    wanted = _names(look.spec, "bodies", ())
    for outcome in _walk(url, first, look):
        if not isinstance(outcome, Done):
            yield outcome
            continue
        body = outcome.value
        called = {said(body, "id"), said(body, "name"), said(body, "shortName")}
        if not wanted or called & set(wanted):
            yield from _body(body, look)


def _body(body: dict[str, Any], look: _Look) -> Iterator[Outcome[Document]]:
    if body.get("deleted") is True:
        yield Skipped(ref=look.ref(body), reason="deleted")
        return
    urls = [url for name in look.lists if (url := link(look.spec.address, body.get(name)))]
    if not urls:
        what = f"{said(body, 'name', 'id')} names none of the lists {', '.join(look.lists)}."
        yield refused(look.ref(body), what, "Tell its owner.", "no_lists")
    for url in urls:
        yield from _list(url, None, body, look)


def _list(url: str, first: Any, body: dict[str, Any], look: _Look) -> Iterator[Outcome[Document]]:
    """Yield the documents of one list; where it ends well, the next look asks only for what was modified since."""
    mark = Watermark(spec=look.spec, door=look.door, list_url=url, start=look.start)
    given = False
    begin, page = (mark.resume, None) if mark.resume else (url if first is not None else _asked(url, mark.start), first)
    for outcome in _walk(begin, page, look, mark):
        given = True
        if isinstance(outcome, Done):
            mark.read += 1
            yield from _counted(outcome.value, body, mark, look)
            continue
        slug = outcome.error.slug if isinstance(outcome, Failed) else ""
        mark.whole = mark.whole and slug == "bad_object"
        if slug and slug != "bad_object" and slug not in MENDED_BY_TIME:
            mark.restart()
        yield outcome
    mark.keep()
    if not given:
        yield Unchanged(ref=SourceRef(source=look.spec.name, url=url))


def _asked(url: str, start: datetime | None) -> str:
    if start is None:
        return url
    return url + ("&" if urlsplit(url).query else "?") + urlencode({"modified_since": written(start)})


def _walk(url: str, first: Any, look: _Look, mark: Watermark | None = None) -> Iterator[Outcome[dict[str, Any]]]:
    """Yield the objects of a list, page by page along ``links.next``; a page that fails ends the list.

    A look that has read enough stops at the end of a page; the next one goes on there.
    """
    asked: set[str] = set()
    page, here = first, url
    while len(asked) < MOST_PAGES:
        ref = SourceRef(source=look.spec.name, url=here)
        if here in asked:
            yield refused(ref, f"{here} leads back to itself.", "Tell its owner.", "paging_loop")
            return
        asked.add(here)
        if page is None:
            answer = ask(here, look.spec, look.door)
            if not isinstance(answer, Done):
                yield answer
                return
            page = answer.value
        data = page if isinstance(page, list) else page.get("data") if isinstance(page, dict) else None
        if not isinstance(data, list):
            yield refused(ref, f"{here} is no page of a list.", "Tell its owner.", "bad_page")
            return
        for at, one in enumerate(data):
            whole = isinstance(one, dict) and said(one, "id")
            what = f"object {at + 1} of {here} has no id."
            yield Done(one) if whole else refused(ref, what, "Tell its owner.", "bad_object")
        after = page.get("links") if isinstance(page, dict) else None
        further = link(here, after.get("next")) if isinstance(after, dict) else None
        if further is None:
            return
        if mark is not None:
            mark.turned(further)
            if mark.read >= look.limit:
                yield Skipped(ref=ref, reason="limit")
                return
        here, page = further, None


def _counted(thing: dict[str, Any], body: dict[str, Any], mark: Watermark, look: _Look) -> Iterator[Outcome[Document]]:
    """Yield the documents of one object, and note how far the list was read; ``modified_since`` holds here too."""
    ref = look.ref(thing)
    modified = stamp(thing.get("modified")) or stamp(thing.get("created"))
    _placed(thing, look)
    if mark.start is not None and modified is not None and modified < utc(mark.start):
        yield Unchanged(ref=ref)
        return
    if thing.get("deleted") is True:
        mark.passed(modified, ())
        yield Skipped(ref=ref, reason="deleted")
        return
    outcomes: list[Outcome[Document]] = []
    for outcome in guarded(_read(thing, body, look), ref):
        outcomes.append(outcome if isinstance(outcome, Failed) else Unchanged(ref=ref))
        yield outcome
    mark.passed(modified, outcomes)


def _placed(thing: Mapping[str, Any], look: _Look) -> None:
    """Remember which meeting an agenda item or consultation is of: papers say where they were dealt with."""
    if _kind(thing) == "Meeting":
        about = _about_meeting(thing)
        look.places[said(thing, "id")] = about
        for item in things(thing.get("agendaItem")):
            place = (*about, *_about_item(item))
            look.places[said(item, "id")] = place
            if consultation := said(item, "consultation"):
                look.places[consultation] = place
    elif _kind(thing) == "AgendaItem":
        about = look.places.get(said(thing, "meeting"), (("meeting", said(thing, "meeting")),))
        look.places.setdefault(said(thing, "id"), (*about, *_about_item(thing)))
    elif _kind(thing) == "Consultation":
        look.places.setdefault(said(thing, "id"), _place(thing, look))


def _about_meeting(meeting: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    pairs = (("meeting", said(meeting, "id")), ("meeting_name", said(meeting, "name")))
    return tuple(p for p in (*pairs, ("meeting_start", said(meeting, "start"))) if p[1])


def _about_item(item: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    pairs = (("agenda_number", said(item, "number")), ("agenda_item", said(item, "name")))
    return tuple(p for p in (*pairs, ("result", said(item, "result"))) if p[1])


def _place(consultation: Mapping[str, Any], look: _Look) -> tuple[tuple[str, str], ...]:
    """Return the meeting and agenda item of a consultation, by what was read before, else by their ids."""
    for name in ("agendaItem", "id", "meeting"):
        found = look.places.get(said(consultation, name))
        if found:
            return found
    pairs = (("meeting", said(consultation, "meeting")), ("agenda_item", said(consultation, "agendaItem")))
    return tuple(p for p in pairs if p[1])


def _read(thing: dict[str, Any], body: dict[str, Any], look: _Look) -> Iterator[Outcome[Document]]:
    kind = _kind(thing)
    if kind in ("Paper", "Meeting"):
        if said(thing, "id") in look.seen:
            yield Unchanged(ref=look.ref(thing))
            return
        look.seen.add(said(thing, "id"))
    if kind == "Paper":
        yield from _paper(thing, body, look)
    elif kind == "Meeting":
        yield from _meeting(thing, body, look)
    elif kind == "File":
        yield from _file(thing, said(thing, "name", "fileName"), _about_body(body), body, look)
    elif kind not in ("AgendaItem", "Consultation"):
        what = f"{said(thing, 'id')} is of type {said(thing, 'type')[:80]!r}."
        yield refused(look.ref(thing), what, "Give the address of a system or body.", "unknown_object")


def _about_body(body: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((k, v) for k, v in (("body", said(body, "name")),) if v)


def _paper(paper: dict[str, Any], body: dict[str, Any], look: _Look) -> Iterator[Outcome[Document]]:
    """Yield a document for each file of a paper; a paper that gives none is a document by its own name."""
    about = [*_about_body(body), ("paper", said(paper, "id"))]
    about += [(k, v) for k, v in (("reference", said(paper, "reference")), ("type", said(paper, "paperType"))) if v]
    consulted = paper.get("consultation")
    for one in consulted if isinstance(consulted, list) else [consulted]:
        found = _place(one, look) if isinstance(one, dict) else look.places.get(str(one), ())
        about += [pair for pair in found if pair not in about]
    name = said(paper, "name") or said(paper, "reference")
    day = said(paper, "date") or said(paper, "created")
    kept = waits = False
    for field_name in ("mainFile", "auxiliaryFile"):
        for file in _files(paper.get(field_name), look):
            own = said(file, "name") if field_name == "auxiliaryFile" else ""
            title = f"{name} – {own}" if own and own != name else name
            for outcome in _file({"date": day, **file}, title, tuple(about), body, look):
                kept = kept or isinstance(outcome, (Done, Unchanged))
                waits = waits or (isinstance(outcome, Failed) and outcome.error.slug in MENDED_BY_TIME)
                yield outcome
    if kept or waits:
        return
    pieces = [Piece(kind="paragraph", text=" ".join(v for k, v in about if k in ("type", "reference")))]
    text, parts = compose(name, pieces)
    yield _own(paper, Draft(title=name, text=text, parts=parts, extractor="oparl", meta=tuple(about)), day, look)


def _files(value: object, look: _Look) -> Iterator[dict[str, Any]]:
    """Yield the files of a field: embedded, or behind an address."""
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, dict):
            yield one
        elif (url := link(look.spec.address, one)) is not None:
            answer = ask(url, look.spec, look.door)
            yield answer.value if isinstance(answer, Done) and isinstance(answer.value, dict) else {"id": url}


def _own(thing: dict[str, Any], draft: Draft, day: str, look: _Look) -> Outcome[Document]:
    """Return the document of an object's own words."""
    bare = look.ref(thing, said(thing, "web"))
    ref = SourceRef(source=bare.source, url=bare.url, key=bare.key, published=dates.parse(day, look.zone))
    return document(draft, ref, look.door)


def _file(
    file: dict[str, Any], title: str, about: tuple[tuple[str, str], ...], body: dict[str, Any], look: _Look
) -> Iterator[Outcome[Document]]:
    """Yield the documents of a file, from its ``text`` where the server gives it, else by reading the file itself."""
    key = said(file, "id")
    if key in look.seen:
        return
    look.seen.add(key)
    if file.get("deleted") is True:
        yield Skipped(ref=look.ref(file), reason="deleted")
        return
    at = next((u for n in ("downloadUrl", "accessUrl") if (u := link(look.spec.address, file.get(n)))), None)
    published = dates.parse(said(file, "date") or said(file, "created", "modified"), look.zone)
    ref = SourceRef(source=look.spec.name, url=at or key, key=key or at, published=published, title=title)
    one = Attachment(
        ref=ref,
        shown_url=link(look.spec.address, file.get("accessUrl")) or at,
        title=title,
        media_type=said(file, "mimeType").lower(),
        file_name=said(file, "fileName"),
        licence=said(file, "license") or said(body, "license") or None,
        meta=(*about, *((k, v) for k, v in (("file_name", said(file, "name", "fileName")),) if v)),
    )
    plain = file.get("text")
    if isinstance(plain, str) and sum(c.isalpha() for c in plain) >= 3:
        text, parts = compose(title, paragraphs(plain))
        outcome = document(Draft(title=title, text=text, parts=parts, extractor="oparl"), ref, look.door)
        yield Done(described(outcome.value, one)) if isinstance(outcome, Done) else outcome
    elif at is None:
        yield refused(ref, f"{key or title} has neither text nor address.", "Tell its owner.", "no_file")
    else:
        yield from attached(one, look.door)


def _meeting(meeting: dict[str, Any], body: dict[str, Any], look: _Look) -> Iterator[Outcome[Document]]:
    """Yield a meeting's agenda and results as one document, and a document for each of its files."""
    about = (*_about_body(body), *_about_meeting(meeting))
    name, day = said(meeting, "name") or "–", said(meeting, "start", "created")
    items = list(_files(meeting.get("agendaItem"), look))
    text, parts = compose(name, [piece for item in items for piece in _agenda(item)])
    cancelled = (("cancelled", "true"),) if meeting.get("cancelled") is True else ()
    yield _own(
        meeting, Draft(title=name, text=text, parts=parts, extractor="oparl", meta=(*about, *cancelled)), day, look
    )
    held = [(f, said(meeting, "name"), about) for n in _MEETING_FILES for f in _files(meeting.get(n), look)]
    for item in items:
        place = (*about, *_about_item(item))
        for field_name in ("resolutionFile", "auxiliaryFile"):
            held += [(f, said(item, "name"), place) for f in _files(item.get(field_name), look)]
    for file, of, place in held:
        title = " – ".join(dict.fromkeys(filter(None, (of, said(file, "name")))))
        yield from _file({"date": day, **file}, title, place, body, look)


def _agenda(item: Mapping[str, Any]) -> Iterator[Piece]:
    if item.get("deleted") is True:
        return
    number_, name = said(item, "number"), said(item, "name")
    yield Piece(kind="agenda_item", text=f"{number_} {name}".strip(), number=number_ or None)
    resolved = item.get("resolutionText")
    yield from paragraphs(resolved if isinstance(resolved, str) else "", number=number_ or None)
    yield Piece(kind="vote", text=said(item, "result"), number=number_ or None)
