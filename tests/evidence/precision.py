"""Precision at 1 of the matcher: ``python tests/evidence/precision.py [tuning|held_out|own|blind|blind_tuning|second] [--wrong]``.

``blind`` and ``second`` are questions written by somebody who had seen neither cards nor matcher, so it was judged
afterwards which of the matcher's topics is the figure wanted (``*_judged.jsonl``). The matcher was mended on the first
of them; ``second`` came after and nothing was changed on it: it is the measure. ``own`` are questions
by the author of the word lists, all of them seen while these were written: a check that nothing is lost, no measure.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from discourse.evidence.match import match

FOLDER = Path(__file__).parent
SETS = {
    "tuning": ("questions.jsonl", False),
    "held_out": ("questions.jsonl", True),
    "own": ("questions_own.jsonl", True),
    "blind_tuning": ("questions_blind.jsonl", False),
    "blind": ("questions_blind.jsonl", True),
    "second": ("questions_second.jsonl", True),
}
JUDGED = {"questions_blind.jsonl": "blind_judged.jsonl", "questions_second.jsonl": "second_judged.jsonl"}


def _lines(name: str) -> list[dict[str, object]]:
    path = FOLDER / name
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.is_file() else []


def measure(name: str) -> dict[str, object]:
    """Return how many questions there were, how many got an answer, how many of those were right, and the rest."""
    file, held_out = SETS[name]
    judged = {(r["id"], r["topic"]) for r in _lines(JUDGED.get(file, "")) if r["right"]}
    rows = [r for r in _lines(file) if r["held_out"] is held_out]
    got = [(r, match(str(r["question"]), year=2026).topic) for r in rows]
    blind = file in JUDGED
    silent = [(r, t) for r, t in got if (r["answerable"] is False if blind else r["topic"] is None)]
    answered = [(r, t) for r, t in got if t is not None]
    right = [r["id"] for r, t in answered if ((r["id"], t) in judged if blind else r["topic"] == t)]
    return {
        "questions": len(got),
        "answered": len(answered),
        "right": len(right),
        "no_answer": len(silent),
        "refused": sum(t is None for _, t in silent),
        "wrong": [
            (r["id"], r["question"], r.get("topic"), t)
            for r, t in got
            if r["id"] not in right and not (t is None and (r, t) in silent)
        ],
    }


if __name__ == "__main__":
    found = measure(next((a for a in sys.argv[1:] if a in SETS), "tuning"))
    wrong = found.pop("wrong")
    print(found)
    if "--wrong" in sys.argv:
        print(*wrong, sep="\n")  # type: ignore[misc]
