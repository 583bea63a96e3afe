"""Parla-CLARIN and ParlaMint TEI: sittings with agenda, turns and votes."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from discourse.ingest.privacy import mask
from discourse.records import Document, Part, Provenance
from tests.ingest.council_reading import FIXTURES, NOW, documents, look, part_texts, reasons, source
from tests.ingest.test_bad_input import damaged

FILES = FIXTURES / "tei"


def placed(folder: Path, *names: str) -> Path:
    (folder / "in").mkdir(exist_ok=True)
    for name in names:
        (folder / "in" / name).write_bytes((FILES / name).read_bytes())
    return folder


@pytest.mark.parametrize(("kind", "address"), [("tei", "in/sitting.xml"), ("folder", "in"), ("tei", "in")])
def test_a_sitting_keeps_items_turns_and_votes(tmp_path: Path, kind: str, address: str) -> None:
    (sitting,) = documents(look(source(kind, address), placed(tmp_path, "sitting.xml"))[0]).values()
    assert sitting.title == "Procès-verbal de Valmorel – Séance du 10 novembre 2026"
    assert sitting.published == datetime(2026, 11, 10, 11, tzinfo=UTC)
    assert (sitting.lang, sitting.provenance.licence) == ("fr", "https://creativecommons.org/licenses/by/4.0/")
    assert dict(sitting.meta)["meeting"] == "Conseil municipal 12"
    assert part_texts(sitting, "agenda_item") == ["Accueil des réfugiés"]
    assert [p.number for p in sitting.parts if p.kind == "agenda_item"] == ["3"]
    assert [(p.speaker, p.role) for p in sitting.parts if p.kind == "speech"] == [
        ("Anne Morel", "chair"),
        (None, "guest"),
        ("DurandPaul", "regular"),
    ]
    assert part_texts(sitting, "speech") == [
        "Mme la maire: La commune accueillera trois familles.\nNous en parlerons au printemps.",
        "J'habite la rue voisine et je viens vous aider.",
        "L' idée, je la soutiens.",
    ]
    assert part_texts(sitting, "vote") == ["pour 9, contre 0", "Pour 21, contre 6."]


def test_the_name_of_a_guest_and_the_noises_are_not_kept(tmp_path: Path) -> None:
    (sitting,) = documents(look(source("tei", "in"), placed(tmp_path, "sitting.xml"))[0]).values()
    assert "Petit" not in sitting.text
    assert "Rires" not in sitting.text
    assert "applaudissements" not in sitting.text


def test_a_speaker_stays_named_in_what_others_say_and_a_private_person_does_not() -> None:
    text = "Mme Morel a répondu à M. Petit et à Anne Martin."
    turn = Part(kind="speech", start=0, end=len(text), speaker="Anne Morel", role="chair")
    made = Provenance(retrieved=NOW, retrieved_from="x", extractor="tei", extractor_version="1")
    sitting = Document(
        id="x:1", source="x", url="x", title="", published=NOW, lang="fr", kind="council", text=text, parts=(turn,), provenance=made
    )  # fmt: skip

    def names(text: str, lang: str) -> list[tuple[int, int]]:
        return [m.span() for m in re.finditer(r"Mme Morel|M. Petit|Anne Martin", text)]

    assert mask(sitting, names).text == "Mme Morel a répondu à [person 1] et à [person 2]."
    about = (("agenda_item", "Vente à Anne Martin"), ("meeting", "https://x.example/Anne-Martin"))
    masked = mask(replace(sitting, meta=about), names).meta
    assert masked == (("agenda_item", "Vente à [person 2]"), ("meeting", "https://x.example/Anne-Martin"))


def test_a_number_is_no_name(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    whole = (FILES / "sitting.xml").read_text().replace("#DurandPaul", "#PA721908")
    (tmp_path / "in" / "x.xml").write_text(whole)
    (sitting,) = documents(look(source("tei", "in"), tmp_path)[0]).values()
    assert [p.speaker for p in sitting.parts if p.kind == "speech"] == ["Anne Morel", None, None]


def test_a_corpus_header_is_left_out_by_name(tmp_path: Path) -> None:
    out, _ = look(source("tei", "in"), placed(tmp_path, "sitting.xml", "corpus-header.xml"))
    assert reasons(out) == {"done": 1, "skipped:corpus_header": 1}


def test_each_sitting_of_a_corpus_is_a_document(tmp_path: Path) -> None:
    one = (FILES / "sitting.xml").read_text().partition("?>")[2]
    corpus = (
        "<teiCorpus xmlns='http://www.tei-c.org/ns/1.0'>" + one + one.replace("ZZ-2026-11-10", "ZZ-2") + "</teiCorpus>"
    )
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "x.xml").write_text(corpus)
    out, _ = look(source("tei", "in"), tmp_path)
    assert [d.url for d in documents(out).values()] == ["in/x.xml#ZZ-2026-11-10", "in/x.xml#ZZ-2"]
    assert len({d.id for d in documents(out).values()}) == 2


def test_a_damaged_file_is_one_failure(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for what, body in damaged((FILES / "sitting.xml").read_bytes()):
        (tmp_path / "in" / "x.xml").write_bytes(body)
        for kind in ("tei", "folder"):
            out, _ = look(source(kind, "in"), tmp_path)
            assert len(out) == 1, what
            if what != "holes":
                assert out[0].outcome == "failed", what


def test_the_published_examples_are_read(shared: Path) -> None:
    """The exemplar of Parla-CLARIN, and three committee sittings of the Slovenian parliament."""
    folder = shared / "samples" / "parlaclarin-tei"
    if not folder.is_dir():
        pytest.skip("the samples of Parla-CLARIN are not here")
    out, _ = look(source("tei", ".", publisher="press"), folder)
    assert reasons(out) == {"done": 4}
    found = {key.partition("-")[0]: d for key, d in documents(out).items()}
    turns = {key: sum(p.kind == "speech" for p in d.parts) for key, d in found.items()}
    assert turns == {"KPZONOJFSPD": 9, "OZKGIP": 9, "OZKSIS": 9, "Parla": 7}
    assert found["OZKGIP"].published == datetime(1998, 12, 8, 11, tzinfo=UTC)
    assert found["OZKGIP"].lang == "sl"
    assert part_texts(found["Parla"], "vote") == ["For 47. Against 19.", "For 48."]
