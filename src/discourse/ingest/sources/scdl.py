"""SCDL deliberations 2.1 (CSV), read leniently: real files misspell headers, hold breaks and odd encodings."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from difflib import get_close_matches

from discourse.config import SourceSpec
from discourse.errors import RowError
from discourse.ingest import dates
from discourse.ingest.door import Door
from discourse.ingest.draft import Draft, compose, document
from discourse.ingest.extract.text import decode
from discourse.ingest.identity import digest
from discourse.ingest.sources.folder import from_fetched
from discourse.ingest.sources.links import number
from discourse.records import Document, Done, Failed, Fetched, Outcome, PartKind, Skipped, SourceRef, Unchanged
from discourse.store import Address

COLUMNS = (
    "COLL_NOM", "COLL_SIRET", "DELIB_ID", "DELIB_DATE", "DELIB_MATIERE_CODE", "DELIB_MATIERE_NOM", "DELIB_OBJET",
    "BUDGET_ANNEE", "BUDGET_NOM", "PREF_ID", "PREF_DATE", "VOTE_EFFECTIF", "VOTE_REEL", "VOTE_POUR", "VOTE_CONTRE",
    "VOTE_ABSTENTION", "DELIB_URL",
)  # fmt: skip
_PAGE, _ASKED_AGAIN = "#page", timedelta(weeks=6)
_META = ("COLL_NOM", "COLL_SIRET", "DELIB_ID", "DELIB_MATIERE_NOM", "VOTE_POUR", "VOTE_CONTRE", "VOTE_ABSTENTION")


def read(spec: SourceSpec, door: Door) -> Iterator[Outcome[Document]]:
    """Yield a document a deliberation: its object, matter and vote, and the text of the PDF behind ``DELIB_URL``.

    A PDF that one row alone points to is that row's text; one that several share is a document of its own, once.
    Options: ``documents`` (whether PDFs are fetched; by default where the table itself comes from the web), ``limit``
    (most new addresses asked at one look; the next look goes on).
    """
    ref = SourceRef(source=spec.name, url=spec.address)
    match door.fetch(ref):
        case Failed(error=error):
            raise error
        case Done(value=fetched):
            yield from _deliberations(fetched, spec, door)
        case other:
            yield other


def _deliberations(fetched: Fetched, spec: SourceSpec, door: Door) -> Iterator[Outcome[Document]]:
    found = list(rows(decode(fetched.body, spec.encoding or fetched.charset), spec.address))
    files = _Files(spec=spec, door=door, rows=Counter(row.get("DELIB_URL", "") for _, row in found))
    good, first = True, dict[str, str]()
    for line, row in found:
        for outcome in files.joined(_document(_apart(row, first), line, spec, door), row.get("DELIB_URL", "")):
            good = good and not isinstance(outcome, (Failed, Skipped))
            yield outcome
    if good:
        door.learn(fetched, digest(fetched.body))


def _apart(row: dict[str, str], first: dict[str, str]) -> dict[str, str]:
    """Return a row whose number tells it apart: real tables give one DELIB_ID to several deliberations.

    The first keeps its number, so that a corrected row stays the same document; another one adds its day and subject.
    """
    number_ = row.get("DELIB_ID", "")
    about = digest(row.get("DELIB_DATE", ""), row.get("DELIB_OBJET", ""))[:16]
    if not number_ or first.setdefault("/".join((row.get("COLL_SIRET", ""), number_)), about) == about:
        return row
    return {**row, "DELIB_ID": f"{number_}|{about}"}


@dataclass(kw_only=True)
class _Files:
    """The PDFs that a table points to, each asked for once; ``rows`` counts how many rows point to an address."""

    spec: SourceSpec
    door: Door
    rows: Counter[str]
    asked: set[str] = field(default_factory=set)
    new: int = 0

    def __post_init__(self) -> None:
        on_the_web = self.spec.address.startswith(("http://", "https://"))
        self.wanted = self.spec.options.get("documents", on_the_web) is True
        self.limit = number(self.spec, "limit", 500)

    def joined(self, row: Outcome[Document], address: str) -> Iterator[Outcome[Document]]:
        """Yield a row's outcome with the text of its PDF, or the PDF that it shares beside it."""
        web = address.startswith(("http://", "https://"))
        if not self.wanted or not web or not isinstance(row, Done) or address in self.asked:
            yield row
            return
        self.asked.add(address)
        ref = SourceRef(source=self.spec.name, url=address, key=address, published=row.value.published)
        if self._no_file(address):
            yield row
            return
        if address not in self.door.known and self.new >= self.limit:
            yield row
            yield Skipped(ref=ref, reason="limit")
            return
        self.new += address not in self.door.known
        yield from self._read(row.value, ref, alone=self.rows[address] == 1)

    def _no_file(self, address: str) -> bool:
        """Tell whether an address led to a page that is no PDF when it was last asked, some weeks ago at most."""
        seen = self.door.known.get(address + _PAGE)
        return seen is not None and self.door.now - seen.checked < _ASKED_AGAIN

    def _read(self, row: Document, ref: SourceRef, *, alone: bool) -> Iterator[Outcome[Document]]:
        match self.door.fetch(ref):
            case Done(value=fetched) if fetched.body[:1024].lstrip().startswith(b"%PDF"):
                read = list(from_fetched(fetched, "pdf", self.door))
                if not alone or not all(isinstance(o, Done) for o in read):
                    yield Done(row)
                    yield from read
                    return
                yield Done(_with_text(row, [o.value for o in read if isinstance(o, Done)]))
            case Done():
                page = Address(source=ref.source, url=ref.url + _PAGE, checked=self.door.now)
                self.door.learned.append(page)
                yield Done(row)
            case Unchanged() if alone:
                yield Unchanged(ref=SourceRef(source=ref.source, url=ref.url, key=row.native_key))
            case other:
                yield Done(row)
                yield other


def _with_text(row: Document, files: list[Document]) -> Document:
    """Return a deliberation with the text of its file after its own words; parts and pages still fit."""
    text, parts = row.text, list(row.parts)
    for file in files:
        shift = len(text) + 2
        text += "\n\n" + file.text
        parts += [replace(p, start=p.start + shift, end=p.end + shift) for p in file.parts]
    last = files[-1].provenance
    provenance = replace(row.provenance, extractor=f"scdl+{last.extractor}", confidence=last.confidence)
    return replace(row, text=text, parts=tuple(parts), provenance=provenance)


def rows(text: str, address: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield numbered rows keyed by the standard's column names."""
    header = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=header.count))
    try:
        names = [column(n) for n in next(reader, [])]
        if "DELIB_OBJET" not in names:
            raise RowError(
                f"{address} has no column like DELIB_OBJET (it has {header[:120]!r}).",
                remedy="Is it a file of deliberations? Otherwise use kind = 'table' with columns.",
                slug="columns",
            )
        for cells in reader:
            if any(c.strip() for c in cells):
                yield reader.line_num, {n: c.strip() for n, c in zip(names, cells, strict=False) if n}
    except csv.Error as error:
        raise RowError(
            f"{address}, line {reader.line_num}: {error}.", remedy="Mend its quotes.", slug="bad_table"
        ) from error


def column(name: str) -> str:
    """Return the standard's name for a header as written, empty where it is none of them."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^A-Z_]+", "_", plain.strip().upper()).strip("_")
    if plain in COLUMNS or not plain:
        return plain
    near = get_close_matches(plain, COLUMNS, n=1, cutoff=0.82)
    return near[0] if near else ""


def _document(row: Mapping[str, str], line: int, spec: SourceSpec, door: Door) -> Outcome[Document]:
    here = SourceRef(source=spec.name, url=spec.address, key=f"line {line}")
    subject = re.sub(r"\s+", " ", row.get("DELIB_OBJET", "")).strip()
    if not subject:
        what = f"line {line} has no DELIB_OBJET."
        return Failed(ref=here, error=RowError(what, remedy="Fill it or drop the row.", slug="empty"))
    written = row.get("DELIB_DATE", "")
    published = dates.parse(written, door.settings.discourse.timezone)
    if published is None:
        what = f"line {line}: DELIB_DATE {written!r} is no date."
        return Failed(ref=here, error=RowError(what, remedy="Write 2026-11-16.", slug="bad_date"))
    pieces: list[tuple[PartKind, str]] = [("paragraph", row.get("DELIB_MATIERE_NOM", "")), ("vote", _vote(row))]
    text, parts = compose(subject, [p for p in pieces if p[1]])
    key = "/".join(filter(None, (row.get("COLL_SIRET"), row.get("DELIB_ID")))) if row.get("DELIB_ID") else None
    address = row.get("DELIB_URL") or spec.address
    ref = SourceRef(
        source=spec.name,
        url=address,
        key=key or f"{published.date()}|{digest(subject)[:16]}",
        published=published,
        title=subject,
    )
    meta = tuple((name, row[name]) for name in _META if row.get(name))
    return document(
        Draft(title=subject, text=text, parts=parts, extractor="scdl", published=published, meta=meta), ref, door
    )


def _vote(row: Mapping[str, str]) -> str:
    said = [(label, row.get(f"VOTE_{label}", "")) for label in ("POUR", "CONTRE", "ABSTENTION")]
    return ", ".join(f"{label.lower()} {value}" for label, value in said if value)
