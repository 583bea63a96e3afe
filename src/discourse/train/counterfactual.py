"""How often a model changes its mind when only the group, the name, the direction or the question changes.

For groups and names a changed sentiment is a flip; for turned arguments both sides must be read right. Swapped copies
of training passages are learnt from: the rows "not learnt from" are those that count. Bare answers say yes or no and
nothing that tells a side: only the question does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from discourse import bundled, codebook
from discourse.train import agreement, corpora, swaps
from discourse.train.corpora import Example
from discourse.train.evaluate import interval

Array = NDArray[np.float32]
Ask = Callable[[Sequence[Example]], Array]
"""``examples -> probabilities`` of shape (examples, columns)."""
DRAWS = 400
PAIRS = "counterfactual-v1"


def measure(ask: Ask) -> dict[str, dict[str, Any]]:
    """Return every measure by its name: ``n``, ``share`` and ``interval``, a bootstrap over passages or questions."""
    found = pairs()
    learnt = {e.id for e in corpora.read("discourse-v1", "train")}
    first, second = (_sides(ask, [_example(p, which) for p in found]) for which in ("first", "second"))
    flipped = first != second
    out: dict[str, dict[str, Any]] = {}
    for what in ("group", "name"):
        own = [i for i, p in enumerate(found) if p["what"] == what]
        fresh = [i for i in own if _of(found[i]) not in learnt]
        out[f"{what}, all: flips"] = _share(flipped[own], [_of(found[i]) for i in own])
        out[f"{what}, not learnt from: flips"] = _share(flipped[fresh], [_of(found[i]) for i in fresh])
    out["group or name, test splits: flips"] = _swapped(ask)
    turned = [i for i, p in enumerate(found) if p["what"] == "direction"]
    right = np.array([[first[i], second[i]] == found[i]["sentiment"] for i in turned])
    out["turned arguments: both right"] = _share(right, [found[i]["id"] for i in turned])
    return out | {"bare answers: side right": _bare(ask)}


def missing() -> list[str]:
    """Return the corpora that the measures need and that are not here: an installed wheel carries none."""
    needed = (PAIRS, *corpora.WRITTEN, agreement.NAME)
    return [name for name in needed if not bundled.folder(f"corpora/{name}").is_dir()]


def pairs() -> list[dict[str, Any]]:
    """Return the pairs of ``corpora/counterfactual-v1``, in file order."""
    file = bundled.folder(f"corpora/{PAIRS}") / "pairs.jsonl"
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def table(found: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the measures as a Markdown table."""
    lines = ["| pairs | n | share [95 %] |", "|---|---|---|"]
    for name, row in found.items():
        low, high = row["interval"]
        lines.append(f"| {name} | {row['n']} | {row['share']:.1%} [{low:.1%}, {high:.1%}] |")
    return "\n".join(lines)


def _swapped(ask: Ask) -> dict[str, Any]:
    """Return how often sentiment flips where a test passage of any corpus names another group or first name."""
    rows = [e for name in corpora.WRITTEN for e in corpora.read(name, "test")]
    rows = [e for e in rows if e.known["relevance"]]
    copies = swaps.swapped(rows)
    by_id = {e.id: e for e in rows}
    sources = [by_id[e.id.split("-", 1)[1]] for e in copies]
    flipped = _sides(ask, sources) != _sides(ask, copies)
    return _share(flipped, [e.scenario or e.id for e in sources])


def _bare(ask: Ask) -> dict[str, Any]:
    rows = [e for e in agreement.examples("test") if not e.known["sentiment.neutral"]]
    p = ask(rows)
    against, for_ = (codebook.load().columns().index(f"sentiment.{x}") for x in ("negative", "positive"))
    right = (p[:, for_] > p[:, against]) == np.array([bool(e.known["sentiment.positive"]) for e in rows])
    return _share(right, [e.scenario for e in rows])


def _sides(ask: Ask, rows: Sequence[Example]) -> NDArray[np.str_]:
    names = codebook.load()["sentiment"].label_names
    at = [codebook.load().columns().index(f"sentiment.{n}") for n in names]
    return np.asarray(np.array(names)[ask(rows)[:, at].argmax(1)], dtype=np.str_)


def _share(hit: NDArray[np.bool_], groups: Sequence[str]) -> dict[str, Any]:
    _, index = np.unique(np.array(groups), return_inverse=True)
    sizes, hits = np.bincount(index), np.bincount(index, hit)
    drawn = np.random.default_rng(7).integers(0, len(sizes), (DRAWS, len(sizes)))
    shares = hits[drawn].sum(1) / sizes[drawn].sum(1)
    return {"n": len(hit), "share": round(float(hit.mean()), 4), "interval": interval(shares)}


def _example(pair: Mapping[str, Any], which: str) -> Example:
    return Example(id=pair["id"], text=pair[which], lang=pair["lang"], known={}, context=pair["context"])


def _of(pair: Mapping[str, Any]) -> str:
    """Return the id of the passage that a swap was made from."""
    return str(pair["id"]).removeprefix("swap-")
