"""Privacy at the door: private persons in letters and minutes become stable pseudonyms before anything is stored.

With a key, a pseudonym is the same everywhere and opens again with that key alone (AES-SIV, RFC 5297); without one it
is a number within its document and never opens again. What was removed is counted by kind, never written down.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from discourse.ingest.door import Names
from discourse.records import Document

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

_TOKEN = re.compile(r"\[(person|email|phone|iban|nir|address):([A-Za-z0-9_-]{22,})\]")
_STREET = r"(?:rue|avenue|boulevard|bd|chemin|impasse|quai|allées?)\b[^\S\n]+[^\n,;.()]{2,60}?"
_OF = r"(?:(?:de[ ]la|du|des|de|de[ ]los|de[ ]las|del|della|dei)[ ]|(?:de[ ])?[dl]['’])?"
_NAMED = rf"(?:place|route|square|passage|cours|montée|sentier)[ ]{_OF}[A-ZÀ-Ý][^\n,;.()]{{2,60}}?"
"""Kinds of street that are also plain words ("20 cours de français") count only before a capital letter."""
_ADDRESSES = (
    rf"\b\d{{1,4}}(?:[ ,]*(?:bis|ter|quater))?[ ,]+(?:{_STREET}|{_NAMED})"
    r"(?=[\n,;.()]|$|[^\S\n]+(?:à|et|est|a|qui|où)\b)",
    r"\b\d{1,4}[ ,]+(?:[A-Z][\w'’-]+ ){1,3}(?:Street|Road|Avenue|Lane|Drive|Close|Court|Terrace|Crescent|Way)\b",
    r"\b[A-ZÄÖÜ][\w-]*(?:straße|strasse|weg|gasse|allee|platz)[ ]\d{1,4}\s?[a-z]?\b",
    rf"\b(?i:calle|avenida|plaza|paseo|via|viale|corso|piazza)[ ]{_OF}[A-ZÁÉÍÓÚ][^\n,;.()]{{2,40}},?[ ]"
    r"(?:n[º°.][ ]?)?\d{1,4}\b",
)
_PHONES = (
    r"(?:\+|00)(?:33|49|34|39|44|32|41|43|352|353)[ .\-/\u00a0]?(?:\(0\)[ .]?)?\d(?:[ .\-/\u00a0]?\d){7,10}",
    r"0[1-9](?:[ .\-\u00a0]?\d{2}){4}",
    r"0\d{2,4}[ /-]\d{3,4}[ -]?\d{3,5}",
)
_NIR = r"[12][ .]?\d{2}[ .]?(?:0[1-9]|1[0-2]|[2-9]\d)[ .]?(?:\d{2}|2[AB])[ .]?\d{3}[ .]?\d{3}(?:[ .]?\d{2})?"
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("email", re.compile(r"[A-Za-z0-9][\w.+-]{0,63}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}")),
    ("iban", re.compile(r"\b[A-Z]{2}\d{2}(?:[ \u00a0]?[A-Z0-9]{4}){2,7}(?:[ \u00a0]?[A-Z0-9]{1,3})?\b")),
    ("nir", re.compile(rf"\b{_NIR}\b")),
    ("phone", re.compile(rf"(?<![\w+.,/])(?:{'|'.join(_PHONES)})(?!\w)")),
    ("address", re.compile("|".join(_ADDRESSES))),
)
_OFFICE = re.compile(
    r"(?:\bmaires?\b|\badjointe?s?\b|conseill(?:er|ère)s?\b|sénat(?:eur|rice)\b|\bdéputée?\b|\bpréf[eè]te?\b|\bprésidente?\b"
    r"|\bministre\b|\brapporteure?\b|\bmayors?\b|councillors?\b|\bcllr\.?|\baldermen?\b|\bsenator\b|\bminister\b"
    r"|\bofficer\b|bürgermeister(?:in)?\b|stadtr[aä]t(?:in)?\b|\babgeordnete[rn]?\b|alcaldes?a?\b|\bconcejal(?:es|a)?\b"
    r"|\bsindac[oa]\b|\bassessor[ei]\b|consiglier[ei]\b)"
    r"(?:[\s,]+(?:de|du|des|la|le|of|the|municipal\w*|délégu\w+|of|der|von|del|di|mme|mmes|frau|herr|signora?|señora?"
    r"|(?:mm?|mr|mrs|ms|dr|sr|sra|sig)\.?))*[\s,]*$",
    re.IGNORECASE,
)


_BEFORE_NAMES = "m mm mme mmes mlle mr mrs ms miss dr cllr sir lord lady herr frau señor señora sr sra don doña sig"
_TITLES = frozenset(_BEFORE_NAMES.split())


@dataclass(kw_only=True)
class Pseudonyms:
    """Gives each private value its pseudonym and counts them by kind; ``key`` is the city's secret, or empty."""

    key: str = ""
    counts: Counter[str] = field(default_factory=Counter)
    _numbers: dict[tuple[str, str], int] = field(default_factory=dict)

    def __call__(self, kind: str, value: str) -> str:
        """Return the pseudonym of a value of a kind, as ``[person:…]`` with a key and ``[person 1]`` without."""
        self.counts[kind] += 1
        plain = " ".join(value.split())
        if self.key:
            sealed = _cipher(self.key).encrypt(plain.encode("utf-8", "replace"), [kind.encode()])
            return f"[{kind}:{base64.urlsafe_b64encode(sealed).decode().rstrip('=')}]"
        known = (kind, plain.casefold())
        if known not in self._numbers:
            self._numbers[known] = 1 + sum(k == kind for k, _ in self._numbers)
        return f"[{kind} {self._numbers[known]}]"


@lru_cache(maxsize=4)
def _cipher(key: str) -> AESSIV:
    from cryptography.hazmat.primitives.ciphers import aead

    return aead.AESSIV(hashlib.scrypt(key.encode(), salt=b"discourse pseudonyms", n=2**14, r=8, p=1, dklen=64))


def reveal(text: str, key: str) -> str:
    """Return a text with the pseudonyms that a key opens replaced by what they stand for; others stay."""
    from cryptography.exceptions import InvalidTag

    cipher = _cipher(key)

    def opened(match: re.Match[str]) -> str:
        try:
            sealed = base64.urlsafe_b64decode(match[2] + "=" * (-len(match[2]) % 4))
            return bytes(cipher.decrypt(sealed, [match[1].encode()])).decode("utf-8", "replace")
        except (InvalidTag, binascii.Error, ValueError):
            return match[0]

    return _TOKEN.sub(opened, text)


def pseudonymise(text: str, lang: str, names: Names | None, *, key: str = "") -> tuple[str, Mapping[str, int]]:
    """Return a text with private persons' names, contacts and numbers replaced, and how many of each kind were."""
    given = Pseudonyms(key=key)
    return _replaced(text, spans(text, lang, names), given)[0], dict(given.counts)


def spans(
    text: str, lang: str, names: Names | None, *, public: frozenset[str] = frozenset()
) -> list[tuple[int, int, str]]:
    """Return (start, end, kind) of what is private, in order and apart; names beside an office are public."""
    found = [(m.start(), m.end(), kind) for kind, pattern in _PATTERNS for m in pattern.finditer(text)]
    for start, end in names(text, lang) if names is not None else ():
        name = text[start:end]
        official = _OFFICE.search(text[max(0, start - 40) : start])
        if name.strip() and not official and not _is_public(name, public):
            found.append((start, end, "person"))
    out: list[tuple[int, int, str]] = []
    for start, end, kind in sorted(found, key=lambda s: (s[0], -s[1])):
        if not out or start >= out[-1][1]:
            out.append((start, end, kind))
    return out


def _is_public(name: str, public: frozenset[str]) -> bool:
    """Tell whether a name is a speaker's, in full or in part: the mayor Iris Hale is also Cllr Hale."""
    if name.casefold() in public:
        return True
    words = set(re.findall(r"\w+", name.casefold())) - _TITLES
    return any(len(w) > 3 for w in words) and any(words <= set(re.findall(r"\w+", one)) for one in public)


def mask(document: Document, names: Names | None, *, key: str = "") -> Document:
    """Return a document without private persons; its parts still fit its text, and it says how many were removed.

    Speakers of the minutes are public; the same pseudonym stands for one person in title and text.
    """
    public = frozenset(p.speaker.casefold() for p in document.parts if p.speaker)
    given = Pseudonyms(key=key)
    text, moved = _replaced(document.text, spans(document.text, document.lang, names, public=public), given)
    counted = dict(given.counts)
    title, _ = _replaced(document.title, spans(document.title, document.lang, names, public=public), given)
    meta = tuple((k, _short(v, document.lang, names, public, given)) for k, v in document.meta)
    if (text, title, meta) == (document.text, document.title, document.meta):
        return document
    parts = tuple(replace(p, start=moved(p.start), end=moved(p.end)) for p in document.parts)
    provenance = replace(
        document.provenance, removed={**document.provenance.removed, **(counted or dict(given.counts))}
    )
    return replace(document, text=text, title=title, meta=meta, parts=parts, provenance=provenance)


def _short(value: str, lang: str, names: Names | None, public: frozenset[str], given: Pseudonyms) -> str:
    """Return a value of the meta, masked where it is words, such as an agenda item's name; ids and addresses stay."""
    return _replaced(value, spans(value, lang, names, public=public), given)[0] if " " in value else value


def _replaced(text: str, found: list[tuple[int, int, str]], given: Pseudonyms) -> tuple[str, Callable[[int], int]]:
    """Return the text with spans replaced, and a map from old to new offsets (inside a span: its nearer edge)."""
    chunks: list[str] = []
    starts, shifts = [0], [(0, 0, 0)]
    at = new = 0
    for start, end, kind in found:
        token = given(kind, text[start:end])
        chunks += [text[at:start], token]
        new += start - at
        starts.append(start)
        shifts.append((end, new, len(token)))
        new += len(token)
        at = end
    chunks.append(text[at:])

    def moved(offset: int) -> int:
        place = bisect_right(starts, offset) - 1
        if place == 0:
            return offset
        end, begun, length = shifts[place]
        if offset == starts[place]:
            return begun
        return begun + length + max(0, offset - end)

    return "".join(chunks), moved
