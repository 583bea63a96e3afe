"""Legistar Web API: pages, filters, agenda items, votes, matters and files; a synthetic council."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import stamina

from discourse import config
from discourse.errors import ConfigError, FetchError, InputError
from discourse.ingest import Door, read_source
from discourse.records import Done, Failed, Fetched, Outcome, SourceRef
from discourse.store import Address
from tests.ingest.council_reading import FIXTURES, NOW, documents, look, part_texts, reasons, source
from tests.ingest.oparl_server import served
from tests.ingest.test_bad_input import damaged, pdf

HELD: dict[str, Any] = json.loads((FIXTURES / "legistar" / "council.json").read_text())
REPORT = pdf()
_CHANGED = {"events": "EventLastModifiedUtc", "matters": "MatterLastModifiedUtc"}


@dataclass
class City:
    """The interface of one client; ``most`` is what it gives in one answer, whatever it is asked for."""

    base: str = ""
    most: int = 2
    filters: bool = True
    asked: list[str] = field(default_factory=list)
    broken: dict[str, bytes] = field(default_factory=dict)

    def answer(self, path: str) -> tuple[int, str, bytes]:
        parts = urlsplit(path)
        if parts.path in self.broken:
            return 200, "application/json", self.broken[parts.path]
        if parts.path in ("/files/agenda501.pdf", "/files/report.pdf"):
            return 200, "application/pdf", REPORT
        made = self._made(parts.path.removeprefix("/v1/city/"), {k: v[0] for k, v in parse_qs(parts.query).items()})
        if made is None:
            return 404, "text/plain", b"none"
        return 200, "application/json; charset=utf-8", json.dumps(made).replace("{base}", self.base).encode()

    def _made(self, path: str, query: dict[str, str]) -> Any:
        if path in _CHANGED:
            found = HELD[path]
            since = re.search(r"ge datetime'([^']+)'", query.get("$filter", ""))
            if since and self.filters:
                found = [o for o in found if o[_CHANGED[path]] >= since[1]]
            at = int(query.get("$skip", "0"))
            return found[at : at + min(self.most, int(query["$top"]))]
        match path.split("/"):
            case ["events", key, "eventitems"]:
                return HELD["eventitems"].get(key)
            case ["eventitems", key, "votes"]:
                return HELD["votes"].get(key)
            case ["matters", key, ("versions" | "attachments") as what]:
                return HELD[what].get(key)
            case ["matters", _, "texts", key]:
                return HELD["texts"].get(key)
            case _:
                return [{"BodyId": 7, "BodyName": "City Council"}] if path == "bodies" else None


@pytest.fixture
def city() -> Iterator[City]:
    held = City()
    with stamina.set_testing(True, attempts=2), served(held):
        yield held


def at(city: City, **options: object) -> config.SourceSpec:
    return source("legistar", city.base + "/v1/city", **options)


def test_meetings_matters_and_files_are_read_to_the_last_page(city: City, tmp_path: Path) -> None:
    out, _ = look(at(city), tmp_path)
    assert set(documents(out, city.base)) == {
        "event/501",
        "event/502",
        "event/503",
        "files/agenda501.pdf",
        "files/report.pdf",
        "matter/77",
        "matter/78",
    }
    assert reasons(out) == {"done": 7, "failed:bad_object": 1, "failed:http_404": 2}
    assert city.asked.count("/files/report.pdf") == 1


def test_a_meeting_keeps_items_notes_and_votes_as_parts(city: City, tmp_path: Path) -> None:
    meeting = documents(look(at(city, lists=["events"]), tmp_path)[0], city.base)["event/501"]
    assert meeting.title == "City Council, 2026-11-10"
    assert meeting.url == city.base + "/MeetingDetail.aspx?ID=501"
    assert meeting.published == datetime(2026, 11, 10, 17, 30, tzinfo=UTC)
    assert part_texts(meeting, "agenda_item") == [
        "1. Call to order",
        "2. Ordinance on the welcome center for asylum seekers",
    ]
    assert part_texts(meeting, "vote") == ["Approved – Pass (7:2)"]
    assert {p.number for p in meeting.parts if p.kind == "vote"} == {"2."}
    assert "The clerk calls the roll." in part_texts(meeting, "paragraph")
    report = documents(look(at(city), tmp_path)[0], city.base)["files/report.pdf"]
    assert dict(report.meta)["agenda_item"] == "Ordinance on the welcome center for asylum seekers"
    assert report.title == "Staff report"
    assert all(p.page for p in report.parts)


def test_roll_calls_are_asked_for_where_wanted(city: City, tmp_path: Path) -> None:
    meeting = documents(look(at(city, votes=True), tmp_path)[0], city.base)["event/501"]
    assert part_texts(meeting, "vote") == ["Approved – Pass (7:2). Nay: Ben Ortiz. Yea: Ada Moss, Cleo Park"]


def test_a_matter_gives_its_newest_text(city: City, tmp_path: Path) -> None:
    found = documents(look(at(city, lists=["matters"]), tmp_path)[0], city.base)
    assert "The center shall house eighty families." in found["matter/77"].text
    assert dict(found["matter/77"].meta)["status"] == "Passed"
    assert "library hours" in found["matter/78"].text
    assert "/v1/city/matters/77/texts/771" in city.asked


@pytest.mark.parametrize("filters", [True, False])
def test_the_next_look_takes_only_what_changed(city: City, tmp_path: Path, filters: bool) -> None:
    city.filters = filters
    _, known = look(at(city), tmp_path)
    assert known[f"{city.base}/v1/city/events#modified"].last_modified == "2026-11-12T15:04:05.123000+00:00"
    city.asked.clear()
    out, _ = look(at(city), tmp_path, known)
    assert set(documents(out, city.base)) <= {"event/501", "matter/77"}
    assert any("EventLastModifiedUtc%20ge%20datetime'2026-11-12T15:04:05'" in p.replace("%3A", ":") for p in city.asked)


def test_options_bound_what_is_taken(city: City, tmp_path: Path) -> None:
    out, known = look(at(city, lists=["events"], limit=1), tmp_path)
    assert reasons(out)["skipped:limit"] == 1
    assert not any("#modified" in url for url in known)
    out, _ = look(at(city, since="2026-11-05"), tmp_path)
    assert {"event/501", "matter/77"} <= set(documents(out, city.base))
    assert not {"event/502", "matter/78"} & set(documents(out, city.base))
    with pytest.raises(ConfigError, match="lists"):
        look(at(city, lists=["people"]), tmp_path)


def test_a_look_that_stops_goes_on_where_it_stopped(city: City, tmp_path: Path) -> None:
    known: dict[str, Address] = {}
    taken: list[str] = []
    for _ in range(4):
        out, known = look(at(city, lists=["events"], limit=1), tmp_path, known)
        taken += [key for key in documents(out, city.base) if key.startswith("event/")]
    assert sorted(taken) == ["event/501", "event/502", "event/503"]
    assert any("#modified" in url for url in known)


def test_the_address_may_be_that_of_a_list(city: City, tmp_path: Path) -> None:
    out, _ = look(source("legistar", city.base + "/v1/city/events?$top=3"), tmp_path)
    assert "event/501" in documents(out, city.base)


def test_what_is_no_legistar_is_named(city: City, tmp_path: Path) -> None:
    for body, slug in ((b"<html>", "bad_json"), (b"", "empty"), (b'{"Message": "no"}', "not_legistar")):
        city.broken["/v1/city/events"] = body
        assert reasons(look(at(city), tmp_path)[0]) == {f"failed:{slug}": 1}
    out, _ = look(source("legistar", city.base + "/v1/nowhere"), tmp_path)
    assert reasons(out) == {"failed:http_404": 1}


def answered(events: bytes) -> list[Outcome[Any]]:
    def fetch(ref: SourceRef) -> Outcome[Fetched]:
        if "/events?" in ref.url and "skip=0" in ref.url:
            return Done(Fetched(ref=ref, body=events, retrieved=NOW, url=ref.url))
        if "/events?" in ref.url:
            return Done(Fetched(ref=ref, body=b"[]", retrieved=NOW, url=ref.url))
        return Failed(ref=ref, error=FetchError("not there.", remedy="Wait.", slug="http_404"))

    spec = source("legistar", "http://x.example/v1/city", lists=["events"])
    return list(read_source(spec, Door(settings=config.defaults(Path()), spec=spec, now=NOW, fetch=fetch)))


def test_a_damaged_answer_gives_values_and_never_an_exception() -> None:
    whole = json.dumps(HELD["events"]).encode()
    assert len([o for o in answered(whole) if isinstance(o, Done)]) == 3
    for what, body in damaged(whole):
        try:
            out = answered(body)
        except InputError as error:
            assert error.remedy, what
        else:
            assert out, what
    odd = [
        {"EventId": 1, "EventDate": 7, "EventTime": [], "EventBodyName": {}, "EventComment": 3, "EventAgendaFile": 9}
    ]
    assert not [o for o in answered(json.dumps(odd).encode()) if isinstance(o, Failed) and o.error.slug == "damaged"]
