"""Which words of a phrase name a role, an office or a group: look-up by word, by stem, by part, by several words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_WORD = re.compile(r"[^\W_]+(?:[-‑][^\W_]+)*(?:['’](?=\w)(?!s\b))?")
_POSSESSIVE = re.compile(r"['’]s\b")


@dataclass(frozen=True, slots=True)
class Role:
    """A role found in a phrase: where it starts, and of which kind it is."""

    start: int
    kind: str


@dataclass(frozen=True, slots=True)
class _Entry:
    """One entry of a list, word by word; ``rest`` must match the words after the first."""

    kind: str
    size: int
    rest: tuple[re.Pattern[str], ...]


@dataclass(slots=True)
class Roles:
    """Role lists of one language, ready to be searched; where two entries begin together the longer one wins."""

    whole: dict[str, list[_Entry]] = field(default_factory=dict)
    stems: dict[str, list[_Entry]] = field(default_factory=dict)
    parts: list[tuple[re.Pattern[str], _Entry]] = field(default_factory=list)
    known: dict[str, tuple[_Entry, ...]] = field(default_factory=dict)

    def find(self, text: str) -> Iterator[Role]:
        """Yield the roles of a phrase in order."""
        words = [(m.start(), m.group().lower().replace("’", "'")) for m in _WORD.finditer(_POSSESSIVE.sub("  ", text))]
        for at, (start, word) in enumerate(words):
            for entry in self._entries(word):
                rest = words[at + 1 : at + 1 + len(entry.rest)]
                if len(rest) == len(entry.rest) and all(
                    p.fullmatch(w) for p, (_, w) in zip(entry.rest, rest, strict=True)
                ):
                    yield Role(start, entry.kind)
                    break

    def first(self, text: str) -> Role | None:
        """Return the first role of a phrase, nothing when there is none."""
        return next(self.find(text), None)

    def _entries(self, word: str) -> tuple[_Entry, ...]:
        if word not in self.known:
            found = list(self.whole.get(word, ()))
            for end in range(2, len(word) + 1):
                found += self.stems.get(word[:end], ())
            found += [entry for pattern, entry in self.parts if pattern.fullmatch(word)]
            if len(self.known) > 50_000:
                self.known.clear()
            self.known[word] = tuple(sorted(found, key=lambda e: -e.size))
        return self.known[word]


def build(groups: Mapping[str, str]) -> Roles:
    """Return the look-up for lists of entries by kind.

    ``word`` is that word, ``stem*`` any that begins so, ``*part*`` any that holds it, ``_`` stands for a blank.
    """
    out = Roles()
    for kind, text in groups.items():
        for entry in text.split():
            words = _split(entry.strip("_"))
            made = _Entry(kind, len(entry.strip("*_")), tuple(_pattern(w) for w in words[1:]))
            _file(out, words[0], made)
    return out


def _split(entry: str) -> list[str]:
    """Return the words of an entry as the tokens of a text would fall ("d'état" is two)."""
    return re.findall(r"[^\s'’]+['’](?=\w)|[^\s'’]+", _POSSESSIVE.sub("", entry.replace("_", " ")).lower())


def _file(out: Roles, word: str, entry: _Entry) -> None:
    inner = word.strip("*")
    if "*" in inner or word.startswith("*"):
        out.parts.append((_pattern(word), entry))
    elif word.endswith("*"):
        out.stems.setdefault(inner, []).append(entry)
    else:
        out.whole.setdefault(word, []).append(entry)


def _pattern(word: str) -> re.Pattern[str]:
    return re.compile(re.escape(word).replace(r"\*", r"[\w-]*"))
