"""How often does a model change its mind when only the group, the name, the direction or the question changes?

    python benchmarks/counterfactual.py discourse-small baseline

The measures are those of ``discourse.train.counterfactual``, which ``discourse evaluate`` gives too; here models stand one
below the other.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from typing import Any

from discourse.classify import TagInput, load
from discourse.train import counterfactual
from discourse.train.corpora import Example


def ask(model: Any, rows: Sequence[Example]) -> Any:
    """Return a model's probabilities for some examples."""
    return model.probabilities([TagInput(id=e.id, text=e.text, lang=e.lang, context=e.context) for e in rows])


def main(models: Sequence[str]) -> None:
    """Print a table a model."""
    for name in models:
        model = load(name)
        print(f"{model.name}\n\n{counterfactual.table(counterfactual.measure(partial(ask, model)))}\n")


if __name__ == "__main__":
    main(sys.argv[1:] or ["default", "baseline"])
