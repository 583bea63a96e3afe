"""Sitemaps, page lists, JSON Feed, WARC and the presets of table exports; fixtures made from the published specifications."""

from __future__ import annotations

import gzip
import io
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from discourse import config
from discourse.errors import DiscourseError, InputError
from discourse.ingest import open_door, read_source
from discourse.records import Document, Done, Failed, Outcome, Skipped, SourceRef
from tests.ingest.rude_server import SENTENCE, Rude, page
from tests.ingest.test_feed_http import read, reasons

NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)
XMLNS = (
    'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
)


def urlset(rude: Rude, *entries: tuple[str, str]) -> bytes:
    inside = "".join(f"<url><loc>{rude.base}{path}</loc>{more}</url>" for path, more in entries)
    return f"<?xml version='1.0' encoding='UTF-8'?><urlset {XMLNS}>{inside}</urlset>".encode()


def index(rude: Rude, *entries: tuple[str, str]) -> bytes:
    inside = "".join(f"<sitemap><loc>{rude.base}{path}</loc>{more}</sitemap>" for path, more in entries)
    return f"<?xml version='1.0'?><sitemapindex {XMLNS}>{inside}</sitemapindex>".encode()


def files(folder: Path, **spec: object) -> list[Outcome[Document]]:
    """Read a source of files as the pipeline does."""
    source = config.SourceSpec.model_validate({"name": "x", **spec})
    door = open_door(config.defaults(folder), source, now=NOW, known={})
    out: list[Outcome[Document]] = []
    try:
        out.extend(read_source(source, door))
    except InputError as error:
        out.append(Failed(ref=SourceRef(source="x", url=source.address), error=error))
    return out


def test_an_index_of_packed_and_news_sitemaps_gives_the_recent_stories(rude: Rude, tmp_path: Path) -> None:
    news = "<news:news><news:publication><news:name>x</news:name></news:publication><news:publication_date>2026-11-14T09:00:00+01:00</news:publication_date><news:title>Un titre</news:title></news:news>"
    rude.put(
        "/map.xml",
        index(
            rude,
            ("/news.xml", ""),
            ("/plain.xml.gz", ""),
            ("/old.xml", "<lastmod>2019-01-01</lastmod>"),
            ("/map.xml", ""),
            ("/gone.xml", ""),
        ),
    )
    rude.put("/news.xml", urlset(rude, ("/a", news), ("/b", "<lastmod>2020-01-01</lastmod>")))
    rude.put("/plain.xml.gz", gzip.compress(urlset(rude, ("/c", "<lastmod>2026-11-15</lastmod>"), ("/a", news))))
    for path in ("/a", "/b", "/c"):
        rude.put(path, page(path))
    out, _ = read(rude, tmp_path, address="/map.xml", kind="sitemap")
    assert reasons(out) == Counter(done=2, http_404=1)
    found = {o.value.url.removeprefix(rude.base): o.value for o in out if isinstance(o, Done)}
    assert set(found) == {"/a", "/c"}
    assert found["/a"].published == datetime(2026, 11, 14, 8, tzinfo=UTC)
    assert "/old.xml" not in rude.paths()
    assert rude.paths().count("/map.xml") == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>404</body></html>",
        b"nothing here",
        gzip.compress(b"<urlset>" * 900, mtime=0)[:-20],
        f"<urlset {XMLNS}><url><loc>http://x.example/a</loc></url><url><lo".encode(),
        gzip.compress(bytes(70_000_000), mtime=0),
    ],
)
def test_what_is_no_sitemap_is_named(rude: Rude, tmp_path: Path, body: bytes) -> None:
    rude.put("/map.xml", body)
    with pytest.raises(InputError) as caught:
        read(rude, tmp_path, address="/map.xml", kind="sitemap")
    assert caught.value.slug in ("empty", "not_a_sitemap", "bad_sitemap", "bad_archive", "too_large")
    assert caught.value.remedy


def test_an_entity_in_a_sitemap_reads_no_file(rude: Rude, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("http://127.0.0.1/secret")
    rude.put(
        "/map.xml",
        f'<!DOCTYPE urlset [<!ENTITY s SYSTEM "{secret.as_uri()}">]><urlset {XMLNS}><url><loc>&s;</loc></url></urlset>'.encode(),
    )
    out, _ = read(rude, tmp_path, address="/map.xml", kind="sitemap")
    assert out == []


def test_a_list_of_addresses_and_a_page_of_links_give_their_stories(rude: Rude, tmp_path: Path) -> None:
    rude.put("/a", page("A"))
    rude.put("/b", page("B"))
    rude.put("/list.txt", f"# ours\n{rude.base}/a\n{rude.base}/a\nnot an address\n{rude.base}/b # why\n".encode())
    out, _ = read(rude, tmp_path, address="/list.txt", kind="pages")
    assert reasons(out) == Counter(done=2)
    rude.put(
        "/news/",
        b"<a href='/a#top'>A</a><a href='../b'>B</a><a href='https://elsewhere.example/c'>C</a><a href='mailto:x@y.z'>m</a><a href='http://[bad'>x</a>",
    )
    out, _ = read(rude, tmp_path, address="/news/", kind="pages")
    assert reasons(out) == Counter(done=2)


def test_a_json_feed_is_a_feed(rude: Rude, tmp_path: Path) -> None:
    rude.put("/a", page("A"))
    items = [
        {"id": "1", "url": rude.base + "/a", "title": "A", "date_published": "2026-11-09T08:00:00+01:00"},
        {"id": "2", "title": "Sans page", "content_html": f"<p>{SENTENCE * 3}</p>"},
    ]
    body = json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "x", "items": items})
    rude.put("/feed.json", body.encode(), Content_Type="application/feed+json")
    out, _ = read(rude, tmp_path, address="/feed.json")
    found = [o.value for o in out if isinstance(o, Done)]
    assert len(found) == 2
    assert found[0].published == datetime(2026, 11, 9, 7, tzinfo=UTC)
    assert "<p>" not in found[1].text


@pytest.mark.parametrize(
    "body", [b'{"version": "https://jsonfeed.org', b'{"items": []}', b'{"version": 1, "items": 3}']
)
def test_what_is_no_json_feed_is_named(rude: Rude, tmp_path: Path, body: bytes) -> None:
    rude.put("/feed.json", body)
    with pytest.raises(InputError) as caught:
        read(rude, tmp_path, address="/feed.json")
    assert caught.value.slug in ("bad_feed", "not_a_feed")


def warc(*, packed: bool) -> bytes:
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    out = io.BytesIO()
    made = WARCWriter(out, gzip=packed)

    def add(url: str, body: bytes, status: str = "200 OK", *more: tuple[str, str]) -> None:
        kept = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body))), *more]
        head = StatusAndHeaders(status, kept, protocol="HTTP/1.1")
        dated = {"WARC-Date": "2026-11-10T08:00:00Z"}
        made.write_record(
            made.create_warc_record(
                url, "response", payload=io.BytesIO(body), http_headers=head, warc_headers_dict=dated
            )
        )

    add("https://x.example/a", page("A"))
    add("https://x.example/gone", b"gone", "404 Not Found")
    add("https://x.example/b", page("B"))
    add("https://x.example/no", page("N"), "200 OK", ("tdm-reservation", "1"))
    add("https://x.example/z", gzip.compress(page("Z")), "200 OK", ("Content-Encoding", "gzip"))
    return out.getvalue()


@pytest.mark.parametrize("packed", [True, False])
def test_a_warc_gives_its_pages(packed: bool, tmp_path: Path) -> None:
    name = "x.warc.gz" if packed else "x.warc"
    (tmp_path / name).write_bytes(warc(packed=packed))
    out = files(tmp_path, kind="warc", address=name)
    assert reasons(out) == Counter(done=3, not_a_page=1, opted_out=1)
    first = next(o.value for o in out if isinstance(o, Done))
    assert first.url == "https://x.example/a"
    assert first.provenance.retrieved == datetime(2026, 11, 10, 8, tzinfo=UTC)


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("tenth", range(10))
def test_a_truncated_warc_says_so(packed: bool, tenth: int, tmp_path: Path) -> None:
    whole = warc(packed=packed)
    name = "x.warc.gz" if packed else "x.warc"
    (tmp_path / name).write_bytes(whole[: len(whole) * tenth // 10])
    out = files(tmp_path, kind="warc", address=name)
    assert isinstance(out[-1], Failed)
    assert out[-1].error.slug == "bad_warc"


@pytest.mark.parametrize(
    ("preset", "head", "row", "title", "text"),
    [
        (
            "mediacloud",
            "id,indexed_date,language,media_name,media_url,publish_date,title,url",
            "a1,2026-11-10,fr,X,x.example,2026-11-09,Un centre d’accueil,https://x.example/a",
            "Un centre d’accueil",
            "",
        ),
        (
            "europresse",
            "Titre;Source;Date;Texte",
            "Un titre;Le Journal;lundi 9 novembre 2026;Le texte entier",
            "Un titre",
            "Le texte entier",
        ),
        (
            "factiva",
            "AN,HD,LP,TD,PD",
            "F1,A title,The lead.,The rest.,9 November 2026",
            "A title",
            "The lead.\n\nThe rest.",
        ),
    ],
)
def test_a_known_export_needs_no_mapping(
    preset: str, head: str, row: str, title: str, text: str, tmp_path: Path
) -> None:
    (tmp_path / "x.csv").write_text(f"{head}\n{row}\n")
    out = files(tmp_path, kind="table", address="x.csv", preset=preset)
    found = [o.value for o in out if isinstance(o, Done)]
    assert [d.title for d in found] == [title]
    assert found[0].text.endswith(text or title)
    assert found[0].published is not None
    assert found[0].published.date().isoformat() == "2026-11-09"


def test_a_wrong_option_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("title\nUn titre\n")
    out = files(tmp_path, kind="table", address="x.csv", preset="mediaclod")
    assert isinstance(out[0], Failed)
    (tmp_path / "list.txt").write_text("https://x.example/a")
    for wrong in ({"include": "("}, {"limit": "many"}):
        with pytest.raises(DiscourseError):
            files(tmp_path, kind="pages", address="list.txt", **wrong)


def test_nothing_is_skipped_without_a_word(rude: Rude, tmp_path: Path) -> None:
    rude.put("/robots.txt", b"User-agent: *\nDisallow: /a\n")
    rude.put("/list.txt", f"{rude.base}/a\n".encode())
    out, _ = read(rude, tmp_path, address="/list.txt", kind="pages")
    assert [o.reason for o in out if isinstance(o, Skipped)] == ["robots"]


@pytest.mark.parametrize(
    "link", ["/etc/hostname", "../secret.txt", "secret.txt", "file:///etc/hostname", "~/x", "a\0b"]
)
def test_a_stranger_s_feed_opens_no_file_of_the_city(link: str, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("Les migrants du fichier secret de la ville. " * 20, encoding="utf-8")
    (tmp_path / "saved").mkdir()
    item = f"<item><title>Un titre sur les migrants</title><link>{link}</link></item>"
    body = f"<?xml version='1.0'?><rss version='2.0'><channel><title>x</title>{item}</channel></rss>"
    (tmp_path / "saved" / "feed.xml").write_text(body, encoding="utf-8")
    (tmp_path / "saved" / "link.txt").symlink_to(tmp_path / "secret.txt")
    spec = config.SourceSpec(name="x", kind="feed", address="saved/feed.xml")
    door = open_door(config.defaults(tmp_path), spec, now=NOW, known={})
    for given in (body, body.replace(link, "saved/link.txt")):
        (tmp_path / "saved" / "feed.xml").write_text(given, encoding="utf-8")
        (found,) = read_source(spec, door)
        assert isinstance(found, Done)
        assert found.value.text == "Un titre sur les migrants"  # what the feed itself says of it


def test_a_path_outside_its_source_is_named(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "secret.txt").write_text("Les migrants. " * 20, encoding="utf-8")
    door = open_door(
        config.defaults(tmp_path), config.SourceSpec(name="x", kind="folder", address="in"), now=NOW, known={}
    )
    for url in ("secret.txt", "in/../secret.txt", "/etc/hostname"):
        out = door.fetch(SourceRef(source="x", url=url))
        assert isinstance(out, Failed)
        assert (out.error.slug, url in out.error.what) == ("outside", True)
    web = config.SourceSpec(name="x", kind="feed", address="https://a.example/feed.xml")
    out = open_door(config.defaults(tmp_path), web, now=NOW, known={}).fetch(SourceRef(source="x", url="secret.txt"))
    assert isinstance(out, Failed)
