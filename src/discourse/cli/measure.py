"""Figures from tagged rows, without a store."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from discourse.cli.terminal import Json, Quiet, answer, say
from discourse.errors import OK, PARTIAL, UsageError


def measure(
    tags: Annotated[str, typer.Argument(metavar="TAGS", help="Rows of `discourse tag` with a date: JSONL or Parquet.")],
    by: Annotated[
        str, typer.Option("--by", help="label; day, week, month, quarter or year; outlet, lang, kind, concern.")
    ] = "week,label",
    gold: Annotated[
        str | None, typer.Option("--gold", help="What people found: rows with id, labels, probability.")
    ] = None,
    out: Annotated[str, typer.Option("--out", "-o", help='CSV, or Parquet by its name; "-" is standard output.')] = "-",
    unit: Annotated[str, typer.Option("--unit", help="What is counted: story or passage.")] = "story",
    level: Annotated[float, typer.Option("--level", min=0.5, max=0.999, help="Of the intervals.")] = 0.95,
    min_n: Annotated[int, typer.Option("--min-n", min=1, help="Fewer than this: enough is false.")] = 20,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Count tagged rows: shares by period and label, with intervals, corrected where people checked a sample.

    \b
    discourse measure tags.jsonl --by week,label > figures.csv
    discourse measure tags.jsonl --by month,label,outlet --gold checked.jsonl --out figures.parquet
    discourse measure tags.parquet --by label --unit passage
    """
    from discourse.config import MeasureSettings
    from discourse.measure import rows

    if unit not in ("story", "passage"):
        raise UsageError(f"--unit {unit!r}.", remedy="Known: story, passage.")
    settings = MeasureSettings(unit=unit, level=level, min_n=min_n)
    read = rows.read(tags, by=by)
    found = rows.figures(read, by=by, gold=gold, settings=settings)
    if out == "-":
        typer.echo(found.write_csv(), nl=False)
    elif Path(out).suffix == ".parquet":
        found.write_parquet(out)
    else:
        Path(out).write_text(found.write_csv(), encoding="utf-8")
    counts = {"figures": found.height, "rows": read.passages.height, **read.left_out}
    if json and out != "-":
        answer(counts)
    elif not quiet:
        say(", ".join(f"{n} {name}" for name, n in counts.items()))
    raise typer.Exit(PARTIAL if read.left_out else OK)
