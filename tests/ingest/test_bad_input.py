"""Every file of every accepted type, cut short, emptied, filled with noise or in a wrong encoding: a clear word, no traceback."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from discourse import config
from discourse.errors import InputError
from discourse.ingest import open_door, read_source
from discourse.records import Document, Done, Failed, Outcome, Skipped, SourceRef, Unchanged

NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)
SENTENCE = "La mairie a présenté lundi soir le projet de centre d’accueil aux habitants réunis à la salle des fêtes. "


def html() -> bytes:
    story = "".join(f"<p>{SENTENCE * 3}</p>" for _ in range(8))
    return f"<!doctype html><html lang=fr><head><meta charset=utf-8><title>Un projet</title></head><body><article><h1>Un projet</h1>{story}</article></body></html>".encode()


def pdf() -> bytes:
    import typst

    source = "#set page(width: 12cm)\n= Procès-verbal\n" + "\n\n".join(SENTENCE for _ in range(30))
    return typst.compile(source.encode(), format="pdf")


def text() -> bytes:
    return ("Un titre\n\n" + "\n\n".join(SENTENCE * 2 for _ in range(10))).encode()


def feed() -> bytes:
    items = "".join(
        f"<item><title>Titre {i}</title><guid>g{i}</guid><pubDate>Mon, 09 Nov 2026 08:00:00 +0100</pubDate><description>{SENTENCE * 5}</description></item>"
        for i in range(10)
    )
    return f"<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel><title>x</title>{items}</channel></rss>".encode()


def table() -> bytes:
    return ("date,title,text\n" + "".join(f'2026-11-09,Titre {i},"{SENTENCE}"\n' for i in range(40))).encode()


def jsonl() -> bytes:
    return "".join(f'{{"id": {i}, "text": "{SENTENCE}", "date": "2026-11-09"}}\n' for i in range(40)).encode()


def scdl() -> bytes:
    head = "COLL_NOM,COLL_SIRET,DELIB_ID,DELIB_DATE,DELIB_OBJET,VOTE_POUR,VOTE_CONTRE,DELIB_URL\n"
    return (
        head + "".join(f'Bourg,123,D{i},2026-11-09,"{SENTENCE}",20,3,https://x.example/{i}\n' for i in range(40))
    ).encode()


def json_feed() -> bytes:
    items = [{"id": str(i), "title": f"Titre {i}", "content_text": SENTENCE * 3} for i in range(10)]
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items}, ensure_ascii=False).encode()


def docx() -> bytes:
    from docx import Document as Word

    word, out = Word(), io.BytesIO()
    word.add_heading("Procès-verbal", 1)
    for _ in range(10):
        word.add_paragraph(SENTENCE)
    word.save(out)
    return out.getvalue()


def odt() -> bytes:
    from odfdo import Document as Odf
    from odfdo import Header, Paragraph

    made, out = Odf("text"), io.BytesIO()
    made.body.clear()
    made.body.append(Header(1, "Procès-verbal"))
    for _ in range(10):
        made.body.append(Paragraph(SENTENCE))
    made.save(out)
    return out.getvalue()


KINDS: dict[str, tuple[str, str, Callable[[], bytes]]] = {
    "html": ("folder", "x.html", html),
    "pdf": ("folder", "x.pdf", pdf),
    "text": ("folder", "x.txt", text),
    "docx": ("folder", "x.docx", docx),
    "odt": ("folder", "x.odt", odt),
    "feed": ("feed", "x.xml", feed),
    "json_feed": ("feed", "x.json", json_feed),
    "csv": ("table", "x.csv", table),
    "jsonl": ("table", "x.jsonl", jsonl),
    "scdl": ("scdl", "x.csv", scdl),
}


def read(folder: Path, kind: str, name: str) -> list[Outcome[Document]]:
    """Read a source as the pipeline does: what the source as a whole cannot do is one ``Failed``."""
    spec = config.SourceSpec(name="x", kind=kind, address="in" if kind == "folder" else f"in/{name}")
    door = open_door(config.defaults(folder), spec, now=NOW, known={})
    out: list[Outcome[Document]] = []
    try:
        out.extend(read_source(spec, door))
    except InputError as error:
        out.append(Failed(ref=SourceRef(source="x", url=name), error=error))
    return out


def damaged(whole: bytes) -> Iterator[tuple[str, bytes]]:
    chance = random.Random(11)
    for i in range(10):
        yield f"cut at {i}/10", whole[: len(whole) * i // 10]
    yield "empty", b""
    yield "blank", b" \n\n"
    yield "noise", bytes(chance.randrange(256) for _ in range(4000))
    yield "zeros", bytes(2000)
    holed = bytearray(whole)
    for _ in range(60):
        holed[chance.randrange(len(holed))] = chance.randrange(256)
    yield "holes", bytes(holed)


@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_file_is_read(kind: str, tmp_path: Path) -> None:
    reader, name, make = KINDS[kind]
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / name).write_bytes(make())
    found = read(tmp_path, reader, name)
    assert found
    assert all(isinstance(o, Done) for o in found), found
    assert all("centre d’accueil" in o.value.text and o.value.lang == "fr" for o in found if isinstance(o, Done))


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_file_gives_values_and_never_an_exception(kind: str, tmp_path: Path) -> None:
    reader, name, make = KINDS[kind]
    (tmp_path / "in").mkdir()
    for what, body in damaged(make()):
        (tmp_path / "in" / name).write_bytes(body)
        found = read(tmp_path, reader, name)
        assert found, what
        for outcome in found:
            assert isinstance(outcome, (Done, Failed, Skipped, Unchanged)), what
            if isinstance(outcome, Failed):
                assert outcome.error.what, what
                assert outcome.error.remedy, (what, outcome.error)
        if what in ("empty", "blank", "noise", "zeros"):
            assert all(isinstance(o, Failed) for o in found), (what, found)


@pytest.mark.parametrize("kind", ["html", "text", "csv", "scdl"])
@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-8-sig"])
def test_a_usual_encoding_is_understood(kind: str, encoding: str, tmp_path: Path) -> None:
    reader, name, make = KINDS[kind]
    (tmp_path / "in").mkdir()
    body = make().decode().replace("charset=utf-8", "charset=" + ("windows-1252" if encoding == "cp1252" else "utf-8"))
    (tmp_path / "in" / name).write_bytes(body.encode(encoding))
    found = read(tmp_path, reader, name)
    assert found
    assert all(isinstance(o, Done) and "présenté" in o.value.text for o in found), found


@pytest.mark.parametrize(
    ("kind", "name", "body"),
    [
        ("feed", "x.xml", b"<?xml version='1.0' encoding='\xc5'?><rss version='2.0'></rss>"),
        ("feed", "x.xml", b"<?xml version='1.0' encoding='a\0b'?><rss version='2.0'><channel/></rss>"),
        ("feed", "x.xml", b"<rss xmlns:cc='http://backend.userland.com/creativeCommonsRssModule'><cc:license/></rss>"),
        ("sitemap", "x.xml", b"<sihttp: xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url/></sihttp:>"),
        ("table", "x.jsonl", b'{"text": "", "title": ""}\n'),
    ],
)
def test_what_the_fuzzer_found_stays_found(kind: str, name: str, body: bytes, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / name).write_bytes(body)
    for outcome in read(tmp_path, kind, name):
        assert isinstance(outcome, Failed)
        assert outcome.error.what
        assert outcome.error.remedy
