"""Learn the gate: a linear model over hashed words that lets at least 99 % of relevant texts pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from discourse.classify.gate import BITS, FILE, Gate, slots
from discourse.train.corpora import JUDGED, Example

RECALL, ALONE = 0.995, 0.99
"""Aimed at on all dev texts, so that 99 % holds on others; and on those of each source by itself."""
MARGIN = 0.6
"""Taken off the threshold found on dev: real texts are farther from what was learnt than dev texts are."""
DOUBTED = 0.3
"""The encoder's relevance from which a rule is not believed that a text is about something else."""
ENOUGH = 200
"""Relevant dev texts of one source from which that source must reach its recall by itself, without a margin."""


def features(examples: Sequence[Example]) -> Any:
    """Return the hashed features, a sparse matrix of shape (examples, 2 ** 17), rows of unit length."""
    from scipy.sparse import csr_matrix

    ends, at, values = [0], [], []
    for e in examples:
        found = slots(e.text if not e.context else f"{e.text} {e.context}")
        at += found
        values += [1 / max(1.0, len(found) ** 0.5)] * len(found)
        ends.append(len(at))
    matrix = csr_matrix((np.array(values, np.float32), at, ends), shape=(len(examples), 1 << BITS))
    matrix.sum_duplicates()
    return matrix


def undoubted(
    examples: Sequence[Example], relevance: Callable[[Sequence[Example]], NDArray[np.float32]]
) -> list[Example]:
    """Leave out what a rule calls plainly about something else, and the encoder (``relevance``) about migration.

    The rule looks for words, and does not know every people, place and law that a title may name instead.
    """
    ruled = [i for i, e in enumerate(examples) if e.source not in JUDGED and e.known.get("relevance") == 0.0]
    found = relevance([examples[i] for i in ruled]) if ruled else ()
    doubted = {i for i, p in zip(ruled, found, strict=True) if p >= DOUBTED}
    return [e for i, e in enumerate(examples) if i not in doubted]


def learn(train: Sequence[Example], dev: Sequence[Example], prior: NDArray[np.float32]) -> Gate:
    """Return a gate from examples whose relevance is known; its threshold is set on dev texts."""
    from sklearn.linear_model import LogisticRegression

    rows = [e for e in train if "relevance" in e.known and e.lang != "und"]
    model = LogisticRegression(C=20.0, class_weight="balanced", solver="liblinear", random_state=13)
    model.fit(features(rows), [e.known["relevance"] > 0.5 for e in rows])
    gate = Gate(model.coef_[0].astype(np.float16).astype(np.float32), float(model.intercept_[0]), 0.0, prior)
    relevant = [e for e in dev if e.known.get("relevance") == 1.0]
    scores = np.array([gate.score(e.text, e.context) for e in relevant])
    sources = np.array([e.source for e in relevant])
    many = [s for s in set(sources) if (sources == s).sum() >= ENOUGH]
    own = [np.quantile(scores[sources == s], 1 - ALONE, method="lower") for s in many]
    threshold = float(min([np.quantile(scores, 1 - RECALL) - MARGIN, *own]))
    return Gate(gate.weights, gate.bias, threshold, prior)


def measure(gate: Gate, examples: Sequence[Example]) -> dict[str, float]:
    """Return how many relevant texts pass (recall), and how many others are spared the encoder."""
    passed = np.array(
        gate.passes([e.text for e in examples], [e.context for e in examples], [e.lang for e in examples])
    )
    relevant = np.array([e.known["relevance"] > 0.5 for e in examples])
    return {
        "recall": round(float(passed[relevant].mean()), 4),
        "spared": round(float(1 - passed[~relevant].mean()), 4),
        "relevant": int(relevant.sum()),
        "others": int((~relevant).sum()),
    }


def save(gate: Gate, folder: Path) -> Path:
    """Write the gate into a model folder and return its path."""
    file = folder / FILE
    np.savez_compressed(
        file,
        weights=gate.weights.astype(np.float16),
        bias=np.float32(gate.bias),
        threshold=np.float32(gate.threshold),
        prior=gate.prior,
    )
    return file
