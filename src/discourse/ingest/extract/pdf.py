"""PDF with a text layer, by pypdfium2: paragraphs with their page numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from discourse.errors import ExtractError
from discourse.ingest import dates
from discourse.ingest.door import Door
from discourse.ingest.draft import Draft
from discourse.records import Fetched, Part

MAX_PAGES = 2000
_PARAGRAPH = re.compile(r"(?:(?!\n\s*\n).)+", re.DOTALL)


def extract(fetched: Fetched, door: Door) -> Iterator[Draft]:
    """Yield the one draft of a PDF; raise ``ExtractError`` when it is damaged, locked or has no text layer."""
    pages = read_pages(fetched)
    text, parts = _compose(pages)
    if sum(c.isalpha() for c in text) < 3:
        raise ExtractError(
            f"{fetched.ref.url} has no text layer.",
            remedy="It is a scan: run OCR on it, then read it again.",
            slug="no_text_layer",
        )
    title = _title(text)
    day = dates.find_day(text[:1500])
    zone = door.settings.discourse.timezone
    yield Draft(title=title, text=text, parts=parts, extractor="pdf", published=dates.noon(day, zone) if day else None)


def read_pages(fetched: Fetched) -> list[str]:
    """Return the text of each page."""
    import pypdfium2

    if b"%PDF" not in fetched.body[:1024]:
        raise ExtractError(f"{fetched.ref.url} is no PDF.", remedy="Check the file.", slug="bad_pdf")
    try:
        pdf = pypdfium2.PdfDocument(fetched.body)
        try:
            return [_page(pdf[i]) for i in range(min(len(pdf), MAX_PAGES))]
        finally:
            pdf.close()
    except (pypdfium2.PdfiumError, ValueError) as error:
        locked = "password" in str(error).lower()
        raise ExtractError(
            f"{fetched.ref.url} cannot be opened ({error}).",
            remedy="Ask for a copy without password." if locked else "Ask for a whole copy.",
            slug="locked_pdf" if locked else "bad_pdf",
        ) from error


def _page(page: Any) -> str:
    text: str = page.get_textpage().get_text_bounded()
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\ufffe", "-").replace("\x02", "-")


def _compose(pages: list[str]) -> tuple[str, tuple[Part, ...]]:
    chunks: list[str] = []
    parts: list[Part] = []
    at = 0
    for number, page in enumerate(pages, start=1):
        for match in _PARAGRAPH.finditer(page):
            piece = " ".join(_unhyphenated(match.group()).split())
            if not piece:
                continue
            parts.append(Part(kind="paragraph", start=at, end=at + len(piece), page=number))
            chunks.append(piece)
            at += len(piece) + 2
    return "\n\n".join(chunks), tuple(parts)


def _unhyphenated(text: str) -> str:
    return re.sub(r"(?<=[a-zà-ÿ])[-\u00ad]\n(?=[a-zà-ÿ])", "", text)


def _title(text: str) -> str:
    return " ".join(text[:300].split("\n\n", maxsplit=1)[0].split())[:160]
