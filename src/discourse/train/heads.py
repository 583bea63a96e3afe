"""Teach a shipped encoder a city's own labels in a minute: its vectors stay, its heads move a little. Needs no torch.

For each task a correction of the scores is fitted on the new texts, ``delta . vector + offset``, drawn towards nothing
by a ridge; how strongly is chosen by cross-validation over scenarios, and "not at all" is one of the choices, so that a
few odd labels cannot spoil what the model knew.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from discourse import codebook
from discourse.classify import encoder
from discourse.classify import folder as folders
from discourse.classify.model import Model
from discourse.errors import CorpusError
from discourse.train import corpora, evaluate, exchange, targets
from discourse.train.corpora import Example

Array = NDArray[np.float32]
Wide = NDArray[np.float64]
RIDGES = (3.0, 10.0, 30.0, 100.0, 300.0)
FOLDS = 5
LEAST = 40
"""Fewer new texts than this say too little for cross-validation."""


@dataclass(frozen=True)
class Moved:
    """What is added to the scores, by column: ``vectors @ weight.T + bias``; and the ridge chosen by task."""

    weight: Wide
    bias: Wide
    ridges: Mapping[str, float | None]


def rows_of(file: Path) -> list[dict[str, Any]]:
    """Return labelled rows of a file: corpus rows or doccano (.jsonl), Label Studio (.json), or a table (.csv)."""
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".csv":
        return exchange.from_csv(text)
    if file.suffix == ".json":
        return exchange.from_label_studio(text)
    if '"label"' in text.split("\n", 1)[0]:
        return exchange.from_doccano(text)
    return [json.loads(line) for line in text.split("\n") if line.strip()]


def examples_of(file: Path) -> list[Example]:
    """Return the rows of a file as examples; raise ``CorpusError`` when there are too few to learn from."""
    whole = {"split": "train", "kind": "", "voices": (), "harm_reported": False}
    rows = [whole | {"scenario": row["id"]} | row for row in rows_of(file)]
    if len(rows) < LEAST:
        raise CorpusError(f"{file} holds {len(rows)} labelled texts.", remedy=f"Label at least {LEAST}.")
    return [corpora.as_example(row, source=file.stem) for row in rows]


def _losses(task: str, logits: Wide, true: Wide) -> Wide:
    """Return the loss of every text, shape (texts,): cross-entropy for sentiment, the mean over columns elsewhere."""
    if task == "sentiment":
        shifted = logits - logits.max(1, keepdims=True)
        return np.asarray(np.log(np.exp(shifted).sum(1)) - (shifted * true).sum(1))
    return np.asarray((np.logaddexp(0, logits) - true * logits).mean(1))


def _slope(task: str, logits: Wide, true: Wide) -> Wide:
    if task == "sentiment":
        p = np.exp(logits - logits.max(1, keepdims=True))
        return np.asarray(p / p.sum(1, keepdims=True) - true)
    return np.asarray((1 / (1 + np.exp(-np.clip(logits, -30, 30))) - true) / true.shape[1])


def _fitted(task: str, x: Wide, margin: Wide, true: Wide, ridge: float) -> Wide:
    """Return the correction, shape (width + 1, columns), the last row its offset."""
    from scipy.optimize import minimize

    shape = (x.shape[1], true.shape[1])
    weight = np.full(x.shape[1], ridge)
    weight[-1] = min(ridge, 1.0)

    def worth(flat: Wide) -> tuple[float, Wide]:
        beta = flat.reshape(shape)
        logits = margin + x @ beta
        value = _losses(task, logits, true).sum() + 0.5 * float((weight[:, None] * beta**2).sum())
        return float(value), np.asarray((x.T @ _slope(task, logits, true) + weight[:, None] * beta).ravel())

    found = minimize(worth, np.zeros(shape[0] * shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 200})
    return np.asarray(found.x.reshape(shape))


def _best_ridge(task: str, x: Wide, margin: Wide, true: Wide, folds: NDArray[np.int64]) -> float | None:
    """Return the ridge whose held-out loss is least; ``None`` when leaving the head alone is as good."""
    best: tuple[float, float | None] = (float(_losses(task, margin, true).mean()), None)
    for ridge in RIDGES:
        lost = 0.0
        for fold in range(FOLDS):
            out = folds == fold
            beta = _fitted(task, x[~out], margin[~out], true[~out], ridge)
            lost += float(_losses(task, margin[out] + x[out] @ beta, true[out]).sum())
        if lost / len(x) < best[0] - 1e-4:
            best = (lost / len(x), ridge)
    return best[1]


def fit(model: Model, examples: Sequence[Example], *, seed: int = 13) -> Moved:
    """Return the correction of a model's heads that new texts ask for, in the scale of its raw scores."""
    vectors = model.vectors(corpora.inputs(examples)).astype(np.float64)
    x = np.concatenate([vectors, np.ones((len(vectors), 1))], axis=1)
    scale = model.calibration
    margin = (model.scores(corpora.inputs(examples)) * scale.slopes["*"] + scale.offsets["*"]).astype(np.float64)
    known = targets.of(examples)
    names = sorted({e.scenario for e in examples})
    drawn = np.random.default_rng(seed).permutation(len(names)) % FOLDS
    folds = np.array([dict(zip(names, drawn, strict=True))[e.scenario] for e in examples])
    weight, bias = np.zeros((margin.shape[1], vectors.shape[1])), np.zeros(margin.shape[1])
    ridges: dict[str, float | None] = {}
    for task, at in targets.spans().items():
        rows = np.flatnonzero(known.known[:, at.start])
        if len(rows) < LEAST:
            ridges[task] = None
            continue
        given = (x[rows], margin[rows][:, at], known.values[rows][:, at].astype(np.float64))
        ridges[task] = _best_ridge(task, *given, folds[rows])
        ridge = ridges[task]
        if ridge is not None:
            beta = _fitted(task, *given, ridge) / scale.slopes["*"][at]
            weight[at], bias[at] = beta[:-1].T, beta[-1]
    return Moved(weight, bias, ridges)


def write(
    model: Model,
    examples: Sequence[Example],
    out: Path,
    *,
    corpus: str = "discourse-v1",
    say: Callable[[str], None] = print,
) -> Moved:
    """Write the model folder ``out`` (``name@version``): the same encoder with its heads moved, measured anew.

    It is made beside its place and moved there whole. Nothing that was measured on the old heads goes along.
    """
    from discourse.classify import load

    moved = fit(model, examples)
    say(f"ridges by task: {json.dumps(moved.ridges)}")
    part = out.with_name(f".{out.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    shutil.copytree(model.folder.path, part, ignore=_stale)
    _patch(part / encoder.WEIGHTS, moved)
    said = model.folder.json("recipe.json")
    said["heads"] = {"texts": len(examples), "ridges": moved.ridges, "of": model.name}
    folders.write_json(part / "recipe.json", said)
    _manifest(model, part, out)
    measured = _measured(load(str(part)), corpus, examples)
    folders.write_json(part / "metrics.json", measured)
    (part / folders.CARD).write_text(card(model, out.name, examples, moved, corpus, measured), encoding="utf-8")
    _manifest(model, part, out)
    shutil.rmtree(out, ignore_errors=True)
    part.rename(out)
    say(f"{out} is written")
    return moved


def _stale(_: str, names: Sequence[str]) -> list[str]:
    """Return what of a parent's folder says how its own heads did: card, figures, measures."""
    return [n for n in names if n in (folders.CARD, "metrics.json") or Path(n).suffix in folders.FIGURES]


def _manifest(model: Model, part: Path, out: Path) -> None:
    name, _, version = out.name.partition("@")
    options = dict(model.folder.options)
    folders.write_manifest(part, name=name, version=version or "1", kind="encoder", options=options)


def _measured(model: Model, corpus: str, learnt: Sequence[Example]) -> dict[str, Any]:
    """Return the measures on dev and test, without the texts and scenarios that were learnt from."""
    seen = {e.scenario for e in learnt} | {e.text for e in learnt}
    out = {}
    for split in ("dev", "test"):
        rows = [e for e in corpora.read(corpus, split) if not {e.scenario, e.text} & seen]
        if rows:
            out[split] = evaluate.report(model.probabilities(corpora.inputs(rows)), rows)
    return out


def card(
    model: Model,
    name: str,
    examples: Sequence[Example],
    moved: Moved,
    corpus: str,
    measured: Mapping[str, Mapping[str, Any]],
) -> str:
    """Return the card of moved heads: whose they were, what they learnt from, and what was measured on them."""
    langs = Counter(e.lang for e in examples)
    texts = ", ".join(f"{n} {lang}" for lang, n in sorted(langs.items()))
    sources = ", ".join(sorted({e.source for e in examples}))
    home = model.folder.json("recipe.json")["corpus"]
    kept = [task for task, ridge in moved.ridges.items() if ridge is None]
    changed = [f"{task} (ridge {ridge:g})" for task, ridge in moved.ridges.items() if ridge is not None]
    return f"""---
language: [{", ".join(sorted(langs))}]
base_model: {model.name}
library_name: discourse
pipeline_tag: text-classification
---
# {name}: {model.name} with its heads moved

The encoder, its calibration and its gate are those of `{model.name}`, unchanged: see its card for what it is for, what
it is not for, and what it learnt from. Its licence holds for them; who owns the new texts says whether this folder may
be passed on.

Learnt from: {len(examples)} labelled texts ({texts}), from {sources}.
Made by `discourse train heads`; `recipe.json` has the ridges.

- Heads that moved: {", ".join(changed) or "none"}.
- Heads left as they were, as the new texts ask for no change or are too few: {", ".join(kept) or "none"}.

## Measured

{_tables(corpora.folder(corpus).name, measured) or "Nothing: every text was learnt from."}
Texts and scenarios that were learnt from here are left out. Nothing else was measured anew: not real texts, not swapped
groups, not speed. `{model.name}` was calibrated on the dev split of `{home}`, which flatters that split.
"""


def _tables(corpus: str, measured: Mapping[str, Mapping[str, Any]]) -> str:
    return "\n".join(
        f"### {split} split of {corpus} ({found['n']} passages)\n\n{evaluate.table(found['tasks'])}\n"
        for split, found in measured.items()
    )


def _patch(file: Path, moved: Moved) -> None:
    """Add the correction to the head in an ONNX file; the head is the one matrix with a column a label."""
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(str(file))
    labels = len(codebook.load().columns())
    done = 0
    for value in graph.graph.initializer:
        array = numpy_helper.to_array(value)
        if array.dtype != np.float32 or array.shape not in ((moved.weight.shape[1], labels), (labels,)):
            continue
        change = moved.bias if array.ndim == 1 else moved.weight.T
        value.CopyFrom(numpy_helper.from_array((array + change).astype(np.float32), value.name))
        done += 1
    if done != 2:
        raise CorpusError(f"{file.name} has no head that can be moved.", remedy="Export the model anew.")
    onnx.save(graph, str(file))
