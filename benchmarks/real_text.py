"""Models on real texts, against each of two blind readings, beside how well the readings agree with one another.

    python benchmarks/real_text.py ../shared/data discourse-small baseline

Nothing is trained on these texts. F1 is measured against reader A and against reader B and averaged; the ceiling is the
F1 of one reader measured against the other. Intervals: bootstrap over texts.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from discourse import codebook
from discourse.classify import TagInput, load
from discourse.classify.gate import open_gate
from discourse.measure.agreement import per_label
from discourse.train import readings

TASKS = ("relevance", "sentiment", "policy_frame", "immigration_frame", "narrative", "concern")


def decided(tags: Any) -> dict[str, Any]:
    """Return what a model says, as a reading: p >= .5 for every label, the likeliest of the three sentiments."""
    relevant = tags.relevance >= 0.5
    out: dict[str, Any] = {
        "relevance": relevant,
        "sentiment": max(tags.scores["sentiment"], key=tags.scores["sentiment"].get),
    }
    return out | {t: [k for k, p in tags.scores[t].items() if p >= 0.5] for t in codebook.TASKS[2:]}


def pairs(said: Mapping[str, Any], true: Mapping[str, Any], task: str) -> list[tuple[str, bool, bool]]:
    """Return (label, said, true) for one text; tasks other than relevance only where the reading says relevant."""
    if task == "relevance":
        return [("relevant", bool(said["relevance"]), bool(true["relevance"]))]
    if not true["relevance"]:
        return []
    names = codebook.load()[task].label_names
    given = [{r[task]} if isinstance(r[task], str) else set(r[task] or ()) for r in (said, true)]
    return [(n, n in given[0], n in given[1]) for n in names]


def f1(rows: Sequence[list[tuple[str, bool, bool]]], *, macro: bool) -> float:
    """Return micro-F1, or macro-F1 over the labels that occur."""
    counts: dict[str, list[int]] = {}
    for row in rows:
        for name, said, true in row:
            c = counts.setdefault(name if macro else "", [0, 0, 0])
            c[0] += said and true
            c[1] += said
            c[2] += true
    found = [2 * hit / (a + b) if a + b else 0.0 for hit, a, b in counts.values() if b or not macro]
    return float(np.mean(found)) if found else float("nan")


def measured(said: Sequence[Mapping[str, Any]], true: Sequence[Mapping[str, Any]], task: str, *, macro: bool) -> str:
    """Return an F1 with its bootstrap interval."""
    rows = [pairs(a, b, task) for a, b in zip(said, true, strict=True)]
    chance = np.random.default_rng(7)
    draws = [f1([rows[i] for i in chance.integers(0, len(rows), len(rows))], macro=macro) for _ in range(200)]
    low, high = np.nanquantile(draws, [0.025, 0.975])
    return f"{f1(rows, macro=macro):.3f} [{low:.3f}, {high:.3f}]"


def line(name: str, cell: Callable[[str, bool], str]) -> str:
    """Return one row of the table: relevance F1, sentiment macro, the others micro."""
    return f"| {name} | " + " | ".join(cell(t, t in ("sentiment", "narrative")) for t in TASKS) + " |"


def gate(model: Any, texts: Sequence[Any], true: Sequence[Mapping[str, Any]]) -> str:
    """Return how many relevant texts pass the model's gate, and how many others it spares."""
    found = open_gate(model.folder)
    if found is None:
        return f"\n{model.name} has no gate."
    passed = found.passes([t.text for t in texts], [t.context for t in texts], [t.lang for t in texts])
    for_us = [go for go, r in zip(passed, true, strict=True) if r["relevance"]]
    others = [go for go, r in zip(passed, true, strict=True) if not r["relevance"]]
    recall, spared = sum(for_us) / len(for_us), 1 - sum(others) / len(others)
    return f"\nGate of {model.name}: recall {recall:.4f} of {len(for_us)}, spares {spared:.3f} of {len(others)} others."


def sides(name: str, said: Sequence[Mapping[str, Any]], true: Sequence[Mapping[str, Any]]) -> str:
    """Return how many texts of each side of sentiment a model recognises as such."""
    cells = []
    for side in codebook.load()["sentiment"].label_names:
        own = [
            a["sentiment"] == side for a, b in zip(said, true, strict=True) if b["relevance"] and b["sentiment"] == side
        ]
        cells.append(f"{side} {sum(own) / max(1, len(own)):.3f} of {len(own)}")
    return f"Sentiments recognised by {name}: {', '.join(cells)}."


def found_by_side(name: str, said: Sequence[Mapping[str, Any]], true: Sequence[Mapping[str, Any]]) -> str:
    """Return how many labels of each task a model finds in supportive and in critical texts, and the gap."""
    cells = []
    for task in TASKS[2:]:
        shares = []
        for side in ("positive", "negative"):
            both = [(a, b) for a, b in zip(said, true, strict=True) if b["relevance"] and b["sentiment"] == side]
            there = [one for a, b in both for one in pairs(a, b, task) if one[2]]
            shares.append(sum(hit for _, hit, _ in there) / max(1, len(there)))
        cells.append(f"{task} {shares[0]:.3f} and {shares[1]:.3f} (gap {shares[0] - shares[1]:.3f})")
    return f"Labels found by {name} in supportive and in critical texts: {', '.join(cells)}."


def main(data: Path, models: Sequence[str]) -> None:
    """Print the table for every model, then per language, then the agreement of the readers."""
    texts = [t for t in readings.real("test", data) if len(t.readings) == 2]
    first, second = [t.readings[0] for t in texts], [t.readings[1] for t in texts]
    print(f"{len(texts)} real texts read twice\n")
    print("| | " + " | ".join(TASKS) + " |\n|---|" + "---|" * len(TASKS))
    print(line("reader B against reader A", lambda t, m: measured(second, first, t, macro=m)))
    recognised = []
    for name in models:
        model = load(name)
        rows = [TagInput(id=t.id, text=t.text, lang=t.lang, context=t.context) for t in texts]
        said = [decided(tags) for tags in model.tag(rows)]
        for who, true in (("A", first), ("B", second)):
            print(line(f"{model.name} against reader {who}", lambda t, m, s=said, w=true: measured(s, w, t, macro=m)))
            recognised.append(sides(f"{model.name}, reader {who}", said, true))
            recognised.append(found_by_side(f"{model.name}, reader {who}", said, true))
        for lang in sorted({t.lang for t in texts}):
            own = [i for i, t in enumerate(texts) if t.lang == lang]
            s, a = [said[i] for i in own], [first[i] for i in own]
            print(
                line(f"{model.name}, {lang} ({len(own)}), against A", lambda t, m, s=s, a=a: measured(s, a, t, macro=m))
            )
    print("\n" + "\n\n".join(recognised))
    for name in models:
        print(gate(load(name), texts, first))
    print("\n| label | alpha | positives |\n|---|---|---|")
    for one in per_label([readings.flags(r) for r in first], [readings.flags(r) for r in second], resamples=200):
        if one.alpha is not None and one.low is not None and one.high is not None:
            print(f"| {one.label} | {one.alpha:.2f} [{one.low:.2f}, {one.high:.2f}] | {one.positives} |")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:] or ["default", "baseline"])
