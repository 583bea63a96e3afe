"""Which of the ten kinds a speaker is of, by the words that name him or her; never by the sound of a name."""

from __future__ import annotations

import re

from discourse.classify.voices_lexicon import Lexicon, kind_of
from discourse.classify.voices_quotes import Range

_CAPITAL = re.compile(r"(?<!\w)[A-ZÀ-ÖØ-Þ][\w’'-]+")


def is_person(text: str, span: Range, lexicon: Lexicon) -> bool:
    """Return whether some words name somebody who can speak: by a role, a pronoun or a proper name."""
    words = text[span[0] : span[1]]
    if lexicon.roles.search(words) or lexicon.lay.search(words) or lexicon.generic.search(words):
        return True
    first = words.split()[0].lower() if words.split() else ""
    return lexicon.has("pronouns", first) or lexicon.has("titles", first)


def named_kind(text: str, span: Range, lexicon: Lexicon) -> str | None:
    """Return the kind that the words for a speaker say, nothing when they do not say it."""
    words = text[span[0] : span[1]]
    role = lexicon.roles.search(words)
    lay = lexicon.lay.search(words)
    if role and not (lay and lay.start() < role.start()):
        return kind_of(role)
    if lay:
        return kind_of(lay)
    return kind_of(role) if role else None
