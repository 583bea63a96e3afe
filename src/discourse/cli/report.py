"""Write the report of a week again, and sign it."""

from __future__ import annotations

from typing import Annotated

import typer

from discourse.cli.terminal import Config, Json, Quiet, Root, clock, progress, say

app = typer.Typer(
    help="Write the report of a week from what is in the store; sign it.",
    invoke_without_command=True,
    rich_markup_mode=None,
)


@app.callback()
def report(
    context: typer.Context,
    config: Config = None,
    week: Annotated[
        str | None, typer.Option("--week", help="ISO week, as 2026-W46 [default: the last complete one].")
    ] = None,
    first: Annotated[str | None, typer.Option("--from", help="First of several weeks.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last of several weeks.")] = None,
    root: Root = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write the report of a week from what is in the store: the last stage of `run`.

    \b
    discourse report --week 2026-W46
    discourse report --from 2026-W36 --to 2026-W46
    discourse report sign --week 2026-W46 --by "A. Martin"
    """
    if context.invoked_subcommand:
        return
    from discourse import config as configuration
    from discourse import pipeline
    from discourse.cli.run import _finish, _weeks

    now = clock()
    weeks = _weeks(week, first, last) or [pipeline.last_week(now)]
    settings = configuration.load(config, root=root)
    with progress(quiet=quiet) as notify, pipeline.job(settings, "report", now=now, notify=notify) as work:
        pipeline.report(work, weeks)
    _finish(work, as_json=json)


@app.command("sign")
def sign(
    by: Annotated[str, typer.Option("--by", help="The name of the person who answers for the report.")],
    week: Annotated[str, typer.Option("--week", help="ISO week of the report, as 2026-W46.")],
    config: Config = None,
    root: Root = None,
) -> None:
    """Put a named person's responsibility on a report: until then it says draft.

    \b
    discourse report sign --week 2026-W46 --by "A. Martin"
    """
    from discourse import config as configuration
    from discourse import pipeline

    settings = configuration.load(config, root=root)
    with pipeline.job(settings, "sign", now=clock()) as work:
        digest = pipeline.sign(work, week.upper(), by=by)
    say(f"{week} is signed by {by} ({digest[:12]}); the report was written again with the name on it")


@app.command("advise")
def advise(
    concern: Annotated[str, typer.Argument(help="The concern, as housing.")],
    advice: Annotated[str, typer.Argument(help="answer, prepare or leave_alone.")],
    by: Annotated[str, typer.Option("--by", help="The name of the person who decides.")],
    why: Annotated[str, typer.Option("--why", help="The reason, printed beside the advice.")],
    week: Annotated[str, typer.Option("--week", help="ISO week of the report, as 2026-W46.")],
    config: Config = None,
    root: Root = None,
) -> None:
    """Overrule the advice on a concern, on record: the report shows the rule's advice, who changed it and why.

    \b
    discourse report advise housing prepare --week 2026-W46 --by "A. Martin" --why "The council votes on Monday."
    """
    from discourse import config as configuration
    from discourse import pipeline

    settings = configuration.load(config, root=root)
    with pipeline.job(settings, "advise", now=clock()) as work:
        pipeline.overrule(work, week.upper(), concern, advice=advice.replace("-", "_"), by=by, reason=why)
    say(f"{week}: the advice on {concern} is now {advice}, by {by}; a signature has to be given again")


@app.command("send")
def send(
    week: Annotated[str, typer.Option("--week", help="ISO week of the report, as 2026-W46.")],
    lang: Annotated[str, typer.Option("--lang", help="Which language; its .eml must have been written.")] = "fr",
    config: Config = None,
    root: Root = None,
) -> None:
    """Mail a report through the city's own server ([mail] in discourse.toml; the face `mail` writes the message).

    \b
    discourse report send --week 2026-W46 --lang fr
    """
    from discourse import config as configuration
    from discourse.errors import UsageError
    from discourse.report import sending

    settings = configuration.load(config, root=root)
    file = settings.path(settings.report.out) / week.upper() / f"report.{lang}.eml"
    if not file.is_file():
        remedy = "Add mail to [report] faces and this language to its languages, then write the report again."
        raise UsageError(f"there is no {file.name} of {week}.", remedy=remedy)
    say(f"{file.name} of {week} went to {', '.join(sending.send(file.read_bytes(), settings.mail))}")
