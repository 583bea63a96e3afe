"""The Markdown face: the whole report as text with tables, for a wiki, a ticket or a diff; nothing quoted is markup."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from discourse.report.blocks import (
    Block,
    Bullets,
    Chart,
    Concern,
    Concerns,
    EvidenceCard,
    Heading,
    Item,
    Page,
    Pair,
    Quotation,
    Table,
    Text,
    Usages,
)
from discourse.report.composing import compose
from discourse.report.value import ReportData

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")
_LINE_START = re.compile(r"^(\s*)([-+=]|\d+[.)])(?=\s|$)")
SIGNS = {"higher": "▲", "lower": "▼", "none": "=", "unknown": "…"}


def render(data: ReportData, lang: str) -> Mapping[str, bytes]:
    """Return ``report.<lang>.md`` in GitHub-flavoured Markdown."""
    page = compose(data, lang)
    return {f"report.{lang}.md": ("\n".join(_page(page)).rstrip() + "\n").encode("utf-8")}


def escaped(text: str) -> str:
    """Return a text as Markdown that shows it as it is, on one line."""
    flat = re.sub(r"\s+", " ", text).strip()
    return _LINE_START.sub(r"\1\\\2", _SPECIAL.sub(r"\\\1", flat).replace("&", "&amp;"))


def link(text: str, href: str) -> str:
    """Return a link where there is an address, the text alone where there is none."""
    return f"[{escaped(text)}](<{href.replace('<', '%3C').replace('>', '%3E')}>)" if href else escaped(text)


def _page(page: Page) -> Iterator[str]:
    yield f"# {escaped(page.title)}"
    yield from ("", f"{escaped(page.kicker)} · **{escaped(page.week)}** · {escaped(page.subtitle)}")
    yield from ("", f"> **{escaped(page.stamp)}** · {escaped(page.stamp_small)}", "")
    for part in page.parts:
        yield from (f"## {part.number}. {escaped(part.title)}", "")
        if part.key == "headline":
            for alert in page.alerts:
                yield from (f"> ⚠ {escaped(alert)}", "")
            yield from (f"- {SIGNS[s.mark]} {escaped(s.text)}" for s in page.sentences)
            yield ""
        yield from (f"*{escaped(part.lead)}*", "")
        for block in part.blocks:
            yield from _block(block, page)
    yield from ("---", "", escaped(page.made), "", escaped(page.digest))


def _block(block: Block, page: Page) -> Iterator[str]:
    match block:
        case Text():
            yield from (f"> ⚠ {escaped(block.text)}" if block.kind == "alert" else escaped(block.text), "")
        case Heading():
            yield from (f"{'#' * block.level} {escaped(block.text)}", "")
        case Table():
            yield from _table(block)
        case Chart():
            yield from (f"### {escaped(block.title)}", "", escaped(block.said), "")
            yield from _table(block.table)
        case Pair():
            yield from _pair(block, page)
        case Bullets():
            yield from _bullets(block.items)
        case Usages():
            for use in block.items:
                instead = f" · {escaped(block.instead_name)}: *{escaped(use.instead)}*" if use.instead else ""
                yield f"- **{escaped(use.term)}** ({escaped(use.count)}){instead}"
                yield f"  {escaped(use.before)} **{escaped(use.shown)}** {escaped(use.after)}"
            yield ""
        case Concerns():
            for concern in block.items:
                yield from _concern(concern, block, page)


def _table(table: Table) -> Iterator[str]:
    if not table.rows:
        return
    yield "| " + " | ".join(escaped(h) for h in table.head) + " |"
    yield "|" + "|".join("---:" if c.numeric else "---" for c in table.rows[0]) + "|"
    for row in table.rows:
        yield "| " + " | ".join(escaped(f"{c.text} ({c.small})" if c.small else c.text) for c in row) + " |"
    yield ""


def _bullets(items: Sequence[Item]) -> Iterator[str]:
    for item in items:
        yield f"- {link(item.text, item.href)}" + (f" ({escaped(item.small)})" if item.small else "")
    yield ""


def _quotation(quote: Quotation, page: Page) -> Iterator[str]:
    where = escaped(quote.source) + (f" · {link(page.words['link'], quote.href)}" if quote.href else "")
    yield from (f"> {escaped(quote.text)}", ">", f"> {where}", "")


def _pair(pair: Pair, page: Page) -> Iterator[str]:
    for side, name in enumerate((pair.left, pair.right)):
        yield from (f"**{escaped(name)}**", "")
        for quotes in pair.quotes:
            yield from _quotation(quotes[side], page)


def _card(card: EvidenceCard, page: Page) -> str:
    parts = [f"**{escaped(card.value)}**" + (f" ({escaped(card.flags)})" if card.flags else ""), escaped(card.title)]
    parts += [escaped(x) for x in (card.bearing_name, card.meta, card.caveat, card.source) if x]
    parts += [link(page.words["link"], card.href)] if card.href else []
    return "- " + " · ".join(parts)


def _concern(concern: Concern, block: Concerns, page: Page) -> Iterator[str]:
    yield from (f"### {escaped(concern.name)} · {escaped(concern.advice_name)}", "")
    yield from (f"**{escaped(concern.amount)}** {SIGNS[concern.mark]} {escaped(concern.change)}", "")
    yield from (escaped(concern.advice_why), "")
    if concern.question:
        yield from (f"*{escaped(concern.question)}*", "")
    if concern.cards:
        yield from (f"#### {escaped(block.evidence_name)}", "", *(_card(c, page) for c in concern.cards), "")
    if concern.council:
        yield from (f"#### {escaped(block.council_name)}", "", *_bullets(concern.council))
    if concern.pair:
        yield from (f"#### {escaped(block.sides_name)}", "", *_pair(concern.pair, page))
    if concern.gap or concern.no_pair:
        yield from (escaped(f"{concern.gap} {concern.no_pair}"), "")
