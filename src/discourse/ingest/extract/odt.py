"""OpenDocument texts: headings, paragraphs, lists and tables in their order, by odfdo."""

from __future__ import annotations

import io
from collections.abc import Iterator

from discourse.errors import ExtractError
from discourse.ingest import dates
from discourse.ingest.door import Door
from discourse.ingest.draft import Draft, compose
from discourse.ingest.extract import proceedings
from discourse.ingest.extract.docx import refuse_bomb
from discourse.records import Fetched, PartKind


def extract(fetched: Fetched, door: Door) -> Iterator[Draft]:
    """Yield the one draft of an OpenDocument text."""
    from odfdo import Document as Odf

    refuse_bomb(fetched)
    document = Odf(io.BytesIO(fetched.body))
    if document.get_type() != "text":
        raise ExtractError(f"{fetched.ref.url} is no text document.", remedy="Save it as .odt.", slug="not_text")
    pieces: list[tuple[PartKind, str]] = []
    for node in document.body.xpath("//text:h | //text:p"):
        words = " ".join(node.text_recursive.split())
        if words:
            pieces.append(("heading" if node.tag == "text:h" else "paragraph", words))
    title = pieces[0][1] if pieces and pieces[0][0] == "heading" else ""
    text, parts = compose(title, pieces[1:] if title else pieces)
    if door.spec.publisher == "council":
        parts = proceedings.marked(text, parts)
    day = dates.find_day(text[:1500])
    zone = door.settings.discourse.timezone
    yield Draft(title=title, text=text, parts=parts, extractor="odt", published=dates.noon(day, zone) if day else None)
