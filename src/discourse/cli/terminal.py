"""What commands share: their options, the clock, progress on a terminal or one line a minute in a log."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from discourse.errors import UsageError

if TYPE_CHECKING:
    from discourse.pipeline import Notify
    from discourse.runlog import RunLog

Config = Annotated[Path | None, typer.Option("--config", "-c", help="The configuration [default: ./discourse.toml].")]
Root = Annotated[Path | None, typer.Option("--root", help="The folder that relative paths start from.")]
Json = Annotated[bool, typer.Option("--json", help="Answer as JSON on standard output.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but the last line and errors.")]


def clock() -> datetime:
    """Return the time: that of the machine, or DISCOURSE_NOW (ISO 8601), by which a run can be repeated exactly."""
    given = os.environ.get("DISCOURSE_NOW")
    if not given:
        return datetime.now(UTC)
    try:
        value = datetime.fromisoformat(given)
    except ValueError as error:
        raise UsageError(f"DISCOURSE_NOW={given!r} is not a time.", remedy="Write 2026-11-16T06:00:00Z.") from error
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def say(text: str) -> None:
    """Talk to the person: on standard error."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def answer(value: Any) -> None:
    """Give data: on standard output, as JSON."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


@contextmanager
def progress(*, quiet: bool) -> Iterator[Notify]:
    """Give a callback that shows progress: a bar with a tally by reason on a terminal, a line a minute elsewhere."""
    if quiet:
        yield lambda stage, log, done, total: None
    elif sys.stderr.isatty():
        with _bar() as tell:
            yield tell
    else:
        yield _Lines()


class _Lines:
    """One line a minute, and one for each new stage."""

    def __init__(self) -> None:
        self._stage = ""
        self._last = 0.0

    def __call__(self, stage: str, log: RunLog, done: int, total: int | None) -> None:
        now = time.monotonic()
        kind = stage.split(" ", maxsplit=1)[0]
        if kind == self._stage and now - self._last < 60:
            return
        self._stage, self._last = kind, now
        of = f" {done} of {total}" if total else ""
        tally = ", ".join(f"{n} {k.replace('_', ' ')}" for k, n in sorted(log.tally(kind).items()))
        say(f"{stage}{of}" + (f" ({tally})" if tally else ""))


@contextmanager
def _bar() -> Iterator[Notify]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description:<26}"),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[tally]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task("start", total=None, tally="")

        def tell(stage: str, log: RunLog, done: int, total: int | None) -> None:
            kind = stage.split(" ", maxsplit=1)[0]
            counts = sorted(log.tally(kind).items(), key=lambda x: -x[1])[:5]
            tally = " · ".join(f"{n} {k.replace('_', ' ')}" for k, n in counts)
            bars.update(task, description=stage, completed=done, total=total, tally=tally)

        yield tell


@contextmanager
def steps(what: str) -> Iterator[Callable[[int, int, float], None] | None]:
    """Give a callback ``(done, in all, loss)`` that moves a bar on a terminal; None elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (BarColumn(bar_width=24), MofNCompleteColumn(), TextColumn("loss {task.fields[loss]}"))
    times = (TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn())
    with Progress(TextColumn("{task.description}"), *columns, *times, console=Console(stderr=True)) as bars:
        task = bars.add_task(what, total=None, loss="")
        yield lambda done, total, loss: bars.update(task, completed=done, total=total, loss=f"{loss:.3f}")
