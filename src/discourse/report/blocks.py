"""What a page is made of: a report in the words of one language, as blocks that every face knows how to set."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

Mark = Literal["higher", "lower", "none", "unknown"]


def web_link(address: str) -> str:
    """Return an address that may become a link; empty for anything but http and https with a host."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return ""
    safe = parts.scheme in ("http", "https") and bool(parts.netloc) and not any(ord(c) < 33 for c in address.strip())
    return address.strip() if safe else ""


@dataclass(frozen=True, kw_only=True)
class Text:
    """A paragraph; ``few`` says that something cannot be said, ``alert`` warns, ``small`` is a footnote."""

    text: str
    kind: Literal["plain", "few", "alert", "small"] = "plain"


@dataclass(frozen=True, kw_only=True)
class Heading:
    """A heading inside a part."""

    text: str
    level: Literal[3, 4] = 3


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A cell of a table; ``state`` is a slug that a face may colour by, never the only sign."""

    text: str
    numeric: bool = False
    lang: str = ""
    small: str = ""
    state: str = ""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table whose first column heads its rows; ``folded`` until opened, not ``named`` where a heading is."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    folded: bool = False
    named: bool = True


@dataclass(frozen=True, kw_only=True)
class Line:
    """One series of a chart over weeks; ``None`` where a week has no value."""

    name: str
    style: str
    values: tuple[float | None, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class OverTime:
    """Lines over weeks, with the range expected of the last one."""

    weeks: tuple[str, ...]
    lines: tuple[Line, ...]
    percent: bool
    band: tuple[float, float] | None = None
    band_name: str = ""
    band_from: int = 0


@dataclass(frozen=True, kw_only=True)
class Spread:
    """One row of an interval chart: a share, its interval, the range expected of it; ``None`` where too few."""

    name: str
    share: float | None
    low: float | None
    high: float | None
    base_low: float | None
    base_high: float | None
    mark: Mark
    value: str
    note: str
    href: str = ""


@dataclass(frozen=True, kw_only=True)
class Intervals:
    """Shares as dots with their intervals, over what was expected of them."""

    rows: tuple[Spread, ...]
    share_name: str
    band_name: str


@dataclass(frozen=True, kw_only=True)
class Split:
    """One bar of 100 per cent: a name, its parts, what is said of it, and a remark such as the number behind it."""

    name: str
    parts: tuple[float, ...]
    note: str
    remark: str = ""


@dataclass(frozen=True, kw_only=True)
class Splits:
    """Bars of 100 per cent: rows (``over_time`` false) or columns, one a week; parts have names and styles."""

    names: tuple[str, ...]
    styles: tuple[str, ...]
    bars: tuple[Split, ...]
    over_time: bool = False


@dataclass(frozen=True, kw_only=True)
class Heat:
    """Counts of rows over weeks; ``alarm`` marks the cells of a source that fell silent."""

    weeks: tuple[str, ...]
    rows: tuple[tuple[str, tuple[int, ...]], ...]
    notes: tuple[tuple[str, ...], ...]
    alarms: frozenset[tuple[int, int]] = frozenset()


Drawing = OverTime | Intervals | Splits | Heat


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A drawing with its name, what it shows in words, how to read it, and the plain table behind it."""

    ident: str
    title: str
    said: str
    reading: str
    drawing: Drawing
    table: Table


@dataclass(frozen=True, kw_only=True)
class Quotation:
    """A quoted passage with its outlet, day and link."""

    text: str
    lang: str
    source: str
    style: str = ""
    href: str = ""
    title: str = ""


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two columns of quotations, equally many."""

    left: str
    right: str
    quotes: tuple[tuple[Quotation, Quotation], ...]


@dataclass(frozen=True, kw_only=True)
class Item:
    """An entry of a list, with what stands small below it and a link."""

    text: str
    small: str = ""
    href: str = ""
    lang: str = ""


@dataclass(frozen=True, kw_only=True)
class Bullets:
    """A list."""

    items: tuple[Item, ...]


@dataclass(frozen=True, kw_only=True)
class Usage:
    """A contested term: its count, what to say instead, one use in context."""

    term: str
    lang: str
    count: str
    instead: str
    before: str
    shown: str
    after: str


@dataclass(frozen=True, kw_only=True)
class Usages:
    """The contested terms of a week."""

    items: tuple[Usage, ...]
    instead_name: str


@dataclass(frozen=True, kw_only=True)
class EvidenceCard:
    """One official figure: what it says, where and when, what it does not say, how it bears on the concern."""

    value: str
    title: str
    meta: str
    caveat: str
    source: str
    href: str
    bearing: str
    bearing_name: str
    flags: str = ""


@dataclass(frozen=True, kw_only=True)
class Concern:
    """One concern: its share and change, the advice, the question behind it, figures, council, both sides."""

    ident: str
    name: str
    amount: str
    mark: Mark
    change: str
    advice: str
    advice_name: str
    advice_why: str
    question: str
    cards: tuple[EvidenceCard, ...]
    gap: str
    council: tuple[Item, ...]
    pair: Pair | None
    no_pair: str


@dataclass(frozen=True, kw_only=True)
class Concerns:
    """Concerns, the most frequent first, with the headings that each repeats."""

    items: tuple[Concern, ...]
    evidence_name: str
    council_name: str
    sides_name: str


Block = Text | Heading | Table | Chart | Pair | Bullets | Usages | Concerns


@dataclass(frozen=True, kw_only=True)
class Said:
    """A sentence of the headline, with the sign of its change."""

    text: str
    mark: Mark


@dataclass(frozen=True, kw_only=True)
class Part:
    """One of the parts of the report, in their fixed order."""

    key: str
    number: int
    title: str
    lead: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, kw_only=True)
class Page:
    """A whole report in one language."""

    lang: str
    title: str
    kicker: str
    subtitle: str
    week: str
    signed: bool
    stamp: str
    stamp_small: str
    alerts: tuple[str, ...]
    sentences: tuple[Said, ...]
    parts: tuple[Part, ...]
    made: str
    digest: str
    words: dict[str, str] = field(default_factory=dict)
