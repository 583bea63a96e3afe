"""Fetching official series from a server on this machine: figures, revisions, outages, damage."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from discourse import config, evidence
from discourse.cli import evidence as commands
from discourse.errors import RowError
from discourse.evidence import cache, fill, library, update
from discourse.evidence.library import Series
from discourse.ingest.fetch_http import HttpFetcher
from tests.evidence.test_formats import SAMPLES

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
EUROSTAT = "/eurostat/api/dissemination/statistics/1.0/data/"
RK = "raymondkuo_migration-healthcare-attitudes-evidence/evidence/api"


def dataset(values: dict[str, float | None], status: dict[str, str] | None = None, birth: str = "FOR") -> bytes:
    """Return a small JSON-stat response of unemployment by country of birth: two births, two years."""
    axes = {"unit": ["PC"], "sex": ["T"], "age": ["Y15-74"], "c_birth": [birth, "NAT"], "geo": ["FR"]}
    axes["time"] = ["2024", "2025"]
    return json.dumps(
        {
            "version": "2.0",
            "class": "dataset",
            "id": list(axes),
            "size": [len(codes) for codes in axes.values()],
            "dimension": {k: {"category": {"index": codes}} for k, codes in axes.items()},
            "value": values,
            "status": status or {},
        }
    ).encode()


class Publisher:
    """A statistical office on this machine; ``answers`` hold status and body by path."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.answers: dict[str, tuple[int, bytes]] = {}
        self.asked: list[str] = []

    def settings(self, root: Path) -> config.Settings:
        settings = config.defaults(root)
        ingest = settings.ingest.model_copy(
            update={"allow_private_hosts": ("127.0.0.1",), "delay_seconds": 0.0, "timeout_seconds": 5.0}
        )
        return settings.model_copy(update={"ingest": ingest})

    def one(self, series: Series, root: Path, *, now: datetime = NOW) -> dict[str, object]:
        """Ask for one series through the polite fetcher, as the command does."""
        settings = self.settings(root)
        fetcher = HttpFetcher(settings=settings.ingest, now=now, known={}, sleep=lambda _: None)
        get = update.body_of(fetcher)

        def here(url: str) -> bytes:
            parts = urlsplit(url)
            return get(f"{self.base}{parts.path}?{parts.query}")

        try:
            return update.one(series, settings.path(settings.evidence.cache), fetch=here, now=now)
        finally:
            fetcher.close()


@pytest.fixture
def office() -> Iterator[Publisher]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            publisher.asked.append(self.path)
            status, body = publisher.answers.get(urlsplit(self.path).path, (404, b""))
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    publisher = Publisher(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield publisher
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def declared(name: str) -> Series:
    return next(s for s in library.series() if s.id == name)


UNEMPLOYMENT = EUROSTAT + "lfsa_urgacob"
FULL = {"0": 11.2, "1": 12.0, "2": 7.4, "3": 7.0}


def test_a_fetched_figure_becomes_a_card_and_a_revised_one_says_what_it_was(office: Publisher, tmp_path: Path) -> None:
    series = declared("fr-unemployment")
    office.answers[UNEMPLOYMENT] = (200, dataset(FULL, {"1": "ep"}))
    first = office.one(series, tmp_path)
    assert (first["state"], first["revisions"]) == ("new", 1)
    assert "c_birth=FOR" in office.asked[-1]
    again = office.one(series, tmp_path, now=NOW + timedelta(days=3))
    assert (again["state"], again["revisions"]) == ("unchanged", 1)
    office.answers[UNEMPLOYMENT] = (200, dataset(FULL | {"1": 12.6}, {"1": "b"}))
    revised = office.one(series, tmp_path, now=NOW + timedelta(days=30))
    assert (revised["state"], revised["revisions"]) == ("revised", 2)
    settings = office.settings(tmp_path)
    cards = [c for c in evidence.cards_of(settings, now=NOW) if c.kind == "unemployment_foreign_born"]
    assert {(c.value, c.period, c.flags) for c in cards} == {(12.6, "2025", ("break",))}
    assert "was 12 until 2026-12-22" in cards[0].note
    assert "sha256" in cards[0].trace
    native = next(c for c in evidence.cards_of(settings, now=NOW) if c.kind == "unemployment_native")
    assert "was" not in native.note


def test_flags_are_kept_and_no_figure_is_never_zero(office: Publisher, tmp_path: Path) -> None:
    office.answers[UNEMPLOYMENT] = (200, dataset({"0": 11.2, "1": None, "2": 7.4}, {"0": "p", "2": "e"}))
    found = office.one(declared("fr-unemployment"), tmp_path)["figures"]
    assert isinstance(found, list)
    assert [(f["value"], f["period"], f["flags"]) for f in found] == [
        (7.4, "2024", ["estimated"]),
        (11.2, "2024", ["provisional"]),
    ]
    office.answers[UNEMPLOYMENT] = (200, dataset({}))
    assert office.one(declared("fr-unemployment"), tmp_path, now=NOW + timedelta(days=1))["figures"] == []


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ((500, b"down"), "500"),
        ((200, dataset(FULL)[:-40]), "not JSON"),
        ((200, dataset(FULL, birth="FOREIGN")), "shape changed"),
        ((200, b"<html>maintenance</html>"), "not JSON"),
        ((200, b"\xff\xfe\x00"), "not"),
    ],
)
def test_damage_is_not_kept_and_the_last_copy_stands_in(
    office: Publisher, tmp_path: Path, answer: tuple[int, bytes], told: str
) -> None:
    series = declared("fr-unemployment")
    office.answers[UNEMPLOYMENT] = answer
    nothing = office.one(series, tmp_path)
    assert (nothing["state"], nothing["figures"]) == ("failed", [])
    office.answers[UNEMPLOYMENT] = (200, dataset(FULL))
    office.one(series, tmp_path)
    office.answers[UNEMPLOYMENT] = answer
    later = office.one(series, tmp_path, now=NOW + timedelta(days=9))
    assert (later["state"], later["revisions"]) == ("outage", 1)
    assert "9 days ago" in str(later["note"])
    assert told in str(later["note"])
    assert isinstance(later["figures"], list)
    assert {f["value"] for f in later["figures"]} == {12.0, 7.0}


def test_a_fetched_figure_older_than_the_starter_card_does_not_replace_it(office: Publisher, tmp_path: Path) -> None:
    office.answers[UNEMPLOYMENT] = (200, dataset({"0": 11.2, "2": 7.4}))
    office.one(declared("fr-unemployment"), tmp_path)
    cards = evidence.cards_of(office.settings(tmp_path), now=NOW)
    assert {c.period for c in cards if c.kind == "unemployment_foreign_born"} == {"2024", "2025"}


def test_an_altered_copy_fills_no_card_and_says_so(office: Publisher, tmp_path: Path) -> None:
    office.answers[UNEMPLOYMENT] = (200, dataset(FULL | {"1": 12.6}))
    office.one(declared("fr-unemployment"), tmp_path)
    settings = office.settings(tmp_path)
    kept = cache.revisions(settings.path(settings.evidence.cache), "fr-unemployment")
    kept[-1].file.write_bytes(b"{}")
    cards, wrong = fill.fetched(settings.path(settings.evidence.cache), {"FR"})
    assert cards == []
    assert "altered" in wrong["fr-unemployment"]


def test_two_cells_for_one_period_are_refused() -> None:
    loose = Series(
        id="x", country="FR", concern="housing", topic="t", title="", provider="", code="c", link="", vary="sex",
        figures={"T": "unemployment_native"},
    )  # fmt: skip
    with pytest.raises(RowError, match="several cells"):
        fill.cells(loose, dataset(FULL))


def test_a_series_without_a_declared_cell_is_kept_and_says_that_it_fills_nothing(
    office: Publisher, tmp_path: Path
) -> None:
    office.answers[EUROSTAT + "spr_exp_func"] = (200, dataset(FULL))
    row = office.one(declared("fr-social-benefits"), tmp_path)
    assert (row["state"], row["figures"]) == ("new", [])
    assert "nobody has declared which cell" in str(row["note"])


REAL = [
    ("foreign-born", EUROSTAT + "migr_pop3ctb", f"{RK}/eurostat_migr_pop3ctb.json", "2022", (8_635_504, 15_287_650)),
    (
        "foreign-citizens",
        EUROSTAT + "migr_pop1ctz",
        f"{RK}/eurostat_migr_pop1ctz.json",
        "2022",
        (5_458_039, 10_893_053),
    ),
    (
        "illegally-present",
        EUROSTAT + "migr_eipre",
        f"{RK}/eurostat_migr_eipre_REVERIFY_2026-08-18.json",
        "2022",
        (115_135, 198_310),
    ),
    (
        "immigration",
        "/eurostat/api/dissemination/sdmx/2.1/data/tps00176",
        "cagrigoksu_eu_migration_web_api/dataset/estat_tps00176_en.csv",
        "2022",
        (431_017, 1_943_445),
    ),
    (
        "emigration",
        "/eurostat/api/dissemination/sdmx/2.1/data/tps00177",
        "cagrigoksu_eu_migration_web_api/dataset/estat_tps00177_en.csv",
        "2022",
        (249_355, 448_534),
    ),
]


@pytest.mark.parametrize(("name", "path", "file", "when", "values"), REAL)
def test_the_saved_real_responses_fill_the_cards_of_their_series(
    office: Publisher, tmp_path: Path, name: str, path: str, file: str, when: str, values: tuple[int, int]
) -> None:
    if not SAMPLES.is_dir():
        pytest.skip("the saved responses are not here")
    office.answers[path] = (200, (SAMPLES / file).read_bytes())
    for land, value in zip(("fr", "de"), values, strict=True):
        series = declared(f"{land}-{name}")
        # the saved responses hold every country; the publisher would send only the one that was asked for
        narrowed = Series(**(vars(series) | {"where": dict(series.where) | {"geo": land.upper()}}))
        row = office.one(narrowed, tmp_path)
        assert row["state"] == "new", row["note"]
        assert isinstance(row["figures"], list)
        assert [(f["period"], f["value"]) for f in row["figures"]] == [(when, value)]


def test_a_real_sdmx_message_fills_its_card(office: Publisher, tmp_path: Path) -> None:
    if not SAMPLES.is_dir():
        pytest.skip("the saved responses are not here")
    body = (SAMPLES / "khaeru_sdmx-test-data/INSEE/bug-series-freq-data.xml").read_bytes()
    office.answers["/series/sdmx/data/SERIES_BDM/001572432"] = (200, body)
    row = office.one(declared("fr-demandeurs-emploi"), tmp_path)
    assert isinstance(row["figures"], list)
    assert [(f["period"], f["value"], f["unit"]) for f in row["figures"]] == [("2016-11", 3548.5, "thousand persons")]


def test_without_a_network_every_series_fails_with_its_reason_and_nothing_is_made_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from discourse.errors import FetchError

    def down(url: str) -> bytes:
        raise FetchError(f"{url} could not be reached.")

    monkeypatch.setattr(update, "body_of", lambda fetcher: down)
    with pytest.raises(commands.typer.Exit) as stop:
        commands.update(root=tmp_path)
    assert stop.value.exit_code == 75
    assert "could not be reached" in capsys.readouterr().out
    assert not any(c.note for c in evidence.cards_of(config.defaults(tmp_path), now=NOW))
