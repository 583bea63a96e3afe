"""Cards, briefs, the city's own files, the cache and answers to residents' questions."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from discourse import codebook, config, evidence
from discourse.cli import evidence as commands
from discourse.errors import ConfigError, FetchError
from discourse.evidence import cache, extract, files, library
from discourse.evidence.answer import answer
from discourse.evidence.cards import show
from discourse.records import LANGUAGES
from tests.evidence.precision import measure
from tests.evidence.test_formats import SAMPLES

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
GOOD = """cards:
  - id: town-hlm-2025
    concern: housing
    topic: social_housing
    label: {fr: Logements sociaux attribués, en: Social homes allocated}
    value: 312
    unit: homes
    place: FR-42218
    period: "2025"
    source: Ville
    licence: Licence Ouverte 2.0
    link: https://example.org/hlm
    retrieved: 2026-02-01
    bearing: contradicts
"""


def settings(tmp_path: Path, **sections: dict[str, object]) -> config.Settings:
    """Return default settings rooted in a folder, with sections changed."""
    base = config.defaults(tmp_path)
    return base.model_copy(update={k: getattr(base, k).model_copy(update=v) for k, v in sections.items()})


def test_every_concern_is_there_with_its_question_in_every_language(tmp_path: Path) -> None:
    briefs = evidence.for_concerns(settings(tmp_path), now=NOW)
    assert tuple(briefs) == codebook.load()["concern"].label_names
    assert len(briefs) == 13
    for brief in briefs.values():
        assert set(brief.question) == set(LANGUAGES)
        assert bool(brief.cards) != bool(brief.gap)
        assert brief.empty


def test_starter_cards_are_of_the_country_of_the_place(tmp_path: Path) -> None:
    spain = evidence.for_concerns(settings(tmp_path, discourse={"place": "ES-28079"}), now=NOW)
    france = evidence.for_concerns(settings(tmp_path), now=NOW)
    assert {c.place for b in spain.values() for c in b.cards} == {"ES", "EU"}
    assert {c.place for b in france.values() for c in b.cards} == {"FR", "EU"}
    kingdom = evidence.for_concerns(settings(tmp_path, discourse={"place": "UK"}), now=NOW)
    assert {c.place for b in kingdom.values() for c in b.cards} == {"UK"}


def test_every_starter_card_is_traced_and_says_what_it_does_not_say() -> None:
    cards = library.starter()
    assert len({(c.dataset, c.label["en"], c.period) for c in cards if c.place == "FR"}) >= 10
    for card in cards:
        assert card.value is not None
        assert card.value > 0
        assert "sha256" in card.trace or "value[" in card.trace or ": " in card.trace
        assert card.group
        assert set(card.label) == set(card.caveat) == set(LANGUAGES)
        assert card.licence
        assert card.retrieved


def test_the_committed_cells_are_those_of_the_saved_responses() -> None:
    if not SAMPLES.is_dir():
        pytest.skip("the saved responses are not here")
    drawn = io.StringIO()
    extract.write(SAMPLES, drawn)
    kept = Path(library.__file__).with_name("cards") / "starter.csv"
    assert kept.read_text(encoding="utf-8") == drawn.getvalue()
    assert len(list(csv.DictReader(io.StringIO(drawn.getvalue())))) == 65


def test_enough_series_are_declared_and_unchecked_codes_say_so() -> None:
    found = library.series()
    assert len({s.id for s in found}) == len(found)
    french = [s for s in found if s.country == "FR"]
    assert len(french) >= 40
    assert {s.concern for s in french} == set(codebook.load()["concern"].label_names)
    assert all(sum(s.country == land for s in found) >= 15 for land in ("ES", "DE", "IT", "UK"))
    assert all(s.as_card().value is None and s.as_card().reason for s in found)
    assert all(bool(s.checked) == bool(s.checked_in) for s in found)
    assert all("not checked" in s.as_card().note for s in found if not s.checked)
    assert {s.checked_in for s in found} == {"publisher", "repository", "elsewhere", ""}


def test_every_concern_of_every_country_has_a_declared_series() -> None:
    concerns = set(codebook.load()["concern"].label_names)
    for land in library.COUNTRIES:
        assert {s.concern for s in library.series() if s.country == land} == concerns


def test_every_declared_cell_fills_a_kind_of_card_and_its_address_asks_for_it() -> None:
    for series in library.series():
        for code, kind in series.figures.items():
            assert kind in library.kinds()["kinds"]
            assert series.format != "jsonstat" or f"{series.vary}={code}" in series.address()


def test_a_french_town_has_figures_on_every_concern_and_a_british_one_is_told_where_it_has_none(tmp_path: Path) -> None:
    town = evidence.for_concerns(settings(tmp_path, discourse={"place": "FR-42218"}), now=NOW)
    assert not any(brief.gap for brief in town.values())
    kingdom = evidence.for_concerns(settings(tmp_path, discourse={"place": "UK"}), now=NOW)
    assert {"schools", "public_services"} <= {name for name, brief in kingdom.items() if brief.gap}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("value: 312", "value: about 300", "value: 'about 300' is not a number"),
        ("value: 312", "value:", "value: empty"),
        ("concern: housing", "concern: houses", "concern: 'houses' is none"),
        ("retrieved: 2026-02-01", "retrieved: yesterday", "retrieved: 'yesterday' is no day"),
        ("link: https", "link: ftp", "link:"),
        ("unit: homes", "units: homes", "units: unknown field"),
        ("bearing: contradicts", "bearing: maybe", "bearing: 'maybe' is none"),
    ],
)
def test_a_fault_names_file_field_and_remedy(tmp_path: Path, old: str, new: str, told: str) -> None:
    file = tmp_path / "cards.yaml"
    file.write_text(GOOD.replace(old, new), encoding="utf-8")
    _, faults = files.check(file)
    assert any(told in fault and "cards.yaml" in fault and "town-hlm-2025" in fault for fault in faults)
    with pytest.raises(ConfigError):
        files.read(file)


def test_the_same_card_in_yaml_and_csv_is_the_same(tmp_path: Path) -> None:
    (tmp_path / "cards.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "cards.csv").write_text(
        "id;concern;topic;label.fr;label.en;value;unit;place;period;source;licence;link;retrieved;bearing\n"
        "town-hlm-2025;housing;social_housing;Logements sociaux attribués;Social homes allocated;312;homes;FR-42218;2025;"
        "Ville;Licence Ouverte 2.0;https://example.org/hlm;2026-02-01;contradicts\n",
        encoding="utf-8",
    )
    one, two = files.read(tmp_path / "cards.yaml")[0], files.read(tmp_path / "cards.csv")[0]
    assert one.as_row("fr") | {"trace": ""} == two.as_row("fr") | {"trace": ""}


def test_a_card_past_its_day_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "cards.yaml").write_text(GOOD + "    valid_until: 2026-03-01\n", encoding="utf-8")
    used = settings(tmp_path, evidence={"cards": ("cards.yaml",)})
    own = [{c.id for c in evidence.cards_of(used, now=day)} for day in (datetime(2026, 2, 2, tzinfo=UTC), NOW)]
    assert ["town-hlm-2025" in ids for ids in own] == [True, False]


def test_a_city_card_answers_what_had_no_figure(tmp_path: Path) -> None:
    question = "Les migrants prennent-ils nos logements ?"
    before = answer(question, settings(tmp_path), now=NOW, lang="fr")
    (tmp_path / "cards.yaml").write_text(GOOD, encoding="utf-8")
    after = answer(question, settings(tmp_path, evidence={"cards": ("cards.yaml",)}), now=NOW, lang="fr")
    assert (before.gap, before.concern) == ("Aucun chiffre officiel trouvé", "housing")
    assert before.unknown
    assert after.gap is None
    assert [c.value for c in after.against] == [312]
    abroad = settings(tmp_path, evidence={"cards": ("cards.yaml",)})
    assert answer(question, abroad, now=NOW, place="ES", lang="fr").gap


def test_a_question_without_a_figure_is_refused_with_a_reason(tmp_path: Path) -> None:
    found = answer("How many migrants will arrive in 2050?", settings(tmp_path), now=NOW)
    assert (found.concern, found.supports, found.context) == (None, (), ())
    assert "future" in found.match.reason


@pytest.mark.parametrize("name", ["tuning", "held_out", "own", "blind_tuning"])
def test_nine_in_ten_topics_are_right_and_nothing_is_made_up(name: str) -> None:
    found = measure(name)
    assert found["right"] >= 0.9 * found["answered"]
    assert found["refused"] == found["no_answer"]


def test_blind_questions_without_an_answer_get_none() -> None:
    found = measure("blind")
    assert (found["questions"], found["no_answer"], found["refused"]) == (100, 30, 30)
    assert found["right"] >= 0.9 * found["answered"]
    assert found["answered"] >= 50


def test_revisions_are_kept_and_an_outage_says_how_old_its_stand_in_is(tmp_path: Path) -> None:
    def down(url: str) -> bytes:
        raise FetchError(f"{url} could not be reached.")

    for day, body in enumerate([b"one", b"one", b"two"]):
        cache.get(tmp_path, "s", "https://x", fetch=lambda _, b=body: b, now=NOW + timedelta(days=day))
    got = cache.get(tmp_path, "s", "https://x", fetch=down, now=NOW + timedelta(days=12))
    kept = cache.revisions(tmp_path, "s")
    assert [r.file.read_bytes() for r in kept] == [b"one", b"two"]
    assert (got.body, got.age_days, got.new) == (b"two", 10, False)
    assert got.outage
    kept[-1].file.write_bytes(b"altered")
    with pytest.raises(FetchError, match="altered"):
        cache.get(tmp_path, "s", "https://x", fetch=down, now=NOW)
    with pytest.raises(FetchError):
        cache.get(tmp_path, "never", "https://x", fetch=down, now=NOW)


@pytest.mark.parametrize(("lang", "text"), [("fr", "1\u202f234,5"), ("en", "1,234.5"), ("de", "1.234,5")])
def test_numbers_are_written_as_in_the_language(lang: str, text: str) -> None:
    assert show(1234.5, lang) == text
    assert show(None, lang) == ""


def test_the_commands_print_the_brief(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    commands.answer("How many asylum claims are refused?", place="UK", root=tmp_path)
    said = capsys.readouterr().out
    assert "44,086 decisions, UK, 2024" in said
    assert "CC BY 4.0" in said
    commands.gaps(root=tmp_path)
    assert "Demandes et attributions de logement social" in capsys.readouterr().out


def test_every_unit_has_its_word_in_each_language() -> None:
    from discourse.evidence import library
    from discourse.evidence.cards import unit

    names = {card.unit for card in library.starter()}
    assert names
    for name in names - {"%"}:
        for lang in ("fr", "es", "de", "it"):
            assert unit(name, lang) != name or name == "places", (name, lang)
    assert unit("persons", "en") == "persons"
    assert unit("sacks of flour", "fr") == "sacks of flour"
