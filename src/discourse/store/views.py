"""Columnar views: what measure, the report and notebooks read; one row a passage, one float column a label."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from sqlalchemy import select

from discourse import codebook
from discourse.store import schema

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from discourse.store import Store

COLUMNS: dict[str, Any] = {
    **dict.fromkeys(
        ("passage_id", "document_id", "story_id", "source", "kind", "lang", "published", "week"), pl.String
    ),
    **dict.fromkeys(("idx", "page"), pl.Int64),
    **dict.fromkeys(("model", "codebook", "voice_spans", "term_spans", "text", "context", "title", "url"), pl.String),
    **dict.fromkeys(("voices", "terms"), pl.List(pl.String)),
}
"""Every column of a view before the probabilities, in order."""


class PassageView:
    """A view of tagged passages, read when one of its forms is asked for.

    Columns: ``passage_id, document_id, story_id, source, kind, lang, published, week, idx, page, model, codebook``,
    ``voices`` (list of kinds), ``terms`` (list of terms outside quotations), ``relevance`` and ``task.label``
    probabilities; with ``text=True`` also ``text``, ``context``, ``title``, ``url``, and
    ``voice_spans`` and ``term_spans`` as the JSON lists that the tagger gave; with ``brief=True`` without
    ``lang, published, idx, page, terms``, of which no figure is made.
    """

    def __init__(
        self,
        store: Store,
        *,
        since: str | None = None,
        until: str | None = None,
        source: str | None = None,
        kind: str | None = None,
        lang: str | None = None,
        text: bool = False,
        brief: bool = False,
        ids: list[str] | None = None,
    ) -> None:
        self._store = store
        self._where = {"since": since, "until": until, "source": source, "kind": kind, "lang": lang}
        self._text, self._brief = text, brief and not text
        self._ids = ids

    def polars(self) -> pl.DataFrame:
        """Return the view as a polars frame."""
        d, p, t = schema.documents.c, schema.passages.c, schema.tags.c
        columns = [t.passage_id, t.document_id, d.story_id, d.source, d.kind, d.week, t.model, t.codebook, t.voices,
                   t.scores]  # fmt: skip
        if not self._brief:
            columns += [p.lang, d.published, p.idx, p.page, t.terms]
        if self._text:
            columns += [p.start, p.stop, p.context, d.title, d.url, d.text]
        query = select(*columns).select_from(
            schema.tags.join(schema.documents, d.id == t.document_id).join(schema.passages, p.id == t.passage_id)
        )
        where = self._where
        query = query.where(d.week >= where["since"]) if where["since"] else query
        query = query.where(d.week <= where["until"]) if where["until"] else query
        query = query.where(d.source == where["source"]) if where["source"] else query
        query = query.where(d.kind == where["kind"]) if where["kind"] else query
        query = query.where(p.lang == where["lang"]) if where["lang"] else query
        query = query.where(t.passage_id.in_(self._ids)) if self._ids is not None else query
        rows = self._store.rows(query if self._brief else query.order_by(d.seq, p.idx))
        values = list(zip(*rows, strict=True)) or [()] * len(columns)
        frame = self._frame({c.name: v for c, v in zip(columns, values, strict=True)})
        # a brief view may be a year of passages: sorted here it costs a third of what it costs in the database
        return frame.sort("passage_id") if self._brief else frame

    def arrow(self) -> pa.Table:
        """Return the view as an Arrow table."""
        return self.polars().to_arrow()

    def pandas(self) -> pd.DataFrame:
        """Return the view as a pandas frame."""
        return self.polars().to_pandas()

    def parquet(self, path: str | Path) -> Path:
        """Write the view to a Parquet file and return its path."""
        self.polars().write_parquet(path)
        return Path(path)

    def _frame(self, read: dict[str, Any]) -> pl.DataFrame:
        """Return a frame in the order of ``COLUMNS``, as far as they were read, from the values of each column."""
        read |= {"voice_spans": read["voices"], "voices": _kinds(read["voices"])}
        if "terms" in read:
            read |= {"term_spans": read["terms"], "terms": _outside(read["terms"])}
        if self._text:
            cuts = zip(read["text"], read["start"], read["stop"], strict=True)
            read["text"] = [text[start:stop] for text, start, stop in cuts]
        types = {n: kind for n, kind in COLUMNS.items() if n in read and (self._text or not n.endswith("_spans"))}
        frame = pl.DataFrame({n: read[n] for n in types}, schema=types)
        labels = codebook.load().columns()
        scores = np.frombuffer(b"".join(read["scores"]), dtype="<f4").reshape(-1, len(labels)).T.copy()
        return frame.with_columns([pl.Series(n, scores[i], dtype=pl.Float32) for i, n in enumerate(labels)])


def _kinds(spans: Sequence[str]) -> pl.Series:
    """Return the kinds of voice heard in each passage, sorted, from JSON lists of voices."""
    return _each_once(spans, {"voice": pl.String}, pl.element().struct.field("voice").unique().sort())


def _outside(spans: Sequence[str]) -> pl.Series:
    """Return the terms outside quotations of each passage, as they stand in it, from JSON lists of terms."""
    said = pl.element().struct
    outside = pl.element().filter(~said.field("quoted")).struct.field("term")
    return _each_once(spans, {"term": pl.String, "quoted": pl.Boolean}, outside)


def _each_once(spans: Sequence[str], fields: dict[str, Any], wanted: pl.Expr) -> pl.Series:
    """Return what is wanted of each JSON list of spans; lists that are alike, as the many empty ones, are read once."""
    given = pl.DataFrame({"said": spans}, schema={"said": pl.String})
    once = given.unique().with_columns(
        pl.col("said").str.json_decode(pl.List(pl.Struct(fields))).list.eval(wanted).alias("found")
    )
    return given.join(once, on="said", how="left", maintain_order="left")["found"]


def document_table(
    store: Store, *, since: str | None = None, until: str | None = None, brief: bool = False
) -> pl.DataFrame:
    """Return documents without their text: ``id, source, kind, published, week, story_id``, and, unless ``brief``,
    ``lang, title, url, version``.
    """
    d = schema.documents.c
    names = ["id", "source", "kind", "published", "week", "story_id"]
    names += [] if brief else ["lang", "title", "url", "version"]
    query = select(*(getattr(d, n) for n in names)).order_by(d.seq)
    query = query.where(d.week >= since) if since else query
    query = query.where(d.week <= until) if until else query
    columns = list(zip(*store.rows(query), strict=True)) or [()] * len(names)
    types = {n: pl.Int64 if n == "version" else pl.String for n in names}
    return pl.DataFrame(dict(zip(names, columns, strict=True)), schema=types)
