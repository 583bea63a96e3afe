"""Try one source and say what it would take; nothing is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from discourse.config import Settings, SourceSpec
from discourse.errors import InputError
from discourse.ingest import Door, open_door, read_source
from discourse.records import Document, Done, Failed, Outcome, Skipped, SourceRef


@dataclass(frozen=True, kw_only=True, slots=True)
class Probe:
    """What one look at a source found: documents, counts by reason, and up to ten things that went wrong."""

    source: str
    documents: tuple[Document, ...]
    counts: dict[str, int] = field(default_factory=dict)
    troubles: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Return whether the source gave at least one document."""
        return bool(self.documents)

    def as_json(self) -> dict[str, object]:
        """Return the probe as plain values, with the title and length of each document, never its text."""
        return {
            "source": self.source,
            "counts": self.counts,
            "documents": [
                {
                    "url": d.url,
                    "title": d.title,
                    "published": d.published.isoformat() if d.published else None,
                    "lang": d.lang,
                    "words": len(d.text.split()),
                }
                for d in self.documents
            ],
            "troubles": list(self.troubles),
        }


def check(spec: SourceSpec, settings: Settings, *, now: datetime, limit: int = 10) -> Probe:
    """Return what the first items of a source give, with nothing known beforehand."""
    door = open_door(settings, spec, now=now, known={})
    counts: Counter[str] = Counter()
    documents: list[Document] = []
    troubles: list[str] = []
    try:
        for outcome in islice(_all(spec, door), limit):
            match outcome:
                case Done(value=document):
                    documents.append(document)
                    counts["taken"] += 1
                case Failed(error=error):
                    counts[f"failed:{error.slug}"] += 1
                    troubles.append(str(error))
                case Skipped(reason=reason):
                    counts[f"skipped:{reason}"] += 1
                case _:
                    counts["unchanged"] += 1
    finally:
        door.close()
    return Probe(
        source=spec.name, documents=tuple(documents), counts=dict(counts), troubles=tuple(dict.fromkeys(troubles))[:10]
    )


def _all(spec: SourceSpec, door: Door) -> Iterator[Outcome[Document]]:
    try:
        yield from read_source(spec, door)
    except InputError as error:
        yield Failed(ref=SourceRef(source=spec.name, url=spec.address), error=error)
