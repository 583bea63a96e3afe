"""The commands, by name. A command group lives in the module named after it."""

from __future__ import annotations

from typing import Annotated

import typer

from discourse import __version__
from discourse.cli import corpus, evidence, labels, measure, report, run, sources, tag, train

app = typer.Typer(
    name="discourse",
    help="Keep a city's public talk about migration balanced and honest: ingest, classify, measure, report.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Exit codes: 0 all well, 1 our bug, 2 usage or configuration, 3 finished but some items failed, "
    "4 nothing usable, 5 quality gate failed, 75 try again.",
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"discourse {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Hold the options that come before a command."""


app.command("init")(run.init)
app.command("run")(run.run)
app.command("ingest")(run.ingest)
app.command("classify")(run.classify)
app.add_typer(report.app, name="report")
app.command("status")(run.status)
app.command("search")(run.search)
app.command("tag")(tag.tag)
app.command("extract")(tag.extract)
app.add_typer(sources.app, name="sources")
app.add_typer(train.app, name="train")
app.command("evaluate")(train.evaluate)
app.command("codebook")(corpus.codebook)
app.command("measure")(measure.measure)
app.add_typer(labels.app, name="labels")
app.add_typer(evidence.app, name="evidence")
app.command("answer")(evidence.answer)
