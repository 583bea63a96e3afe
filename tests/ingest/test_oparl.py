"""OParl: paging, only what changed, deleted objects, files by text or download; a small council and a real one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import stamina
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from discourse import config
from discourse.errors import InputError
from discourse.ingest import Door, read_source
from discourse.records import Document, Done, Failed, Fetched, Outcome, SourceRef
from discourse.store import Address, Item, Kept, open_store
from tests.ingest import council_reading as reading
from tests.ingest.council_reading import FIXTURES, NOW, documents, door_of, part_texts, reasons, source
from tests.ingest.oparl_server import Council, council
from tests.ingest.test_bad_input import damaged

FIXTURE = FIXTURES / "oparl" / "council.json"


def pdf(text: str) -> bytes:
    import typst

    return typst.compile(f"= Lageplan\n{text}".encode(), format="pdf")


@pytest.fixture
def town() -> Iterator[Council]:
    with stamina.set_testing(True, attempts=2), council(page=2, lists=json.loads(FIXTURE.read_text())) as held:
        held.files["/files/10.txt"] = ("text/plain", "Protokoll\n\nDer Rat stimmt mit großer Mehrheit zu.".encode())
        held.files["/files/2.pdf"] = ("application/octet-stream", pdf("Das Gebäude steht am Rand der Weststadt. " * 5))
        yield held


def look(
    base: str, folder: Path, known: dict[str, Address] | None = None, **options: object
) -> tuple[list[Outcome[Document]], dict[str, Address]]:
    return reading.look(source("oparl", base, **options), folder, known)


def test_a_system_is_read_to_its_last_page_and_every_object_has_an_outcome(town: Council, tmp_path: Path) -> None:
    out, _ = look(town.base + "/system", tmp_path)
    assert set(documents(out, town.base)) == {"m/1", "f/10", "f/1", "f/2", "p/2", "p/4", "p/5", "p/6", "p/7"}
    assert reasons(out) == {
        "done": 9,
        "skipped:deleted": 3,
        "failed:bad_object": 2,
        "failed:http_404": 2,
    }
    assert [p for p in town.asked if p.startswith("/paper")] == ["/paper", *(f"/paper?page={n}" for n in (2, 3, 4, 5))]


def test_a_meeting_keeps_items_results_and_resolutions_as_parts(town: Council, tmp_path: Path) -> None:
    meeting = documents(look(town.base + "/system", tmp_path)[0], town.base)["m/1"]
    assert part_texts(meeting, "agenda_item") == [
        "1 Unterbringung von Geflüchteten in der Weststadt",
        "2 Verschiedenes",
    ]
    assert part_texts(meeting, "vote") == ["mehrheitlich beschlossen"]
    assert part_texts(meeting, "paragraph")[1] == "Die Verwaltung berichtet im Frühjahr."
    assert {p.number for p in meeting.parts} == {None, "1", "2"}
    assert meeting.published == datetime(2026, 11, 10, 16, tzinfo=UTC)
    assert meeting.kind == "council"


def test_a_file_comes_as_text_or_as_download_and_knows_its_paper_and_meeting(town: Council, tmp_path: Path) -> None:
    found = documents(look(town.base + "/system", tmp_path)[0], town.base)
    main, plan, minutes = found["f/1"], found["f/2"], found["f/10"]
    assert "geflüchtete Familien" in main.text
    assert main.title == "Neubau einer Unterkunft"
    assert main.url == town.base + "/show/1"
    assert main.provenance.licence == "https://creativecommons.org/licenses/by/4.0/"
    assert dict(main.meta) | {
        "reference": "2026/0101",
        "paper": town.base + "/p/1",
        "meeting_name": "Gemeinderat, 3. Sitzung",
        "agenda_number": "1",
    } == dict(main.meta)
    assert "/files/1.pdf" not in town.asked
    assert plan.title == "Neubau einer Unterkunft – Lageplan"
    assert plan.provenance.extractor == "pdf"
    assert "Rand der Weststadt" in plan.text
    assert {p.page for p in plan.parts} == {1}
    assert "große" in minutes.text
    assert dict(minutes.meta)["meeting"] == town.base + "/m/1"
    assert dict(found["p/2"].meta)["agenda_item"] == "Verschiedenes"


def test_no_link_of_a_server_leads_to_a_file_of_this_machine(town: Council, tmp_path: Path) -> None:
    out, _ = look(town.base + "/system", tmp_path)
    assert not [o for o in out if isinstance(o, Done) and "f/5" in str(o.value.native_key)]
    (failed,) = [o for o in out if isinstance(o, Failed) and str(o.ref.key).endswith("/f/5")]
    assert failed.ref.url == town.base + "/etc/hostname"
    assert failed.error.slug == "http_404"


@pytest.mark.parametrize("honours", [True, False])
def test_the_next_look_takes_only_what_changed_even_where_the_server_gives_all(
    town: Council, tmp_path: Path, honours: bool
) -> None:
    _, known = look(town.base + "/system", tmp_path)
    town.honours = honours
    town.asked.clear()
    late = {"id": "{base}/p/9", "type": "https://schema.oparl.org/1.1/Paper", "name": "Ein neuer Antrag zum Asyl"}
    town.lists["paper"].append({**late, "modified": "2026-11-14T08:00:00Z"})
    out, _ = look(town.base + "/system", tmp_path, known)
    assert "p/9" in documents(out, town.base)
    assert not {"p/2", "p/6", "p/7", "f/1"} & set(documents(out, town.base))
    assert any("modified_since=2026-11-03T08%3A00%3A00Z" in p for p in town.asked)


def test_what_failed_for_the_moment_is_asked_for_again(town: Council, tmp_path: Path) -> None:
    paper = town.lists["paper"][5]
    paper["modified"] = "2026-10-05T08:00:00Z"
    spec = source("oparl", town.base + "/system")
    door = door_of(spec, tmp_path)
    real = door.fetch

    def fetch(ref: SourceRef) -> Outcome[Fetched]:
        from discourse.errors import FetchError

        if ref.url.endswith("gone.txt"):
            return Failed(ref=ref, error=FetchError("busy.", slug="http_5xx"))
        return real(ref)

    door.fetch = fetch
    out = list(read_source(spec, door))
    assert "p/4" not in documents(out, town.base)
    mark = next(a for a in door.learned if a.url.endswith("/paper#modified"))
    assert mark.last_modified == "2026-10-05T08:00:00+00:00"


def test_a_page_that_breaks_is_one_failure_and_moves_no_watermark(town: Council, tmp_path: Path) -> None:
    town.broken["/paper?page=2"] = b'{"data": [{"id": "x'
    out, known = look(town.base + "/system", tmp_path)
    assert reasons(out)["failed:bad_json"] == 1
    assert "f/1" in documents(out, town.base)
    assert not any(url.endswith("/paper#modified") for url in known)
    town.broken["/paper?page=2"] = json.dumps({"data": [], "links": {"next": town.base + "/paper"}}).encode()
    assert reasons(look(town.base + "/system", tmp_path)[0])["failed:paging_loop"] == 1


def test_options_bound_what_is_taken(town: Council, tmp_path: Path) -> None:
    out, _ = look(town.base + "/system", tmp_path, lists=["meeting"])
    assert set(documents(out, town.base)) == {"m/1", "f/10"}
    out, _ = look(town.base + "/system", tmp_path, bodies=["Anderswo"])
    assert not documents(out, town.base)
    out, known = look(town.base + "/system", tmp_path, lists=["paper"], limit=1)
    assert reasons(out)["skipped:limit"] == 1
    assert not any("#modified" in url for url in known)
    out, _ = look(town.base + "/system", tmp_path, since="2026-11-02", lists=["paper"])
    assert set(documents(out, town.base)) == {"p/2"}
    out, _ = look(town.base + "/paper", tmp_path)
    assert "p/6" in documents(out, town.base)


def test_a_look_that_stops_goes_on_where_it_stopped(town: Council, tmp_path: Path) -> None:
    """Ten papers on five pages, three objects or so at a look: every one is read, and none is missed that changes."""
    known: dict[str, Address] = {}
    taken: set[str] = set()
    for asked in (["/paper", "/paper?page=2"], ["/paper?page=3", "/paper?page=4"], ["/paper?page=5"]):
        town.asked.clear()
        out, known = look(town.base + "/system", tmp_path, known, lists=["paper"], limit=3)
        taken |= set(documents(out, town.base))
        assert [p for p in town.asked if p.startswith("/paper")] == asked
        town.lists["paper"][7]["modified"] = "2026-11-20T08:00:00Z"
    assert {"f/1", "p/2", "p/4", "p/5", "p/6", "p/7"} <= taken
    town.asked.clear()
    out, _ = look(town.base + "/system", tmp_path, known, lists=["paper"], limit=3)
    assert any("modified_since" in p for p in town.asked)
    assert "p/6" in documents(out, town.base)


def test_a_page_that_is_gone_lets_the_next_look_begin_again(town: Council, tmp_path: Path) -> None:
    _, known = look(town.base + "/system", tmp_path, lists=["paper"], limit=1)
    town.broken["/paper?page=2"] = b"{}"
    out, known = look(town.base + "/system", tmp_path, known, lists=["paper"])
    assert reasons(out) == {"failed:bad_page": 1}
    town.broken.clear()
    out, known = look(town.base + "/system", tmp_path, known, lists=["paper"])
    assert {"p/2", "p/7"} <= set(documents(out, town.base))


def test_what_is_no_oparl_is_named(town: Council, tmp_path: Path) -> None:
    for path, body, slug in (
        ("/a", b"<html>", "bad_json"),
        ("/b", b"", "empty"),
        ("/c", b'{"hello": 1}', "not_oparl"),
        ("/d", b'{"type": "https://schema.oparl.org/1.1/System"}', "not_oparl"),
    ):
        town.broken[path] = body
        assert reasons(look(town.base + path, tmp_path)[0]) == {f"failed:{slug}": 1}


def test_what_a_council_deletes_is_withdrawn_with_its_files(tmp_path: Path) -> None:
    from tests.spine.make import document

    one = document(1, "Der Antrag.", native_key="http://x/p/1", source="rat", id="rat:1")
    file = document(
        2, "Die Anlage.", native_key="http://x/f/2", source="rat", id="rat:2", meta=(("paper", "http://x/p/1"),)
    )
    other = document(3, "Ein anderer.", native_key="http://x/p/11", source="rat", id="rat:3")
    with open_store(f"sqlite:///{tmp_path / 'd.db'}") as store:
        items: list[Item] = []
        store.keep([Kept(document=d, content_hash="x") for d in (one, file, other)], items)
        assert store.withdraw("rat", ["http://x/p/1"]) == 2
        assert store.withdraw("rat", ["http://x/p/1"]) == 0
        assert store.withdraw("else", ["http://x/p/11"]) == 0
        assert store.search("Anlage") == []
        assert len(store.search("anderer")) == 1


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(["{base}/x", "a/../b", "http://["]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ("name", "mainFile", "auxiliaryFile", "consultation", "agendaItem", "start", "date", "modified", "reference")


class Page:
    """A door to one page of objects; everything else is not there."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    def __call__(self, ref: SourceRef) -> Outcome[Fetched]:
        from discourse.errors import FetchError

        if ref.url == "http://x.example/list":
            return Done(Fetched(ref=ref, body=self.body, retrieved=NOW, url=ref.url))
        return Failed(ref=ref, error=FetchError("not there.", slug="http_404"))


def paged(body: bytes) -> list[Outcome[Document]]:
    spec = source("oparl", "http://x.example/list")
    door = Door(settings=config.defaults(Path()), spec=spec, now=NOW, fetch=Page(body))
    return list(read_source(spec, door))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    kind=st.sampled_from(["Paper", "Meeting", "File", "AgendaItem", "Consultation", "Body", "Person"]),
    thing=st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=5),
)
def test_an_object_may_hold_anything_and_is_never_lost(kind: str, thing: dict[str, Any]) -> None:
    body = {"data": [{"id": "http://x.example/1", "type": f"https://schema.oparl.org/1.1/{kind}", **thing}]}
    out = paged(json.dumps(body).encode())
    assert out or kind in ("AgendaItem", "Consultation")
    assert not [o for o in out if isinstance(o, Failed) and o.error.slug == "damaged"]


def test_half_a_character_does_not_end_a_run(tmp_path: Path) -> None:
    paper = b'"type": "https://schema.oparl.org/1.1/Paper", "name": "Ein Antrag \\ud800 zum Bad", "reference": "a\\udfff\\u0000b"'
    out = paged(b'{"data": [{"id": "http://x.example/\\ud800", ' + paper + b"}]}")
    (found,) = [o.value for o in out if isinstance(o, Done)]
    assert found.title == "Ein Antrag \ufffd zum Bad"
    with open_store(f"sqlite:///{tmp_path / 'd.db'}") as store:
        store.keep([Kept(document=found, content_hash="x")])
        assert len(store.search("Antrag")) == 1


def test_half_a_character_in_a_table_does_not_end_a_run(tmp_path: Path) -> None:
    row = (
        '{"id": "\\ud800a", "title": "Un titre \\udfff", "text": "La mairie \\u0000 parle.", "url": "http://x/\\ud800"}'
    )
    (tmp_path / "t.jsonl").write_text(row)
    out, _ = reading.look(source("table", "t.jsonl"), tmp_path)
    (found,) = [o.value for o in out if isinstance(o, Done)]
    with open_store(f"sqlite:///{tmp_path / 'd.db'}") as store:
        store.keep([Kept(document=found, content_hash="x")])
        assert len(store.search("mairie")) == 1


def test_a_damaged_answer_gives_values_and_never_an_exception() -> None:
    whole = (
        json.dumps({"data": json.loads(FIXTURE.read_text())["paper"]}).replace("{base}", "http://x.example").encode()
    )
    assert len(paged(whole)) >= 9
    for what, body in damaged(whole):
        try:
            out = paged(body)
        except InputError as error:
            assert error.remedy, what
        else:
            assert out, what


def test_the_papers_and_meetings_of_karlsruhe_are_taken_in(shared: Path, tmp_path: Path) -> None:
    """300 papers and 80 meetings of the city's own server, with the 36 texts of their files that are at hand."""
    folder = shared / "samples" / "oparl" / "karlsruhe"
    if not folder.is_dir():
        pytest.skip("the sample of Karlsruhe's council is not here")
    theirs = "https://web1.karlsruhe.de/oparl"
    lists = {
        name: [
            json.loads(p.read_text().replace(theirs, "{base}")) for p in sorted((folder / f"{name}s").glob("*.json"))
        ]
        for name in ("meeting", "paper")
    }
    with stamina.set_testing(True, attempts=2), council(page=25, lists=lists) as held:
        texts = 0
        for paper in lists["paper"]:
            for file in paper.get("auxiliaryFile", []):
                text = folder / "file-contents" / (file["id"].rpartition("/")[2] + ".txt")
                if text.is_file():
                    texts += 1
                    path = file["downloadUrl"].removeprefix("{base}")
                    held.files[path] = ("text/plain; charset=utf-8", text.read_bytes())
        out, known = look(held.base + "/system", tmp_path)
        counted = reasons(out)
        found = [o.value for o in out if isinstance(o, Done)]
        assert (len(lists["paper"]), len(lists["meeting"]), texts) == (300, 80, 36)
        assert counted["skipped:deleted"] == sum(p.get("deleted") is True for p in lists["paper"]) == 8
        assert counted["failed:empty"] == 2
        assert sum(d.provenance.extractor == "text" for d in found) == 34
        assert sum("/meetings/" in str(d.native_key) for d in found) == 80
        items = sum(p.kind == "agenda_item" for d in found for p in d.parts)
        assert items == 511
        assert set(counted) == {"done", "skipped:deleted", "failed:empty", "failed:http_404"}
        assert len({d.id for d in found}) == len(found)
        held.honours = False
        again, _ = look(held.base + "/system", tmp_path, known)
        assert reasons(again)["done"] <= 1
        assert sum(reasons(again).values()) >= 380
