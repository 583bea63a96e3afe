"""The faces that machines read: every figure as CSV and Parquet, the whole report as JSON with a published schema."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import lru_cache
from importlib import resources
from typing import Any

from discourse.records import LANGUAGES, PUBLISHERS, Figure
from discourse.report.value import ReportData, as_plain
from discourse.report.wording import Words

TEXTS = ("period", "task", "label", "group", "unit", "denominator", "method", "change", "versions")
COLUMNS = tuple(f.name for f in fields(Figure))
DIGITS = 6
"""Significant digits of shares, limits and counts in CSV, and in JSON for past weeks; Parquet has all of them."""
SCHEMA_ID = "urn:discourse:report:1"


def render_csv(data: ReportData, lang: str) -> Mapping[str, bytes]:
    """Return ``figures.csv``: one row a figure, with ``DIGITS`` significant digits; the same in every language."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_plain_rows(data))
    return {"figures.csv": out.getvalue().encode("utf-8")}


def _plain_rows(data: ReportData) -> Iterator[list[Any]]:
    for figure in data.figures:
        yield [_short(getattr(figure, name)) for name in COLUMNS]


def _short(value: Any) -> Any:
    """Return a number with ``DIGITS`` significant digits, whole numbers and everything else as they are."""
    if not isinstance(value, float) or value.is_integer():
        return value
    return float(f"{value:.{DIGITS}g}")


def render_parquet(data: ReportData, lang: str) -> Mapping[str, bytes]:
    """Return ``figures.parquet``, with the columns and order of ``figures.csv`` in full precision."""
    import polars as pl

    kinds: dict[str, Any] = dict.fromkeys(TEXTS, pl.String)
    kinds |= {"n": pl.Int64, "base_weeks": pl.Int64, "enough": pl.Boolean, "corrected": pl.Boolean}
    schema = {name: kinds.get(name, pl.Float64) for name in COLUMNS}
    values = {name: [getattr(f, name) for f in data.figures] for name in COLUMNS}
    out = io.BytesIO()
    pl.DataFrame(values, schema=schema, strict=False).write_parquet(out, compression="zstd")
    return {"figures.parquet": out.getvalue()}


def render_json(data: ReportData, lang: str) -> Mapping[str, bytes]:
    """Return ``report.json``, the same in every language, as ``schema.json`` describes it.

    It holds every figure of the week in full precision and, of past weeks, with ``DIGITS`` significant digits, those of
    all texts and of each kind of publisher; the figures of single sources in past weeks are in ``figures.csv``.
    """
    said = as_dict(data)
    return {"report.json": (json.dumps(said, ensure_ascii=False, separators=(",", ":")) + "\n").encode("utf-8")}


def as_dict(data: ReportData) -> dict[str, Any]:
    """Return the report as plain values, headline sentences in all five languages."""
    kept = [f for f in data.figures if f.period == data.week or f.group in ("all", *PUBLISHERS)]
    alike = ("city", "week", "first_day", "last_day", "languages", "ledger", "weeks", "coverage", "sides", "concerns",
             "terms", "council", "method", "rules", "breaks", "digest", "signature")  # fmt: skip
    return {
        "schema": SCHEMA_ID,
        "made": data.made.isoformat(),
        "status": "signed" if data.signature else "draft",
        **{name: as_plain(getattr(data, name)) for name in alike},
        "headline": [
            {"rule": s.key, **{lang: Words(lang).sentence(s, data) for lang in LANGUAGES}} for s in data.headline
        ],
        "figures": [_row(f, exact=f.period == data.week) for f in kept],
    }


def _row(figure: Figure, *, exact: bool) -> dict[str, Any]:
    row = {name: getattr(figure, name) for name in COLUMNS}
    return row if exact else {name: _short(value) for name, value in row.items()}


@lru_cache(maxsize=1)
def schema() -> dict[str, Any]:
    """Return the JSON Schema that every ``report.json`` obeys."""
    text = (resources.files("discourse.report") / "schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded
