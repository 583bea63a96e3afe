"""A model folder is loaded whole or refused by name; calibration and order hold for every batch size."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from discourse import classify, codebook
from discourse.classify import calibration, folder
from discourse.classify.gate import BITS, Gate
from discourse.classify.model import Model, Spans, TagInput
from discourse.errors import ModelError

COLUMNS = len(codebook.load().columns())
TEXTS = [f"Les migrants arrivent en ville, épisode {i}, et le maire répond." for i in range(9)]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder.find("baseline"), tmp_path / "baseline@4"))


def test_order_and_values_do_not_depend_on_batches() -> None:
    model = classify.load("baseline")
    rows = [TagInput(id=str(i), text=t * (1 + i % 3), lang="fr") for i, t in enumerate(TEXTS)]
    whole = model.probabilities(rows)
    assert np.allclose(whole, model.probabilities(rows, batch=2), atol=1e-5)
    assert np.allclose(whole[::-1], model.probabilities(rows[::-1]), atol=1e-5)
    assert model.probabilities([]).shape == (0, COLUMNS)


def test_the_python_face_takes_strings_and_mappings() -> None:
    one, two = classify.tag([TEXTS[0], {"text": TEXTS[0], "id": "z", "context": "Titre"}], model="baseline")
    assert (one["id"], two["id"]) == ("0", "z")
    assert one["model"] == two["model"] == "baseline@4"


@pytest.mark.parametrize("name", ["weights.npz", "vectorizers.skops", "calibration.json"])
@pytest.mark.parametrize("harm", ["missing", "truncated", "altered"])
def test_a_damaged_folder_is_refused_and_the_file_named(copy: Path, name: str, harm: str) -> None:
    file = copy / name
    body = file.read_bytes()
    if harm == "missing":
        file.unlink()
    else:
        file.write_bytes(body[: len(body) // 2] if harm == "truncated" else body[:-1] + bytes([body[-1] ^ 1]))
    with pytest.raises(ModelError, match=name.replace(".", r"\.")):
        classify.load(str(copy))


def test_another_codebook_is_refused(copy: Path) -> None:
    said = json.loads((copy / "model.json").read_text(encoding="utf-8"))
    (copy / "model.json").write_text(json.dumps(said | {"codebook": "0"}), encoding="utf-8")
    with pytest.raises(ModelError, match="codebook 0"):
        classify.load(str(copy))


def test_an_unknown_name_lists_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="baseline@4"):
        classify.load("nothing-like-it")
    with pytest.raises(ModelError, match=r"model\.json"):
        classify.load(str(tmp_path))


def test_calibration_survives_json_and_keeps_the_order_of_sides() -> None:
    chance = np.random.default_rng(4)
    scale = calibration.Calibration(
        {"*": chance.random(COLUMNS).astype(np.float32) + 0.5},
        {"*": chance.normal(size=COLUMNS).astype(np.float32)},
        np.full(COLUMNS, 0.25, np.float32),
    )
    again = calibration.from_json(json.loads(json.dumps(scale.as_json())))
    raw = chance.normal(size=(5, COLUMNS)).astype(np.float32)
    assert np.allclose(scale.probabilities(raw, ["fr"] * 5), again.probabilities(raw, ["xx"] * 5), atol=1e-6)


def test_a_gated_text_costs_no_reading_and_still_carries_every_label() -> None:
    seen: list[str] = []

    def scorer(texts: list[str], contexts: list[str | None]) -> np.ndarray:
        seen.extend(texts)
        return np.full((len(texts), COLUMNS), 1.0, np.float32)

    weights = np.zeros(1 << BITS, np.float32)
    gate = Gate(weights, bias=0.0, threshold=0.5, prior=np.full(COLUMNS, -3.0, np.float32))
    model = Model(
        classify.load("baseline").folder,
        scorer,
        calibration.identity(COLUMNS),
        Spans(voices=lambda t, lang: (), terms=lambda t, lang: ()),
        gate=gate,
    )
    rows = [TagInput(id="a", text="Le budget est voté.", lang="fr"), TagInput(id="b", text="Miasto", lang="pl")]
    spared, read = model.tag(rows, gate=True)
    assert seen == ["Miasto"]
    assert spared.relevance < 0.1
    assert read.relevance > 0.5
    assert set(spared.scores) == set(codebook.TASKS[1:])
    assert model.tag(rows)[0].relevance > 0.5
