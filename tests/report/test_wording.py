"""Every language says everything, with the same places to fill; numbers, days and plurals as each language has them."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from discourse import codebook
from discourse.errors import UsageError
from discourse.records import LANGUAGES
from discourse.report import wording
from discourse.report.wording import Message, Words, catalogue

SOURCE = Path(wording.__file__).parent


def forms(message: Message) -> list[str]:
    return [message] if isinstance(message, str) else list(message.values())


def fields(message: Message) -> set[str]:
    return {name for form in forms(message) for _, name, _, _ in string.Formatter().parse(form) if name}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_message_is_missing_and_all_have_the_same_places(lang: str) -> None:
    french, other = catalogue("fr"), catalogue(lang)
    assert other.keys() == french.keys()
    assert {k for k in french if fields(french[k]) != fields(other[k])} == set()
    assert {k for k in french if isinstance(french[k], str) != isinstance(other[k], str)} == set()
    assert all(form.strip() for message in other.values() for form in forms(message))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_plurals_have_every_form_the_language_needs(lang: str) -> None:
    for key, message in catalogue(lang).items():
        if not isinstance(message, str):
            assert {"one", "other"} <= set(message), key


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_task_and_label_has_a_name_in_every_language(lang: str) -> None:
    words = Words(lang)
    for task in codebook.load().tasks.values():
        assert all(words.label(task.name, label).strip() for label in task.label_names)


def asked_for() -> Iterator[str]:
    for file in [*SOURCE.rglob("*.py"), *SOURCE.rglob("*.j2")]:
        yield from re.findall(r'\bw(?:ords)?\(\s*"([a-z_.]+)"', file.read_text(encoding="utf-8"))


def test_every_message_asked_for_by_its_full_name_exists() -> None:
    wanted = set(asked_for())
    assert len(wanted) > 60
    assert wanted - set(catalogue("en")) == set()


def test_a_language_without_a_catalogue_is_named() -> None:
    with pytest.raises(UsageError, match="'xx'"):
        catalogue("xx")


def plain(text: str) -> str:
    return text.replace("\u202f", " ").replace("\xa0", " ")


@pytest.mark.parametrize(
    ("lang", "percent", "span", "number", "day"),
    [
        ("fr", "42 %", "38–46 %", "1 234,5", "9 novembre 2026"),
        ("en", "42%", "38–46%", "1,234.5", "9 November 2026"),
        ("es", "42 %", "38–46 %", "1.234,5", "9 de noviembre de 2026"),
        ("de", "42 %", "38–46 %", "1.234,5", "9. November 2026"),
        ("it", "42%", "38–46%", "1.234,5", "9 novembre 2026"),
    ],
)
def test_numbers_and_days_are_written_as_the_language_writes_them(
    lang: str, percent: str, span: str, number: str, day: str
) -> None:
    words = Words(lang)
    assert plain(words.percent(0.421)) == percent
    assert plain(words.span(0.381, 0.464)) == span
    assert plain(words.number(1234.5, 1)) == number
    assert words.day("2026-11-09") == day


@pytest.mark.parametrize(
    ("lang", "one", "many"),
    [("fr", "1 sujet", "3 sujets"), ("en", "1 story", "3 stories"), ("es", "1 noticia", "3 noticias"),
     ("de", "1 Beitrag", "3 Beiträge"), ("it", "1 notizia", "3 notizie")],
)  # fmt: skip
def test_plurals(lang: str, one: str, many: str) -> None:
    assert Words(lang)("count.stories", n=1) == one
    assert Words(lang)("count.stories", n=3) == many


def test_french_puts_no_break_spaces_where_it_must() -> None:
    said = Words("fr")("advice.overruled", rule="Répondre", name="A. Martin", day="9 novembre 2026")
    assert "«\xa0Répondre\xa0»\u202f;" in said
    assert not re.search(r" [:;!?»%]", " ".join(form for m in catalogue("fr").values() for form in forms(m)))


def test_braces_in_what_is_put_in_are_text() -> None:
    assert "{city}" in Words("en")("advice.overruled", rule="{city}", name="{0}", day="{}")
