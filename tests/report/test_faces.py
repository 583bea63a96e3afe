"""The faces of one report: complete, the same bytes for the same report, hostile text shown as text."""

from __future__ import annotations

import csv
import email
import email.policy
import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema
import polars as pl
import pytest

from discourse import registry
from discourse.records import LANGUAGES
from discourse.report import ReportData, render
from discourse.report.blocks import web_link
from discourse.report.composing import PARTS
from discourse.report.tables import COLUMNS, schema
from discourse.report.wording import Words
from tests.report import hostile
from tests.report.make import town

FACES = ("html", "json", "csv", "parquet", "pdf", "docx", "mail", "markdown")


@lru_cache(maxsize=2)
def report() -> ReportData:
    return town().data()


@lru_cache(maxsize=32)
def face(name: str, lang: str = "en") -> bytes:
    return next(iter(render(report(), lang, name).values()))


def test_every_face_is_registered() -> None:
    assert set(FACES) <= set(registry.names("faces"))


@pytest.mark.parametrize("name", sorted(registry.ALIKE))
def test_faces_made_once_are_the_same_in_every_language(name: str) -> None:
    assert len({face(name, lang) for lang in LANGUAGES}) == 1


def test_past_weeks_are_written_with_six_digits_and_parquet_with_all() -> None:
    made = town()
    made.figures = [replace(f, share=0.123456789, count=1234567.0, q=1.23456789e-9) for f in made.figures]
    data = made.data()
    rows = list(csv.DictReader(io.StringIO(render(data, "fr", "csv")["figures.csv"].decode())))
    assert {(r["share"], r["count"], r["q"]) for r in rows} == {("0.123457", "1234567.0", "1.23457e-09")}
    said = json.loads(render(data, "fr", "json")["report.json"])["figures"]
    assert {(f["period"] == data.week, f["share"]) for f in said} == {(True, 0.123456789), (False, 0.123457)}
    frame = pl.read_parquet(io.BytesIO(render(data, "fr", "parquet")["figures.parquet"]))
    assert set(frame["share"].to_list()) == {0.123456789}


@pytest.mark.parametrize("name", FACES)
def test_the_same_report_gives_the_same_bytes(name: str) -> None:
    assert dict(render(town().data(), "fr", name)) == dict(render(report(), "fr", name))


@pytest.mark.parametrize("name", FACES)
def test_a_report_of_an_empty_week_has_every_face(name: str) -> None:
    empty = town()
    empty.figures, empty.passages, empty.ledger, empty.method, empty.evidence = [], empty.passages.clear(), [], {}, {}
    empty.documents = empty.documents.clear()
    assert all(body for body in render(empty.data(), "de", name).values())


# -- HTML ------------------------------------------------------------------------------------------------------------


class Outline(HTMLParser):
    """Collects what a structure check needs: tags with attributes, heading levels, ids, text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def all(self, *names: str) -> Iterator[tuple[str, dict[str, str | None]]]:
        return ((t, a) for t, a in self.tags if t in names)


def outline(lang: str = "en") -> Outline:
    return Outline(face("html", lang).decode())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_html_has_its_parts_in_order_and_headings_without_gaps(lang: str) -> None:
    page = outline(lang)
    assert tuple(a["id"] for t, a in page.all("section")) == PARTS
    levels = [int(t[1]) for t, _ in page.all("h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_html_ids_are_unique_and_links_inside_lead_somewhere() -> None:
    page = outline()
    ids = [a["id"] for _, a in page.tags if a.get("id")]
    assert len(ids) == len(set(ids))
    inside = {str(a["href"])[1:] for _, a in page.all("a") if str(a.get("href", "")).startswith("#")}
    inside |= {str(a["data-href"])[1:] for _, a in page.tags if a.get("data-href")}
    assert inside <= set(ids)


def test_html_tables_have_scopes_and_charts_have_names_and_tables() -> None:
    page = outline()
    assert all(a.get("scope") in ("col", "row") for _, a in page.all("th"))
    drawings = [a for _, a in page.all("svg")]
    assert len(drawings) == 20
    assert all(a.get("role") == "img" and a.get("aria-labelledby") for a in drawings)
    assert len([a for _, a in page.all("figure") if a.get("class") == "chart"]) == 10
    assert len([a for _, a in page.all("details")]) >= 10


def test_html_quotes_say_their_language() -> None:
    assert all(a.get("lang") for _, a in outline().all("blockquote"))


def test_html_takes_nothing_from_outside_and_allows_only_its_own_style_and_script() -> None:
    page = face("html").decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    assert "default-src &#39;none&#39;" in policy[1]
    assert "unsafe" not in policy[1]
    assert not re.search(r"<(?:img|link|iframe|object|embed|video|audio|source|base)\b", page)
    assert not re.search(r"""(?:src|srcset|poster|action)=|@import|url\(""", page)
    assert not re.search(r"""\sstyle=|\son\w+=""", page)


def test_html_is_small() -> None:
    assert len(face("html")) <= 3_000_000


# -- tables and JSON -------------------------------------------------------------------------------------------------


def test_csv_and_parquet_hold_every_figure() -> None:
    rows = list(csv.DictReader(io.StringIO(face("csv").decode())))
    frame = pl.read_parquet(io.BytesIO(face("parquet")))
    assert len(rows) == frame.height == len(report().figures)
    assert tuple(rows[0]) == tuple(frame.columns) == COLUMNS
    assert frame["share"].to_list() == [f.share for f in report().figures]
    assert frame.schema["enough"] == pl.Boolean


def test_json_obeys_its_published_schema_and_the_schema_refuses_what_is_wrong() -> None:
    said = json.loads(face("json"))
    checker = jsonschema.Draft202012Validator(schema(), format_checker=jsonschema.FormatChecker())
    jsonschema.Draft202012Validator.check_schema(schema())
    assert list(checker.iter_errors(said)) == []
    wrong = [{**said, "status": "final"}, {**said, "extra": 1}, {k: v for k, v in said.items() if k != "digest"},
             {**said, "figures": [{**said["figures"][0], "share": 1.4}]}]  # fmt: skip
    assert all(list(checker.iter_errors(w)) for w in wrong)


def test_json_of_a_signed_and_of_an_empty_report_obey_the_schema_too() -> None:
    signed = town()
    signed.decisions = {
        "signature": {signed.week: {"value": {"digest": signed.data().digest}, "by": "A", "made": "2026-11-16"}}
    }
    empty = town()
    empty.figures, empty.ledger, empty.method = [], [], {}
    for made, status in ((signed, "signed"), (empty, "draft")):
        said = json.loads(render(made.data(), "fr", "json")["report.json"])
        jsonschema.validate(said, schema())
        assert said["status"] == status


def test_json_is_the_same_in_every_language_and_speaks_all_five() -> None:
    assert face("json", "fr") == face("json", "de")
    assert {lang for row in json.loads(face("json"))["headline"] for lang in row} == {"rule", *LANGUAGES}


# -- mail ------------------------------------------------------------------------------------------------------------


def message(lang: str = "fr") -> Any:
    return email.message_from_bytes(face("mail", lang), policy=email.policy.default)


def test_mail_is_text_and_html_with_the_report_attached_and_open_as_a_draft() -> None:
    mail = message()
    assert [p.get_content_type() for p in mail.walk()] == [
        "multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/html",
    ]  # fmt: skip
    assert mail["X-Unsent"] == "1"
    assert mail["Subject"].startswith("[Brouillon] Valmorel-sur-Loire")
    assert [a.get_filename() for a in mail.iter_attachments()] == ["report.fr.html"]


def test_mail_says_the_headline_in_both_its_forms() -> None:
    mail = message("en")
    sentences = Words("en").headline(report())
    text = mail.get_body(("plain",)).get_content()
    html = mail.get_body(("html",)).get_content()
    assert all(s in text for s in sentences)
    assert "Housing" in html
    assert not re.search(r"<(?:img|link|script)|url\(", html)


def test_a_city_name_cannot_add_a_header() -> None:
    made = town()
    made.settings = made.settings.model_copy(
        update={"discourse": made.settings.discourse.model_copy(update={"city": "Ville\r\nBcc: x@y.example"})}
    )
    mail = email.message_from_bytes(render(made.data(), "fr", "mail")["report.fr.eml"], policy=email.policy.default)
    assert mail["Bcc"] is None


# -- PDF and Word ----------------------------------------------------------------------------------------------------


def read_pdf(body: bytes, folder: Path) -> str:
    (folder / "report.pdf").write_bytes(body)
    said = subprocess.run(["pdftotext", "-layout", "report.pdf", "-"], cwd=folder, capture_output=True, check=True)
    return re.sub(r"\s+", " ", said.stdout.decode())


@pytest.mark.component("poppler")
@pytest.mark.parametrize("lang", LANGUAGES)
def test_pdf_reads_back_with_every_part_in_order(lang: str, tmp_path: Path) -> None:
    said = read_pdf(face("pdf", lang), tmp_path)
    places = [said.find(f"{i + 1} {Words(lang)(f'part.{key}')}") for i, key in enumerate(PARTS)]
    assert -1 not in places
    assert places == sorted(places)


def test_pdf_passes_the_machine_checks_of_pdfua(tmp_path: Path) -> None:
    pytest.importorskip("pdfua", reason="the pdfua checker is not installed here")
    (tmp_path / "report.pdf").write_bytes(face("pdf", "fr"))
    command = [str(Path(sys.executable).with_name("pdfua")), "check", str(tmp_path / "report.pdf")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "errors=0" in done.stdout, done.stdout


def test_pdf_passes_the_machine_checks_of_outloud(tmp_path: Path) -> None:
    pytest.importorskip("outloud", reason="the outloud checker is not installed here")
    (tmp_path / "report.pdf").write_bytes(face("pdf", "fr"))
    command = [str(Path(sys.executable).with_name("outloud")), str(tmp_path / "report.pdf")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "ERROR" not in done.stdout, done.stdout


@pytest.mark.component("poppler")
def test_pdf_shows_scripts_without_a_font_as_boxes_and_goes_on(tmp_path: Path) -> None:
    made = town()
    made.passages = made.passages.with_columns(
        pl.lit(
            "مرحبا 😀 \u202e\x07 #set text(red) $x^2$ *gras* @ref. Une phrase assez longue pour être citée ici."
        ).alias("text")
    )
    said = read_pdf(render(made.data(), "fr", "pdf")["report.fr.pdf"], tmp_path)
    assert "#set text(red) $x^2$ *gras* @ref" in said


def test_word_has_headings_tables_pictures_with_words_and_links() -> None:
    import docx
    from docx.oxml.ns import qn

    document = docx.Document(io.BytesIO(face("docx", "en")))
    headings = [p.text for p in document.paragraphs if p.style.name == "Heading 1"]
    assert headings == [f"{i + 1}. {Words('en')(f'part.{key}')}" for i, key in enumerate(PARTS)]
    pictures = document.element.findall(f".//{qn('wp:docPr')}")
    assert len(pictures) == 10
    assert all(p.get("descr") for p in pictures)
    assert len(document.tables) > 12
    assert len(document.element.findall(f".//{qn('w:hyperlink')}")) > 3


def test_word_is_a_sound_archive_without_dates() -> None:
    with zipfile.ZipFile(io.BytesIO(face("docx", "en"))) as archive:
        assert archive.testzip() is None
        assert {m.date_time for m in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


# -- hostile text ----------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def attacked() -> ReportData:
    return hostile.town().data()


def test_hostile_text_never_becomes_a_tag_an_attribute_or_a_link() -> None:
    page = Outline(render(attacked(), "fr", "html")["report.fr.html"].decode())
    plain = Outline(face("html", "fr").decode())
    allowed = {t for t, _ in plain.tags}
    assert {t for t, _ in page.tags} <= allowed
    assert not any(
        name.startswith("on") or name in ("style", "srcdoc", "formaction") for _, a in page.tags for name in a
    )
    links = {str(a["href"]) for _, a in page.all("a")}
    assert all(link.startswith(("#", "https://", "http://")) for link in links)
    assert len(list(page.all("script"))) == len(list(page.all("style"))) == 1


def test_hostile_text_is_shown_as_it_is() -> None:
    text = " ".join(Outline(render(attacked(), "fr", "html")["report.fr.html"].decode()).text)
    for shown in ("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "{{ 7*7 }}", "</style>"):
        assert shown in text


def test_hostile_text_in_markdown_and_mail_stays_text() -> None:
    said = render(attacked(), "fr", "markdown")["report.fr.md"].decode()
    assert not re.search(r"(?<!\\)<(?:script|img|svg|/style)", said)
    assert not re.search(r"(?<!\\)\]\(<?(?:javascript|data|file)", said)
    mail = email.message_from_bytes(render(attacked(), "fr", "mail")["report.fr.eml"], policy=email.policy.default)
    tags = {t for t, _ in Outline(mail.get_body(("html",)).get_content()).tags}  # type: ignore[union-attr]
    assert not tags & {"script", "img", "svg", "iframe", "a"}


@pytest.mark.parametrize("name", ["pdf", "docx", "json", "csv", "parquet"])
def test_hostile_text_breaks_no_other_face(name: str) -> None:
    assert all(body for body in render(attacked(), "fr", name).values())


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("https://a.example/x?y=1", "https://a.example/x?y=1"),
        ("http://a.example", "http://a.example"),
        (" https://a.example ", "https://a.example"),
        ("javascript:alert(1)", ""),
        ("JaVaScRiPt:alert(1)", ""),
        ("java\nscript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("file:///etc/passwd", ""),
        ("//a.example/x", ""),
        ("https:///x", ""),
        ("https://a.example/\nx", ""),
        ("http://[bad", ""),
        ("letters/a.txt", ""),
        ("", ""),
    ],
)
def test_only_web_addresses_become_links(address: str, link: str) -> None:
    assert web_link(address) == link
