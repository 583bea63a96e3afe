"""The report in the words of one language: eleven parts in their fixed order, as blocks that every face can set."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from discourse.records import LedgerRow
from discourse.report import composing_concerns, composing_figures, composing_method
from discourse.report.blocks import (
    Block,
    Bullets,
    Cell,
    Chart,
    Heading,
    Heat,
    Item,
    Mark,
    Page,
    Part,
    Said,
    Table,
    Text,
    Usage,
    Usages,
    web_link,
)
from discourse.report.composing_concerns import pair
from discourse.report.value import CouncilItem, ReportData, Sentence
from discourse.report.wording import Words

PARTS = ("headline", "ledger", "attention", "framing", "sentiment", "sides", "voices", "concerns", "words", "council",
         "method")  # fmt: skip
SILENT = ("silent", "failing")


def compose(data: ReportData, lang: str) -> Page:
    """Return the whole report in a language; a part with too little to say says so."""
    w = Words(lang)
    made: Mapping[str, Callable[[ReportData, Words], tuple[Block, ...]]] = {
        "headline": lambda data, w: (),
        "ledger": _ledger,
        "attention": composing_figures.attention,
        "framing": composing_figures.framing,
        "sentiment": composing_figures.sentiment,
        "sides": _sides,
        "voices": composing_figures.voices,
        "concerns": composing_concerns.concerns,
        "words": _terms,
        "council": _council,
        "method": composing_method.method,
    }
    parts = tuple(
        Part(key=key, number=i + 1, title=w(f"part.{key}"), lead=w(f"lead.{key}"), blocks=made[key](data, w))
        for i, key in enumerate(PARTS)
    )
    return _page(data, w, parts)


def _page(data: ReportData, w: Words, parts: tuple[Part, ...]) -> Page:
    signed = data.signature
    return Page(
        lang=w.lang,
        title=w("page.title"),
        kicker=w("page.kicker", city=data.city) if data.city else w("page.kicker_plain"),
        subtitle=w.days(data.first_day, data.last_day),
        week=w("page.week", number=str(int(data.week[6:])), year=data.week[:4]),
        signed=signed is not None,
        stamp=w("page.signed", name=signed.by) if signed else w("page.draft"),
        stamp_small=w("page.signed_on", day=w.day(signed.on), digest=data.digest[:12])
        if signed
        else w("page.draft_why"),
        alerts=_alerts(data, w),
        sentences=tuple(Said(text=w.sentence(s, data), mark=_mark(s)) for s in data.headline),
        parts=parts,
        made=w("page.made", moment=w.moment(data.made)),
        digest=w("page.digest", digest=data.digest),
        words={
            key: w(f"page.{key}") for key in ("skip", "contents", "table", "link", "hint", "draft_word", "signed_word")
        },
    )


def _mark(sentence: Sentence) -> Mark:
    if sentence.key == "still":
        return "none"
    return composing_figures.mark(sentence.figures[0]) if sentence.figures else "unknown"


def _alerts(data: ReportData, w: Words) -> tuple[str, ...]:
    """Return what stands above the headline: sources that fell silent, and series that broke this week."""
    out = []
    for row in data.ledger:
        if row.state in SILENT:
            out.append(w(f"alert.{row.state}", source=row.title, last=w.day(row.last_seen)))
    if data.week in data.breaks:
        out.append(w("alert.break"))
    return tuple(out)


# -- what was read ----------------------------------------------------------------------------------------------------


def _ledger(data: ReportData, w: Words) -> tuple[Block, ...]:
    if not data.ledger:
        return (Text(text=w("few.sources"), kind="few"),)
    head = ("source", "expected", "fetched", "left_out", "failed", "kept", "relevant", "reprints", "state")
    table = Table(
        caption=w("part.ledger"),
        head=tuple(w(f"col.{name}") for name in head),
        rows=(*(_ledger_row(row, w) for row in data.ledger), _ledger_sum(data, w)),
        named=False,
    )
    blocks: list[Block] = [Text(text=t, kind="alert") for t in _alerts(data, w)]
    if all(row.expected is None for row in data.ledger):
        blocks.append(Text(text=w("few.expected"), kind="few"))
    return (*blocks, table, _coverage(data, w))


def _ledger_row(row: LedgerRow, w: Words) -> tuple[Cell, ...]:
    fetched = row.got + sum(row.skipped.values()) + sum(row.failed.values())
    return (
        Cell(text=row.title, small=w(f"kind.{row.kind}")),
        Cell(text="–" if row.expected is None else w.number(row.expected), numeric=True),
        Cell(text=w.number(fetched), numeric=True),
        Cell(text=_by_reason(row.skipped, w)),
        Cell(text=_by_reason(row.failed, w)),
        Cell(text=w.number(row.got), numeric=True),
        Cell(text=w.number(row.relevant), numeric=True),
        Cell(text=w.number(row.reprints), numeric=True),
        Cell(text=w(f"state.{row.state}"), state=row.state, small=row.note),
    )


def _ledger_sum(data: ReportData, w: Words) -> tuple[Cell, ...]:
    rows = data.ledger
    skipped, failed = (sum(sum(getattr(r, name).values()) for r in rows) for name in ("skipped", "failed"))
    got = sum(r.got for r in rows)
    sums = [got + skipped + failed, skipped, failed, got, sum(r.relevant for r in rows), sum(r.reprints for r in rows)]
    numbers = [Cell(text=w.number(n), numeric=i not in (1, 2)) for i, n in enumerate(sums)]
    return (Cell(text=w("col.sum"), state="sum"), Cell(text="", numeric=True), *numbers, Cell(text=""))


def _by_reason(counts: Mapping[str, int], w: Words) -> str:
    said = [f"{w.number(n)} {w.slug('reason', slug)}" for slug, n in sorted(counts.items()) if n]
    return ", ".join(said) or "–"


def _coverage(data: ReportData, w: Words) -> Chart:
    weeks = tuple(w.week(week) for week in data.weeks)
    notes = tuple(
        tuple(w("chart.coverage_note", source=s.title, week=week, n=n) for week, n in zip(weeks, s.counts, strict=True))
        for s in data.coverage
    )
    alarms = frozenset((i, len(weeks) - 1) for i, s in enumerate(data.coverage) if s.state in SILENT)
    silent = [s.title for s in data.coverage if s.state in SILENT]
    rows = tuple((Cell(text=s.title), *(Cell(text=w.number(n), numeric=True) for n in s.counts)) for s in data.coverage)
    return Chart(
        ident="coverage",
        title=w("chart.coverage"),
        said=w("chart.coverage_silent", sources=w.listed(silent)) if silent else w("chart.coverage_said"),
        reading=w("chart.coverage_reading"),
        drawing=Heat(weeks=weeks, rows=tuple((s.title, s.counts) for s in data.coverage), notes=notes, alarms=alarms),
        table=Table(caption=w("chart.coverage"), head=(w("col.source"), *weeks), rows=rows, folded=True),
    )


# -- both sides, words, council ---------------------------------------------------------------------------------------


def _sides(data: ReportData, w: Words) -> tuple[Block, ...]:
    shown = pair(data.sides, w)
    counts = {"supportive": data.sides.of_supportive, "critical": data.sides.of_critical}
    if shown is None:
        return (Text(text=w("few.sides", **counts), kind="few"),)
    return (Text(text=w("text.sides_of", n=len(shown.quotes), **counts), kind="small"), shown)


def _terms(data: ReportData, w: Words) -> tuple[Block, ...]:
    if not data.terms:
        return (Text(text=w("few.terms"), kind="few"),)
    items = tuple(
        Usage(
            term=t.term,
            lang=t.lang,
            count=w("text.term_count", n=t.count),
            instead=t.neutral or "",
            before=t.before,
            shown=t.shown,
            after=t.after,
        )
        for t in data.terms
    )
    return (Usages(items=items, instead_name=w("text.instead")),)


def _council(data: ReportData, w: Words) -> tuple[Block, ...]:
    if not any(row.kind == "council" for row in data.ledger) and not data.council:
        return (Text(text=w("few.council_source"), kind="few"),)
    if not data.council:
        return (Text(text=w("few.council"), kind="few"),)
    out: list[Block] = []
    for stage in ("tabled", "debated", "decided"):
        items = tuple(_council_item(c, w) for c in data.council if c.stage == stage)
        out += [Heading(text=w(f"stage.{stage}")), Bullets(items=items)] if items else []
    return tuple(out)


def _council_item(item: CouncilItem, w: Words) -> Item:
    touched = w.listed([w.label("concern", c) for c in item.concerns[:3]]) if item.concerns else ""
    small = " · ".join(x for x in (item.source, w.day(item.day), touched) if x)
    href = web_link(item.url)
    return Item(text=item.title, small=small if href or not item.url else f"{small} · {item.url}", href=href)
