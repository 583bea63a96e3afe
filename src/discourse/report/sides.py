"""Both sides: as many supportive as critical passages, by a published rule: the typical, not the loudest.

A passage is of a side when its calibrated probability is at least ``CONFIDENT``; quoted are those of which the model is
surest (``SURE``), as far as both sides have enough of them. The middle of a side is the median,
label by label, of the tags of its passages; a passage is the more typical the nearer its tags are to that middle (sum
of absolute differences). Typical ones are taken first: at most one a story, outlets taking turns, ties by passage
id; what was quoted before in a report comes last.
Passages that the model thinks harmful, that are too short, or read from a page where no sentence ends are not quoted.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from discourse.report.masking import mask
from discourse.report.value import SENTIMENT, FindNames, Quote, Side, Sides

if TYPE_CHECKING:
    import polars as pl

CONFIDENT = 0.5
SURE = (0.8, 0.65, CONFIDENT)
"""How sure a quoted passage is of its side: the first of these at which both sides have as many as at the last."""
HARMFUL = 0.5
SHORTEST = 80
_PROFILE = ("sentiment.", "policy_frame.", "immigration_frame.", "narrative.", "concern.")
_SENTENCE_END = re.compile(r"[.!?…»”\"'](?=\s|$)")


@dataclass(frozen=True, kw_only=True)
class Quoting:
    """How passages are quoted: at most this many characters, sources by their shown names, names masked by a finder."""

    characters: int
    outlets: Mapping[str, str]
    find_names: FindNames | None = None


def both_sides(relevant: pl.DataFrame, quoting: Quoting, *, most: int, quoted: frozenset[str] = frozenset()) -> Sides:
    """Return at most ``most`` quotes of each side, equally many, and how many passages each side had.

    ``quoted`` are passages that stand elsewhere in the report: they come last.
    """
    pools: dict[Side, pl.DataFrame] = {side: _pool(relevant, side, CONFIDENT) for side in SENTIMENT}
    ranked = {side: _typical(pool, most, quoted) for side, pool in pools.items()}
    equal = min(len(rows) for rows in ranked.values())
    for level in SURE[:-1] if equal else ():
        surer = {side: _typical(_pool(pools[side], side, level), most, quoted) for side in SENTIMENT}
        if min(len(rows) for rows in surer.values()) == equal:
            ranked = surer
            break
    chosen = {side: tuple(quote(r, quoting, side=side) for r in rows[:equal]) for side, rows in ranked.items()}
    return Sides(
        supportive=chosen["supportive"],
        critical=chosen["critical"],
        of_supportive=pools["supportive"].height,
        of_critical=pools["critical"].height,
    )


def _pool(relevant: pl.DataFrame, side: Side, level: float) -> pl.DataFrame:
    import polars as pl

    harm = [c for c in relevant.columns if c.startswith("harm.")]
    return relevant.filter(
        (pl.col(f"sentiment.{SENTIMENT[side]}") >= level)
        & (pl.col("text").str.strip_chars().str.len_chars() >= SHORTEST)
        & pl.all_horizontal([pl.lit(True), *(pl.col(c) < HARMFUL for c in harm)])
    )


def _typical(pool: pl.DataFrame, most: int, quoted: frozenset[str]) -> list[dict[str, Any]]:
    """Return up to ``most`` rows, most typical first, one a story, sources taking turns, those ``quoted`` last."""
    import numpy as np
    import polars as pl

    if not pool.height:
        return []
    columns = [c for c in pool.columns if c.startswith(_PROFILE)]
    tags = pool.select(columns).to_numpy().astype(np.float64)
    far = np.abs(tags - np.median(tags, axis=0)).sum(axis=1).round(6)
    ranked = pool.with_columns(pl.Series("_far", far)).sort(["_far", "passage_id"])
    every = [r for r in ranked.iter_rows(named=True) if _SENTENCE_END.search(r["text"])]
    taken = _in_turns([r for r in every if r["passage_id"] not in quoted], most, [])
    return _in_turns([r for r in every if r["passage_id"] in quoted], most, taken)


def _in_turns(left: list[dict[str, Any]], most: int, before: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return ``before`` with more rows up to ``most``: the next is of the outlet that has the fewest yet."""
    taken = list(before)
    stories, texts = {story(r) for r in taken}, {_words(r) for r in taken}
    used = Counter(r["source"] for r in taken)
    while left and len(taken) < most:
        left = [r for r in left if story(r) not in stories and _words(r) not in texts]
        if not left:
            break
        fewest = min(used[r["source"]] for r in left)
        row = next(r for r in left if used[r["source"]] == fewest)
        taken.append(row)
        stories.add(story(row))
        texts.add(_words(row))
        used[row["source"]] += 1
    return taken


def _words(row: Mapping[str, Any]) -> str:
    """Return the letters of a passage's first words, by which a text that stands in two stories is known again."""
    return re.sub(r"\W+", "", row["text"].casefold())[:120]


def story(row: Mapping[str, Any]) -> str:
    """Return the story of a passage: its own document where none is joined."""
    return str(row["story_id"] or row["document_id"])


def quote(row: Mapping[str, Any], quoting: Quoting, *, side: Side | None = None) -> Quote:
    """Return a passage as it is quoted: names masked, shortened to whole sentences where it can be."""
    masked = mask(
        re.sub(r"\s+", " ", row["text"]).strip(), row["lang"], speakers=speakers(row), find_names=quoting.find_names
    )
    text, cut = shorten(masked, quoting.characters)
    return Quote(
        passage_id=row["passage_id"],
        side=side,
        text=text,
        lang=row["lang"],
        source=row["source"],
        outlet=quoting.outlets.get(row["source"], row["source"]),
        kind=row["kind"],
        title=row["title"] or "",
        url=row["url"] or "",
        day=day_of(row["published"]),
        page=row["page"],
        cut=cut,
    )


def speakers(row: Mapping[str, Any]) -> Sequence[tuple[str, str | None]]:
    """Return (voice, speaker) for every voice found in a passage."""
    said = row.get("voice_spans")
    return [(v["voice"], v.get("speaker")) for v in json.loads(said)] if said else []


def shorten(text: str, characters: int) -> tuple[str, bool]:
    """Return a text of at most ``characters``, ending with a sentence where it can; and whether it was cut."""
    if len(text) <= characters:
        return text, False
    room = text[: characters - 4]
    ends = [m.end() for m in _SENTENCE_END.finditer(room)]
    if ends and ends[-1] >= characters * 0.5:
        return f"{room[: ends[-1]]} […]", True
    words = room.rsplit(" ", 1)[0] if " " in room else room
    return f"{words.rstrip(' ,;:–-')} […]", True


def day_of(published: object) -> date | None:
    """Return the day of a publication time as the store gives it."""
    if isinstance(published, datetime):
        return published.date()
    return datetime.fromisoformat(published).date() if isinstance(published, str) and published else None
