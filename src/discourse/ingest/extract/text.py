"""Plain text and Markdown: paragraphs between blank lines, the first short line as title."""

from __future__ import annotations

import re
from collections.abc import Iterator

from discourse.errors import ExtractError
from discourse.ingest.door import Door
from discourse.ingest.draft import Draft, compose
from discourse.records import Fetched


def decode(body: bytes, declared: str | None = None) -> str:
    """Return text from bytes: BOM, declared encoding, UTF-8, then Windows-1252; raise ``ExtractError`` for binary."""
    for mark, name in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if body.startswith(mark):
            return _strict(body, name)
    if _binary(body):
        raise ExtractError("the bytes are not text.", remedy="Check the file's type and encoding.", slug="not_text")
    for encoding in _tries(declared):
        try:
            return body.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    mended = body.decode("utf-8", "replace")
    if mended.count("\ufffd") * 10 <= sum(c > "\x7f" for c in mended):
        return mended
    return _strict(body, "cp1252", errors="replace")


def _tries(declared: str | None) -> tuple[str, ...]:
    """Return encodings to try: bytes that happen to be valid UTF-8 are UTF-8, whatever a server declares."""
    said = (declared or "").lower()
    if said.startswith(("utf-16", "utf16", "utf-32", "utf32", "iso-2022", "utf-7")):
        return said, "utf-8"
    latin = {"iso-8859-1": "cp1252", "latin-1": "cp1252", "latin1": "cp1252", "ascii": "cp1252", "us-ascii": "cp1252"}
    return ("utf-8", latin.get(said, said)) if said else ("utf-8",)


def _strict(body: bytes, name: str, errors: str = "strict") -> str:
    try:
        return body.decode(name, errors)
    except UnicodeDecodeError as error:
        raise ExtractError(
            f"the text is not valid {name} (byte {error.start}).", remedy="Save it as UTF-8.", slug="bad_encoding"
        ) from error


def _binary(body: bytes) -> bool:
    sample = body[:4096]
    control = sum(b < 9 or 13 < b < 32 or b == 127 for b in sample)
    return bool(sample) and control > max(2, len(sample) // 50)


def extract(fetched: Fetched, door: Door) -> Iterator[Draft]:
    """Yield the one draft of a text file."""
    text = decode(fetched.body, door.spec.encoding or fetched.charset).replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise ExtractError(f"{fetched.ref.url} is empty.", remedy="Leave it out, or fill it.", slug="empty")
    pieces = [p.strip() for p in re.split(r"\n\s*\n", text) if p.strip()]
    title = ""
    first = pieces[0].lstrip("# ").strip()
    if len(pieces) > 1 and len(first) <= 160 and "\n" not in first:
        title, pieces = first, pieces[1:]
    body, parts = compose(title, [("paragraph", p) for p in pieces])
    yield Draft(title=title, text=body, parts=parts, extractor="text")
