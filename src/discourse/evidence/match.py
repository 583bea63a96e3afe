"""From a resident's question to a topic of the evidence: by declared words, with a reason, or an honest refusal.

A topic is chosen by the share of its word beginnings found (longer and joined ones weigh more); a question about
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
_THIS_YEAR = re.compile(r"\b20(\d\d)\b")


@dataclass(frozen=True, kw_only=True)
class Match:
    """What a question is about: a topic with the words that led to it, or ``None`` and why nothing was chosen."""

    topic: str | None
    reason: str
    others: tuple[str, ...] = ()


def match(question: str, *, year: int, encoder: Encoder | None = None) -> Match:
    """Return the topic of a question asked in a year; an ``encoder`` (text -> score by topic) may break a silence."""
    text = fold(question)
    words = _lexicon()
    refused = next((s for s in words["refuse"]["stems"] if _has(text, s)), None)
    if refused:
        return Match(topic=None, reason=f"asks for an opinion, a person, a rule or another matter ({refused!r})")
    later = [int("20" + y) for y in _THIS_YEAR.findall(text) if int("20" + y) > year]
    if later:
        return Match(topic=None, reason=f"asks about the future ({later[0]}): there is no figure yet")
    about = next((s for s in words["migration"]["stems"] if _has(text, s, inside=True)), None)
    scores = {name: _score(text, topic, about=bool(about) or _ours(text)) for name, topic in words["topics"].items()}
    ranked = sorted(((s, n) for n, (s, _) in scores.items() if s > 0), key=lambda pair: (-pair[0], pair[1]))
    if ranked:
        best = ranked[0][1]
        found = ", ".join(repr(s) for s in scores[best][1])
        return Match(topic=best, reason=f"says {found}", others=tuple(n for _, n in ranked[1:3]))
    return _ask(question, encoder) if encoder and about else Match(topic=None, reason="names no topic of the evidence")


def _ask(question: str, encoder: Encoder) -> Match:
    name, score = max(encoder(question).items(), key=lambda pair: pair[1], default=("", 0.0))
    if score < 0.5:
        return Match(topic=None, reason="names no topic of the evidence")
    return Match(topic=name, reason=f"reads like this topic ({score:.2f})")


def _score(text: str, topic: Mapping[str, Any], *, about: bool) -> tuple[int, list[str]]:
    found = [s for s in topic["stems"] if _has(text, s)]
    if not found or not (about or topic["own"]):
        return 0, []
    # joined beginnings are the most telling, then the longest: "asile+rejet" wins over "asile"
    return 100 + topic.get("rank", 0) + max(len(s) + 20 * s.count("+") for s in found), found


def _ours(text: str) -> bool:
    """Return whether a question sets somebody against "us", as residents often do without naming migrants."""
    return bool(re.search(r"\b(nos|nous|our|nuestr\w+|uns|unser\w*|noi)\b", text)) and "migr" in text


def _has(text: str, stem: str, *, inside: bool = False) -> bool:
    edge = "" if inside else r"\b"
    if "+" in stem:
        return all(re.search(edge + re.escape(part), text) for part in stem.split("+"))
    short = r"\b" if len(stem) <= 4 and not inside else ""
    return re.search(edge + re.escape(stem) + short, text) is not None


def fold(text: str) -> str:
    """Return a text in lower case without accents and punctuation."""
    plain = unicodedata.normalize("NFKD", text.lower())
    kept = "".join(c for c in plain if not unicodedata.combining(c))
    return re.sub(r"[^\w]+", " ", kept.replace("ß", "ss")).strip()


@lru_cache(maxsize=1)
def _lexicon() -> dict[str, Any]:
    file = resources.files("discourse.evidence").joinpath("lexicon.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))
