"""What is known: concern -> question -> evidence cards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from discourse import codebook

if TYPE_CHECKING:
    from discourse.config import Settings
    from discourse.evidence.cards import EvidenceCard

__all__ = ["EvidenceBrief", "cards_of", "for_concerns"]


@dataclass(frozen=True, kw_only=True)
class EvidenceBrief:
    """What bears on one concern: the question behind it by language, the filled cards, and what is missing.

    ``gap`` is the sentence to show where no card is filled; ``empty`` are the declared series that would fill it.
    """

    concern: str
    question: Mapping[str, str]
    cards: tuple[EvidenceCard, ...] = ()
    gap: str | None = None
    empty: tuple[EvidenceCard, ...] = ()


def cards_of(settings: Settings, *, now: datetime) -> list[EvidenceCard]:
    """Return the cards a city can use on a day: its own first, then the starter cards of its countries.

    Raises ``ConfigError`` where one of the city's own files has a fault, naming file, field and remedy.
    """
    from discourse.evidence import files, library

    own = [card for name in settings.evidence.cards for card in files.read(settings.path(name))]
    lands = {library.country(s) for s in settings.evidence.series} or {library.country(settings.discourse.place)}
    found = own + [card for card in library.starter() if card.place in lands]
    return [card for card in found if not card.stale(now.date())]


def for_concerns(settings: Settings, *, now: datetime) -> dict[str, EvidenceBrief]:
    """Return a brief for every concern of the codebook, in its order; one without a filled card says so in ``gap``."""
    from discourse.evidence import library

    found = cards_of(settings, now=now)
    lands = {library.country(s) for s in settings.evidence.series} or {library.country(settings.discourse.place)}
    declared = [s.as_card() for s in library.series() if s.country in lands]
    words = library.questions()
    lang = settings.report.languages[0] if settings.report.languages else "en"
    out = {}
    for name in codebook.load()["concern"].label_names:
        filled = tuple(c for c in found if c.concern == name and c.value is not None)
        empty = tuple(c for c in declared if c.concern == name)
        gap = None if filled else words["gap"].get(lang, words["gap"]["en"])
        out[name] = EvidenceBrief(concern=name, question=words[name], cards=filled, gap=gap, empty=empty)
    return out
