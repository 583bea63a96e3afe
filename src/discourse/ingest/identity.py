"""What makes a document itself: its stable id, and the hash by which a changed version is seen."""

from __future__ import annotations

import hashlib
from datetime import datetime

from discourse.records import Document


def digest(*pieces: str | bytes) -> str:
    """Return a SHA-256 over some pieces, as hexadecimal digits."""
    out = hashlib.sha256()
    for piece in pieces:
        data = piece.encode("utf-8", "surrogatepass") if isinstance(piece, str) else piece
        out.update(len(data).to_bytes(8, "big"))
        out.update(data)
    return out.hexdigest()


def document_id(source: str, key: str) -> str:
    """Return the id of a document: its source, and 16 digits over its native key or canonical address."""
    return f"{source}:{digest(key)[:16]}"


def fallback_key(published: datetime | None, title: str, text: str) -> str:
    """Return a key for a text that has neither native key nor address of its own: date and content."""
    return "|".join([published.date().isoformat() if published else "", title, digest(text)])


def content_hash(document: Document) -> str:
    """Return the hash of what a reader would see: title, text and day; times of retrieval do not count."""
    day = document.published.isoformat() if document.published else ""
    return digest(document.title, document.text, day, document.kind, document.lang)
