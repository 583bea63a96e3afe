"""Which of the ten kinds a speaker is of, by the words that name him or her; never by the sound of a name.

A role decides ("la préfète", "shop steward"). Where the words hold none (a pronoun, a first name), the last person whom
the passage named before decides; failing that, a speaker is taken for a migrant only where the passage itself says that
somebody came from elsewhere, for a councillor in a council's minutes, and for a resident otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from discourse.classify.voices_lexicon import Lexicon, origins
from discourse.classify.voices_quotes import Range
from discourse.classify.voices_roles import Role

NEAR = 45
_WEAK = ("other_voice", "business", "resident")
_NAME = re.compile(r"[A-ZÀ-ÖØ-Þ][\w’'-]{2,}")


def has_role(text: str, span: Range, lexicon: Lexicon, *, start: bool = False) -> bool:
    """Return whether some words, or their beginning, name a role, a group or an office."""
    words = text[span[0] : span[1]]
    found = (roles.first(words) for roles in (lexicon.roles, lexicon.lay, lexicon.generic))
    return any(role is not None and (not start or role.start < 20) for role in found)


def has_office(text: str, span: Range, lexicon: Lexicon) -> bool:
    """Return whether some words begin with an office, a body or a calling, and not only with "a man"."""
    found = (roles.first(text[span[0] : span[1]]) for roles in (lexicon.roles, lexicon.generic))
    return any(role is not None and role.start < 20 for role in found)


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


def kind_of_speaker(
    text: str, near: Range | None, speech: Range, lexicon: Lexicon, people: Sequence[Range] = ()
) -> str:
    """Return the kind of a speaker from the words that name him or her or, where these are silent, from the passage.

    ``people`` are the persons named in the passage, where somebody has looked for them.
    """
    found = named_kind(text[near[0] : _apposition(text, near)], lexicon) if near else None
    return found or _introduced(text, near, people, lexicon) or _from_passage(text, near, speech, lexicon)


def _introduced(text: str, near: Range | None, people: Sequence[Range], lexicon: Lexicon) -> str | None:
    """Return the kind said where the person was introduced whom a pronoun stands for."""
    if near is None or not lexicon.has("pronouns", text[slice(*near)].split(maxsplit=1)[0].lower()):
        return None
    for start, end in sorted((p for p in people if p[1] <= near[0]), reverse=True):
        after = named_kind(text[start : _apposition(text, (start, end))], lexicon)
        kind = after or named_kind(text[max(0, start - NEAR) : end], lexicon)
        if kind:
            return kind
    return None


def named_kind(words: str, lexicon: Lexicon) -> str | None:
    """Return the kind that the words for a speaker say, nothing when they do not say it."""
    if lexicon.has("capitals", words.strip(" ,").lower()):
        return "national_government"
    kind = _leading(lexicon.roles.first(words), lexicon.lay.first(words))
    if kind in (*_WEAK, None) and _from_elsewhere(words):
        return "migrant"
    return kind


def _leading(role: Role | None, lay: Role | None) -> str | None:
    """Return the kind that leads: the one named first, but an office over a mere "woman" or "colleague" before it."""
    if lay is None:
        return role.kind if role else None
    if role is None:
        return lay.kind
    if role.start <= lay.start:
        return role.kind
    office = lay.kind == "resident" and role.kind not in _WEAK and role.start - lay.start < 25
    return role.kind if office else lay.kind


def _from_elsewhere(words: str) -> bool:
    return any(roles.first(words) for roles in origins())


def _apposition(text: str, near: Range) -> int:
    """Return where the words for a speaker end when what follows the next comma is counted in."""
    match = re.match(r",[^,.;:«“„\"]{3,60}(?=[,.;:]|\s[«“„\"])", text[near[1] :])
    return near[1] + match.end() if match else near[1]


def _from_passage(text: str, near: Range | None, speech: Range, lexicon: Lexicon) -> str:
    before = text[: min(near[0] if near else speech[0], speech[0])]
    known = _same_name(text, near) if near else None
    if known:
        kind = named_kind(known, lexicon)
        if kind:
            return kind
    words = text[near[0] : near[1]] if near else ""
    if lexicon.generic.first(words):
        return _of_institution(text, before, lexicon)
    if _titled(words, lexicon) and (not before.strip(" .") or lexicon.council.first(text)):
        return "local_government"
    if _is_thing(words, lexicon):
        return "other_voice"
    known = _last_person(before, lexicon)
    if known:
        return known
    around = before + text[speech[1] :]
    return "migrant" if _from_elsewhere(around) else "resident" if words else "other_voice"


def _of_institution(text: str, before: str, lexicon: Lexicon) -> str:
    """Return the kind of a bare "director": of the institution named before or, in minutes, of the council."""
    known = _institution(before, lexicon)
    if known is None and lexicon.council.first(text):
        return "local_government"
    return known or _institution(text, lexicon) or "other_voice"


def _is_thing(words: str, lexicon: Lexicon) -> bool:
    """Return whether a speaker is "the" something of which no list knows anything."""
    first = words.split(maxsplit=1)[0].lower() if words.split() else ""
    return bool(re.match(r"[ldun]+['’]\w", first)) or lexicon.has("determiners", first)


def _same_name(text: str, near: Range) -> str | None:
    """Return the clause in which the passage named the same person elsewhere."""
    for name in _NAME.findall(text[near[0] : near[1]]):
        for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", text):
            if not near[0] <= match.start() < near[1]:
                start = max(text.rfind(sign, 0, match.start()) for sign in (".", ";", ":", "—")) + 1
                return text[start : match.end() + 60]
    return None


def _titled(words: str, lexicon: Lexicon) -> bool:
    first = words.split(maxsplit=1)[0].lower() if words.split() else ""
    return lexicon.has("titles", first)


def _institution(before: str, lexicon: Lexicon) -> str | None:
    """Return the kind of the institution named last before a bare "director" or "spokeswoman"."""
    found = [role.kind for role in lexicon.roles.find(before)]
    return next((k for k in reversed(found) if k not in ("expert", "national_government")), None)


def _last_person(before: str, lexicon: Lexicon) -> str | None:
    """Return the kind of the person named last before a pronoun or a bare name."""
    opening = [_opens(before, role) for roles in (lexicon.roles, lexicon.lay) for role in roles.find(before)]
    named = [role for role in opening if role] + [role for roles in origins() for role in roles.find(before)]
    return max(named, key=lambda role: role.start).kind if named else None


def _opens(text: str, role: Role) -> Role | None:
    """Return the role when it stands near the beginning of its sentence, where a person is introduced."""
    start = max(text.rfind(sign, 0, role.start) for sign in (". ", "? ", "! ", ": ", "; ", "— ")) + 1
    return role if role.start - start < NEAR else None
