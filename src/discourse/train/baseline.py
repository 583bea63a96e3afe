"""The floor: TF-IDF of words and characters (and of the context's words) under one logistic regression a label."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED

import numpy as np
from numpy.typing import NDArray

from discourse import codebook
from discourse.classify import folder as folders
from discourse.classify.linear import features_of
from discourse.train import calibrate, corpora, evaluate, outside, scores, targets
from discourse.train.corpora import Example

Array = NDArray[np.float32]
STRENGTHS = (0.5, 2.0, 8.0)
SEED = 13
SIZES = {"words": 14_000, "characters": 24_000, "context": 2_500}


def vectorizers(texts: Sequence[str], contexts: Sequence[str | None]) -> dict[str, Any]:
    """Return fitted TF-IDF vectorizers of the text's words and characters and of the context's words."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    shared = {"sublinear_tf": True, "dtype": np.float32, "lowercase": True}
    made = {
        "words": TfidfVectorizer(ngram_range=(1, 2), min_df=2, max_features=SIZES["words"], **shared),
        "characters": TfidfVectorizer(
            analyzer="char_wb", ngram_range=(3, 5), min_df=4, max_features=SIZES["characters"], **shared
        ),
        "context": TfidfVectorizer(min_df=2, max_features=SIZES["context"], **shared),
    }
    made["words"].fit(texts)
    made["characters"].fit(texts)
    made["context"].fit([c or "" for c in contexts])
    for vectorizer in made.values():  # plain numbers: skops keeps each numpy number as a file of its own
        vectorizer.vocabulary_ = {term: int(at) for term, at in vectorizer.vocabulary_.items()}
    return made


def _line(features: Any, true: Array, strength: float, *, balanced: bool) -> tuple[Array, float]:
    from sklearn.linear_model import LogisticRegression

    weight = "balanced" if balanced else None
    model = LogisticRegression(C=strength, class_weight=weight, solver="liblinear", random_state=SEED)
    model.fit(features, true > 0.5)
    return model.coef_[0].astype(np.float32), float(model.intercept_[0])


def _task(x: Any, known: targets.Targets, where: slice, strength: float) -> tuple[Array, Array]:
    lines = []
    for column in range(where.start, where.stop):
        rows, true = known.column(column)
        lines.append(_line(x[rows], true, strength, balanced=column > 0))
    return np.stack([w for w, _ in lines]), np.array([b for _, b in lines], np.float32)


def fit(train: Sequence[Example], dev: Sequence[Example], *, say: Callable[[str], None]) -> dict[str, Any]:
    """Return vectorizers, weights (columns, features), bias and the strength chosen on dev for each task."""
    made = vectorizers([e.text for e in train], [e.context for e in train])
    x = features_of(made, [e.text for e in train], [e.context for e in train])
    dev_x = features_of(made, [e.text for e in dev], [e.context for e in dev])
    known, dev_known = targets.of(train), targets.of(dev)
    columns = known.values.shape[1]
    weights, bias = np.zeros((columns, x.shape[1]), np.float32), np.zeros(columns, np.float32)
    chosen = {}
    for task, where in targets.spans().items():
        tried = []
        for strength in STRENGTHS:
            weights[where], bias[where] = _task(x, known, where, strength)
            found = scores.summary(np.asarray(dev_x @ weights.T + bias, np.float32), dev_known)[task]
            tried.append((found, strength, weights[where].copy(), bias[where].copy()))
        best = max(tried, key=lambda t: t[0])
        chosen[task], weights[where], bias[where] = best[1], best[2], best[3]
        say(f"{task}: C = {best[1]}, dev {best[0]:.3f}")
    return {"vectorizers": made, "weights": weights, "bias": bias, "strengths": chosen}


def write(out: Path, corpus: str, *, say: Callable[[str], None], data: Path | None = None) -> Path:
    """Train on a corpus and write the model folder ``out`` (``name@version``); return its path.

    ``data`` is the folder of other people's sets: of these, newspaper titles teach it what is not about migration.
    The folder is made beside its place and moved there whole; it loads with no torch, and holds no pickle.
    """
    import skops.io as skops

    train, dev, test = (corpora.read(corpus, split) for split in corpora.SPLITS)
    titles = outside.stream(data) if data else []
    held = outside.stream(data, calibrate=True) if data else []
    made = fit([*train, *titles], dev, say=say)
    part = out.with_name(f".{out.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    skops.dump(made["vectorizers"], part / "vectorizers.skops", compression=ZIP_DEFLATED, compresslevel=9)
    weights, bias = made["weights"].astype(np.float16), made["bias"].astype(np.float16)
    np.savez_compressed(part / "weights.npz", weights=weights, bias=bias)

    def logits(examples: Sequence[Example]) -> Array:
        x = features_of(made["vectorizers"], [e.text for e in examples], [e.context for e in examples])
        return np.asarray(x @ weights.astype(np.float32).T + bias.astype(np.float32), np.float32)

    scale = calibrate.fit(logits([*dev, *held]), targets.of([*dev, *held]))
    measured = {
        split: evaluate.report(scale.probabilities(logits(rows), [e.lang for e in rows]), rows)
        for split, rows in (("dev", dev), ("test", test))
    }
    recipe = {
        "command": f"discourse train baseline --corpus {corpus}",
        "seed": SEED,
        "corpus": corpus,
        "corpus_sha256": corpora.content_hash(corpus),
        "rows": {"train": len(train), "dev": len(dev), "test": len(test), "titles": len(titles), "held": len(held)},
        "strengths": made["strengths"],
        "features": SIZES,
    }
    for name, value in (
        ("labels.json", list(codebook.load().columns())),
        ("calibration.json", scale.as_json()),
        ("metrics.json", measured),
        ("recipe.json", recipe),
    ):
        folders.write_json(part / name, value)
    (part / "README.md").write_text(card(measured, recipe), encoding="utf-8")
    name, _, version = out.name.partition("@")
    folders.write_manifest(part, name=name, version=version or "1", kind="linear")
    shutil.rmtree(out, ignore_errors=True)
    part.rename(out)
    return out


def card(measured: dict[str, Any], recipe: dict[str, Any]) -> str:
    """Return the model card."""
    rows = recipe["rows"]
    return f"""---
license: apache-2.0
language: [fr, en, es, de, it]
library_name: discourse
pipeline_tag: text-classification
---
# baseline: the floor

TF-IDF of words (1-2), characters (3-5) and the context's words, one class-balanced logistic regression a label,
calibrated on the dev split so that p >= .5 is the decision. It is the floor that every other model is measured
against, and a fallback that needs no encoder. It reads surface words: it cannot follow irony, negation or a context.

Learnt from {rows["train"]} passages of `{recipe["corpus"]}`, which were written and labelled by language models under
the codebook, with no human annotator yet. Regularisation and calibration: {rows["dev"]} dev passages.
For relevance alone, {rows["titles"]} real texts were added in training, {rows["held"]} others in calibration: titles of
Libération (2014-2018) told apart by plain migration words, council papers and manifesto sentences with none. A city
reads mostly texts that are not about migration.
No person or outlet is to be judged by its output; `harm` is for human review only.

Made by `{recipe["command"]}`, measured by `discourse evaluate --model baseline`.

## Dev split ({rows["dev"]} passages; calibration was fitted here)

{evaluate.table(measured["dev"]["tasks"])}

## Test split ({rows["test"]} passages)

{evaluate.table(measured["test"]["tasks"])}
"""
