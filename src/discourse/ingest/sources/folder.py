"""A folder of files: web pages, PDF, text; one document a file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from discourse import registry
from discourse.config import SourceSpec
from discourse.errors import DiscourseError, ExtractError, FetchError, InputError
from discourse.ingest import dates
from discourse.ingest.door import Door
from discourse.ingest.draft import LeftOut, document
from discourse.ingest.identity import digest
from discourse.records import Document, Done, Failed, Fetched, Outcome, Skipped, SourceRef

TYPES = {
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".pdf": "pdf",
    ".txt": "text",
    ".md": "text",
    ".text": "text",
    ".docx": "docx",
    ".odt": "odt",
    ".xml": "xml",
    ".akn": "xml",
    ".tei": "xml",
}
MEDIA = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.oasis.opendocument.text": "odt",
    "application/xml": "xml",
    "text/xml": "xml",
    "application/akn+xml": "xml",
    "application/tei+xml": "xml",
}
_HIDDEN = (".", "~")


def read(spec: SourceSpec, door: Door) -> Iterator[Outcome[Document]]:
    """Yield the documents of a folder's files that fit ``pattern``, in the order of their paths."""
    yield from read_folder(spec.address, spec.pattern, door)


def read_folder(address: str, pattern: str, door: Door) -> Iterator[Outcome[Document]]:
    """Yield the documents of every file below a folder that fits a pattern."""
    base = door.settings.root / Path(address).expanduser()
    if not base.is_dir():
        raise FetchError(f"there is no folder {address}.", remedy="Check the source's address.", slug="no_folder")
    for path in sorted(base.rglob(pattern)):
        if path.is_file() and not path.name.startswith(_HIDDEN):
            yield from read_file(str(Path(address) / path.relative_to(base)), door)


def read_file(address: str, door: Door) -> Iterator[Outcome[Document]]:
    """Yield the documents of one file or address; a file of an unknown type is skipped by name."""
    ref = SourceRef(source=door.spec.name, url=address, published=_day_in_name(address, door))
    kind = TYPES.get(
        Path(address.split("?", maxsplit=1)[0]).suffix.lower(), "html" if address.startswith("http") else ""
    )
    if kind not in registry.names("extractors"):
        yield Skipped(ref=ref, reason="unknown_type")
        return
    match door.fetch(ref):
        case Done(value=fetched):
            yield from from_fetched(fetched, kind_of(fetched, kind), door)
        case other:
            yield other


def from_fetched(fetched: Fetched, kind: str, door: Door) -> Iterator[Outcome[Document]]:
    """Yield the documents that an extractor finds in fetched bytes; what goes wrong is one ``Failed``."""
    good = True
    for outcome in _extracted(fetched, kind, door):
        good = good and isinstance(outcome, Done)
        yield outcome
    if good:
        door.learn(fetched, digest(fetched.body))


def kind_of(fetched: Fetched, otherwise: str) -> str:
    """Return the extractor that fits what came: an address need not say that it leads to a PDF."""
    if fetched.body[:1024].lstrip().startswith(b"%PDF"):
        return "pdf"
    return MEDIA.get(fetched.media_type or "", otherwise)


def _extracted(fetched: Fetched, kind: str, door: Door) -> Iterator[Outcome[Document]]:
    ref = fetched.ref
    if not fetched.body.strip():
        yield Failed(ref=ref, error=ExtractError(f"{ref.url} is empty.", remedy="Leave it out.", slug="empty"))
        return
    try:
        for draft in registry.find("extractors", kind)(fetched, door):
            dated = ref if ref.published or draft.published else _dated_by_file(ref, door)
            yield document(draft, dated, door, retrieved=fetched.retrieved)
    except LeftOut as left:
        yield Skipped(ref=ref, reason=left.reason, detail=left.detail)
    except InputError as error:
        yield Failed(ref=ref, error=error)
    except DiscourseError:
        raise
    except Exception as error:
        yield Failed(
            ref=ref,
            error=ExtractError(
                f"{ref.url} could not be read ({type(error).__name__}: {error}).",
                remedy="The file is probably damaged; ask for a whole copy.",
                slug="damaged",
            ),
        )


def _day_in_name(address: str, door: Door) -> datetime | None:
    day = dates.find_day(Path(address).name) if not address.startswith("http") else None
    return dates.noon(day, door.settings.discourse.timezone) if day else None


def _dated_by_file(ref: SourceRef, door: Door) -> SourceRef:
    """Return the reference dated by the file's own time, for want of anything better."""
    path = door.settings.root / Path(ref.url).expanduser()
    if not path.is_file():
        return ref
    when = datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(microsecond=0)
    return SourceRef(source=ref.source, url=ref.url, key=ref.key, title=ref.title, published=when)
