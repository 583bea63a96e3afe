"""The door: all that a source needs from outside: clock, settings, what was seen before, a way to fetch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from discourse.config import Settings, SourceSpec
from discourse.records import Fetched, Outcome, SourceRef
from discourse.store import Address

Names = Callable[[str, str], Iterable[tuple[int, int]]]
"""``names(text, lang)`` gives the (start, end) of every person's name; the pipeline hands it in."""
Fetch = Callable[[SourceRef], Outcome[Fetched]]


def _nothing() -> None:
    """Close nothing."""


@dataclass(kw_only=True)
class Door:
    """What a source reader is given. ``learned`` collects address states; they are stored with the documents read."""

    settings: Settings
    spec: SourceSpec
    now: datetime
    fetch: Fetch
    known: Mapping[str, Address] = field(default_factory=dict)
    learned: list[Address] = field(default_factory=list)
    names: Names | None = None
    privacy_key: str = field(default="", repr=False)
    close: Callable[[], None] = _nothing

    def learn(self, fetched: Fetched, content_hash: str) -> None:
        """Remember what an address answered; call it only after its documents were given on."""
        self.learned.append(
            Address(
                source=fetched.ref.source,
                url=fetched.ref.url,
                checked=self.now,
                etag=fetched.etag,
                last_modified=fetched.last_modified,
                content_hash=content_hash,
            )
        )
