"""A sourced brief for one question: figures for and against, what the council decided, what is not known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from discourse.evidence import cards_of, library
from discourse.evidence.council import Paper, Search, papers
from discourse.evidence.match import Match, Nearest, match

if TYPE_CHECKING:
    from discourse.config import Settings
    from discourse.evidence.cards import EvidenceCard

COMPARED = ("natives", "nationals")
KINDS = ("supports", "against", "context", "related", "unknown")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What can be said to a question.

    ``gap`` is set where no filled card answers it; ``related`` are figures on the same concern that do not answer it,
    ``unknown`` the declared series that would. ``council`` is ``None`` where nothing was searched.
    """

    question: str
    place: str
    match: Match
    concern: str | None
    supports: tuple[EvidenceCard, ...] = ()
    against: tuple[EvidenceCard, ...] = ()
    context: tuple[EvidenceCard, ...] = ()
    related: tuple[EvidenceCard, ...] = ()
    unknown: tuple[EvidenceCard, ...] = ()
    council: tuple[Paper, ...] | None = None
    gap: str | None = None
    town: bool = False

    def as_row(self, lang: str) -> dict[str, Any]:
        """Return plain values in a language; each figure says whom it counts and why it was chosen."""
        groups = {kind: [self._figure(card, lang) for card in getattr(self, kind)] for kind in KINDS}
        return {
            "question": self.question,
            "place": self.place,
            "topic": self.match.topic,
            "group": self.match.group,
            "concern": self.concern,
            "reason": self.match.reason,
            "gap": self.gap,
            "note": word("town", lang) if self.town else None,
            "council": None if self.council is None else [vars(paper) for paper in self.council],
        } | groups

    def _figure(self, card: EvidenceCard, lang: str) -> dict[str, Any]:
        shared = f"topic {card.topic}" if card.topic == self.match.topic else f"concern {card.concern}"
        return card.as_row(lang) | {"warning": warning(self.match.group, card, lang), "why": f"declared for {shared}"}


def word(name: str, lang: str) -> str:
    """Return a word of an answer in a language, English where it lacks one."""
    texts = library.table("words.toml")[name]
    return str(texts.get(lang, texts["en"]))


def warning(asked: str | None, card: EvidenceCard, lang: str) -> str | None:
    """Return the sentence that a figure counts others than those asked for; ``None`` where it counts them.

    A figure for comparison (nationals, people born in the country) names itself so and needs no warning.
    """
    if not card.group or card.group in COMPARED or card.group == asked:
        return None
    if asked is None and card.group != "everybody":
        return None
    groups = library.table("words.toml")["groups"]
    counted = groups[card.group].get(lang, groups[card.group]["en"])
    who = groups[asked].get(lang, groups[asked]["en"]) if asked else {"fr": "les migrants"}.get(lang, _migrants(lang))
    return word("other_group", lang).format(asked=who, counted=counted)


def _migrants(lang: str) -> str:
    return {"es": "los migrantes", "de": "Zugewanderte", "it": "i migranti"}.get(lang, "migrants")


def answer(
    question: str,
    settings: Settings,
    *,
    now: datetime,
    place: str = "",
    lang: str = "en",
    nearest: Nearest | None = None,
    search: Search | None = None,
) -> Answer:
    """Return the brief for a question in a place: the given one, a country that it names, or the configured one.

    ``search`` looks through the council's documents; ``nearest`` gives the topics it reads like.
    """
    found = match(question, year=now.year, nearest=nearest)
    named = [land for land in found.countries if land != "world"]
    where = place or (",".join(named) if named else settings.discourse.place)
    lands = [library.country(part) for part in where.split(",")]
    words = library.questions()["gap"]
    gap = words.get(lang, words["en"])
    topic = found.topic or found.perhaps
    if topic is None:
        return Answer(question=question, place=",".join(lands), match=found, concern=None, gap=gap)
    known = [c for c in _once(_here(settings, where, lands, now=now)) if c.value is not None]
    fitting = [] if "world" in found.countries else _fitting(known, found)
    empty = [s for s in library.series() if s.country in lands and s.topic == topic]
    bearing = [c.concern for c in known if c.topic == topic] + [s.concern for s in empty]
    concern = next(iter(bearing), None)
    kinds = {c.kind for c in fitting}
    return Answer(
        question=question,
        place=",".join(lands),
        match=found,
        concern=concern,
        supports=tuple(c for c in fitting if c.bearing == "supports"),
        against=tuple(c for c in fitting if c.bearing in ("contradicts", "qualifies")),
        context=tuple(c for c in fitting if c.bearing == "context"),
        related=() if fitting else tuple(c for c in known if c.concern == concern or c.topic == topic),
        unknown=tuple(s.as_card() for s in empty if found.topic and not kinds.intersection(s.figures.values())),
        council=tuple(papers(search, concern, _langs(lang, lands))) if search and concern else None,
        gap=None if fitting else gap,
        town="-" in where and bool(fitting) and not any("-" in c.place for c in fitting),
    )


def _langs(lang: str, lands: Sequence[str]) -> list[str]:
    spoken = {"FR": "fr", "DE": "de", "ES": "es", "IT": "it", "UK": "en"}
    return [lang, *(spoken[land] for land in lands if land in spoken)]


def _here(settings: Settings, where: str, lands: Sequence[str], *, now: datetime) -> list[EvidenceCard]:
    """Return the cards usable for some countries, the town's own before the country's, those before the Union's."""
    evidence = settings.evidence.model_copy(update={"series": tuple(lands)})
    local = settings.model_copy(update={"evidence": evidence})
    cards = [c for c in cards_of(local, now=now) if any(library.covers(c.place, land) for land in lands)]
    return sorted(cards, key=lambda c: (c.place != where, c.place == "EU"))


def _fitting(known: Iterable[EvidenceCard], found: Match) -> list[EvidenceCard]:
    """Return the figures of a topic: those of the quantity asked for first, then those that count whom it names.

    Where only some kinds answer the question, the others are left out; a city's own card has no kind and stays.
    """
    cards = [c for c in known if c.topic == found.topic and (found.only is None or not c.kind or c.kind in found.only)]
    asked = found.group
    return sorted(
        cards, key=lambda c: (c.kind not in found.kinds, bool(asked) and c.group != asked, c.group in COMPARED)
    )


def _once(cards: Iterable[EvidenceCard]) -> list[EvidenceCard]:
    """Return each figure once, under the first concern it bears on."""
    seen: dict[tuple[str, str, str, str], EvidenceCard] = {}
    for card in cards:
        seen.setdefault((card.dataset, card.label.get("en", card.id), card.place, card.period), card)
    return list(seen.values())
