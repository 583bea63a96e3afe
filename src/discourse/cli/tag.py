"""Stateless commands: tag rows, extract documents, measure tags."""

from __future__ import annotations

import json as jsonlib
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Annotated, Any

import typer

from discourse.cli.terminal import Config, Json, Quiet, Root, answer, clock, say
from discourse.errors import OK, PARTIAL, UsageError


def tag(
    source: Annotated[str, typer.Argument(metavar="IN.jsonl", help='Rows {"id", "text"}; "-" reads standard input.')],
    out: Annotated[str, typer.Option("--out", "-o", help='Where to write; "-" is standard output.')] = "-",
    model: Annotated[str, typer.Option("--model", help="A folder of models/, by name or path.")] = "default",
    batch: Annotated[int, typer.Option(min=1, max=4096)] = 256,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Tag texts: one JSON row in, one out, same order, every label with its probability. Keeps nothing.

    \b
    discourse tag texts.jsonl --out tags.jsonl
    cat texts.jsonl | discourse tag - | head
    discourse tag texts.jsonl --model baseline --out floor.jsonl
    """
    from discourse.classify import load
    from discourse.classify.rows import tag_lines

    loaded = load(model)
    counts = {"tagged": 0, "failed": 0}
    with _reading(source) as lines, _writing(out) as sink:
        for row in tag_lines(lines, loaded, batch=batch):
            counts["failed" if "error" in row else "tagged"] += 1
            sink.write(jsonlib.dumps(row, ensure_ascii=False) + "\n")
    _last(counts, as_json=json and out != "-", quiet=quiet)


def extract(
    sources: Annotated[list[str], typer.Argument(metavar="FILE|DIR|URL ...", help="What to read.")],
    out: Annotated[str, typer.Option("--out", "-o", help='Where to write; "-" is standard output.')] = "-",
    config: Config = None,
    root: Root = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Extract the text of files, folders and pages: one document a row. Keeps nothing.

    \b
    discourse extract minutes.pdf page.html --out documents.jsonl
    discourse extract council/ | discourse tag -
    """
    from discourse import config as configuration
    from discourse.ingest import extract_all, open_door
    from discourse.records import Done, Failed

    settings = configuration.load(config, root=root) if config else configuration.defaults(root)
    counts: dict[str, int] = {"extracted": 0, "skipped": 0, "failed": 0}
    spec = configuration.SourceSpec(name="extract", kind="folder", address=".", publisher="civic")
    door = open_door(settings, spec, now=clock(), known={})
    with closing(door), _writing(out) as sink:
        for outcome in extract_all(sources, door):
            if isinstance(outcome, Done):
                counts["extracted"] += 1
                sink.write(jsonlib.dumps(document_row(outcome.value), ensure_ascii=False) + "\n")
            elif isinstance(outcome, Failed):
                counts["failed"] += 1
                say(f"{outcome.ref.url}: {outcome.error}")
            else:
                counts["skipped"] += 1
                say(f"{outcome.ref.url}: {getattr(outcome, 'reason', 'unchanged')}")
    if not counts["extracted"] and not counts["failed"]:
        say("nothing to extract was found")
    _last(counts, as_json=json and out != "-", quiet=quiet)


def document_row(document: Any) -> dict[str, Any]:
    """Return a document as the row of ``discourse extract``."""
    return {
        "id": document.id,
        "url": document.url,
        "title": document.title,
        "published": document.published.isoformat() if document.published else None,
        "lang": document.lang,
        "kind": document.kind,
        "parts": [
            {k: v for k, v in _slots(part) if v is not None} | {"text": document.text[part.start : part.end]}
            for part in document.parts
        ],
        "text": document.text,
        "extractor": document.provenance.extractor,
        "opt_out": document.provenance.opt_out,
    }


def _slots(value: Any) -> Iterator[tuple[str, Any]]:
    return ((name, getattr(value, name)) for name in value.__slots__)


@contextmanager
def _reading(source: str) -> Iterator[Iterable[bytes]]:
    if source == "-":
        yield sys.stdin.buffer
        return
    path = Path(source)
    if not path.is_file():
        raise UsageError(f"there is no file {source}.", remedy='Name a JSONL file, or "-" for standard input.')
    with path.open("rb") as file:
        yield file


@contextmanager
def _writing(out: str) -> Iterator[IO[str]]:
    """Open the output; a file appears whole, at the end, and not at all when the command fails."""
    if out == "-":
        reconfigure = getattr(sys.stdout, "reconfigure", None)
        if reconfigure:
            reconfigure(encoding="utf-8")
        yield sys.stdout
        return
    path = Path(out)
    part = path.with_name(f".{path.name}.part")
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder {path.parent}.", remedy="Make it first, or write elsewhere.")
    try:
        with part.open("w", encoding="utf-8") as file:
            yield file
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _last(counts: dict[str, int], *, as_json: bool, quiet: bool) -> None:
    if as_json:
        answer(counts)
    elif not quiet:
        say(", ".join(f"{n} {name}" for name, n in counts.items()))
    raise typer.Exit(PARTIAL if counts["failed"] else OK)
