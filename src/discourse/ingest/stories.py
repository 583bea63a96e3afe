"""Join reprints and near-duplicates into stories: MinHash LSH proposes, a verified similarity decides.

The result does not depend on the order of the texts; a story is named after its smallest document id.
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
    shingles: list[frozenset[int]] = []
    short: list[bool] = []
    index = RMinHashLSH(threshold=0.5, num_perm=PERMUTATIONS, num_bands=BANDS)
    groups = _Groups()
    for number, text in enumerate(sorted(texts, key=lambda t: t.id)):
        words = [fold(w) for w in _WORD.findall(f"{text.title}\n{text.text}")]
        pieces = _shingles(words)
        ids.append(text.id)
        days.append(text.published.toordinal() if text.published else 0)
        shingles.append(frozenset(hash(p) for p in pieces))
        short.append(len(words) < SHORT_WORDS)
        groups.add(number)
        sketch = RMinHash(num_perm=PERMUTATIONS, seed=SEED)
        sketch.update(pieces)
        for other in index.query(sketch):
            near = abs(days[other] - days[number]) <= window_days
            if near and _same(shingles[other], shingles[number], short=short[other] or short[number]):
                groups.join(other, number)
        index.insert(number, sketch)
    return {ids[n]: ids[groups.root(n)] for n in range(len(ids))}


def _shingles(words: list[str]) -> list[str]:
    if len(words) < 3:
        return [" ".join(words)]
    return [" ".join(words[i : i + 3]) for i in range(len(words) - 2)]


def _same(a: frozenset[int], b: frozenset[int], *, short: bool) -> bool:
    common = len(a & b)
    jaccard = common / max(1, len(a | b))
    if short:
        return jaccard >= 0.8
    return jaccard >= JACCARD or common / max(1, min(len(a), len(b))) >= CONTAINED


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
