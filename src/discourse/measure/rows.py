"""Figures from tagged rows, without a store: what ``discourse measure`` does."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from discourse import config
from discourse.config import MeasureSettings, Settings
from discourse.errors import NothingUsable, RowError, UsageError
from discourse.measure import gold as people
from discourse.measure import weekly
from discourse.measure.stories import names
from discourse.measure.town import build
from discourse.records import PUBLISHERS, Figure, iso_week

COLUMNS = ("period", "task", "label", "group", "unit", "denominator", "n", "count", "share", "low", "high", "method",
           "enough", "corrected")  # fmt: skip
PERIODS = ("day", "week", "month", "quarter", "year")
GROUPS = ("outlet", "lang", "kind", "concern")
WHOLE = "all"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What to count by: one period or none, labels or attention alone, and groups."""

    period: str | None
    labels: bool
    groups: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Tagged rows as the frames of a town, and what could not be used, by reason."""

    passages: pl.DataFrame
    documents: pl.DataFrame
    left_out: Mapping[str, int]


def asked(by: str) -> Asked:
    """Return what ``--by week,label`` asks for; raise ``UsageError`` for a word that is no such thing."""
    words = [w.strip() for w in by.split(",") if w.strip()]
    unknown = [w for w in words if w not in (*PERIODS, *GROUPS, "label")]
    if unknown:
        raise UsageError(f"--by: {unknown[0]!r}.", remedy=f"Known: label, {', '.join((*PERIODS, *GROUPS))}.")
    periods = [w for w in words if w in PERIODS]
    if len(periods) > 1:
        raise UsageError(f"--by: {' and '.join(periods)}.", remedy="Give one period.")
    return Asked(
        period=periods[0] if periods else None,
        labels="label" in words,
        groups=tuple(w for w in words if w in GROUPS),
    )


def measure(
    tags: str | Path | Iterable[Mapping[str, Any]],
    *,
    by: str = "week,label",
    gold: str | Path | Iterable[Mapping[str, Any]] | None = None,
    settings: MeasureSettings | None = None,
    threshold: float = 0.5,
) -> pl.DataFrame:
    """Return tidy figures, one row a period, label and group, from rows as ``discourse tag`` writes them.

    ``tags`` and ``gold`` are files (JSONL or Parquet) or rows. Rows need ``date`` where a period is asked for; they may
    have ``outlet``, ``story_id``, ``kind``. Gold rows have ``id``, labels and ``probability``.
    """
    return figures(read(tags, by=by), by=by, gold=gold, settings=settings, threshold=threshold)


def figures(
    rows: Rows,
    *,
    by: str,
    gold: str | Path | Iterable[Mapping[str, Any]] | None = None,
    settings: MeasureSettings | None = None,
    threshold: float = 0.5,
) -> pl.DataFrame:
    """Return tidy figures of rows that were read before."""
    want = asked(by)
    base = config.defaults()
    base = base.model_copy(
        update={
            "measure": settings or base.measure,
            "classify": base.classify.model_copy(update={"relevance_threshold": threshold}),
        }
    )
    readings = people.from_rows(_rows(gold)) if gold is not None else []
    last = max(rows.documents["week"].to_list())
    town = build(rows.passages, rows.documents, week=last, settings=base, readings=readings)
    known = weekly.corrections_of(town)
    out: list[Figure] = []
    for group in _groups(town.groups(), want):
        out += weekly.plain_figures(town, group, known, by_concern="concern" in want.groups)
    for lang in sorted(rows.passages["lang"].unique().to_list()) if "lang" in want.groups else []:
        out += _of_language(rows, lang, readings, base, known)
    return table([f for f in out if want.labels or f.task == "attention"])


def _groups(present: Sequence[str], want: Asked) -> list[str]:
    """Return the groups of a town that were asked for; ``all`` always."""
    kinds = [g for g in present if g in PUBLISHERS and "kind" in want.groups]
    outlets = [g for g in present if g.startswith("source:") and "outlet" in want.groups]
    return ["all", *kinds, *outlets]


def _of_language(
    rows: Rows, lang: str, readings: Sequence[people.Reading], settings: Settings, known: Any
) -> list[Figure]:
    passages = rows.passages.filter(pl.col("lang") == lang)
    documents = rows.documents.filter(pl.col("id").is_in(passages["document_id"].unique().to_list()))
    last = max(documents["week"].to_list())
    town = build(passages, documents, week=last, settings=settings, readings=readings)
    return [replace(f, group=f"lang:{lang}") for f in weekly.plain_figures(town, "all", known, by_concern=False)]


def table(found: Sequence[Figure]) -> pl.DataFrame:
    """Return figures as a tidy frame."""
    types: dict[str, Any] = dict.fromkeys(COLUMNS, pl.String) | dict.fromkeys(
        ("count", "share", "low", "high"), pl.Float64
    )
    types |= {"n": pl.Int64, "enough": pl.Boolean, "corrected": pl.Boolean}
    return pl.DataFrame({c: [getattr(f, c) for f in found] for c in COLUMNS}, schema=types)


def read(tags: str | Path | Iterable[Mapping[str, Any]], *, by: str = "week,label") -> Rows:
    """Return tagged rows as frames; rows that cannot be used are counted by reason, and never end it.

    Raises ``NothingUsable`` when no row is left.
    """
    period, lost = asked(by).period, dict[str, int]()
    if isinstance(tags, (str, Path)) and Path(tags).suffix == ".parquet":
        tags = pl.read_parquet(tags).iter_rows(named=True)
    data: dict[str, list[Any]] = {name: [] for name in (*_TEXT, *_scored(), "voices", "relevance")}
    for row in _rows(tags, lost):
        reason = _take(row, period, data)
        if reason:
            lost[reason] = lost.get(reason, 0) + 1
    if not data["passage_id"]:
        reasons = ", ".join(f"{n} {k}" for k, n in lost.items()) or "the file is empty"
        raise NothingUsable(
            f"no tagged row can be measured ({reasons}).", remedy="Give rows of `discourse tag` with a date."
        )
    types: dict[str, Any] = dict.fromkeys(_TEXT, pl.String) | {"voices": pl.List(pl.String)}
    frame = pl.DataFrame(data, schema=types | dict.fromkeys((*_scored(), "relevance"), pl.Float32))
    documents = frame.unique("document_id", keep="first", maintain_order=True).select(
        pl.col("document_id").alias("id"), "story_id", "source", "kind", "week"
    )
    return Rows(passages=frame, documents=documents, left_out=lost)


_TEXT = ("passage_id", "document_id", "story_id", "source", "kind", "lang", "week", "model", "codebook")


def _scored() -> tuple[str, ...]:
    return tuple(n for n in names()[:-1] if not n.startswith("voice."))


def _take(row: Mapping[str, Any], period: str | None, data: dict[str, list[Any]]) -> str | None:
    """Add a row to the columns; return why not, when it cannot be used."""
    if row.get("error"):
        return "could not be tagged"
    if row.get("id") is None or not isinstance(row.get("relevance"), (int, float)):
        return "without id or relevance"
    when = _period(row.get("date"), period) if period else WHOLE
    if when is None:
        return "without a date"
    try:
        scores = [float(row[t][n]) if row.get(t) is not None else 0.0 for t, n in (s.split(".") for s in _scored())]
    except (KeyError, TypeError, ValueError):
        return "without every label"
    who, outlet = str(row["id"]), str(row.get("outlet") or row.get("source") or "unnamed")
    story = str(row["story_id"]) if row.get("story_id") is not None else None
    document = str(row.get("document_id") or (f"{story} {outlet}" if story is not None else who))
    kind = row.get("kind") if row.get("kind") in PUBLISHERS else "press"
    text = (who, document, story, outlet, kind, row.get("lang") or "", when, row.get("model"), row.get("codebook"))
    for name, value in zip(_TEXT, text, strict=True):
        data[name].append(value)
    for name, score in zip(_scored(), scores, strict=True):
        data[name].append(score)
    data["relevance"].append(float(row["relevance"]))
    data["voices"].append(sorted({v["voice"] if isinstance(v, Mapping) else str(v) for v in row.get("voices") or []}))
    return None


def _period(value: Any, period: str) -> str | None:
    try:
        day = value if isinstance(value, date) else datetime.fromisoformat(str(value)).date()
    except ValueError:
        return None
    if isinstance(day, datetime):
        day = day.date()
    return {
        "day": day.isoformat(),
        "week": iso_week(day),
        "month": f"{day.year}-{day.month:02d}",
        "quarter": f"{day.year}-Q{(day.month + 2) // 3}",
        "year": str(day.year),
    }[period]


def _rows(
    source: str | Path | Iterable[Mapping[str, Any]], lost: dict[str, int] | None = None
) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of a JSONL file or of an iterable; a line that is no JSON object is counted, or refused."""
    if not isinstance(source, (str, Path)):
        yield from source
        return
    path = Path(source)
    if not path.is_file():
        raise UsageError(f"there is no file {path}.", remedy="Name a JSONL or Parquet file.")
    if path.suffix == ".parquet":
        yield from pl.read_parquet(path).iter_rows(named=True)
        return
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            row = _parsed(line)
            if row is not None:
                yield row
            elif lost is None:
                raise RowError(f"{path}, line {number}: no JSON object.", remedy="Mend that line.", slug="not_json")
            else:
                lost["no JSON"] = lost.get("no JSON", 0) + 1


def _parsed(line: bytes) -> Mapping[str, Any] | None:
    try:
        value = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
