"""Passages to people and back: draw a sample to read, take the readings in, see whether the texts have drifted."""

from __future__ import annotations

import csv
import hashlib
import io
import json as jsonlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from discourse.cli.terminal import Config, Json, Root, answer, clock, say
from discourse.errors import RowError, UsageError

if TYPE_CHECKING:
    import polars as pl

    from discourse.config import Settings

app = typer.Typer(
    name="labels",
    help="Human readings: draw passages to read, import what people found, watch for drift.",
    rich_markup_mode=None,
    no_args_is_help=True,
)
BESIDE = ".sample.json"
"""What stands beside a sheet: which passages were drawn, with which chance, and the hash of what they say."""


@app.command("sample")
def sample(
    out: Annotated[Path, typer.Option("--out", "-o", help="The sheet: .csv, or .json for Label Studio.")],
    purpose: Annotated[
        str, typer.Option("--for", help="estimation: at random, to correct shares; learning: where it is unsure.")
    ] = "estimation",
    task: Annotated[str, typer.Option("--task", help="The task whose scores steer the draw.")] = "concern",
    count: Annotated[int, typer.Option("--n", min=4, help="How many passages.")] = 200,
    since: Annotated[str | None, typer.Option("--from", help="First ISO week.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Last ISO week.")] = None,
    seed: Annotated[int, typer.Option("--seed", help="The same seed draws the same passages.")] = 2026,
    config: Config = None,
    root: Root = None,
) -> None:
    """Draw passages for people to read. The sheet shows no label of the model; keep the file beside it.

    \b
    discourse labels sample --n 200 --out read.csv
    discourse labels sample --for learning --task policy_frame --out teach.json
    """
    from discourse import codebook
    from discourse import config as configuration
    from discourse.measure import sampling
    from discourse.train import exchange

    if purpose not in ("estimation", "learning"):
        raise UsageError(f"--for {purpose!r}.", remedy="Known: estimation, learning.")
    if task not in codebook.TASKS or task == "harm":
        raise UsageError(f"--task {task!r}.", remedy=f"Known: {', '.join(t for t in codebook.TASKS if t != 'harm')}.")
    settings = configuration.load(config, root=root)
    frame, seen = _relevant(settings, since, until)
    if frame.height < count:
        raise UsageError(f"{frame.height} passages are about migration.", remedy="Ask for fewer, or more weeks.")
    if purpose == "estimation":
        drawn = sampling.for_estimation(frame, task=task, count=count, seed=seed)
    else:
        drawn = sampling.for_learning(frame, task=task, count=count, seen=seen)
    rows = [{"id": r["passage_id"], **{k: r[k] for k in ("lang", "text", "context")}} for r in drawn.to_dicts()]
    sheet = exchange.to_label_studio(rows, blank=True) if out.suffix == ".json" else exchange.to_csv(rows, blank=True)
    out.write_text(sheet, encoding="utf-8")
    said = {
        "sample": f"{purpose}-{clock():%Y%m%dT%H%M%S}-{seed}",
        "purpose": purpose,
        "task": task,
        "passages": {
            r["passage_id"]: {"probability": r["probability"], "sha256": _hash(r["text"])} for r in drawn.to_dicts()
        },
    }
    beside = out.with_name(out.name + BESIDE)
    beside.write_text(jsonlib.dumps(said, indent=1) + "\n", encoding="utf-8")
    say(f"{out}: {len(rows)} passages; keep {beside.name} beside it")


@app.command("import")
def take(
    sheet: Annotated[Path, typer.Argument(help="The filled sheet, with the file that was written beside it.")],
    by: Annotated[str, typer.Option("--by", help="Who read: a name or a pseudonym; `adjudicated` decides.")],
    config: Config = None,
    root: Root = None,
    json: Json = False,
) -> None:
    """Take in what people found. A wrong row stops the import before anything is written.

    \b
    discourse labels import read.csv --by reader-1
    """
    from discourse import codebook
    from discourse import config as configuration
    from discourse.store import open_store

    settings = configuration.load(config, root=root)
    beside = sheet.with_name(sheet.name + BESIDE)
    if not beside.is_file():
        raise UsageError(f"{beside.name} is not beside {sheet}.", remedy="It says which passages were drawn; keep it.")
    said = jsonlib.loads(beside.read_text(encoding="utf-8"))
    rows, unread = _filled(sheet)
    ready = [
        {
            "passage_id": row["id"], "task": task, "annotator": by, "value": value, "sample": said["sample"],
            "probability": said["passages"][row["id"]]["probability"], "codebook": codebook.load().version,
            "made": clock(),
        }
        for row in rows
        if _checked(row, said["passages"])
        for task, value in _values(row).items()
    ]  # fmt: skip
    with open_store(settings.store_url()) as store:
        store.write_labels(ready)
    found = {"passages": len(rows), "not_read": unread, "sample": said["sample"], "purpose": said["purpose"]}
    answer(found) if json else say(", ".join(f"{v} {k}" for k, v in found.items()))


@app.command("export")
def export(config: Config = None, root: Root = None) -> None:
    """Print every human reading in the store as JSON lines.

    \b
    discourse labels export > labels.jsonl
    """
    from discourse import config as configuration
    from discourse.store import open_read_only

    with open_read_only(configuration.load(config, root=root).store_url()) as store:
        for row in store.labels():
            typer.echo(jsonlib.dumps(row, ensure_ascii=False, default=str))


@app.command("status")
def status(
    weeks: Annotated[int, typer.Option("--weeks", min=1, help="How many of the last weeks.")] = 4,
    config: Config = None,
    root: Root = None,
    json: Json = False,
) -> None:
    """Say how many passages people have read, and whether the texts have drifted so that they should read more.

    \b
    discourse labels status
    """
    from dataclasses import asdict

    from discourse import codebook
    from discourse import config as configuration
    from discourse.measure import drift

    settings = configuration.load(config, root=root)
    frame, seen = _relevant(settings, None, None)
    names = [n for n in codebook.load().columns() if n != "relevance" and not n.startswith("harm.")]
    found = drift.watch(frame, names=names, weeks=weeks)
    if json:
        answer({"read": len(seen), "drift": [asdict(d) for d in found]})
        return
    say(f"{len(seen)} passages read by people, {frame.height} about migration in the store")
    for d in found:
        index = "" if d.stability is None else f", stability index {d.stability:.2f} ({d.label}), unsure {d.unsure:.0%}"
        say(f"{d.week}: {d.passages} passages, {_STATES[d.state]}{index}")


@app.command("audit")
def audit(config: Config = None, root: Root = None, json: Json = False) -> None:
    """Say whether supportive and critical passages are found equally well, by language and outlet.

    \b
    discourse labels audit
    """
    from dataclasses import asdict

    from discourse import config as configuration
    from discourse.measure import gold, symmetry
    from discourse.store import open_read_only

    settings = configuration.load(config, root=root)
    frame, _ = _relevant(settings, None, None)
    with open_read_only(settings.store_url()) as store:
        readings = gold.readings(store.labels())
    found = symmetry.audit(frame, readings, level=settings.measure.level)
    if json:
        answer([asdict(g) for g in found])
        return
    if not found:
        say("nobody has read a random sample yet: discourse labels sample")
    for g in found:
        sides = f"{g.supportive.n} supportive and {g.critical.n} critical labels"
        if g.gap is None:
            say(f"{g.group} {g.task}: {_SIDES[g.state]} ({sides})")
            continue
        recalls = f"found {g.supportive.recall:.0%} and {g.critical.recall:.0%} of {sides}"
        gap = f"gap {g.gap:+.2f} [{g.low:+.2f}, {g.high:+.2f}]"
        say(f"{g.group} {g.task}: {_SIDES[g.state]}: {recalls}, {gap}")


_SIDES = {
    "alike": "both sides alike",
    "uneven": "one side is found less often",
    "open": "too wide to say",
    "too_few": "too few readings",
}
_STATES = {
    "steady": "as before",
    "look": "a little different",
    "label": "changed: read some of these weeks (discourse labels sample --from WEEK)",
    "too_few": "too few to say",
}


def _relevant(settings: Settings, since: str | None, until: str | None) -> tuple[pl.DataFrame, set[str]]:
    """Return the passages that are surely about migration, with their text, and which of them people have read."""
    import polars as pl

    from discourse.store import open_read_only

    with open_read_only(settings.store_url()) as store:
        frame = store.passages(since=since, until=until, text=True).polars()
        seen = {str(row["passage_id"]) for row in store.labels()}
    return frame.filter(pl.col("relevance") >= settings.classify.relevance_threshold), seen


def _filled(sheet: Path) -> tuple[list[dict[str, Any]], int]:
    """Return the rows that were read, and how many were left blank."""
    from discourse.train import exchange

    if sheet.suffix != ".csv":
        tasks = jsonlib.loads(sheet.read_text(encoding="utf-8"))
        read = [t for t in tasks if (t.get("annotations") or [{}])[0].get("result")]
        return exchange.from_label_studio(jsonlib.dumps(read)), len(tasks) - len(read)
    text = sheet.read_text(encoding="utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(text, newline="")))
    read_lines = [cells for cells in lines if (cells.get("relevance") or "").strip()]
    kept = io.StringIO(newline="")
    writer = csv.DictWriter(kept, list(lines[0]) if lines else list(exchange.FIELDS), lineterminator="\n")
    writer.writeheader()
    writer.writerows(read_lines)
    return exchange.from_csv(kept.getvalue()), len(lines) - len(read_lines)


def _checked(row: Mapping[str, Any], drawn: Mapping[str, Mapping[str, Any]]) -> bool:
    """Return true for a row that was drawn and says what it said; raise ``RowError`` for any other."""
    wanted = drawn.get(row["id"])
    if wanted is None:
        raise RowError(
            f"{row['id']} was not drawn.",
            remedy="Import the sheet with its own file.",
            slug="not_drawn",
            phase="labels",
        )
    if _hash(str(row["text"])) != wanted["sha256"]:
        raise RowError(
            f"the text of {row['id']} was changed.", remedy="Leave it as it is.", slug="text_changed", phase="labels"
        )
    return True


def _values(row: Mapping[str, Any]) -> dict[str, Sequence[str]]:
    """Return every task that was read with its labels; a passage that is not about migration has only that."""
    from discourse.train import exchange

    if not row["relevance"]:
        return {"relevance": []}
    tasks = {task: list(row[task]) for task in exchange.MULTI}
    return {"relevance": ["relevance"], **({"sentiment": [row["sentiment"]]} if row["sentiment"] else {}), **tasks}


def _hash(text: str) -> str:
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()
