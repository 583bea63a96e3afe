"""`discourse sources`: kinds, check and add, against a site on this machine."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from discourse import config
from discourse.cli.app import app
from discourse.errors import DiscourseError
from discourse.ingest.discover import Found, block
from tests.ingest.rude_server import Rude, page
from tests.ingest.test_feed_http import rss
from tests.ingest.test_sources_press import urlset

HOUSE = """[discourse]
city = "Valmorel"

[ingest]
delay_seconds = 0.0
allow_private_hosts = ["127.0.0.1"]
"""


@pytest.fixture
def rude(rude: Rude) -> Rude:
    rude.put(
        "/",
        b"<html><head><link rel=alternate type='application/rss+xml' href='/news.rss'></head><body><a href=/a>A</a></body></html>",
    )
    rude.put("/news.rss", rss(rude.base, ["/a", "/gone"]))
    rude.put("/sitemap.xml", urlset(rude, ("/a", "")))
    rude.put("/a", page("A"))
    return rude


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "discourse.toml").write_text(HOUSE)
    return tmp_path


def call(home: Path, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["sources", *words, "--root", str(home)])
    if isinstance(done.exception, DiscourseError):
        raise done.exception
    return done.exit_code, done.stdout


def test_every_kind_says_what_it_is() -> None:
    done = CliRunner().invoke(app, ["sources", "kinds", "--json"])
    found = json.loads(done.stdout)
    assert {"feed", "folder", "table", "scdl", "sitemap", "pages", "warc"} <= set(found)
    assert {"oparl", "legistar", "moderngov", "akoma_ntoso", "tei"} <= set(found)
    assert all(found.values())
    page = (Path(__file__).parents[2] / "docs" / "sources.md").read_text()
    assert not [kind for kind in found if f"| `{kind}` |" not in page]


def test_a_site_is_added_and_then_checked(rude: Rude, home: Path) -> None:
    code, _ = call(home, "add", rude.base)
    assert code == 0
    settings = config.load(root=home)
    assert [(s.kind, s.address) for s in settings.ingest.sources] == [("feed", rude.base + "/news.rss")]
    assert settings.discourse.city == "Valmorel"
    code, _ = call(home, "add", rude.base)
    again = config.load(root=home).ingest.sources
    assert [s.kind for s in again] == ["feed", "sitemap"]
    assert len({s.name for s in again}) == 2
    assert call(home, "add", rude.base)[0] == 4
    code, answered = call(home, "check", again[0].name, "--json")
    assert code == 0
    said = json.loads(answered)
    assert said["counts"] == {"taken": 1, "failed:http_404": 1}
    assert said["documents"][0]["title"] == "A"
    assert "text" not in said["documents"][0]


def test_show_leaves_the_configuration_alone(rude: Rude, home: Path) -> None:
    code, shown = call(home, "add", rude.base, "--all", "--show")
    assert code == 0
    assert [s["kind"] for s in tomllib.loads(shown)["ingest"]["sources"]] == ["feed", "sitemap"]
    assert (home / "discourse.toml").read_text() == HOUSE


def test_an_address_that_is_a_feed_is_taken_as_it_is(rude: Rude, home: Path) -> None:
    _, shown = call(home, "add", rude.base + "/news.rss", "--show")
    assert tomllib.loads(shown)["ingest"]["sources"][0]["address"] == rude.base + "/news.rss"


def test_what_cannot_be_had_or_is_not_known_is_named(rude: Rude, home: Path) -> None:
    with pytest.raises(DiscourseError) as gone:
        call(home, "add", rude.base + "/nothing")
    assert gone.value.slug == "http_404"
    call(home, "add", rude.base)
    with pytest.raises(DiscourseError) as unknown:
        call(home, "check", "127-0-0-2")
    assert "127-0-0-1" in unknown.value.remedy


def test_a_source_that_gives_nothing_ends_in_four(rude: Rude, home: Path) -> None:
    call(home, "add", rude.base)
    rude.put("/news.rss", b"<html></html>")
    assert call(home, "check", "127-0-0-1")[0] == 4


def test_a_block_is_valid_whatever_a_site_calls_itself() -> None:
    found = Found(kind="feed", address='https://www.é.example/"x', title='Le "Journal"\n]]', entries=1)
    read = tomllib.loads(block(found, taken=["example"]))["ingest"]["sources"][0]
    assert config.SourceSpec.model_validate(read).title == 'Le "Journal"]]'


def test_council_interfaces_are_recognised(rude: Rude, home: Path) -> None:
    system = {"id": rude.base + "/oparl/system", "type": "https://schema.oparl.org/1.1/System", "name": "Ratsinfo"}
    rude.put("/oparl/system", json.dumps(system).encode(), Content_Type="application/json")
    rude.put("/v1/city/bodies?$top=1", json.dumps([{"BodyId": 1, "BodyName": "Council"}]).encode())
    rude.put("/v1/city/events", json.dumps([{"EventId": 1}]).encode())
    rude.put("/mgListCommittees.aspx?bcr=1", b"<a href='mgCommitteeDetails.aspx?ID=1'>Council</a>")
    for given, kind, address in (
        ("/oparl/system", "oparl", "/oparl/system"),
        ("/v1/city", "legistar", "/v1/city"),
        ("/v1/city/", "legistar", "/v1/city"),
        ("/v1/city/events", "legistar", "/v1/city"),
        ("/mgListCommittees.aspx?bcr=1", "moderngov", "/mgListCommittees.aspx?bcr=1"),
    ):
        _, shown = call(home, "add", rude.base + given, "--show")
        (block,) = tomllib.loads(shown)["ingest"]["sources"]
        assert (block["kind"], block["address"], block["publisher"]) == (kind, rude.base + address, "council")


def test_a_site_with_an_oparl_system_offers_it_first(rude: Rude, home: Path) -> None:
    system = {"type": "https://schema.oparl.org/1.0/System", "name": "Ratsinfo"}
    rude.put("/oparl/v1.0/system", json.dumps(system).encode(), Content_Type="application/json")
    _, shown = call(home, "add", rude.base, "--all", "--show")
    assert [s["kind"] for s in tomllib.loads(shown)["ingest"]["sources"]] == ["oparl", "feed", "sitemap"]
