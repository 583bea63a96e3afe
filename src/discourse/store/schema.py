"""The tables. Times are ISO 8601 text in UTC, so that they sort, compare and look the same on SQLite and PostgreSQL."""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, Integer, LargeBinary, MetaData, String, Table, Text

metadata = MetaData()

meta = Table("meta", metadata, Column("key", String, primary_key=True), Column("value", Text, nullable=False))

documents = Table(
    "documents",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("id", String, nullable=False, unique=True),
    Column("source", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("url", Text, nullable=False),
    Column("native_key", Text),
    Column("title", Text, nullable=False),
    Column("published", String),
    Column("week", String),
    Column("lang", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("parts", Text, nullable=False),
    Column("meta", Text, nullable=False),
    Column("provenance", Text, nullable=False),
    Column("content_hash", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("story_id", String),
    Column("tagged_by", String),
    Index("documents_week", "week"),
    Index("documents_source_week", "source", "week"),
    Index("documents_url", "url"),
    Index("documents_tagged_by", "tagged_by"),
    Index("documents_story", "story_id"),
)

versions = Table(
    "versions",
    metadata,
    Column("document_id", String, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("url", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("published", String),
    Column("text", Text, nullable=False),
    Column("provenance", Text, nullable=False),
    Column("content_hash", String, nullable=False),
)
"""Superseded versions only; the current one stands in ``documents``."""

passages = Table(
    "passages",
    metadata,
    Column("id", String, primary_key=True),
    Column("document_id", String, nullable=False),
    Column("idx", Integer, nullable=False),
    Column("start", Integer, nullable=False),
    Column("stop", Integer, nullable=False),
    Column("page", Integer),
    Column("lang", String, nullable=False),
    Column("context", Text),
    Index("passages_document", "document_id"),
)

tags = Table(
    "tags",
    metadata,
    Column("passage_id", String, primary_key=True),
    Column("document_id", String, nullable=False),
    Column("model", String, nullable=False),
    Column("codebook", String, nullable=False),
    Column("relevance", Float, nullable=False),
    Column("scores", LargeBinary, nullable=False),
    Column("voices", Text, nullable=False),
    Column("terms", Text, nullable=False),
    Column("warning", Text),
    Index("tags_document", "document_id"),
)
"""``scores``: little-endian float32, in the order of ``Codebook.columns()``."""

items = Table(
    "items",
    metadata,
    Column("source", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("week", String, nullable=False),
    Column("outcome", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("detail", Text, nullable=False),
    Index("items_week", "week"),
)
"""What was seen and not kept (skipped, failed): one row an item, gone once the item is kept."""

addresses = Table(
    "addresses",
    metadata,
    Column("source", String, primary_key=True),
    Column("url", String, primary_key=True),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("content_hash", String),
    Column("checked", String, nullable=False),
)
"""What is needed to ask an address politely again, or to see that a file has not changed."""

labels = Table(
    "labels",
    metadata,
    Column("passage_id", String, primary_key=True),
    Column("task", String, primary_key=True),
    Column("annotator", String, primary_key=True),
    Column("value", Text, nullable=False),
    Column("sample", String, nullable=False),
    Column("probability", Float),
    Column("codebook", String, nullable=False),
    Column("made", String, nullable=False),
)
"""What people read: ``value`` is a JSON list of labels, ``probability`` that of being drawn into ``sample``."""

runs = Table(
    "runs",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("command", String, nullable=False),
    Column("week", String),
    Column("started", String, nullable=False),
    Column("finished", String),
    Column("exit_code", Integer),
    Column("counts", Text, nullable=False),
    Column("messages", Text, nullable=False),
)

decisions = Table(
    "decisions",
    metadata,
    Column("kind", String, primary_key=True),
    Column("subject", String, primary_key=True),
    Column("value", Text, nullable=False),
    Column("by", String, nullable=False),
    Column("made", String, nullable=False),
)
"""What a named person decided, on record: a signature under a report, an overruled advice."""
