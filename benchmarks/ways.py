"""Ways of making a tagger, compared on the dev split of the written corpus: the table of the model card.

    python benchmarks/ways.py runs/base          needs the `train` extra and the base encoder (`discourse train base`)

Each cell: average precision (sentiment: macro-F1 before calibration). Linear heads are logistic regressions on vectors
of the train split. Descriptions need no labelled text: a label is as likely as its definition is near. The contrastive
way (after SetFit, Tunstall et al. 2022, with the supervised loss of Khosla et al. 2020) pulls texts together that share
labels, on a part of the train split, then puts linear heads on top.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from discourse import codebook
from discourse.classify import TagInput, load
from discourse.train import base as bases
from discourse.train import corpora, finetune, scores, targets
from discourse.train.corpora import Example

Array = NDArray[np.float32]
STEPS, BATCH, TEMPERATURE = 120, 24, 0.1


def vectors(net: Any, base: bases.Base, texts: Sequence[str], contexts: Sequence[str | None]) -> Array:
    """Return mean vectors of unit length, shape (texts, width)."""
    import torch

    rows = finetune.encode(base, texts, contexts, tokens=128)
    out = np.zeros((len(rows), base.config["hidden_size"]), np.float32)
    net.eval()
    with torch.inference_mode():
        for part in finetune.batches([len(r.ids) for r in rows], 48, None):
            out[part] = net.pooled(*finetune.collate([rows[i] for i in part])).numpy()
    return np.asarray(out / np.linalg.norm(out, axis=1, keepdims=True), np.float32)


def linear(train_x: Array, train: Sequence[Example], dev_x: Array) -> Array:
    """Return raw scores of logistic regressions, one a label, shape (texts, labels)."""
    from sklearn.linear_model import LogisticRegression

    known = targets.of(train)
    out = np.zeros((len(dev_x), known.values.shape[1]), np.float32)
    for column in range(out.shape[1]):
        rows, true = known.column(column)
        model = LogisticRegression(C=10.0, class_weight="balanced", max_iter=400, random_state=13)
        out[:, column] = model.fit(train_x[rows], true > 0.5).decision_function(dev_x)
    return out


def described(net: Any, base: bases.Base, dev_x: Array) -> Array:
    """Return how near each text is to the definition of each label, less the mean over texts."""
    book = codebook.load()
    said = []
    for name in book.columns():
        task, _, label = name.partition(".")
        said.append(book[task].label(label or book[task].label_names[0]).definition["en"])
    near = dev_x @ vectors(net, base, said, [None] * len(said)).T
    return np.asarray(near - near.mean(0), np.float32)


def contrasted(base: bases.Base, train: Sequence[Example]) -> Any:
    """Return the encoder after some steps of supervised contrastive learning on texts that share labels."""
    import torch

    from discourse.train.network import network

    torch.manual_seed(13)
    net = network(base, 1)
    for layer in net.encoder.encoder.layer[:6]:
        layer.requires_grad_(False)
    known = targets.of(train)
    rows = finetune.encode(base, [e.text for e in train], [e.context for e in train], tokens=96)
    optimizer = torch.optim.AdamW([p for p in net.parameters() if p.requires_grad], lr=5e-5)
    chance = np.random.default_rng(13)
    net.train()
    for _ in range(STEPS):
        part = chance.choice(len(rows), BATCH, replace=False)
        x = torch.nn.functional.normalize(net.pooled(*finetune.collate([rows[i] for i in part])), dim=1)
        near = x @ x.T / TEMPERATURE - 1e9 * torch.eye(BATCH)
        labels = known.values[part]
        common = labels @ labels.T
        either = labels.sum(1)[:, None] + labels.sum(1)[None] - common
        alike = torch.from_numpy(np.where(common / np.maximum(either, 1) >= 0.4, 1.0, 0.0)).float()
        alike = alike * (1 - torch.eye(BATCH))
        some = alike.sum(1) > 0
        logs = near - torch.logsumexp(near, 1, keepdim=True)
        loss = -((logs * alike).sum(1)[some] / alike.sum(1)[some]).mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
    return net


def line(name: str, logits: Array, dev: Sequence[Example]) -> None:
    """Print one row of the table."""
    found = scores.summary(logits, targets.of(dev))
    print(f"| {name} | " + " | ".join(f"{v:.3f}" for v in found.values()) + " |", flush=True)


def main(folder: Path) -> None:
    """Print a row a way."""
    from discourse.train.network import network

    train, dev = corpora.read("discourse-v1", "train"), corpora.read("discourse-v1", "dev")
    print("| way | " + " | ".join([*targets.spans(), "mean"]) + " |\n|---|" + "---|" * (len(targets.spans()) + 1))

    def given(rows: Sequence[Example], *, context: bool = True) -> list[TagInput]:
        return [TagInput(id=e.id, text=e.text, lang=e.lang, context=e.context if context else None) for e in rows]

    def both(net: Any) -> tuple[Array, Array]:
        return tuple(vectors(net, base, [e.text for e in r], [e.context for e in r]) for r in (train, dev))  # type: ignore[return-value]

    floor, ours = load("baseline").scores(given(dev)), load("default").scores(given(dev))
    line("floor: TF-IDF and logistic regression", floor, dev)
    base = bases.load(folder)
    net = network(base, 1)
    train_x, dev_x = both(net)
    line("label descriptions, no labelled text", described(net, base, dev_x), dev)
    line("frozen vectors, linear heads", linear(train_x, train, dev_x), dev)
    train_x, dev_x = both(contrasted(base, train))
    line("contrastive (SetFit-like), linear heads", linear(train_x, train, dev_x), dev)
    line("fine-tuned on all tasks (shipped), context not read", load("default").scores(given(dev, context=False)), dev)
    line("fine-tuned on all tasks (shipped)", ours, dev)
    z = [(x - x.mean(0)) / x.std(0) for x in (ours, floor)]
    line("shipped, and one part in five of the floor", np.asarray(0.8 * z[0] + 0.2 * z[1], np.float32), dev)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "runs/base"))
