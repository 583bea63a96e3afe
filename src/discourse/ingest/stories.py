"""Join reprints and near-duplicates into stories: MinHash LSH proposes, a verified similarity decides.

Two indexes propose: one over word triples, for texts that are nearly the same, and for longer texts one over their
longer words, since a text reworded by a fifth keeps its words but hardly one triple in two. The result does not depend
on the order of the texts; a story is named after its smallest document id.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from discourse.store.search import fold

WINDOW_DAYS = 30
PERMUTATIONS, BANDS, SEED = 128, 32, 2026
JACCARD, CONTAINED = 0.4, 0.72
SHORT_WORDS = 25
"""Below this a text is a headline: only one with the same words, give or take a few, is the same story."""
LONG_WORDS, LONG_JACCARD, LONG_LETTERS = 50, 0.26, 5
"""From this length on, a quarter of all triples in common is no accident; words of so many letters tell a text."""
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class StoryText:
    """What is needed of a document to tell whether it is a reprint."""

    id: str
    published: datetime | None
    title: str
    text: str


def join(texts: Iterable[StoryText], *, window_days: int = WINDOW_DAYS) -> dict[str, str]:
    """Return document id -> story id for all texts; two texts further apart than the window are never joined."""
    return join_stretches([list(texts)], window_days=window_days)


def join_stretches(stretches: Iterable[Iterable[StoryText]], *, window_days: int = WINDOW_DAYS) -> dict[str, str]:
    """Return document id -> story id for texts that come stretch by stretch, as weeks do, the earlier ones first.

    Of texts older than two windows only their story is kept: memory is that of the three busiest windows in a row,
    however many years are read. A text that comes later than that is compared with what is still there.
    """
    groups = _Groups()
    kept: dict[int, _Window] = {}
    for texts in stretches:
        for text in sorted(texts, key=_place):
            day, _ = _place(text)
            now = day // window_days
            for old in [w for w in kept if w < now - 2]:
                del kept[old]
            number = groups.add(text.id)
            read, sketches = _read(text, day)
            for window in [kept[w] for w in (now - 1, now, now + 1) if w in kept]:
                for other in window.like(read, sketches, window_days):
                    groups.join(other, number)
            kept.setdefault(now, _Window()).add(number, read, sketches)
    return groups.named()


def _place(text: StoryText) -> tuple[int, str]:
    return text.published.toordinal() if text.published else 0, text.id


@dataclass(frozen=True, slots=True)
class _Read:
    """What is kept of a text to be compared with: its day, its word triples, hashed, and how many words it has."""

    day: int
    hashes: array[int]
    words: int

    def triples(self) -> frozenset[int]:
        return frozenset(self.hashes)


def _read(text: StoryText, day: int) -> tuple[_Read, list[Any]]:
    """Return what is kept of a text, and its sketches: of word triples, and of the longer words of a longer text."""
    words = [fold(w) for w in _WORD.findall(f"{text.title}\n{text.text}")]
    pieces = _shingles(words)
    sketches = [_sketched(pieces)]
    if len(words) >= LONG_WORDS:
        sketches.append(_sketched([w for w in words if len(w) >= LONG_LETTERS]))
    return _Read(day, array("q", {hash(p) for p in pieces}), len(words)), sketches


def _sketched(pieces: list[str]) -> Any:
    from rensa import RMinHash

    sketch = RMinHash(num_perm=PERMUTATIONS, seed=SEED)
    sketch.update(pieces)
    return sketch


class _Window:
    """The texts of some weeks, with an index over their word triples and one over the longer words of longer texts."""

    def __init__(self) -> None:
        from rensa import RMinHashLSH

        self._texts: dict[int, _Read] = {}
        self._indexes = [RMinHashLSH(threshold=0.5, num_perm=PERMUTATIONS, num_bands=BANDS) for _ in range(2)]

    def like(self, read: _Read, sketches: list[Any], window_days: int) -> Iterator[int]:
        """Yield the numbers of texts that are the same story."""
        found = {n for index, sketch in zip(self._indexes, sketches, strict=False) for n in index.query(sketch)}
        triples = read.triples() if found else frozenset()
        for number in found:
            other = self._texts[number]
            if abs(other.day - read.day) <= window_days and _same(
                other.triples(), triples, min(other.words, read.words)
            ):
                yield number

    def add(self, number: int, read: _Read, sketches: list[Any]) -> None:
        """Take in a text."""
        self._texts[number] = read
        for index, sketch in zip(self._indexes, sketches, strict=False):
            index.insert(number, sketch)


def _shingles(words: list[str]) -> list[str]:
    if len(words) < 3:
        return [" ".join(words)]
    return [" ".join(words[i : i + 3]) for i in range(len(words) - 2)]


def _same(a: frozenset[int], b: frozenset[int], words: int) -> bool:
    """Return whether two sets of triples are one story; ``words`` is how many the shorter text has."""
    common = len(a & b)
    jaccard = common / max(1, len(a | b))
    if words < SHORT_WORDS:
        return jaccard >= 0.8
    least = LONG_JACCARD if words >= LONG_WORDS else JACCARD
    return jaccard >= least or common / max(1, min(len(a), len(b))) >= CONTAINED


class _Groups:
    """Union-find whose root is always the member with the smallest id."""

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._parent = array("q")

    def add(self, name: str) -> int:
        """Take in a member, alone in its group, and return its number."""
        self._ids.append(name)
        self._parent.append(len(self._parent))
        return len(self._parent) - 1

    def root(self, number: int) -> int:
        """Return the number of the member after which a group is named."""
        while self._parent[number] != number:
            self._parent[number] = self._parent[self._parent[number]]
            number = self._parent[number]
        return number

    def join(self, a: int, b: int) -> None:
        """Make one group of two."""
        first, second = sorted((self.root(a), self.root(b)), key=lambda n: self._ids[n])
        self._parent[second] = first

    def named(self) -> dict[str, str]:
        """Return every member's id -> the id of its group."""
        return {name: self._ids[self.root(n)] for n, name in enumerate(self._ids)}
