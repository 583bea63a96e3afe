"""Sources: which kinds there are, try one, find what a site offers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from discourse.cli.terminal import Config, Json, Root, answer, clock, say
from discourse.errors import NOTHING, OK, UsageError

app = typer.Typer(help="Which kinds of source there are; try one; find what a site offers.", no_args_is_help=True)


@app.command("kinds")
def kinds(json: Json = False) -> None:
    """List the kinds of source that `kind = "…"` may name.

    \b
    discourse sources kinds
    """
    from importlib import import_module

    from discourse import registry

    found = {}
    for name in registry.names("sources"):
        read = registry.find("sources", name)
        doc = (import_module(read.__module__).__doc__ or read.__doc__ or "").strip()
        found[name] = doc.splitlines()[0] if doc else ""
    if json:
        answer(found)
        return
    for name, what in found.items():
        typer.echo(f"{name:<14} {what}")


@app.command("check")
def check(
    name: Annotated[str, typer.Argument(help="The source's name in the configuration.")],
    config: Config = None,
    root: Root = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Items to look at.")] = 10,
    json: Json = False,
) -> None:
    """Try one source and show what it would take. Keeps nothing.

    \b
    discourse sources check journal
    discourse sources check conseil --limit 50 --json
    """
    from difflib import get_close_matches

    from discourse import config as configuration
    from discourse.ingest import probe

    settings = configuration.load(config, root=root)
    spec = settings.source(name)
    if spec is None:
        known = [s.name for s in settings.ingest.sources]
        near = get_close_matches(name, known, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(known) or 'none'}."
        raise UsageError(f"no source is named {name!r}.", remedy=hint)
    found = probe.check(spec, settings, now=clock(), limit=limit)
    if json:
        answer(found.as_json())
    else:
        for document in found.documents:
            day = document.published.date().isoformat() if document.published else "no date   "
            typer.echo(f"{day}  {document.lang}  {len(document.text.split()):>6} words  {document.title[:80]}")
        for trouble in found.troubles:
            say(trouble)
        say(", ".join(f"{n} {reason}" for reason, n in found.counts.items()) or "nothing was found")
    raise typer.Exit(OK if found.good else NOTHING)


@app.command("add")
def add(
    url: Annotated[str, typer.Argument(help="A site, a feed, a sitemap or a council interface.")],
    config: Config = None,
    root: Root = None,
    everything: Annotated[bool, typer.Option("--all", help="Add every way in, not only the best.")] = False,
    show: Annotated[bool, typer.Option("--show", help="Print the block; leave the configuration as it is.")] = False,
) -> None:
    """Find the feeds, sitemaps and council interfaces of a site and write the block into discourse.toml.

    \b
    discourse sources add https://www.journal.example
    discourse sources add https://www.journal.example --all --show
    """
    from discourse import config as configuration
    from discourse.ingest import discover

    settings = configuration.load(config, root=root)
    known = {s.address for s in settings.ingest.sources}
    found = [f for f in discover.discover(url, settings, now=clock()) if f.address not in known]
    if not found:
        say(f"{url} offers no feed, sitemap or council interface that is not yet in the configuration")
        raise typer.Exit(NOTHING)
    names = [s.name for s in settings.ingest.sources]
    blocks = []
    for one in found if everything else found[:1]:
        blocks.append(discover.block(one, taken=names))
        names.append(blocks[-1].split('"')[1])
    typer.echo("\n".join(blocks), nl=False)
    if not show:
        path = config or settings.root / configuration.FILE_NAME
        _append(path, "\n".join(blocks))
        say(f"wrote it to {path}: try it with `discourse sources check {names[-1]}`")
    for other in [] if everything else found[1:]:
        say(f"also there: {other.kind} {other.address} ({other.entries} entries); --all adds it")


def _append(path: Path, text: str) -> None:
    """Put text at the end of a file, which changes whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(path.read_text(encoding="utf-8-sig").rstrip("\n") + "\n\n" + text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise UsageError(f"{path} cannot be written ({error.strerror}).", remedy="Check it, or use --show.") from error
