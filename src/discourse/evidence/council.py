"""What the council decided on a concern: found by words in the city's own store of council documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from discourse.evidence import library


class Found(Protocol):
    """A document that a search gave."""

    @property
    def document_id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def published(self) -> str | None: ...
    @property
    def snippet(self) -> str: ...


Search = Callable[[str], Sequence[Found]]
"""Words in, council documents that hold all of them out, newest first."""


@dataclass(frozen=True, kw_only=True)
class Paper:
    """One council document: its title, day, address, the stretch that was found and the words that found it."""

    title: str
    day: str
    link: str
    snippet: str
    words: str


def papers(search: Search, concern: str, langs: Sequence[str], *, most: int = 5) -> list[Paper]:
    """Return the newest council documents that name both the concern and migrants, in the words of some languages."""
    found: dict[str, Paper] = {}
    for words in _queries(concern, langs):
        for hit in search(words):
            paper = Paper(
                title=hit.title, day=(hit.published or "")[:10], link=hit.url, snippet=hit.snippet, words=words
            )
            found.setdefault(hit.document_id, paper)
    return sorted(found.values(), key=lambda p: (p.day, p.title), reverse=True)[:most]


def _queries(concern: str, langs: Sequence[str]) -> Iterator[str]:
    for lang in dict.fromkeys(langs):
        words = _words().get(lang, {})
        for subject in words.get(concern, ()):
            for who in words["who"]:
                yield f"{subject} {who}"


@lru_cache(maxsize=1)
def _words() -> dict[str, dict[str, list[str]]]:
    return library.table("council.toml")
