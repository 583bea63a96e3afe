"""Full-text search: accents folded and words stemmed here, so that SQLite and PostgreSQL find the same documents."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, text

from discourse.errors import UsageError

_WORD = re.compile(r"[^\W_]+", re.UNICODE)
_STEMMERS = {
    "fr": "french",
    "en": "english",
    "es": "spanish",
    "de": "german",
    "it": "italian",
    "pt": "portuguese",
    "nl": "dutch",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Hit:
    """One document found: where it is, and a stretch of it around the first word found, in ``**``."""

    document_id: str
    source: str
    kind: str
    title: str
    url: str
    published: str | None
    lang: str
    snippet: str
    story_id: str | None


def fold(word: str) -> str:
    """Return a word in lower case without accents."""
    plain = unicodedata.normalize("NFKD", word.casefold())
    return "".join(c for c in plain if not unicodedata.combining(c))


@lru_cache(maxsize=8)
def _stemmer(lang: str) -> Any:
    import Stemmer

    return Stemmer.Stemmer(_STEMMERS[lang])


def stems(body: str, lang: str) -> list[str]:
    """Return the stems of a text, folded and without final vowels, so that ``refugie`` finds ``réfugiées``."""
    words = [w.casefold() for w in _WORD.findall(body)]
    found = _stemmer(lang).stemWords(words) if lang in _STEMMERS else words
    return [_bare(fold(s)) for s in found]


def _bare(stem: str) -> str:
    return stem[:3] + stem[3:].rstrip("aeiou")


def create(connection: Connection) -> None:
    """Create the index of the connection's dialect."""
    if connection.dialect.name == "sqlite":
        connection.execute(text("CREATE VIRTUAL TABLE search USING fts5(stems, content='', tokenize='ascii')"))
        return
    connection.execute(text("CREATE TABLE search (document_seq integer PRIMARY KEY, stems tsvector NOT NULL)"))
    connection.execute(text("CREATE INDEX search_stems ON search USING gin (stems)"))


def add(connection: Connection, rows: Iterable[tuple[int, str]]) -> None:
    """Index documents: ``(seq, stems joined by blanks)``."""
    values = [{"seq": seq, "stems": joined} for seq, joined in rows]
    if not values:
        return
    if connection.dialect.name == "sqlite":
        statement = "INSERT INTO search(rowid, stems) VALUES (:seq, :stems)"
    else:
        statement = "INSERT INTO search(document_seq, stems) VALUES (:seq, to_tsvector('simple', :stems))"
        values = [{"seq": v["seq"], "stems": str(v["stems"])[:900_000]} for v in values]
    connection.execute(text(statement), values)


def remove(connection: Connection, rows: Iterable[tuple[int, str]]) -> None:
    """Take documents out of the index; the stems must be those they were indexed with."""
    values = [{"seq": seq, "stems": joined} for seq, joined in rows]
    if not values:
        return
    if connection.dialect.name == "sqlite":
        statement = "INSERT INTO search(search, rowid, stems) VALUES ('delete', :seq, :stems)"
    else:
        statement = "DELETE FROM search WHERE document_seq = :seq"
        values = [{"seq": v["seq"]} for v in values]
    connection.execute(text(statement), values)


def find(
    connection: Connection,
    words: str,
    *,
    languages: Iterable[str],
    where: dict[str, str | None],
    limit: int,
) -> list[Hit]:
    """Return the documents that hold all words (a quoted stretch as a phrase), newest first.

    ``where`` may name ``source``, ``kind``, ``lang``, ``since`` and ``until`` (ISO dates).
    """
    if not _WORD.search(words):
        raise UsageError(f"nothing to search for in {words!r}.", remedy="Give at least one word.")
    query = [_query(words, lang, connection.dialect.name) for lang in languages]
    if not query:
        return []
    sqlite = connection.dialect.name == "sqlite"
    joined = (" OR " if sqlite else " | ").join(f"({q})" for q in dict.fromkeys(query))
    if sqlite:
        base = "FROM search JOIN documents d ON d.seq = search.rowid WHERE search MATCH :query"
    else:
        base = "FROM search s JOIN documents d ON d.seq = s.document_seq WHERE s.stems @@ to_tsquery('simple', :query)"
    clauses, values = _filters(where)
    statement = (
        f"SELECT d.id, d.source, d.kind, d.title, d.url, d.published, d.lang, d.text, d.story_id {base}{clauses} "
        "ORDER BY d.published DESC NULLS LAST, d.id LIMIT :limit"
    )
    rows = connection.execute(text(statement), {"query": joined, "limit": limit, **values})
    return [
        Hit(
            document_id=r.id,
            source=r.source,
            kind=r.kind,
            title=r.title,
            url=r.url,
            published=r.published,
            lang=r.lang,
            snippet=snippet(r.text, words, r.lang),
            story_id=r.story_id,
        )
        for r in rows
    ]


def _filters(where: dict[str, str | None]) -> tuple[str, dict[str, str]]:
    column = {
        "source": "d.source = ",
        "kind": "d.kind = ",
        "lang": "d.lang = ",
        "since": "d.published >= ",
        "until": "d.published < ",
    }
    given = {name: value for name, value in where.items() if value}
    return "".join(f" AND {column[name]}:{name}" for name in given), {k: str(v) for k, v in given.items()}


def _query(words: str, lang: str, dialect: str) -> str:
    pieces = []
    for quoted, plain in re.findall(r'"([^"]+)"|([^"\s]+)', words):
        found = stems(quoted or plain, lang)
        if not found:
            continue
        if dialect == "sqlite":
            pieces.append('"' + " ".join(found) + '"')
        else:
            pieces.append(" <-> ".join(found))
    return (" AND " if dialect == "sqlite" else " & ").join(pieces)


def snippet(body: str, words: str, lang: str, width: int = 160) -> str:
    """Return about ``width`` characters around the first word found, with the words found between ``**``."""
    wanted = set(stems(words, lang))
    found = [m for m in _WORD.finditer(body) if set(stems(m.group(), lang)) & wanted] if len(body) < 200_000 else []
    if not found:
        return " ".join(body[:width].split())
    start = max(0, found[0].start() - width // 3)
    end = min(len(body), start + width)
    out, at = [], start
    for match in found:
        if match.end() > end:
            break
        out += [body[at : match.start()], "**", match.group(), "**"]
        at = match.end()
    out.append(body[at:end])
    return ("… " if start else "") + " ".join("".join(out).split()) + (" …" if end < len(body) else "")
