"""modern.gov pages: a council's committees, their meetings, the items of each agenda with decisions, and its files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urljoin, urlsplit

from discourse.config import SourceSpec
from discourse.errors import ExtractError
from discourse.ingest import dates, optout
from discourse.ingest.door import Door
from discourse.ingest.draft import Draft, document
from discourse.ingest.extract.text import decode
from discourse.ingest.identity import digest
from discourse.ingest.minutes import Piece, compose, words
from discourse.ingest.sources.answers import Attachment, attached, guarded, link, refused, since
from discourse.ingest.sources.links import LIMIT, number
from discourse.records import Document, Done, Failed, Fetched, Outcome, PartKind, Skipped, SourceRef

_LISTS = re.compile(r"/mg(?:ListCommittees|CalendarMonthView)\.aspx$|/(?:ieDocHome|uuCoverPage)\.aspx$", re.IGNORECASE)
_COMMITTEE = re.compile(r"/(?:mgCommitteeDetails|ieListMeetings)\.aspx$", re.IGNORECASE)
_MEETING = re.compile(r"/ieListDocuments\.aspx$", re.IGNORECASE)
_FILE = re.compile(r"/documents/", re.IGNORECASE)
_PACK = re.compile(r"(?:public )?(?:reports|documents|agenda) pack", re.IGNORECASE)
_SIZE = re.compile(r"\s*(?:\(?PDF[,:]?\s*)?[\d.,]+\s*[KM]B\)?\s*$", re.IGNORECASE)
_CLOCK = re.compile(r"(\d{1,2})[.:](\d\d)\s*([ap])\.?m", re.IGNORECASE)
_VOTE = re.compile(r"\b(?:for|against|abstain\w*|abstentions?)\b\W{0,3}\d+|\b\d+\s+(?:for|against|abst)", re.IGNORECASE)


@dataclass(kw_only=True)
class _Look:
    """One look at a site: how far it goes, and what it has seen."""

    spec: SourceSpec
    door: Door
    limit: int
    start: datetime | None
    taken: int = 0
    seen: set[str] = field(default_factory=set)


def read(spec: SourceSpec, door: Door) -> Iterator[Outcome[Document]]:
    """Yield a document a meeting and a file; raise when the address cannot be had.

    ``address`` is the list of committees (``mgListCommittees.aspx``), of one committee's meetings
    (``ieListMeetings.aspx?CId=…``), or one meeting (``ieListDocuments.aspx?…MId=…``).
    Options: ``since`` (a date; no meeting before it is taken), ``limit`` (most meetings at one look, newest first).
    """
    look = _Look(spec=spec, door=door, limit=number(spec, "limit", LIMIT), start=since(spec, door))
    match door.fetch(SourceRef(source=spec.name, url=spec.address)):
        case Failed(error=error):
            raise error
        case Done(value=fetched):
            yield from _opened(fetched, look)
        case other:
            yield other


def _opened(fetched: Fetched, look: _Look) -> Iterator[Outcome[Document]]:
    tree = _tree(fetched)
    if _is_meeting(tree):
        yield from _meeting(fetched, tree, look)
        return
    found = _links(tree, fetched.url)
    committees = [] if _meetings(found) else _committees(found)
    if not committees and not _meetings(found):
        raise ExtractError(
            f"{look.spec.address} lists no committee or meeting.",
            remedy="Give the address of mgListCommittees.aspx or ieListMeetings.aspx.",
            slug="not_moderngov",
        )
    listed = _meetings(found)
    for url in committees:
        outcome = _page(url, look)
        if isinstance(outcome, Done):
            listed += _meetings(_links(outcome.value[1], outcome.value[0].url))
        else:
            yield outcome
    yield from _newest(listed, look)


def _newest(listed: list[tuple[str, str]], look: _Look) -> Iterator[Outcome[Document]]:
    """Yield the meetings of a list, newest first, each once."""
    zone = look.door.settings.discourse.timezone
    dated = {url: dates.parse(text, zone) for url, text in listed}
    order = sorted(dated, key=lambda u: dated[u].timestamp() if dated[u] else 0.0, reverse=True)  # type: ignore[union-attr]
    for url in order:
        when = dated[url]
        if look.start is not None and when is not None and when < look.start:
            continue
        ref = SourceRef(source=look.spec.name, url=url)
        if look.taken >= look.limit:
            yield Skipped(ref=ref, reason="limit")
            return
        look.taken += 1
        outcome = _page(url, look)
        if isinstance(outcome, Done):
            yield from guarded(_meeting(*outcome.value, look), ref)
        else:
            yield outcome


def _page(url: str, look: _Look) -> Outcome[tuple[Fetched, Any]]:
    ref = SourceRef(source=look.spec.name, url=url)
    match look.door.fetch(ref):
        case Done(value=fetched):
            try:
                return Done((fetched, _tree(fetched)))
            except ExtractError as error:
                return Failed(ref=ref, error=error)
        case other:
            return other


def _tree(fetched: Fetched) -> Any:
    from lxml import etree, html

    text = decode(fetched.body, fetched.charset)
    if "<" not in text:
        raise ExtractError(f"{fetched.ref.url} is no web page.", remedy="Check the address.", slug="not_html")
    try:
        return html.fromstring(text.encode("utf-8", "replace"), parser=html.HTMLParser(encoding="utf-8"))
    except (ValueError, etree.LxmlError) as error:
        raise ExtractError(
            f"{fetched.ref.url} could not be parsed.", remedy="Look at the page.", slug="bad_html"
        ) from error


def _links(node: Any, base: str) -> list[tuple[str, str]]:
    """Return the (address, words) of the links below a node, on the page's own host."""
    found: dict[str, str] = {}
    for anchor in node.iter("a"):
        url = link(base, _spaced(anchor.get("href") or "", base))
        if url is not None and urlsplit(url).hostname == urlsplit(base).hostname:
            found.setdefault(url.partition("#")[0], words(anchor.text_content()))
    return list(found.items())


def _spaced(href: str, base: str) -> str:
    """Return a link with the spaces in its file names written as the web wants them."""
    return quote(urljoin(base, href.strip()), safe="%/:?&=#+,;@~!$'()*") if href.strip() else ""


def _committees(found: list[tuple[str, str]]) -> list[str]:
    """Return the list of meetings of each committee that is linked."""
    out: dict[str, None] = {}
    for url, _ in found:
        parts = urlsplit(url)
        asked = {k.lower(): v[0] for k, v in parse_qs(parts.query).items()}
        key = asked.get("cid") or asked.get("committeeid") or asked.get("id")
        if _COMMITTEE.search(parts.path) and key and key.isdigit():
            out[
                f"{parts.scheme}://{parts.netloc}{parts.path.rpartition('/')[0]}/ieListMeetings.aspx?CId={key}&Year=0"
            ] = None
    return list(out)


def _meetings(found: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(u, t) for u, t in found if _MEETING.search(urlsplit(u).path) and "mid=" in u.lower()]


def _is_meeting(tree: Any) -> bool:
    return bool(tree.xpath("//*[contains(concat(' ', @class, ' '), ' mgItemNumberCell ')] | //*[@id='mgItemTable']"))


def _meeting(fetched: Fetched, tree: Any, look: _Look) -> Iterator[Outcome[Document]]:
    """Yield a meeting's agenda, decisions and minutes as one document, and a document for each of its files."""
    asked = {k.lower(): v[0] for k, v in parse_qs(urlsplit(fetched.url).query).items()}
    key = f"meeting/{asked['mid']}" if asked.get("mid") else fetched.url
    ref = SourceRef(source=look.spec.name, url=fetched.ref.url, key=key)
    if optout.by_page(fetched.body):
        yield Skipped(ref=ref, reason="opted_out")
        return
    if not _is_meeting(tree):
        yield refused(ref, f"{fetched.url} holds no agenda.", "Look at the page.", "no_agenda")
        return
    title = _title(tree)
    published = _start(title, look)
    about = (("meeting", asked.get("mid", "")), ("meeting_name", title))
    rows = list(_rows(tree))
    text, parts = compose(title, [p for number_, cell in rows for p in _item(number_, cell)])
    dated = SourceRef(source=ref.source, url=ref.url, key=key, published=published)
    good = True
    own = document(Draft(title=title, text=text, parts=parts, extractor="moderngov", meta=about), dated, look.door)
    for outcome in (own, *_files(tree, rows, fetched, (about, title, published), look)):
        good = good and not isinstance(outcome, Failed)
        yield outcome
    if good:
        look.door.learn(fetched, digest(fetched.body))


def _title(tree: Any) -> str:
    """Return a meeting's title, as ``Agenda for Council on Monday, 16th November, 2026, 7.00 pm``."""
    for path in ("//h2[contains(@class, 'mgSubTitleTxt')]", "//h1", "//h2", "//title"):
        for node in tree.xpath(path):
            title = words(node.text_content())
            if dates.find_day(title.replace(",", "")) is not None:
                return title
    return next((t for n in tree.xpath("//h1 | //title") if (t := words(n.text_content()))), "–")


def _start(title: str, look: _Look) -> datetime | None:
    zone = look.door.settings.discourse.timezone
    day = dates.find_day(title.replace(",", ""))
    if day is None:
        return None
    clock = _CLOCK.search(title)
    if clock is None or not 1 <= int(clock[1]) <= 12 or int(clock[2]) > 59:
        return dates.noon(day, zone)
    hour = int(clock[1]) % 12 + 12 * (clock[3].lower() == "p")
    return dates.parse(f"{day.isoformat()}T{hour:02d}:{clock[2]}:00", zone)


def _rows(tree: Any) -> Iterator[tuple[str, Any]]:
    """Yield (number, cell) of each item of an agenda."""
    for row in tree.xpath("//tr[td[contains(@class, 'mgItemNumberCell')]] | //*[@id='mgItemTable']//tr[td]"):
        cells = row.xpath("./td")
        if len(cells) >= 2:
            yield words(cells[0].text_content()).rstrip("."), cells[1]


def _item(number_: str, cell: Any) -> Iterator[Piece]:
    """Yield an item's title, then its description, decision and minutes, paragraph by paragraph."""
    heads = cell.xpath(".//*[contains(@class, 'mgAiTitleTxt')]")
    title = _named(heads[0].text_content()) if heads else ""
    yield Piece(kind="agenda_item", text=f"{number_} {title}".strip(), number=number_ or None)
    for node in cell.xpath(".//*[contains(@class, 'mgSubItemTitleTxt') or contains(@class, 'mgWordPara')] | ./p"):
        if heads and node is heads[0]:
            continue
        blocks = [b for b in node.xpath(".//p | .//li") if not b.xpath(".//p | .//li")] or [node]
        for block in blocks:
            text = words(block.text_content())
            kind: PartKind = "heading" if "mgSubItemTitleTxt" in (node.get("class") or "") else "paragraph"
            yield Piece(kind="vote" if _VOTE.search(text) else kind, text=text, number=number_ or None)


def _named(text: str) -> str:
    """Return a link's words without the size of the file behind it."""
    return re.sub(r"\s*PDF$", "", _SIZE.sub("", words(text))).strip()


def _files(
    tree: Any,
    rows: list[tuple[str, Any]],
    fetched: Fetched,
    meeting: tuple[tuple[tuple[str, str], ...], str, datetime | None],
    look: _Look,
) -> Iterator[Outcome[Document]]:
    """Yield the files of a meeting, each once; a pack that binds single reports together again is left out."""
    about, title, published = meeting
    of_item: dict[str, tuple[tuple[str, str], ...]] = {}
    for number_, cell in rows:
        heads = cell.xpath(".//*[contains(@class, 'mgAiTitleTxt')]")
        name = _named(heads[0].text_content()) if heads else ""
        for url, _ in _links(cell, fetched.url):
            of_item.setdefault(url, tuple(p for p in (("agenda_number", number_), ("agenda_item", name)) if p[1]))
    for url, shown in _links(tree, fetched.url):
        if not _FILE.search(urlsplit(url).path) or url in look.seen:
            continue
        look.seen.add(url)
        ref = SourceRef(source=look.spec.name, url=url, key=url, published=published)
        name = _named(shown) or unquote(urlsplit(url).path.rpartition("/")[2])
        if url not in of_item and of_item and _PACK.search(f"{name} {unquote(url)}"):
            yield Skipped(ref=ref, reason="pack")
            continue
        meta = (*about, *of_item.get(url, ()))
        file_title = f"{name} – {title}" if name.lower() not in title.lower() else title
        yield from attached(Attachment(ref=ref, title=file_title, file_name=urlsplit(url).path, meta=meta), look.door)
