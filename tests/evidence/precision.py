"""Precision at 1 of the matcher: ``python tests/evidence/precision.py [tuning|held_out] [--wrong]``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from discourse.evidence.match import match

QUESTIONS = Path(__file__).with_name("questions.jsonl")


def measure(*, held_out: bool) -> dict[str, object]:
    """Return how many questions there were, how many got an answer, how many of those were right, and the rest."""
    rows = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    rows = [r for r in rows if r["held_out"] is held_out]
    got = [(r, match(r["question"], year=2026).topic) for r in rows]
    answered = [(r, t) for r, t in got if t is not None]
    silent = [(r, t) for r, t in got if r["topic"] is None]
    return {
        "questions": len(got),
        "answered": len(answered),
        "right": sum(r["topic"] == t for r, t in answered),
        "no_answer": len(silent),
        "refused": sum(t is None for _, t in silent),
        "wrong": [(r["id"], r["question"], r["topic"], t) for r, t in got if r["topic"] != t],
    }


if __name__ == "__main__":
    found = measure(held_out="held_out" in sys.argv)
    wrong = found.pop("wrong")
    print(found)
    if "--wrong" in sys.argv:
        print(*wrong, sep="\n")
