"""What stands in front of a story: paywalls and consent pages in five languages, told from stories that mention them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from discourse import config
from discourse.ingest import open_door, read_source
from discourse.ingest.door import Fetch
from discourse.ingest.walls import wall
from discourse.records import Document, Done, Outcome, Skipped, Unchanged

NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)
SENTENCE = "La mairie a présenté lundi soir le projet de centre d’accueil aux habitants réunis à la salle des fêtes. "
BANNER = (
    '<div id="didomi-host" class="consent"><p>Nous et nos 143 partenaires utilisons des cookies et des traceurs. '
    "Accepter, refuser, gérer mon consentement. Vie privée.</p></div>"
)
FREE = '<script type="application/ld+json">{{"@type":"NewsArticle","isAccessibleForFree":{0}}}</script>'
TEASERS = {
    "fr": "Article réservé aux abonnés. Abonnez-vous pour lire la suite.",
    "fr share": "Il vous reste 83 % de cet article à lire. La suite est réservée aux abonnés.",
    "en": "This article is for subscribers. Subscribe now to keep reading.",
    "es": "Contenido exclusivo para suscriptores. Suscríbete para seguir leyendo.",
    "it": "Contenuto riservato agli abbonati. Abbonati per continuare a leggere.",
    "de": "Nur für Abonnenten. Jetzt abonnieren und weiterlesen.",
}
CONSENT = {
    "fr": "Nous et nos 812 partenaires utilisons des cookies. Votre consentement est demandé : accepter les cookies, refuser les cookies, données personnelles.",
    "en": "We and our 140 partners use cookies. Accept all cookies or manage your consent choices. See our privacy and cookies policy.",
    "es": "Nosotros y nuestros 300 socios utilizamos cookies. Aceptar las cookies, rechazar las cookies, datos personales, consentimiento.",
    "it": "Noi e i nostri partner usiamo cookie. Accetta i cookie o rifiuta i cookie. Consenso e dati personali, privacy.",
    "de": "Wir und unsere 200 Partner setzen Cookies ein. Ihre Einwilligung: Cookies zulassen, Cookies ablehnen, zustimmen, Datenschutzhinweise.",
}  # fmt: skip


def read(folder: Path, body: str) -> Outcome[Document]:
    (folder / "in").mkdir(exist_ok=True)
    markup = f"<!doctype html><html><head><meta charset=utf-8><title>Un projet</title></head><body>{body}</body></html>"
    (folder / "in" / "x.html").write_text(markup, encoding="utf-8")
    spec = config.SourceSpec(name="x", kind="folder", address="in")
    return next(iter(read_source(spec, open_door(config.defaults(folder), spec, now=NOW, known={}))))


def reason(outcome: Outcome[Document]) -> str:
    return outcome.reason if isinstance(outcome, Skipped) else outcome.outcome


def story(words: int) -> str:
    return "".join(f"<p>{n}. {SENTENCE * 2}</p>" for n in range(max(1, words // 38)))


@pytest.mark.parametrize("said", TEASERS.values(), ids=TEASERS)
def test_a_teaser_before_a_paywall_is_skipped(said: str, tmp_path: Path) -> None:
    got = read(tmp_path, f"<article><h1>Un projet</h1>{story(60)}<div class=offer>{said}</div></article>")
    assert reason(got) == "paywall"


@pytest.mark.parametrize("written", ["false", '"False"', '"http://schema.org/False"'])
def test_a_teaser_that_says_in_its_data_that_it_is_not_free_is_skipped(written: str, tmp_path: Path) -> None:
    assert reason(read(tmp_path, FREE.format(written) + f"<article>{story(60)}</article>")) == "paywall"


@pytest.mark.parametrize("said", TEASERS.values(), ids=TEASERS)
def test_a_whole_story_with_an_offer_beside_it_is_kept(said: str, tmp_path: Path) -> None:
    got = read(tmp_path, f"<article><h1>Un projet</h1>{story(400)}</article><aside>{said}</aside>")
    assert reason(got) == "done"


@pytest.mark.parametrize("said", CONSENT.values(), ids=CONSENT)
def test_a_consent_page_is_skipped(said: str, tmp_path: Path) -> None:
    assert reason(read(tmp_path, f"<main><h1>Cookies</h1><p>{said}</p></main>")) == "cookie_wall"


@pytest.mark.parametrize("words", [80, 160, 400])
def test_a_story_under_a_banner_is_kept_without_the_banner(words: int, tmp_path: Path) -> None:
    got = read(tmp_path, f"<article><h1>Un projet</h1>{story(words)}</article>{BANNER}")
    assert isinstance(got, Done)
    assert "partenaires" not in got.value.text


def test_a_brief_that_is_free_is_kept(tmp_path: Path) -> None:
    assert reason(read(tmp_path, FREE.format("true") + f"<article>{story(60)}</article>")) == "done"


def test_a_story_about_subscriptions_is_a_story() -> None:
    said = "Le journal local perd ses abonnés. Selon la direction, les abonnements ont reculé de 12 % en un an. " * 4
    assert wall(f"<article><p>{said}</p></article>", said) is None


def test_a_redirect_to_a_consent_host_is_a_consent_page() -> None:
    assert wall("<p>Bonjour</p>", "mot " * 300, url="https://consent.journal.example/?to=/a") == "cookie_wall"


def test_real_article_pages_stand_behind_no_wall(shared: Path) -> None:
    folder = shared / "samples" / "html"
    some = sorted(p.name for p in folder.rglob("*.html"))[::8]
    spec = config.SourceSpec(name="x", kind="folder", address=str(folder), pattern="*.html")
    door = open_door(config.defaults(folder), spec, now=NOW, known={})
    door.fetch = _only(some, door.fetch)
    walled = [o.ref.url for o in read_source(spec, door) if reason(o) in ("paywall", "cookie_wall")]
    assert len(some) >= 8
    assert walled == []


def _only(names: list[str], fetch: Fetch) -> Fetch:
    """Return a fetch that knows but some files."""
    return lambda ref: fetch(ref) if Path(ref.url).name in names else Unchanged(ref=ref)
