"""How well voices are found in the written corpus, by split and language, under each reading of "right".

    python benchmarks/voices.py            # the rules alone, as everything else uses them
    python benchmarks/voices.py --names    # with persons' names from the French and English pipelines

Six figures a language. ``span F1``: a found stretch is right when it shares at least half of the union with a marked one.
``both F1``: its kind must agree as well. ``kind|span``: the share of right stretches whose kind agrees. ``marked``: the
first two over the passages that carry a mark at all, because the writers marked one voice a passage, left others unmarked,
and marked few in passages that are not about migration. Then, for each kind, F1 of its being present in a passage.
The first rules were written with sight of three quarters of all situations, test among them; later rounds read train and
dev alone. ``unseen`` is the quarter of test that nobody has looked at.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from discourse import bundled
from discourse.classify.names import find_names
from discourse.classify.voices import find_voices
from discourse.classify.voices_eval import evaluate, unseen

LANGUAGES = ("fr", "en", "es", "de", "it", "all")
Row = dict[str, Any]


def rows() -> dict[str, list[Row]]:
    """Return the rows of dev, of test, and of those of test that nobody looked at while the first rules were written."""
    files = sorted(Path(bundled.folder("corpora/discourse-v1")).glob("*.jsonl"))
    found = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    parts = {split: [row for row in found if row["split"] == split] for split in ("dev", "test")}
    return parts | {"unseen": [row for row in parts["test"] if unseen(row["scenario"])]}


def _line(part: str, lang: str, every: Row, marked: Row) -> str:
    spans, both = every["spans"], every["kinds"]
    given = both["f1"] / spans["f1"] if spans["f1"] else 0.0
    return (
        f"{part:<7} {lang:<4} {spans['n']:>5} {spans['precision']:>9.3f} {spans['recall']:>7.3f} {spans['f1']:>8.3f}"
        f" {both['f1']:>8.3f} {given:>9.3f} | {marked['spans']['f1']:>12.3f} {marked['kinds']['f1']:>8.3f}"
    )


def _by_language(parts: dict[str, dict[str, Row]], marked: dict[str, dict[str, Row]]) -> None:
    print("split   lang spans precision  recall  span F1  both F1 kind|span | marked: span     both")
    for part, scores in parts.items():
        for lang in LANGUAGES:
            print(_line(part, lang, scores[lang], marked[part][lang]))


def _by_kind(parts: dict[str, dict[str, Row]]) -> None:
    print("\nF1 of a kind being present in a passage, and in how many it is (all languages: n)")
    print(f"{'split':<7} {'kind':<20}" + "".join(f"{lang:>7}" for lang in LANGUAGES) + "      n")
    for part, scores in parts.items():
        for kind in sorted(scores["all"]["by_kind"]):
            cells = (scores[lang]["by_kind"].get(kind) for lang in LANGUAGES)
            figures = "".join(f"{cell['f1']:>7.3f}" if cell else f"{'-':>7}" for cell in cells)
            print(f"{part:<7} {kind:<20}{figures} {scores['all']['by_kind'][kind]['n']:>6}")


def main(argv: Sequence[str] | None = None) -> None:
    """Print both tables and the speed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--names", action="store_true", help="look for persons' names as well")
    find = partial(find_voices, names=find_names) if parser.parse_args(argv).names else find_voices
    apart = rows()
    started = time.perf_counter()
    every = {part: evaluate(found, find) for part, found in apart.items()}
    speed = sum(map(len, apart.values())) / (time.perf_counter() - started)
    marked = {part: evaluate([row for row in found if row["voices"]], find) for part, found in apart.items()}
    _by_language(every, marked)
    _by_kind({part: every[part] for part in ("dev", "test")})
    print(f"\n{speed:.0f} passages a second")


if __name__ == "__main__":
    main()
