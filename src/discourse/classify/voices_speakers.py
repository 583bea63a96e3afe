"""Which of the ten kinds a speaker is of, by the words that name him or her; never by the sound of a name."""

from __future__ import annotations

from discourse.classify.voices_lexicon import Lexicon, kind_of
from discourse.classify.voices_quotes import Range


def has_role(text: str, span: Range, lexicon: Lexicon, *, start: bool = False) -> bool:
    """Return whether some words, or their beginning, name a role, a group or an office."""
    words = text[span[0] : span[1]]
    for pattern in (lexicon.roles, lexicon.lay, lexicon.generic):
        match = pattern.search(words)
        if match and (not start or match.start() < 20):
            return True
    return False


def is_person(text: str, span: Range, lexicon: Lexicon) -> bool:
    """Return whether some words name somebody who can speak: by a role, a pronoun, a title or a proper name."""
    if has_role(text, span, lexicon):
        return True
    parts = text[span[0] : span[1]].split()
    if not parts:
        return False
    first = parts[0].lower().strip(",")
    return lexicon.has("pronouns", first) or lexicon.has("titles", first) or _is_name(parts, lexicon)


def _is_name(parts: list[str], lexicon: Lexicon) -> bool:
    """Return whether some words are capitalised ones, particles apart, and no common opening of a sentence."""
    if len(parts) > 5 or any(p[0].islower() for p in parts if len(p) > 3):
        return False
    capital = [p.strip(",.").lower() for p in parts if p[0].isupper()]
    common = [p for p in capital if p in lexicon.verbs or any(p in group for group in lexicon.words.values())]
    return bool(capital) and not common and len(capital[0]) > 2


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
