"""Words by rule: message catalogues, numbers and dates by locale; nothing is generated freely."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from importlib import resources
from typing import Any

from babel.dates import format_date, format_datetime
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent

from discourse import codebook
from discourse.errors import UsageError
from discourse.records import LANGUAGES, Figure
from discourse.report.value import ReportData, Sentence


@lru_cache(maxsize=8)
def catalogue(lang: str) -> Mapping[str, str]:
    """Return every message of a language, keyed ``section.name``."""
    if lang not in LANGUAGES:
        raise UsageError(f"there is no report in {lang!r}.", remedy=f"Known: {', '.join(LANGUAGES)}.")
    text = (resources.files("discourse.report") / "locales" / f"{lang}.toml").read_text(encoding="utf-8")
    return {f"{section}.{key}": value for section, rows in tomllib.loads(text).items() for key, value in rows.items()}


@dataclass(frozen=True)
class Words:
    """The words of one language."""

    lang: str

    def __call__(self, key: str, **values: Any) -> str:
        """Return a message with its values put in."""
        return catalogue(self.lang)[key].format(**values)

    def number(self, value: float, digits: int = 0) -> str:
        """Return a number as the language writes it."""
        return str(format_decimal(round(value, digits), locale=self.lang))

    def percent(self, value: float | None) -> str:
        """Return a share in whole per cent, ``–`` where there is none."""
        return (
            "–"
            if value is None
            else str(
                format_percent(value, format="#,##0 %" if self.lang in ("fr", "de", "es") else None, locale=self.lang)
            )
        )

    def day(self, value: date | datetime | str, form: str = "long") -> str:
        """Return a day in words."""
        if isinstance(value, str):
            if not value:
                return "–"
            value = date.fromisoformat(value[:10])
        return str(format_date(value, format=form, locale=self.lang))

    def moment(self, value: datetime) -> str:
        """Return a day and time in words."""
        return str(format_datetime(value, format="long", locale=self.lang))

    def listed(self, values: list[str]) -> str:
        """Return some names joined as the language joins them."""
        return str(format_list(values, locale=self.lang))

    def label(self, task: str, name: str) -> str:
        """Return the display name of a label."""
        return codebook.load()[task].label(name).shown(self.lang)

    def task(self, name: str) -> str:
        """Return the display name of a task."""
        return codebook.load()[name].names[self.lang]

    def share(self, figure: Figure) -> str:
        """Return a share with its interval, or that there are too few to say."""
        if not figure.enough or figure.share is None:
            return ""
        return self(
            "figure.share",
            share=self.percent(figure.share),
            low=self.percent(figure.low),
            high=self.percent(figure.high),
        )

    def change(self, figure: Figure, min_n: int) -> str:
        """Return a change in words, against the range expected from the past weeks."""
        if not figure.enough:
            return self("change.too_few", n=self.number(figure.n), needed=self.number(min_n))
        base = {}
        if figure.base_low is not None and figure.base_high is not None:
            show: Callable[[float | None], str] = (
                self.percent if figure.share is not None else lambda x: self.number(x or 0)
            )
            base = {"low": show(figure.base_low), "high": show(figure.base_high)}
        if figure.change in ("higher", "lower") and base:
            return self(f"change.{figure.change}", weeks=figure.base_weeks, **base)
        if figure.change == "none" and base:
            return self("change.none", weeks=figure.base_weeks, **base)
        key = figure.change if figure.change in ("break", "too_few") and not base else "no_baseline"
        return self(f"change.{key}", n=self.number(figure.n), needed=self.number(min_n))

    def sentence(self, said: Sentence, data: ReportData) -> str:
        """Return a headline sentence."""
        v = said.values
        if said.key == "silent":
            return self("headline.silent", sources=self.listed(list(v["sources"])))
        if said.key == "attention":
            return self._attention(v["figure"], v["share"], data)
        if said.key in ("changed", "concern"):
            figure: Figure = v["figure"]
            return self(
                f"headline.{said.key}",
                task=self.task(figure.task),
                label=self.label(figure.task, figure.label),
                share=self.share(figure),
                change=self.change(figure, data.min_n),
            )
        if said.key == "sides":
            return self("headline.sides", positive=self.share(v["positive"]), negative=self.share(v["negative"]))
        return self(f"headline.{said.key}", weeks=v.get("weeks", 0), baseline=data.baseline_weeks)

    def _attention(self, stories: Figure, share: Figure | None, data: ReportData) -> str:
        of_all = self("headline.of_all", share=self.percent(share.share)) if share and share.share is not None else ""
        key = "headline.attention_one" if stories.count == 1 else "headline.attention"
        return self(key, stories=self.number(stories.count), of_all=of_all, change=self.change(stories, data.min_n))
