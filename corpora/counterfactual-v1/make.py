"""Write ``pairs.jsonl``: passages of discourse-v1 with one group or name exchanged, and pairs that turn the argument.

    python corpora/counterfactual-v1/make.py

The turned pairs are written by hand in ``direction.txt``; the swaps follow ``discourse.train.swaps``.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from discourse.train import corpora
from discourse.train.swaps import swaps

HERE = Path(__file__).resolve().parent


def main() -> None:
    """Write every pair, in a fixed order."""
    rows = []
    for row in corpora.rows_of(corpora.folder("discourse-v1")):
        if not row["relevance"]:
            continue
        for swap in list(swaps(row["text"], row["lang"]))[:1]:
            rows.append({
                "id": f"swap-{row['id']}", "what": swap.what, "lang": row["lang"], "context": row["context"],
                "first": row["text"], "second": swap.text, "was": swap.was, "now": swap.now,
                "sentiment": [row["sentiment"], row["sentiment"]],
            })  # fmt: skip
    for number, line in enumerate((HERE / "direction.txt").read_text(encoding="utf-8").splitlines(), start=1):
        lang, context, first, second = (part.strip() for part in line.split("|"))
        rows.append({
            "id": f"direction-{number:03d}", "what": "direction", "lang": lang, "context": context,
            "first": first, "second": second, "was": "for migrants", "now": "against",
            "sentiment": ["positive", "negative"],
        })  # fmt: skip
    text = "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows)
    (HERE / "pairs.jsonl").write_text(text, encoding="utf-8")
    counts = {w: sum(r["what"] == w for r in rows) for w in ("group", "name", "direction")}
    print(counts, hashlib.sha256(text.encode()).hexdigest())


if __name__ == "__main__":
    main()
