"""What it amounts to: shares with intervals, and whether a week differs from the weeks before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

    from discourse.config import Settings
    from discourse.records import Figure

__all__ = ["week_figures"]


def week_figures(
    passages: pl.DataFrame,
    documents: pl.DataFrame,
    *,
    week: str,
    settings: Settings,
    gold: Sequence[Mapping[str, Any]] = (),
    down: frozenset[tuple[str, str]] = frozenset(),
    since: str | None = None,
) -> list[Figure]:
    """Return the figures of a week with their change against the baseline, and of every week of the history without.

    ``passages`` and ``documents`` are views of the store; ``gold`` are human readings; ``down`` holds (source, week)
    pairs when a source that should have spoken was silent: those weeks say nothing about the usual range. Weeks before
    ``since`` get no figures and only tell what is usual.
    """
    from discourse.measure.weekly import week_figures as figures

    return figures(passages, documents, week=week, settings=settings, gold=gold, down=down, since=since)
