"""Legistar Web API: a council's meetings with their agenda items and votes, its matters, and their files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from discourse.config import SourceSpec
from discourse.errors import ConfigError
from discourse.ingest import dates
from discourse.ingest.door import Door
from discourse.ingest.draft import Draft, document
from discourse.ingest.minutes import Piece, compose, paragraphs
from discourse.ingest.sources.answers import (
    Attachment,
    Watermark,
    ask,
    attached,
    guarded,
    link,
    refused,
    said,
    since,
    stamp,
    things,
)
from discourse.ingest.sources.links import number
from discourse.records import Document, Done, Failed, Outcome, Skipped, SourceRef, Unchanged, utc

LISTS = ("events", "matters")
PAGE = 1000
"""What the interface gives at most in one answer."""
_NO_LIMIT = 10**9
_ENDS = re.compile(r"/(?:events|matters|bodies|eventitems)(?:/.*)?$", re.IGNORECASE)
_CHANGED = {"events": "EventLastModifiedUtc", "matters": "MatterLastModifiedUtc"}
_KEY = {"events": "EventId", "matters": "MatterId"}


@dataclass(kw_only=True)
class _Look:
    """One look at a council: where, since when, and which files were read already."""

    spec: SourceSpec
    door: Door
    base: str
    limit: int
    votes: bool
    seen: set[str] = field(default_factory=set)

    def at(self, path: str, **query: str | int) -> str:
        """Return the address of a path of the interface, its query in OData's way."""
        asked = urlencode({k.replace("_", "$", 1): v for k, v in query.items()}, quote_via=quote, safe="$'")
        return f"{self.base}/{path}" + (f"?{asked}" if asked else "")

    def when(self, value: object) -> datetime | None:
        """Return a local time as the interface writes it."""
        return dates.parse(value, self.door.settings.discourse.timezone) if isinstance(value, str) else None


def read(spec: SourceSpec, door: Door) -> Iterator[Outcome[Document]]:
    """Yield a document a meeting, a matter and a file; raise when the interface cannot be had.

    ``address`` is the client's root, ``https://webapi.legistar.com/v1/CLIENT`` (https://webapi.legistar.com/Help).
    Options: ``since`` (a date; nothing modified before it is taken), ``lists``, ``limit``, ``votes`` (roll calls too).
    """
    lists = spec.options.get("lists", list(LISTS))
    if not isinstance(lists, list) or not set(map(str, lists)) <= set(LISTS):
        raise ConfigError(f"source {spec.name}: lists = {lists!r}.", remedy='Write lists = ["events", "matters"].')
    parts = urlsplit(spec.address)
    base = _ENDS.sub("", f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")) if parts.netloc else spec.address
    look = _Look(
        spec=spec,
        door=door,
        base=base,
        limit=number(spec, "limit", _NO_LIMIT),
        votes=spec.options.get("votes") is True,
    )
    for at, name in enumerate(lists):
        yield from _list(name, look, first=at == 0)


def _list(name: str, look: _Look, *, first: bool) -> Iterator[Outcome[Document]]:
    """Yield the documents of one list; where it ends well, the next look asks only for what was modified since."""
    mark = Watermark(spec=look.spec, door=look.door, list_url=f"{look.base}/{name}", start=since(look.spec, look.door))
    given = False
    for outcome in _pages(name, mark, look):
        if isinstance(outcome, Failed) and outcome.error.slug != "bad_object" and first and not given:
            raise outcome.error
        given = True
        if isinstance(outcome, Done):
            mark.read += 1
            yield from _counted(name, outcome.value, mark, look)
        else:
            mark.whole = mark.whole and isinstance(outcome, Failed) and outcome.error.slug == "bad_object"
            yield outcome
    mark.keep()
    if not given:
        yield Unchanged(ref=SourceRef(source=look.spec.name, url=look.at(name)))


def _pages(name: str, mark: Watermark, look: _Look) -> Iterator[Outcome[dict[str, Any]]]:
    """Yield the objects of a list, page by page, until a page is empty or repeats what was given.

    They are asked for by their numbers, which do not move when something changes. A look that has read enough stops at
    the end of a page; the next one goes on there.
    """
    seen, resume = set[str](), mark.resume or ""
    skip, last = int(resume) if resume.isdigit() else 0, None
    after = f"{_CHANGED[name]} ge datetime'{utc(mark.start):%Y-%m-%dT%H:%M:%S}'" if mark.start else ""
    while True:
        asked: dict[str, str | int] = {"_top": min(PAGE, look.limit), "_skip": skip, "_orderby": _KEY[name]}
        url = look.at(name, **asked, **({"_filter": after} if after else {}))
        ref = SourceRef(source=look.spec.name, url=url)
        answer = ask(url, look.spec, look.door)
        if not isinstance(answer, Done):
            yield answer
            return
        if not isinstance(answer.value, list):
            yield refused(ref, f"{url} is no list.", "Is it a client of the Legistar Web API?", "not_legistar")
            return
        if not answer.value or answer.value == last:
            return
        last, before, keyed = answer.value, len(seen), 0
        for at, one in enumerate(answer.value):
            key = said(one, _KEY[name]) if isinstance(one, dict) else ""
            if not key:
                what = f"object {skip + at + 1} of {url} has no {_KEY[name]}."
                yield refused(ref, what, "Tell its owner.", "bad_object")
                continue
            keyed += 1
            if key not in seen:
                seen.add(key)
                yield Done(one)
        if keyed and len(seen) == before:
            return
        skip += len(answer.value)
        mark.turned(str(skip))
        if mark.read >= look.limit:
            yield Skipped(ref=ref, reason="limit")
            return


def _counted(name: str, thing: dict[str, Any], mark: Watermark, look: _Look) -> Iterator[Outcome[Document]]:
    """Yield the documents of one object, and note how far the list was read; the filter holds here too."""
    key = f"{name.removesuffix('s')}/{said(thing, _KEY[name])}"
    site = link(look.base, thing.get("EventInSiteURL")) if name == "events" else None
    ref = SourceRef(source=look.spec.name, url=site or look.at(f"{name}/{said(thing, _KEY[name])}"), key=key)
    modified = stamp(thing.get(_CHANGED[name]))
    if mark.start is not None and modified is not None and modified < utc(mark.start):
        yield Unchanged(ref=ref)
        return
    outcomes: list[Outcome[Document]] = []
    for outcome in guarded((_event if name == "events" else _matter)(thing, ref, look), ref):
        outcomes.append(outcome if isinstance(outcome, Failed) else Unchanged(ref=ref))
        yield outcome
    mark.passed(modified, outcomes)


def _event(event: dict[str, Any], ref: SourceRef, look: _Look) -> Iterator[Outcome[Document]]:
    """Yield a meeting's agenda, actions and votes as one document, and a document for each of its files."""
    items: list[dict[str, Any]] = []
    path = f"events/{said(event, 'EventId')}/eventitems"
    match ask(look.at(path, AgendaNote=1, MinutesNote=1, Attachments=1), look.spec, look.door):
        case Done(value=answer):
            items = sorted(things(answer), key=lambda i: _order(i.get("EventItemAgendaSequence")))
        case Failed() as failed:
            yield failed
        case other:
            yield Skipped(ref=ref, reason=other.reason if isinstance(other, Skipped) else "unchanged")
    about = _pairs(event, meeting="EventId", meeting_name="EventBodyName", location="EventLocation")
    published = _start(event, look)
    title = ", ".join(filter(None, (said(event, "EventBodyName") or "–", said(event, "EventDate")[:10])))
    pieces = [*paragraphs(_plain(event, "EventComment")), *(p for item in items for p in _agenda(item, look))]
    yield _own(title, pieces, about, ref, published, look)
    for name, label in (("EventAgendaFile", "Agenda"), ("EventMinutesFile", "Minutes")):
        yield from _file(event.get(name), f"{title} – {label}", about, published, look)
    for item in items:
        place = (*about, *_pairs(item, agenda_number="EventItemAgendaNumber", agenda_item="EventItemTitle"))
        for file in things(item.get("EventItemMatterAttachments")):
            yield from _file(
                file.get("MatterAttachmentHyperlink"), said(file, "MatterAttachmentName"), place, published, look
            )


def _order(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) and abs(value) < 1e9 else 1e9


def _start(event: Mapping[str, Any], look: _Look) -> datetime | None:
    """Return when a meeting begins: its day, and its hour where that is written in words."""
    day = said(event, "EventDate")[:10]
    hour = re.fullmatch(r"(\d{1,2}):(\d\d)\s*([AP])\.?M\.?", said(event, "EventTime").upper())
    if day and hour and 1 <= int(hour[1]) <= 12 and int(hour[2]) < 60:
        return look.when(f"{day}T{int(hour[1]) % 12 + 12 * (hour[3] == 'P'):02d}:{hour[2]}:00")
    return look.when(day)


def _plain(thing: Mapping[str, Any], name: str) -> str:
    value = thing.get(name)
    return value if isinstance(value, str) else ""


def _pairs(thing: Mapping[str, Any], **names: str) -> tuple[tuple[str, str], ...]:
    return tuple((key, value) for key, name in names.items() if (value := said(thing, name)))


def _agenda(item: dict[str, Any], look: _Look) -> Iterator[Piece]:
    own = said(item, "EventItemAgendaNumber") or said(item, "EventItemMatterFile") or None
    title = said(item, "EventItemTitle", "EventItemMatterName")
    yield Piece(kind="agenda_item", text=" ".join(filter(None, (own, title))) if title else "", number=own)
    for name in ("EventItemAgendaNote", "EventItemActionText", "EventItemMinutesNote"):
        yield from paragraphs(_plain(item, name), number=own)
    yield Piece(kind="vote", text=_vote(item, look), number=own)


def _vote(item: dict[str, Any], look: _Look) -> str:
    """Return how an item was decided, as ``Approved – Pass (7:2)``; with ``votes``, who voted how."""
    decided = " – ".join(filter(None, (said(item, "EventItemActionName"), said(item, "EventItemPassedFlagName"))))
    tally = said(item, "EventItemTally")
    line = f"{decided} ({tally})" if tally and decided else decided or tally
    if not look.votes or not said(item, "EventItemPassedFlagName"):
        return line
    answer = ask(look.at(f"eventitems/{said(item, 'EventItemId')}/votes"), look.spec, look.door)
    rolls: dict[str, list[str]] = {}
    for vote in things(answer.value) if isinstance(answer, Done) else ():
        rolls.setdefault(said(vote, "VoteValueName") or "–", []).append(said(vote, "VotePersonName"))
    return ". ".join([line, *(f"{value}: {', '.join(filter(None, who))}" for value, who in sorted(rolls.items()))])


def _matter(matter: dict[str, Any], ref: SourceRef, look: _Look) -> Iterator[Outcome[Document]]:
    """Yield a matter's own text as one document, and a document for each of its files."""
    path = f"matters/{said(matter, 'MatterId')}"
    about = _pairs(
        matter,
        matter="MatterId",
        reference="MatterFile",
        type="MatterTypeName",
        status="MatterStatusName",
        body="MatterBodyName",
    )
    title = said(matter, "MatterTitle", "MatterName", "MatterFile")
    published = look.when(said(matter, "MatterIntroDate", "MatterAgendaDate")[:10])
    text, failed = _text(path, look)
    if failed is not None:
        yield failed
    kind = " ".join(filter(None, (said(matter, "MatterTypeName"), said(matter, "MatterFile"))))
    status = Piece(kind="paragraph", text=said(matter, "MatterStatusName"))
    pieces = [Piece(kind="paragraph", text=kind), *paragraphs(text), status]
    yield _own(title, pieces, about, ref, published, look)
    match ask(look.at(f"{path}/attachments"), look.spec, look.door):
        case Done(value=answer):
            for file in things(answer):
                name = said(file, "MatterAttachmentName")
                yield from _file(file.get("MatterAttachmentHyperlink"), name or title, about, published, look)
        case Failed() as one:
            yield one
        case _:
            yield Skipped(ref=ref, reason="robots")


def _text(path: str, look: _Look) -> tuple[str, Failed | None]:
    """Return the newest version of a matter's text."""
    answer = ask(look.at(f"{path}/versions"), look.spec, look.door)
    versions = things(answer.value) if isinstance(answer, Done) else []
    if not versions:
        return "", answer if isinstance(answer, Failed) and answer.error.slug != "http_404" else None
    newest = max(versions, key=lambda v: (len(said(v, "Value")), said(v, "Value")))
    answer = ask(look.at(f"{path}/texts/{quote(said(newest, 'Key'), safe='')}"), look.spec, look.door)
    if isinstance(answer, Done) and isinstance(answer.value, dict):
        return _plain(answer.value, "MatterTextPlain"), None
    return "", answer if isinstance(answer, Failed) and answer.error.slug != "http_404" else None


def _own(
    title: str,
    pieces: list[Piece],
    about: tuple[tuple[str, str], ...],
    ref: SourceRef,
    published: datetime | None,
    look: _Look,
) -> Outcome[Document]:
    text, parts = compose(title, pieces)
    dated = SourceRef(source=ref.source, url=ref.url, key=ref.key, published=published)
    return document(Draft(title=title, text=text, parts=parts, extractor="legistar", meta=about), dated, look.door)


def _file(
    url: object, title: str, about: tuple[tuple[str, str], ...], published: datetime | None, look: _Look
) -> Iterator[Outcome[Document]]:
    """Yield the documents of a file, once however often it is named."""
    at = link(look.base, url)
    if at is None or at in look.seen:
        return
    look.seen.add(at)
    ref = SourceRef(source=look.spec.name, url=at, key=at, published=published, title=title)
    yield from attached(Attachment(ref=ref, title=title, file_name=title, meta=about), look.door)
