"""Passages and labels to and from the tools that annotators use: Label Studio JSON, doccano JSONL, CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from discourse import codebook
from discourse.errors import CorpusError

MULTI = ("policy_frame", "immigration_frame", "narrative", "concern", "harm")
FIELDS = ("id", "lang", "text", "context", "relevance", "sentiment", *MULTI)
Row = Mapping[str, Any]


def plain(row: Row) -> dict[str, Any]:
    """Return what is exchanged of a row: id, language, text, context and labels; voices stay behind."""
    out = {name: row.get(name) for name in FIELDS}
    return out | {task: sorted(row.get(task) or []) for task in MULTI} | {"context": row.get("context") or None}


def to_label_studio(rows: Iterable[Row], *, blank: bool = False) -> str:
    """Return tasks with our labels as annotations, one ``choices`` result a task; ``blank``: for people to fill."""
    tasks = [_task(plain(row)) for row in rows]
    if blank:
        tasks = [{"data": task["data"], "annotations": []} for task in tasks]
    return json.dumps(tasks, ensure_ascii=False, indent=1)


def _task(row: dict[str, Any]) -> dict[str, Any]:
    given = {
        "relevance": ["yes" if row["relevance"] else "no"],
        "sentiment": [row["sentiment"]] if row["sentiment"] else [],
    }
    given |= {task: row[task] for task in MULTI}
    result = [
        {"from_name": task, "to_name": "text", "type": "choices", "value": {"choices": labels}}
        for task, labels in given.items()
        if labels
    ]
    data = {name: row[name] for name in ("id", "lang", "text", "context")}
    return {"data": data, "annotations": [{"result": result}]}


def from_label_studio(text: str) -> list[dict[str, Any]]:
    """Return rows from an export; the first annotation of a task counts."""
    out = []
    for number, task in enumerate(_parsed(text), start=1):
        try:
            data, found = task["data"], task["annotations"][0]["result"]
            said = {r["from_name"]: r["value"]["choices"] for r in found}
            row = {"id": data["id"], "lang": data["lang"], "text": data["text"], "context": data.get("context")}
        except (KeyError, IndexError, TypeError) as error:
            raise CorpusError(f"task {number} lacks {error}.", remedy="Export as JSON, not JSON-MIN.") from error
        out.append(row | _labels(said, f"task {number}"))
    return out


def _labels(said: Mapping[str, Sequence[str]], where: str) -> dict[str, Any]:
    relevant = list(said.get("relevance", ["yes"])) == ["yes"]
    sentiment = next(iter(said.get("sentiment", [])), None)
    out: dict[str, Any] = {"relevance": relevant, "sentiment": sentiment}
    for task in MULTI:
        out[task] = sorted(said.get(task, []))
    return _checked(out, where)


def _checked(row: dict[str, Any], where: str) -> dict[str, Any]:
    for task in ("sentiment", *MULTI):
        given = row[task] if isinstance(row[task], list) else [row[task]] if row[task] else []
        unknown = [x for x in given if x not in codebook.load()[task].label_names]
        if unknown:
            raise CorpusError(
                f"{where}, field {task}: unknown label {unknown[0]!r}.", remedy="See `discourse codebook`."
            )
    return row


def to_doccano(rows: Iterable[Row]) -> str:
    """Return JSONL with one list of labels a row, each written ``task:label``."""
    lines = []
    for row in map(plain, rows):
        labels = ["relevance:yes" if row["relevance"] else "relevance:no"]
        labels += [f"sentiment:{row['sentiment']}"] if row["sentiment"] else []
        labels += [f"{task}:{name}" for task in MULTI for name in row[task]]
        lines.append(
            json.dumps({**{k: row[k] for k in ("id", "lang", "text", "context")}, "label": labels}, ensure_ascii=False)
        )
    return "\n".join(lines) + "\n"


def from_doccano(text: str) -> list[dict[str, Any]]:
    """Return rows from a JSONL export of text classification."""
    out = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        row = _parsed(line)
        said: dict[str, list[str]] = {}
        for label in row.get("label", []):
            task, _, name = str(label).partition(":")
            said.setdefault(task, []).append(name)
        kept = {k: row.get(k) for k in ("id", "lang", "text", "context")}
        out.append(kept | _labels(said, f"line {number}"))
    return out


def to_csv(rows: Iterable[Row], *, blank: bool = False) -> str:
    """Return a table for a spreadsheet; several labels of a task are parted by blanks; ``blank``: to be filled."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, FIELDS, lineterminator="\n")
    writer.writeheader()
    for row in map(plain, rows):
        cells = {k: "" if row[k] is None else row[k] for k in FIELDS}
        given = {t: " ".join(row[t]) for t in MULTI} | {"relevance": "yes" if row["relevance"] else "no"}
        writer.writerow(cells | (dict.fromkeys(("relevance", "sentiment", *MULTI), "") if blank else given))
    return out.getvalue()


def from_csv(text: str) -> list[dict[str, Any]]:
    """Return rows from such a table."""
    out = []
    for number, cells in enumerate(csv.DictReader(io.StringIO(text, newline="")), start=2):
        missing = [name for name in FIELDS if name not in cells]
        if missing:
            raise CorpusError(f"line {number} has no column {missing[0]!r}.", remedy=f"Columns: {', '.join(FIELDS)}.")
        said = {t: cells[t].split() for t in MULTI} | {"relevance": [cells["relevance"]]}
        said["sentiment"] = [cells["sentiment"]] if cells["sentiment"] else []
        kept = {k: cells[k] or None for k in ("id", "lang", "text", "context")}
        out.append(kept | _labels(said, f"line {number}"))
    return out


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise CorpusError(f"not JSON ({error}).", remedy="Export again as JSON.") from error
