"""Polite fetching, tried on a server that misbehaves on purpose."""

from __future__ import annotations

import gzip
import json
import socket
import subprocess
import sys
import zlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from discourse.config import IngestSettings
from discourse.ingest.fetch_http import HttpFetcher
from discourse.records import Done, Failed, Fetched, Outcome, Skipped, SourceRef, Unchanged
from discourse.store import Address
from tests.ingest.rude_server import (
    Rude,
    babbling,
    cut_gzip,
    cut_off,
    dripping,
    endless,
    hanging_up,
    page,
    silent,
    turn,
)

NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)
HOST = "127.0.0.1"


class Slept:
    """A clock that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.naps: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.naps.append(seconds)

    def clock(self) -> float:
        return sum(self.naps)


def fetcher(known: dict[str, Address] | None = None, *, slept: Slept | None = None, **settings: object) -> HttpFetcher:
    given = {"delay_seconds": 0.0, "timeout_seconds": 5.0, "allow_private_hosts": (HOST,), **settings}
    nap = slept or Slept()
    clock = {"clock": nap.clock} if slept else {}
    return HttpFetcher(settings=IngestSettings.model_validate(given), now=NOW, known=known or {}, sleep=nap, **clock)


def get(rude: Rude, path: str, use: HttpFetcher | None = None) -> Outcome[Fetched]:
    made = use or fetcher()
    try:
        return made(SourceRef(source="x", url=rude.base + path))
    finally:
        if use is None:
            made.close()


def slug(outcome: Outcome[Fetched]) -> str:
    assert isinstance(outcome, Failed), outcome
    assert outcome.error.remedy
    return outcome.error.slug


def test_a_page_comes_with_what_the_server_said_of_it(rude: Rude) -> None:
    rude.put("/a", page(), ETag='"1"', Last_Modified="Mon, 09 Nov 2026 08:00:00 GMT")
    got = get(rude, "/a", fetcher(contact="veille@ville.example"))
    assert isinstance(got, Done)
    assert got.value.body == page()
    assert (got.value.media_type, got.value.charset, got.value.etag) == ("text/html", "utf-8", '"1"')
    agent = rude.asked[-1][1]["user-agent"]
    assert "discourse/" in agent
    assert "veille@ville.example" in agent


@pytest.mark.parametrize("status", [401, 403, 404, 410, 451])
def test_a_refusal_is_named_and_not_repeated(rude: Rude, status: int) -> None:
    rude.put("/a", status=status)
    assert slug(get(rude, "/a")) == (f"http_{status}" if status != 451 else "http_4xx")
    assert rude.paths() == ["/a"]


def test_a_burst_of_errors_is_outlived(rude: Rude) -> None:
    rude.say("/a", turn(status=500), turn(status=503), turn(page()))
    assert isinstance(get(rude, "/a"), Done)
    assert rude.paths() == ["/a"] * 3


def test_a_server_that_only_errs_is_left_after_three_tries(rude: Rude) -> None:
    rude.put("/a", status=500)
    assert slug(get(rude, "/a")) == "http_5xx"
    assert rude.paths() == ["/a"] * 3


def test_retry_after_is_waited_for_but_never_after_the_last_try(rude: Rude) -> None:
    slept = Slept()
    rude.put("/a", status=429, Retry_After="7")
    assert slug(get(rude, "/a", fetcher(slept=slept))) == "http_429"
    assert slept.naps == [7.0, 7.0]


def test_an_absurd_retry_after_is_cut_to_a_minute(rude: Rude) -> None:
    slept = Slept()
    rude.say("/a", turn(status=429, Retry_After="86400"), turn(page()))
    assert isinstance(get(rude, "/a", fetcher(slept=slept)), Done)
    assert slept.naps == [60.0]


@pytest.mark.parametrize("answer", [cut_off, cut_gzip])
def test_a_body_cut_off_is_tried_again_and_then_failed(rude: Rude, answer: object) -> None:
    rude.say("/a", answer, turn(page()))  # type: ignore[arg-type]
    assert isinstance(get(rude, "/a"), Done)
    rude.say("/b", answer)  # type: ignore[arg-type]
    assert slug(get(rude, "/b")) == "cut_off"


def test_more_than_promised_does_not_harm(rude: Rude) -> None:
    rude.put("/a", page(), Content_Length="40")
    got = get(rude, "/a")
    assert isinstance(got, (Done, Failed))
    rude.put("/b", page())
    assert isinstance(get(rude, "/b"), Done)


def test_a_silent_server_times_out(rude: Rude) -> None:
    rude.answers["/a"] = silent
    use = fetcher(timeout_seconds=0.2)
    assert slug(get(rude, "/a", use)) == "timeout"


def test_a_dripping_server_is_left(rude: Rude) -> None:
    rude.answers["/a"] = dripping
    assert slug(get(rude, "/a", fetcher(timeout_seconds=0.1))) == "timeout"


def test_an_endless_body_is_too_large(rude: Rude) -> None:
    rude.answers["/a"] = endless
    assert slug(get(rude, "/a", fetcher(max_megabytes=0.5))) == "too_large"


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_bomb_is_not_unpacked(rude: Rude, encoding: str) -> None:
    bomb = bytes(20_000_000)
    rude.put("/a", gzip.compress(bomb) if encoding == "gzip" else zlib.compress(bomb), Content_Encoding=encoding)
    assert slug(get(rude, "/a", fetcher(max_megabytes=1))) == "too_large"


def test_packed_bodies_are_unpacked(rude: Rude) -> None:
    bare = zlib.compressobj(wbits=-15)
    rude.put("/gzip", gzip.compress(page()), Content_Encoding="gzip")
    rude.put("/zlib", zlib.compress(page()), Content_Encoding="deflate")
    rude.put("/bare", bare.compress(page()) + bare.flush(), Content_Encoding="deflate")
    for path in ("/gzip", "/zlib", "/bare"):
        got = get(rude, path)
        assert isinstance(got, Done), path
        assert got.value.body == page()


@pytest.mark.parametrize("named", ["br", "gzip"])
def test_a_wrongly_packed_body_is_named(rude: Rude, named: str) -> None:
    rude.put("/a", b"not packed at all", Content_Encoding=named)
    assert slug(get(rude, "/a")) == "bad_encoding"


@pytest.mark.parametrize("promised", ["0", "10", "99999999"])
def test_a_wrong_length_gives_no_half_story(rude: Rude, promised: str) -> None:
    rude.put("/a", page(), Content_Length=promised)
    got = get(rude, "/a")
    assert slug(got) == "cut_off" if promised == "99999999" else isinstance(got, Done)
    if isinstance(got, Done):
        assert page().startswith(got.value.body)


def test_a_server_that_hangs_up_without_a_word_is_asked_again(rude: Rude) -> None:
    rude.say("/a", hanging_up, turn(page()))
    assert isinstance(get(rude, "/a"), Done)
    rude.answers["/b"] = hanging_up
    assert slug(get(rude, "/b")) == "cut_off"


def test_noise_for_an_answer_is_a_failure_with_a_name(rude: Rude) -> None:
    rude.answers["/a"] = babbling
    assert slug(get(rude, "/a")) in ("cut_off", "bad_address")


def test_a_redirect_to_and_fro_is_left(rude: Rude) -> None:
    rude.put("/a", status=302, Location="/b")
    rude.put("/b", status=302, Location="/a")
    assert slug(get(rude, "/a")) == "redirect_loop"


def test_redirects_are_followed_and_loops_left(rude: Rude) -> None:
    rude.put("/old", status=301, Location="/new")
    rude.put("/new", page())
    got = get(rude, "/old")
    assert isinstance(got, Done)
    assert got.value.url == rude.base + "/new"
    rude.put("/loop", status=302, Location="/loop")
    assert slug(get(rude, "/loop")) == "redirect_loop"


@pytest.mark.parametrize(
    "target", ["http://169.254.169.254/latest", "http://localhost/x", "http://[::1]/", "http://10.0.0.1/"]
)
def test_a_redirect_into_a_private_network_is_refused(rude: Rude, target: str) -> None:
    rude.put("/a", status=302, Location=target)
    assert slug(get(rude, "/a")) == "private_host"


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "ftp://x.example/", "http://[half", "http://127.0.0.1:99999/"]
)
def test_a_redirect_to_no_web_address_is_refused(rude: Rude, target: str) -> None:
    rude.put("/a", status=302, Location=target)
    assert slug(get(rude, "/a")) == "bad_address"


def test_a_private_host_is_refused_unless_named(rude: Rude) -> None:
    rude.put("/a", page())
    assert slug(get(rude, "/a", fetcher(allow_private_hosts=()))) == "private_host"
    assert rude.asked == []


def test_a_host_without_address_or_server_is_named() -> None:
    nowhere = fetcher()
    assert slug(nowhere(SourceRef(source="x", url="http://no-such-host.invalid/"))) == "dns"
    with socket.socket() as free:
        free.bind((HOST, 0))
        port = free.getsockname()[1]
    assert slug(nowhere(SourceRef(source="x", url=f"http://{HOST}:{port}/a"))) == "connect_failed"


def test_a_server_that_speaks_no_tls_is_a_tls_error(rude: Rude) -> None:
    got = fetcher()(SourceRef(source="x", url=rude.base.replace("http://", "https://") + "/a"))
    assert slug(got) == "tls"


def test_robots_are_obeyed_also_by_redirects(rude: Rude) -> None:
    rude.put("/robots.txt", b"User-agent: *\nDisallow: /private/\nCrawl-delay: 3\n")
    rude.put("/private/a", page())
    rude.put("/to", status=302, Location="/private/a")
    slept = Slept()
    use = fetcher(slept=slept)
    assert get(rude, "/private/a", use) == Skipped(
        ref=SourceRef(source="x", url=rude.base + "/private/a"), reason="robots", detail="robots.txt"
    )
    assert isinstance(get(rude, "/to", use), Skipped)
    assert "/private/a" not in rude.paths()
    assert 3.0 in slept.naps


def test_a_host_whose_robots_err_is_not_read_at_all(rude: Rude) -> None:
    rude.put("/robots.txt", status=500)
    rude.put("/a", page())
    use = fetcher()
    assert [slug(get(rude, "/a", use)) for _ in range(2)] == ["http_5xx", "http_5xx"]
    assert rude.paths() == []


def test_robots_that_change_are_heeded_in_the_next_run(rude: Rude) -> None:
    rude.put("/a", page())
    assert isinstance(get(rude, "/a"), Done)
    rude.put("/robots.txt", b"User-agent: *\nDisallow: /\n")
    assert isinstance(get(rude, "/a"), Skipped)
    rude.put("/robots.txt", status=404)
    assert isinstance(get(rude, "/a"), Done)


@pytest.mark.parametrize(
    "robots",
    [
        b"\x00\xff\xfe not text at all",
        b"<html><body>Page introuvable</body></html>",
        b"Disallow: /\nUser-agent:\nCrawl-delay: soon\n",
        "User-agent: *\r\nDisallow: /priv\u00e9/\r\n".encode("latin-1"),
    ],
)
def test_robots_that_make_no_sense_forbid_nothing_else(rude: Rude, robots: bytes) -> None:
    rude.put("/robots.txt", robots)
    rude.put("/a", page())
    assert isinstance(get(rude, "/a"), Done)


def test_robots_that_never_end_are_not_waited_for(rude: Rude) -> None:
    rude.answers["/robots.txt"] = endless
    rude.put("/a", page())
    assert isinstance(get(rude, "/a"), Done)


def test_robots_that_never_come_leave_the_host_alone(rude: Rude) -> None:
    rude.answers["/robots.txt"] = silent
    rude.put("/a", page())
    assert slug(get(rude, "/a", fetcher(timeout_seconds=0.2))) == "timeout"
    assert rude.paths() == []


def test_the_pause_between_requests_is_kept(rude: Rude) -> None:
    rude.put("/a", page())
    slept = Slept()
    get(rude, "/a", fetcher(slept=slept, delay_seconds=2.0))
    assert slept.naps == [2.0, 2.0, 2.0]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/.well-known/tdmrep.json", json.dumps([{"location": "/a", "tdm-reservation": 1}]).encode()),
        ("/ai.txt", b"User-Agent: *\nDisallow: /\n"),
    ],
)
def test_a_sites_opt_out_is_heeded_before_the_page_is_asked_for(rude: Rude, path: str, body: bytes) -> None:
    rude.put(path, body)
    rude.put("/a", page())
    got = get(rude, "/a")
    assert isinstance(got, Skipped)
    assert got.reason == "opted_out"
    assert rude.paths() == []


def test_an_opt_out_that_appears_later_wins_over_what_is_known(rude: Rude) -> None:
    rude.put("/a", page(), ETag='"1"')
    assert isinstance(get(rude, "/a"), Done)
    rude.put("/a", page(), ETag='"1"', TDM_Reservation="1")
    assert isinstance(get(rude, "/a"), Skipped)
    rude.put("/a", page(head='<meta name="robots" content="index, noai">'))
    assert isinstance(get(rude, "/a"), Skipped)
    rude.put("/a", page(), X_Robots_Tag="noai")
    assert isinstance(get(rude, "/a"), Skipped)


def seen(url: str, **kept: str) -> dict[str, Address]:
    return {url: Address(source="x", url=url, checked=NOW, **kept)}


def test_an_unchanged_page_is_not_sent_again(rude: Rude) -> None:
    rude.put("/a", status=304)
    assert isinstance(get(rude, "/a", fetcher(seen(rude.base + "/a", etag='"1"', last_modified="x"))), Unchanged)
    assert rude.asked[-1][1]["if-none-match"] == '"1"'
    assert rude.asked[-1][1]["if-modified-since"] == "x"


def test_an_etag_that_lies_is_found_out_by_the_content(rude: Rude) -> None:
    from discourse.ingest.identity import digest

    rude.put("/a", page(), ETag='"new"')
    known = seen(rude.base + "/a", etag='"old"', content_hash=digest(page()))
    assert isinstance(get(rude, "/a", fetcher(known)), Unchanged)
    rude.put("/a", page("Autre"), ETag='"old"')
    assert isinstance(get(rude, "/a", fetcher(known)), Done)


def test_raw_responses_are_kept_where_asked_but_never_opted_out_ones(rude: Rude, tmp_path: Path) -> None:
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    from discourse.ingest.archive import writer

    rude.put("/a", gzip.compress(page()), Content_Encoding="gzip")
    rude.put("/b", page(), TDM_Reservation="1")
    use = fetcher()
    use.archive = writer(tmp_path / "raw", "x", NOW)
    get(rude, "/a", use)
    get(rude, "/b", use)
    with (tmp_path / "raw" / "x-20261116.warc.gz").open("rb") as file:
        kept = [
            (r.headers["WARC-Target-URI"], r.reader.read())
            for r in ArchiveIterator(file, record_types=WarcRecordType.response)
        ]
    assert kept == [(rude.base + "/a", page())]


def test_a_run_over_files_imports_no_http_library() -> None:
    code = (
        "import sys, datetime, pathlib\n"
        "from discourse import config, ingest\n"
        "spec = config.SourceSpec(name='x', kind='folder', address='.')\n"
        "door = ingest.open_door(config.defaults(pathlib.Path('.')), spec, now=datetime.datetime.now(datetime.UTC), known={})\n"
        "list(ingest.extract_all(['pyproject.toml'], door))\n"
        "print([m for m in ('httpx2', 'stamina', 'protego', 'warcio') if m in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
