"""Split a document into passages: a paragraph, or two to five consecutive sentences, with offsets into its text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from discourse.records import Document, Part, Passage

MIN_WORDS, MAX_WORDS, MAX_SENTENCES = 4, 130, 5
_KEPT = ("paragraph", "quote", "list", "speech", "agenda_item", "vote", "heading", "table")
_END = re.compile(r"(?<=[.!?…])[\"»”’)]*\s+(?=[\"«„“‘(¿¡]?[A-ZÀ-ÖØ-ÞŒ0-9])")
_ABBREVIATION = re.compile(
    r"\b(?:M|MM|Mme|Mlle|Dr|Pr|St|Ste|art|al|cf|n|no|p|pp|Mr|Mrs|Ms|Prof|Sr|Sra|Dña|D|Art|Nr|Abs|bzw|z\.B|ca|usw|sig|dott|avv|ecc)\.$"
)


def split(document: Document) -> list[Passage]:
    """Return the passages of a document in order; a document of a title alone has one, the title.

    The title is the context of every other passage: it helps to read them and is never itself labelled with them.
    """
    stretches = [s for part in _parts(document) for s in _within(document.text, part)]
    stretches = [s for s in stretches if _words(document.text[s[0] : s[1]]) >= MIN_WORDS]
    if not stretches and document.text.strip():
        stretches = [(*_trim(document.text, 0, min(len(document.text), 1500)), None)]
    title = document.title.strip()
    return [
        Passage(
            id=f"{document.id}#{i}",
            document_id=document.id,
            index=i,
            start=start,
            end=end,
            text=document.text[start:end],
            lang=document.lang,
            context=title if title and title not in document.text[start:end] else None,
            page=page,
        )
        for i, (start, end, page) in enumerate(stretches)
    ]


def _words(text: str) -> int:
    return len(text.split())


def _parts(document: Document) -> Iterator[Part]:
    """Yield the parts that hold what was said; a document without parts is cut at blank lines."""
    if any(p.kind in _KEPT for p in document.parts):
        yield from _joined(document.text, [p for p in document.parts if p.kind in _KEPT])
        return
    covered = [p for p in document.parts if p.kind == "title"]
    at = max((p.end for p in covered), default=0)
    for match in re.finditer(r"(?:(?!\n\s*\n).)+", document.text[at:], re.DOTALL):
        if match.group().strip():
            yield Part(kind="paragraph", start=at + match.start(), end=at + match.end())


def _joined(text: str, parts: list[Part]) -> Iterator[Part]:
    """Yield parts with a short heading or agenda line joined to what follows it on the same page."""
    held: Part | None = None
    for part in sorted(parts, key=lambda p: p.start):
        short = part.kind in ("heading", "agenda_item") and _words(text[part.start : part.end]) < 25
        if held is not None and part.start - held.end > 4:
            yield held
            held = None
        if short and held is None:
            held = part
            continue
        if held is not None:
            part = Part(kind=part.kind, start=held.start, end=part.end, page=held.page, speaker=part.speaker)
            held = None
        yield part
    if held is not None:
        yield held


def _within(text: str, part: Part) -> Iterator[tuple[int, int, int | None]]:
    """Yield ``(start, end, page)`` of the passages of one part."""
    start, end = _trim(text, part.start, part.end)
    if _words(text[start:end]) <= MAX_WORDS:
        if start < end:
            yield start, end, part.page
        return
    group: list[tuple[int, int]] = []
    for sentence in sentences(text, start, end):
        words = sum(_words(text[a:b]) for a, b in group) + _words(text[sentence[0] : sentence[1]])
        if group and (len(group) >= MAX_SENTENCES or words > MAX_WORDS):
            yield group[0][0], group[-1][1], part.page
            group = []
        group.append(sentence)
    if group:
        yield group[0][0], group[-1][1], part.page


def sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield sentences; one without an end in sight is cut after ``MAX_WORDS`` words."""
    at = start
    for match in _END.finditer(text, start, end):
        if _ABBREVIATION.search(text, max(at, match.start() - 8), match.start()):
            continue
        yield from _cut(text, *_trim(text, at, match.start()))
        at = match.end()
    yield from _cut(text, *_trim(text, at, end))


def _cut(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    words = list(re.finditer(r"\S+", text[start:end]))
    for at in range(0, len(words), MAX_WORDS):
        part = words[at : at + MAX_WORDS]
        yield start + part[0].start(), start + part[-1].end()


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
