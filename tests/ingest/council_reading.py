"""What the tests of council sources share: read a source as the pipeline does, and count its outcomes."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from discourse import config
from discourse.errors import InputError
from discourse.ingest import Door, open_door, read_source
from discourse.records import Document, Done, Failed, Outcome, Skipped, SourceRef
from discourse.store import Address

NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)
FIXTURES = Path(__file__).parent / "fixtures"


def source(kind: str, address: str, **options: object) -> config.SourceSpec:
    given = {"name": "rat", "kind": kind, "address": address, "publisher": "council", **options}
    return config.SourceSpec.model_validate(given)


def door_of(spec: config.SourceSpec, folder: Path, known: dict[str, Address] | None = None) -> Door:
    found = config.defaults(folder)
    polite = {"delay_seconds": 0.0, "allow_private_hosts": ("127.0.0.1",)}
    found = found.model_copy(update={"ingest": found.ingest.model_copy(update=polite)})
    return open_door(found, spec, now=NOW, known=known or {})


def look(
    spec: config.SourceSpec, folder: Path, known: dict[str, Address] | None = None
) -> tuple[list[Outcome[Document]], dict[str, Address]]:
    """Return what came, the failure of the whole source as one ``Failed``, and what the next look knows."""
    door = door_of(spec, folder, known)
    out: list[Outcome[Document]] = []
    try:
        out.extend(read_source(spec, door))
    except InputError as error:
        out.append(Failed(ref=SourceRef(source="rat", url=spec.address), error=error))
    finally:
        door.close()
    return out, {**(known or {}), **{a.url: a for a in door.learned}}


def reasons(out: list[Outcome[Document]]) -> Counter[str]:
    names: Counter[str] = Counter()
    for o in out:
        more = f":{o.reason}" if isinstance(o, Skipped) else f":{o.error.slug}" if isinstance(o, Failed) else ""
        names[o.outcome + more] += 1
    return names


def documents(out: list[Outcome[Document]], base: str = "") -> dict[str, Document]:
    """Return documents by native key, or by address where they have none, less the server's own address."""
    found = [o.value for o in out if isinstance(o, Done)]
    return {str(d.native_key or d.url).removeprefix(base + "/"): d for d in found}


def part_texts(document: Document, kind: str) -> list[str]:
    return [document.text[p.start : p.end] for p in document.parts if p.kind == kind]
