"""The weekly job and its stages; what is in the store; search."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from discourse.cli.terminal import Config, Json, Quiet, Root, answer, clock, progress, say

if TYPE_CHECKING:
    from discourse.pipeline import Job

Week = Annotated[
    str | None, typer.Option("--week", help="ISO week to report on, as 2026-W46 [default: the last complete one].")
]


def init(
    folder: Annotated[Path, typer.Argument(help="Where to write discourse.toml.")] = Path(),
    city: Annotated[str, typer.Option("--city", help="The town's name.")] = "",
) -> None:
    """Write a commented discourse.toml, ready for your sources.

    \b
    discourse init
    discourse init ~/veille --city "Saint-Étienne"
    """
    from discourse.cli.template import write

    path = write(folder, city=city)
    say(f"wrote {path}: name your sources in it, then run `discourse run --config {path}`")


def run(
    config: Config = None,
    week: Week = None,
    first: Annotated[str | None, typer.Option("--from", help="First of several weeks to report on.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last of several weeks.")] = None,
    root: Root = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Do the weekly job: take in every source, tag what is new, write the report. Safe to stop and run again.

    \b
    discourse run
    discourse run --week 2026-W46
    discourse run --from 2026-W36 --to 2026-W46 --config veille/discourse.toml
    """
    from discourse import pipeline

    now = clock()
    weeks = _weeks(week, first, last)
    with progress(quiet=quiet) as notify:
        done = pipeline.run(config, root=root, weeks=weeks, now=now, notify=notify)
    _finish(done, as_json=json)


def ingest(config: Config = None, root: Root = None, json: Json = False, quiet: Quiet = False) -> None:
    """Take in every source of the configuration: the first stage of `run`.

    \b
    discourse ingest
    discourse ingest --json > ledger.json
    """
    from discourse import config as configuration
    from discourse import pipeline

    settings = configuration.load(config, root=root)
    with progress(quiet=quiet) as notify, pipeline.job(settings, "ingest", now=clock(), notify=notify) as work:
        pipeline.ingest(work)
    _finish(work, as_json=json)


def classify(config: Config = None, root: Root = None, json: Json = False, quiet: Quiet = False) -> None:
    """Tag every document the model has not tagged yet: the second stage of `run`.

    \b
    discourse classify
    DISCOURSE_CLASSIFY__MODEL=baseline discourse classify
    """
    from discourse import config as configuration
    from discourse import pipeline

    settings = configuration.load(config, root=root)
    with progress(quiet=quiet) as notify, pipeline.job(settings, "classify", now=clock(), notify=notify) as work:
        pipeline.classify(work)
    _finish(work, as_json=json)


def status(config: Config = None, root: Root = None, json: Json = False, quiet: Quiet = False) -> None:
    """Say what is in the store and how the last runs ended.

    \b
    discourse status
    discourse status --json
    """
    from discourse import config as configuration
    from discourse.store import open_read_only

    settings = configuration.load(config, root=root)
    with open_read_only(settings.store_url()) as store:
        counts, runs = store.counts(), store.runs(5)
    if json:
        answer({**counts, "runs": runs})
        return
    typer.echo(
        f"documents {counts['documents']}, passages {counts['passages']}, "
        f"weeks {counts['first_week']} to {counts['last_week']}"
    )
    for source in counts["sources"]:
        typer.echo(f"  {source['source']:<24} {source['documents']:>8}   last {(source['last'] or '-')[:10]}")
    if not quiet:
        for one in runs:
            tally = " | ".join(f"{s}: " + ", ".join(f"{n} {k}" for k, n in c.items()) for s, c in one["counts"].items())
            typer.echo(f"{one['started'][:16]} {one['command']} exit {one['exit_code']}: {tally}")
            for message in one["messages"][:10]:
                typer.echo(f"    {message}")


def search(
    words: Annotated[list[str], typer.Argument(help='Words to find; "a phrase" in quotation marks.')],
    config: Config = None,
    root: Root = None,
    source: Annotated[str | None, typer.Option(help="Only this source.")] = None,
    kind: Annotated[str | None, typer.Option(help="press, council or civic.")] = None,
    lang: Annotated[str | None, typer.Option(help="Only this language.")] = None,
    since: Annotated[str | None, typer.Option(help="Published from this day, 2026-10-01.")] = None,
    until: Annotated[str | None, typer.Option(help="Published before this day.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 20,
    json: Json = False,
) -> None:
    """Find documents by their words; accents and inflection do not matter.

    \b
    discourse search logement réfugiés
    discourse search '"centre d accueil"' --kind council --since 2026-10-01
    """
    from dataclasses import asdict

    from discourse import config as configuration
    from discourse.store import open_read_only

    settings = configuration.load(config, root=root)
    with open_read_only(settings.store_url()) as store:
        hits = store.search(" ".join(words), limit=limit, source=source, kind=kind, lang=lang, since=since, until=until)
    if json:
        answer([asdict(hit) for hit in hits])
        return
    bold = typer.style
    for hit in hits:
        typer.echo(f"{(hit.published or '----------')[:10]}  {hit.source}  {bold(hit.title, bold=True)}")
        typer.echo(f"    {hit.snippet}\n    {hit.url}")
    say(f"{len(hits)} found" + (" (more may exist: --limit)" if len(hits) == limit else ""))


def _weeks(week: str | None, first: str | None, last: str | None) -> list[str]:
    from discourse.errors import UsageError
    from discourse.pipeline import last_week, week_days, weeks_between

    if week and (first or last):
        raise UsageError("--week and --from/--to were both given.", remedy="Use one of them.")
    if first or last:
        start = first or last or ""
        return weeks_between(start, last or last_week(clock()))
    if week:
        week_days(week)
        return [week.upper()]
    return []


def _finish(work: Job, *, as_json: bool) -> None:
    """Print the last line of counts and leave with the code that the counts call for."""
    for path in work.written:
        if path.suffix == ".html":
            say(f"report: {path}")
    if as_json:
        answer({**work.log.as_json(), "written": [str(p) for p in work.written]})
    else:
        typer.echo(work.log.line())
    raise typer.Exit(work.log.exit_code or 0)
