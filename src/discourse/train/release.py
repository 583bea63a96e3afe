"""From a finished run to a model folder: int8 ONNX, gate, calibration, measures, card. Written whole or not at all."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from discourse import codebook
from discourse.classify import encoder
from discourse.classify import folder as folders
from discourse.train import calibrate, corpora, evaluate, gating, onnx, targets
from discourse.train.corpora import Example
from discourse.train.finetune import PREFIX, Run
from discourse.train.material import READ, Material

Array = NDArray[np.float32]
TOKENS = 224
"""Pieces read at run time, text and context together; longer ones are cut."""
LOOKED_AT = 256
"""Texts by whose largest numbers the weights are rounded."""


def write(
    run: Run,
    out: Path,
    *,
    corpus: str,
    material: Material,
    say: Callable[[str], None] = print,
) -> Path:
    """Write the model folder ``out`` (``name@version``) of a finished run and return its path.

    It is measured on ``corpus``, and calibrated on that corpus's dev split with what ``material`` keeps back for it.
    """
    held = material.held
    part = out.with_name(f".{out.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    name, _, version = out.name.partition("@")
    options = {"tokens": TOKENS, "prefix": PREFIX}
    say("exporting")
    onnx.export(
        run.best(),
        run.base,
        part / encoder.WEIGHTS,
        run.encoded(material.learn[:: len(material.learn) // LOOKED_AT or 1]),
    )
    (part / encoder.TOKENIZER).write_text(json.dumps(run.base.tokenizer, ensure_ascii=False), encoding="utf-8")
    _json(part / "config.json", {"model_type": "bert", **run.base.config})
    _json(part / "labels.json", list(codebook.load().columns()))
    folders.write_manifest(part, name=name, version=version or "1", kind="encoder", options=options)
    scorer = encoder.open_scorer(folders.read(part))
    rows = {split: corpora.read(corpus, split) for split in corpora.SPLITS}
    logits = {split: scored(scorer, rows[split]) for split in ("dev", "test")}
    say("calibrating")
    fitted = np.concatenate([logits["dev"], scored(scorer, held)]) if held else logits["dev"]
    scale = calibrate.fit(fitted, targets.of([*rows["dev"], *_weighed(held, len(rows["dev"]))]))
    quiet = np.array([e.known["relevance"] < 0.5 for e in rows["dev"]])
    say("learning the gate")

    def relevance(some: Sequence[Example]) -> Array:
        return scale.probabilities(scored(scorer, some), [e.lang for e in some])[:, 0]

    others = gating.undoubted(material.gate, relevance)
    gate = gating.learn(others, [*rows["dev"], *held], logits["dev"][quiet].mean(0))
    gating.save(gate, part)
    measured: dict[str, Any] = {
        split: evaluate.report(scale.probabilities(found, [e.lang for e in rows[split]]), rows[split])
        for split, found in logits.items()
    }
    measured["gate"] = {split: gating.measure(gate, rows[split]) for split in logits}
    _json(part / "calibration.json", scale.as_json())
    _json(part / "metrics.json", measured)
    _json(part / "recipe.json", recipe(run, corpus, rows))
    _card(part, out, measured)
    folders.write_manifest(part, name=name, version=version or "1", kind="encoder", options=options)
    shutil.rmtree(out, ignore_errors=True)
    part.rename(out)
    say(f"{out} is written")
    return out


def _weighed(held: Sequence[Example], dev: int) -> list[Example]:
    """Return what was kept back; the texts of a stream are together half as heavy as the dev split.

    A stream is many and its labels are by rule: at full weight it would hide the texts that are about migration.
    """
    ruled = max(1, sum(e.source not in READ for e in held))
    return [e if e.source in READ else replace(e, weight=min(1.0, 0.5 * dev / ruled)) for e in held]


def _card(part: Path, out: Path, measured: Mapping[str, Any]) -> None:
    """Keep a card that a person has written; begin one where there is none."""
    old = out / "README.md"
    text = old.read_text(encoding="utf-8") if old.is_file() else f"# {out.name}\n\n## Measured\n"
    head, _, _ = text.partition("## Measured\n")
    tables = "\n".join(
        f"### {split} split ({measured[split]['n']} passages)\n\n{evaluate.table(measured[split]['tasks'])}\n"
        for split in ("dev", "test")
    )
    (part / "README.md").write_text(f"{head}## Measured\n\n{tables}", encoding="utf-8")


def scored(scorer: encoder.EncoderScorer, examples: Sequence[Example], *, batch: int = 256) -> Array:
    """Return raw scores as the runtime gives them, shape (examples, columns)."""
    parts = [examples[at : at + batch] for at in range(0, len(examples), batch)]
    return np.concatenate([scorer([e.text for e in p], [e.context for e in p]) for p in parts])


def recipe(run: Run, corpus: str, rows: Mapping[str, Sequence[Example]]) -> dict[str, Any]:
    """Return everything needed to repeat a run: the base, the corpus, and every stage from the first to the last."""
    return {
        "base": run.base.origin["base"],
        "pieces": run.base.config["vocab_size"],
        "corpus": corpus,
        "corpus_sha256": corpora.content_hash(corpus),
        "rows": {split: len(found) for split, found in rows.items()},
        "runtime_tokens": TOKENS,
        "stages": [*run.base.origin["stages"], *stages(run.folder)],
    }


def stages(folder: Path) -> list[dict[str, Any]]:
    """Return the recipe, the data and the log of a run and of all runs that it came from, the first one first."""
    said = json.loads((folder / "recipe.json").read_text(encoding="utf-8"))
    data = folder / "data.json"
    known = json.loads(data.read_text(encoding="utf-8")) if data.is_file() else None
    log = (folder / "log.jsonl").read_text(encoding="utf-8").splitlines()
    stage = {"run": folder.name, "recipe": said, "data": known, "log": [json.loads(line) for line in log]}
    before = [folder.parent / name for name in (known or {}).get("mean_of", ())]
    before += [Path(said["start"]).parent] if said.get("start") else []
    out: list[dict[str, Any]] = []
    for run in before:
        if (run / "recipe.json").is_file():
            out += [s for s in stages(run) if s not in out]
    return [*out, stage]


def _json(file: Path, value: Any) -> None:
    file.write_text(json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
