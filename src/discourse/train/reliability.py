"""How often a probability says true: bins of it for each task, and a picture of them (reliability diagrams).

DeGroot and Fienberg 1983; a bin stands at its mean probability, its area is its number of decisions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from discourse.train import targets
from discourse.train.targets import Targets

Array = NDArray[np.float32]
BINS, SIDE, GAP, ACROSS = 10, 150, 46, 4
LEAST = 5
"""Bins of fewer decisions say nothing and are not drawn."""


def bins(probabilities: Array, known: Targets) -> dict[str, list[dict[str, float]]]:
    """Return, for each task, its bins from low to high: ``n``, mean ``p``, ``share`` of labels that are there."""
    out: dict[str, list[dict[str, float]]] = {}
    for task, at in targets.spans().items():
        rows = np.flatnonzero(known.known[:, at.start])
        p, true = probabilities[rows, at].ravel(), known.values[rows, at].ravel() > 0.5
        which = np.minimum((p * BINS).astype(int), BINS - 1)
        parts = [which == b for b in range(BINS)]
        out[task] = [
            {"n": int(x.sum()), "p": round(float(p[x].mean()), 4), "share": round(float(true[x].mean()), 4)}
            for x in parts
            if x.any()
        ]
    return out


def svg(found: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """Return the bins of all tasks as one picture, a square a task; it names itself and follows light and dark."""
    across = min(ACROSS, len(found))
    down = -(-len(found) // ACROSS)
    width, height = across * (SIDE + GAP) + GAP, down * (SIDE + GAP) + GAP
    squares = [
        _square(task, rows, GAP + (n % ACROSS) * (SIDE + GAP), GAP + (n // ACROSS) * (SIDE + GAP))
        for n, (task, rows) in enumerate(found.items())
    ]
    style = (
        "text{font:11px sans-serif;fill:#333}.l{stroke:#999;fill:none}.d{fill:#2166ac;fill-opacity:.65}"
        "@media(prefers-color-scheme:dark){text{fill:#ddd}.d{fill:#92c5de}}"
    )
    title = "Reliability: how often a label is there (up) when its probability is so high (across); on the line is true"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img"><title>{title}</title><style>{style}</style>\n' + "\n".join(squares) + "\n</svg>\n"
    )


def _square(task: str, rows: Sequence[Mapping[str, Any]], x: int, y: int) -> str:
    most = max((row["n"] for row in rows), default=1)
    dots = [
        f'<circle class="d" cx="{x + SIDE * row["p"]:.1f}" cy="{y + SIDE * (1 - row["share"]):.1f}" '
        f'r="{2 + 8 * (row["n"] / most) ** 0.5:.1f}"><title>{row["n"]} decisions: p {row["p"]:.2f}, '
        f"true {row['share']:.2f}</title></circle>"
        for row in rows
        if row["n"] >= LEAST
    ]
    frame = f'<rect class="l" x="{x}" y="{y}" width="{SIDE}" height="{SIDE}"/>'
    line = f'<path class="l" stroke-dasharray="3 3" d="M{x} {y + SIDE}L{x + SIDE} {y}"/>'
    ends = "".join(f'<text x="{x + at * SIDE - 4}" y="{y + SIDE + 13}">{at}</text>' for at in (0, 1))
    name = f'<text x="{x}" y="{y - 6}">{task.replace("_", " ")}</text>'
    return frame + line + name + ends + "".join(dots)
