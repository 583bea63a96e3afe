"""Fetched responses, kept: each revision under its checksum, never replaced; an outage falls back on the last one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from discourse.errors import FetchError

Fetch = Callable[[str], bytes]


@dataclass(frozen=True, kw_only=True)
class Revision:
    """One version of a response: when it was first had, its checksum (SHA-256), where it lies."""

    retrieved: datetime
    sha256: str
    file: Path


@dataclass(frozen=True, kw_only=True)
class Got:
    """A response: its bytes, the revision, whether it is new, and why and how old when the cache stood in."""

    body: bytes
    revision: Revision
    new: bool
    age_days: int = 0
    outage: str | None = None


def revisions(folder: Path, series: str) -> list[Revision]:
    """Return the kept revisions of a series, oldest first."""
    index = folder / series / "revisions.json"
    if not index.is_file():
        return []
    rows = json.loads(index.read_text(encoding="utf-8"))
    return [
        Revision(retrieved=datetime.fromisoformat(r["retrieved"]), sha256=r["sha256"], file=index.parent / r["sha256"])
        for r in rows
    ]


def get(folder: Path, series: str, url: str, *, fetch: Fetch, now: datetime) -> Got:
    """Return the response at an address, keeping it when it differs from the last; on an outage the last one.

    Raises ``FetchError`` where the address cannot be had and nothing is kept, or what is kept was altered.
    """
    kept = revisions(folder, series)
    try:
        body = fetch(url)
    except FetchError as error:
        return _stand_in(kept, series, error, now)
    digest = hashlib.sha256(body).hexdigest()
    if kept and kept[-1].sha256 == digest:
        return Got(body=body, revision=kept[-1], new=False)
    revision = Revision(retrieved=now, sha256=digest, file=folder / series / digest)
    _keep(folder / series, [*kept, revision], body)
    return Got(body=body, revision=revision, new=True)


def _stand_in(kept: list[Revision], series: str, error: FetchError, now: datetime) -> Got:
    if not kept:
        raise error
    last = kept[-1]
    body = last.file.read_bytes() if last.file.is_file() else b""
    if hashlib.sha256(body).hexdigest() != last.sha256:
        raise FetchError(
            f"the kept response of {series} was altered.", remedy=f"Delete {last.file} and fetch again."
        ) from error
    return Got(body=body, revision=last, new=False, age_days=(now - last.retrieved).days, outage=error.what)


def _keep(folder: Path, kept: list[Revision], body: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    kept[-1].file.write_bytes(body)
    rows = [{"retrieved": r.retrieved.isoformat(), "sha256": r.sha256} for r in kept]
    half = folder / "revisions.json.part"
    half.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    half.replace(folder / "revisions.json")
