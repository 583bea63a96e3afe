"""Ways of making a tagger, compared on the dev split of the written corpus: the table of the model card.

    python benchmarks/ways.py runs/base          needs the `train` extra and the base encoder (`discourse train base`)

Each cell: average precision (sentiment: macro-F1 before calibration). Linear heads are logistic regressions on vectors
of the train splits of all written corpora; the shipped model has learnt from these and from the real texts of its card.
Descriptions need no labelled text: a label is as likely as its definition is near. The contrastive way (after SetFit,
Tunstall et al. 2022, with the supervised loss of Khosla et al. 2020) pulls texts together that share labels, then puts
linear heads on top. A second table holds floor, frozen heads and the shipped model side by side on the test split,
macro-F1 with intervals, each calibrated on dev.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from discourse import codebook
from discourse.classify import TagInput, load
from discourse.train import base as bases
from discourse.train import calibrate, corpora, evaluate, finetune, scores, targets
from discourse.train.corpora import Example

Array = NDArray[np.float32]
STEPS, BATCH, TEMPERATURE = 120, 24, 0.1
NAMES = ("baseline", "default")


def vectors(net: Any, base: bases.Base, texts: Sequence[str], contexts: Sequence[str | None]) -> Array:
    """Return mean vectors of unit length, shape (texts, width)."""
    import torch

    rows = finetune.encode(base, texts, contexts, tokens=128)
    out = np.zeros((len(rows), base.config["hidden_size"]), np.float32)
    net.eval()
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        for part in finetune.batches([len(r.ids) for r in rows], 48, None):
            out[part] = net.pooled(*finetune.collate([rows[i] for i in part])).float().numpy()
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


def rare(train: Sequence[Example]) -> list[int]:
    """Return the columns of the labels that stand in fewest of the train texts: a quarter of all."""
    known = targets.of(train)
    counts = (known.values * known.known)[:, 4:].sum(0)
    return [int(i) + 4 for i in np.argsort(counts)[: len(counts) // 4]]


def line(name: str, logits: Array, dev: Sequence[Example], few: Sequence[int]) -> None:
    """Print one row of the table: every task, their mean, and the mean over the rare labels."""
    known = targets.of(dev)
    found = scores.summary(logits, known)
    precision = []
    for column in few:
        rows, true = known.column(column)
        precision.append(scores.average_precision(logits[rows, column], true))
    print(f"| {name} | " + " | ".join(f"{v:.3f}" for v in [*found.values(), np.nanmean(precision)]) + " |", flush=True)


def side_by_side(ways: Mapping[str, tuple[Array, Array]], dev: Sequence[Example], test: Sequence[Example]) -> None:
    """Print macro-F1 on the test split of some ways, given their raw scores on dev and test."""
    print("\n| way, test split | " + " | ".join(targets.spans()) + " |\n|---|" + "---|" * len(targets.spans()))
    for name, (on_dev, on_test) in ways.items():
        p = calibrate.fit(on_dev, targets.of(dev)).probabilities(on_test, [e.lang for e in test])
        found = evaluate.tasks(p, targets.of(test), test)
        cells = [
            f"{r['macro_f1']:.3f} [{', '.join(f'{x:.3f}' for x in r['macro_f1_interval'])}]" for r in found.values()
        ]
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


def main(folder: Path) -> None:
    """Print a row a way."""
    from discourse.train.network import network

    train = [e for name in corpora.WRITTEN for e in corpora.read(name, "train")]
    dev, test = corpora.read("discourse-v1", "dev"), corpora.read("discourse-v1", "test")
    few = rare(train)
    print(f"Rare labels: {', '.join(codebook.load().columns()[i] for i in few)}\n")
    print("| way | " + " | ".join([*targets.spans(), "mean", "rare labels"]) + " |")
    print("|---|" + "---|" * (len(targets.spans()) + 2))

    def given(rows: Sequence[Example], *, context: bool = True) -> list[TagInput]:
        return [TagInput(id=e.id, text=e.text, lang=e.lang, context=e.context if context else None) for e in rows]

    def of(net: Any, rows: Sequence[Example]) -> Array:
        return vectors(net, base, [e.text for e in rows], [e.context for e in rows])

    floor, ours = ({n: load(name).scores(given(r)) for n, r in (("dev", dev), ("test", test))} for name in NAMES)
    line("floor: TF-IDF and logistic regression", floor["dev"], dev, few)
    base = bases.load(folder)
    net = network(base, 1)
    train_x, dev_x = of(net, train), of(net, dev)
    line("label descriptions, no labelled text", described(net, base, dev_x), dev, few)
    both = linear(train_x, train, np.concatenate([dev_x, of(net, test)]))
    frozen = both[: len(dev)], both[len(dev) :]
    line("frozen vectors, linear heads", frozen[0], dev, few)
    net = contrasted(base, train)
    line("contrastive (SetFit-like), linear heads", linear(of(net, train), train, of(net, dev)), dev, few)
    blind = load("default").scores(given(dev, context=False))
    line("fine-tuned on all tasks (shipped), context not read", blind, dev, few)
    line("fine-tuned on all tasks (shipped)", ours["dev"], dev, few)
    z = [(x - x.mean(0)) / x.std(0) for x in (ours["dev"], floor["dev"])]
    line("shipped, and one part in five of the floor", np.asarray(0.8 * z[0] + 0.2 * z[1], np.float32), dev, few)
    shown = {"floor": (floor["dev"], floor["test"]), "frozen vectors, linear heads": frozen}
    side_by_side(shown | {"shipped": (ours["dev"], ours["test"])}, dev, test)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "runs/base"))
