"""How well voices are found in the written corpus, on the situations that were kept apart while the rules were written.

    python benchmarks/voices.py

Prints one row a language: passages, marked spans, precision, recall and F1 of spans, F1 of span and kind together, F1 of
the kinds present in a passage; and the same over the passages that carry a mark at all, because the writers marked one
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


def main() -> None:
    apart = rows()
    started = time.perf_counter()
    every = evaluate(apart, find_voices)
    speed = len(apart) / (time.perf_counter() - started)
    marked = evaluate([row for row in apart if row["voices"]], find_voices)
    print(
        "lang  passages  spans  precision  recall  F1     kind F1  present F1 | marked passages: F1  kind F1  present F1"
    )
    for lang in ("fr", "en", "es", "de", "it", "all"):
        spans, kinds, present = (every[lang][k] for k in ("spans", "kinds", "present"))
        n = sum(row["lang"] == lang or lang == "all" for row in apart)
        print(
            f"{lang:<5} {n:>8}  {spans['n']:>5}  {spans['precision']:>9.3f}  {spans['recall']:>6.3f}  {spans['f1']:.3f}  "
            f"{kinds['f1']:>7.3f}  {present['f1']:>10.3f} | {marked[lang]['spans']['f1']:>19.3f}  "
            f"{marked[lang]['kinds']['f1']:>7.3f}  {marked[lang]['present']['f1']:>10.3f}"
        )
    print(f"{speed:.0f} passages a second")


if __name__ == "__main__":
    main()
