"""Contested terms of a passage, from a lexicon with the neutral counterpart, the reason and the source of the advice.

Found by inflected pattern, never replaced. A term that also has an innocent sense counts only where the passage speaks
of migration elsewhere too, and not beside the words of its innocent sense.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any, Literal

from discourse.classify.voices_quotes import quotations
from discourse.errors import CodebookError
from discourse.records import LANGUAGES, Term

TermKind = Literal["status", "metaphor", "slogan", "group", "wording", "label"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One contested term; sources are keys of ``sources()``; ``needs_context`` asks for other words on migration."""

    term: str
    kind: TermKind
    match: str
    neutral: str
    reason: str
    sources: tuple[str, ...]
    needs_context: bool = False
    unless: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Lexicon:
    entries: tuple[Entry, ...]
    pattern: re.Pattern[str]
    unless: Mapping[int, re.Pattern[str]]
    context: re.Pattern[str]


def find_terms(text: str, lang: str) -> tuple[Term, ...]:
    """Return the contested terms of a passage in order, longest first where two overlap; none in other languages."""
    if lang not in LANGUAGES:
        return ()
    lexicon = _lexicon(lang)
    found = list(_found(text, lexicon))
    if not found:
        return ()
    quotes = quotations(text, lang)
    return tuple(
        Term(
            term=text[start:end],
            start=start,
            end=end,
            neutral=entry.neutral,
            quoted=any(a <= start and end <= b for a, b in quotes),
        )
        for start, end, entry in found
    )


def entry_of(surface: str, lang: str) -> Entry | None:
    """Return the entry that a found term belongs to, for its reason and its sources."""
    match = _lexicon(lang).pattern.fullmatch(surface)
    return _lexicon(lang).entries[_number(match)] if match else None


@lru_cache(maxsize=8)
def entries(lang: str) -> tuple[Entry, ...]:
    """Return the entries of a language; raise ``CodebookError`` when the file is not well made."""
    rows = _file(f"terms_{lang}")["term"]
    known = sources()
    return tuple(_entry(row, lang, known) for row in rows)


@lru_cache(maxsize=1)
def sources() -> Mapping[str, Mapping[str, str]]:
    """Return the sources of advice by key: title and publisher."""
    return _file("sources")


def _entry(row: dict[str, Any], lang: str, known: Mapping[str, Any]) -> Entry:
    row = {"sources": tuple(row.pop("source", ())), **row}
    missing = [s for s in row["sources"] if s not in known]
    try:
        entry = Entry(**row)
    except TypeError as error:
        raise CodebookError(f"terms_{lang}: {row.get('term')!r}: {error}.", remedy="Mend that entry.") from error
    if missing or not entry.sources:
        raise CodebookError(f"terms_{lang}: {entry.term!r} names no known source.", remedy="Add it to sources.toml.")
    return entry


def _file(name: str) -> dict[str, Any]:
    file = resources.files("discourse.classify.lexicons") / f"{name}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


@lru_cache(maxsize=8)
def _lexicon(lang: str) -> _Lexicon:
    found = entries(lang)
    order = sorted(range(len(found)), key=lambda i: -len(found[i].match))
    parts = [f"(?P<t{i}>{_loose(found[i].match)})" for i in order]
    return _Lexicon(
        entries=found,
        pattern=re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)", re.IGNORECASE),
        unless={i: re.compile(_loose(e.unless), re.IGNORECASE) for i, e in enumerate(found) if e.unless},
        context=_context(_file(f"terms_{lang}")["context"]),
    )


def _loose(pattern: str) -> str:
    """Return a pattern that takes any white space for a blank and either apostrophe."""
    return pattern.replace(" ", r"\s+").replace("'", "['’]")


def _context(words: str) -> re.Pattern[str]:
    parts = (re.escape(w).replace(r"\*", r"\w*").replace("_", r"\s+") for w in words.split())
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)", re.IGNORECASE)


def _number(match: re.Match[str]) -> int:
    return int((match.lastgroup or "t0")[1:])


def _found(text: str, lexicon: _Lexicon) -> Iterator[tuple[int, int, Entry]]:
    for match in lexicon.pattern.finditer(text):
        number = _number(match)
        entry = lexicon.entries[number]
        if number in lexicon.unless and lexicon.unless[number].search(text):
            continue
        if entry.needs_context and not _speaks_of_migration(text, match.span(), lexicon):
            continue
        yield match.start(), match.end(), entry


def _speaks_of_migration(text: str, apart: tuple[int, int], lexicon: _Lexicon) -> bool:
    """Return whether a word on migration stands somewhere else than in the term itself."""
    return any(m.end() <= apart[0] or m.start() >= apart[1] for m in lexicon.context.finditer(text))
