"""The frozen values that flow: ``SourceRef -> Fetched -> Document -> Passage -> Tags -> Figure``.

Every value is keyword-only, comparable and complete; every time is aware and in UTC; every stage answers with one of
``Done | Unchanged | Skipped | Failed`` so that nothing is lost in silence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, ClassVar, Generic, Literal, TypeVar

if TYPE_CHECKING:
    from discourse.errors import DiscourseError

T = TypeVar("T")

Publisher = Literal["press", "council", "civic"]
PUBLISHERS: tuple[Publisher, ...] = ("press", "council", "civic")
LANGUAGES: tuple[str, ...] = ("fr", "en", "es", "de", "it")

PartKind = Literal[
    "title", "heading", "paragraph", "quote", "list", "table", "speech", "agenda_item", "vote", "header", "footer"
]


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceRef:
    """Where one item of a source can be had: the source's slug, the address as given, the native key if it has one."""

    source: str
    url: str
    key: str | None = None
    published: datetime | None = None
    title: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetched:
    """The bytes behind an address, with what the server said of them."""

    ref: SourceRef
    body: bytes
    retrieved: datetime
    url: str
    media_type: str | None = None
    charset: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    opt_out: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A stretch ``text[start:end]`` of a document, with its role; pages are counted from 1.

    ``speaker`` and ``role`` say who spoke and as what (``chair``, ``guest`` …), ``number`` the item of the agenda, or
    the time of a live blog's entry.
    """

    kind: PartKind
    start: int
    end: int
    page: int | None = None
    speaker: str | None = None
    number: str | None = None
    role: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Provenance:
    """When, from where and by which reader a document came, under which licence or opt-out signal."""

    retrieved: datetime
    retrieved_from: str
    extractor: str
    extractor_version: str
    licence: str | None = None
    opt_out: str | None = None
    removed: Mapping[str, int] = field(default_factory=dict)
    confidence: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """One published text. ``id`` is stable over runs; ``text`` holds everything, ``parts`` say what each stretch is."""

    id: str
    source: str
    url: str
    title: str
    published: datetime | None
    lang: str
    kind: Publisher
    text: str
    parts: tuple[Part, ...]
    provenance: Provenance
    native_key: str | None = None
    meta: tuple[tuple[str, str], ...] = ()

    def body(self) -> str:
        """Return the text without running headers and footers."""
        dropped = [p for p in self.parts if p.kind in ("header", "footer")]
        out, at = [], 0
        for part in sorted(dropped, key=lambda p: p.start):
            out.append(self.text[at : part.start])
            at = max(at, part.end)
        return "".join([*out, self.text[at:]])


@dataclass(frozen=True, kw_only=True, slots=True)
class Passage:
    """The unit of labelling: a paragraph, or two to five sentences, ``document.text[start:end]``."""

    id: str
    document_id: str
    index: int
    start: int
    end: int
    text: str
    lang: str
    context: str | None = None
    page: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Voice:
    """A stretch of direct or indirect speech, with its speaker and cue; offsets count characters of the passage."""

    voice: str
    start: int
    end: int
    speaker: str | None = None
    cue: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Term:
    """A contested term found in a passage, its neutral counterpart, and whether it stands inside a quotation."""

    term: str
    start: int
    end: int
    neutral: str | None = None
    quoted: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Tags:
    """What the model says of one passage: calibrated probabilities for every label of every task."""

    id: str
    lang: str
    relevance: float
    scores: Mapping[str, Mapping[str, float]]
    model: str
    codebook: str
    voices: tuple[Voice, ...] = ()
    terms: tuple[Term, ...] = ()
    warning: str | None = None


# -- outcomes ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """A step gave a value."""

    outcome: ClassVar[str] = "done"
    value: T


@dataclass(frozen=True, kw_only=True, slots=True)
class Unchanged:
    """Nothing new at this address since the last look."""

    outcome: ClassVar[str] = "unchanged"
    ref: SourceRef


@dataclass(frozen=True, kw_only=True, slots=True)
class Skipped:
    """Left out on purpose; ``reason`` is a slug such as ``paywall``, ``opted_out``, ``robots``, ``empty``.

    ``detail`` says by which sign, such as ``tdmrep header``.
    """

    outcome: ClassVar[str] = "skipped"
    ref: SourceRef
    reason: str
    detail: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Failed:
    """Could not be read; ``error.slug`` is the reason that is counted, the error says what to do."""

    outcome: ClassVar[str] = "failed"
    ref: SourceRef
    error: DiscourseError


Outcome = Done[T] | Unchanged | Skipped | Failed


# -- figures ----------------------------------------------------------------------------------------------------------

Change = Literal["higher", "lower", "none", "no_baseline", "too_few", "break"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """One number of one period. ``share``, ``low`` and ``high`` are in 0..1; counts are of the named ``unit``.

    ``task``/``label`` name what is measured (``attention``/``stories`` for counts), ``group`` the sub-population
    (``all``, ``press``, ``council``, ``source:<slug>``, ``lang:<code>``), ``denominator`` what ``n`` counts.
    ``base_low``/``base_high`` bound the range expected from the baseline weeks, for ``share`` where there is one and
    for ``count`` otherwise; ``q`` is the false-discovery-adjusted p-value of the change.
    """

    period: str
    task: str
    label: str
    group: str
    unit: str
    denominator: str
    n: int
    count: float
    share: float | None
    low: float | None
    high: float | None
    method: str
    enough: bool
    corrected: bool = False
    base_share: float | None = None
    base_low: float | None = None
    base_high: float | None = None
    base_weeks: int = 0
    change: Change = "no_baseline"
    q: float | None = None
    versions: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class LedgerRow:
    """One source in one week: what was expected, what came, and why the rest did not."""

    source: str
    title: str
    kind: Publisher
    period: str
    expected: float | None
    got: int
    relevant: int
    reprints: int
    skipped: Mapping[str, int]
    failed: Mapping[str, int]
    state: Literal["ok", "silent", "low", "new", "failing", "high"]
    last_seen: date | None = None
    note: str = ""


def utc(value: datetime) -> datetime:
    """Return the same instant, aware, in UTC; a naive time is taken to be UTC already."""
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def iso_week(day: date | datetime) -> str:
    """Return the ISO week of a day, as ``2026-W46``."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"
