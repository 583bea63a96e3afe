"""From what an extractor found to a ``Document``: ids, dates, language and provenance in one place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from discourse import __version__, language
from discourse.errors import ExtractError
from discourse.ingest.door import Door
from discourse.ingest.identity import document_id, fallback_key
from discourse.records import Document, Done, Failed, Outcome, Part, PartKind, Provenance, SourceRef


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """What an extractor found in one file or row, before it is a document."""

    title: str
    text: str
    parts: tuple[Part, ...]
    extractor: str
    published: datetime | None = None
    url: str | None = None
    lang: str | None = None
    licence: str | None = None
    opt_out: str | None = None
    confidence: float | None = None
    meta: tuple[tuple[str, str], ...] = ()


_UNSTORABLE = re.compile("[\ud800-\udfff\x00]")


class LeftOut(Exception):
    """What was fetched is not to be kept; ``reason`` and ``detail`` are those of the ``Skipped`` that it becomes."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


def compose(title: str, pieces: Sequence[tuple[PartKind, str]]) -> tuple[str, tuple[Part, ...]]:
    """Return the text of a title and its pieces, parted by blank lines, and the parts with their offsets."""
    parts: list[Part] = []
    chunks: list[str] = []
    at = 0
    first: list[tuple[PartKind, str]] = [("title", title)] if title else []
    for kind, piece in [*first, *pieces]:
        clean = piece.strip()
        if not clean:
            continue
        parts.append(Part(kind=kind, start=at, end=at + len(clean)))
        chunks.append(clean)
        at += len(clean) + 2
    return "\n\n".join(chunks), tuple(parts)


def storable(text: str) -> str:
    """Return a text with half characters and zero bytes, which no store takes, replaced; its length stays."""
    return _UNSTORABLE.sub("\ufffd", text)


def document(draft: Draft, ref: SourceRef, door: Door, *, retrieved: datetime | None = None) -> Outcome[Document]:
    """Return the document of a draft, or ``Failed`` when it holds no words."""
    if sum(c.isalpha() for c in draft.text[:5000]) < 3:
        return Failed(
            ref=ref,
            error=ExtractError(f"{ref.url} holds no text.", remedy="See whether it is a scan or empty.", slug="empty"),
        )
    published = ref.published or draft.published
    title = storable(draft.title or (ref.title or ""))
    key = ref.key or draft.url or ref.url
    lang = door.spec.language or language.code(draft.lang) or _language(draft, door)
    return Done(
        Document(
            id=document_id(ref.source, key or fallback_key(published, title, draft.text)),
            source=ref.source,
            url=storable(draft.url or ref.url),
            title=title,
            published=published,
            lang=lang,
            kind=door.spec.publisher,
            text=storable(draft.text),
            parts=draft.parts,
            provenance=Provenance(
                retrieved=retrieved or door.now,
                retrieved_from=storable(ref.url),
                extractor=draft.extractor,
                extractor_version=__version__,
                licence=draft.licence or door.spec.licence,
                opt_out=draft.opt_out,
                confidence=draft.confidence,
            ),
            native_key=storable(ref.key) if ref.key else ref.key,
            meta=tuple((k, storable(v)) for k, v in draft.meta),
        )
    )


def _language(draft: Draft, door: Door) -> str:
    return language.identify(draft.text, expected=door.settings.discourse.languages)
