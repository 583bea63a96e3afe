"""The quality gate: the shipped model is above its floors, a worse one or an edited corpus is refused with exit code 5."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from discourse import bundled
from discourse.cli import call
from discourse.errors import GATE, QualityGateFailed
from discourse.train import gate, targets

PINNED = Path(__file__).with_name("gate.json")


def right(examples: Sequence[Any]) -> np.ndarray:
    return targets.of(examples).values


def test_the_shipped_model_is_above_its_floors(capsys: pytest.CaptureFixture[str]) -> None:
    said = json.loads(PINNED.read_text(encoding="utf-8"))
    assert call(["evaluate", "--gate", str(PINNED), "--model", said["model"]]) == 0
    assert json.loads(capsys.readouterr().out).keys() == said["floors"].keys()


def test_a_perfect_model_passes_and_a_worse_one_does_not(tmp_path: Path) -> None:
    file = tmp_path / "gate.json"
    said = gate.pin(file, "discourse-v1", "perfect@1", right)
    assert said["size"] == gate.SIZE
    assert set(gate.check(file, right).values()) == {1.0}
    with pytest.raises(QualityGateFailed, match=r"concern 0\.000 < 0\.97"):
        gate.check(file, lambda rows: np.zeros_like(right(rows)))


def test_an_edited_corpus_is_refused(tmp_path: Path) -> None:
    corpus = Path(shutil.copytree(bundled.folder("corpora/discourse-v1"), tmp_path / "corpus"))
    file = tmp_path / "gate.json"
    gate.pin(file, str(corpus), "perfect@1", right)
    edited = (corpus / "it.jsonl").read_text(encoding="utf-8").replace("sindaco", "sindaca", 1)
    (corpus / "it.jsonl").write_text(edited, encoding="utf-8")
    assert call(["evaluate", "--gate", str(file), "--model", "baseline"]) == GATE
