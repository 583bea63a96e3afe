"""Cards, briefs, the city's own files, the cache and answers to residents' questions."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from discourse import codebook, config, evidence
from discourse.cli import evidence as commands
from discourse.errors import ConfigError, FetchError
from discourse.evidence import cache, extract, files, library, update
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
    assert {c.place for b in spain.values() for c in b.cards} == {"ES"}
    assert {c.place for b in france.values() for c in b.cards} == {"FR"}


def test_every_starter_card_is_traced_and_says_what_it_does_not_say() -> None:
    cards = library.starter()
    assert len({(c.dataset, c.label["en"], c.period) for c in cards if c.place == "FR"}) >= 10
    for card in cards:
        assert card.value is not None
        assert card.value > 0
        assert "sha256" in card.trace
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
    assert evidence.for_concerns(used, now=NOW)["housing"].gap
    assert evidence.for_concerns(used, now=datetime(2026, 2, 2, tzinfo=UTC))["housing"].cards


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


@pytest.mark.parametrize("held_out", [False, True])
def test_nine_in_ten_topics_are_right_and_nothing_is_made_up(held_out: bool) -> None:
    found = measure(held_out=held_out)
    assert found["right"] >= 0.9 * found["answered"]
    assert found["refused"] == found["no_answer"]


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


def test_an_update_reads_what_it_fetched(tmp_path: Path) -> None:
    dataset = {"id": ["t"], "size": [2], "dimension": {"t": {"category": {"index": ["a", "b"]}}}, "value": {"1": 5}}
    rows = list(update.update(settings(tmp_path), fetch=lambda url: json.dumps(dataset).encode(), now=NOW))
    assert {row["state"] for row in rows} == {"new"}
    assert {row["note"] for row in rows} == {"1 values"}
    dataset["value"] = {"0": 3, "1": 5}
    later = NOW + timedelta(days=30)
    revised = list(update.update(settings(tmp_path), fetch=lambda url: json.dumps(dataset).encode(), now=later))
    assert {(row["state"], row["revisions"]) for row in revised} == {("revised", 2)}
    assert "2026-11-22" in revised[0]["note"]
    again = list(update.update(settings(tmp_path), fetch=lambda url: b"<html>down</html>", now=NOW))
    assert {row["state"] for row in again} == {"failed"}


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
    assert "housing: Aucun chiffre officiel trouvé" in capsys.readouterr().out
