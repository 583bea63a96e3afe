"""The part on residents' concerns: ranked, and for each the question, official figures, the council, both sides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from discourse.report.blocks import (
    Block,
    Bullets,
    Concern,
    Concerns,
    EvidenceCard,
    Heading,
    Item,
    Pair,
    Quotation,
    Text,
    web_link,
)
from discourse.report.composing_figures import doubt, mark, shares
from discourse.report.value import Advice, ConcernPart, CouncilItem, Quote, ReportData, Sides
from discourse.report.wording import Words

SERIES = 2
"""So many declared series are named for a concern without a figure."""
COUNCIL = 4
"""So many council texts are listed with a concern; all of them stand in the part on the council."""
SHOWN = 0.02
"""A concern below this share that did not move is listed in the chart only."""


def concerns(data: ReportData, w: Words) -> tuple[Block, ...]:
    """Return the ranking, a card for each concern that is heard, and the gaps in what is officially known."""
    blocks = shares(data, w, "concern", hrefs=True)
    heard = [c for c in data.concerns if _heard(c)]
    if heard:
        blocks.append(
            Concerns(
                items=tuple(_concern(c, data, w) for c in heard),
                evidence_name=w("text.evidence"),
                council_name=w("text.council_said"),
                sides_name=w("text.both_sides"),
            )
        )
    gaps = [c for c in data.concerns if not c.cards.get(w.lang)]
    if gaps:
        items = tuple(Item(text=w.label("concern", c.name), small=_gap(c, w)) for c in gaps)
        blocks += [Heading(text=w("text.gaps")), Text(text=w("text.gaps_why")), Bullets(items=items)]
    return tuple(blocks)


def _gap(c: ConcernPart, w: Words) -> str:
    """Return the question that waits for a figure, and the declared series that would answer it."""
    rows = c.declared.get(w.lang, ())[:SERIES]
    names = [" – ".join(x for x in (row.get("label"), row.get("source")) if x) for row in rows]
    would = w("text.would_answer", series=w.listed(names)) if names else ""
    return " ".join(x for x in (c.question.get(w.lang, ""), would) if x)


def _heard(concern: ConcernPart) -> bool:
    f = concern.figure
    return f.enough and ((f.share or 0.0) >= SHOWN or f.change == "higher" or bool(concern.advice.overruled_by))


def _concern(c: ConcernPart, data: ReportData, w: Words) -> Concern:
    shown = pair(c.sides, w)
    return Concern(
        ident=f"concern-{c.name}",
        name=w.label("concern", c.name) + doubt(c.figure, data),
        amount=w("text.share_of", amount=w.amount(c.figure), units=w.units(c.figure)),
        mark=mark(c.figure),
        change=w.change(c.figure, data),
        advice=c.advice.value,
        advice_name=w(f"advice.{c.advice.value}"),
        advice_why=_why(c.advice, w),
        question=c.question.get(w.lang, ""),
        cards=tuple(_card(row, w) for row in c.cards.get(w.lang, ())),
        gap="" if c.cards.get(w.lang) else w("text.no_evidence"),
        council=_council_items(c, w),
        pair=shown,
        no_pair="" if shown else w("few.pair", supportive=c.sides.of_supportive, critical=c.sides.of_critical),
    )


def _why(advice: Advice, w: Words) -> str:
    reach = advice.reach
    said = w(
        f"advice.why_{advice.reason}",
        stories=w("count.stories", n=reach.stories),
        outlets=w("count.outlets", n=reach.outlets, of=reach.of_outlets),
    )
    if advice.overruled_by is None:
        return said
    ruled = w(
        "advice.overruled", rule=w(f"advice.{advice.rule}"), name=advice.overruled_by, day=w.day(advice.overruled_on)
    )
    return " ".join(x for x in (said, ruled, f"« {advice.overruled_why} »" if advice.overruled_why else "") if x)


def _council_items(c: ConcernPart, w: Words) -> tuple[Item, ...]:
    items = tuple(_council(item, w) for item in c.council[:COUNCIL])
    left = len(c.council) - len(items)
    return (*items, Item(text=w("text.more_council", n=left))) if left > 0 else items


def _council(item: CouncilItem, w: Words) -> Item:
    return Item(
        text=item.title,
        small=" · ".join((w(f"stage.{item.stage}"), item.source, w.day(item.day))),
        href=web_link(item.url),
    )


# -- evidence cards ---------------------------------------------------------------------------------------------------


def _card(row: Mapping[str, Any], w: Words) -> EvidenceCard:
    """Return a card from the plain row that evidence gives; a missing field is left out, never guessed."""
    said = _texts(row)
    bearing = said("bearing")
    retrieved = w("card.retrieved", day=_day(row.get("retrieved"), w)) if row.get("retrieved") else ""
    valid = w("card.valid_until", day=_day(row.get("valid_until"), w)) if row.get("valid_until") else ""
    licence = said("licence")
    flags = row.get("flags") or row.get("status") or ()
    flags = [flags] if isinstance(flags, str) else list(flags)
    return EvidenceCard(
        value=_value(row, w),
        title=said("label", "title", "question"),
        meta=" · ".join(x for x in (said("place"), said("period"), retrieved, valid) if x),
        caveat=said("caveat"),
        source=" · ".join(x for x in (said("source"), licence) if x),
        href=web_link(said("link", "url")),
        bearing=bearing,
        bearing_name=w.slug("bearing", bearing) if bearing else "",
        flags=", ".join(w.slug("flag", str(f).replace(" ", "_")) for f in flags),
    )


def _texts(row: Mapping[str, Any]) -> Any:
    def first(*names: str) -> str:
        return next((str(row[n]) for n in names if row.get(n) not in (None, "")), "")

    return first


def _value(row: Mapping[str, Any], w: Words) -> str:
    value = row.get("value")
    if value is None:
        return w("card.no_value")
    shown = w.number(float(value), 1) if isinstance(value, (int, float)) else str(value)
    return f"{row.get('value_text') or shown} {row.get('unit') or ''}".strip()


def _day(value: Any, w: Words) -> str:
    try:
        return w.day(str(value))
    except ValueError:
        return str(value)


# -- quotations -------------------------------------------------------------------------------------------------------


def pair(sides: Sides, w: Words) -> Pair | None:
    """Return the quotes of both sides next to each other, ``None`` where either side has none."""
    both = tuple((quotation(s, w), quotation(c, w)) for s, c in zip(sides.supportive, sides.critical, strict=True))
    return Pair(left=w("side.supportive"), right=w("side.critical"), quotes=both) if both else None


def quotation(q: Quote, w: Words) -> Quotation:
    """Return a quote with its outlet, day, page and link."""
    page = w("text.page", number=str(q.page)) if q.page else ""
    return Quotation(
        text=q.text,
        lang=q.lang,
        source=", ".join(x for x in (q.outlet, w.day(q.day, "medium"), page) if x),
        style=q.side or "",
        href=web_link(q.url),
        title=q.title,
    )
