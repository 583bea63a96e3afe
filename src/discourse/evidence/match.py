"""From a resident's question to a topic of the evidence: by declared words, with a reason, or an honest refusal.

A topic is chosen by the most telling of its word beginnings (joined and longer ones weigh more); a question about
opinions, one person, what ought to be or the future has no official figure and gets none.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

Encoder = Callable[[str], Mapping[str, float]]
"""A reader of free text: a question's score for each concern, 0 to 1."""
_THIS_YEAR = re.compile(r"\b20(\d\d)\b")
SURE = 0.5


@dataclass(frozen=True, kw_only=True)
class Match:
    """What a question is about: a topic with the words that led to it, or ``None`` and why nothing was chosen.

    ``group`` is whom it names (refugees, foreign citizens …), ``countries`` where ("world" for all). ``concern`` is set
    where only the encoder knew: no figure answers then, but what is known of that concern may be shown as related.
    """

    topic: str | None
    reason: str
    others: tuple[str, ...] = ()
    group: str | None = None
    concern: str | None = None
    countries: tuple[str, ...] = ()


def match(question: str, *, year: int, encoder: Encoder | None = None) -> Match:
    """Return the topic of a question asked in a year; an ``encoder`` may name its concern where words are silent."""
    text = fold(question)
    words = _lexicon()
    later = [int("20" + y) for y in _THIS_YEAR.findall(text) if int("20" + y) > year]
    if later:
        return Match(topic=None, reason=f"asks about the future ({later[0]}): there is no figure yet")
    refused = next((s for s in words["refuse"]["stems"] if _has(text, s)), None)
    if refused:
        return Match(topic=None, reason=f"asks for an opinion, a person, a rule or another matter ({refused!r})")
    group = _group(text)
    about = _about(text)
    scores = {name: _score(text, topic, about=about) for name, topic in words["topics"].items()}
    ranked = sorted(((s, n) for n, (s, _) in scores.items() if s > 0), key=lambda pair: (-pair[0], pair[1]))
    if ranked:
        best = ranked[0][1]
        found = ", ".join(repr(s) for s in scores[best][1])
        best = words["topics"][best].get("is", best)
        whom = f"; names {group}" if group else ""
        others = tuple(n for _, n in ranked[1:3])
        return Match(topic=best, reason=f"says {found}{whom}", others=others, group=group, countries=_named(text))
    if encoder:
        return _ask(question, encoder, group)
    return Match(topic=None, reason="names no topic of the evidence", group=group)


def _ask(question: str, encoder: Encoder, group: str | None) -> Match:
    name, score = max(encoder(question).items(), key=lambda pair: pair[1], default=("", 0.0))
    if score < SURE:
        return Match(topic=None, reason="names no topic of the evidence", group=group)
    return Match(topic=None, reason=f"names no topic; reads like {name} ({score:.2f})", group=group, concern=name)


def _about(text: str) -> bool:
    """Return whether a question is about migrants: it names them, says "they", or asks for a number."""
    words = _lexicon()
    named = any(_has(text, s, inside=True) for s in words["migration"]["stems"])
    they = any(re.search(rf"\b{w}\b", text) for w in words["they"]["words"])
    return named or they or any(_has(text, s) for s in words["number"]["stems"])


def _group(text: str) -> str | None:
    """Return whom a question names: the group whose longest word beginning is found."""
    found = [(len(s), name) for name, group in _lexicon()["groups"].items() for s in group["stems"] if _has(text, s)]
    return max(found)[1] if found else None


def _named(text: str) -> tuple[str, ...]:
    """Return the countries a question names, or ``world``."""
    if any(_has(text, s) for s in _lexicon()["world"]["stems"]):
        return ("world",)
    return tuple(code for code, names in _lexicon()["countries"].items() if any(_has(text, s) for s in names))


def _score(text: str, topic: Mapping[str, Any], *, about: bool) -> tuple[int, list[str]]:
    found = [s for s in topic["stems"] if _has(text, s)]
    if not found or not (about or topic["own"]):
        return 0, []
    # joined beginnings are the most telling, then the longest: "asile+rejet" wins over "asile"
    return 100 + topic.get("rank", 0) + max(len(s) + 20 * s.count("+") for s in found), found


def _has(text: str, stem: str, *, inside: bool = False) -> bool:
    edge = "" if inside else r"\b"
    if "+" in stem:
        return all(re.search(edge + re.escape(part), text) for part in stem.split("+"))
    whole = stem.endswith("$") or (len(stem) <= 4 and not inside)
    return re.search(edge + re.escape(stem.rstrip("$")) + (r"\b" if whole else ""), text) is not None


def fold(text: str) -> str:
    """Return a text in lower case without accents and punctuation."""
    plain = unicodedata.normalize("NFKD", text.lower())
    kept = "".join(c for c in plain if not unicodedata.combining(c))
    return re.sub(r"[^\w]+", " ", kept.replace("ß", "ss")).strip()


@lru_cache(maxsize=1)
def _lexicon() -> dict[str, Any]:
    file = resources.files("discourse.evidence").joinpath("lexicon.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))


def topics() -> tuple[str, ...]:
    """Return the names of every topic, in the order of the lexicon."""
    return tuple(name for name, topic in _lexicon()["topics"].items() if "is" not in topic)
