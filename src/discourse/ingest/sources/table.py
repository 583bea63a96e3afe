"""CSV, TSV and JSONL with a column mapping; one document a row; a bad row is one ``Failed`` and the rest is read."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

from discourse.config import SourceSpec
from discourse.errors import InputError, RowError
from discourse.ingest import dates
from discourse.ingest.door import Door
from discourse.ingest.draft import Draft, compose, document
from discourse.ingest.extract.text import decode
from discourse.ingest.identity import digest, fallback_key
from discourse.records import Document, Done, Failed, Fetched, Outcome, SourceRef

FIELDS = ("id", "title", "text", "published", "url", "lang")
GUESSES: dict[str, tuple[str, ...]] = {
    "id": ("id", "stories_id", "guid", "uid"),
    "title": ("title", "titre", "headline", "titel", "título", "titulo", "titolo"),
    "text": ("text", "body", "texte", "content", "contenu", "story_text", "texto", "testo"),
    "published": ("published", "date", "publish_date", "pub_date", "datum", "fecha", "data"),
    "url": ("url", "link", "lien", "address"),
    "lang": ("lang", "language", "langue"),
}
PRESETS: dict[str, dict[str, str]] = {
    "mediacloud": {"id": "id", "title": "title", "published": "publish_date", "url": "url", "lang": "language"},
    "mediacloud-2022": {"id": "stories_id", "title": "title", "published": "publish_date", "url": "url"},
    "europresse": {"title": "Titre", "text": "Texte", "published": "Date"},
    "factiva": {"id": "AN", "title": "HD", "text": "LP+TD", "published": "PD"},
}
"""Columns of well-known exports, chosen by ``preset``; two columns joined by ``+`` are read as one text."""
csv.field_size_limit(16_000_000)


def read(spec: SourceSpec, door: Door) -> Iterator[Outcome[Document]]:
    """Yield a document a row; raise ``InputError`` when the file cannot be read as a table at all."""
    ref = SourceRef(source=spec.name, url=spec.address)
    match door.fetch(ref):
        case Failed(error=error):
            raise error
        case Done(value=fetched):
            yield from _rows_as_documents(fetched, spec, door)
        case other:
            yield other


def _rows_as_documents(fetched: Fetched, spec: SourceSpec, door: Door) -> Iterator[Outcome[Document]]:
    good = True
    columns: Mapping[str, str] | None = None
    for number, row in rows(fetched, spec):
        if isinstance(row, RowError):
            good = False
            yield Failed(ref=_ref(spec, number), error=row)
            continue
        columns = columns or mapping(row, spec)
        outcome = _document(row, columns, number, spec, door)
        good = good and isinstance(outcome, Done)
        yield outcome
    if good:
        door.learn(fetched, digest(fetched.body))


def rows(fetched: Fetched, spec: SourceSpec) -> Iterator[tuple[int, Mapping[str, Any] | RowError]]:
    """Yield numbered rows of a table; the first line of data is 2 for CSV, 1 for JSONL."""
    text = decode(fetched.body, spec.encoding or fetched.charset)
    if not text.strip():
        raise RowError(f"{spec.address} is empty.", remedy="Check the export.", slug="empty")
    if spec.address.lower().endswith((".jsonl", ".ndjson", ".json")):
        yield from _json_rows(text)
    else:
        yield from _csv_rows(text, spec)


def _json_rows(text: str) -> Iterator[tuple[int, Mapping[str, Any] | RowError]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            row = None
        if isinstance(row, dict):
            yield number, row
        else:
            yield (
                number,
                RowError(f"line {number} is no JSON object.", remedy="Write one object a line.", slug="bad_row"),
            )


def _csv_rows(text: str, spec: SourceSpec) -> Iterator[tuple[int, Mapping[str, Any] | RowError]]:
    header = text.split("\n", 1)[0]
    delimiter = max(",;\t|", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        names = [n.strip().lstrip("\ufeff") for n in next(reader)]
        if len(names) < 2 and spec.columns:
            raise RowError(f"{spec.address} has one column only.", remedy="Check its delimiter.", slug="bad_table")
        for cells in reader:
            if not any(c.strip() for c in cells):
                continue
            if len(cells) != len(names):
                what = f"line {reader.line_num} has {len(cells)} cells, the header has {len(names)}."
                yield reader.line_num, RowError(what, remedy="Quote cells that hold the delimiter.", slug="bad_row")
                continue
            yield reader.line_num, dict(zip(names, cells, strict=True))
    except csv.Error as error:
        line = reader.line_num
        yield line, RowError(f"line {line} cannot be read ({error}).", remedy="Mend its quotes.", slug="bad_row")


def mapping(row: Mapping[str, Any], spec: SourceSpec) -> dict[str, str]:
    """Return our field -> the table's column: as the source says, then by usual names; raise when no text is found."""
    found: dict[str, str] = {}
    lower = {name.casefold(): name for name in row}
    for ours, theirs in {**_preset(spec), **spec.columns}.items():
        if ours not in FIELDS:
            raise RowError(f"unknown field {ours!r} in columns.", remedy=f"Known: {', '.join(FIELDS)}.", slug="columns")
        if theirs not in row and not all(name in row for name in theirs.split("+")):
            known = ", ".join(list(row)[:12])
            raise RowError(f"{spec.address} has no column {theirs!r}.", remedy=f"It has: {known}.", slug="columns")
        found[ours] = theirs
    for ours, guesses in GUESSES.items():
        if ours not in found:
            hit = next((lower[g] for g in guesses if g in lower), None)
            if hit is not None and hit not in found.values():
                found[ours] = hit
    if "text" not in found and "title" not in found:
        known = ", ".join(list(row)[:12])
        what = f"{spec.address} has no column for text or title (it has {known})."
        raise RowError(what, remedy='Name them: columns = { title = "…", text = "…" }.', slug="columns")
    return found


def _preset(spec: SourceSpec) -> dict[str, str]:
    name = spec.options.get("preset")
    if name is not None and name not in PRESETS:
        raise RowError(f"unknown preset {name!r}.", remedy=f"Known: {', '.join(PRESETS)}.", slug="columns")
    return PRESETS[name] if name is not None else {}


def _cell(row: Mapping[str, Any], column: str) -> str:
    names = [column] if column in row else column.split("+")
    return "\n\n".join(str(row[n]).strip() for n in names if row.get(n) is not None).strip()


def _ref(spec: SourceSpec, number: int) -> SourceRef:
    return SourceRef(source=spec.name, url=spec.address, key=f"line {number}")


def _document(
    row: Mapping[str, Any], columns: Mapping[str, str], number: int, spec: SourceSpec, door: Door
) -> Outcome[Document]:
    def cell(name: str) -> str:
        return _cell(row, columns[name]) if name in columns else ""

    title, body = cell("title"), cell("text")
    published = dates.parse(cell("published"), door.settings.discourse.timezone)
    if cell("published") and published is None:
        what = f"line {number}: {cell('published')!r} is no date."
        return Failed(ref=_ref(spec, number), error=RowError(what, remedy="Write 2026-11-16.", slug="bad_date"))
    text, parts = compose(title, [("paragraph", p) for p in body.split("\n\n")])
    if not text:
        error = RowError(f"line {number} holds no text.", remedy="Fill its text or leave it out.", slug="empty")
        return Failed(ref=_ref(spec, number), error=error)
    url = cell("url") or spec.address
    key = cell("id") or cell("url") or fallback_key(published, title, body)
    ref = SourceRef(source=spec.name, url=url, key=key, published=published, title=title)
    draft = Draft(title=title, text=text, parts=parts, extractor="table", lang=cell("lang") or None)
    try:
        return document(draft, ref, door)
    except InputError as error:
        return Failed(ref=ref, error=error)
