"""What is known: concern -> question -> evidence cards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
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
    """Return the cards a city can use on a day: its own, then fetched figures, then starter cards of its countries.

    A fetched figure takes the place of the starter card of the same kind and country unless that is of a later period.
    Raises ``ConfigError`` where one of the city's own files has a fault, naming file, field and remedy.
    """
    from discourse.evidence import files, fill, library

    own = [card for name in settings.evidence.cards for card in files.read(settings.path(name))]
    lands = library.lands(settings)
    fetched, _ = fill.fetched(settings.path(settings.evidence.cache), lands)
    start = [c for c in library.starter() if any(library.covers(c.place, land) for land in lands)]
    newest = {(c.kind, c.place): c.period for c in fetched}
    start = [c for c in start if c.period > newest.get((c.kind, c.place), "")]
    return [card for card in own + fetched + start if not card.stale(now.date())]


def for_concerns(settings: Settings, *, now: datetime) -> dict[str, EvidenceBrief]:
    """Return a brief for every concern of the codebook, in its order; one without a filled card says so in ``gap``."""
    from discourse.evidence import fill, library

    found = cards_of(settings, now=now)
    lands = library.lands(settings)
    _, wrong = fill.fetched(settings.path(settings.evidence.cache), lands)
    filled_now = {(k, c.place) for c in found for k in (c.kind,) if k}
    declared = [
        replace(s.as_card(), reason=wrong[s.id]) if s.id in wrong else s.as_card()
        for s in library.series()
        if s.country in lands and not any((k, s.country) in filled_now for k in s.figures.values())
    ]
    words = library.questions()
    lang = settings.report.languages[0] if settings.report.languages else "en"
    out = {}
    for name in codebook.load()["concern"].label_names:
        filled = tuple(c for c in found if c.concern == name and c.value is not None)
        empty = tuple(c for c in declared if c.concern == name)
        gap = None if filled else words["gap"].get(lang, words["gap"]["en"])
        out[name] = EvidenceBrief(concern=name, question=words[name], cards=filled, gap=gap, empty=empty)
    return out
