"""Word files: headings, paragraphs and tables in their order, by python-docx."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

from discourse.errors import ExtractError
from discourse.ingest import dates
from discourse.ingest.door import Door
from discourse.ingest.draft import Draft, compose
from discourse.ingest.extract import proceedings
from discourse.records import Fetched, PartKind

MAX_UNPACKED = 200_000_000
"""A small file that unpacks to more than this is a bomb, not minutes."""


def refuse_bomb(fetched: Fetched) -> None:
    """Raise ``ExtractError`` for bytes that are no archive, or unpack to an absurd size."""
    try:
        with zipfile.ZipFile(io.BytesIO(fetched.body)) as archive:
            size = sum(item.file_size for item in archive.infolist())
    except zipfile.BadZipFile as error:
        raise ExtractError(
            f"{fetched.ref.url} is damaged ({error}).", remedy="Ask for a whole copy.", slug="bad_archive"
        ) from error
    if size > MAX_UNPACKED:
        raise ExtractError(f"{fetched.ref.url} unpacks to {size} bytes.", remedy="Leave it out.", slug="too_large")


def extract(fetched: Fetched, door: Door) -> Iterator[Draft]:
    """Yield the one draft of a Word file."""
    from docx import Document as Word

    refuse_bomb(fetched)
    word = Word(io.BytesIO(fetched.body))
    pieces = [p for block in word.iter_inner_content() for p in _pieces(block)]
    title = (word.core_properties.title or "").strip()
    if not title and pieces and pieces[0][0] == "heading":
        title, pieces = pieces[0][1], pieces[1:]
    text, parts = compose(title, pieces)
    if door.spec.publisher == "council":
        parts = proceedings.marked(text, parts)
    day = dates.find_day(text[:1500])
    zone = door.settings.discourse.timezone
    yield Draft(title=title, text=text, parts=parts, extractor="docx", published=dates.noon(day, zone) if day else None)


def _pieces(block: Any) -> Iterator[tuple[PartKind, str]]:
    if hasattr(block, "rows"):
        for row in block.rows:
            cells = list(dict.fromkeys(c.text.strip() for c in row.cells if c.text.strip()))
            if cells:
                yield "table", " | ".join(cells)
        return
    style = (block.style.name or "").lower() if block.style is not None else ""
    if block.text.strip():
        yield ("heading" if style.startswith(("heading", "title", "titre")) else "paragraph"), block.text.strip()
