"""Agenda items, votes and turns of speech in plain minutes, by how councils write them: careful, not complete.

Nobody is named as a speaker here unless an office stands beside the name: who speaks from the public is private.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from discourse.records import Part

ITEM_WORDS, VOTE_WORDS = 40, 30
"""A longer paragraph is no title of an agenda item, or tells of more than a vote."""

_ITEM = re.compile(
    r"(?:(?:asunto|punto|point|objet|item|top|tagesordnungspunkt|question|délibération|délib\.?)\s*(?:n[°ºo.]\s?)?"
    r"(?P<named>\d{1,4}(?:[./-]\d{1,4})*|[IVXL]{1,6})\b"
    r"|(?P<plain>\d{1,2}|[IVX]{1,5})\s?[./)°–-]+\s*(?-i:(?=[A-ZÀ-ÝÖÜ«\"])))",
    re.IGNORECASE,
)
_TITLE_END = re.compile(r"[.;,]$")
_AFTER = (
    r"voix|votes?|pour|contre|abst\w*|votants?|votos?|a favor|en contra|for\b|against|ja-?stimmen|nein-?stimmen"
    r"|enthaltung\w*|stimmen|favorevoli|contrari|astenut\w|voti"
)
_BEFORE = (
    r"pour|contre|abstentions?|votants|a favor|en contra|abstenciones|for|against|abstained?|ja|nein|favorevoli"
    r"|contrari"
)
_COUNT = re.compile(rf"\d+\s*(?:{_AFTER})|\b(?:{_BEFORE})\s*:\s*\d+", re.IGNORECASE)
_AGREED = re.compile(
    r"à l['’]unanimité|por unanimidad|einstimmig|unanimous(?:ly)?|all['’]unanimità|carried|adopté(?:e?s?)\b"
    r"|approuvé(?:e?s?)\b",
    re.IGNORECASE,
)
_ADDRESS = (
    r"M\.|MM\.|Mme|Mlle|Monsieur|Madame|Mr\.?|Mrs\.?|Ms\.?|Cllr\.?|Councillor|El Sr\.|La Sra\.|Sr\.|Sra\.|D\.|Dña\."
    r"|Herr|Frau|Sig\.(?:ra)?|Le maire|La maire"
)
_TURN = re.compile(rf"(?P<who>(?:{_ADDRESS})\s?[^:;.!?]{{0,70}}?)\s?:\s+(?=\S)")
_OFFICE = re.compile(
    r"\b(?:maire|adjointe?|conseill(?:er|ère)|présidente?|mayor|councillor|cllr|alcalde|alcaldesa|concejal\w*"
    r"|(?:ober)?bürgermeister(?:in)?|stadtr[aä]t(?:in)?|sindac[oa]|assessor[ei]|consiglier[ei])\b",
    re.IGNORECASE,
)


def marked(text: str, parts: Iterable[Part]) -> tuple[Part, ...]:
    """Return the parts of minutes with agenda items, votes and turns of speech told apart; offsets stay as they are."""
    return tuple(_marked(text, parts))


def _marked(text: str, parts: Iterable[Part]) -> Iterator[Part]:
    for part in parts:
        words = text[part.start : part.end]
        yield _told(part, words) if part.kind in ("paragraph", "heading", "list") else part


def _told(part: Part, words: str) -> Part:
    count = len(words.split())
    item = _ITEM.match(words) if count <= ITEM_WORDS else None
    if item and (item["named"] or part.kind == "heading" or not _TITLE_END.search(words)) and count > 1:
        return replace(part, kind="agenda_item", number=item["named"] or item["plain"])
    if count <= VOTE_WORDS and _COUNT.search(words):
        return replace(part, kind="vote")
    if count <= VOTE_WORDS // 2 and _AGREED.search(words):
        return replace(part, kind="vote")
    turn = _TURN.match(words)
    if turn and part.kind == "paragraph":
        who = turn["who"].strip()
        return replace(part, kind="speech", speaker=who if _OFFICE.search(who) else None)
    return part
