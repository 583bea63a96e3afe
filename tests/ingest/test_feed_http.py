"""A feed read over HTTP from end to end, and the walls that stand before some stories."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from discourse import config
from discourse.ingest import open_door, read_source
from discourse.ingest.walls import wall
from discourse.records import Document, Done, Failed, Outcome, Skipped, Unchanged
from discourse.store import Address
from tests.ingest.rude_server import SENTENCE, Rude, page

NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)


def rss(base: str, paths: list[str], own: str = "") -> bytes:
    items = "".join(
        f"<item><title>Titre {p}</title><link>{base}{p}</link><pubDate>Mon, 09 Nov 2026 08:00:00 +0100</pubDate>"
        f"<description>{own}</description></item>"
        for p in paths
    )
    return f"<?xml version='1.0'?><rss version='2.0'><channel><title>x</title>{items}</channel></rss>".encode()


def read(
    rude: Rude, folder: Path, known: dict[str, Address] | None = None, *, address: str = "/feed.xml", kind: str = "feed"
) -> tuple[list[Outcome[Document]], dict[str, Address]]:
    """Read a source over HTTP; return its outcomes and what its addresses answered."""
    spec = config.SourceSpec(name="x", kind=kind, address=rude.base + address)
    polite = config.IngestSettings(delay_seconds=0, timeout_seconds=5, allow_private_hosts=("127.0.0.1",))
    settings = config.defaults(folder).model_copy(update={"ingest": polite})
    door = open_door(settings, spec, now=NOW, known=known or {})
    try:
        out = list(read_source(spec, door))
    finally:
        door.close()
    return out, {a.url: a for a in door.learned}


def reasons(outcomes: list[Outcome[Document]]) -> Counter[str]:
    """Count outcomes by reason."""
    return Counter(
        o.error.slug if isinstance(o, Failed) else o.reason if isinstance(o, Skipped) else o.outcome for o in outcomes
    )


def test_every_entry_of_a_feed_is_accounted_for(rude: Rude, tmp_path: Path) -> None:
    teaser = f'<html><head><script type="application/ld+json">{{"isAccessibleForFree": false}}</script></head><body><article><p>{SENTENCE}</p></article></body></html>'
    cookies = "<html><body><p>Nous et nos 812 partenaires utilisons des cookies et des traceurs. Votre consentement : accepter ou refuser les cookies. Vie privée et données personnelles.</p></body></html>"
    rude.put("/robots.txt", b"User-agent: *\nDisallow: /robots\n")
    for name in ("/a", "/b"):
        rude.put(name, page(name.upper()))
    rude.put("/paid", teaser.encode())
    rude.put("/wall", cookies.encode())
    rude.put("/noai", page(head='<meta name="robots" content="noai">'))
    rude.put("/broken", status=500)
    paths = ["/a", "/b", "/paid", "/wall", "/noai", "/robots", "/gone", "/broken"]
    rude.put("/feed.xml", rss(rude.base, paths), ETag='"1"')
    out, learned = read(rude, tmp_path)
    assert reasons(out) == Counter(
        {"done": 2, "paywall": 1, "cookie_wall": 1, "opted_out": 1, "robots": 1, "http_404": 1, "http_5xx": 1}
    )
    first = next(o.value for o in out if isinstance(o, Done))
    assert first.url == rude.base + "/a"
    assert first.published == datetime(2026, 11, 9, 7, tzinfo=UTC)
    assert first.lang == "fr"
    assert rude.base + "/feed.xml" not in learned, "a feed with failures is asked for again"


def test_a_second_look_asks_only_what_changed(rude: Rude, tmp_path: Path) -> None:
    rude.put("/a", page("A"), ETag='"a"')
    rude.put("/feed.xml", rss(rude.base, ["/a"]))
    out, learned = read(rude, tmp_path)
    assert reasons(out) == Counter(done=1)
    assert reasons(read(rude, tmp_path, learned)[0]) == Counter(unchanged=1)
    rude.put("/b", page("B"))
    rude.put("/feed.xml", rss(rude.base, ["/a", "/b"]))
    out, _ = read(rude, tmp_path, learned)
    assert reasons(out) == Counter(unchanged=1, done=1)
    assert not any(isinstance(o, Unchanged) and o.ref.url.endswith("/b") for o in out)


def test_an_entry_with_text_of_its_own_outlives_its_page(rude: Rude, tmp_path: Path) -> None:
    rude.put("/feed.xml", rss(rude.base, ["/gone"], own=SENTENCE * 5))
    out, _ = read(rude, tmp_path)
    assert reasons(out) == Counter(done=1)


@pytest.mark.parametrize(
    ("declared", "written"), [("iso-8859-1", "utf-8"), ("no-such-charset", "utf-8"), ("utf-8", "cp1252")]
)
def test_a_wrong_charset_does_not_spoil_the_text(rude: Rude, tmp_path: Path, declared: str, written: str) -> None:
    rude.put("/a", page(charset=written), Content_Type=f"text/html; charset={declared}")
    rude.put("/feed.xml", rss(rude.base, ["/a"]))
    out, _ = read(rude, tmp_path)
    assert [o.value.text.count("présenté") > 5 for o in out if isinstance(o, Done)] == [True]


def test_a_pdf_behind_a_plain_address_is_read_as_one(rude: Rude, tmp_path: Path) -> None:
    import typst

    made = typst.compile(("= Procès-verbal\n" + SENTENCE * 3).encode(), format="pdf")
    rude.put("/minutes", made, Content_Type="application/octet-stream")
    rude.put("/feed.xml", rss(rude.base, ["/minutes"]))
    out, _ = read(rude, tmp_path)
    assert [o.value.provenance.extractor for o in out if isinstance(o, Done)] == ["pdf"]


LONG = " ".join(["Le conseil municipal a débattu de l’accueil des réfugiés dans la commune."] * 30)


@pytest.mark.parametrize(
    "said",
    [
        "Il vous reste 72 % de cet article à lire. La suite est réservée aux abonnés.",
        "Subscribe to continue reading.",
        "Weiterlesen mit SZ-Plus",
        "Contenido exclusivo para suscriptores",
        "Contenuto riservato agli abbonati",
    ],
)
def test_a_teaser_is_a_paywall_and_a_whole_story_is_not(said: str) -> None:
    assert wall(f"<p>Le maire a dit.</p><div>{said}</div>", "Le maire a dit.") == "paywall"
    assert wall(f"<p>{LONG}</p><div>{said}</div>", LONG) is None


@pytest.mark.parametrize(
    "said",
    [
        "We and our 140 partners use cookies. Accept all cookies or manage your consent. See our privacy policy.",
        "Wir und unsere Partner verwenden Cookies. Mit Ihrer Einwilligung … Alle akzeptieren. Datenschutzerklärung. Cookies ablehnen, zustimmen.",
        "Utilizamos cookies propias. Aceptar cookies, rechazar cookies, datos personales y consentimiento.",
    ],
)
def test_a_cookie_notice_is_no_story(said: str) -> None:
    assert wall(f"<p>{said}</p>", said) == "cookie_wall"


def test_a_story_about_cookies_is_a_story() -> None:
    story = (
        LONG + " La CNIL sanctionne l’usage des cookies sans consentement ; accepter les cookies n’est pas un choix."
    )
    assert wall(f"<p>{story}</p><div class=didomi>cookies cookies cookies</div>", story) is None
    assert wall("<p>Le conseil se réunit lundi.</p>", "Le conseil se réunit lundi.") is None
