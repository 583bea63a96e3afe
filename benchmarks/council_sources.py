"""What the council sources take from real samples, how fast, and in how much memory; nothing goes over a network.

    python benchmarks/council_sources.py [--copies N]     reads ../shared; OParl is read N times over under new ids

The interfaces are answered from memory, so that the figures are the readers' own: a city's server, and the pause of two
seconds between two requests to it, take longer than they do. Peak memory is that of the process after each source.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from discourse import config
from discourse.errors import FetchError
from discourse.ingest import Door, open_door, read_source
from discourse.records import Document, Done, Failed, Fetched, Outcome, Skipped, SourceRef

SHARED = Path(__file__).resolve().parents[2] / "shared"
NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)
HOME = "https://web1.karlsruhe.de/oparl"
PAGE = 100


def karlsruhe(copies: int) -> Door:
    """Return the door to an OParl system in memory: Karlsruhe's papers, meetings and texts, ``copies`` times over."""
    folder = SHARED / "samples/oparl/karlsruhe"
    kind = "https://schema.oparl.org/1.1/"
    body = {"id": f"{HOME}/body", "type": f"{kind}Body", "name": "Karlsruhe"}
    answers: dict[str, Any] = {
        f"{HOME}/system": {"id": f"{HOME}/system", "type": f"{kind}System", "body": f"{HOME}/bodies"},
        f"{HOME}/bodies": {"data": [{**body, "paper": f"{HOME}/paper", "meeting": f"{HOME}/meeting"}]},
    }
    for name in ("paper", "meeting"):
        raw = [p.read_text() for p in sorted((folder / f"{name}s").glob("*.json"))]
        objects = [json.loads(r.replace(HOME, f"{HOME}/{n}")) for n in range(copies) for r in raw]
        for at in range(0, len(objects), PAGE):
            further = {"next": f"{HOME}/{name}?at={at + PAGE}"} if at + PAGE < len(objects) else {}
            url = f"{HOME}/{name}" + (f"?at={at}" if at else "")
            answers[url] = {"data": objects[at : at + PAGE], "links": further}
    texts = {p.stem.zfill(8): p for p in (folder / "file-contents").glob("*.txt")}

    def fetch(ref: SourceRef) -> Outcome[Fetched]:
        text = texts.get(ref.url.rpartition("/")[2].removesuffix(".pdf"))
        given = answers.get(ref.url)
        if given is None and text is None:
            return Failed(ref=ref, error=FetchError("not in the sample.", remedy="None.", slug="http_404"))
        media = "text/plain" if text is not None else "application/json"
        data = text.read_bytes() if text is not None else json.dumps(given).encode()
        return Done(Fetched(ref=ref, body=data, retrieved=NOW, url=ref.url, media_type=media))

    spec = config.SourceSpec(name="rat", kind="oparl", address=f"{HOME}/system", publisher="council")
    return Door(settings=config.defaults(SHARED), spec=spec, now=NOW, fetch=fetch)


def files(kind: str, folder: str, name: str = ".", pattern: str = "*") -> Door:
    """Return the door to files of the samples."""
    spec = config.SourceSpec(name="x", kind=kind, address=name, publisher="council", pattern=pattern)
    return open_door(config.defaults(SHARED / folder), spec, now=NOW, known={})


def doors(copies: int) -> Iterator[tuple[str, Door]]:
    """Yield what is read, by name."""
    yield f"OParl: Karlsruhe x {copies}", karlsruhe(copies)
    yield "folder: Karlsruhe's texts", files("folder", "samples/oparl/karlsruhe/file-contents", pattern="*.txt")
    yield "Akoma Ntoso: 5 OASIS examples", files("akoma_ntoso", "samples/akomantoso")
    yield "Parla-CLARIN: 4 examples", files("tei", "samples/parlaclarin-tei")
    (table,) = (SHARED / "data/raw/council/fr_saint_etienne_metropole").glob("*.csv")
    yield "SCDL: Saint-Étienne Métropole", files("scdl", str(table.parent.relative_to(SHARED)), table.name)


def reason(outcome: Outcome[Document]) -> str:
    """Return what an outcome is counted under."""
    if isinstance(outcome, Failed):
        return f"failed:{outcome.error.slug}"
    return f"skipped:{outcome.reason}" if isinstance(outcome, Skipped) else outcome.outcome


def main() -> None:
    """Print a line a source."""
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--copies", type=int, default=20)
    copies = given.parse_args().copies
    print(f"{'source':<34}{'done':>6}{'s':>7}{'done/s':>8}{'MB':>6}  outcomes; parts")
    for name, door in doors(copies):
        start, counts, parts = time.perf_counter(), Counter[str](), Counter[str]()
        for outcome in read_source(door.spec, door):
            counts[reason(outcome)] += 1
            if isinstance(outcome, Done):
                parts.update(p.kind for p in outcome.value.parts)
        took = time.perf_counter() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        rate = counts["done"] / took
        print(f"{name:<34}{counts['done']:>6}{took:>7.1f}{rate:>8.0f}{peak:>6}  {dict(counts)}; {dict(parts)}")


if __name__ == "__main__":
    main()
