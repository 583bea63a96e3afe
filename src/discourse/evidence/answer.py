"""A sourced brief for one question: the figures for and against, those that only give context, what is not known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from discourse.evidence import cards_of, library
from discourse.evidence.match import Encoder, Match, match

if TYPE_CHECKING:
    from discourse.config import Settings
    from discourse.evidence.cards import EvidenceCard


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What can be said to a question; ``gap`` is set where no filled card bears on it, and ``unknown`` says what is."""

    question: str
    place: str
    match: Match
    concern: str | None
    supports: tuple[EvidenceCard, ...] = ()
    against: tuple[EvidenceCard, ...] = ()
    context: tuple[EvidenceCard, ...] = ()
    unknown: tuple[EvidenceCard, ...] = ()
    gap: str | None = None

    def as_row(self, lang: str) -> dict[str, Any]:
        """Return plain values in a language."""
        groups = {k: [c.as_row(lang) for c in getattr(self, k)] for k in ("supports", "against", "context", "unknown")}
        return {
            "question": self.question,
            "place": self.place,
            "topic": self.match.topic,
            "concern": self.concern,
            "reason": self.match.reason,
            "gap": self.gap,
        } | groups


def answer(
    question: str,
    settings: Settings,
    *,
    now: datetime,
    place: str = "",
    lang: str = "en",
    encoder: Encoder | None = None,
) -> Answer:
    """Return the brief for a question in a place (the configured one by default), in the words of a language."""
    where = place or settings.discourse.place
    land = library.country(where)
    found = match(question, year=now.year, encoder=encoder)
    words = library.questions()["gap"]
    gap = words.get(lang, words["en"])
    if found.topic is None:
        return Answer(question=question, place=land, match=found, concern=None, gap=gap)
    local = settings.model_copy(update={"discourse": settings.discourse.model_copy(update={"place": where})})
    local = local.model_copy(update={"evidence": local.evidence.model_copy(update={"series": (land,)})})
    here = [c for c in cards_of(local, now=now) if library.country(c.place) == land]
    cards = _once([c for c in here if c.topic == found.topic and c.value is not None])
    empty = [s for s in library.series() if s.country == land and s.topic == found.topic]
    concern = cards[0].concern if cards else empty[0].concern if empty else None
    return Answer(
        question=question,
        place=land,
        match=found,
        concern=concern,
        supports=tuple(c for c in cards if c.bearing == "supports"),
        against=tuple(c for c in cards if c.bearing in ("contradicts", "qualifies")),
        context=tuple(c for c in cards if c.bearing == "context"),
        unknown=tuple(s.as_card() for s in empty),
        gap=None if cards else gap,
    )


def _once(cards: Sequence[EvidenceCard]) -> list[EvidenceCard]:
    """Return each figure once, under the first concern it bears on."""
    seen: dict[tuple[str, str, str, str], EvidenceCard] = {}
    for card in cards:
        seen.setdefault((card.dataset, card.label.get("en", card.id), card.place, card.period), card)
    return list(seen.values())
