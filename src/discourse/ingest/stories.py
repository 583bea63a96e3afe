"""Join reprints and near-duplicates into stories: MinHash LSH proposes, a verified similarity decides.

Two indexes propose: one over word triples, for texts that are nearly the same, and for longer texts one over their
longer words, since a text reworded by a fifth keeps its words but hardly one triple in two. The result does not depend
on the order of the texts; a story is named after its smallest document id.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

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
    from rensa import RMinHash, RMinHashLSH

    ids: list[str] = []
    days: list[int] = []
    texts_seen: list[_Read] = []
    triples = RMinHashLSH(threshold=0.5, num_perm=PERMUTATIONS, num_bands=BANDS)
    vocabulary = RMinHashLSH(threshold=0.5, num_perm=PERMUTATIONS, num_bands=BANDS)
    groups = _Groups()

    def sketched(pieces: list[str]) -> RMinHash:
        sketch = RMinHash(num_perm=PERMUTATIONS, seed=SEED)
        sketch.update(pieces)
        return sketch

    for number, text in enumerate(sorted(texts, key=lambda t: t.id)):
        words = [fold(w) for w in _WORD.findall(f"{text.title}\n{text.text}")]
        pieces = _shingles(words)
        read = _Read(frozenset(hash(p) for p in pieces), len(words))
        ids.append(text.id)
        days.append(text.published.toordinal() if text.published else 0)
        texts_seen.append(read)
        groups.add(number)
        looks = [(triples, sketched(pieces))]
        if read.words >= LONG_WORDS:
            looks.append((vocabulary, sketched([w for w in words if len(w) >= LONG_LETTERS])))
        for other in {found for index, sketch in looks for found in index.query(sketch)}:
            if abs(days[other] - days[number]) <= window_days and _same(texts_seen[other], read):
                groups.join(other, number)
        for index, sketch in looks:
            index.insert(number, sketch)
    return {ids[n]: ids[groups.root(n)] for n in range(len(ids))}


@dataclass(frozen=True, slots=True)
class _Read:
    """What is kept of a text to be compared with: its word triples, hashed, and how many words it has."""

    triples: frozenset[int]
    words: int


def _shingles(words: list[str]) -> list[str]:
    if len(words) < 3:
        return [" ".join(words)]
    return [" ".join(words[i : i + 3]) for i in range(len(words) - 2)]


def _same(a: _Read, b: _Read) -> bool:
    common = len(a.triples & b.triples)
    jaccard = common / max(1, len(a.triples | b.triples))
    if min(a.words, b.words) < SHORT_WORDS:
        return jaccard >= 0.8
    least = LONG_JACCARD if min(a.words, b.words) >= LONG_WORDS else JACCARD
    return jaccard >= least or common / max(1, min(len(a.triples), len(b.triples))) >= CONTAINED


class _Groups:
    """Union-find whose root is always the smallest member."""

    def __init__(self) -> None:
        self._parent: list[int] = []

    def add(self, number: int) -> None:
        self._parent.append(number)

    def root(self, number: int) -> int:
        while self._parent[number] != number:
            self._parent[number] = self._parent[self._parent[number]]
            number = self._parent[number]
        return number

    def join(self, a: int, b: int) -> None:
        first, second = sorted((self.root(a), self.root(b)))
        self._parent[second] = first
