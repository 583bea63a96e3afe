"""Which passages are quoted: typical, not extreme; as many of either side; spread over outlets; private names masked.

The rule, as the method page prints it: among passages whose side is likelier than not, take those whose probability is
nearest to the median of their side; at most one a story, and outlets take turns.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from discourse.config import ReportSettings

_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")
_PHONE = re.compile(r"(?<!\d)(?:\+\d{2}[ .]?|0)\d(?:[ .-]?\d{2}){4}(?!\d)")


@dataclass(frozen=True, kw_only=True)
class Quote:
    """A stretch of a passage as it is quoted, with where it stands."""

    text: str
    lang: str
    outlet: str
    kind: str
    title: str
    url: str
    day: str
    page: int | None
    side: str


def both_sides(
    relevant: pl.DataFrame, names: Mapping[str, str], settings: ReportSettings
) -> tuple[list[Quote], list[Quote]]:
    """Return equally many supportive and critical quotes."""
    supportive = typical(relevant, "sentiment.positive", names, settings, most=settings.quotes_per_side)
    critical = typical(relevant, "sentiment.negative", names, settings, most=settings.quotes_per_side)
    most = min(len(supportive), len(critical))
    return supportive[:most], critical[:most]


def typical(
    passages: pl.DataFrame, column: str, names: Mapping[str, str], settings: ReportSettings, *, most: int
) -> list[Quote]:
    """Return up to ``most`` typical passages of a column, by the rule above."""
    likely = passages.filter((pl.col(column) >= 0.5) & (pl.col("text").str.len_chars() >= 60))
    if not likely.height:
        return []
    middle = likely[column].median()
    ranked = likely.with_columns((pl.col(column) - middle).abs().alias("_far")).sort(["_far", "passage_id"])
    seen_stories: set[str] = set()
    by_outlet: dict[str, list[dict[str, object]]] = {}
    for row in ranked.iter_rows(named=True):
        story = row["story_id"] or row["document_id"]
        if story not in seen_stories:
            seen_stories.add(story)
            by_outlet.setdefault(row["source"], []).append(row)
    return [_quote(row, names, settings.quote_characters) for row in _turns(list(by_outlet.values()), most)]


def _turns(queues: Sequence[list[dict[str, object]]], most: int) -> list[dict[str, object]]:
    out: list[dict[str, object]] = []
    depth = 0
    while len(out) < most and any(len(q) > depth for q in queues):
        out += [q[depth] for q in queues if len(q) > depth]
        depth += 1
    return out[:most]


def _quote(row: Mapping[str, object], names: Mapping[str, str], limit: int) -> Quote:
    score = {side: row.get(f"sentiment.{side}") or 0.0 for side in ("positive", "neutral", "negative")}
    return Quote(
        text=shortened(masked(" ".join(str(row["text"]).split())), limit),
        lang=str(row["lang"]),
        outlet=names.get(str(row["source"]), str(row["source"])),
        kind=str(row["kind"]),
        title=str(row["title"] or ""),
        url=str(row["url"] or ""),
        day=str(row["published"] or "")[:10],
        page=row["page"] if isinstance(row["page"], int) else None,
        side=max(score, key=lambda s: float(str(score[s]))),
    )


def masked(text: str) -> str:
    """Return a text without the contacts of private persons."""
    return _PHONE.sub("[…]", _MAIL.sub("[…]", text))


def shortened(text: str, limit: int) -> str:
    """Return a text of at most ``limit`` characters, cut after a word."""
    if len(text) <= limit:
        return text
    return text[:limit].rsplit(" ", 1)[0].rstrip(",;:–-") + " […]"
