"""Voices: what was said, by whom, in five languages; what is no voice; nothing breaks on any text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discourse.classify.voices import find_voices
from discourse.classify.voices_eval import evaluate, overlap
from discourse.records import LANGUAGES, Voice

DIRECT = [
    ("fr", "« On ne nous a rien demandé », s'agace une habitante de Saint-Aubin.", "« On ne nous a rien demandé »", "resident"),
    ("fr", "La préfète annonce que le centre ouvrira lundi.", "que le centre ouvrira lundi", "national_government"),
    ("fr", "Selon la Cimade, quarante familles dorment dehors.", "quarante familles dorment dehors", "civil_society"),
    ("fr", "Le maire a déclaré : « Nous tiendrons parole. »", "« Nous tiendrons parole. »", "local_government"),
    ("fr", "L'école suffira, selon la sociologue Anne Delmas.", "L'école suffira", "expert"),
    ("en", "“We were never asked,” said a resident of Elm Street.", "“We were never asked,”", "resident"),
    ("en", "According to the union, forty posts are empty.", "forty posts are empty", "civil_society"),
    ("en", "The mayor told the committee that beds had run out.", "that beds had run out", "local_government"),
    ("en", "Arrests fell by a fifth, the police said.", "Arrests fell by a fifth", "police_and_justice"),
    ("es", "«Nadie nos preguntó», lamenta una vecina del barrio.", "«Nadie nos preguntó»", "resident"),
    ("es", "Según el Ministerio, la tasa ha bajado un nueve por ciento.", "la tasa ha bajado un nueve por ciento", "national_government"),
    ("es", "La alcaldesa asegura que habrá sitio para todos.", "que habrá sitio para todos", "local_government"),
    ("de", "„Uns hat keiner gefragt“, klagt eine Anwohnerin.", "„Uns hat keiner gefragt“", "resident"),
    ("de", "Laut der Polizei ist die Zahl der Delikte gesunken.", "ist die Zahl der Delikte gesunken", "police_and_justice"),
    ("de", "Der Bürgermeister kündigte an, die Halle bleibe offen.", "die Halle bleibe offen", "local_government"),
    ("de", "Die Caritas fordert, dass mehr Plätze entstehen.", "dass mehr Plätze entstehen", "civil_society"),
    ("it", "«Nessuno ci ha chiesto niente», protesta una residente.", "«Nessuno ci ha chiesto niente»", "resident"),
    ("it", "Secondo la questura, i reati sono in calo.", "i reati sono in calo", "police_and_justice"),
    ("it", "Il sindaco assicura che la scuola resterà aperta.", "che la scuola resterà aperta", "local_government"),
]  # fmt: skip


@pytest.mark.parametrize(("lang", "text", "speech", "kind"), DIRECT)
def test_speech_and_kind_of_speaker(lang: str, text: str, speech: str, kind: str) -> None:
    (voice,) = find_voices(text, lang)
    assert overlap((voice.start, voice.end), (text.index(speech), text.index(speech) + len(speech))) > 0.8
    assert voice.voice == kind


def test_speaker_and_cue_are_the_words_of_the_text() -> None:
    (voice,) = find_voices("« Il reste deux lits », précise la directrice du foyer.", "fr")
    assert (voice.speaker, voice.cue) == ("la directrice du foyer", "précise")


@pytest.mark.parametrize(
    ("lang", "text", "kind"),
    [
        ("fr", "Le sous-préfet a reçu les riverains. « Rien n'est décidé », dit-il.", "resident"),
        ("fr", "Une procureure est venue. « Le dossier avance », assure-t-elle.", "police_and_justice"),
        ("en", "The coroner opened the inquest. “He was nineteen,” she said.", "police_and_justice"),
        ("de", "Eine Ökonomin hat nachgerechnet. „Es lohnt sich“, sagt sie.", "expert"),
        ("it", "La questora ha risposto. Lei ricorda che i controlli continuano.", "police_and_justice"),
    ],
)
def test_a_pronoun_takes_the_person_named_last(lang: str, text: str, kind: str) -> None:
    assert [v.voice for v in find_voices(text, lang)] == [kind]


def test_a_bare_name_is_never_judged_by_its_sound() -> None:
    kinds = {
        find_voices(f"« Le bus passe trop tôt », regrette {name}.", "fr")[0].voice
        for name in ("Moussa", "Julie", "Wei", "Omar")
    }
    assert kinds == {"resident"}


def test_who_came_from_elsewhere_is_heard_as_a_migrant() -> None:
    text = "Arrivée de Kaboul en 2019, Farida coud des rideaux. « Je paie mon loyer », dit-elle."
    assert find_voices(text, "fr")[0].voice == "migrant"


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("fr", "Le fameux « vivre-ensemble » coûte cher à la commune."),
        ("en", "The so-called “newcomers” have lived there since 1970."),
        ("de", "Das sogenannte „Boot“ sei voll gewesen."),
        ("fr", "La demande de places augmente dans les crèches de la commune."),
        ("it", "La strada è chiusa da lunedì per lavori."),
        ("fr", ""),
        ("pt", "«Ninguém nos perguntou», lamenta uma vizinha."),
    ],
)
def test_no_voice(lang: str, text: str) -> None:
    assert find_voices(text, lang) == ()


def test_a_quotation_is_found_whole_whatever_its_marks() -> None:
    marks = [("fr", "« ", " »"), ("fr", "“", "”"), ("de", "„", "“"), ("de", "»", "«"), ("en", "“", "”"), ("en", "‘", "’"),
             ("es", "«", "»"), ("it", '"', '"')]  # fmt: skip
    cue = {
        "fr": "affirme le maire",
        "de": "sagt der Bürgermeister",
        "en": "said the mayor",
        "es": "dice el alcalde",
        "it": "dice il sindaco",
    }
    for lang, a, b in marks:
        text = f"{a}one two three four five{b}, {cue[lang]}."
        (voice,) = find_voices(text, lang)
        assert text[voice.start : voice.end] == f"{a}one two three four five{b}", (lang, a)


def test_the_minutes_of_a_debate_name_the_speaker_with_a_colon() -> None:
    text = "Abg. Reinholz: Auf dem Papier sind es viele. In der Anstalt stehen zwanzig Betten. Das ist kein Vollzug."
    (voice,) = find_voices(text, "de")
    assert (voice.voice, text[voice.start : voice.start + 3], voice.end) == ("political_party", "Auf", len(text))


PIECES = st.sampled_from(
    [
        "« ",
        " »",
        "“",
        "”",
        "„",
        "‘",
        "’",
        "'",
        '"',
        "»",
        "«",
        ":",
        ";",
        ", ",
        ". ",
        "? ",
        "— ",
        " dit ",
        " le maire ",
        " says ",
        " que ",
        " selon ",
        " laut ",
        "-t-elle",
        " Mme ",
        "\n",
        "\ue000",
        "é",
        " (",
        ") ",
        "42 ",
        " a ",
        " hat ",
        "sagt ",
        "M. ",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES | st.text(max_size=6), max_size=40), st.sampled_from(LANGUAGES))
def test_any_text_gives_ordered_spans_inside_it(pieces: list[str], lang: str) -> None:
    text = "".join(pieces)
    voices = find_voices(text, lang)
    edges = [x for v in voices for x in (v.start, v.end)]
    assert edges == sorted(edges)
    assert all(0 <= v.start < v.end <= len(text) for v in voices)
    assert all(v.speaker is None or v.speaker in text for v in voices)


def test_evaluation_counts_spans_kinds_and_presence() -> None:
    rows = [
        {"text": "x" * 40, "lang": "en", "voices": [{"voice": "expert", "start": 0, "end": 10}]},
        {"text": "y" * 40, "lang": "fr", "voices": []},
    ]
    said = {"x" * 40: (Voice(voice="business", start=0, end=8),), "y" * 40: (Voice(voice="expert", start=0, end=5),)}
    scores = evaluate(rows, lambda text, lang: said[text])
    assert scores["en"]["spans"]["f1"] == 1.0
    assert scores["en"]["kinds"]["f1"] == 0.0
    assert scores["all"]["spans"] == {"precision": 0.5, "recall": 1.0, "f1": 0.6667, "n": 1}
    assert overlap((0, 10), (10, 20)) == 0.0
