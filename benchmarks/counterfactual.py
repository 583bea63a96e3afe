"""How often does a model change its mind when only the group, the name or the direction of the argument changes?

    python benchmarks/counterfactual.py discourse-small baseline

For groups and names a changed sentiment is a flip; for turned arguments both sides must be read right. Swapped copies
of training passages are learnt from: the rows "not learnt from" are those that count. Bare answers say yes or no and nothing
that tells a side: only the question does.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from discourse import bundled
from discourse.classify import TagInput, load
from discourse.train import agreement, corpora


def main(models: Sequence[str]) -> None:
    """Print a row a model and kind of pair."""
    file = bundled.folder("corpora/counterfactual-v1") / "pairs.jsonl"
    pairs = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    learnt = {e.id for e in corpora.read("discourse-v1", "train")}
    print("| model | pairs | n | result |\n|---|---|---|---|")
    for name in models:
        model = load(name)
        sides = []
        for side in ("first", "second"):
            tags = model.tag([TagInput(id=p["id"], text=p[side], lang=p["lang"], context=p["context"]) for p in pairs])
            sides.append([max(t.scores["sentiment"], key=lambda k, s=t.scores["sentiment"]: s[k]) for t in tags])
        for what, unseen in (("group", False), ("group", True), ("name", False), ("name", True), ("direction", True)):
            own = [i for i, p in enumerate(pairs) if p["what"] == what and not (unseen and _of(p) in learnt)]
            if what == "direction":
                right = sum([sides[0][i], sides[1][i]] == pairs[i]["sentiment"] for i in own)
                said = f"both answers read right in {right / len(own):.1%}"
            else:
                said = f"sentiment flips in {sum(sides[0][i] != sides[1][i] for i in own) / len(own):.1%}"
            print(f"| {model.name} | {what}{', not learnt from' if unseen else ', all'} | {len(own)} | {said} |")
        bare = [e for e in agreement.examples("test") if not e.known["sentiment.neutral"]]
        asked = model.probabilities([TagInput(id=e.id, text=e.text, lang=e.lang, context=e.context) for e in bare])
        for_, against = (list(model.folder.columns).index(f"sentiment.{x}") for x in ("positive", "negative"))
        right = [
            (p[for_] > p[against]) == bool(e.known["sentiment.positive"]) for p, e in zip(asked, bare, strict=True)
        ]
        said = f"the side taken is right in {sum(right) / len(right):.1%} (chance: 50%)"
        print(f"| {model.name} | bare answers, question and words unseen | {len(bare)} | {said} |")


def _of(pair: Mapping[str, Any]) -> str:
    """Return the id of the passage that a swap was made from."""
    return str(pair["id"]).removeprefix("swap-")


if __name__ == "__main__":
    main(sys.argv[1:] or ["default", "baseline"])
