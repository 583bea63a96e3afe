"""The shipped encoder, where there is one: small enough, no torch, its own languages read, bad weights refused."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from discourse import bundled, classify
from discourse.classify import encoder, folder
from discourse.classify.model import TagInput
from discourse.errors import ModelError

SHIPPED = sorted(bundled.folder("models").glob("discourse-small@*"))


@pytest.fixture
def model() -> classify.Model:
    if not SHIPPED:
        pytest.skip("no encoder is shipped yet")
    return classify.load(str(SHIPPED[-1]), threads=1)


def test_it_reads_what_it_is_for(model: classify.Model) -> None:
    yes = ["Trente demandeurs d'asile logés à l'internat", "The council houses refugees", "Geflüchtete im Hotel"]
    no = ["Le club de foot gagne le derby", "The library opens on Sundays", "Neue Brücke über den Fluss"]
    p = model.probabilities([TagInput(id=str(i), text=t) for i, t in enumerate(yes + no)])[:, 0]
    assert (p[:3] > 0.5).all()
    assert (p[3:] < 0.5).all()


def test_the_shipped_file_names_no_path_of_the_machine_it_was_made_on(model: classify.Model) -> None:
    data = (SHIPPED[-1] / "model.onnx").read_bytes()
    assert b"train/onnx.py" not in data
    assert b"stack_trace" not in data


def test_the_context_turns_the_side(model: classify.Model) -> None:
    rows = [
        TagInput(id=c, text="Oui, tout à fait, et sans attendre.", lang="fr", context=c)
        for c in ("Faut-il expulser tous les migrants ?", "Faut-il accueillir plus de réfugiés ?")
    ]
    against, toward = model.probabilities(rows)[:, [1, 3]]
    assert toward[1] - toward[0] > against[1] - against[0]


def test_rows_do_not_disturb_each_other(model: classify.Model) -> None:
    rows = [TagInput(id=str(i), text="Les migrants " * (1 + 7 * i), lang="fr") for i in range(6)]
    together = model.scores(rows)
    alone = np.concatenate([model.scores([r]) for r in rows])
    assert float(np.abs(together - alone).max()) < 1e-3


def test_it_is_small_and_needs_no_torch() -> None:
    if not SHIPPED:
        pytest.skip("no encoder is shipped yet")
    assert sum(p.stat().st_size for p in SHIPPED[-1].iterdir()) <= 45 * 2**20
    code = (
        "import sys, discourse; discourse.tag(['Les migrants arrivent.'], model=sys.argv[1]);"
        "sys.exit(any(m in sys.modules for m in ('torch', 'transformers', 'datasets')))"
    )
    assert subprocess.run([sys.executable, "-c", code, str(SHIPPED[-1])], check=False).returncode == 0


def test_weights_that_cannot_run_are_refused(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"nothing of the kind")
    (tmp_path / "tokenizer.json").write_text(json.dumps({}), encoding="utf-8")
    made = folder.write_manifest(tmp_path, name="broken", version="1", kind="encoder")
    assert made.is_file()
    with pytest.raises(ModelError, match="cannot be run"):
        encoder.open_scorer(folder.read(tmp_path))


def test_several_threads_say_the_same_in_the_same_order(model: classify.Model) -> None:
    texts = ["Les migrants arrivent. " * (1 + n % 7) + f"Ils sont {n}." for n in range(4 * encoder.SUB_BATCH + 1)]
    found = {}
    for threads in (1, 3):
        scorer = encoder.open_scorer(folder.read(SHIPPED[-1]), threads=threads)
        assert scorer.threads == threads
        found[threads] = scorer(texts, [None] * len(texts))
    assert found[1].shape[0] == len(texts)
    assert len({tuple(row) for row in found[1].round(4).tolist()}) == len(texts)
    np.testing.assert_allclose(found[3], found[1], atol=1e-4)
    assert scorer([], []).shape[0] == 0
