"""The parts that are figures: attention, framing, sentiment, voices; each a chart with the plain table behind it."""

from __future__ import annotations

from collections.abc import Sequence

from discourse.records import PUBLISHERS, Figure
from discourse.report.blocks import (
    Block,
    Cell,
    Chart,
    Heading,
    Intervals,
    Line,
    Mark,
    OverTime,
    Split,
    Splits,
    Spread,
    Table,
    Text,
)
from discourse.report.value import ReportData
from discourse.report.wording import Words, monday

TONE = ("positive", "neutral", "negative")
TONE_STYLES = ("supportive", "neutral", "critical")


def mark(figure: Figure) -> Mark:
    """Return the sign that goes with a figure's change."""
    if not figure.enough or figure.change not in ("higher", "lower", "none"):
        return "unknown"
    return "higher" if figure.change == "higher" else "lower" if figure.change == "lower" else "none"


def ranked(data: ReportData, task: str) -> list[Figure]:
    """Return the week's figures of a task, the largest share first."""
    return sorted(data.of(task), key=lambda f: (-(f.share or 0.0), f.label))


def too_few(figures: Sequence[Figure], data: ReportData, w: Words) -> Text | None:
    """Return the words for too few texts to say anything, ``None`` where there are enough."""
    if figures and any(f.enough for f in figures):
        return None
    if not figures:
        return Text(text=w("few.none"), kind="few")
    said = w("change.too_few", units=w.units(figures[0]), n=figures[0].n, needed=data.rules["min_n"])
    return Text(text=said[:1].upper() + said[1:] + ".", kind="few")


# -- attention --------------------------------------------------------------------------------------------------------


def attention(data: ReportData, w: Words) -> tuple[Block, ...]:
    """Return the part on how much is said: counts over weeks with the usual range, press and council side by side."""
    stories = data.one("attention", "stories")
    if stories is None:
        return (Text(text=w("few.none"), kind="few"),)
    relevant, reprints = sum(r.relevant for r in data.ledger), sum(r.reprints for r in data.ledger)
    blocks: list[Block] = []
    if data.ledger:
        distinct = w("count.stories", n=round(stories.count))
        said = w("text.attention_merged", n=relevant, stories=distinct, reprints=w("count.reprints", n=reprints))
        blocks.append(Text(text=said))
    blocks.append(_attention_chart(data, w, stories))
    blocks.append(_side_by_side(data, w))
    if stories.change == "no_baseline":
        blocks.insert(0, Text(text=_sentence(w.change(stories, data)), kind="few"))
    return tuple(blocks)


def _attention_chart(data: ReportData, w: Words, stories: Figure) -> Chart:
    groups = [g for g in ("all", *PUBLISHERS) if data.one("attention", "stories", group=g)]
    lines = tuple(_count_line(data, w, group) for group in groups)
    band = (stories.base_low, stories.base_high) if stories.base_low is not None else None
    rows = tuple(
        (Cell(text=w("table.week_of", day=w.day(monday(week)))), *_attention_cells(data, w, week, groups))
        for week in reversed(data.weeks)
    )
    head = (w("col.week"), w("group.all"), w("col.of_all"), *(w(f"group.{g}") for g in groups[1:]))
    return Chart(
        ident="attention",
        title=w("chart.attention"),
        said=_sentence(f"{w.number(stories.count)} {w('unit.stories')}, {w.change(stories, data)}"),
        reading=w("chart.attention_reading") if band else w("chart.attention_no_band"),
        drawing=OverTime(
            weeks=tuple(w.week(x) for x in data.weeks),
            lines=lines,
            percent=False,
            band=band if band and band[1] is not None else None,  # type: ignore[arg-type]
            band_name=w("chart.usual"),
            band_from=max(0, len(data.weeks) - 1 - max(stories.base_weeks, 1)),
        ),
        table=Table(caption=w("chart.attention"), head=head, rows=rows, folded=True),
    )


def _count_line(data: ReportData, w: Words, group: str) -> Line:
    name = w(f"group.{group}")
    series = data.series("attention", "stories", group=group)
    values = tuple(None if f is None else f.count for f in series)
    notes = tuple(
        f"{name}, {w('table.week_of', day=w.week(week))}{w('chart.colon')} {w.number(f.count) if f else '–'}"
        for week, f in zip(data.weeks, series, strict=True)
    )
    return Line(name=name, style=group, values=values, notes=notes)


def _attention_cells(data: ReportData, w: Words, week: str, groups: Sequence[str]) -> list[Cell]:
    share = data.one("attention", "share", period=week)
    counts = [data.one("attention", "stories", group=g, period=week) for g in groups]
    cells = [Cell(text="–" if f is None else w.number(f.count), numeric=True) for f in counts]
    of_all = Cell(text="–" if share is None or share.share is None else w.percent(share.share), numeric=True)
    return [cells[0], of_all, *cells[1:]]


def _side_by_side(data: ReportData, w: Words) -> Table:
    rows = []
    for group in ("all", *PUBLISHERS):
        stories, share = (data.one("attention", label, group=group) for label in ("stories", "share"))
        if stories is None:
            continue
        of_all = w.amount(share) if share is not None and share.share is not None else "–"
        rows.append((
            Cell(text=w(f"group.{group}")),
            Cell(text=w.number(stories.count), numeric=True),
            Cell(text=w.usual(stories) or "–", numeric=True),
            Cell(text=w.change(stories, data, short=True), state=mark(stories)),
            Cell(text=of_all, numeric=True),
        ))  # fmt: skip
    head = ("group", "stories", "usual", "change", "of_all_seen")
    return Table(caption=w("chart.side_by_side"), head=tuple(w(f"col.{h}") for h in head), rows=tuple(rows))


# -- shares as intervals ----------------------------------------------------------------------------------------------


def framing(data: ReportData, w: Words) -> tuple[Block, ...]:
    """Return the part on frames: policy frames, images of migrants, single cases or trends."""
    blocks: list[Block] = []
    for task in ("policy_frame", "immigration_frame", "narrative"):
        set_ = shares(data, w, task, reading=not blocks)
        named = [] if isinstance(set_[0], Chart) else [Heading(text=w(f"task.{task}"))]
        blocks += [*named, *set_]
    return (*blocks, _correction(data, w, "policy_frame"))


def voices(data: ReportData, w: Words) -> tuple[Block, ...]:
    """Return the part on who is heard: share of stories that give each voice at least once."""
    return tuple(shares(data, w, "voice"))


def shares(data: ReportData, w: Words, task: str, *, hrefs: bool = False, reading: bool = True) -> list[Block]:
    """Return a task's shares as an interval chart with its table; the table alone where there are too few texts."""
    figures = ranked(data, task)
    few = too_few(figures, data, w)
    if not figures:
        return [few] if few else []
    table = share_table(figures, data, w, caption=w(f"chart.{task}"))
    if few:
        return [few, table]
    known = [f for f in figures if f.enough and f.share is not None]
    drawing = Intervals(
        rows=tuple(_spread(f, data, w, href=f"#concern-{f.label}" if hrefs else "") for f in known),
        share_name=w("chart.share_key"),
        band_name=w("chart.usual"),
    )
    top = w.listed([f"{w.label(task, f.label)} {w.amount(f)}" for f in known[:3]])
    return [
        Chart(
            ident=task.replace("_", "-"),
            title=w(f"chart.{task}"),
            said=w("chart.intervals_said", top=top),
            reading=w("chart.intervals_reading") if reading else "",
            drawing=drawing,
            table=table,
        )
    ]


def _spread(f: Figure, data: ReportData, w: Words, *, href: str) -> Spread:
    name = w.label(f.task, f.label) + doubt(f, data)
    return Spread(
        name=name,
        share=f.share,
        low=f.low,
        high=f.high,
        base_low=f.base_low,
        base_high=f.base_high,
        mark=mark(f),
        value=w.percent(f.share or 0.0),
        note=f"{name}{w('chart.colon')} {w.amount(f)}, {w.change(f, data)}",
        href=href,
    )


def doubt(figure: Figure, data: ReportData) -> str:
    """Return the sign of a label on which the model often errs, so that its figure is read as indicative."""
    return "°" if f"{figure.task}.{figure.label}" in data.method.get("indicative", ()) else ""


def share_table(figures: Sequence[Figure], data: ReportData, w: Words, *, caption: str) -> Table:
    """Return shares, intervals, usual ranges and changes; shares of too few texts are left out."""
    head = ("label", "share", "interval", "usual", "change", "n")
    return Table(
        caption=caption,
        head=tuple(w(f"col.{name}", level=w.percent(data.rules["level"])) for name in head),
        rows=tuple(_share_row(f, data, w) for f in figures),
        folded=True,
    )


def _share_row(f: Figure, data: ReportData, w: Words) -> tuple[Cell, ...]:
    known = f.enough and f.share is not None
    interval = known and f.low is not None and f.high is not None
    return (
        Cell(text=w.label(f.task, f.label) + doubt(f, data)),
        Cell(text=w.percent(f.share or 0.0) if known else "–", numeric=True),
        Cell(text=w.span(f.low or 0.0, f.high or 0.0) if interval else "–", numeric=True),
        Cell(text=w.usual(f) or "–", numeric=True),
        Cell(text=w.change(f, data, short=True), state=mark(f)),
        Cell(text=w.number(f.n), numeric=True),
    )


def _correction(data: ReportData, w: Words, task: str) -> Text:
    corrected = [f for f in data.of(task) if f.corrected]
    return Text(text=w("text.corrected" if corrected else "text.uncorrected"), kind="small")


# -- sentiment --------------------------------------------------------------------------------------------------------


def sentiment(data: ReportData, w: Words) -> tuple[Block, ...]:
    """Return the part on the tone toward migrants: over weeks, by publisher, by concern."""
    figures = [f for f in (data.one("sentiment", s) for s in TONE) if f is not None]
    few = too_few(figures, data, w)
    blocks: list[Block] = [few] if few else []
    blocks += [_tone_over_time(data, w)] if any(f.share is not None for f in figures) else []
    groups = [g for g in ("all", *PUBLISHERS) if data.of("sentiment", group=g)]
    blocks += [_tone_of_groups(data, w, groups, "tone_groups")] if groups else []
    about = data.groups("concern:")
    known = [g for g in about if (f := data.one("sentiment", "neutral", group=g)) is not None and f.enough]
    if known:
        known.sort(key=lambda g: (-_n(data, g), g))
        blocks.append(_tone_of_groups(data, w, known, "tone_concerns"))
    else:
        blocks.append(Text(text=w("few.tone_concerns", needed=data.rules["min_n"]), kind="few"))
    return (*blocks, _correction(data, w, "sentiment"))


def _n(data: ReportData, group: str) -> int:
    figure = data.one("sentiment", "neutral", group=group)
    return figure.n if figure else 0


def _tone_over_time(data: ReportData, w: Words) -> Chart:
    names = tuple(w.label("sentiment", s) for s in TONE)
    bars, rows = [], []
    for week in data.weeks:
        found = [data.one("sentiment", s, period=week) for s in TONE]
        known = [f.share for f in found if f is not None and f.share is not None and f.enough]
        whole = len(known) == len(TONE)
        said = ", ".join(f"{n} {w.percent(v)}" for n, v in zip(names, known, strict=True)) if whole else "–"
        remark = next((f.n for f in found if f is not None), 0)
        bars.append(
            Split(
                name=w.week(week),
                parts=tuple(known) if whole else (),
                note=f"{w('table.week_of', day=w.week(week))}{w('chart.colon')} {said}",
            )
        )
        cells = [Cell(text=w.percent(v) if whole else "–", numeric=True) for v in (known if whole else [0.0] * 3)]
        day = Cell(text=w("table.week_of", day=w.day(monday(week))))
        rows.append((day, *cells, Cell(text=w.number(remark), numeric=True)))
    return Chart(
        ident="tone-weeks",
        title=w("chart.tone_weeks"),
        said=bars[-1].note,
        reading=w("chart.tone_reading"),
        drawing=Splits(names=names, styles=TONE_STYLES, bars=tuple(bars), over_time=True),
        table=Table(
            caption=w("chart.tone_weeks"),
            head=(w("col.week"), *names, w("col.n")),
            rows=tuple(reversed(rows)),
            folded=True,
        ),
    )


def _tone_of_groups(data: ReportData, w: Words, groups: Sequence[str], key: str) -> Chart:
    names = tuple(w.label("sentiment", s) for s in TONE)
    bars, rows = [], []
    for group in groups:
        found = {s: data.one("sentiment", s, group=group) for s in TONE}
        known = [f for f in found.values() if f is not None and f.enough and f.share is not None]
        whole = len(known) == len(TONE)
        shown = group_name(group, w)
        said = ", ".join(f"{n} {w.amount(f)}" for n, f in zip(names, known, strict=True)) if whole else ""
        n = next((f.n for f in found.values() if f is not None), 0)
        few = w("change.too_few", units=w("unit.stories"), n=n, needed=data.rules["min_n"])
        bars.append(
            Split(
                name=shown,
                parts=tuple(f.share or 0.0 for f in known) if whole else (),
                note=f"{shown}{w('chart.colon')} {said or few}",
                remark="" if whole else few,
            )
        )
        cells = [Cell(text=w.amount(f), numeric=True) for f in known] if whole else [Cell(text="–")] * len(TONE)
        rows.append((Cell(text=shown), *cells, Cell(text=w.number(n), numeric=True)))
    return Chart(
        ident=key.replace("_", "-"),
        title=w(f"chart.{key}"),
        said="; ".join(b.note for b in bars[:4]),
        reading="",
        drawing=Splits(names=names, styles=TONE_STYLES, bars=tuple(bars)),
        table=Table(
            caption=w(f"chart.{key}"),
            head=(w("col.group"), *names, w("col.n")),
            rows=tuple(rows),
            folded=True,
        ),
    )


def group_name(group: str, w: Words) -> str:
    """Return the name of a sub-population."""
    if group.startswith("concern:"):
        return w.label("concern", group.removeprefix("concern:"))
    return w.slug("group", group)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."
