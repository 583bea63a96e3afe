"""WARC archives (ISO 28500): every web page that a crawl kept, one document a page; a truncated file is noticed."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from discourse.config import SourceSpec
from discourse.errors import ExtractError, FetchError
from discourse.ingest import optout
from discourse.ingest.door import Door
from discourse.ingest.sources.folder import from_fetched, kind_of
from discourse.ingest.sources.links import wanted
from discourse.records import Document, Failed, Fetched, Outcome, Skipped, SourceRef, Unchanged
from discourse.store import Address

_CHUNK = 1 << 20


def read(spec: SourceSpec, door: Door) -> Iterator[Outcome[Document]]:
    """Yield the pages of one archive, or of every ``*.warc`` and ``*.warc.gz`` of a folder; a page at a time in memory.

    Option: ``include`` (regular expression an address must hold).
    """
    base = door.settings.root / Path(spec.address).expanduser()
    if not base.exists():
        raise FetchError(f"there is no file {spec.address}.", remedy="Check the source's address.", slug="no_file")
    paths = sorted(p for p in base.rglob("*") if p.name.endswith((".warc", ".warc.gz"))) if base.is_dir() else [base]
    for path in paths:
        shown = str(Path(spec.address) / path.relative_to(base)) if base.is_dir() else spec.address
        yield from _archive(path, shown, spec, door)


def _archive(path: Path, shown: str, spec: SourceSpec, door: Door) -> Iterator[Outcome[Document]]:
    ref = SourceRef(source=spec.name, url=shown)
    try:
        seen, whole, records = _look(path)
    except OSError as error:
        raise FetchError(
            f"{shown} cannot be read ({error.strerror}).", remedy="Check its permissions.", slug="no_permission"
        ) from error
    known = door.known.get(shown)
    if known is not None and known.content_hash == seen:
        yield Unchanged(ref=ref)
        return
    read_records, good = 0, True
    for record, body in _responses(path):
        read_records += 1
        for outcome in _page(record, body, spec, door):
            good = good and not isinstance(outcome, Failed)
            yield outcome
    if not whole or (records is not None and not records) or not read_records:
        what = f"{shown} is cut off or damaged after {read_records} pages."
        yield Failed(ref=ref, error=ExtractError(what, remedy="Fetch the archive again.", slug="bad_warc"))
    elif good:
        door.learned.append(Address(source=spec.name, url=shown, checked=door.now, content_hash=seen))


def _responses(path: Path) -> Iterator[tuple[Any, bytes]]:
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    with path.open("rb") as file:
        try:
            for record in ArchiveIterator(file, record_types=WarcRecordType.response, auto_decode="all"):
                yield record, record.reader.read()
        except (OSError, ValueError, RuntimeError, EOFError):
            return


def _page(record: Any, body: bytes, spec: SourceSpec, door: Door) -> Iterator[Outcome[Document]]:
    url = str(record.headers.get("WARC-Target-URI", "")).strip("<>")
    http = {str(k).lower(): str(v) for k, v in (record.http_headers or {}).items()}
    kind, _, rest = http.get("content-type", "text/html").partition(";")
    media = kind.strip().lower()
    if not url.startswith(("http://", "https://")) or not wanted(spec).search(url):
        return
    ref = SourceRef(source=spec.name, url=url, key=url)
    status = record.http_headers.status_code if record.http_headers is not None else None
    if status not in (None, 200) or media not in ("text/html", "application/xhtml+xml", "application/pdf"):
        yield Skipped(ref=ref, reason="not_a_page")
        return
    signal = optout.by_headers(http)
    if signal:
        yield Skipped(ref=ref, reason="opted_out", detail=signal)
        return
    fetched = Fetched(
        ref=ref,
        body=body,
        retrieved=_when(str(record.headers.get("WARC-Date", ""))) or door.now,
        url=url,
        media_type=media,
        charset=rest.partition("charset=")[2].strip(" \"'") or None,
    )
    yield from from_fetched(fetched, kind_of(fetched, "html"), door)


def _when(written: str) -> datetime | None:
    try:
        return datetime.fromisoformat(written).astimezone(UTC)
    except ValueError:
        return None


def _look(path: Path) -> tuple[str, bool, int | None]:
    """Return an archive's hash, whether it ends where it should, and for a packed one how many members it has.

    Readers end silently where a file is cut off (measured with fastwarc and warcio), hence this look of our own.
    """
    out, members, open_member, tail = hashlib.sha256(), 0, False, b""
    unpack: Any = None
    packed: bool | None = None
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            out.update(chunk)
            packed = chunk.startswith(b"\x1f\x8b") if packed is None else packed
            tail = (tail + chunk)[-4:]
            while packed and chunk:
                unpack = unpack or zlib.decompressobj(47)
                try:
                    while chunk and not unpack.eof:
                        unpack.decompress(chunk, _CHUNK)
                        chunk = unpack.unconsumed_tail if not unpack.eof else unpack.unused_data
                        open_member = True
                except zlib.error:
                    return out.hexdigest(), False, members
                if unpack.eof:
                    members, open_member, unpack = members + 1, False, None
    if packed:
        return out.hexdigest(), not open_member, members
    return out.hexdigest(), tail == b"\r\n\r\n", None
