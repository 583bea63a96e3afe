"""Fetched responses, kept: each revision under its checksum, never replaced; an outage falls back on the last one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from discourse.errors import FetchError, RowError

Fetch = Callable[[str], bytes]


@dataclass(frozen=True, kw_only=True)
class Revision:
    """One version of a response: when it was first and last had, its checksum (SHA-256), where it lies."""

    retrieved: datetime
    sha256: str
    file: Path
    seen: datetime

    def body(self) -> bytes:
        """Return the kept bytes. Raises ``FetchError`` where the file is gone or was altered."""
        body = self.file.read_bytes() if self.file.is_file() else b""
        if hashlib.sha256(body).hexdigest() != self.sha256:
            raise FetchError(f"the kept response {self.file} was altered.", remedy="Delete its folder and fetch again.")
        return body


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
        Revision(
            retrieved=datetime.fromisoformat(r["retrieved"]),
            sha256=r["sha256"],
            file=index.parent / r["sha256"],
            seen=datetime.fromisoformat(r.get("seen", r["retrieved"])),
        )
        for r in rows
    ]


def get(
    folder: Path, series: str, url: str, *, fetch: Fetch, now: datetime, check: Callable[[bytes], object] | None = None
) -> Got:
    """Return the response at an address, keeping it when it differs from the last; on an outage the last one.

    ``check`` reads a body and raises ``RowError`` where it cannot be used (cut off, another shape): such a body is not
    kept and the last one stands in. Raises ``FetchError`` or ``RowError`` where nothing is kept, and ``FetchError``
    where what is kept was altered.
    """
    kept = revisions(folder, series)
    try:
        body = fetch(url)
        if check is not None:
            check(body)
    except (FetchError, RowError) as error:
        return _stand_in(kept, error, now)
    digest = hashlib.sha256(body).hexdigest()
    if kept and kept[-1].sha256 == digest:
        _keep(folder / series, [*kept[:-1], replace(kept[-1], seen=now)])
        return Got(body=body, revision=kept[-1], new=False)
    revision = Revision(retrieved=now, sha256=digest, file=folder / series / digest, seen=now)
    _keep(folder / series, [*kept, revision], body)
    return Got(body=body, revision=revision, new=True)


def _stand_in(kept: list[Revision], error: FetchError | RowError, now: datetime) -> Got:
    if not kept:
        raise error
    last = kept[-1]
    return Got(body=last.body(), revision=last, new=False, age_days=(now - last.seen).days, outage=error.what)


def _keep(folder: Path, kept: list[Revision], body: bytes | None = None) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if body is not None:
        kept[-1].file.write_bytes(body)
    rows = [{"retrieved": r.retrieved.isoformat(), "seen": r.seen.isoformat(), "sha256": r.sha256} for r in kept]
    half = folder / "revisions.json.part"
    half.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    half.replace(folder / "revisions.json")
