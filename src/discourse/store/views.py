"""Columnar views: what measure, the report and notebooks read; one row a passage, one float column a label."""

from __future__ import annotations

import json
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


class PassageView:
    """A view of tagged passages, read when one of its forms is asked for.

    Columns: ``passage_id, document_id, story_id, source, kind, lang, published, week, idx, page, model, codebook``,
    ``voices`` (list of kinds), ``terms`` (list of terms outside quotations), ``relevance`` and ``task.label``
    probabilities; with ``text=True`` also ``text``, ``context``, ``title``, ``url``, and
    ``voice_spans`` and ``term_spans`` as the JSON lists that the tagger gave.
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
        ids: list[str] | None = None,
    ) -> None:
        self._store = store
        self._where = {"since": since, "until": until, "source": source, "kind": kind, "lang": lang}
        self._text = text
        self._ids = ids

    def polars(self) -> pl.DataFrame:
        """Return the view as a polars frame."""
        d, p, t = schema.documents.c, schema.passages.c, schema.tags.c
        columns = [
            t.passage_id, t.document_id, d.story_id, d.source, d.kind, p.lang, d.published, d.week, p.idx, p.page,
            t.model, t.codebook, t.voices, t.terms, t.scores,
        ]  # fmt: skip
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
        return self._frame(self._store.rows(query.order_by(d.seq, p.idx)))

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

    def _frame(self, rows: list[Any]) -> pl.DataFrame:
        names = ["passage_id", "document_id", "story_id", "source", "kind", "lang", "published", "week", "idx", "page",
                 "model", "codebook"]  # fmt: skip
        types: dict[str, Any] = {n: pl.Int64 if n in ("idx", "page") else pl.String for n in names}
        data: dict[str, Any] = {n: [r[i] for r in rows] for i, n in enumerate(names)}
        data["voices"] = [sorted({v["voice"] for v in json.loads(r[12])}) if r[12] != "[]" else [] for r in rows]
        data["terms"] = [
            [x["term"] for x in json.loads(r[13]) if not x["quoted"]] if r[13] != "[]" else [] for r in rows
        ]
        if self._text:
            data |= {"voice_spans": [r[12] for r in rows], "term_spans": [r[13] for r in rows]}
            types |= {"voice_spans": pl.String, "term_spans": pl.String}
            data["text"] = [r[20][r[15] : r[16]] for r in rows]
            data |= {"context": [r[17] for r in rows], "title": [r[18] for r in rows], "url": [r[19] for r in rows]}
            types |= {"text": pl.String, "context": pl.String, "title": pl.String, "url": pl.String}
        types |= {"voices": pl.List(pl.String), "terms": pl.List(pl.String)}
        frame = pl.DataFrame(data, schema=types)
        columns = codebook.load().columns()
        scores = np.frombuffer(b"".join(r[14] for r in rows), dtype="<f4").reshape(len(rows), len(columns))
        return frame.with_columns([pl.Series(n, scores[:, i], dtype=pl.Float32) for i, n in enumerate(columns)])


def document_table(store: Store, *, since: str | None = None, until: str | None = None) -> pl.DataFrame:
    """Return documents without their text: ``id, source, kind, lang, published, week, story_id, title, url``."""
    d = schema.documents.c
    names = ["id", "source", "kind", "lang", "published", "week", "story_id", "title", "url", "version"]
    query = select(*(getattr(d, n) for n in names)).order_by(d.seq)
    query = query.where(d.week >= since) if since else query
    query = query.where(d.week <= until) if until else query
    rows = store.rows(query)
    types = {n: pl.Int64 if n == "version" else pl.String for n in names}
    return pl.DataFrame({n: [r[i] for r in rows] for i, n in enumerate(names)}, schema=types)
