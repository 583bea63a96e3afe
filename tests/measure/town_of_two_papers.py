"""A tiny town written by hand: stories with given labels, in given weeks and papers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from discourse import codebook
from discourse.config import IngestSettings, Settings, SourceSpec

PAPERS = {"gazette": "press", "radio": "press", "minutes": "council"}
SENTIMENT = {"sentiment.neutral": 1.0}


def settings(*, min_n: int = 20, baseline: int = 8, unit: str = "story") -> Settings:
    """Return the settings of the town."""
    sources = tuple(SourceSpec(name=n, kind="feed", address="x", publisher=k) for n, k in PAPERS.items())  # type: ignore[arg-type]
    base = Settings(ingest=IngestSettings(sources=sources))
    return base.model_copy(
        update={
            "measure": base.measure.model_copy(update={"min_n": min_n, "unit": unit}),
            "report": base.report.model_copy(update={"baseline_weeks": baseline}),
        }
    )


def passage(
    story: str, week: str, *, paper: str = "gazette", part: int = 0, model: str = "m@1", relevance: float = 0.9,
    **labels: float,
) -> dict[str, Any]:  # fmt: skip
    """Return a passage; ``labels`` are named ``concern__housing``, everything else is 0."""
    row: dict[str, Any] = dict.fromkeys(codebook.load().columns()[1:], 0.0)
    document = f"{story}-{paper}"
    return row | SENTIMENT | {
        "passage_id": f"{document}-{part}", "document_id": document, "story_id": story, "source": paper,
        "kind": PAPERS[paper], "lang": "fr", "week": week, "relevance": relevance, "model": model, "codebook": "1",
        "voices": [],
    } | {k.replace("__", "."): v for k, v in labels.items()}  # fmt: skip


def frames(rows: Iterable[Mapping[str, Any]]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return passages and documents as the store shows them."""
    found = list(rows)
    types = dict.fromkeys(codebook.load().columns(), pl.Float64) | {"voices": pl.List(pl.String)}
    passages = pl.DataFrame(found, schema_overrides=types)
    documents = passages.unique("document_id", keep="first", maintain_order=True)
    return passages, documents.select(pl.col("document_id").alias("id"), "story_id", "source", "kind", "week")


def week(at: int) -> str:
    """Return the ISO week so many weeks after the first of 2026."""
    return f"2026-W{at + 1:02d}"


def steady(
    shares: Sequence[float], *, stories: int = 60, paper: str = "gazette", model: str = "m@1"
) -> list[dict[str, Any]]:
    """Return weeks of stories of which a given share is about housing, as surely as can be said."""
    return [
        passage(
            f"{paper}{w}.{i}", week(w), paper=paper, model=model, concern__housing=float(i < round(share * stories)),
            concern__jobs_and_wages=float(i % 4 == 0),
        )
        for w, share in enumerate(shares)
        for i in range(stories)
    ]  # fmt: skip
