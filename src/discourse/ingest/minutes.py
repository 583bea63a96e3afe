"""Minutes as parts: agenda items, speaker turns and votes, with their offsets in one text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from discourse.records import Part, PartKind

GUESTS = ("guest", "public", "citizen", "visitor", "witness", "petitioner", "audience", "unknown")
"""Roles whose bearers hold no office: what they said is kept, their names are not."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """A stretch of minutes before it has a place in the text."""

    kind: PartKind
    text: str
    speaker: str | None = None
    number: str | None = None
    role: str | None = None


def compose(title: str, pieces: Iterable[Piece]) -> tuple[str, tuple[Part, ...]]:
    """Return the text of a title and its pieces, parted by blank lines, and the parts with their offsets."""
    parts: list[Part] = []
    chunks: list[str] = []
    at = 0
    for piece in [Piece(kind="title", text=title), *pieces]:
        clean = piece.text.strip()
        if not clean:
            continue
        end = at + len(clean)
        parts.append(
            Part(kind=piece.kind, start=at, end=end, speaker=piece.speaker, number=piece.number, role=piece.role)
        )
        chunks.append(clean)
        at = end + 2
    return "\n\n".join(chunks), tuple(parts)


def paragraphs(text: str, *, kind: PartKind = "paragraph", number: str | None = None) -> list[Piece]:
    """Return the paragraphs of a plain text, parted by blank lines."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return [Piece(kind=kind, text=p.strip(), number=number) for p in re.split(r"\n\s*\n", plain) if p.strip()]


def is_guest(role: str | None) -> bool:
    """Tell whether a role is that of a private person, whose name is not kept."""
    return role is not None and role.casefold().startswith(GUESTS)


def counted(counts: Sequence[tuple[str, str]], outcome: str | None = None) -> str:
    """Return a vote in one line, as ``ayes 72, noes 34 (approved)``; empty where nothing was counted or decided."""
    said = ", ".join(f"{label} {value}".strip() for label, value in counts if value)
    if not said:
        return outcome or ""
    return f"{said} ({outcome})" if outcome else said


def words(value: str) -> str:
    """Return a text on one line."""
    return " ".join(value.split())
