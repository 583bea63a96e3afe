"""Where quotations stand in a passage, where its sentences end, and the words of each sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

Range = tuple[int, int]

_FRENCH = r"«(?:[^«»]|«[^«»]*»)*»"
_REVERSED = r"»[^«»]+«"
_CURLY = r"“[^“”]*”"
_LOW = r"„[^„“”]*[“”]"
_STRAIGHT = r'"[^"]*"'
_SINGLE = r"‘(?:[^‘’]|’(?=\w))*’(?!\w)|(?<!\w)'(?=[^\s'])(?:[^']|(?<=\w)'(?=\w))*(?<!\s)'(?!\w)"
_SINGLE_LOW = r"‚[^‚‘’]*[‘’](?!\w)"
_GUILLEMETS = r"‹[^‹›]*›|›[^‹›]*‹"
_WORD = re.compile(r"[^\W_]+")
_TOKEN = re.compile(
    r"\ue000+"
    r"|-(?:t-)?(?:ils?|elles?|on|je|nous|vous)\b"
    r"|[^\W\d_]+['’](?=\w)"
    r"|[^\W_]+(?:[-‑·.][^\W_]+)*(?:['’]s\b)?"
    r"|[.!?…]+|\S"
)
_CLITIC = re.compile(r"(?i)-(?:t-)?(?:ils?|elles?|on|je|nous|vous)$")
_END = re.compile(r"(?:[.!?…]+[»”\"’)]*|(?<=[\ue000]))(?=\s+[«„“‘\"\ue000–—¿¡(]?[A-ZÀ-ÖØ-Þ\ue000¿¡0-9–—])")
_SHORT = (
    "M|MM|Mme|Dr|Pr|Me|Mgr|St|Ste|art|al|cf|no|p|Mr|Mrs|Ms|Prof|Rev|Fr|Cllr|Sgt|Sr|Sra|Dña|D|Art|Nr|Abs|Abg|bzw|ca|usw"
    "|sig|dott|avv|On|ecc|[A-Z]"
)
_GERMAN_DAY = r"(?:vom|am|bis|zum|den|der|ab|seit|dem) \d{1,2}"
_ABBREVIATED = re.compile(rf"\b(?:{_SHORT}|{_GERMAN_DAY})$")
MASK = "\ue000"


@dataclass(frozen=True, slots=True)
class Token:
    """One word, sign or whole quotation (``low`` is then the mask sign); offsets count characters of the passage."""

    low: str
    start: int
    end: int
    capital: bool

    @property
    def is_quote(self) -> bool:
        """Return whether the token stands for a quotation."""
        return self.low == MASK

    @property
    def is_word(self) -> bool:
        """Return whether the token is a word or a number."""
        return self.low[0].isalnum()


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence: its place in the passage and its tokens."""

    start: int
    end: int
    tokens: tuple[Token, ...]


@lru_cache(maxsize=8)
def _pattern(lang: str) -> re.Pattern[str]:
    kinds = [_FRENCH, _CURLY, _LOW, _STRAIGHT, _SINGLE_LOW, _SINGLE, _GUILLEMETS]
    if lang == "de":
        kinds = [_REVERSED, _FRENCH, _LOW, _CURLY, _STRAIGHT, _SINGLE_LOW, _SINGLE, _GUILLEMETS]
    return re.compile("|".join(kinds))


def quotations(text: str, lang: str) -> list[Range]:
    """Return the quotations of a passage, outermost only, marks included, in order; an unclosed one runs to the end."""
    found = [m.span() for m in _pattern(lang).finditer(text)]
    opener = "»" if lang == "de" and "»" in text and text.find("»") < (text.find("«") % (len(text) + 1)) else "«"
    at = max((end for _, end in found), default=0)
    for sign in (opener, "“" if lang != "de" else "„"):
        loose = text.find(sign, at)
        if loose >= 0 and loose + 1 < len(text):
            return [*found, (loose, len(text))]
    return found


def word_count(text: str, span: Range) -> int:
    """Return how many words stand in a stretch of text."""
    return sum(1 for _ in _WORD.finditer(text, *span))


def masked(text: str, quotes: list[Range]) -> str:
    """Return the text, equally long, with every quotation replaced by a sign that no text holds."""
    clean = text.replace(MASK, " ")
    out, at = [], 0
    for start, end in quotes:
        out += [clean[at:start], MASK * (end - start)]
        at = end
    return "".join([*out, clean[at:]])


def sentences(text: str, quotes: list[Range]) -> list[Sentence]:
    """Return the sentences of a passage; a quotation is never cut, and ends a sentence only with its own full stop."""
    hidden = masked(text, quotes)
    closing = {end: text[start:end].rstrip('»”"’“‘« \u00a0\u202f')[-1:] for start, end in quotes}
    cuts = [0]
    for match in _END.finditer(hidden):
        if match.end() in closing and closing[match.end()] not in tuple(".!?…"):
            continue
        if not _ABBREVIATED.search(hidden, max(0, match.start() - 9), match.start()):
            cuts.append(match.end())
    cuts.append(len(text))
    spans = ((a, b) for a, b in pairwise(cuts) if text[a:b].strip())
    return [Sentence(a, b, tuple(tokens(hidden, a, b))) for a, b in spans]


def tokens(hidden: str, start: int, end: int) -> Iterator[Token]:
    """Yield the tokens of a stretch of masked text; elided words and French subject pronouns stand alone."""
    at = start
    while match := _TOKEN.search(hidden, at, end):
        word, stop = match.group(), match.end()
        if word[0] == MASK:
            yield Token(MASK, match.start(), stop, False)
            at = stop
            continue
        tail = _CLITIC.search(word) if "-" in word and word[0] != "-" else None
        if tail:
            stop = match.start() + tail.start()
            word = word[: tail.start()]
        yield Token(word.lower().replace("’", "'"), match.start(), stop, word[0].isupper())
        at = stop
