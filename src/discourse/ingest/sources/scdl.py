"""SCDL deliberations 2.1 (CSV), read leniently: real files misspell headers, hold breaks and odd encodings."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from discourse.config import SourceSpec
from discourse.errors import RowError
from discourse.ingest import dates
from discourse.ingest.door import Door
from discourse.ingest.draft import Draft, compose, document
from discourse.ingest.extract.text import decode
from discourse.ingest.identity import digest
from discourse.records import Document, Done, Failed, Fetched, Outcome, PartKind, SourceRef

COLUMNS = (
    "COLL_NOM", "COLL_SIRET", "DELIB_ID", "DELIB_DATE", "DELIB_MATIERE_CODE", "DELIB_MATIERE_NOM", "DELIB_OBJET",
    "BUDGET_ANNEE", "BUDGET_NOM", "PREF_ID", "PREF_DATE", "VOTE_EFFECTIF", "VOTE_REEL", "VOTE_POUR", "VOTE_CONTRE",
    "VOTE_ABSTENTION", "DELIB_URL",
)  # fmt: skip
_META = ("COLL_NOM", "COLL_SIRET", "DELIB_ID", "DELIB_MATIERE_NOM", "VOTE_POUR", "VOTE_CONTRE", "VOTE_ABSTENTION")


def read(spec: SourceSpec, door: Door) -> Iterator[Outcome[Document]]:
    """Yield a document a deliberation: its object as text, matter and vote as parts."""
    ref = SourceRef(source=spec.name, url=spec.address)
    match door.fetch(ref):
        case Failed(error=error):
            raise error
        case Done(value=fetched):
            yield from _deliberations(fetched, spec, door)
        case other:
            yield other


def _deliberations(fetched: Fetched, spec: SourceSpec, door: Door) -> Iterator[Outcome[Document]]:
    good = True
    for number, row in rows(decode(fetched.body, spec.encoding or fetched.charset), spec.address):
        outcome = _document(row, number, spec, door)
        good = good and isinstance(outcome, Done)
        yield outcome
    if good:
        door.learn(fetched, digest(fetched.body))


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


def _document(row: Mapping[str, str], number: int, spec: SourceSpec, door: Door) -> Outcome[Document]:
    here = SourceRef(source=spec.name, url=spec.address, key=f"line {number}")
    subject = re.sub(r"\s+", " ", row.get("DELIB_OBJET", "")).strip()
    if not subject:
        what = f"line {number} has no DELIB_OBJET."
        return Failed(ref=here, error=RowError(what, remedy="Fill it or drop the row.", slug="empty"))
    written = row.get("DELIB_DATE", "")
    published = dates.parse(written, door.settings.discourse.timezone)
    if published is None:
        what = f"line {number}: DELIB_DATE {written!r} is no date."
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
