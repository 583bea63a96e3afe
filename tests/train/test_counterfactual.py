"""Flips, turned arguments and bare answers are counted as they are; without their corpora nothing is measured."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from discourse import bundled, codebook
from discourse.train import corpora, counterfactual
from discourse.train.corpora import Example

COLUMNS = codebook.load().columns()


def answered(side: Sequence[str]) -> np.ndarray:
    """Return probabilities that name a side for each text."""
    out = np.zeros((len(side), len(COLUMNS)), np.float32)
    for row, name in enumerate(side):
        out[row, COLUMNS.index(f"sentiment.{name}")] = 1.0
    return out


def test_a_model_that_says_one_thing_never_flips_and_reads_no_turned_argument() -> None:
    found = counterfactual.measure(lambda rows: answered(["positive"] * len(rows)))
    assert {row["share"] for name, row in found.items() if name.endswith("flips")} == {0.0}
    assert found["turned arguments: both right"]["share"] == 0.0
    assert found["bare answers: side right"]["share"] == pytest.approx(0.5, abs=0.05)


def test_a_model_that_follows_a_word_flips_with_it() -> None:
    def by_letters(rows: Sequence[Example]) -> np.ndarray:
        return answered(["positive" if len(e.text) % 2 else "negative" for e in rows])

    found = counterfactual.measure(by_letters)
    group = found["group, all: flips"]
    assert 0.2 < group["share"] < 0.8
    assert group["interval"][0] < group["share"] < group["interval"][1]
    assert "| group, all: flips | 360 |" in counterfactual.table(found)


def test_without_the_corpora_they_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert counterfactual.missing() == []
    monkeypatch.setattr(bundled, "folder", lambda name: tmp_path / name)
    assert counterfactual.missing() == ["counterfactual-v1", *corpora.WRITTEN, "agreement-v1"]
