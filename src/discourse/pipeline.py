"""The weekly job: ingest, classify, measure, report; every stage resumable, every item counted.

A stage writes in batches, each one transaction, and skips what is already done: killed at any point and run again, it
ends in the same state as an undisturbed run.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from discourse import config, registry
from discourse.config import Settings, SourceSpec
from discourse.errors import (
    FULL,
    ConfigError,
    DiscourseError,
    LockHeld,
    NetworkDown,
    NothingUsable,
    StoreError,
    StoreFull,
    UsageError,
)
from discourse.records import (
    Document,
    Done,
    Failed,
    Figure,
    LedgerRow,
    Skipped,
    Unchanged,
    iso_week,
)
from discourse.runlog import RunLog
from discourse.store import Item, Kept, Store, open_store

if TYPE_CHECKING:
    from discourse.ingest.looks import Look

SEASON_WEEKS = 66
"""Weeks read for the figures of one: the time of year is known from the weeks a year before, and those before them."""
NETWORK = frozenset({"network_down", "timeout", "dns", "connect_failed"})
Notify = Callable[[str, RunLog, int, int | None], None]


def _silent(stage: str, log: RunLog, done: int, total: int | None) -> None:
    """Say nothing."""


@dataclass(kw_only=True)
class Job:
    """One run at work: its settings, open store, clock, tally, and whom to tell of progress."""

    settings: Settings
    store: Store
    now: datetime
    log: RunLog
    notify: Notify = _silent
    written: list[Path] = field(default_factory=list)


@contextmanager
def job(settings: Settings, command: str, *, now: datetime, notify: Notify = _silent) -> Iterator[Job]:
    """Open the store under its lock for one run, and write the run's row at its end.

    Raises ``LockHeld`` when another run is at work on this store.
    """
    from filelock import FileLock, Timeout

    if not settings.root.is_dir():
        raise ConfigError(f"{settings.root} is not a folder.", remedy="Name an existing one with --root.")
    lock = FileLock(settings.root / "discourse.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise LockHeld(f"another run is at work in {settings.root}.", remedy="Try again when it is done.") from error
    except OSError as error:
        raise StoreError(
            f"{settings.root} cannot be written ({error.strerror}).", remedy="Check the folder's permissions."
        ) from error
    try:
        with open_store(settings.store_url()) as store:
            work = Job(settings=settings, store=store, now=now, log=RunLog(command=command, started=now), notify=notify)
            try:
                yield work
                work.log.exit_code = work.log.code()
            except DiscourseError as error:
                work.log.exit_code = error.exit_code
                work.log.say(str(error))
                raise
            finally:
                work.log.finished = now
                if not isinstance(sys.exc_info()[1], StoreError):
                    store.write_run(work.log)
    finally:
        lock.release()


def run(
    config_file: str | Path | None = None,
    *,
    root: str | Path | None = None,
    weeks: Sequence[str] = (),
    now: datetime | None = None,
    notify: Notify = _silent,
) -> Job:
    """Do the weekly job and return it, closed, with its tally and the files it wrote.

    ``weeks`` are ISO weeks to report on, by default the last complete one. Raises what cannot be mended item by item.
    """
    settings = config.load(_path(config_file), root=_path(root))
    clock = now or datetime.now(UTC)
    with job(settings, "run", now=clock, notify=notify) as work:
        ingest(work)
        classify(work)
        report(work, weeks or [last_week(clock)])
        _refuse_nothing(work)
    return work


def _path(given: str | Path | None) -> Path | None:
    return Path(given) if given is not None else None


def last_week(now: datetime) -> str:
    """Return the last complete ISO week before a moment."""
    return iso_week(now.date() - timedelta(days=7))


def week_days(week: str) -> tuple[date, date]:
    """Return Monday and Sunday of an ISO week; raise ``UsageError`` when it is none."""
    try:
        year, number = week.upper().split("-W")
        monday = date.fromisocalendar(int(year), int(number), 1)
    except ValueError as error:
        raise UsageError(f"{week!r} is not an ISO week.", remedy="Write it as 2026-W46.") from error
    return monday, monday + timedelta(days=6)


def weeks_between(first: str, last: str) -> list[str]:
    """Return every ISO week from ``first`` to ``last``, both included."""
    at, end = week_days(first)[0], week_days(last)[0]
    if at > end:
        raise UsageError(f"{first} comes after {last}.", remedy="Give the earlier week first.")
    return [iso_week(at + timedelta(weeks=n)) for n in range((end - at).days // 7 + 1)]


# -- ingest -----------------------------------------------------------------------------------------------------------


def ingest(work: Job) -> None:
    """Take in every source: new and changed texts are kept, the rest is counted by reason; then join reprints."""
    from discourse.classify.names import find_names
    from discourse.ingest.looks import looks

    sources = work.settings.ingest.sources
    if not sources:
        raise ConfigError(
            "no source is configured.", remedy="Add an [[ingest.sources]] block, or run `discourse sources add URL`."
        )
    work.notify(f"ingest {sources[0].name}", work.log, 0, len(sources))
    for look in looks(work.settings, now=work.now, known=work.store.addresses, names=find_names):
        _keep(work, look)
        work.notify(f"ingest {look.spec.name}", work.log, sum(work.log.tally("ingest").values()), None)
    _join_stories(work)
    _forget(work)
    work.notify("ingest", work.log, len(sources), len(sources))


def _keep(work: Job, look: Look) -> None:
    """Decide on a batch and write what is kept, what is not and what the addresses answered: one transaction."""
    from discourse.ingest import decide

    spec, batch = look.spec, look.outcomes
    documents = {o.value.id: o.value for o in reversed(batch) if isinstance(o, Done)}
    known = work.store.known(list(documents))
    kept: list[Kept] = []
    items: list[Item] = []
    for outcome in batch:
        match outcome:
            case Done(value=document):
                if documents.pop(document.id, None) is None:
                    work.log.add("ingest", "repeated")
                    continue
                decision = decide(document, known.get(document.id))
                if isinstance(decision, Unchanged):
                    work.log.add_outcome("ingest", decision)
                else:
                    work.log.add("ingest", "changed" if decision.changed else "new")
                    kept.append(decision)
            case Skipped() | Failed():
                work.log.add_outcome("ingest", outcome)
                items.append(_item(spec, outcome, work.now))
            case Unchanged():
                work.log.add_outcome("ingest", outcome)
    work.store.keep(kept, items, look.learned)
    gone = [o.ref.key for o in batch if isinstance(o, Skipped) and o.reason == "deleted" and o.ref.key]
    if gone and (withdrawn := work.store.withdraw(spec.name, gone)):
        work.log.add("ingest", "withdrawn", withdrawn)


def _item(spec: SourceSpec, outcome: Skipped | Failed, now: datetime) -> Item:
    from discourse.ingest.draft import storable

    return Item(
        source=spec.name,
        key=storable(outcome.ref.key or outcome.ref.url),
        week=iso_week(outcome.ref.published or now),
        outcome=outcome.outcome,
        reason=outcome.error.slug if isinstance(outcome, Failed) else outcome.reason,
        detail=storable((str(outcome.error) if isinstance(outcome, Failed) else outcome.detail)[:500]),
    )


def _join_stories(work: Job) -> None:
    """Give every document its story; only the weeks around documents that have none yet are looked at again."""
    from discourse.ingest.stories import WINDOW_DAYS, StoryText, join_stretches

    table = work.store.document_table(brief=True)
    open_weeks = table.filter(table["story_id"].is_null())["week"].drop_nulls().unique().to_list()
    undated = table.filter(table["story_id"].is_null() & table["week"].is_null())["id"].to_list()
    wanted: set[str] = set()
    for week in open_weeks:
        monday = week_days(week)[0]
        wanted |= {iso_week(monday + timedelta(days=d)) for d in range(-WINDOW_DAYS - 7, WINDOW_DAYS + 14, 7)}
    found: dict[str, str] = {document_id: document_id for document_id in undated}
    found |= join_stretches(
        (
            StoryText(id=d.id, published=d.published, title=d.title, text=d.body())
            for d in work.store.documents(since=week, until=week)
            if d.text  # texts past their retention would all look alike
        )
        for week in sorted(wanted)
    )
    if found:
        work.store.write_stories(found)


def _forget(work: Job) -> None:
    """Drop texts past their retention, each source by its own or by that of all; only what a model has read."""
    ingesting = work.settings.ingest
    own = {s.name: s.retention_days for s in ingesting.sources if s.retention_days}
    wanted: list[tuple[int, dict[str, Any]]] = [(days, {"sources": [name]}) for name, days in own.items()]
    if ingesting.retention_days:
        wanted.append((ingesting.retention_days, {"spared": list(own)}))
    for days, which in wanted:
        before = (work.now - timedelta(days=days)).isoformat()
        work.log.add("retention", "dropped", work.store.forget_before(before, tagged=True, **which))


# -- classify ---------------------------------------------------------------------------------------------------------


def classify(work: Job) -> None:
    """Split every untagged document into passages and tag them; one document that cannot be tagged never ends it."""
    from discourse.classify import load

    settings = work.settings.classify
    model = load(settings.model, threads=settings.threads)
    total = work.store.count_untagged(model.key)
    done = 0
    for documents in work.store.untagged(model.key, chunk=settings.batch):
        work.store.write_tags(model.key, _tag(work, model, documents))
        done += len(documents)
        work.notify("classify", work.log, done, total)
    work.log.add("classify", "unchanged", max(0, work.store.counts()["documents"] - done))
    _forget(work)


def _tag(work: Job, model: Any, documents: Sequence[Document]) -> list[tuple[str, list[Any], list[Any]]]:
    from discourse.classify import TagInput
    from discourse.classify.passages import split

    split_up = [(d.id, split(d)) for d in documents]
    rows = [TagInput(id=p.id, text=p.text, lang=p.lang, context=p.context) for _, found in split_up for p in found]
    said = iter(model.tag(rows, gate=work.settings.classify.gate))
    out = []
    for document_id, found in split_up:
        tags = [next(said) for _ in found]
        relevant = any(t.relevance >= work.settings.classify.relevance_threshold for t in tags)
        work.log.add("classify", "relevant" if relevant else "not_about_migration")
        out.append((document_id, found, tags))
    return out


# -- measure and report -----------------------------------------------------------------------------------------------


def report(work: Job, weeks: Sequence[str]) -> None:
    """Write the report of each week, in every language and face of the settings."""
    for number, week in enumerate(weeks):
        work.log.week = week
        work.notify(f"report {week}", work.log, number, len(weeks))
        data = week_report(work, week)
        for place, lang in enumerate(work.settings.report.languages):
            work.written += write_faces(work.settings, data, week, lang, alike=not place)
        work.log.add("report", "written")


def week_report(work: Job, week: str) -> Any:
    """Return the report value of a week; the pipelines that find names load beside the reading of the store."""
    from discourse.classify.names import aside

    with aside(work.settings.report.languages) as find_names:
        return _week_report(work, week, find_names)


def _week_report(work: Job, week: str, find_names: Callable[[str, str], list[tuple[int, int]]]) -> Any:
    from discourse import evidence
    from discourse import report as reports
    from discourse.classify import method

    settings = work.settings
    monday, _ = week_days(week)
    back = max(settings.report.history_weeks, settings.report.baseline_weeks, SEASON_WEEKS)
    since = iso_week(monday - timedelta(weeks=back))
    passages = work.store.passages(since=since, until=week, brief=True).polars()
    documents = work.store.document_table(since=since, until=week, brief=True)
    ledger, down = coverage(work, week, since, passages, documents)
    shown = iso_week(monday - timedelta(weeks=settings.report.history_weeks))
    figures = week_figures(work, week, passages, documents, down, since=shown)
    return reports.build(
        reports.ReportInputs(
            settings=settings,
            week=week,
            now=work.now,
            figures=figures,
            ledger=ledger,
            passages=work.store.passages(since=week, until=week, text=True).polars(),
            documents=documents,
            evidence=evidence.for_concerns(settings, now=work.now),
            method=method(settings.classify.model),
            decisions={kind: work.store.decisions(kind) for kind in ("signature", "advice")},
            find_names=find_names,
        )
    )


def week_figures(
    work: Job, week: str, passages: Any, documents: Any, down: frozenset[tuple[str, str]], *, since: str | None = None
) -> list[Figure]:
    """Return every figure of a week and its history, from ``since`` on."""
    from discourse import measure

    return measure.week_figures(
        passages, documents, week=week, settings=work.settings, gold=work.store.labels(), down=down, since=since
    )


def coverage(
    work: Job, week: str, since: str, passages: Any, documents: Any
) -> tuple[list[LedgerRow], frozenset[tuple[str, str]]]:
    """Return the coverage ledger of a week, and the (source, week) pairs of the history when a source was down."""
    from discourse.ingest.ledger import coverage as cover
    from discourse.ingest.ledger import down_weeks

    threshold = work.settings.classify.relevance_threshold
    relevant = set(passages.filter(passages["relevance"] >= threshold)["document_id"].to_list())
    items = work.store.items(since=since, until=week)
    rows = cover(
        documents,
        items,
        sources=work.settings.ingest.sources,
        week=week,
        relevant=relevant,
        baseline_weeks=work.settings.report.baseline_weeks,
    )
    return rows, down_weeks(documents, sources=work.settings.ingest.sources, week=week)


def write_faces(settings: Settings, data: Any, week: str, lang: str, *, alike: bool = True) -> list[Path]:
    """Write every face of a report in one language; each file appears whole or not at all.

    Without ``alike`` faces that are the same in every language are left out. Raises ``StoreFull`` or ``StoreError``.
    """
    folder = settings.path(settings.report.out) / week
    files: dict[str, bytes] = {}
    for face in settings.report.faces:
        if face in registry.ALIKE and not alike:
            continue
        rendered: Mapping[str, bytes] = registry.find("faces", face)(data, lang)
        files |= dict(rendered)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return [_write(folder / name, body) for name, body in files.items()]
    except OSError as error:
        kind = StoreFull if error.errno in FULL else StoreError
        raise kind(
            f"{folder} cannot be written ({error.strerror}).", phase="report", remedy="Check room and permissions."
        ) from error


def _write(path: Path, body: bytes) -> Path:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(body)
        Path(name).chmod(0o644)
        shutil.move(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return path


def _refuse_nothing(work: Job) -> None:
    """Raise when there is nothing to report on: network down, or no source that could be read."""
    if work.store.counts()["documents"]:
        return
    reasons = {k.removeprefix("failed:") for k in work.log.tally("ingest") if k.startswith("failed:")}
    if reasons and reasons <= NETWORK:
        raise NetworkDown("no source could be reached.", remedy="Check the connection and run again.")
    raise NothingUsable(
        f"none of {len(work.settings.ingest.sources)} sources gave a document ({work.log.line()}).",
        remedy="See `discourse status` for the reasons.",
    )


def describe(error: DiscourseError) -> dict[str, Any]:
    """Return an error as plain values."""
    return {"error": {"slug": error.slug, "message": str(error), "exit_code": error.exit_code}}


def sign(work: Job, week: str, *, by: str) -> str:
    """Put a person's name and the hash of the figures on a week's report, write it again, and return the hash."""
    if not by.strip():
        raise UsageError("nobody is named.", remedy='Write --by "First Last".')
    data = week_report(work, week)
    digest: str = data.digest
    work.store.decide("signature", week, {"digest": digest}, by=by.strip(), made=work.now)
    report(work, [week])
    return digest


def overrule(work: Job, week: str, concern: str, *, advice: str, by: str, reason: str) -> None:
    """Put on record that a person overrules the advice on a concern in a week, and write the report again.

    Raises ``UsageError`` for an unknown concern or advice, or where nobody is named or no reason is given.
    """
    from discourse import codebook
    from discourse.report.advice import VALUES

    known = codebook.load()["concern"].label_names
    if concern not in known:
        raise UsageError(f"{concern} is no concern of the codebook.", remedy=f"One of: {', '.join(known)}.")
    if advice not in VALUES:
        raise UsageError(f"{advice} is no advice.", remedy=f"One of: {', '.join(VALUES)}.")
    if not by.strip() or not reason.strip():
        raise UsageError("a decision needs a name and a reason.", remedy='Write --by "First Last" --why "...".')
    value = {"advice": advice, "reason": reason.strip()}
    work.store.decide("advice", f"{week}/{concern}", value, by=by.strip(), made=work.now)
    report(work, [week])
