"""The report as a value: everything that is said, before any ink, in no language yet."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

import polars as pl

from discourse import codebook
from discourse.config import Settings
from discourse.records import Figure, LedgerRow
from discourse.report.advice import Advice, advise
from discourse.report.quotes import Quote, both_sides, typical


@dataclass(frozen=True, kw_only=True)
class ReportInputs:
    """What a report is built from: figures, ledger, the week's passages with text, documents, evidence, method."""

    settings: Settings
    week: str
    now: datetime
    figures: Sequence[Figure]
    ledger: Sequence[LedgerRow]
    passages: pl.DataFrame
    documents: pl.DataFrame
    evidence: Mapping[str, Any]
    method: Mapping[str, Any]
    decisions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """One headline sentence: the key of its template and what goes into it."""

    key: str
    values: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class ConcernPart:
    """One concern of residents in the week: its figure, advice, quotes of both sides, and what is known of it."""

    name: str
    figure: Figure
    advice: Advice
    quotes: Sequence[Quote]
    cards: Sequence[Mapping[str, Any]]
    question: Mapping[str, str]
    gap: str | None


@dataclass(frozen=True, kw_only=True)
class CouncilItem:
    """One council text on migration in the week."""

    title: str
    url: str
    day: str
    source: str


@dataclass(frozen=True, kw_only=True)
class ReportData:
    """A week's report. ``digest`` is the hash of its figures and quotes, which a signature is put on."""

    city: str
    week: str
    first_day: date
    last_day: date
    made: datetime
    signed_by: str | None
    signed_on: str | None
    headline: Sequence[Sentence]
    ledger: Sequence[LedgerRow]
    figures: Sequence[Figure]
    supportive: Sequence[Quote]
    critical: Sequence[Quote]
    concerns: Sequence[ConcernPart]
    words: Sequence[tuple[str, str, int, Sequence[Quote]]]
    council: Sequence[CouncilItem]
    method: Mapping[str, Any]
    min_n: int
    baseline_weeks: int
    digest: str = ""

    def of(self, task: str, *, group: str = "all", period: str | None = None) -> list[Figure]:
        """Return the figures of a task in one period (the week) and group, in codebook order."""
        when = period or self.week
        return [f for f in self.figures if f.task == task and f.group == group and f.period == when]

    def one(self, task: str, label: str, *, group: str = "all", period: str | None = None) -> Figure | None:
        """Return one figure, ``None`` where the group had no texts."""
        return next((f for f in self.of(task, group=group, period=period) if f.label == label), None)

    def series(self, task: str, label: str, *, group: str = "all") -> list[Figure]:
        """Return one label's figures over all weeks, in order."""
        found = [f for f in self.figures if f.task == task and f.label == label and f.group == group]
        return sorted(found, key=lambda f: f.period)


def build(inputs: ReportInputs) -> ReportData:
    """Return the report of a week; pure, and the same for the same inputs."""
    settings, week = inputs.settings, inputs.week
    monday = date.fromisocalendar(int(week[:4]), int(week[6:]), 1)
    relevant = inputs.passages.filter(pl.col("relevance") >= settings.classify.relevance_threshold)
    names = {s.name: s.shown for s in settings.ingest.sources}
    supportive, critical = both_sides(relevant, names, settings.report)
    signature = inputs.decisions.get("signature", {}).get(week)
    data = ReportData(
        city=settings.discourse.city,
        week=week,
        first_day=monday,
        last_day=date.fromordinal(monday.toordinal() + 6),
        made=inputs.now,
        signed_by=None,
        signed_on=None,
        headline=(),
        ledger=tuple(inputs.ledger),
        figures=tuple(inputs.figures),
        supportive=supportive,
        critical=critical,
        concerns=_concerns(inputs, relevant, names),
        words=_words(relevant, names, settings),
        council=_council(relevant, inputs.documents, names, week),
        method=inputs.method,
        min_n=settings.measure.min_n,
        baseline_weeks=settings.report.baseline_weeks,
    )
    digest = _digest(data)
    signed = signature if signature and signature["value"].get("digest") == digest else None
    return ReportData(
        **{
            **{name: getattr(data, name) for name in data.__dataclass_fields__},
            "headline": headline(data),
            "digest": digest,
            "signed_by": signed["by"] if signed else None,
            "signed_on": signed["made"] if signed else None,
        }
    )


def headline(data: ReportData) -> list[Sentence]:
    """Return at most five sentences, by rule: outages, attention, what changed, the first concern, both sides."""
    out: list[Sentence] = []
    silent = [r.title for r in data.ledger if r.state in ("silent", "failing")]
    if silent:
        out.append(Sentence(key="silent", values={"sources": silent}))
    stories = data.one("attention", "stories")
    share = data.one("attention", "share")
    if stories is not None:
        out.append(Sentence(key="attention", values={"figure": stories, "share": share}))
    out += [Sentence(key="changed", values={"figure": f}) for f in changed(data)[:2]]
    if not changed(data) and stories is not None:
        out.append(Sentence(key=_nothing_changed(data), values={"weeks": stories.base_weeks}))
    if data.concerns and data.concerns[0].figure.enough:
        out.append(Sentence(key="concern", values={"figure": data.concerns[0].figure}))
    sides = [data.one("sentiment", side) for side in ("positive", "negative")]
    if all(f is not None and f.enough for f in sides):
        out.append(Sentence(key="sides", values={"positive": sides[0], "negative": sides[1]}))
    return out[:5]


def _nothing_changed(data: ReportData) -> str:
    judged = [f for f in data.figures if f.period == data.week and f.group == "all" and f.task != "attention"]
    if any(f.change == "none" for f in judged):
        return "no_change"
    return "few" if any(f.change == "too_few" for f in judged) else "no_baseline"


def changed(data: ReportData) -> list[Figure]:
    """Return the week's detectable changes among frames, concerns and sentiment, the surest first."""
    tasks = ("concern", "policy_frame", "sentiment", "immigration_frame", "voice")
    found = [
        f
        for f in data.figures
        if f.period == data.week and f.group == "all" and f.task in tasks and f.change in ("higher", "lower")
    ]
    return sorted(found, key=lambda f: (f.q if f.q is not None else 1.0, tasks.index(f.task), f.label))


def _concerns(inputs: ReportInputs, relevant: pl.DataFrame, names: Mapping[str, str]) -> list[ConcernPart]:
    figures = [f for f in inputs.figures if f.period == inputs.week and f.task == "concern" and f.group == "all"]
    overruled = inputs.decisions.get("advice", {})
    out = []
    for figure in sorted(figures, key=lambda f: (-(f.share or 0.0), f.label)):
        brief = inputs.evidence.get(figure.label)
        column = f"concern.{figure.label}"
        with_it = relevant.filter(pl.col(column) >= 0.5) if relevant.height else relevant
        spread = with_it["source"].n_unique() if with_it.height else 0
        out.append(
            ConcernPart(
                name=figure.label,
                figure=figure,
                advice=advise(figure, spread=spread, overruled=overruled.get(f"{inputs.week}/{figure.label}")),
                quotes=typical(with_it, column, names, inputs.settings.report, most=2),
                cards=tuple(card.as_row("en") if hasattr(card, "as_row") else card for card in brief.cards)
                if brief
                else (),
                question=dict(brief.question) if brief else {},
                gap=brief.gap if brief else None,
            )
        )
    return out


def _words(
    relevant: pl.DataFrame, names: Mapping[str, str], settings: Settings
) -> list[tuple[str, str, int, Sequence[Quote]]]:
    """Return contested terms outside quotations, with how many passages use each and one passage to show it."""
    if not relevant.height:
        return []
    counts = (
        relevant.explode("terms").filter(pl.col("terms").is_not_null()).group_by("terms").len().sort(
            ["len", "terms"], descending=[True, False]
        )
    )  # fmt: skip
    out: list[tuple[str, str, int, Sequence[Quote]]] = []
    for term, count in counts.head(12).iter_rows():
        shown = relevant.filter(pl.col("terms").list.contains(term))
        out.append((term, "", count, typical(shown, "relevance", names, settings.report, most=1)))
    return out


def _council(relevant: pl.DataFrame, documents: pl.DataFrame, names: Mapping[str, str], week: str) -> list[CouncilItem]:
    ids = relevant.filter(pl.col("kind") == "council")["document_id"].unique().to_list() if relevant.height else []
    rows = documents.filter((pl.col("week") == week) & pl.col("id").is_in(ids)).sort(["published", "id"])
    return [
        CouncilItem(
            title=r["title"], url=r["url"], day=(r["published"] or "")[:10], source=names.get(r["source"], r["source"])
        )
        for r in rows.iter_rows(named=True)
    ]


def _digest(data: ReportData) -> str:
    said = {
        "week": data.week,
        "city": data.city,
        "figures": [asdict(f) for f in data.figures],
        "quotes": [asdict(q) for q in (*data.supportive, *data.critical)],
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()


def label_name(task: str, label: str, lang: str) -> str:
    """Return the display name of a label in a language."""
    return codebook.load()[task].label(label).shown(lang)
