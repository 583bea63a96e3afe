"""Every language says everything, with the same places to fill."""

from __future__ import annotations

import string

import pytest

from discourse.errors import UsageError
from discourse.records import LANGUAGES
from discourse.report.words import Words, catalogue


def fields(message: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(message) if name}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_message_is_missing_and_all_have_the_same_places(lang: str) -> None:
    french, other = catalogue("fr"), catalogue(lang)
    assert other.keys() == french.keys()
    assert {k for k in french if fields(french[k]) != fields(other[k])} == set()
    assert all(message.strip() for message in other.values())


def test_a_language_without_a_catalogue_is_named() -> None:
    with pytest.raises(UsageError, match="'xx'"):
        catalogue("xx")


def test_numbers_and_days_are_written_as_the_language_writes_them() -> None:
    assert Words("fr").percent(0.421).replace("\u202f", " ").replace("\xa0", " ") == "42 %"
    assert Words("en").percent(0.421) == "42%"
    assert Words("de").number(1234.5, 1) == "1.234,5"
    assert Words("it").day("2026-11-09") == "9 novembre 2026"
    assert Words("fr").percent(None) == "–"
