"""Private persons in letters and minutes: masked before they are stored, countable, opened by the key alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from discourse import config
from discourse.ingest import open_door, read_source
from discourse.ingest.privacy import mask, pseudonymise, reveal
from discourse.records import Document, Done, Part, Provenance

NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)
KNOWN = re.compile(r"Amina Diallo|Jean Dupont|Claire Martin")


def finder(text: str, lang: str) -> Iterator[tuple[int, int]]:
    """Find three names, as a name finder would."""
    return (m.span() for m in KNOWN.finditer(text))


def letter(text: str, *parts: Part, title: str = "") -> Document:
    made = Provenance(retrieved=NOW, retrieved_from="x", extractor="text", extractor_version="1")
    return Document(
        id="x:1",
        source="x",
        url="x",
        title=title,
        published=NOW,
        lang="fr",
        kind="civic",
        text=text,
        parts=parts,
        provenance=made,
    )


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("email", "amina.diallo+x@courriel.example.org"),
        ("phone", "06 12 34 56 78"),
        ("phone", "+33 (0)4 77 12 34 56"),
        ("phone", "0049 711 1234567"),
        ("phone", "020 7946 0958"),
        ("iban", "FR76 3000 6000 0112 3456 7890 189"),
        ("iban", "DE89370400440532013000"),
        ("nir", "2 84 05 42 218 123 45"),
        ("nir", "184052A218123"),
        ("address", "12 bis, rue des Lilas"),
        ("address", "3 place de la République"),
        ("address", "221 Baker Street"),
        ("address", "Hauptstraße 12a"),
        ("address", "Calle de Alcalá, 25"),
        ("person", "Amina Diallo"),
    ],
)
def test_what_is_private_is_replaced_and_counted(kind: str, value: str) -> None:
    text, counts = pseudonymise(f"On me joint ainsi : {value}, merci.", "fr", finder)
    assert text == f"On me joint ainsi : [{kind} 1], merci."
    assert counts == {kind: 1}


@pytest.mark.parametrize(
    "said",
    [
        "La ville finance 20 cours de français et 12 places d’accueil pour 2 350 000 euros.",
        "Délibération 2026-11-09, budget 1 234 567,89 euros, vote : 38 pour, 3 contre, 2 abstentions.",
        "Le conseil du 14 septembre 2026 a ouvert 150 logements en 2025 et 2026.",
        "SIRET 244 200 770 00017, matière 7.5.2.",
    ],
)
def test_what_is_public_stays(said: str) -> None:
    assert pseudonymise(said, "fr", finder) == (said, {})


def test_an_office_makes_a_name_public() -> None:
    said = "Le maire, M. Jean Dupont, a répondu à Amina Diallo ; l’adjointe Claire Martin s’est abstenue."
    text, counts = pseudonymise(said, "fr", finder)
    assert "Jean Dupont" in text
    assert "Claire Martin" in text
    assert "Amina" not in text
    assert counts == {"person": 1}


def test_someone_whom_the_mayor_met_is_no_officer() -> None:
    assert "Amina" not in pseudonymise("Le maire a reçu Amina Diallo.", "fr", finder)[0]


def test_with_a_key_a_pseudonym_is_stable_and_opens_only_with_it() -> None:
    said = "Amina Diallo, 06 12 34 56 78, a écrit."
    first, _ = pseudonymise(said, "fr", finder, key="clef")
    again, _ = pseudonymise("Réponse à Amina Diallo.", "fr", finder, key="clef")
    token = first.split(",", maxsplit=1)[0]
    assert token in again
    assert "Amina" not in first
    assert reveal(first, "clef") == said
    assert reveal(first, "autre") == first
    assert pseudonymise(said, "fr", finder, key="autre")[0] != first


def test_without_a_key_one_person_has_one_number_in_a_text() -> None:
    text, _ = pseudonymise("Amina Diallo et Jean Dupont ; puis Amina Diallo.", "fr", finder)
    assert text == "[person 1] et [person 2] ; puis [person 1]."


def test_parts_still_fit_and_speakers_stay() -> None:
    body = "Lettre de Amina Diallo\n\nJean Dupont parle à Amina Diallo.\n\nFin."
    places = [body.index("Lettre"), body.index("Jean"), body.index("Fin")]
    ends = [body.index("\n\nJean"), body.index("\n\nFin"), len(body)]
    parts = [
        Part(kind="speech", start=a, end=b, speaker="Jean Dupont" if n == 1 else None)
        for n, (a, b) in enumerate(zip(places, ends, strict=True))
    ]
    got = mask(letter(body, *parts, title="Lettre de Amina Diallo"), finder)
    assert [got.text[p.start : p.end] for p in got.parts] == [
        "Lettre de [person 1]",
        "Jean Dupont parle à [person 1].",
        "Fin.",
    ]
    assert got.title == "Lettre de [person 1]"
    assert got.provenance.removed == {"person": 2}


@given(
    st.lists(
        st.sampled_from(
            ["Amina Diallo", "06 12 34 56 78", "a@b.example", "le conseil", "\n\n", "12 rue des Lilas,", "é…"]
        ),
        max_size=12,
    )
)
def test_any_mixture_opens_again_word_for_word(pieces: list[str]) -> None:
    said = " ".join(pieces)
    text, counts = pseudonymise(said, "fr", finder, key="clef")
    assert "Amina" not in text
    assert "06 12" not in text
    assert reveal(text, "clef") == said
    assert sum(counts.values()) == text.count("[")


@pytest.mark.parametrize(("publisher", "masked"), [("civic", True), ("council", True), ("press", False)])
def test_letters_and_minutes_are_masked_at_the_door_and_the_press_is_not(
    publisher: str, masked: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISCOURSE_PRIVACY_KEY", "clef")
    (tmp_path / "a.txt").write_text(
        "Une lettre\n\nAmina Diallo demande un logement depuis un an, joignable au 06 12 34 56 78."
    )
    spec = config.SourceSpec.model_validate({"name": "x", "kind": "folder", "address": ".", "publisher": publisher})
    door = open_door(config.defaults(tmp_path), spec, now=NOW, known={}, names=finder)
    found = [o.value for o in read_source(spec, door) if isinstance(o, Done)]
    assert ("Amina" not in found[0].text) is masked
    assert found[0].provenance.removed == ({"person": 1, "phone": 1} if masked else {})
    assert "Amina Diallo" in reveal(found[0].text, "clef")
    assert "clef" not in repr(door)
