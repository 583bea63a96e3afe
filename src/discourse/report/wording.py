"""Words by rule: message catalogues, plurals, numbers and dates by locale; nothing is generated freely."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from importlib import resources
from typing import Any

from babel import Locale
from babel.dates import format_date, format_datetime, format_skeleton, get_timezone
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent

from discourse import codebook
from discourse.errors import CodebookError, UsageError
from discourse.records import LANGUAGES, Figure
from discourse.report.value import ReportData, Sentence

LOCALES: Mapping[str, str] = {"fr": "fr_FR", "en": "en_GB", "es": "es_ES", "de": "de_DE", "it": "it_IT"}
_PLURALS = frozenset({"zero", "one", "two", "few", "many", "other"})
_THIN, _HARD = "\u202f", "\u00a0"
RECORD_WEEKS = 4
"""'Higher than in any of the last n weeks' needs at least this many weeks to look back on."""

Message = str | Mapping[str, str]


@lru_cache(maxsize=8)
def catalogue(lang: str) -> Mapping[str, Message]:
    """Return every message of a language, keyed ``section.name``; a message with plural forms is a table of them.

    Raises ``UsageError`` for a language without a catalogue.
    """
    if lang not in LANGUAGES:
        raise UsageError(f"there is no report in {lang!r}.", remedy=f"Known: {', '.join(LANGUAGES)}.")
    text = (resources.files("discourse.report") / "locales" / f"{lang}.toml").read_text(encoding="utf-8")
    return dict(_flat(tomllib.loads(text), "", lang))


def _flat(table: Mapping[str, Any], prefix: str, lang: str) -> Iterable[tuple[str, Message]]:
    for key, value in table.items():
        if isinstance(value, str):
            yield prefix + key, _spaced(value, lang)
        elif set(value) <= _PLURALS:
            yield prefix + key, {form: _spaced(text, lang) for form, text in value.items()}
        else:
            yield from _flat(value, f"{prefix}{key}.", lang)


def _spaced(text: str, lang: str) -> str:
    """Return a message with the no-break spaces that French puts inside guillemets and before high punctuation."""
    if lang != "fr":
        return text
    text = re.sub(r" ([;!?])", rf"{_THIN}\1", text)
    text = re.sub(r" ([:»%])", rf"{_HARD}\1", text)
    return text.replace("« ", f"«{_HARD}")


@dataclass(frozen=True)
class Words:
    """The words of one language."""

    lang: str

    @property
    def locale(self) -> str:
        """Return the locale that numbers and dates are written by."""
        return LOCALES.get(self.lang, self.lang)

    def __call__(self, key: str, /, **values: Any) -> str:
        """Return a message with its values put in; numbers are written by locale, ``n`` chooses the plural form."""
        message = catalogue(self.lang)[key]
        if not isinstance(message, str):
            form = Locale.parse(self.locale).plural_form(values.get("n", 0))
            message = message.get(form) or message["other"]
        shown = {k: self.number(v) if isinstance(v, (int, float)) else v for k, v in values.items()}
        return message.format(**shown)

    def has(self, key: str) -> bool:
        """Say whether there is such a message."""
        return key in catalogue(self.lang)

    def slug(self, section: str, name: str) -> str:
        """Return the message for a slug of an open set, the slug in plain words where there is none."""
        return self(f"{section}.{name}") if self.has(f"{section}.{name}") else name.replace("_", " ")

    # -- numbers, dates, lists --------------------------------------------------------------------------------------

    def number(self, value: float, digits: int = 0) -> str:
        """Return a number as the language writes it, with at most so many decimals."""
        return str(format_decimal(round(value, digits), locale=self.locale))

    def score(self, value: float) -> str:
        """Return a measure between 0 and 1 with two decimals."""
        return str(format_decimal(value, format="0.00", locale=self.locale))

    def percent(self, value: float) -> str:
        """Return a share in whole per cent."""
        return str(format_percent(round(value, 2), locale=self.locale))

    def span(self, low: float, high: float) -> str:
        """Return a range of shares in per cent, the sign once."""
        return f"{self.number(100 * round(low, 2))}–{self.percent(high)}"

    def day(self, value: date | str | None, form: str = "long") -> str:
        """Return a day in words, a dash for none."""
        if not value:
            return "–"
        day = date.fromisoformat(value[:10]) if isinstance(value, str) else value
        return str(format_date(day, format=form, locale=self.locale))

    def days(self, first: date, last: date) -> str:
        """Return a stretch of days in words."""
        same = first.year == last.year
        start = str(format_skeleton("MMMMd", first, locale=self.locale)) if same else self.day(first)
        if self.lang == "en" and same:
            start = f"{first.day} {format_date(first, 'MMMM', locale=self.locale)}"
        return self("date.span", first=start, last=self.day(last))

    def short_day(self, value: date) -> str:
        """Return a day as an axis shows it."""
        return str(format_date(value, "d MMM", locale=self.locale)).rstrip(".")

    def moment(self, value: datetime, zone: str = "UTC") -> str:
        """Return a day and time in words, on the clock of a time zone."""
        return str(format_datetime(value, format="d MMMM y, HH:mm z", tzinfo=get_timezone(zone), locale=self.locale))

    def week(self, period: str) -> str:
        """Return a week by the day it begins, as an axis or a table shows it."""
        return self.short_day(monday(period))

    def listed(self, values: Sequence[str]) -> str:
        """Return some names joined as the language joins them."""
        return str(format_list(list(values), locale=self.locale))

    # -- labels and figures -----------------------------------------------------------------------------------------

    def label(self, task: str, name: str) -> str:
        """Return the display name of a label, plain words for one that the codebook does not know."""
        try:
            return codebook.load()[task].label(name).shown(self.lang)
        except (KeyError, CodebookError):
            return name.replace("_", " ")

    def units(self, figure: Figure) -> str:
        """Return what a figure counts, in the plural."""
        return self("unit.passages" if figure.unit == "passage" else "unit.stories")

    def amount(self, figure: Figure) -> str:
        """Return a figure's share with its interval, or its count where it has no share."""
        if figure.share is None:
            return self.number(figure.count)
        if figure.low is None or figure.high is None:
            return self.percent(figure.share)
        return f"{self.percent(figure.share)} ({self.span(figure.low, figure.high)})"

    def usual(self, figure: Figure) -> str:
        """Return the range expected from the past weeks, empty where there is none."""
        if figure.base_low is None or figure.base_high is None:
            return ""
        if figure.share is not None:
            return self.span(figure.base_low, figure.base_high)
        return f"{self.number(figure.base_low)}–{self.number(figure.base_high)}"

    def change(self, figure: Figure, data: ReportData, *, short: bool = False) -> str:
        """Return a change in words; ``short`` leaves the usual range out."""
        if not figure.enough or figure.change == "too_few":
            needed = data.rules["min_n"]
            return self("change.too_few", units=self.units(figure), n=figure.n, needed=needed)
        if figure.change in ("no_baseline", "break"):
            return self(f"change.{figure.change}", n=figure.base_weeks)
        weeks = _record(figure, data)
        said = self(f"change.{figure.change}{'_record' if weeks else ''}", n=weeks)
        usual = self.usual(figure)
        return said if short or not usual else self("change.with_range", change=said, range=usual)

    # -- the headline -----------------------------------------------------------------------------------------------

    def headline(self, data: ReportData) -> list[str]:
        """Return the sentences of the headline."""
        return [self.sentence(s, data) for s in data.headline]

    def sentence(self, said: Sentence, data: ReportData) -> str:
        """Return one sentence of the headline."""
        if said.key == "attention":
            return self._attention(said.figures, data)
        if said.key == "tone":
            return self._tone(said.figures, data)
        if not said.figures:
            return self(f"headline.{said.key}", **said.values)
        figure = said.figures[0]
        if said.key == "few":
            return self("headline.few", change=self.change(figure, data))
        key = f"headline.moved_{figure.task}" if said.key == "moved" else f"headline.{said.key}"
        return self(
            key,
            label=self.label(figure.task, figure.label),
            amount=self.amount(figure),
            units=self.units(figure),
            change=self.change(figure, data),
        )

    def _attention(self, figures: tuple[Figure, ...], data: ReportData) -> str:
        stories = figures[0]
        of_all = self("headline.of_all", amount=self.amount(figures[1])) if len(figures) > 1 else ""
        return self("headline.attention", n=round(stories.count), of_all=of_all, change=self.change(stories, data))

    def _tone(self, figures: tuple[Figure, ...], data: ReportData) -> str:
        positive, negative = figures
        moved = [f for f in (positive, negative) if f.change in ("higher", "lower")]
        change = (
            self.listed([f"{self.label('sentiment', f.label)}: {self.change(f, data)}" for f in moved])
            if moved
            else self.change(positive, data, short=True)
        )
        return self(
            "headline.tone",
            positive=self.amount(positive),
            negative=self.amount(negative),
            units=self.units(positive),
            change=change,
        )


def monday(period: str) -> date:
    """Return the first day of an ISO week."""
    return date.fromisocalendar(int(period[:4]), int(period[6:]), 1)


def _record(figure: Figure, data: ReportData) -> int:
    """Return over how many past weeks a moved figure is the highest, or lowest; 0 where it is not, or too few."""
    if figure.change not in ("higher", "lower"):
        return 0
    series = data.series(figure.task, figure.label, group=figure.group)[:-1]
    past = [f.count if figure.share is None else f.share for f in series if f is not None]
    known = [v for v in past if v is not None]
    now = figure.count if figure.share is None else figure.share
    if len(known) < RECORD_WEEKS:
        return 0
    beaten = now > max(known) if figure.change == "higher" else now < min(known)
    return len(known) if beaten else 0
