"""Web pages as they are: live blogs, galleries, stories with pictures, walls; every page here was written for this test."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discourse import config
from discourse.ingest import extract_all, open_door, read_source
from discourse.ingest.extract import gallery, liveblog
from discourse.ingest.walls import wall
from discourse.records import Document, Done, Failed, Outcome, Skipped, Unchanged

NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)
SENTENCE = "La mairie a présenté lundi soir le projet de centre d’accueil aux habitants réunis à la salle des fêtes. "
STORY = "".join(f"<p>Point {n}. {SENTENCE * 3}</p>" for n in range(6))
SAID = (
    ("2026-11-09T18:05:00+01:00", "La séance est ouverte", "Le maire ouvre la séance devant une salle pleine et rappelle l’ordre du jour."),
    ("2026-11-09T18:40:00+01:00", "", "Une habitante demande combien de familles seront logées dans l’ancienne clinique du quartier."),
    ("2026-11-09T19:10:00+01:00", "Le vote", "Le projet de centre d’accueil est adopté par vingt-huit voix contre sept, sous les applaudissements."),
    ("2026-11-09T19:30:00+01:00", "", "Les opposants annoncent un recours devant le tribunal administratif dans les deux mois."),
)  # fmt: skip


def read(folder: Path, markup: str) -> Outcome[Document]:
    (folder / "in").mkdir(exist_ok=True)
    (folder / "in" / "x.html").write_text(markup, encoding="utf-8")
    spec = config.SourceSpec(name="x", kind="folder", address="in", language="fr")
    return next(iter(read_source(spec, open_door(config.defaults(folder), spec, now=NOW, known={}))))


def document(outcome: Outcome[Document]) -> Document:
    assert isinstance(outcome, Done), outcome
    return outcome.value


def page(body: str, *, head: str = "", title: str = "Conseil municipal : suivez la soirée en direct") -> str:
    return (
        f"<!doctype html><html lang=fr><head><meta charset=utf-8><title>{title}</title>{head}</head>"
        f"<body><header><nav><a href=/>Accueil</a></nav></header><main><h1>{title}</h1>{body}</main>"
        "<footer><p>Mentions légales</p></footer></body></html>"
    )


# -- live blogs -------------------------------------------------------------------------------------------------------


def in_data(entries: Sequence[tuple[str, str, str]] = SAID) -> str:
    """Return a live blog as news sites describe it to search engines, the newest entry first."""
    updates = [
        {"@type": "BlogPosting", "datePublished": when, "headline": title, "articleBody": text}
        for when, title, text in reversed(entries)
    ]
    data = {"@context": "https://schema.org", "@type": "LiveBlogPosting", "liveBlogUpdate": updates}
    return page(
        "<p>Le direct de la soirée, minute par minute.</p>",
        head=f'<script type="application/ld+json">{json.dumps(data)}</script>',
    )


def in_blocks(entries: Sequence[tuple[str, str, str]] = SAID) -> str:
    """Return a live blog as blocks of the page, with a teaser and comments that hold times too."""
    blocks = "".join(
        f'<article class="live-post"><time datetime="{when}">{when[11:16]}</time>'
        + (f"<h3>{title}</h3>" if title else "")
        + f"<p>{text}</p><button>Partager</button></article>"
        for when, title, text in reversed(entries)
    )
    comments = "".join(
        f'<li class="comment"><time datetime="2026-11-09T20:0{n}">20 h 0{n}</time><p>Je trouve cette décision bien tardive pour notre quartier.</p></li>'
        for n in range(6)
    )
    return page(f'<div class="liveblog">{blocks}</div><ul class="comments">{comments}</ul>')


@pytest.mark.parametrize("made", [in_data, in_blocks])
def test_the_entries_of_a_live_blog_are_parts_with_their_times_oldest_first(made: object, tmp_path: Path) -> None:
    got = document(read(tmp_path, made()))  # type: ignore[operator]
    paragraphs = [p for p in got.parts if p.kind == "paragraph"]
    assert [got.text[p.start : p.end] for p in paragraphs] == [text for _, _, text in SAID]
    assert [p.number for p in paragraphs] == [
        "2026-11-09T17:05+00:00",
        "2026-11-09T17:40+00:00",
        "2026-11-09T18:10+00:00",
        "2026-11-09T18:30+00:00",
    ]
    assert [got.text[p.start : p.end] for p in got.parts if p.kind == "heading"] == ["La séance est ouverte", "Le vote"]
    assert "tardive" not in got.text
    assert "Partager" not in got.text


@pytest.mark.parametrize("made", [in_data, in_blocks])
def test_a_live_blog_that_grows_keeps_what_it_said_where_it_stood(made: object, tmp_path: Path) -> None:
    first = document(read(tmp_path, made(SAID[:3])))  # type: ignore[operator]
    later = document(read(tmp_path, made(SAID)))  # type: ignore[operator]
    assert later.text.startswith(first.text)


def test_a_list_of_stories_with_times_is_no_live_blog() -> None:
    cards = "".join(
        f'<article class=card><time datetime="2026-11-0{n}">{n}</time><p>{SENTENCE}</p></article>' for n in range(1, 9)
    )
    assert liveblog.entries(page(cards, title="Les articles de la semaine"), "Europe/Paris") == []


def test_a_story_that_mentions_a_live_broadcast_stays_a_story(tmp_path: Path) -> None:
    got = document(read(tmp_path, page(f'<article><time datetime="2026-11-09">9 nov.</time>{STORY}</article>')))
    assert got.text.count("Point") == 6
    assert all(p.number is None for p in got.parts)


@settings(deadline=None)
@given(st.text(max_size=300))
def test_a_live_blog_of_noise_never_raises(noise: str) -> None:
    script = f'<script type="application/ld+json">{noise}</script>'
    liveblog.entries(f"LiveBlogPosting {script}<article><time datetime='{noise}'>{noise}", "Europe/Paris")
    gallery.captions(f'<div class="gallery {noise}"><img alt="{noise}">{noise}')


# -- galleries --------------------------------------------------------------------------------------------------------

CAPTIONS = [
    f"Vue numéro {n} : la foule devant la mairie pendant la soirée de présentation du projet d’accueil."
    for n in range(8)
]


def slides(kind: str) -> str:
    if kind == "figures":
        return "".join(
            f'<figure><img src="{n}.jpg"><figcaption>{c}</figcaption></figure>' for n, c in enumerate(CAPTIONS)
        )
    items = "".join(f'<li class="slide"><img src="{n}.jpg"><p>{c}</p></li>' for n, c in enumerate(CAPTIONS))
    return f'<ul class="diaporama">{items}</ul>'


@pytest.mark.parametrize("kind", ["figures", "slides"])
def test_a_gallery_is_no_article(kind: str, tmp_path: Path) -> None:
    got = read(tmp_path, page(f"<p>Les images de la soirée.</p>{slides(kind)}", title="La soirée en images"))
    assert isinstance(got, Skipped)
    assert got.reason == "gallery"


@pytest.mark.parametrize("kind", ["figures", "slides"])
def test_a_story_with_a_gallery_is_kept_without_the_captions(kind: str, tmp_path: Path) -> None:
    got = document(read(tmp_path, page(f"<article>{STORY}{slides(kind)}</article>", title="Le centre d’accueil")))
    assert got.text.count("Point") == 6
    assert "Vue numéro" not in got.text


def test_a_page_dressed_as_a_gallery_loses_no_paragraph(tmp_path: Path) -> None:
    markup = page(f'<article class="has-gallery"><img src="a.jpg">{STORY}</article>', title="Le centre d’accueil")
    assert document(read(tmp_path, markup)).text.count("Point") == 6


def test_a_story_with_one_picture_keeps_every_paragraph_but_the_caption(tmp_path: Path) -> None:
    figure = f"<figure><img src=a.jpg><figcaption>{CAPTIONS[0]}</figcaption></figure>"
    got = document(read(tmp_path, page(f"<article>{figure}{STORY}</article>", title="Le centre d’accueil")))
    assert got.text.count("Point") == 6
    assert "Vue numéro" not in got.text


# -- walls and emptiness ----------------------------------------------------------------------------------------------


def test_a_locked_live_blog_is_a_paywall(tmp_path: Path) -> None:
    head = '<script type="application/ld+json">{"@type": "NewsArticle", "isAccessibleForFree": false}</script>'
    got = read(tmp_path, page(f"<article><p>{SENTENCE}</p></article>", head=head))
    assert got == Skipped(ref=got.ref, reason="paywall") if isinstance(got, Skipped) else False


def test_a_long_live_blog_on_a_site_with_a_subscription_is_read() -> None:
    story = " ".join(text for _, _, text in SAID * 6)
    assert wall(f'<script>{{"isAccessibleForFree": false}}</script><p>{story}</p>', story) is None


def test_a_page_without_a_story_says_so(tmp_path: Path) -> None:
    got = read(tmp_path, "<html><body><nav></nav></body></html>")
    assert isinstance(got, Failed)
    assert got.error.slug == "no_story"


# -- words as they are ------------------------------------------------------------------------------------------------


def test_marks_for_the_browser_do_not_part_words(tmp_path: Path) -> None:
    hidden = STORY.replace("accueil", "ac\u00adcueil").replace("mairie", "mai\u200brie")
    got = document(read(tmp_path, page(f"<article>{hidden}</article>", title="Le cen\u00adtre")))
    assert got.title == "Le centre"
    assert "\u00ad" not in got.text
    assert got.text.count("accueil") == hidden.count("ac\u00adcueil")
    assert "La mairie" in got.text


def test_text_between_paragraphs_and_after_line_breaks_is_kept(tmp_path: Path) -> None:
    loose = f"<article>{STORY}Le vote est reporté<br>au mois de mars.<p>Fin de la séance à vingt heures.</p></article>"
    got = document(read(tmp_path, page(loose, title="Le centre")))
    assert "Le vote est reporté au mois de mars." in " ".join(got.text.split())


def test_real_pages_give_their_stories(shared: Path) -> None:
    folder = shared / "samples" / "html" / "trafilatura-eval"
    items = json.loads((folder / "evaldata.subset.json").read_text(encoding="utf-8")).values()
    some = [item for item in items if ".fr" in item["file"] and (folder / item["file"]).is_file()][:6]
    spec = config.SourceSpec(name="x", kind="folder", address=".")
    door = open_door(config.defaults(folder), spec, now=NOW, known={})
    found = {o.ref.url if isinstance(o, (Failed, Skipped)) else o.value.provenance.retrieved_from: o
             for o in extract_all([item["file"] for item in some], door) if not isinstance(o, Unchanged)}  # fmt: skip
    wanted = [(item["file"], " ".join(stretch.split())) for item in some for stretch in item["with"]]
    right = sum(isinstance(o := found[f], Done) and stretch in " ".join(o.value.text.split()) for f, stretch in wanted)
    assert len(wanted) >= 12
    assert right >= 0.85 * len(wanted)
