"""How well voices are found in the written corpus, on the situations that were kept apart while the rules were written.

    python benchmarks/voices.py

Prints one row a language: passages, marked spans, precision, recall and F1 of spans, F1 of span and kind together, F1
of the kinds present in a passage; and the same over the passages that carry a mark at all, because the writers marked one
voice a passage and left others unmarked.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

from discourse import bundled
from discourse.classify.voices import find_voices
from discourse.classify.voices_eval import evaluate, unseen


def rows() -> list[dict[str, object]]:
    """Return the rows of the written corpus that were kept apart."""
    files = sorted(Path(bundled.folder("corpora/discourse-v1")).glob("*.jsonl"))
    found = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    return [row for row in found if unseen(row["scenario"])]


def _rest(scores: dict[str, dict[str, float]]) -> str:
    return f"  {scores['kinds']['f1']:>7.3f}  {scores['present']['f1']:>10.3f}"


def main() -> None:
    apart = rows()
    started = time.perf_counter()
    every = evaluate(apart, find_voices)
    speed = len(apart) / (time.perf_counter() - started)
    marked = evaluate([row for row in apart if row["voices"]], find_voices)
    print("over all passages, then over those that carry a mark")
    print("lang  passages  spans  precision  recall     F1  kind F1  present F1 |    F1  kind F1  present F1")
    for lang in ("fr", "en", "es", "de", "it", "all"):
        n = sum(row["lang"] == lang or lang == "all" for row in apart)
        spans = every[lang]["spans"]
        head = (
            f"{lang:<5} {n:>8}  {spans['n']:>5}  {spans['precision']:>9.3f}  {spans['recall']:>6.3f}  {spans['f1']:.3f}"
        )
        print(f"{head}{_rest(every[lang])} | {marked[lang]['spans']['f1']:.3f}{_rest(marked[lang])}")
    print(f"{speed:.0f} passages a second")


if __name__ == "__main__":
    main()
