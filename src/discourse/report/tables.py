"""Every figure as data: CSV for a spreadsheet, JSON for a program, Parquet for a notebook."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import asdict, fields

from discourse.records import Figure
from discourse.report.value import ReportData

SCHEMA = "https://json-schema.org/draft/2020-12/schema"


def render_csv(data: ReportData, lang: str) -> Mapping[str, bytes]:
    """Return ``figures.csv``: a row a figure, the same in every language."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, fieldnames=[f.name for f in fields(Figure)], lineterminator="\n")
    writer.writeheader()
    for figure in data.figures:
        writer.writerow(asdict(figure))
    return {"figures.csv": out.getvalue().encode("utf-8")}


def render_json(data: ReportData, lang: str) -> Mapping[str, bytes]:
    """Return ``report.json``: the whole report value."""
    said = {
        "schema": "discourse-report-1",
        "city": data.city,
        "week": data.week,
        "first_day": data.first_day.isoformat(),
        "last_day": data.last_day.isoformat(),
        "made": data.made.isoformat(),
        "signed_by": data.signed_by,
        "signed_on": data.signed_on,
        "digest": data.digest,
        "headline": [{"key": s.key, "values": _plain(s.values)} for s in data.headline],
        "ledger": [asdict(r) for r in data.ledger],
        "figures": [asdict(f) for f in data.figures],
        "both_sides": {
            "supportive": [asdict(q) for q in data.supportive],
            "critical": [asdict(q) for q in data.critical],
        },
        "concerns": [
            {
                "concern": c.name,
                "advice": asdict(c.advice),
                "figure": asdict(c.figure),
                "quotes": [asdict(q) for q in c.quotes],
                "cards": list(c.cards),
                "gap": c.gap,
            }
            for c in data.concerns
        ],
        "words": [{"term": t, "passages": n, "shown": [asdict(q) for q in quotes]} for t, _, n, quotes in data.words],
        "council": [asdict(c) for c in data.council],
        "method": dict(data.method),
    }
    return {"report.json": (json.dumps(said, ensure_ascii=False, indent=1, default=str) + "\n").encode("utf-8")}


def _plain(values: Mapping[str, object]) -> dict[str, object]:
    return {k: asdict(v) if isinstance(v, Figure) else v for k, v in values.items()}
