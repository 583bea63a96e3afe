"""The words that introduce speech in one language, inflected from short lists, and the roles of speakers."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from discourse.classify.voices_quotes import tokens
from discourse.classify.voices_roles import Roles, build

Phrases = dict[str, tuple[tuple[str, ...], ...]]
ROLES = ("local_government", "national_government", "political_party", "police_and_justice", "civil_society", "expert",
         "business", "other_voice")  # fmt: skip
LAY = ("migrant", "resident")


@dataclass(frozen=True, kw_only=True, slots=True)
class Lexicon:
    """What one language knows of reported speech; all words are lower-case."""

    lang: str
    verbs: frozenset[str]
    participles: frozenset[str]
    broad: frozenset[str]
    phrases: Phrases
    prepositions: Phrases
    weak: frozenset[tuple[str, ...]]
    separable: dict[str, frozenset[str]]
    words: dict[str, frozenset[str]]
    roles: Roles
    lay: Roles
    generic: Roles
    council: Roles

    def has(self, group: str, word: str) -> bool:
        """Return whether a word is in a grammatical group such as ``pronouns``."""
        return word in self.words[group]


@lru_cache(maxsize=8)
def lexicon(lang: str) -> Lexicon:
    """Return the lexicon of one of the five languages."""
    file = resources.files("discourse.classify.lexicons") / f"voices_{lang}.toml"
    data = tomllib.loads(file.read_text(encoding="utf-8"))
    cue, grammar, roles = data["cue"], data["grammar"], data["roles"]
    finite, participles = _inflected(cue["verbs"].split(), lang)
    prepositions = [_phrase(p) for p in cue["prepositions"].split()]
    return Lexicon(
        lang=lang,
        verbs=frozenset(finite) | frozenset(cue["forms"].split()),
        participles=frozenset(participles) | frozenset(cue["participles"].split()),
        broad=frozenset(cue["broad"].split()),
        phrases=_by_first(_phrase(p) for p in cue["phrases"].split()),
        prepositions=_by_first(prepositions),
        weak=frozenset(_phrase(p) for p in cue["weak_prepositions"].split()),
        separable=_separable(cue.get("separable", "").split()),
        words=_groups(cue, grammar),
        roles=build({k: roles[k] for k in ROLES}),
        lay=build({k: roles[k] for k in LAY}),
        generic=build({"generic": roles["generic"]}),
        council=build({"council": roles["council"]}),
    )


@lru_cache(maxsize=1)
def origins() -> tuple[Roles, Roles]:
    """Return what names a place or people of origin, and what says that somebody migrated, in all five languages."""
    file = resources.files("discourse.classify.lexicons") / "origins.toml"
    data = tomllib.loads(file.read_text(encoding="utf-8"))
    return build({"migrant": data["stems"]}), build({"migrant": data["said"]})


def _groups(cue: dict[str, str], grammar: dict[str, str]) -> dict[str, frozenset[str]]:
    out = {name: frozenset(grammar.get(name, "").lower().split()) for name in grammar}
    out |= {name: frozenset(cue[name].split()) for name in ("that",)}
    for name in ("passive", "be", "reflexive", "cuts", "subordinators", "modals", "capitals"):
        out.setdefault(name, frozenset())
    out["titles"] = out["titles"] | frozenset(t.rstrip(".") for t in out["titles"])
    return out


def _separable(entries: list[str]) -> dict[str, frozenset[str]]:
    out: dict[str, set[str]] = {}
    for entry in entries:
        form, _, particle = entry.partition(":")
        out.setdefault(form, set()).add(particle)
    return {form: frozenset(particles) for form, particles in out.items()}


def _phrase(entry: str) -> tuple[str, ...]:
    text = entry.replace("_", " ")
    return tuple(t.low for t in tokens(text, 0, len(text)))


def _by_first(phrases: Iterable[tuple[str, ...]]) -> Phrases:
    out: dict[str, list[tuple[str, ...]]] = {}
    for phrase in phrases:
        out.setdefault(phrase[0], []).append(phrase)
    return {first: tuple(sorted(found, key=len, reverse=True)) for first, found in out.items()}


def _inflected(entries: list[str], lang: str) -> tuple[set[str], set[str]]:
    make = _MAKERS[lang]
    finite: set[str] = set()
    participles: set[str] = set()
    for entry in entries:
        forms, done = make(*entry.partition(":")[::2])
        finite.update(forms)
        participles.update(done)
    return finite, participles


Forms = tuple[list[str], list[str]]


def _french(verb: str, stressed: str) -> Forms:
    if verb.endswith("ir"):
        stem = verb[:-2]
        return [stem + e for e in ("it", "issent", "issait", "issaient", "ira", "iront")], [stem + "i"]
    stem = verb[:-2]
    soft = {"g": stem + "e", "c": stem[:-1] + "ç"}.get(stem[-1], stem)
    strong = stressed or stem
    forms = [strong + e for e in ("e", "ent", "era", "eront", "erait")]
    forms += [stem + e for e in ("èrent", "ions")] + [soft + e for e in ("a", "ait", "aient")]
    return forms, [stem + e for e in ("é", "ée", "és", "ées")]


def _english(verb: str, past: str) -> Forms:
    if verb.endswith(("s", "sh", "ch", "x", "o")):
        third = verb + "es"
    elif verb.endswith("y") and verb[-2] not in "aeiou":
        third = verb[:-1] + "ies"
    else:
        third = verb + "s"
    regular = third[:-1] + "d" if third.endswith(("es", "ies")) else verb + "ed"
    return [verb, third, past or regular], []


def _spanish(verb: str, stressed: str) -> Forms:
    stem, kind = verb[:-2], verb[-2:]
    strong = stressed or stem
    if kind == "ar":
        forms = [strong + "a", strong + "an"] + [stem + e for e in ("ó", "aron", "aba", "aban", "ará", "arán", "aría")]
        return forms, [stem + "ado"]
    forms = [strong + "e", strong + "en"] + [stem + e for e in ("ió", "ieron", "ía", "ían")]
    return forms + [verb + e for e in ("á", "án")], [stem + "ido"]


def _italian(verb: str, stressed: str) -> Forms:
    stem, kind = verb[:-3], verb[-3:]
    strong = stressed or stem
    soft = stem + "h" if stem[-1] in "cg" else stem
    if kind == "are":
        trimmed = stem[:-1] if stem.endswith("i") else soft
        forms = [strong + "a", strong + "ano", stem + "ò", stem + "arono", stem + "ava", stem + "avano"]
        return [*forms, trimmed + "erà", trimmed + "eranno"], [stem + "ato"]
    if kind == "ere":
        return [stem + e for e in ("e", "ono", "eva", "evano", "erà", "eranno")], [stem + "uto"]
    return [stem + e for e in ("e", "ono", "isce", "iscono", "ì", "irono", "iva", "ivano", "irà")], [stem + "ito"]


def _german(verb: str, _: str) -> Forms:
    prefix, _bar, base = verb.rpartition("|")
    stem = base[:-2] if base.endswith("en") else base[:-1]
    linked = stem + "e" if stem[-1] in "td" or stem.endswith(("gn", "chn")) else stem
    forms = [linked + "t", base, linked + "te", linked + "ten"]
    whole = base.startswith(("be", "er", "ver", "ent", "emp", "ge", "zer", "wider", "unter")) or base.endswith("ieren")
    done = linked + "t" if whole else f"ge{linked}t"
    return forms + ([prefix + f for f in forms] if prefix else []), [prefix + done]


_MAKERS: dict[str, Callable[[str, str], Forms]] = {
    "fr": _french,
    "en": _english,
    "es": _spanish,
    "it": _italian,
    "de": _german,
}


def matches(phrases: Phrases, words: list[str], at: int) -> int:
    """Return how many words from ``at`` on make one of the phrases, the longest first; 0 when none does."""
    for phrase in phrases.get(words[at], ()):
        if tuple(words[at : at + len(phrase)]) == phrase:
            return len(phrase)
    return 0
