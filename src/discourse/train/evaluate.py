"""How well a model does: by task, label, language, kind and length, with intervals, symmetry and calibration.

Intervals are percentile bootstraps over scenarios, never over rows: passages of one situation err together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from discourse import codebook
from discourse.train import reliability, scores, targets
from discourse.train.corpora import Example
from discourse.train.targets import Targets

Array = NDArray[np.float32]
Flags = NDArray[np.bool_]
DRAWS = 400
LENGTHS = ((0, 14, "to 14 words"), (14, 40, "15 to 40"), (40, 10_000, "over 40"))


def decisions(probabilities: Array) -> Flags:
    """Return what is decided, shape (texts, columns): p >= .5, and of the three sentiments the likeliest."""
    out = probabilities >= 0.5
    side = targets.spans()["sentiment"]
    out[:, side] = np.eye(3, dtype=bool)[probabilities[:, side].argmax(1)]
    return out


def _f1(found: Array, said: Array, true: Array) -> Array:
    """Return F1 from counts of any shape; 0 where there is nothing."""
    return np.asarray(2 * found / np.maximum(said + true, 1e-9), np.float32)


def _by_scenario(values: Flags, groups: NDArray[np.int64], count: int) -> Array:
    out = np.zeros((count, values.shape[1]), np.float32)
    np.add.at(out, groups, values.astype(np.float32))
    return out


def interval(values: Array) -> list[float]:
    """Return the middle 95 % of some draws."""
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return [round(float(low), 4), round(float(high), 4)]


def _task(said: Flags, true: Flags, groups: Sequence[str], chance: np.random.Generator) -> dict[str, Any]:
    """Return macro- and micro-F1 of a task with their intervals; labels that never occur are left out of the macro."""
    names, index = np.unique(np.array(groups), return_inverse=True)
    parts = [_by_scenario(x, index, len(names)) for x in (said & true, said, true)]
    present = parts[2].sum(0) > 0
    if not present.any():
        present[:] = True
    draws = chance.multinomial(len(names), np.full(len(names), 1 / len(names)), size=DRAWS).astype(np.float32)
    drawn = [draws @ p for p in parts]
    totals = [p.sum(0) for p in parts]
    macro = _f1(*drawn)[:, present].mean(1)
    micro = _f1(*(d.sum(1) for d in drawn))
    return {
        "n": len(said),
        "scenarios": len(names),
        "macro_f1": round(float(_f1(*totals)[present].mean()), 4),
        "macro_f1_interval": interval(macro),
        "micro_f1": round(float(_f1(*(t.sum() for t in totals))), 4),
        "micro_f1_interval": interval(micro),
    }


def report(probabilities: Array, examples: Sequence[Example], *, seed: int = 7) -> dict[str, Any]:
    """Return every measure of a model's probabilities, shape (examples, columns), as plain values."""
    known = targets.of(examples)
    out: dict[str, Any] = {"n": len(examples), "tasks": {}, "labels": labels(probabilities, known, examples)}
    out["tasks"] = tasks(probabilities, known, examples, seed=seed)
    for name, key in _CUTS.items():
        out[name] = {}
        for value in sorted({key(e) for e in examples}):
            rows = [i for i, e in enumerate(examples) if key(e) == value]
            if len(rows) >= 20:
                part = targets.of([examples[i] for i in rows])
                found = tasks(probabilities[rows], part, [examples[i] for i in rows], seed=seed)
                out[name][value] = {task: _short(row) for task, row in found.items()}
    out["symmetry"] = symmetry(probabilities, known)
    out["reliability"] = reliability.bins(probabilities, known)
    return out


def _length(example: Example) -> str:
    words = len(example.text.split())
    return next(name for low, high, name in LENGTHS if low < words <= high or (low == 0 and words <= high))


_CUTS: Mapping[str, Callable[[Example], str]] = {
    "by_language": lambda e: e.lang,
    "by_kind": lambda e: e.kind or "none",
    "by_length": _length,
    "by_context": lambda e: "with context" if e.context else "without context",
}


def _short(row: Mapping[str, Any]) -> dict[str, Any]:
    kept = ("n", "macro_f1", "macro_f1_interval", "micro_f1", "micro_f1_interval", "ap", "ece")
    return {k: row[k] for k in kept}


def tasks(
    probabilities: Array, known: Targets, examples: Sequence[Example], *, seed: int = 7
) -> dict[str, dict[str, Any]]:
    """Return the measures of each task over the rows where it is labelled."""
    out = {}
    said = decisions(probabilities)
    for task, where in targets.spans().items():
        rows = np.flatnonzero(known.known[:, where.start])
        if not len(rows):
            continue
        true = known.values[rows, where] > 0.5
        groups = [examples[int(i)].scenario or examples[int(i)].id for i in rows]
        out[task] = _task(said[rows, where], true, groups, np.random.default_rng(seed))
        each = [_calibration(probabilities[rows, c], true[:, c - where.start]) for c in range(where.start, where.stop)]
        precision = [
            scores.average_precision(probabilities[rows, c], true[:, c - where.start].astype(np.float32))
            for c in range(where.start, where.stop)
        ]
        out[task] |= {"ece": round(float(np.mean(each)), 4), "ap": _rounded(_mean(precision))}
    return out


def _mean(values: Sequence[float]) -> float:
    """Return the mean of what is known; NaN when nothing is."""
    known = [v for v in values if not np.isnan(v)]
    return float(np.mean(known)) if known else float("nan")


def _calibration(probabilities: Array, true: Flags) -> float:
    return scores.calibration_error(probabilities, true.astype(np.float32))


def labels(probabilities: Array, known: Targets, examples: Sequence[Example]) -> dict[str, dict[str, Any]]:
    """Return n, positives, precision, recall, F1 with its interval, average precision and ECE of every label."""
    out = {}
    said = decisions(probabilities)
    for column, name in enumerate(codebook.load().columns()):
        rows, true = known.column(column)
        if not len(rows):
            continue
        yes, chosen = true > 0.5, said[rows, column]
        found = float((yes & chosen).sum())
        groups = [examples[int(i)].scenario or examples[int(i)].id for i in rows]
        drawn = _task(chosen[:, None], yes[:, None], groups, np.random.default_rng(7))
        out[name] = {
            "n": len(rows),
            "positives": int(yes.sum()),
            "precision": round(found / max(1.0, float(chosen.sum())), 4),
            "recall": round(found / max(1.0, float(yes.sum())), 4),
            "f1": round(scores.f1(chosen, yes), 4),
            "f1_interval": drawn["macro_f1_interval"],
            "ap": _rounded(scores.average_precision(probabilities[rows, column], true)),
            "ece": round(_calibration(probabilities[rows, column], yes), 4),
        }
    return out


def _rounded(value: float) -> float | None:
    return None if np.isnan(value) else round(value, 4)


def symmetry(probabilities: Array, known: Targets) -> dict[str, Any]:
    """Return how often labels are found in supportive and in critical texts, and the gap between the two.

    ``sentiment`` compares the two sides themselves; every other task pools its labels.
    """
    said = decisions(probabilities)
    where = targets.spans()
    out: dict[str, Any] = {}
    for task, at in where.items():
        if task == "sentiment":
            values = [_recall(said[:, c], known, c, None) for c in (at.start, at.start + 2)]
        else:
            values = [
                float(np.mean([_recall(said[:, c], known, c, side) for c in range(at.start, at.stop)]))
                if task == "relevance"
                else _pooled(said, known, at, side)
                for side in (1, 3)
            ]
        critical, supportive = values
        out[task] = {
            "recall_supportive": _rounded(supportive),
            "recall_critical": _rounded(critical),
            "gap": _rounded(supportive - critical),
        }
    return out


def _recall(said: Flags, known: Targets, column: int, side: int | None) -> float:
    yes = known.known[:, column] & (known.values[:, column] > 0.5)
    if side is not None:
        yes &= known.values[:, side] > 0.5
    return float(said[yes].mean()) if yes.any() else float("nan")


def _pooled(said: Flags, known: Targets, at: slice, side: int) -> float:
    yes = known.known[:, at] & (known.values[:, at] > 0.5) & (known.values[:, side] > 0.5)[:, None]
    return float(said[:, at][yes].mean()) if yes.any() else float("nan")


def cut_table(found: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> str:
    """Return a Markdown table of macro-F1 by task for every language, kind, length and context of a ``report``."""
    spans = targets.spans()
    lines = ["| texts | " + " | ".join(spans) + " |", "|---|" + "---|" * len(spans)]
    for cut in _CUTS:
        for value, rows in found[cut].items():
            cells = [f"{rows[t]['macro_f1']:.3f} ({rows[t]['n']})" if t in rows else "" for t in spans]
            lines.append(f"| {value} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def symmetry_table(found: Mapping[str, Mapping[str, float | None]]) -> str:
    """Return a Markdown table of how often labels are found in supportive and in critical texts."""
    lines = ["| task | recall, supportive | recall, critical | gap |", "|---|---|---|---|"]
    for task, row in found.items():
        if row["gap"] is not None:
            lines.append(
                f"| {task} | {row['recall_supportive']:.3f} | {row['recall_critical']:.3f} | {row['gap']:.3f} |"
            )
    return "\n".join(lines)


def abstention(
    probabilities: Array, doubted: Flags, examples: Sequence[Example]
) -> dict[str, dict[str, float | int | None]]:
    """Return, for relevance, sentiment and all other labels given, the share doubted and how often each part is right.

    Of a label that may be absent, ``right`` is the precision: a doubt is said only of labels that are given.
    """
    known, said = targets.of(examples), decisions(probabilities)
    true, out = known.values > 0.5, {}
    for task in ("relevance", "sentiment"):
        at = targets.spans()[task]
        rows = known.known[:, at.start]
        out[task] = _within((said[:, at] == true[:, at]).all(1)[rows], doubted[rows, at.start])
    labels_from = targets.spans()["sentiment"].stop
    given = (said & known.known)[:, labels_from:]
    return out | {"other labels given": _within(true[:, labels_from:][given], doubted[:, labels_from:][given])}


def _within(good: Flags, unsure: Flags) -> dict[str, float | int | None]:
    right = [_rounded(_mean(good[part].tolist())) for part in (unsure, ~unsure)]
    doubted = _rounded(_mean(unsure.tolist()))
    return {"n": len(good), "doubted": doubted, "right_doubted": right[0], "right_others": right[1]}


def table(found: Mapping[str, Mapping[str, Any]]) -> str:
    """Return a Markdown table of tasks: macro-F1, micro-F1 with intervals, average precision, calibration error."""
    lines = ["| task | n | macro-F1 [95 %] | micro-F1 [95 %] | AP | ECE |", "|---|---|---|---|---|---|"]
    for task, row in found.items():
        macro, micro = (
            f"{row[k]:.3f} [{row[k + '_interval'][0]:.3f}, {row[k + '_interval'][1]:.3f}]"
            for k in ("macro_f1", "micro_f1")
        )
        lines.append(f"| {task} | {row['n']} | {macro} | {micro} | {row['ap'] or 0:.3f} | {row['ece']:.3f} |")
    return "\n".join(lines)
