"""What publishers reserve: every signal found, by name, on record; opted-out text is counted and never stored."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discourse import config, pipeline
from discourse.ingest import open_door, optout, read_source
from discourse.records import Document, Done, Outcome, Skipped
from tests.ingest.rude_server import Rude, page

NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)
RESERVED = json.dumps(
    [{"location": "/", "tdm-reservation": 1, "tdm-policy": "https://journal.example/policy"}]
).encode()


def configured(folder: Path, address: str, kind: str) -> config.Settings:
    (folder / "discourse.toml").write_text(
        '[ingest]\nallow_private_hosts = ["127.0.0.1"]\ndelay_seconds = 0.0\n\n'
        f'[[ingest.sources]]\nname = "x"\nkind = "{kind}"\naddress = "{address}"\nlanguage = "fr"\n'
    )
    return config.load(folder / "discourse.toml")


def read(rude: Rude, folder: Path) -> Outcome[Document]:
    (folder / "list.txt").write_text(rude.base + "/a\n")
    settings = configured(folder, "list.txt", "pages")
    spec = settings.ingest.sources[0]
    door = open_door(settings, spec, now=NOW, known={})
    try:
        return next(iter(read_source(spec, door)))
    finally:
        door.close()


def published(rude: Rude, how: str) -> None:
    """Put a page at /a whose publisher reserves its rights in one way."""
    rude.put("/a", page())
    match how:
        case "tdmrep.json":
            rude.put("/.well-known/tdmrep.json", RESERVED)
        case "ai.txt":
            rude.put("/ai.txt", b"User-Agent: *\nDisallow: *.txt\n")
        case "tdmrep header":
            rude.put("/a", page(), TDM_Reservation="1")
        case "noai header":
            rude.put("/a", page(), X_Robots_Tag="noindex, noai")
        case "tdmrep meta":
            rude.put("/a", page(head='<meta name="tdm-reservation" content="1">'))
        case "noai meta":
            rude.put("/a", page(head="<META CONTENT='noimageai,noai' NAME=robots>"))
        case _:
            rude.put("/a", b"%PDF-1.7\n<x:xmpmeta><tdm:reservation>1</tdm:reservation></x:xmpmeta>")


SIGNALS = ("tdmrep.json", "ai.txt", "tdmrep header", "noai header", "tdmrep meta", "noai meta", "tdmrep xmp")


@pytest.mark.parametrize("how", SIGNALS)
def test_the_signal_that_was_found_is_named(how: str, rude: Rude, tmp_path: Path) -> None:
    published(rude, how)
    got = read(rude, tmp_path)
    assert isinstance(got, Skipped), got
    assert (got.reason, got.detail) == ("opted_out", how)


@pytest.mark.parametrize("how", SIGNALS)
def test_opted_out_text_is_counted_with_its_signal_and_never_stored(how: str, rude: Rude, tmp_path: Path) -> None:
    published(rude, how)
    (tmp_path / "list.txt").write_text(rude.base + "/a\n")
    settings = configured(tmp_path, "list.txt", "pages")
    with pipeline.job(settings, "ingest", now=NOW) as work:
        pipeline.ingest(work)
        items = work.store.items()
        assert work.store.counts()["documents"] == 0
    assert [(i.reason, i.detail, i.key) for i in items] == [("opted_out", how, rude.base + "/a")]
    assert "salle des fêtes".encode() not in (tmp_path / "discourse.db").read_bytes()


def test_a_header_sent_twice_is_read_twice(rude: Rude, tmp_path: Path) -> None:
    def twice(request: object) -> None:
        request.send_response(200)  # type: ignore[attr-defined]
        request.send_header("X-Robots-Tag", "noai")  # type: ignore[attr-defined]
        request.send_header("X-Robots-Tag", "otherbot: noindex")  # type: ignore[attr-defined]
        request.send_header("Content-Length", str(len(page())))  # type: ignore[attr-defined]
        request.end_headers()  # type: ignore[attr-defined]
        request.wfile.write(page())  # type: ignore[attr-defined]

    rude.answers["/a"] = twice
    assert isinstance(read(rude, tmp_path), Skipped)


def test_a_publisher_who_reserves_nothing_is_read_and_that_is_on_record(rude: Rude, tmp_path: Path) -> None:
    rude.put("/a", page(), TDM_Reservation="0")
    got = read(rude, tmp_path)
    assert isinstance(got, Done)
    assert got.value.provenance.opt_out == "tdmrep header: 0"
    rude.put("/a", page())
    silent = read(rude, tmp_path)
    assert isinstance(silent, Done)
    assert silent.value.provenance.opt_out is None


def test_a_saved_page_keeps_its_opt_out(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.html").write_bytes(page(head='<meta name="robots" content="noai">'))
    settings = configured(tmp_path, "in", "folder")
    spec = settings.ingest.sources[0]
    got = next(iter(read_source(spec, open_door(settings, spec, now=NOW, known={}))))
    assert isinstance(got, Skipped)
    assert got.detail == "noai meta"


@pytest.mark.parametrize(
    ("rules", "path", "reserved"),
    [
        ([{"location": "/", "tdm-reservation": 1}], "/a", True),
        ([{"location": "/free/*", "tdm-reservation": 0}, {"location": "/", "tdm-reservation": 1}], "/free/a", False),
        ([{"location": "/free/*", "tdm-reservation": 0}, {"location": "/", "tdm-reservation": 1}], "/paid/a", True),
        ([{"location": "/*.pdf$", "tdm-reservation": 1}], "/a.pdf", True),
        ([{"location": "/*.pdf$", "tdm-reservation": 1}], "/a.pdf.html", False),
        ([{"location": "/archives", "tdm-reservation": "1"}], "/archives/2020", True),
        ([{"location": "/[a]?", "tdm-reservation": 1}], "/ab", False),
        ({"location": "/", "tdm-reservation": 1}, "/a", False),
        ([], "/a", False),
    ],
)
def test_the_first_rule_that_fits_an_address_counts(rules: object, path: str, reserved: bool) -> None:
    assert (optout.by_tdmrep(json.dumps(rules), "https://x.example" + path) is not None) is reserved


@pytest.mark.parametrize(
    ("text", "reserved"),
    [
        ("User-Agent: *\nDisallow: /", True),
        ("# ours\nuser-agent: *   # all\ndisallow: *", True),
        ("User-Agent: *\nDisallow: *.jpg\nAllow: *.txt", False),
        ("User-Agent: otherbot\nDisallow: /", False),
        ("", False),
    ],
)
def test_ai_txt_counts_where_it_speaks_of_text_and_to_everyone(text: str, reserved: bool) -> None:
    assert (optout.by_ai_txt(text) is not None) is reserved


@settings(deadline=None)
@given(st.binary(max_size=400), st.text(max_size=200))
def test_noise_is_no_signal_and_never_raises(body: bytes, text: str) -> None:
    assert optout.by_page(b"<p>" + body.replace(b"<", b"")) is None
    optout.by_page(b"<meta " + body + b">")
    optout.by_pdf(b"%PDF" + body)
    optout.by_tdmrep(text, "https://x.example/a")
    optout.by_tdmrep(f"[{{{text}}}]", "https://x.example/a")
    optout.by_ai_txt(text)
