"""A city's own labels move the heads of the shipped encoder: a whole folder, with a card of its own."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from discourse import classify
from discourse.classify import TagInput, folder
from discourse.train import corpora, heads

TEXTS = 40


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a corpus of a few French texts: 40 to learn from, and some of each other split, one of them shared."""
    rows = list(corpora.rows_of(corpora.folder("discourse-v1")))
    picked = [r for split, n in (("train", TEXTS), ("dev", 30), ("test", 30)) for r in _some(rows, split, n)]
    out = tmp_path_factory.mktemp("small")
    (out / "fr.jsonl").write_text("".join(json.dumps(r) + "\n" for r in picked), encoding="utf-8")
    return out


def _some(rows: list[dict[str, object]], split: str, count: int) -> list[dict[str, object]]:
    return [r for r in rows if r["split"] == split and r["lang"] == "fr" and r["relevance"]][:count]


@pytest.fixture(scope="module")
def made(small: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, heads.Moved]:
    learnt = [*corpora.read(str(small), "train"), corpora.read(str(small), "test")[0]]
    out = tmp_path_factory.mktemp("models") / "small@1-town"
    return out, heads.write(classify.load("default"), learnt, out, corpus=str(small), say=lambda _: None)


def test_the_folder_is_whole_and_its_scores_are_those_of_the_moved_heads(made: tuple[Path, heads.Moved]) -> None:
    out, moved = made
    assert folder.read(out).full_name == "small@1-town"
    assert [p.name for p in out.parent.iterdir()] == [out.name]
    parent, child = classify.load("default"), classify.load(str(out))
    row = [TagInput(id="a", text="La mairie loge trente demandeurs d'asile.", lang="fr")]
    change = parent.vectors(row) @ moved.weight.T + moved.bias
    assert np.allclose(child.scores(row) - parent.scores(row), change, atol=1e-3)


def test_the_card_names_the_parent_and_keeps_none_of_its_tables(made: tuple[Path, heads.Moved]) -> None:
    out, parent = made[0], classify.load("default")
    card = (out / "README.md").read_text(encoding="utf-8")
    assert f"base_model: {parent.name}\n" in card
    assert "# small@1-town" in card
    assert "41 labelled texts" in card
    old = (parent.folder.path / "README.md").read_text(encoding="utf-8").splitlines()
    measured = {line for line in old if line.startswith("|") and "0." in line}
    assert measured
    assert not measured & set(card.splitlines())


def test_only_texts_that_were_not_learnt_from_are_measured(made: tuple[Path, heads.Moved], small: Path) -> None:
    measured = json.loads((made[0] / "metrics.json").read_text(encoding="utf-8"))
    learnt = corpora.read(str(small), "test")[0].scenario
    left = [e for e in corpora.read(str(small), "test") if e.scenario != learnt]
    assert {split: found["n"] for split, found in measured.items()} == {"dev": 30, "test": len(left)}
    assert len(left) < 30
