"""Find a piece by kind and name without importing it: built-in table first, then installed entry points."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from discourse.errors import UsageError

_SOURCES = "discourse.ingest.sources"
_EXTRACT = "discourse.ingest.extract"
_FACES = "discourse.report"

BUILT_IN: dict[str, dict[str, str]] = {
    # kind of source -> callable(spec, door) -> iterator of outcomes
    "sources": {
        "folder": f"{_SOURCES}.folder:read",
        "feed": f"{_SOURCES}.feed:read",
        "scdl": f"{_SOURCES}.scdl:read",
        "table": f"{_SOURCES}.table:read",
        "sitemap": f"{_SOURCES}.sitemap:read",
        "pages": f"{_SOURCES}.pages:read",
        "warc": f"{_SOURCES}.warc:read",
        "oparl": f"{_SOURCES}.oparl:read",
        "legistar": f"{_SOURCES}.legistar:read",
        "moderngov": f"{_SOURCES}.moderngov:read",
        "akoma_ntoso": f"{_SOURCES}.akoma_ntoso:read",
        "tei": f"{_SOURCES}.tei:read",
    },
    # media type family -> callable(fetched) -> list of drafts
    "extractors": {
        "html": f"{_EXTRACT}.html:extract",
        "pdf": f"{_EXTRACT}.pdf:extract",
        "text": f"{_EXTRACT}.text:extract",
        "docx": f"{_EXTRACT}.docx:extract",
        "odt": f"{_EXTRACT}.odt:extract",
        "xml": f"{_SOURCES}.markup:extract",
        "akoma_ntoso": f"{_SOURCES}.akoma_ntoso:extract",
        "tei": f"{_SOURCES}.tei:extract",
    },
    # face of a report -> callable(report_data, language) -> bytes by file name
    "faces": {
        "html": f"{_FACES}.html:render",
        "json": f"{_FACES}.tables:render_json",
        "csv": f"{_FACES}.tables:render_csv",
        "parquet": f"{_FACES}.tables:render_parquet",
        "pdf": f"{_FACES}.pdf:render",
        "docx": f"{_FACES}.word:render",
        "mail": f"{_FACES}.mail:render",
        "markdown": f"{_FACES}.markdown:render",
    },
}

ALIKE = frozenset({"json", "csv", "parquet"})
"""Built-in faces that are the same in every language: a report in several languages has them made once."""


def names(kind: str) -> list[str]:
    """Return every known name of a kind, built in or installed."""
    return sorted(set(BUILT_IN.get(kind, {})) | _installed(kind))


@cache
def _installed(kind: str) -> frozenset[str]:
    """Return the names that other packages bring; looking takes milliseconds, so a process looks once."""
    return frozenset(point.name for point in entry_points(group=f"discourse.{kind}"))


def find(kind: str, name: str) -> Any:
    """Return the object registered for a name, importing its module now.

    Raises ``UsageError`` with the nearest known name when there is none.
    """
    target = BUILT_IN.get(kind, {}).get(name)
    if target is None:
        for point in entry_points(group=f"discourse.{kind}", name=name):
            return point.load()
        near = get_close_matches(name, names(kind), n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(names(kind))}."
        raise UsageError(f"no {kind} named {name!r}.", remedy=hint)
    module, attr = target.split(":")
    return getattr(import_module(module), attr)
