"""The report as a value: what a week's report says, before any language or ink."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from discourse.records import Figure, LedgerRow, Publisher

if TYPE_CHECKING:
    import polars as pl

    from discourse.config import Settings

FindNames = Callable[[str, str], Sequence[tuple[int, int]]]
"""``find(text, lang)`` returns the (start, end) of every person's name."""

Side = Literal["supportive", "critical"]
SENTIMENT: Mapping[Side, str] = {"supportive": "positive", "critical": "negative"}
AdviceValue = Literal["answer", "prepare", "leave_alone", "too_few"]
Stage = Literal["tabled", "debated", "decided"]


@dataclass(frozen=True, kw_only=True)
class ReportInputs:
    """Everything a report is made from: views of the store, figures, evidence, the model's own account, decisions.

    ``passages`` are the week's, with text; ``documents`` the week's and its history's, without. ``decisions`` holds
    by kind (``signature``, ``advice``) what people decided. ``find_names`` finds persons' names to be masked.
    """

    settings: Settings
    week: str
    now: datetime
    figures: Sequence[Figure]
    ledger: Sequence[LedgerRow]
    passages: pl.DataFrame
    documents: pl.DataFrame
    evidence: Mapping[str, Any] = field(default_factory=dict)
    method: Mapping[str, Any] = field(default_factory=dict)
    decisions: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    find_names: FindNames | None = None


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """One sentence of the headline: which template, from which figures, with which plain values."""

    key: str
    figures: tuple[Figure, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Quote:
    """A passage as it is quoted, private names masked, with where it stands; ``cut`` when it was shortened."""

    passage_id: str
    side: Side | None
    text: str
    lang: str
    source: str
    outlet: str
    kind: Publisher
    title: str
    url: str
    day: date | None
    page: int | None = None
    cut: bool = False


@dataclass(frozen=True, kw_only=True)
class Sides:
    """As many supportive as critical quotes, and how many passages of either side there were to choose from."""

    supportive: tuple[Quote, ...] = ()
    critical: tuple[Quote, ...] = ()
    of_supportive: int = 0
    of_critical: int = 0


@dataclass(frozen=True, kw_only=True)
class Reach:
    """How far a concern got in a week: stories, outlets (press and residents), and whether its share grew."""

    stories: int
    outlets: int
    of_outlets: int
    growth: Literal["higher", "lower", "none", "unknown"]
    enough: bool = True


@dataclass(frozen=True, kw_only=True)
class Advice:
    """What the published rule says of a concern, why, and who overruled it."""

    value: AdviceValue
    rule: AdviceValue
    reason: str
    reach: Reach
    overruled_by: str | None = None
    overruled_on: str | None = None
    overruled_why: str = ""


@dataclass(frozen=True, kw_only=True)
class CouncilItem:
    """A text of the council about migration: tabled, debated or decided, and which concerns it touches."""

    document_id: str
    title: str
    url: str
    day: date | None
    source: str
    stage: Stage
    concerns: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ConcernPart:
    """One concern: its figure, advice, both sides, what official figures and the council say of it.

    ``question``, ``cards`` and ``declared`` (series that would answer, not yet filled) are kept by language; a card
    is a row of plain values as ``evidence`` gives it.
    """

    name: str
    figure: Figure
    advice: Advice
    sides: Sides
    question: Mapping[str, str]
    cards: Mapping[str, tuple[Mapping[str, Any], ...]]
    gap: str | None
    declared: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)
    council: tuple[CouncilItem, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TermPart:
    """A contested term outside quotations: how often, in how many stories, what to say instead, one example."""

    term: str
    lang: str
    count: int
    stories: int
    neutral: str | None = None
    before: str = ""
    shown: str = ""
    after: str = ""


@dataclass(frozen=True, kw_only=True)
class SourceWeeks:
    """How many texts a source gave in each week of the history, in the order of ``ReportData.weeks``."""

    source: str
    title: str
    kind: Publisher
    counts: tuple[int, ...]
    state: str = "ok"


@dataclass(frozen=True, kw_only=True)
class Signature:
    """Who answers for the report, and when they said so."""

    by: str
    on: str
    digest: str


@dataclass(frozen=True, kw_only=True)
class ReportData:
    """A week's report. ``digest`` is the hash of its figures and texts, which a signature is put on."""

    city: str
    week: str
    first_day: date
    last_day: date
    made: datetime
    languages: tuple[str, ...]
    headline: tuple[Sentence, ...]
    ledger: tuple[LedgerRow, ...]
    weeks: tuple[str, ...]
    coverage: tuple[SourceWeeks, ...]
    figures: tuple[Figure, ...]
    sides: Sides
    concerns: tuple[ConcernPart, ...]
    terms: tuple[TermPart, ...]
    council: tuple[CouncilItem, ...]
    method: Mapping[str, Any]
    rules: Mapping[str, Any]
    breaks: tuple[str, ...] = ()
    digest: str = ""
    signature: Signature | None = None

    @cached_property
    def _index(self) -> dict[tuple[str, str, str, str], Figure]:
        return {(f.period, f.task, f.label, f.group): f for f in self.figures}

    def one(self, task: str, label: str, *, group: str = "all", period: str | None = None) -> Figure | None:
        """Return one figure of the week or of another period, ``None`` where the group had no texts."""
        return self._index.get((period or self.week, task, label, group))

    def of(self, task: str, *, group: str = "all") -> list[Figure]:
        """Return the week's figures of a task in one group, in codebook order."""
        return [f for f in self.figures if f.period == self.week and f.task == task and f.group == group]

    def series(self, task: str, label: str, *, group: str = "all") -> list[Figure | None]:
        """Return one label's figure in every week of the history, the reported week last."""
        return [self.one(task, label, group=group, period=week) for week in self.weeks]

    def groups(self, prefix: str = "") -> list[str]:
        """Return the sub-populations that the week has figures for, in their order."""
        found = dict.fromkeys(f.group for f in self.figures if f.period == self.week)
        return [g for g in found if g.startswith(prefix)]


def as_plain(value: Any) -> Any:
    """Return a value of the report as plain lists, dictionaries, numbers and texts, dates in ISO form."""
    if isinstance(value, Mapping):
        return {str(k): as_plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [as_plain(v) for v in value]
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if hasattr(value, "__dataclass_fields__"):
        return as_plain(asdict(value))
    return value
