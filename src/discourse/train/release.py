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
from discourse.records import LANGUAGES
from discourse.train import calibrate, corpora, evaluate, gating, onnx, reliability, targets, teachers
from discourse.train.corpora import Example
from discourse.train.finetune import PREFIX, Run
from discourse.train.material import Material

Array = NDArray[np.float32]
TOKENS = 224
"""Pieces read at run time, text and context together; longer ones are cut."""
PICTURE = "reliability.svg"
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
    folders.write_json(part / "config.json", {"model_type": "bert", **run.base.config})
    folders.write_json(part / "labels.json", list(codebook.load().columns()))
    folders.write_manifest(part, name=name, version=version or "1", kind="encoder", options=options)
    scorer = encoder.open_scorer(folders.read(part))
    rows = {split: corpora.read(corpus, split) for split in corpora.SPLITS}
    logits = {split: scored(scorer, rows[split]) for split in ("dev", "test")}
    say("calibrating")
    fitted = np.concatenate([logits["dev"], scored(scorer, held)]) if held else logits["dev"]
    seen = [*rows["dev"], *_weighed(held, len(rows["dev"]))]
    langs, groups = [e.lang for e in seen], [e.scenario or e.id for e in seen]
    scale = calibrate.fit(fitted, targets.of(seen), langs=langs, groups=groups, say=say)
    quiet = np.array([e.known["relevance"] < 0.5 for e in rows["dev"]])
    say("learning the gate")

    def relevance(some: Sequence[Example]) -> Array:
        return scale.probabilities(scored(scorer, some), [e.lang for e in some])[:, 0]

    others = gating.undoubted(material.gate, relevance)
    gate = gating.learn(others, [*rows["dev"], *held], logits["dev"][quiet].mean(0))
    gating.save(gate, part)
    measured: dict[str, Any] = {}
    for split, found in logits.items():
        p = scale.probabilities(found, [e.lang for e in rows[split]])
        measured[split] = evaluate.report(p, rows[split])
        measured[split]["abstention"] = evaluate.abstention(p, scale.doubted(p), rows[split])
    measured["gate"] = {split: gating.measure(gate, rows[split]) for split in logits}
    folders.write_json(part / "calibration.json", scale.as_json())
    folders.write_json(part / "metrics.json", measured)
    made = recipe(run, corpus, rows)
    folders.write_json(part / "recipe.json", made)
    _card(part, out, made, measured)
    folders.write_manifest(part, name=name, version=version or "1", kind="encoder", options=options)
    shutil.rmtree(out, ignore_errors=True)
    part.rename(out)
    say(f"{out} is written")
    return out


def _weighed(held: Sequence[Example], dev: int) -> list[Example]:
    """Return what was kept back; the texts of a stream are together half as heavy as the dev split.

    A stream is many and its labels are by rule: at full weight it would hide the texts that are about migration.
    """
    ruled = max(1, sum(e.source not in corpora.JUDGED for e in held))
    return [e if e.source in corpora.JUDGED else replace(e, weight=min(1.0, 0.5 * dev / ruled)) for e in held]


def _card(part: Path, out: Path, made: Mapping[str, Any], measured: Mapping[str, Any]) -> None:
    """Keep a card that a person has written; begin one, with what hubs read of it, where there is none."""
    (part / PICTURE).write_text(reliability.svg(measured["test"]["reliability"]), encoding="utf-8")
    old = out / "README.md"
    text = old.read_text(encoding="utf-8") if old.is_file() else f"---\n---\n# {out.name}\n\n## Measured\n"
    head, _, _ = text.partition("## Measured\n")
    body = head.split("---\n", 2)[2] if head.startswith("---\n") else head
    tables = "\n".join(
        f"### {split} split ({measured[split]['n']} passages)\n\n{evaluate.table(measured[split]['tasks'])}\n"
        for split in ("dev", "test")
    )
    test = measured["test"]
    parts = (
        f"{body}## Measured\n\n{tables}",
        f"### Test split, macro-F1 (n) by language, kind, length and context\n\n{evaluate.cut_table(test)}\n",
        f"### Found in supportive and in critical texts (test)\n\n{evaluate.symmetry_table(test['symmetry'])}\n",
        f"### Doubted decisions (test)\n\n{_abstention(test['abstention'])}\n",
        f"### Reliability (test)\n\n![How often a label is there at each probability, by task]({PICTURE})\n",
    )
    front = _front(out.name, made, test["tasks"])
    (part / "README.md").write_text(front + "\n".join(parts), encoding="utf-8")


def _front(name: str, made: Mapping[str, Any], tasks: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the card's metadata as hubs read it: licence, languages, data, and the figures of the test split."""
    import yaml

    corpus = Path(made["corpus"]).name
    found = [
        {
            "task": {"type": "text-classification", "name": task},
            "dataset": {"type": corpus, "name": corpus, "split": "test"},
            "metrics": [{"type": "f1", "name": "macro-F1", "value": row["macro_f1"]}],
        }
        for task, row in tasks.items()
    ]
    learnt = [stage.get("data") or {} for stage in made["stages"]]
    said = {
        "license": "apache-2.0",
        "language": list(LANGUAGES),
        "base_model": str(made["base"]).split(",")[0],
        "library_name": "discourse",
        "pipeline_tag": "text-classification",
        "tags": ["migration", "framing", "stance", "onnx", "int8"],
        "datasets": sorted(
            {name for data in learnt for of in ("texts", teachers.SOURCE) for name in data.get(of, ())}
            - {teachers.SOURCE, teachers.RECAST}
        ),
        "metrics": ["f1"],
        "model-index": [{"name": name, "results": found}],
    }
    return f"---\n{yaml.safe_dump(said, sort_keys=False, allow_unicode=True)}---\n"


def _abstention(found: Mapping[str, Mapping[str, Any]]) -> str:
    lines = ["| decision | n | doubted | right where doubted | right elsewhere |", "|---|---|---|---|---|"]
    for task, row in found.items():
        cells = [f"{row[k]:.1%}" if row[k] is not None else "" for k in ("doubted", "right_doubted", "right_others")]
        lines.append(f"| {task} | {row['n']} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


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
        "stages": [*run.base.origin["stages"], *(_by_name(stage) for stage in stages(run.folder))],
    }


def _by_name(stage: Mapping[str, Any]) -> dict[str, Any]:
    """Return a stage with the runs it names by their own names: where they lay is nobody's business."""
    said = dict(stage["recipe"])
    if said.get("start"):
        said["start"] = "/".join(Path(said["start"]).parts[-2:])
    if said.get("teachers"):
        said["teachers"] = [[Path(run).name, Path(base).name] for run, base in said["teachers"]]
    return {**stage, "recipe": said}


def stages(folder: Path) -> list[dict[str, Any]]:
    """Return the recipe, the data and the log of a run and of all that it came or learnt from, the first one first."""
    said = json.loads((folder / "recipe.json").read_text(encoding="utf-8"))
    data = folder / "data.json"
    known = json.loads(data.read_text(encoding="utf-8")) if data.is_file() else None
    log = (folder / "log.jsonl").read_text(encoding="utf-8").splitlines()
    stage = {"run": folder.name, "recipe": said, "data": known, "log": [json.loads(line) for line in log]}
    before = [folder.parent / name for name in (known or {}).get("mean_of", ())]
    before += [Path(said["start"]).parent] if said.get("start") else []
    before += [Path(teacher) for teacher, _ in said.get("teachers", ())]
    out: list[dict[str, Any]] = []
    for run in before:
        if (run / "recipe.json").is_file():
            out += [s for s in stages(run) if s not in out]
    return [*out, stage]
