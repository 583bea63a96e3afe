"""An evidence card: one official number that bears on a concern, with everything needed to check it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from importlib import resources
from typing import Any, Literal

Bearing = Literal["supports", "qualifies", "contradicts", "context"]
BEARINGS: tuple[Bearing, ...] = ("supports", "qualifies", "contradicts", "context")
FLAGS = {"e": "estimated", "p": "provisional", "b": "break", "d": "definition differs", "u": "low reliability"}


@dataclass(frozen=True, kw_only=True)
class EvidenceCard:
    """One official number. ``value`` is ``None`` where none was had, and then ``reason`` says why: it is never 0.

    ``label``, ``question`` and ``caveat`` hold a text for each language; ``trace`` names the file and the cell.
    """

    id: str
    concern: str
    topic: str
    label: Mapping[str, str]
    value: float | None
    unit: str
    place: str
    period: str
    source: str
    licence: str
    link: str
    retrieved: date | None
    flags: tuple[str, ...] = ()
    caveat: Mapping[str, str] = field(default_factory=dict)
    question: Mapping[str, str] = field(default_factory=dict)
    bearing: Bearing = "context"
    valid_until: date | None = None
    trace: str = ""
    dataset: str = ""
    reason: str | None = None
    note: str = ""
    kind: str = ""
    group: str = ""

    def as_row(self, lang: str) -> dict[str, Any]:
        """Return plain values: texts in a language (English where it lacks one), numbers raw and as displayed."""
        return {
            "id": self.id,
            "concern": self.concern,
            "topic": self.topic,
            "label": _text(self.label, lang),
            "question": _text(self.question, lang),
            "value": self.value,
            "value_text": show(self.value, lang),
            "unit": unit(self.unit, lang),
            "place": self.place,
            "period": self.period,
            "source": self.source,
            "dataset": self.dataset,
            "licence": self.licence,
            "link": self.link,
            "retrieved": self.retrieved.isoformat() if self.retrieved else None,
            "flags": list(self.flags),
            "caveat": _text(self.caveat, lang),
            "bearing": self.bearing,
            "valid_until": self.valid_until.isoformat() if self.valid_until else None,
            "trace": self.trace,
            "reason": self.reason,
            "note": self.note,
            "group": self.group,
        }

    def stale(self, today: date) -> bool:
        """Return whether the card is past the day until which it may be used."""
        return self.valid_until is not None and today > self.valid_until


def flag_words(flags: str) -> tuple[str, ...]:
    """Return the meaning of each published status letter, in order; an unknown letter is kept as it is."""
    return tuple(FLAGS.get(letter, letter) for letter in flags if letter.strip())


@lru_cache(maxsize=1)
def _units() -> dict[str, dict[str, str]]:
    file = resources.files("discourse.evidence").joinpath("cards/units.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))


def unit(name: str, lang: str) -> str:
    """Return a unit as it is called in a language; one that is not known as it is written."""
    return _units().get(name, {}).get(lang, name)


def show(value: float | None, lang: str) -> str:
    """Return a number as it is written in a language; an empty text where there is none."""
    if value is None:
        return ""
    text = f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"
    thousands, point = {"fr": ("\u202f", ","), "en": (",", "."), "it": (".", ","), "de": (".", ",")}.get(
        lang, (".", ",")
    )
    return text.replace(",", "\0").replace(".", point).replace("\0", thousands)


def _text(texts: Mapping[str, str], lang: str) -> str:
    return texts.get(lang) or texts.get("en") or next(iter(texts.values()), "")
