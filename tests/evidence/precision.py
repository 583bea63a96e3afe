"""Precision at 1 of the matcher: ``python tests/evidence/precision.py SET [--words] [--wrong]``.

SET is tuning, held_out, own, blind, blind_tuning, second or third. ``blind``, ``second`` and ``third`` are questions
written by somebody who had seen neither cards nor matcher, so it was judged afterwards which of the matcher's topics is
the figure wanted (``*_judged.jsonl``). The words were mended on the first of them, the second showed that words alone are
not enough, and on it was chosen how the model has to agree; ``third`` came after and nothing was changed on it: it is the
measure. ``own`` are questions by the author of the word lists, all of them seen while these were written: a check that
nothing is lost, no measure. With ``--words`` the words decide alone.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from discourse import classify
from discourse.classify import TagInput
from discourse.classify.nearest import Nearest as Likest
from discourse.evidence.match import Nearest, examples, match

FOLDER = Path(__file__).parent
SETS = {
    "tuning": ("questions.jsonl", False),
    "held_out": ("questions.jsonl", True),
    "own": ("questions_own.jsonl", True),
    "blind_tuning": ("questions_blind.jsonl", False),
    "blind": ("questions_blind.jsonl", True),
    "second": ("questions_second.jsonl", True),
    "third": ("questions_third.jsonl", True),
    "fourth": ("questions_fourth.jsonl", True),
}
JUDGED = {f"questions_{name}.jsonl": f"{name}_judged.jsonl" for name in ("blind", "second", "third", "fourth")}


def _lines(name: str) -> list[dict[str, object]]:
    path = FOLDER / name
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.is_file() else []


def by_model() -> Nearest:
    """Return the shipped model's reading of a question."""
    model = classify.load("discourse-small")
    return Likest(
        *examples(), reader=lambda texts: model.vectors([TagInput(id=str(i), text=t) for i, t in enumerate(texts)])
    )


def measure(name: str, nearest: Nearest | None = None) -> dict[str, object]:
    """Return how many questions there were, how many got an answer, how many of those were right, and the rest."""
    file, held_out = SETS[name]
    judged = {(r["id"], r["topic"]) for r in _lines(JUDGED.get(file, "")) if r["right"]}
    rows = [r for r in _lines(file) if r["held_out"] is held_out]
    got = [(r, match(str(r["question"]), year=2026, nearest=nearest).topic) for r in rows]
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
    reader = None if "--words" in sys.argv else by_model()
    found = measure(next((a for a in sys.argv[1:] if a in SETS), "tuning"), reader)
    wrong = found.pop("wrong")
    print(found)
    if "--wrong" in sys.argv:
        print(*wrong, sep="\n")  # type: ignore[misc]
