"""From inputs to the report value: pure, in the order of the report's parts."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import polars as pl

from discourse import codebook
from discourse.records import LANGUAGES, Figure
from discourse.report import advice, sides
from discourse.report.headline import headline
from discourse.report.sides import Quoting, both_sides
from discourse.report.terms import terms
from discourse.report.value import (
    ConcernPart,
    CouncilItem,
    Reach,
    ReportData,
    ReportInputs,
    Sides,
    Signature,
    SourceWeeks,
    Stage,
    as_plain,
)
from discourse.report.wording import Words

HAS = 0.5
"""A passage has a label from this calibrated probability on."""
SURE_F1 = 0.40
"""A label whose measured F1 is below this is marked as indicative wherever it is shown."""
STAGES: Mapping[str, Stage] = {"scdl": "decided", "oparl": "tabled", "legistar": "tabled"}


def build(inputs: ReportInputs) -> ReportData:
    """Return the report of a week, signed where a signature on record bears its digest."""
    settings, week = inputs.settings, inputs.week
    monday = date.fromisocalendar(int(week[:4]), int(week[6:]), 1)
    relevant = inputs.passages.filter(pl.col("relevance") >= settings.classify.relevance_threshold)
    quoting = Quoting(
        characters=settings.report.quote_characters,
        outlets={s.name: s.shown for s in settings.ingest.sources},
        find_names=inputs.find_names,
    )
    council = _council(inputs, relevant, quoting.outlets)
    weeks = _weeks(inputs)
    week_sides = both_sides(relevant, quoting, most=settings.report.quotes_per_side)
    data = ReportData(
        city=settings.discourse.city,
        week=week,
        first_day=monday,
        last_day=monday + timedelta(days=6),
        made=inputs.now,
        languages=settings.report.languages,
        headline=(),
        ledger=tuple(inputs.ledger),
        weeks=weeks,
        coverage=_coverage(inputs, weeks),
        figures=tuple(inputs.figures),
        sides=week_sides,
        concerns=_concerns(inputs, relevant, quoting, council, week_sides),
        terms=terms(relevant, find_names=inputs.find_names),
        council=council,
        method=_method(inputs.method),
        rules=_rules(inputs),
        breaks=_breaks(inputs.figures, weeks),
    )
    data = replace(data, headline=headline(data))
    digest = fingerprint(data)
    return replace(data, digest=digest, signature=_signature(inputs, digest))


def _weeks(inputs: ReportInputs) -> tuple[str, ...]:
    """Return the weeks with figures, the reported one last, at most as many as the settings show."""
    past = sorted({f.period for f in inputs.figures if f.period < inputs.week})
    return (*past[-inputs.settings.report.history_weeks :], inputs.week)


def _rules(inputs: ReportInputs) -> dict[str, Any]:
    """Return the constants that the method page prints."""
    settings = inputs.settings
    return {
        "unit": settings.measure.unit,
        "min_n": settings.measure.min_n,
        "level": settings.measure.level,
        "false_discovery_rate": settings.measure.false_discovery_rate,
        "baseline_weeks": settings.report.baseline_weeks,
        "relevance_threshold": settings.classify.relevance_threshold,
        "label_threshold": HAS,
        "side_confidence": sides.CONFIDENT,
        "quote_characters": settings.report.quote_characters,
        "wide_outlets": advice.WIDE_OUTLETS,
        "wide_stories": advice.WIDE_STORIES,
        "some_outlets": advice.SOME_OUTLETS,
        "some_stories": advice.SOME_STORIES,
        "sure_f1": SURE_F1,
    }


# -- coverage ---------------------------------------------------------------------------------------------------------


def _coverage(inputs: ReportInputs, weeks: Sequence[str]) -> tuple[SourceWeeks, ...]:
    counts = Counter(inputs.documents.select("source", "week").iter_rows()) if inputs.documents.height else Counter()
    return tuple(
        SourceWeeks(
            source=row.source,
            title=row.title,
            kind=row.kind,
            counts=tuple(counts[(row.source, week)] for week in weeks),
            state=row.state,
        )
        for row in inputs.ledger
    )


def _breaks(figures: Sequence[Figure], weeks: Sequence[str]) -> tuple[str, ...]:
    """Return the weeks from which figures depend on another model or codebook than the week before."""
    versions = {f.period: f.versions for f in figures if (f.task, f.label, f.group) == ("attention", "stories", "all")}
    known = [(week, versions[week]) for week in weeks if versions.get(week)]
    return tuple(week for (_, old), (week, new) in pairwise(known) if old != new)


# -- concerns and council ---------------------------------------------------------------------------------------------


def _council(inputs: ReportInputs, relevant: pl.DataFrame, outlets: Mapping[str, str]) -> tuple[CouncilItem, ...]:
    kinds = {s.name: s.kind for s in inputs.settings.ingest.sources}
    labels = [c for c in relevant.columns if c.startswith("concern.")]
    found = (
        relevant.filter(pl.col("kind") == "council")
        .group_by("document_id")
        .agg(pl.col("source", "published", "title", "url").first(), pl.col(labels).max())
        .sort(["published", "document_id"])
    )
    return tuple(
        CouncilItem(
            document_id=row["document_id"],
            title=row["title"] or "",
            url=row["url"] or "",
            day=sides.day_of(row["published"]),
            source=outlets.get(row["source"], row["source"]),
            stage=STAGES.get(kinds.get(row["source"], ""), "debated"),
            concerns=tuple(c.removeprefix("concern.") for c in labels if row[c] >= HAS),
        )
        for row in found.iter_rows(named=True)
    )


def _concerns(
    inputs: ReportInputs, relevant: pl.DataFrame, quoting: Quoting, council: Sequence[CouncilItem], said: Sides
) -> tuple[ConcernPart, ...]:
    """Return every concern of the codebook that has a figure, the most frequent first; ``said`` is quoted already."""
    figures = [f for f in inputs.figures if (f.period, f.task, f.group) == (inputs.week, "concern", "all")]
    ranked = sorted(figures, key=lambda f: (-(f.share or 0.0), f.label))
    quoted = {q.passage_id for q in (*said.supportive, *said.critical)}
    out = []
    for figure in ranked:
        carried = relevant.filter(pl.col(f"concern.{figure.label}") >= HAS)
        sides_of = both_sides(carried, quoting, most=1, quoted=frozenset(quoted)) if figure.enough else Sides()
        quoted |= {q.passage_id for q in (*sides_of.supportive, *sides_of.critical)}
        out.append(_concern(figure, inputs, carried, sides_of, council))
    return tuple(out)


def _concern(
    figure: Figure, inputs: ReportInputs, carried: pl.DataFrame, sides_of: Sides, council: Sequence[CouncilItem]
) -> ConcernPart:
    brief = inputs.evidence.get(figure.label)
    overruled = inputs.decisions.get("advice", {}).get(f"{inputs.week}/{figure.label}")
    cards = tuple(brief.cards) if brief else ()
    declared = tuple(getattr(brief, "empty", ()))
    return ConcernPart(
        name=figure.label,
        figure=figure,
        advice=advice.advise(_reach(figure, carried, inputs), overruled=overruled),
        sides=sides_of,
        question=dict(brief.question) if brief else {},
        cards=_rows(cards),
        declared=_rows(declared),
        gap=brief.gap if brief else "no official figure found",
        council=tuple(item for item in council if figure.label in item.concerns),
    )


def _rows(cards: Sequence[Any]) -> dict[str, tuple[dict[str, Any], ...]]:
    """Return evidence cards as plain rows, by language."""
    return {lang: tuple(dict(c.as_row(lang)) for c in cards) for lang in LANGUAGES} if cards else {}


def _reach(figure: Figure, carried: pl.DataFrame, inputs: ReportInputs) -> Reach:
    """Return how far a concern got: its stories and outlets among press and residents, and its growth."""
    outside = carried.filter(pl.col("kind") != "council")
    known = {"higher": "higher", "lower": "lower", "none": "none"}
    alive = [r for r in inputs.ledger if r.kind != "council" and r.got > 0]
    return Reach(
        stories=outside.select(pl.col("story_id").fill_null(pl.col("document_id"))).n_unique() if outside.height else 0,
        outlets=outside["source"].n_unique() if outside.height else 0,
        of_outlets=len(alive),
        growth=known.get(figure.change, "unknown"),  # type: ignore[arg-type]
        enough=figure.enough,
    )


# -- method, digest, signature ----------------------------------------------------------------------------------------


def _method(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the method page needs of the model's own account: names, measured errors, recipe."""
    metrics = said.get("metrics", {})
    part = "test" if "test" in metrics else "dev"
    measured = metrics.get(part, {})
    labels = {k: v for k, v in measured.get("labels", {}).items() if isinstance(v, Mapping)}
    return {
        "model": said.get("model", ""),
        "codebook": said.get("codebook", codebook.VERSION),
        "format": said.get("format", ""),
        "corpus": said.get("recipe", {}).get("corpus", ""),
        "corpus_sha256": said.get("recipe", {}).get("corpus_sha256", ""),
        "seed": said.get("recipe", {}).get("seed"),
        "measured_on": part if measured else "",
        "measured_n": measured.get("n"),
        "tasks": {
            name: {"macro_f1": row.get("macro_f1"), "interval": row.get("macro_f1_interval"), "n": row.get("n")}
            for name, row in measured.get("tasks", {}).items()
        },
        "by_language": {
            lang: {task: row.get("macro_f1") for task, row in rows.items()}
            for lang, rows in measured.get("by_language", {}).items()
        },
        "labels": {
            name: {k: row.get(k) for k in ("precision", "recall", "f1", "positives")} for name, row in labels.items()
        },
        "indicative": sorted(
            {k for k, v in labels.items() if (v.get("f1") or 0.0) < SURE_F1} | set(codebook.load().indicative)
        ),
    }


def fingerprint(data: ReportData) -> str:
    """Return the SHA-256 of everything that the report says: all figures, and every text by rule or quoted."""
    names = [f.name for f in fields(Figure)]
    left_out = {"figures", "made", "digest", "signature"}
    said = {f.name: as_plain(getattr(data, f.name)) for f in fields(data) if f.name not in left_out}
    said["figures"] = [[getattr(figure, name) for name in names] for figure in data.figures]
    said["sentences"] = {lang: Words(lang).headline(data) for lang in sorted(data.languages)}
    plain = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(plain.encode()).hexdigest()


def _signature(inputs: ReportInputs, digest: str) -> Signature | None:
    """Return the signature on record when it was put on exactly these figures and texts."""
    row = inputs.decisions.get("signature", {}).get(inputs.week)
    if not row or row["value"].get("digest") != digest:
        return None
    return Signature(by=str(row["by"]), on=str(row["made"]), digest=digest)
