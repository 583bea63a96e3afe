"""What is known: concern -> question -> evidence cards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from discourse import codebook
from discourse.config import Settings


@dataclass(frozen=True, kw_only=True)
class EvidenceBrief:
    """What bears on one concern: the question behind it, cards as rows, and what is missing."""

    concern: str
    question: Mapping[str, str]
    cards: tuple[Any, ...] = ()
    gap: str | None = None


def for_concerns(settings: Settings, *, now: datetime) -> dict[str, EvidenceBrief]:
    """Return a brief for every concern of the codebook."""
    return {
        name: EvidenceBrief(concern=name, question={}, gap="no official figure found")
        for name in codebook.load()["concern"].label_names
    }
