"""New, changed or unchanged: a pure function of what came and what is known."""

from __future__ import annotations

from discourse.ingest.identity import content_hash
from discourse.records import Document, SourceRef, Unchanged
from discourse.store import Kept, Known


def decide(document: Document, known: Known | None) -> Kept | Unchanged:
    """Return whether to keep a document as new or as a changed version, or that it is unchanged."""
    seen = content_hash(document)
    if known is not None and known.content_hash == seen:
        ref = SourceRef(source=document.source, url=document.url, key=document.native_key, published=document.published)
        return Unchanged(ref=ref)
    return Kept(document=document, content_hash=seen, changed=known is not None)
