"""From a resident's question to a topic of the evidence: by declared words, with a reason, or an honest refusal.

A topic is chosen by the most telling of its word beginnings (joined and longer ones weigh more); a question about
opinions, one person, what ought to be or the future has no official figure and gets none. Words alone see "jobs" in a
question about the town hall's staff: so the question, or what in it asks, must also be most like an example question on
that topic (``examples.toml``; found by ``classify.nearest``). Two readings that agree, or no answer.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources
from typing import Any

Nearest = Callable[[str], Sequence[str]]
"""A reader of free text: the topics of the examples that a question is like, the likest first."""
_SENTENCE = re.compile(r"[^.!?…;:]+[.!?…;:]*")
_THIS_YEAR = re.compile(r"\b20(\d\d)\b")


@dataclass(frozen=True, kw_only=True)
class Match:
    """What a question is about: a topic with the words that led to it, or ``None`` and why nothing was chosen.

    ``group`` is whom it names (refugees, foreign citizens …), ``countries`` where ("world" for all). ``perhaps`` is a
    topic on which the two readings differ: no figure answers then, but what is known of it may be shown as related.
    ``kinds`` are the figures whose quantity it asks for (refusals rather than claims); ``only``, where it is not
    ``None``, all that answer it.
    """

    topic: str | None
    reason: str
    others: tuple[str, ...] = ()
    group: str | None = None
    perhaps: str | None = None
    countries: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    only: tuple[str, ...] | None = None


def match(question: str, *, year: int, nearest: Nearest | None = None) -> Match:
    """Return the topic of a question asked in a year: that of its words, if ``nearest`` (where given) agrees."""
    text = fold(question)
    later = [int("20" + y) for y in _THIS_YEAR.findall(text) if int("20" + y) > year]
    if later:
        return Match(topic=None, reason=f"asks about the future ({later[0]}): there is no figure yet")
    refused = next((s for s in _lexicon()["refuse"]["stems"] if _has(text, s)), None) or _pattern(text)
    if refused:
        return Match(topic=None, reason=f"asks for an opinion, a person, a rule or another matter ({refused!r})")
    ranked = _ranked(text, about=_about(text))
    if not ranked:
        return Match(topic=None, reason="names no topic of the evidence", group=_group(text))
    found = _matched(text, ranked)
    return _agreed(found, {nearest(part)[0]: None for part in (question, asking(question))}) if nearest else found


def _agreed(found: Match, likely: Iterable[str]) -> Match:
    """Return a match as it is where its topic is one of those the question reads like, and else a refusal."""
    if found.topic is None or found.topic in likely:
        return found
    said = " or ".join(name.replace("elsewhere.", "").replace("none.", "") for name in likely)
    return replace(found, topic=None, perhaps=found.topic, reason=f"{found.reason}, but reads like {said}")


def _matched(text: str, ranked: list[tuple[str, list[str]]]) -> Match:
    """Return the likeliest topic, unless no series counts what is asked for or a general topic leaves words over."""
    words = _lexicon()
    group = _group(text)
    best, found = ranked[0]
    if best in words["elsewhere"]:
        says = words["elsewhere"][best]["says"]
        return Match(topic=None, reason=f"asks for {says} ({', '.join(found)}): no declared series", group=group)
    topic = words["topics"][best]
    if "spare" in topic and not _counts(text):
        return Match(topic=None, reason=f"names {best} but asks for no number", group=group)
    left = _left(text, topic) if "spare" in topic else []
    if len(left) > topic.get("spare", 0):
        return Match(topic=None, reason=f"asks for more than {best} counts ({', '.join(left)})", group=group)
    name = topic.get("is", best)
    return Match(
        topic=name,
        reason=f"says {', '.join(repr(s) for s in found)}" + (f"; names {group}" if group else ""),
        others=tuple(n for n, _ in ranked[1:3] if n in words["topics"]),
        group=group,
        countries=_named(text),
        kinds=tuple(kind for kind, stems in words["quantity"].items() if any(_has(text, s) for s in stems)),
        only=_only(text, name),
    )


def _only(text: str, topic: str) -> tuple[str, ...] | None:
    """Return the kinds of figure that alone answer a question on a topic; ``None`` where any of the topic may."""
    words = _lexicon()
    if topic != "temporary_protection" and any(_has(text, s) for s in words["nationality"]["stems"]):
        return ()
    asked = [q["kinds"] for q in words["only"].get(topic, {}).values() if any(_has(text, s) for s in q["stems"])]
    # the last declared is the most exact: "convicted of a crime" asks for the convicted, not for suspects
    return tuple(asked[-1]) if asked else None


def _ranked(text: str, *, about: bool) -> list[tuple[str, list[str]]]:
    """Return what a question may ask for, the likeliest first, with the words that led there.

    A topic gives way to another that is declared to be ``over`` it (the cost of reception is no number of places), and
    a general one (population, flows …: those with ``spare``) to any other.
    """
    words = _lexicon()
    scores = {name: _score(text, topic, about=about) for name, topic in words["topics"].items()}
    scores |= {name: _score(text, topic | {"own": True}, about=True) for name, topic in words["elsewhere"].items()}
    found = {name for name, (score, _) in scores.items() if score > 0}
    lower = {low for name in found for low in words["topics"].get(name, {}).get("over", ())}
    kept = found - lower or found
    special = {name for name in kept if "spare" not in words["topics"].get(name, {})}
    ranked = sorted(special or kept, key=lambda n: (-scores[n][0], n))
    return [(name, scores[name][1]) for name in ranked]


def _pattern(text: str) -> str | None:
    """Return the words by which a question asks for one person, what is to come, or a rule."""
    kinds = _lexicon()["refuse_patterns"].values()
    return next((hit[0].strip() for kind in kinds for p in kind if (hit := re.search(p, text))), None)


def _left(text: str, topic: Mapping[str, Any]) -> list[str]:
    """Return the words of a question that neither its topic, nor whom and where it names, nor common words explain."""
    words = _lexicon()
    told = [*words["migration"]["stems"], *words["they"]["words"], *words["number"]["stems"], *words["world"]["stems"]]
    told += [s for group in words["groups"].values() for s in group["stems"]]
    told += [s for names in words["countries"].values() for s in names]
    own = [*topic["stems"], *(s for lists in topic.get("sets", ()) for one in lists for s in one)]
    parts = [part for s in [*own, *told] for part in s.split("+") if _begins(text, part)]
    known = frozenset(words["filler"]["words"])
    rest = " " + text + " "
    for part in sorted(parts, key=len, reverse=True):
        rest = re.sub(rf" {re.escape(part.rstrip('$'))}\w*", " ", rest)
    return [w for w in rest.split() if w not in known and not w.isdigit() and len(w) > 1]


def _about(text: str) -> bool:
    """Return whether a question is about migrants: it names them, says "they", or asks for a number."""
    words = _lexicon()
    named = any(_has(text, s, inside=True) for s in words["migration"]["stems"])
    they = any(re.search(rf"\b{w}\b", text) for w in words["they"]["words"])
    return named or they or any(_has(text, s) for s in words["number"]["stems"])


def _counts(text: str) -> bool:
    """Return whether a question asks for a number, or compares."""
    words = _lexicon()
    stems = [*words["number"]["stems"], *(s for k in ("population", "flows") for s in words["topics"][k]["stems"])]
    return any(_has(text, s) for s in stems) or any(f" {w} " in f" {text} " for w in words["compare"]["words"])


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
    if not (about or topic["own"]):
        return 0, []
    if topic.get("mask"):
        text = _masked(text)
    found = [s for s in topic["stems"] if _has(text, s)]
    hits = [[next((s for s in one if _begins(text, s)), "") for one in lists] for lists in topic.get("sets", ())]
    found += ["+".join(hit) for hit in hits if all(hit)]
    if not found:
        return 0, []
    # joined beginnings are the most telling, then the longest: "asile+rejet" wins over "asile"
    return 100 + topic.get("rank", 0) + max(len(s) + 20 * min(s.count("+"), 1) for s in found), found


def _masked(text: str) -> str:
    """Return a text without the names of asylum seekers: "demandeurs d'asile" says whom, not that claims are meant."""
    for stem in _lexicon()["groups"]["asylum_seekers"]["stems"]:
        text = re.sub(rf"\b{stem}\w*", "", text)
    return text


def _begins(text: str, stem: str) -> bool:
    """Return whether a word of a text begins so, or is that word where the beginning ends in "$"."""
    return " " + (stem[:-1] + " " if stem.endswith("$") else stem) in f" {text} "


def _has(text: str, stem: str, *, inside: bool = False) -> bool:
    if "+" in stem:
        return all(_has(text, part, inside=inside) for part in stem.split("+"))
    whole = stem.endswith("$") or (len(stem) <= 4 and not inside)
    sought = ("" if inside else " ") + stem.rstrip("$") + (" " if whole else "")
    return sought in f" {text} "


def fold(text: str) -> str:
    """Return a text in lower case without accents and punctuation."""
    plain = unicodedata.normalize("NFKD", text.lower())
    kept = "".join(c for c in plain if not unicodedata.combining(c))
    return re.sub(r"[^\w]+", " ", kept.replace("ß", "ss")).strip()


def asking(question: str) -> str:
    """Return the sentences of a question that ask, without what leads up to them; all of it where none does."""
    parts = [part.strip() for part in _SENTENCE.findall(question)]
    stems = _lexicon()["number"]["stems"]
    asks = [p for p in parts if p.rstrip(' »"”').endswith("?") or any(_has(fold(p), s) for s in stems)]
    return " ".join(p for p in asks if len(p.split()) > 2) or question


@lru_cache(maxsize=1)
def examples() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the topic and the text of every example; ``elsewhere.…`` and ``none.…`` where no series answers."""
    file = resources.files("discourse.evidence").joinpath("examples.toml")
    rows = [
        (name if kind == "topics" else f"{kind}.{name}", text)
        for kind, part in tomllib.loads(file.read_text(encoding="utf-8")).items()
        for name, by_lang in part.items()
        for texts in by_lang.values()
        for text in texts
    ]
    return tuple(name for name, _ in rows), tuple(text for _, text in rows)


@lru_cache(maxsize=1)
def _lexicon() -> dict[str, Any]:
    file = resources.files("discourse.evidence").joinpath("lexicon.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))


def topics() -> tuple[str, ...]:
    """Return the names of every topic, in the order of the lexicon."""
    return tuple(name for name, topic in _lexicon()["topics"].items() if "is" not in topic)
