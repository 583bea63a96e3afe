"""Words cut at the end of a line, made whole again; only where the whole word is the more plausible reading."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

HYPHENS = "-\u2010\u2011\u00ad\ufffe\x02"
"""Hyphen, its two look-alikes, the soft one, and the two marks by which PDFium says that it took one for soft."""

_WORD = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*")
_TAIL = re.compile(rf"([^\W\d_]+)([{HYPHENS}])$")
_HEAD = re.compile(r"[^\W\d_]+")
_PRONOUNS = re.compile(r"ils?|elles?|on|je|tu|nous|vous|le|la|les|lui|leur|moi|toi|y|en|ce|ci|là|mêmes?|t")
_KEPT_AFTER = {
    "fr": re.compile(r"non|vice|ex|peut|celle?s?|celui|ceux|quelques|rendez|procès|compte|moi|toi|lui|elles?|eux|soi"),
    "en": re.compile(r"non|vice|ex|self|well|full|so"),
    "es": re.compile(r"ex"),
    "it": re.compile(r"ex|vice"),
}
"""First parts that are no beginning of a longer word, or hardly one."""
_PENDING = {"de": re.compile(r"und|oder|bzw|sowie|bis|als"), "en": re.compile(r"and|or|to")}
"""What follows a hyphen that stands for the rest of a word: ``Stadt- und Landkreis``."""
_COMPOUNDS = {
    "fr": re.compile(r"(?!(?:pour|entre|contre|toute?|quel|main|long|bien|mal|vrai)$).{4,}"),
    "en": re.compile(r"(?!(?:under|over|with|some|every|here|there|where|what|them|your|after|fore)$).{4,}"),
}
"""In these languages compounds keep their hyphen, so two known words may be one; elsewhere they are written as one."""


def vocabulary(lines: Iterable[str]) -> Counter[str]:
    """Return how often each word stands whole in some lines, in lower case; compounds count also by their parts."""
    found: Counter[str] = Counter()
    for line in lines:
        whole = re.sub(rf"^[^\W\d_]+|[^\W\d_]+[{HYPHENS}]$", " ", line) if line[-1:] in HYPHENS else line
        for match in _WORD.finditer(whole.casefold()):
            found[match.group()] += 1
            if "-" in match.group():
                found.update(match.group().split("-"))
    return found


def joined(lines: Sequence[str], words: Counter[str], lang: str = "") -> str:
    """Return lines as running text: ``adminis-`` and ``tration`` make a word, ``sous-`` and ``préfet`` stay two."""
    out = ""
    for line in lines:
        out = glued(out, line, words, lang) if out else line
    return re.sub("[\ufffe\x02]", "-", out.replace("\u00ad", ""))


def glued(before: str, after: str, words: Counter[str], lang: str = "") -> str:
    """Return two stretches of text as one, a space between them unless a word was cut there."""
    tail, head = _TAIL.search(before), _HEAD.match(after)
    if not tail or not head:
        cut = len(before) > 1 and before[-1] in HYPHENS and before[-2].isalnum() and after[:1].isalnum()
        return before + after if cut else f"{before} {after}"
    if _matches(_PENDING, lang, head.group().casefold()):
        return f"{before} {after}"
    return before[:-1] + after if _one_word(tail, head.group(), words, lang) else f"{before[:-1]}-{after}"


def _one_word(tail: re.Match[str], second: str, words: Counter[str], lang: str) -> bool:
    first, sign = tail[1], tail[2]
    if sign == "\u00ad":
        return True
    one, two = first.casefold(), second.casefold()
    if words[f"{one}-{two}"] != words[one + two]:
        return words[one + two] > words[f"{one}-{two}"]
    if second[0].isupper() or min(len(first), len(second)) < 2 or _matches(_KEPT_AFTER, lang, one):
        return False
    known = bool(words[one] and words[two])
    if lang == "fr" and _PRONOUNS.fullmatch(two):
        return not known
    return not (known and len(two) >= 4 and _matches(_COMPOUNDS, lang, one))


def _matches(patterns: dict[str, re.Pattern[str]], lang: str, word: str) -> bool:
    pattern = patterns.get(lang)
    return bool(pattern and pattern.fullmatch(word))
