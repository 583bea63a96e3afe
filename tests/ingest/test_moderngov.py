"""modern.gov pages: committees, meetings, agenda items with decisions, files; synthetic pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import stamina

from discourse import config
from discourse.errors import InputError
from discourse.ingest import Door, read_source
from discourse.records import Document, Done, Fetched, Outcome, SourceRef
from tests.ingest.council_reading import FIXTURES, NOW, documents, look, part_texts, reasons, source
from tests.ingest.oparl_server import served
from tests.ingest.test_bad_input import damaged, pdf

REPORT = pdf()
PAGES = FIXTURES / "moderngov"


@dataclass
class Site:
    """A council's pages."""

    base: str = ""
    asked: list[str] = field(default_factory=list)
    broken: dict[str, bytes] = field(default_factory=dict)

    def answer(self, path: str) -> tuple[int, str, bytes]:
        parts = urlsplit(path)
        query = {k: v[0] for k, v in parse_qs(parts.query).items()}
        name = {
            "/mgListCommittees.aspx": "committees",
            "/ieListMeetings.aspx": f"meetings-{query.get('CId')}",
            "/ieListDocuments.aspx": f"meeting-{query.get('MId')}",
        }.get(parts.path)
        if path in self.broken:
            return 200, "text/html", self.broken[path]
        if name and (PAGES / f"{name}.html").is_file():
            return 200, "text/html; charset=utf-8", (PAGES / f"{name}.html").read_bytes()
        if unquote(parts.path).endswith(("council.pdf", "Asylum dispersal.pdf", "Council.pdf")):
            return 200, "application/pdf", REPORT
        return 404, "text/plain", b"none"


@pytest.fixture
def site() -> Iterator[Site]:
    held = Site()
    with stamina.set_testing(True, attempts=2), served(held):
        yield held


@pytest.mark.parametrize("path", ["/mgListCommittees.aspx?bcr=1", "/ieListMeetings.aspx?CId=130&Year=0"])
def test_every_meeting_and_file_is_reached(site: Site, tmp_path: Path, path: str) -> None:
    out, _ = look(source("moderngov", site.base + path), tmp_path)
    found = documents(out, site.base)
    assert {"meeting/5001", "meeting/5002"} <= set(found)
    assert sorted(d.provenance.extractor for d in found.values()) == ["moderngov", "moderngov", "pdf", "pdf"]
    assert reasons(out) == {"done": 4, "skipped:pack": 1}
    assert not any("reports%20pack" in p for p in site.asked)


def test_a_meeting_keeps_items_decisions_and_votes_as_parts(site: Site, tmp_path: Path) -> None:
    out, _ = look(source("moderngov", site.base + "/ieListDocuments.aspx?CId=130&MId=5002"), tmp_path)
    found = documents(out, site.base)
    meeting = found["meeting/5002"]
    assert meeting.title == "Council - Tuesday, 10th November, 2026 7.00 pm"
    assert meeting.published == datetime(2026, 11, 10, 18, tzinfo=UTC)
    assert part_texts(meeting, "agenda_item") == [
        "1 Apologies for absence",
        "2 Asylum dispersal in the borough",
        "3 Any other business",
    ]
    assert part_texts(meeting, "vote") == ["For 31, Against 14, Abstentions 2."]
    assert "The plan for sixty places was agreed." in part_texts(meeting, "paragraph")
    assert {p.number for p in meeting.parts if p.kind == "vote"} == {"2"}
    report = next(d for key, d in found.items() if "s9001" in key)
    assert dict(report.meta)["agenda_item"] == "Asylum dispersal in the borough"
    assert report.title.startswith("Asylum dispersal in the borough – ")
    assert {p.page for p in report.parts} == {1, *range(1, max(p.page or 1 for p in report.parts) + 1)}


def test_an_unchanged_meeting_is_not_read_again(site: Site, tmp_path: Path) -> None:
    spec = source("moderngov", site.base + "/ieListMeetings.aspx?CId=130")
    _, known = look(spec, tmp_path)
    out, _ = look(spec, tmp_path, known)
    assert reasons(out) == {"unchanged": 2}


def test_options_bound_what_is_taken(site: Site, tmp_path: Path) -> None:
    out, _ = look(source("moderngov", site.base + "/ieListMeetings.aspx?CId=130", limit=1), tmp_path)
    assert reasons(out)["skipped:limit"] == 1
    assert "meeting/5002" in documents(out, site.base)
    out, _ = look(source("moderngov", site.base + "/ieListMeetings.aspx?CId=130", since="2026-11-01"), tmp_path)
    assert not any(key == "meeting/5001" for key in documents(out, site.base))


def test_what_is_no_such_page_is_named(site: Site, tmp_path: Path) -> None:
    for body, slug in ((b"", "empty"), (b"nothing", "not_html"), (b"<html><p>Hello</p></html>", "not_moderngov")):
        site.broken["/x"] = body
        assert set(reasons(look(source("moderngov", site.base + "/x"), tmp_path)[0])) <= {
            f"failed:{slug}",
            "failed:not_html",
        }
    site.broken["/ieListDocuments.aspx?CId=130&MId=5001&Ver=4"] = b"<html><p>This meeting has moved.</p></html>"
    out, _ = look(source("moderngov", site.base + "/ieListMeetings.aspx?CId=130"), tmp_path)
    assert reasons(out)["failed:no_agenda"] == 1
    assert "meeting/5002" in documents(out, site.base)


def answered(body: bytes) -> list[Outcome[Document]]:
    def fetch(ref: SourceRef) -> Outcome[Fetched]:
        given = body if "MId=1" in ref.url else REPORT
        return Done(Fetched(ref=ref, body=given, retrieved=NOW, url=ref.url))

    spec = source("moderngov", "http://x.example/ieListDocuments.aspx?MId=1")
    return list(read_source(spec, Door(settings=config.defaults(Path()), spec=spec, now=NOW, fetch=fetch)))


def test_a_damaged_page_gives_values_and_never_an_exception() -> None:
    whole = (PAGES / "meeting-5002.html").read_bytes()
    assert len(answered(whole)) == 4
    for what, body in damaged(whole):
        try:
            out = answered(body)
        except InputError as error:
            assert error.remedy, what
        else:
            assert out, what
