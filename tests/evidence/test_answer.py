"""Answers: whom a question names, where, what the council wrote, the words of five languages, and the forms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from discourse import codebook, config
from discourse.cli import evidence as commands
from discourse.errors import UsageError
from discourse.evidence import council, files, forms, library
from discourse.evidence.answer import answer, word
from discourse.evidence.match import match, topics
from discourse.records import LANGUAGES

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Hit:
    document_id: str
    title: str
    url: str
    published: str | None
    snippet: str = ""


def test_a_figure_on_others_than_those_asked_for_says_so(tmp_path: Path) -> None:
    row = answer("Combien de réfugiés sont au chômage ?", config.defaults(tmp_path), now=NOW, lang="fr").as_row("fr")
    assert row["group"] == "refugees"
    said = {figure["group"]: figure["warning"] for figure in row["context"]}
    assert "les réfugiés" in said["foreign_born"]
    assert "nées à l'étranger" in said["foreign_born"]
    assert said["natives"] is None


def test_a_figure_on_everybody_says_that_it_does_not_count_migrants_alone(tmp_path: Path) -> None:
    row = answer("What do they pay in poverty?", config.defaults(tmp_path), now=NOW, place="FR").as_row("en")
    assert {f["group"]: f["warning"] for f in row["against"]} == {"non_eu_citizens": None}
    kingdom = answer("How many people immigrated? How many arrive each year?", config.defaults(tmp_path), now=NOW)
    assert all(f["warning"] is None for f in kingdom.as_row("en")["supports"])


@pytest.mark.parametrize(
    ("question", "place", "lands"),
    [
        ("Combien de réfugiés en Allemagne ?", "", "DE"),
        ("Does Britain take more refugees than France?", "", "FR,UK"),
        ("Combien de réfugiés en Allemagne ?", "ES", "ES"),
        ("Combien de réfugiés accueillons-nous ?", "", "FR"),
    ],
)
def test_a_named_country_is_answered_for(tmp_path: Path, question: str, place: str, lands: str) -> None:
    found = answer(question, config.defaults(tmp_path), now=NOW, place=place, lang="fr")
    assert found.place == lands
    assert {c.place for c in found.context} == set(lands.split(","))


def test_a_question_about_the_world_gets_no_country_figure_as_its_answer(tmp_path: Path) -> None:
    found = answer("How many refugees are there in the whole world?", config.defaults(tmp_path), now=NOW)
    assert (found.supports, found.against, found.context) == ((), (), ())
    assert found.gap
    assert found.related


def test_a_gap_shows_what_is_related_and_names_the_series_that_would_answer(tmp_path: Path) -> None:
    found = answer("Les migrants prennent-ils nos logements ?", config.defaults(tmp_path), now=NOW, lang="fr")
    assert found.gap == "Aucun chiffre officiel trouvé"
    assert {c.concern for c in found.related} == {"housing"}
    assert "SNE" in {c.dataset for c in found.unknown}


def test_a_town_is_told_that_the_figures_are_the_countrys(tmp_path: Path) -> None:
    base = config.defaults(tmp_path)
    question = "Quelle est la part d'étrangers dans la population ?"
    town = answer(question, base, now=NOW, place="FR-42218", lang="fr").as_row("fr")
    assert town["note"] == word("town", "fr")
    assert answer(question, base, now=NOW, place="FR", lang="fr").as_row("fr")["note"] is None


def test_what_the_council_wrote_is_found_by_the_concerns_words_newest_first(tmp_path: Path) -> None:
    asked: list[str] = []

    def search(words: str) -> list[Hit]:
        asked.append(words)
        if words == "logement réfugiés":
            return [
                Hit("a", "Convention logement", "https://x/a", "2025-03-01T10:00:00"),
                Hit("b", "Sans date", "", None),
            ]
        return [Hit("c", "Hébergement", "https://x/c", "2026-01-02")] if words == "hébergement asile" else []

    found = answer(
        "Les migrants prennent-ils nos logements ?", config.defaults(tmp_path), now=NOW, lang="fr", search=search
    )
    assert found.council is not None
    assert [(p.title, p.day) for p in found.council] == [
        ("Hébergement", "2026-01-02"),
        ("Convention logement", "2025-03-01"),
        ("Sans date", ""),
    ]
    assert all(" " in words for words in asked)
    assert answer("Pourquoi ?", config.defaults(tmp_path), now=NOW, search=search).council is None


def test_the_council_is_searched_for_every_concern_in_every_language() -> None:
    for concern in codebook.load()["concern"].label_names:
        for lang in LANGUAGES:
            asked: list[str] = []
            council.papers(lambda words, asked=asked: asked.append(words) or [], concern, [lang])  # type: ignore[misc,func-returns-value]
            assert asked, (concern, lang)


def test_every_word_of_an_answer_is_there_in_five_languages() -> None:
    words = library.table("words.toml")
    groups = words["groups"]
    assert all(set(texts) == set(LANGUAGES) for name, texts in words.items() if name != "groups")
    assert all(set(texts) == set(LANGUAGES) for texts in groups.values())
    assert {kind["group"] for kind in library.kinds()["kinds"].values()} <= set(groups)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_brief_is_printed_in_the_language(tmp_path: Path, capsys: pytest.CaptureFixture[str], lang: str) -> None:
    commands.answer("How many asylum claims are refused?", place="UK", lang=lang, read=False, root=tmp_path)
    said = capsys.readouterr().out
    assert word("context", lang) in said
    assert word("no_store", lang) in said
    assert library.questions()["gap"][lang] not in said


def test_a_topic_that_the_question_does_not_read_like_gets_no_figure_only_what_is_related(tmp_path: Path) -> None:
    def staff(text: str) -> tuple[str, ...]:
        return ("elsewhere.council_staff", "services", "unemployment")

    asked = "Combien de jobs la mairie a-t-elle donnés aux étrangers ?"
    base = config.defaults(tmp_path)
    assert answer(asked, base, now=NOW, lang="fr").match.topic == "unemployment"
    found = answer(asked, base, now=NOW, lang="fr", nearest=staff)
    assert (found.match.topic, found.match.perhaps) == (None, "unemployment")
    assert "reads like council_staff" in found.match.reason
    assert found.gap
    assert found.supports + found.against + found.context + found.unknown == ()
    assert "unemployment" in {c.topic for c in found.related}
    agreed = answer(asked, base, now=NOW, lang="fr", nearest=lambda text: ("unemployment", "none.other"))
    assert agreed.match.topic == "unemployment"


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("Wie viele Wohnungen stehen leer?", "empty homes"),
        ("How many foreigners own a dog?", "more than population counts (own, dog)"),
        ("Sind Flüchtlinge dankbar?", "asks for no number"),
        ("Ist Frau Yilmaz arbeitslos?", "a person"),
        ("¿Es legal no alquilar a extranjeros?", "a rule"),
    ],
)
def test_what_a_neighbouring_figure_would_not_answer_gets_none(question: str, says: str) -> None:
    found = match(question, year=2026)
    assert found.topic is None
    assert says in found.reason


def test_the_figure_of_the_quantity_asked_for_comes_first(tmp_path: Path) -> None:
    def first(question: str) -> str:
        found = answer(question, config.defaults(tmp_path), now=NOW, lang="en", place="FR")
        return (found.context + found.supports + found.against)[0].kind

    assert first("How many asylum claims are refused?") == "asylum_rejected"
    assert first("How many asylum claims are granted?") == "asylum_recognised"


@given(st.text(max_size=80))
def test_any_text_gets_a_known_topic_or_none_with_a_reason(text: str) -> None:
    found = match(text, year=2026)
    assert found.reason
    assert found.topic is None or found.topic in topics()


@pytest.mark.parametrize("concern", ["housing", "public_space"])
def test_a_form_names_every_field_and_is_no_card_until_it_is_filled(tmp_path: Path, concern: str) -> None:
    for kind in ("yaml", "csv"):
        file = tmp_path / f"cards.{kind}"
        file.write_text(forms.form(concern, kind), encoding="utf-8")
        cards, faults = files.check(file)
        assert cards == []
        assert any("value: empty" in fault for fault in faults)
        assert not any("unknown field" in fault for fault in faults)
    filled = yaml.safe_load(forms.form(concern))["cards"][0] | {
        "label": {"fr": "Places"},
        "caveat": {},
        "value": 12,
        "unit": "places",
        "place": "FR-42218",
        "period": "2025",
        "source": "Ville",
        "licence": "Licence Ouverte 2.0",
        "link": "https://example.org",
        "retrieved": "2026-01-31",
    }
    (tmp_path / "full.yaml").write_text(yaml.safe_dump({"cards": [filled]}), encoding="utf-8")
    cards, faults = files.check(tmp_path / "full.yaml")
    assert (faults, [c.concern for c in cards]) == ([], [concern])


def test_a_form_for_no_concern_is_refused() -> None:
    with pytest.raises(UsageError, match="houses"):
        forms.form("houses")
    with pytest.raises(UsageError, match="xml"):
        forms.form("housing", "xml")
