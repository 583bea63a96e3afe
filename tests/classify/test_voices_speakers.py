"""Who a speaker is where the words for him or her do not say it: the passage does, or the kind is left open."""

from __future__ import annotations

import pytest

from discourse.classify.voices import find_voices


def _kinds(text: str, lang: str) -> list[str]:
    return [voice.voice for voice in find_voices(text, lang)]


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("fr", "« Le dossier avance bien », dit la procureure. « Nous aurons un procès avant l'été prochain. »"),
        ("en", "“The file is moving along,” said the prosecutor. “We shall have a trial before next summer.”"),
        ("es", "«El expediente avanza bien», dice la fiscal. «Tendremos juicio antes del próximo verano.»"),
        ("de", "„Das Verfahren kommt voran“, sagt die Staatsanwältin. „Vor dem Sommer gibt es einen Prozess.“"),
        ("it", "«Il fascicolo va avanti», dice la procuratrice. «Avremo un processo prima della prossima estate.»"),
    ],
)
def test_a_quotation_without_a_cue_goes_on_with_who_spoke_before(lang: str, text: str) -> None:
    assert _kinds(text, lang) == ["police_and_justice", "police_and_justice"]


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("fr", "La maire annonce que la salle ouvrira. Elle ajoute que les réfugiés seront logés."),
        ("en", "The mayor announced that the hall would open. She added that the refugees would be housed."),
        ("it", "La sindaca annuncia che la sala aprirà. Lei aggiunge che i profughi saranno alloggiati."),
    ],
)
def test_a_pronoun_goes_on_with_who_spoke_before(lang: str, text: str) -> None:
    assert _kinds(text, lang) == ["local_government", "local_government"]


def test_a_calling_that_no_list_knows_is_no_migrant_because_the_passage_tells_of_some() -> None:
    text = "Trente Syriens sont logés au port. Le trompettiste regrette « le bruit des camions la nuit »."
    assert _kinds(text, "fr") == ["other_voice"]


def test_minutes_that_open_with_a_titled_name_hear_a_councillor() -> None:
    assert _kinds("Mme Le Roux rappelle que le préau fuit depuis deux hivers.", "fr") == ["local_government"]


def test_what_he_asks_for_in_no_words_of_his_own_is_no_voice_but_what_an_office_asks_for_is() -> None:
    assert _kinds("Il demande un banc de plus sur la place.", "fr") == []
    assert _kinds("La préfecture demande un banc de plus sur la place.", "fr") == ["national_government"]


def test_what_one_office_asks_for_ends_where_the_next_one_speaks() -> None:
    text = "La préfecture réclame deux cents places, la mairie refuse toute tente dans le parc."
    first = find_voices(text, "fr")[0]
    assert (text[first.start : first.end], first.voice) == ("deux cents places", "national_government")


def test_names_are_asked_for_only_where_somebody_speaks_and_tell_whom_a_pronoun_stands_for() -> None:
    asked: list[str] = []

    def names(text: str, lang: str) -> list[tuple[int, int]]:
        asked.append(lang)
        at = text.index("Anne Delmas")
        return [(at, at + len("Anne Delmas"))]

    find_voices("Le bus passe à huit heures.", "fr", names)
    assert asked == []
    text = "Sur la place du marché de la vieille ville, hier, on a vu passer Anne Delmas, sociologue. « Tout change », dit-elle."
    (voice,) = find_voices(text, "fr", names)
    assert (voice.voice, asked) == ("expert", ["fr"])
    assert find_voices(text, "fr")[0].voice != "expert"
