"""How often does a model change its mind when only the group, the name, the direction or the question changes?

    python benchmarks/counterfactual.py discourse-small baseline

The measures are those of ``discourse.train.counterfactual``, which ``discourse evaluate`` gives too; here models stand one
below the other.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from discourse.classify import load
from discourse.train import corpora, counterfactual


def main(models: Sequence[str]) -> None:
    """Print a table a model."""
    for name in models:
        model = load(name)
        found = counterfactual.measure(lambda rows, model=model: model.probabilities(corpora.inputs(rows)))
        print(f"{model.name}\n\n{counterfactual.table(found)}\n")


if __name__ == "__main__":
    main(sys.argv[1:] or ["default", "baseline"])
