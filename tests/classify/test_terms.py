"""Contested terms: found inflected, with context where it is needed, told apart inside quotations; lexicons well made."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from discourse.classify.terms import entries, entry_of, find_terms, sources
from discourse.records import LANGUAGES

FORMS: dict[str, dict[str, list[str]]] = tomllib.loads(
    Path(__file__).with_name("term_forms.toml").read_text(encoding="utf-8")
)
ON_MIGRATION = {
    "fr": "Il s'agit de migrants.",
    "en": "This concerns migrants.",
    "es": "Se trata de migrantes.",
    "de": "Es geht um Migranten.",
    "it": "Si tratta di migranti.",
}


@pytest.mark.parametrize(
    ("lang", "text", "term"),
    [
        ("fr", "Les clandestines sont reconduites à la frontière.", "clandestines"),
        ("fr", "Une vague migratoire attendue par la préfecture.", "vague migratoire"),
        ("en", "Illegal immigrants were moved on Monday.", "Illegal immigrants"),
        ("en", "The refugees are a burden on the taxpayer.", "burden on the taxpayer"),
        ("es", "Los inmigrantes ilegales fueron trasladados.", "inmigrantes ilegales"),
        ("de", "Die Flüchtlingswelle von 2015 wirkt nach.", "Flüchtlingswelle"),
        ("de", "Asylanten sollen umziehen.", "Asylanten"),
        ("it", "I clandestini sbarcati a Lampedusa sono stati trasferiti.", "clandestini"),
        ("it", "Gli extracomunitari in fila allo sportello.", "extracomunitari"),
    ],
)
def test_inflected_forms_are_found_with_a_counterpart(lang: str, text: str, term: str) -> None:
    (found,) = find_terms(text, lang)
    assert (text[found.start : found.end], found.term) == (term, term)
    assert found.neutral


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_inflected_form_is_found_whole_and_as_its_own_entry(lang: str) -> None:
    missed = [(term, form) for term, forms in FORMS[lang].items() for form in forms if not _is_found(term, form, lang)]
    assert not missed


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_table_of_forms_covers_every_entry(lang: str) -> None:
    assert set(FORMS[lang]) == {e.term for e in entries(lang)}
    assert all(FORMS[lang].values())


def _is_found(term: str, form: str, lang: str) -> bool:
    entry = entry_of(form, lang)
    found = [t.term for t in find_terms(f"{form}. {ON_MIGRATION[lang]}", lang)]
    return entry is not None and entry.term == term and found == [form]


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("fr", "L'invasion de chenilles inquiète les jardiniers de la commune."),
        ("fr", "Un passager clandestin voyageait dans le train des réfugiés."),
        ("fr", "Les sauterelles ont mangé les salades."),
        ("fr", "Les illégales expulsions de migrants ont été annulées par le juge."),
        ("en", "Flood barriers will be raised along the river."),
        ("en", "The swarm of bees settled on the roof of the refugee centre."),
        ("es", "Una avalancha de nieve cortó la carretera de la frontera."),
        ("de", "Der Ansturm der Kunden am Samstag war groß."),
        ("it", "La bisca e il lavoro clandestino, dice la finanza, crescono."),
        ("it", "Le risorse del comune per l'accoglienza dei migranti sono poche."),
        ("it", "Il torrente ha inondato la strada che porta al centro per migranti."),
        ("pt", "Os imigrantes ilegais foram transferidos."),
    ],
)
def test_the_innocent_sense_is_left_alone(lang: str, text: str) -> None:
    assert find_terms(text, lang) == ()


def test_inside_a_quotation_is_told_apart() -> None:
    text = "L'élu parle de « clandestins » ; le journal écrit clandestins à propos des migrants."
    assert [t.quoted for t in find_terms(text, "fr")] == [True, False]


def test_either_apostrophe_and_any_blank_will_do() -> None:
    assert len(find_terms("Un appel d’air pour les migrants.", "fr")) == 1
    assert len(find_terms("Illegal\nimmigrants moved.", "en")) == 1


@pytest.mark.parametrize("lang", LANGUAGES)
def test_lexicons_are_complete(lang: str) -> None:
    found = entries(lang)
    assert len(found) >= 40
    assert len({e.term for e in found}) == len(found)
    for entry in found:
        assert entry.neutral and entry.reason and entry.sources, entry.term
        assert set(entry.sources) <= set(sources())
    assert any(e.kind == "metaphor" and e.needs_context for e in found)
    assert sum("project" not in e.sources for e in found) >= 40


def test_every_source_has_a_title_and_a_publisher() -> None:
    assert all(s["title"] and s["publisher"] for s in sources().values())
    used = {s for lang in LANGUAGES for e in entries(lang) for s in e.sources}
    assert used <= set(sources())


def test_reason_and_sources_can_be_looked_up_by_what_was_found() -> None:
    entry = entry_of("clandestines", "fr")
    assert entry is not None
    assert "ddd_2016" in entry.sources
    assert entry_of("bonjour", "fr") is None


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200), st.sampled_from(LANGUAGES))
def test_any_text_gives_spans_inside_it(text: str, lang: str) -> None:
    for term in find_terms(text + " migrants invasion", lang):
        assert (text + " migrants invasion")[term.start : term.end] == term.term
