"""What people read: rows of labels become a matrix beside the passages, with the chance each had of being drawn.

Only rows with a known chance are used for estimates. Passages that were picked because the model was unsure of them
have none: they teach the model, and would bias every figure they were counted in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from discourse import codebook
from discourse.errors import RowError
from discourse.measure.stories import Floats, Wide, label_index, names, position

ADJUDICATED = "adjudicated"
TASKS = ("sentiment", "policy_frame", "immigration_frame", "narrative", "concern", "harm", "voice")


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What is known of one passage: for every task that was read, its labels with a weight from 0 to 1."""

    passage: str
    chance: float
    tasks: Mapping[str, Mapping[str, float]]


def readings(rows: Iterable[Mapping[str, Any]]) -> list[Reading]:
    """Return one reading a passage from the store's label rows; rows without a probability are left out.

    An adjudicated row stands for its task; without one the annotators count alike.
    """
    by_passage: dict[str, dict[str, list[Mapping[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    chances: dict[str, float] = {}
    for row in rows:
        if row.get("probability") is None:
            continue
        by_passage[row["passage_id"]][row["task"]].append(row)
        chances[row["passage_id"]] = checked_chance(row["probability"], row["passage_id"])
    return [
        Reading(passage=p, chance=chances[p], tasks={t: _merged(found) for t, found in tasks.items()})
        for p, tasks in sorted(by_passage.items())
    ]


def _merged(rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    final = [r for r in rows if r["annotator"] == ADJUDICATED] or list(rows)
    out: dict[str, float] = defaultdict(float)
    for row in final:
        for label in row["value"]:
            out[label] += 1 / len(final)
    return dict(out)


def checked_chance(value: Any, who: str) -> float:
    """Return a sampling probability above 0 and up to 1; raise ``RowError`` otherwise."""
    try:
        chance = float(value)
    except (TypeError, ValueError):
        chance = float("nan")
    if not 0 < chance <= 1:
        raise RowError(
            f"{who}: {value!r} is no sampling probability.",
            remedy="Write the chance it had of being drawn, above 0 and up to 1.",
            slug="bad_probability",
            phase="labels",
        )
    return chance


def from_rows(rows: Iterable[Mapping[str, Any]]) -> list[Reading]:
    """Return readings from the rows of a gold file: ``id``, labels (task to list, or one flat list), ``probability``.

    Labels may stand under ``labels`` or under the tasks' own names. A flat list counts as read for every task of which
    any row of the file names a label. Rows without a probability are left out.
    """
    ready = [row for row in rows if row.get("probability") is not None]
    flat = {task for row in ready for task, _ in _flat(row)}
    out = []
    for row in ready:
        who = str(row.get("id"))
        tasks: dict[str, dict[str, float]] = {t: {} for t in flat} if isinstance(row.get("labels"), list) else {}
        for task, label in _flat(row):
            tasks.setdefault(task, {})[label] = 1.0
        for task, said in _by_task(row, who).items():
            tasks[task] = dict.fromkeys(said, 1.0)
        if "sentiment" in tasks and not tasks["sentiment"]:
            del tasks["sentiment"]
        out.append(Reading(passage=who, chance=checked_chance(row["probability"], who), tasks=tasks))
    return out


def _flat(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    said = row.get("labels")
    if not isinstance(said, list):
        return []
    return [_place(str(label), str(row.get("id"))) for label in said]


def _place(label: str, who: str) -> tuple[str, str]:
    """Return task and exact name of a label given as ``task.label``, as a name, or as an alias."""
    if label in ("relevance", "relevant"):
        return "relevance", "relevance"
    task, dot, name = label.partition(".")
    if dot and task in TASKS:
        return task, codebook.load()[task].label(name).name
    for known in TASKS:
        if label in codebook.load()[known].label_names:
            return known, label
    raise RowError(
        f"{who}: no task has a label {label!r}.",
        remedy="Write it as concern.housing.",
        slug="bad_label",
        phase="labels",
    )


def _by_task(row: Mapping[str, Any], who: str) -> dict[str, list[str]]:
    said = row["labels"] if isinstance(row.get("labels"), dict) else row
    out: dict[str, list[str]] = {}
    if "relevance" in said:
        out["relevance"] = ["relevance"] if _yes(said["relevance"]) else []
    for task in TASKS:
        if task in said and said[task] is not None:
            value = said[task]
            listed = [value] if isinstance(value, str) else list(value)
            out[task] = [codebook.load()[task].label(_name(x, who)).name for x in listed]
    return out


def _name(value: Any, who: str) -> str:
    if isinstance(value, Mapping) and isinstance(value.get("voice"), str):
        return str(value["voice"])
    if not isinstance(value, str):
        raise RowError(f"{who}: {value!r} is no label.", remedy="Write its name.", slug="bad_label", phase="labels")
    return value


def _yes(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return bool(value) and str(value[0]).lower() not in ("no", "false", "0")
    if isinstance(value, str):
        return value.strip().lower() in ("yes", "true", "1", "relevant", "relevance", "oui", "ja", "sí", "si", "sì")
    return bool(value)


def beside(passages: Sequence[str], found: Sequence[Reading]) -> tuple[Wide | None, Floats | None]:
    """Return truth, shape (passages, labels), and chance, shape (passages,), NaN where nobody looked.

    A passage that is not about migration has no label of any task. Both are ``None`` when nothing was read.
    """
    at = {r.passage: r for r in found}
    rows = [(i, at[p]) for i, p in enumerate(passages) if p in at] if at else []
    if not rows:
        return None, None
    truth = np.full((len(passages), len(names())), np.nan, np.float32)
    chance: NDArray[np.float64] = np.full(len(passages), np.nan)
    where = label_index()
    for i, reading in rows:
        chance[i] = reading.chance
        _fill(truth[i], reading, where)
    return truth, chance


def _fill(row: Wide, reading: Reading, where: Mapping[str, int]) -> None:
    about = reading.tasks.get("relevance")
    if about is not None:
        row[where["relevance"]] = max(about.values(), default=0.0)
        if not about:
            row[:] = 0.0
            return
    for task, labels in reading.tasks.items():
        if task == "relevance":
            continue
        row[position(task)] = 0.0
        for label, weight in labels.items():
            row[where[f"{task}.{label}"]] = weight
