"""What we keep: documents with versions, passages, tags, human labels, runs. SQL lives here and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import Connection, Engine, Select, create_engine, delete, event, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError

from discourse import codebook
from discourse.errors import StoreError, StoreFull
from discourse.records import Document, Part, Passage, Provenance, Tags, iso_week
from discourse.runlog import RunLog
from discourse.store import migrations, schema, search

if TYPE_CHECKING:
    from discourse.store.views import PassageView

__all__ = ["Address", "Item", "Kept", "Known", "Store", "open_read_only", "open_store"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """What the store knows of a document without its text: enough to decide new, changed or unchanged."""

    id: str
    source: str
    url: str
    content_hash: str
    version: int
    story_id: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """A decision to keep a document: as new, or as a changed version of one that is known."""

    document: Document
    content_hash: str
    changed: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """Something seen and not kept: ``outcome`` is ``skipped`` or ``failed``, ``reason`` a slug."""

    source: str
    key: str
    week: str
    outcome: str
    reason: str
    detail: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """What an address answered last time."""

    source: str
    url: str
    checked: datetime
    etag: str | None = None
    last_modified: str | None = None
    content_hash: str | None = None


def open_store(url: str) -> Store:
    """Open a store for writing, creating it or bringing it up to date.

    ``url`` is ``sqlite:///FILE`` or ``postgresql+psycopg://…``. Raises ``StoreError`` or ``StoreFull``.
    """
    engine = _engine(url, read_only=False)
    with _named(url), engine.begin() as connection:
        migrations.migrate(connection)
    return Store(engine, url)


def open_read_only(where: str | Path) -> Store:
    """Open a store for reading beside a running batch: a file, a folder with ``discourse.db``, or a URL."""
    url = str(where)
    if "://" not in url:
        path = Path(url)
        url = f"sqlite:///{path / 'discourse.db' if path.is_dir() else path}"
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).is_file():
        raise StoreError(
            f"there is no store at {url.removeprefix('sqlite:///')}.", remedy="Run `discourse run` to make one."
        )
    engine = _engine(url, read_only=True)
    with _named(url), engine.connect() as connection:
        have = migrations.version(connection)
    if have != len(migrations.STEPS):
        raise StoreError(f"the store has schema {have}, not {len(migrations.STEPS)}.", remedy="Run `discourse run`.")
    return Store(engine, url, read_only=True)


def _engine(url: str, *, read_only: bool) -> Engine:
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() != "sqlite":
            options = {"options": "-c default_transaction_read_only=on"} if read_only else {}
            return create_engine(parsed, pool_pre_ping=True, connect_args=options)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise StoreError(
            f"{url!r} is not an address of a store this installation can open: {error}.",
            remedy="Write sqlite:///FILE, or install discourse[postgres] for postgresql+psycopg://.",
        ) from error
    file = parsed.database or ""
    if not file:
        raise StoreError("an in-memory store would be lost.", remedy="Write sqlite:///FILE.")
    if read_only:
        engine = create_engine(f"sqlite:///file:{Path(file).resolve()}?mode=ro&uri=true", connect_args={"timeout": 30})
    else:
        engine = create_engine(parsed, connect_args={"timeout": 30})
    event.listen(engine, "connect", _pragmas_read if read_only else _pragmas_write)
    event.listen(engine, "begin", _begin_deferred if read_only else _begin_immediate)
    return engine


def _pragmas_write(connection: Any, _: Any) -> None:
    connection.isolation_level = None
    kept = ("journal_mode=WAL", "synchronous=FULL", "temp_store=MEMORY", "cache_size=-65536")
    for pragma in (*kept, "secure_delete=ON"):  # what is dropped leaves no trace in the file
        connection.execute(f"PRAGMA {pragma}").close()


def _pragmas_read(connection: Any, _: Any) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA query_only=ON").close()


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_deferred(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


@contextmanager
def _named(url: str) -> Iterator[None]:
    """Give database errors their place in the tree: what happened, and what to do."""
    try:
        yield
    except (OperationalError, DBAPIError) as error:
        said = str(error.orig).splitlines()[0] if error.orig else str(error)
        where = make_url(url).render_as_string(hide_password=True)
        if "disk is full" in said or "No space left" in said or "disk I/O" in said:
            raise StoreFull(
                f"no room left to write {where} ({said}).", remedy="Free some space; nothing half-written was kept."
            ) from error
        if "readonly" in said or "unable to open" in said:
            raise StoreError(
                f"{where} cannot be written ({said}).", remedy="Check the folder's permissions."
            ) from error
        if "not a database" in said or "malformed" in said:
            raise StoreError(
                f"{where} is damaged or not a store ({said}).", remedy="Restore a copy, or name another file."
            ) from error
        raise StoreError(f"{where}: {said}.", remedy="Check that the database answers.") from error


class Store:
    """One store. Every write is one transaction: it is there whole or not at all."""

    def __init__(self, engine: Engine, url: str, *, read_only: bool = False) -> None:
        self._engine = engine
        self.url = url
        self.read_only = read_only

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        if self.read_only:
            raise StoreError("this store was opened for reading.", remedy="Use open_store to write.")
        with _named(self.url), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        with _named(self.url), self._engine.connect() as connection:
            yield connection

    def _upsert(self, connection: Connection, table: Any, rows: Sequence[Mapping[str, Any]], keys: list[str]) -> None:
        if not rows:
            return
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        statement = dialect.insert(table)
        names = [c.name for c in table.columns if c.name in rows[0] and c.name not in keys]
        statement = statement.on_conflict_do_update(
            index_elements=keys, set_={name: statement.excluded[name] for name in names}
        )
        connection.execute(statement, list(rows))

    # -- documents ----------------------------------------------------------------------------------------------------

    def known(self, ids: Sequence[str]) -> dict[str, Known]:
        """Return what is known of some documents, by id."""
        d = schema.documents.c
        columns = (d.id, d.source, d.url, d.content_hash, d.version, d.story_id)
        out: dict[str, Known] = {}
        with self._read() as connection:
            for at in range(0, len(ids), 500):
                for row in connection.execute(select(*columns).where(d.id.in_(ids[at : at + 500]))):
                    out[row.id] = Known(**row._mapping)
        return out

    def keep(self, kept: Sequence[Kept], items: Sequence[Item] = (), addresses: Sequence[Address] = ()) -> None:
        """Write one batch: new documents, changed versions, and what was seen but not kept; all or nothing."""
        with self._write() as connection:
            for one in kept:
                if one.changed:
                    self._replace(connection, one)
            fresh = [_document_row(one, 1) for one in kept if not one.changed]
            if fresh:
                connection.execute(insert(schema.documents), fresh)
            self._index(connection, [one.document for one in kept])
            for one in kept:
                key = one.document.native_key or one.document.url
                i = schema.items.c
                connection.execute(delete(schema.items).where(i.source == one.document.source, i.key == key))
            self._upsert(connection, schema.items, [asdict(i) for i in _last(items)], ["source", "key"])
            rows = [{**asdict(a), "checked": _iso(a.checked)} for a in addresses]
            self._upsert(connection, schema.addresses, rows, ["source", "url"])

    def _replace(self, connection: Connection, one: Kept) -> None:
        d = schema.documents
        old = connection.execute(select(d).where(d.c.id == one.document.id)).one()
        connection.execute(
            insert(schema.versions),
            {
                "document_id": old.id,
                **{k: old._mapping[k] for k in ("version", "url", "title", "published", "text", "provenance")},
                "content_hash": old.content_hash,
            },
        )
        search.remove(connection, [(old.seq, " ".join(search.stems(f"{old.title}\n{old.text}", old.lang)))])
        self._drop_passages(connection, [old.id])
        row = _document_row(one, old.version + 1)
        connection.execute(update(d).where(d.c.id == old.id).values(**row, tagged_by=None, story_id=None))

    def _drop_passages(self, connection: Connection, ids: Sequence[str]) -> None:
        for table in (schema.tags, schema.passages):
            connection.execute(delete(table).where(table.c.document_id.in_(ids)))

    def _index(self, connection: Connection, documents: Sequence[Document]) -> None:
        ids = [d.id for d in documents]
        d = schema.documents.c
        seq = {r.id: r.seq for r in connection.execute(select(d.id, d.seq).where(d.id.in_(ids)))} if ids else {}
        search.add(connection, [(seq[x.id], " ".join(search.stems(f"{x.title}\n{x.text}", x.lang))) for x in documents])

    def addresses(self, source: str) -> dict[str, Address]:
        """Return what each address of a source answered last time."""
        a = schema.addresses
        with self._read() as connection:
            rows = connection.execute(select(a).where(a.c.source == source)).mappings().all()
        return {r["url"]: Address(**{**r, "checked": datetime.fromisoformat(r["checked"])}) for r in rows}

    def documents(
        self,
        *,
        ids: Sequence[str] | None = None,
        since: str | None = None,
        until: str | None = None,
        kind: str | None = None,
        chunk: int = 500,
    ) -> Iterator[Document]:
        """Yield current documents in a stable order; ``since``/``until`` are ISO weeks, both included."""
        d = schema.documents
        query = select(d).order_by(d.c.seq)
        if ids is not None:
            query = query.where(d.c.id.in_(ids))
        query = _between(query, since, until)
        if kind:
            query = query.where(d.c.kind == kind)
        yield from self._paged(query, chunk)

    def untagged(self, model: str, *, chunk: int = 64) -> Iterator[list[Document]]:
        """Yield batches of documents that this model (name, version and codebook) has not tagged yet.

        Those whose text was dropped stay with what was said of them.
        """
        d = schema.documents
        last = 0
        while True:
            query = (
                select(d)
                .where((d.c.tagged_by.is_(None)) | (d.c.tagged_by != model), d.c.seq > last, d.c.text != "")
                .order_by(d.c.seq)
                .limit(chunk)
            )
            with self._read() as connection:
                rows = connection.execute(query).mappings().all()
            if not rows:
                return
            last = rows[-1]["seq"]
            yield [_document(r) for r in rows]

    def count_untagged(self, model: str) -> int:
        """Return how many documents this model has not tagged yet."""
        d = schema.documents.c
        query = select(func.count()).where((d.tagged_by.is_(None)) | (d.tagged_by != model), d.text != "")
        with self._read() as connection:
            return int(connection.execute(query).scalar_one())

    def _paged(self, query: Select[Any], chunk: int) -> Iterator[Document]:
        last = 0
        while True:
            with self._read() as connection:
                part = query.where(schema.documents.c.seq > last).limit(chunk)
                rows = connection.execute(part).mappings().all()
            if not rows:
                return
            last = rows[-1]["seq"]
            for row in rows:
                yield _document(row)

    # -- tags and stories ---------------------------------------------------------------------------------------------

    def write_tags(self, model: str, tagged: Sequence[tuple[str, Sequence[Passage], Sequence[Tags]]]) -> None:
        """Write the passages and tags of some documents, replacing what another model had said; one transaction."""
        columns = codebook.load().columns()
        ids = [document_id for document_id, _, _ in tagged]
        passages = [_passage_row(p) for _, found, _ in tagged for p in found]
        tags = [_tags_row(document_id, t, columns) for document_id, _, said in tagged for t in said]
        with self._write() as connection:
            self._drop_passages(connection, ids)
            if passages:
                connection.execute(insert(schema.passages), passages)
            if tags:
                connection.execute(insert(schema.tags), tags)
            d = schema.documents
            connection.execute(update(d).where(d.c.id.in_(ids)).values(tagged_by=model))

    def write_stories(self, stories: Mapping[str, str]) -> int:
        """Set the story of documents; return how many changed."""
        d = schema.documents
        with self._write() as connection:
            have = {r.id: r.story_id for r in connection.execute(select(d.c.id, d.c.story_id))}
            changed = [(k, v) for k, v in stories.items() if k in have and have[k] != v]
            for document_id, story_id in changed:
                connection.execute(update(d).where(d.c.id == document_id).values(story_id=story_id))
        return len(changed)

    # -- what a report needs to know ----------------------------------------------------------------------------------

    def items(self, *, since: str | None = None, until: str | None = None) -> list[Item]:
        """Return what was seen and not kept in some weeks."""
        i = schema.items
        query = select(i).order_by(i.c.source, i.c.key)
        query = query.where(i.c.week >= since) if since else query
        query = query.where(i.c.week <= until) if until else query
        with self._read() as connection:
            return [Item(**r) for r in connection.execute(query).mappings()]

    def weeks(self) -> list[str]:
        """Return the ISO weeks that have documents, in order."""
        d = schema.documents.c
        with self._read() as connection:
            return [
                w for (w,) in connection.execute(select(d.week).where(d.week.is_not(None)).distinct().order_by(d.week))
            ]

    def passages(self, **where: Any) -> PassageView:
        """Return a columnar view of tagged passages: ``.arrow()``, ``.polars()``, ``.pandas()``, ``.parquet(path)``.

        Filters: ``since``, ``until`` (ISO weeks, both included), ``source``, ``kind``, ``lang``; with more columns by
        ``text=True``, with fewer by ``brief=True``.
        """
        from discourse.store.views import PassageView

        return PassageView(self, **where)

    def document_table(self, *, since: str | None = None, until: str | None = None, brief: bool = False) -> Any:
        """Return a polars frame of documents without their text, one row each; fewer columns with ``brief``."""
        from discourse.store.views import document_table

        return document_table(self, since=since, until=until, brief=brief)

    def rows(self, query: Select[Any]) -> list[Any]:
        """Return the rows of a query; for the views of this package."""
        with self._read() as connection:
            return list(connection.execute(query).all())

    # -- people -------------------------------------------------------------------------------------------------------

    def write_labels(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write human readings: ``passage_id, task, annotator, value (list), sample, probability, codebook, made``."""
        ready = [{**r, "value": json.dumps(sorted(r["value"])), "made": _iso(r["made"])} for r in rows]
        with self._write() as connection:
            self._upsert(connection, schema.labels, ready, ["passage_id", "task", "annotator"])

    def labels(self, *, sample: str | None = None) -> list[dict[str, Any]]:
        """Return human readings, all or those of one sample."""
        table = schema.labels
        query = select(table).order_by(table.c.passage_id, table.c.task, table.c.annotator)
        query = query.where(table.c.sample == sample) if sample else query
        with self._read() as connection:
            return [{**r, "value": json.loads(r["value"])} for r in connection.execute(query).mappings()]

    def decide(self, kind: str, subject: str, value: Mapping[str, Any], *, by: str, made: datetime) -> None:
        """Put on record what a named person decided."""
        row = {
            "kind": kind,
            "subject": subject,
            "value": json.dumps(value, sort_keys=True),
            "by": by,
            "made": _iso(made),
        }
        with self._write() as connection:
            self._upsert(connection, schema.decisions, [row], ["kind", "subject"])

    def decisions(self, kind: str) -> dict[str, dict[str, Any]]:
        """Return what people decided, by subject: ``value``, ``by``, ``made``."""
        table = schema.decisions
        with self._read() as connection:
            rows = connection.execute(select(table).where(table.c.kind == kind)).mappings().all()
        return {r["subject"]: {"value": json.loads(r["value"]), "by": r["by"], "made": r["made"]} for r in rows}

    # -- runs, search, counts -----------------------------------------------------------------------------------------

    def write_run(self, log: RunLog) -> None:
        """Write one finished run."""
        said = log.as_json()
        row = {**said, "counts": json.dumps(said["counts"], sort_keys=True), "messages": json.dumps(said["messages"])}
        with self._write() as connection:
            connection.execute(insert(schema.runs), row)

    def runs(self, limit: int = 20) -> list[dict[str, Any]]:
        """Return the last runs, newest first."""
        table = schema.runs
        with self._read() as connection:
            rows = connection.execute(select(table).order_by(table.c.id.desc()).limit(limit)).mappings().all()
        return [{**r, "counts": json.loads(r["counts"]), "messages": json.loads(r["messages"])} for r in rows]

    def search(self, words: str, *, limit: int = 20, **where: str | None) -> list[search.Hit]:
        """Return documents that hold all words, accents and inflection aside, newest first."""
        with self._read() as connection:
            languages = [x for (x,) in connection.execute(select(schema.documents.c.lang).distinct())]
            return search.find(connection, words, languages=languages, where=where, limit=limit)

    def counts(self) -> dict[str, Any]:
        """Return what is in the store: numbers of everything, first and last week, sources."""
        d = schema.documents.c
        with self._read() as connection:
            tables = (schema.documents, schema.versions, schema.passages, schema.tags, schema.items, schema.labels)
            out: dict[str, Any] = {
                t.name: connection.execute(select(func.count()).select_from(t)).scalar_one() for t in tables
            }
            first, last = connection.execute(select(func.min(d.week), func.max(d.week))).one()
            out |= {"first_week": first, "last_week": last}
            per = connection.execute(
                select(d.source, func.count(), func.max(d.published)).group_by(d.source).order_by(d.source)
            )
            out["sources"] = [{"source": s, "documents": n, "last": last_seen} for s, n, last_seen in per]
        return out

    def forget_before(
        self, day: str, *, sources: Sequence[str] | None = None, spared: Sequence[str] = (), tagged: bool = False
    ) -> int:
        """Drop the text of documents published before an ISO day (retention); return how many. Figures stay.

        ``sources`` are looked at, by default all but those ``spared``; with ``tagged``, only what a model has read.
        """
        d = schema.documents
        query = select(d).where(d.c.published < day, d.c.text != "", d.c.source.not_in(spared)).limit(500)
        query = query.where(d.c.source.in_(sources)) if sources is not None else query
        query = query.where(d.c.tagged_by.is_not(None)) if tagged else query
        count = 0
        while True:
            with self._write() as connection:
                old = connection.execute(query).mappings().all()
                self._empty(connection, old)
                self._empty_readings(connection, [row["id"] for row in old])
            if not old:
                return count
            count += len(old)

    def _empty_readings(self, connection: Connection, ids: Sequence[str]) -> None:
        """Drop what was kept of documents' words beside their text: former versions, titles as context, speakers."""
        v, p, t = schema.versions, schema.passages, schema.tags
        connection.execute(update(v).where(v.c.document_id.in_(ids)).values(text="", title=""))
        connection.execute(update(p).where(p.c.document_id.in_(ids)).values(context=None))
        spoken = select(t.c.passage_id, t.c.voices).where(t.c.document_id.in_(ids), t.c.voices != "[]")
        for row in connection.execute(spoken).all():
            voices = [{**voice, "speaker": None, "cue": None} for voice in json.loads(row.voices)]
            connection.execute(update(t).where(t.c.passage_id == row.passage_id).values(voices=_dump(voices)))

    def withdraw(self, source: str, keys: Sequence[str]) -> int:
        """Drop the text of what a source has deleted: documents by their key, and the files of a paper or meeting."""
        d = schema.documents
        with self._write() as connection:
            mine = select(d).where(d.c.source == source, d.c.text != "")
            old: dict[int, Any] = {}
            for key in keys:
                pairs = [d.c.meta.contains(_dump([name, key]), autoescape=True) for name in ("paper", "meeting")]
                hit = or_(d.c.native_key == key, *pairs)
                old |= {row["seq"]: row for row in connection.execute(mine.where(hit)).mappings()}
            self._empty(connection, list(old.values()))
            for row in old.values():
                v, same = schema.versions, d.c.seq == row["seq"]
                connection.execute(update(v).where(v.c.document_id == row["id"]).values(text="", title=""))
                connection.execute(update(d).where(same).values(content_hash=""))
        return len(old)

    def _empty(self, connection: Connection, rows: Sequence[Any]) -> None:
        d = schema.documents
        for row in rows:
            search.remove(
                connection, [(row["seq"], " ".join(search.stems(f"{row['title']}\n{row['text']}", row["lang"])))]
            )
            connection.execute(update(d).where(d.c.seq == row["seq"]).values(text="", parts="[]", title=""))


def _between(query: Select[Any], since: str | None, until: str | None) -> Select[Any]:
    week = schema.documents.c.week
    query = query.where(week >= since) if since else query
    return query.where(week <= until) if until else query


def _last(items: Sequence[Item]) -> Iterable[Item]:
    return {(i.source, i.key): i for i in items}.values()


def _iso(value: datetime) -> str:
    return value.isoformat()


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


def _document_row(one: Kept, version: int) -> dict[str, Any]:
    x = one.document
    provenance = asdict(x.provenance) | {"retrieved": _iso(x.provenance.retrieved)}
    return {
        "id": x.id,
        "source": x.source,
        "kind": x.kind,
        "url": x.url,
        "native_key": x.native_key,
        "title": x.title,
        "published": _iso(x.published) if x.published else None,
        "week": iso_week(x.published) if x.published else None,
        "lang": x.lang,
        "text": x.text,
        "parts": _dump([{k: v for k, v in asdict(p).items() if v is not None} for p in x.parts]),
        "meta": _dump(x.meta),
        "provenance": _dump(provenance),
        "content_hash": one.content_hash,
        "version": version,
    }


def _document(row: Any) -> Document:
    said = json.loads(row["provenance"])
    said["retrieved"] = datetime.fromisoformat(said["retrieved"])
    return Document(
        id=row["id"],
        source=row["source"],
        url=row["url"],
        title=row["title"],
        published=datetime.fromisoformat(row["published"]) if row["published"] else None,
        lang=row["lang"],
        kind=row["kind"],
        text=row["text"],
        parts=tuple(Part(**p) for p in json.loads(row["parts"])),
        provenance=Provenance(**said),
        native_key=row["native_key"],
        meta=tuple((k, v) for k, v in json.loads(row["meta"])),
    )


def _passage_row(p: Passage) -> dict[str, Any]:
    return {
        "id": p.id,
        "document_id": p.document_id,
        "idx": p.index,
        "start": p.start,
        "stop": p.end,
        "page": p.page,
        "lang": p.lang,
        "context": p.context,
    }


def _tags_row(document_id: str, t: Tags, columns: Sequence[str]) -> dict[str, Any]:
    flat = {"relevance": t.relevance} | {f"{task}.{k}": v for task, said in t.scores.items() for k, v in said.items()}
    scores = np.array([flat[name] for name in columns], dtype="<f4")
    return {
        "passage_id": t.id,
        "document_id": document_id,
        "model": t.model,
        "codebook": t.codebook,
        "relevance": float(t.relevance),
        "scores": scores.tobytes(),
        "voices": _dump([asdict(v) for v in t.voices]),
        "terms": _dump([asdict(x) for x in t.terms]),
        "warning": t.warning,
    }
