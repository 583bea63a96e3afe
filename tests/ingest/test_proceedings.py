"""Plain minutes: agenda items, votes and turns of speech as councils of five countries write them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discourse import config
from discourse.ingest import open_door, read_source
from discourse.ingest.draft import compose
from discourse.ingest.extract.proceedings import marked
from discourse.records import Done, Part

NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)


def told(words: str, kind: str = "paragraph") -> Part:
    return marked(words, [Part(kind=kind, start=0, end=len(words))])[0]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("1/ Convention avec le centre d’accueil :", "1"),
        ("2. Reversement de la taxe d’aménagement", "2"),
        ("Délibération n° 2026-114 : hébergement des familles", "2026-114"),
        ("ASUNTO IV.- APROBACIÓN DEL CONVENIO DE ACOGIDA.", "IV"),
        ("TOP 7 Unterbringung von Geflüchteten", "7"),
        ("Item 3: Housing for refugees", "3"),
        ("Punto 5 all'ordine del giorno: accoglienza", "5"),
    ],
)
def test_agenda_items_are_told_with_their_number(words: str, number: str) -> None:
    assert (told(words).kind, told(words).number) == ("agenda_item", number)


@pytest.mark.parametrize(
    "words",
    [
        "13 votes pour, 2 abstentions",
        "Pour : 28 — Contre : 7 — Abstention : 2",
        "Adopté à l’unanimité.",
        "Se aprueba por unanimidad.",
        "Votos a favor: 9; 2 en contra.",
        "Beschluss: einstimmig angenommen",
        "12 Ja-Stimmen, 3 Nein-Stimmen",
        "The motion was carried, 21 for and 4 against.",
        "Favorevoli: 14, contrari: 3",
    ],
)
def test_votes_are_told(words: str) -> None:
    assert told(words).kind == "vote"


@pytest.mark.parametrize(
    "words",
    [
        "Le conseil décide d’ouvrir le centre en 2026 et charge la maire de signer la convention avec l’association.",
        "1. Approuve la convention avec l’association d’accueil ;",
        "2. autorise le maire à signer.",
        "En 2025, 28 familles ont été logées dans 12 logements de la commune.",
        "Présents : 14 conseillers",
    ],
)
def test_what_is_neither_stays_a_paragraph(words: str) -> None:
    assert told(words).kind == "paragraph"


def test_a_turn_of_speech_names_its_speaker_only_beside_an_office() -> None:
    officer = told("M. Dupont, adjoint au logement : Nous ouvrirons douze logements avant l’hiver.")
    assert (officer.kind, officer.speaker) == ("speech", "M. Dupont, adjoint au logement")
    resident = told("Mme Diallo : Ma famille attend un logement depuis un an.")
    assert (resident.kind, resident.speaker) == ("speech", None)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["paragraph", "heading", "list", "table"]), st.text(max_size=80)), max_size=8)
)
def test_no_stretch_moves_whatever_it_says(pieces: list[tuple[str, str]]) -> None:
    text, parts = compose("Titre", pieces)  # type: ignore[arg-type]
    assert [(p.start, p.end) for p in marked(text, parts)] == [(p.start, p.end) for p in parts]


@pytest.mark.parametrize(("publisher", "kinds"), [("council", {"agenda_item", "vote"}), ("press", set())])
def test_only_a_councils_papers_are_read_as_minutes(publisher: str, kinds: set[str], tmp_path: Path) -> None:
    import typst

    source = (
        '#set page(paper: "a5")\nProcès-verbal\n\n1/ Convention d’accueil :\n\n13 votes pour\n\nLa séance est levée.'
    )
    (tmp_path / "a.pdf").write_bytes(typst.compile(source.encode(), format="pdf"))
    spec = config.SourceSpec.model_validate({"name": "x", "kind": "folder", "address": ".", "publisher": publisher})
    door = open_door(config.defaults(tmp_path), spec, now=NOW, known={})
    found = [o.value for o in read_source(spec, door) if isinstance(o, Done)]
    assert {p.kind for p in found[0].parts} & {"agenda_item", "vote"} == kinds


def test_real_minutes_give_their_items_and_votes(shared: Path) -> None:
    folder = shared / "data" / "raw" / "council" / "fr_couthenans"
    spec = config.SourceSpec(name="x", kind="folder", address=str(folder), publisher="council", language="fr")
    door = open_door(config.defaults(folder), spec, now=NOW, known={})
    kinds = [p.kind for o in read_source(spec, door) if isinstance(o, Done) for p in o.value.parts]
    assert kinds.count("agenda_item") >= 20
    assert kinds.count("vote") >= 30
