"""The running mean of the weights of a run: steadier than its last step, and it costs no second training.

Polyak and Juditsky 1992; the exponential form with a warm-up, as `torch.optim.swa_utils` has it, but over the learnt
parameters alone: the frozen word embeddings are three quarters of the network.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from discourse.errors import UsageError


class Average:
    """Keeps ``decay`` of the mean at every step; with 0 the mean is the last step itself."""

    def __init__(self, net: Any, decay: float) -> None:
        self._learnt = [p for p in net.parameters() if p.requires_grad]
        self._mean = [p.detach().clone() for p in self._learnt]
        self._decay, self._steps = decay, 0

    def update(self) -> None:
        """Take in the weights as they are now."""
        import torch

        self._steps += 1
        keep = min(self._decay, (1 + self._steps) / (10 + self._steps)) if self._decay else 0.0
        torch._foreach_lerp_(self._mean, [p.detach() for p in self._learnt], 1 - keep)

    @contextmanager
    def worn(self) -> Iterator[None]:
        """Put the mean into the network for a while: to measure it, to save it."""
        own = [p.detach().clone() for p in self._learnt]
        self._put(self._mean)
        try:
            yield
        finally:
            self._put(own)

    def _put(self, values: list[Any]) -> None:
        import torch

        with torch.no_grad():
            for parameter, value in zip(self._learnt, values, strict=True):
                parameter.copy_(value)

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint keeps."""
        return {"mean": self._mean, "steps": self._steps}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a checkpoint."""
        self._mean, self._steps = list(state["mean"]), int(state["steps"])


def mean_of(runs: Sequence[Path], out: Path) -> Path:
    """Write a run folder whose weights are the mean of those of some runs, and return it.

    Runs that went on from one another lie in one basin, and their mean often generalises better than the last of them
    (Wortsman et al. 2022, model soups). Raises ``UsageError`` where a run has no weights yet.
    """
    import torch

    missing = [run.name for run in runs if not (run / "best.pt").is_file()]
    if missing or not runs:
        raise UsageError(f"no weights to take the mean of: {', '.join(missing)}.", remedy="Name runs that have ended.")
    found = [torch.load(run / "best.pt", weights_only=True) for run in runs]
    out.mkdir(parents=True, exist_ok=True)
    shared = [name for name in found[0] if all(name in f for f in found)]
    torch.save({name: sum(f[name] for f in found) / len(found) for name in shared}, out / "best.pt")
    last = json.loads((runs[-1] / "recipe.json").read_text(encoding="utf-8"))
    said = {**last, "epochs": 0, "start": str(runs[-1] / "best.pt")}
    (out / "recipe.json").write_text(json.dumps(said, indent=1), encoding="utf-8")
    (out / "data.json").write_text(json.dumps({"mean_of": [run.name for run in runs]}, indent=1), encoding="utf-8")
    (out / "log.jsonl").write_text("", encoding="utf-8")
    return out
