"""Contested terms outside quotations: counted, shown once in context, with a neutral word; never an outlet's score."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from discourse.report.masking import mask
from discourse.report.sides import speakers, story
from discourse.report.value import FindNames, TermPart

if TYPE_CHECKING:
    import polars as pl

CONTEXT = 90
MOST = 20


def terms(relevant: pl.DataFrame, *, find_names: FindNames | None = None) -> tuple[TermPart, ...]:
    """Return the week's contested terms, the most frequent first; the example is the first by passage id."""
    found: dict[tuple[str, str], list[tuple[Mapping[str, Any], Mapping[str, Any]]]] = {}
    for row, term in _outside_quotations(relevant):
        found.setdefault((row["lang"], str(term["term"]).casefold()), []).append((row, term))
    parts = [_part(lang, uses, find_names) for (lang, _), uses in found.items()]
    return tuple(sorted(parts, key=lambda t: (-t.count, t.lang, t.term.casefold()))[:MOST])


def _outside_quotations(relevant: pl.DataFrame) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for row in relevant.sort("passage_id").iter_rows(named=True):
        if row.get("term_spans"):
            yield from ((row, t) for t in json.loads(row["term_spans"]) if not t.get("quoted"))
        elif row["terms"]:
            yield from ((row, _located(row["text"], term)) for term in row["terms"])


def _located(text: str, term: str) -> dict[str, Any]:
    """Return a term with the place where it first stands in a text, at its start where it is not found as written."""
    at = max(0, text.casefold().find(term.casefold()))
    return {"term": term, "start": at, "end": at + len(term), "neutral": None}


def _part(lang: str, uses: list[tuple[Mapping[str, Any], Mapping[str, Any]]], find_names: FindNames | None) -> TermPart:
    row, term = uses[0]
    text, start, end = row["text"], int(term["start"]), int(term["end"])
    before, after = text[max(0, start - CONTEXT) : start], text[end : end + CONTEXT]
    before = re.sub(r"^\S*\s", "… ", before) if start > CONTEXT else before
    after = re.sub(r"\s\S*$", " …", after) if end + CONTEXT < len(text) else after
    said_by = speakers(row)
    return TermPart(
        term=str(term["term"]),
        lang=lang,
        count=len(uses),
        stories=len({story(r) for r, _ in uses}),
        neutral=term.get("neutral"),
        before=mask(re.sub(r"\s+", " ", before), lang, speakers=said_by, find_names=find_names),
        shown=text[start:end],
        after=mask(re.sub(r"\s+", " ", after), lang, speakers=said_by, find_names=find_names),
    )
