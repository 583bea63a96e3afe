"""A run learns, stops and goes on where it stopped; what is exported says what was trained."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from discourse import codebook
from discourse.errors import UsageError
from discourse.train import average, finetune, gating, onnx, release, targets
from discourse.train.corpora import Example
from discourse.train.finetune import Recipe, Run
from tests.train import tiny

WORDS = ["query:", "migrants", "oiseaux", "ville", "bien", "mal", "oui", "non"]
RECIPE = Recipe(
    epochs=4, batch=8, rate=2e-3, head_rate=2e-2, tokens=24, threads=1, dropout=0.0, average=0.0, precision="float32"
)


def example(i: int) -> Example:
    """Texts on migrants are relevant; the context turns what 'oui' means."""
    relevant, good = i % 2 == 0, i % 4 == 0
    known = {"relevance": float(relevant)}
    if relevant:
        known |= {f"sentiment.{s}": float(s == ("positive" if good else "negative")) for s in _SIDES}
    text = ("migrants " if relevant else "oiseaux ") + ("oui" if i % 3 else "oui ville")
    return Example(
        id=str(i),
        text=text,
        lang="fr",
        known=known,
        context=("bien" if good else "mal") if relevant else None,
        source="made",
    )


_SIDES = ("negative", "neutral", "positive")


def asked_and_answered(i: int) -> Example:
    """The context tells what a yes would be, the text whether it says yes: the side is the two put together."""
    yes, agrees = ("positive" if i % 2 else "negative"), i % 4 < 2
    own = yes if agrees else {"positive": "negative", "negative": "positive"}[yes]
    return replace(
        example(0),
        id=f"a{i}",
        text="migrants oui" if agrees else "migrants non",
        context="bien" if yes == "positive" else "mal",
        known={"relevance": 1.0} | {f"sentiment.{s}": float(s == own) for s in _SIDES},
        yes=yes,
    )


ROWS = [example(i) for i in range(64)]


def run(folder: Path, recipe: Recipe = RECIPE) -> Run:
    return Run(folder, tiny.base(WORDS), recipe, say=lambda _: None, clock=lambda: 0.0)


def test_it_learns_relevance_and_reads_the_context(tmp_path: Path) -> None:
    best = run(tmp_path / "r", Recipe(**{**RECIPE.__dict__, "epochs": 8, "patience": 8})).train(ROWS, ROWS[:32])
    assert best["relevance"] > 0.95
    assert best["sentiment"] >= 0.65  # two of three sides occur: both right


def test_it_learns_in_half_precision_too_and_keeps_whole_weights(tmp_path: Path) -> None:
    import torch

    made = run(tmp_path / "r", replace(RECIPE, epochs=8, patience=8, precision="bfloat16"))
    assert made.train(ROWS, ROWS[:32])["relevance"] > 0.95
    assert {p.dtype for p in made.best().parameters()} == {torch.float32}


def test_what_is_asked_and_answered_is_learnt_beside_the_labels(tmp_path: Path) -> None:
    import torch

    rows = [asked_and_answered(i) for i in range(64)]
    made = run(tmp_path / "r", replace(RECIPE, epochs=16, patience=16, asked=1.0))
    made.train(rows, rows[:32])
    with torch.inference_mode():
        _, *said = made.best().learning(*finetune.collate(made.encoded(rows)))
    wanted = targets.asked(rows)
    for column, found in enumerate(said):
        assert len(set(wanted[:, column].tolist())) == 2
        assert (found.argmax(1).numpy() == wanted[:, column]).mean() > 0.9


def test_weights_of_a_run_without_what_is_asked_are_still_taken(tmp_path: Path) -> None:
    import torch

    run(tmp_path / "r", replace(RECIPE, epochs=1)).train(ROWS, ROWS[:16])
    file = tmp_path / "r" / "best.pt"
    old = {k: v for k, v in torch.load(file, weights_only=True).items() if not k.startswith(("asked", "answered"))}
    torch.save(old, file)
    torch.testing.assert_close(run(tmp_path / "r").best().head.weight, old["head.weight"])
    going = run(tmp_path / "on", replace(RECIPE, start=str(file)))
    torch.testing.assert_close(going.net.head.weight, old["head.weight"])
    run(tmp_path / "new", replace(RECIPE, epochs=1, seed=5)).train(ROWS, ROWS[:16])
    mean = torch.load(
        average.mean_of([tmp_path / "new", tmp_path / "r"], tmp_path / "mean") / "best.pt", weights_only=True
    )
    assert mean.keys() == old.keys()
    torch.save({k: v for k, v in old.items() if not k.startswith("head")}, file)
    with pytest.raises(RuntimeError, match=r"head\.weight"):
        run(tmp_path / "r").best()


def test_what_a_text_answers_follows_from_its_side_and_that_of_a_yes() -> None:
    def said(yes: str, side: str | None) -> list[int]:
        known = {f"sentiment.{s}": float(s == side) for s in _SIDES} if side else {}
        return targets.asked([replace(ROWS[0], yes=yes, known=known)])[0].tolist()  # type: ignore[no-any-return]

    assert said("positive", "positive") == [0, 0]
    assert said("negative", "positive") == [1, 1]
    assert said("negative", "neutral") == [1, 2]
    assert said("neutral", "negative") == [2, -1]
    assert said("positive", None) == [0, -1]
    assert said("", "positive") == [-1, -1]


def test_quick_dropout_drops_its_share_in_training_alone() -> None:
    import torch

    from discourse.train.network import HIDDEN_DROPOUT, network

    net = network(tiny.base(WORDS), 3)
    layer = net.encoder.encoder.layer[0].output.dropout
    torch.manual_seed(3)
    net.train()
    given = torch.ones(200, 500)
    first, second = layer(given), layer(given)
    assert abs(float((first == 0).float().mean()) - HIDDEN_DROPOUT) < 0.01
    assert abs(float(first.mean()) - 1) < 0.01
    assert not torch.equal(first, second), "each mask begins at another place"
    net.eval()
    assert torch.equal(layer(given), given)


def test_a_context_is_read_and_not_averaged_over() -> None:
    import torch

    from discourse.train.network import network

    base = tiny.base(WORDS)
    net = network(base, 3).eval()
    ids, mask, types = finetune.collate(finetune.encode(base, ["migrants oui"], ["bien"], tokens=24))
    assert 0 < int(types.sum()) < types.shape[1]
    with torch.inference_mode():
        states = net.encoder(input_ids=ids, attention_mask=mask, token_type_ids=types).last_hidden_state
        found = net.pooled(ids, mask, types)
    torch.testing.assert_close(found, states[types == 0].mean(0, keepdim=True))


def test_without_context_the_sides_cannot_be_told(tmp_path: Path) -> None:
    blind = Recipe(**{**RECIPE.__dict__, "with_context": False})
    rows = run(tmp_path / "r", blind).encoded(ROWS)
    assert {r.types for r in rows} <= {tuple([0] * len(r.types)) for r in rows}


def test_a_stopped_run_goes_on_to_the_same_end(tmp_path: Path) -> None:
    whole = run(tmp_path / "whole").train(ROWS, ROWS[:16])

    class Stop(Exception):
        pass

    def stop(line: str) -> None:
        if '"epoch": 2.0' in line:
            raise Stop

    halted = Run(tmp_path / "half", tiny.base(WORDS), RECIPE, say=stop, clock=lambda: 0.0)
    with pytest.raises(Stop):
        halted.train(ROWS, ROWS[:16])
    assert run(tmp_path / "half").train(ROWS, ROWS[:16]) == pytest.approx(whole, abs=1e-4)
    lines = (tmp_path / "half" / "log.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(x)["epoch"] for x in lines] == [1, 2, 3, 4]


def test_a_run_does_not_go_on_with_other_labels_or_another_recipe(tmp_path: Path) -> None:
    run(tmp_path / "r", replace(RECIPE, epochs=1)).train(ROWS, ROWS[:16])
    turned = [replace(ROWS[0], known={**ROWS[0].known, "relevance": 0.0}), *ROWS[1:]]
    with pytest.raises(UsageError, match="begun with other texts"):
        run(tmp_path / "r", replace(RECIPE, epochs=1)).train(turned, ROWS[:16])
    kept = [(tmp_path / "r" / name).read_bytes() for name in ("recipe.json", "data.json")]
    with pytest.raises(UsageError, match="another recipe"):
        run(tmp_path / "r", replace(RECIPE, epochs=2)).train(turned, ROWS[:16])
    assert kept == [(tmp_path / "r" / name).read_bytes() for name in ("recipe.json", "data.json")]
    assert json.loads(kept[0])["epochs"] == 1
    run(tmp_path / "r", replace(RECIPE, epochs=1, threads=2)).train(ROWS, ROWS[:16])  # the machine may change


def test_an_epoch_reads_all_fresh_texts_and_another_share_of_the_others_each_time(tmp_path: Path) -> None:
    rows = [replace(e, source="new" if i < 16 else "made") for i, e in enumerate(ROWS)]
    going = run(tmp_path / "r", replace(RECIPE, share=0.25, fresh=("new",)))
    first, second = (going._read_in(rows, np.random.default_rng(seed)) for seed in (1, 2))
    for read in (first, second):
        assert set(range(16)) <= set(read.tolist())
        assert len(read) == len(set(read.tolist())) == 16 + 12
    assert set(first.tolist()) != set(second.tolist())
    seen: list[tuple[int, int, float]] = []
    going._tell = lambda done, steps, loss: seen.append((done, steps, loss))
    going.train(rows, rows[:32])
    assert seen[-1][:2] == (16, 16), "28 texts in batches of 8, four times"


def test_progress_is_told_step_by_step(tmp_path: Path) -> None:
    told: list[tuple[int, int, float]] = []
    recipe = replace(RECIPE, epochs=2)
    made = Run(tmp_path / "r", tiny.base(WORDS), recipe, say=lambda _: None, tell=lambda *x: told.append(x))
    made.train(ROWS, ROWS[:16])
    assert [(done, total) for done, total, _ in told] == [(n, 16) for n in range(1, 17)]
    assert all(loss > 0 for _, _, loss in told)


def test_the_running_mean_lags_behind_the_weights_and_leaves_them_as_they_were() -> None:
    import torch

    from discourse.train.average import Average

    net = torch.nn.Linear(1, 1, bias=False)
    mean = Average(net, 0.5)
    start = float(net.weight)
    with torch.no_grad():
        net.weight += 1.0
    mean.update()
    with mean.worn():
        assert start < float(net.weight) < start + 1.0
    assert float(net.weight) == pytest.approx(start + 1.0)


def test_word_embeddings_stay_as_they_came(tmp_path: Path) -> None:
    made = run(tmp_path / "r")
    made.train(ROWS[:16], ROWS[:8])
    after = made.best().encoder.embeddings.word_embeddings.weight.detach().numpy()
    assert np.array_equal(after, tiny.base(WORDS).embeddings.unpacked())


def test_unknown_columns_cost_nothing(tmp_path: Path) -> None:
    import torch

    from discourse.train import targets

    known = targets.of([Example(id="1", text="x", lang="fr", known={"relevance": 1.0})])
    losses = finetune.Losses(targets.of(ROWS), RECIPE.task_weights)
    columns = len(codebook.load().columns())
    parts = [torch.from_numpy(a) for a in (known.values, known.known, known.weights)]
    one, two = torch.zeros(1, columns), torch.full((1, columns), 9.0)
    two[0, 0] = 0.0
    assert float(losses(one, *parts)) == pytest.approx(float(losses(two, *parts)))


def test_the_exported_file_says_what_the_network_says(tmp_path: Path) -> None:
    import onnxruntime

    made = run(tmp_path / "r")
    made.train(ROWS, ROWS[:16])
    net, rows = made.best(), made.encoded(ROWS[:6])
    wanted = finetune.predict(net, rows)
    file = onnx.export(net, made.base, tmp_path / "model.onnx", rows)
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    ids, mask, types = (t.numpy() for t in finetune.collate(rows))
    found, vectors = session.run(None, {"ids": ids, "mask": mask, "types": types})
    assert vectors.shape == (6, tiny.HIDDEN)
    assert float(np.abs(found - wanted).max()) < 0.25 * float(np.abs(wanted).max())
    assert np.corrcoef(found.ravel(), wanted.ravel())[0, 1] > 0.99
    assert [p.name for p in tmp_path.glob("*.onnx")] == ["model.onnx"]
    assert b"train/onnx.py" not in file.read_bytes()


def test_one_column_far_above_the_others_does_not_coarsen_what_is_exported(tmp_path: Path) -> None:
    import onnxruntime
    import torch

    made = run(tmp_path / "r")
    made.train(ROWS, ROWS[:16])
    net, rows = made.best(), made.encoded(ROWS[:6])
    with torch.no_grad():
        for layer in net.encoder.encoder.layer:
            layer.intermediate.dense.bias[3] = 400.0
            layer.output.dense.weight[:, 3] *= 1e-3
    wanted = finetune.predict(net, rows)
    assert all(3 in row for row in onnx.evened(net, rows).apart.tolist())
    file = onnx.export(net, made.base, tmp_path / "model.onnx", rows)
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    ids, mask, types = (t.numpy() for t in finetune.collate(rows))
    found, _ = session.run(None, {"ids": ids, "mask": mask, "types": types})
    assert float(np.abs(found - wanted).mean()) < 0.1 * float(np.abs(wanted).mean())


def test_a_run_of_no_epochs_keeps_what_it_starts_from(tmp_path: Path) -> None:
    going = run(tmp_path / "r", replace(RECIPE, epochs=0))
    before = {name: p.clone() for name, p in going.net.state_dict().items()}
    assert going.train(ROWS, ROWS[:32]) == {}
    assert all(bool((p == before[name]).all()) for name, p in going.best().state_dict().items())
    assert [s["run"] for s in release.stages(tmp_path / "r")] == ["r"]


def test_the_mean_of_two_runs_is_between_them_and_says_where_it_comes_from(tmp_path: Path) -> None:
    one = run(tmp_path / "one", replace(RECIPE, epochs=1))
    one.train(ROWS, ROWS[:16])
    two = run(tmp_path / "two", replace(RECIPE, epochs=1, seed=3, start=str(tmp_path / "one" / "best.pt")))
    two.train(ROWS, ROWS[:16])
    out = average.mean_of([one.folder, two.folder], tmp_path / "mean")
    made = run(out, Recipe(**json.loads((out / "recipe.json").read_text(encoding="utf-8"))))
    first, second, both = (made.best().head.weight.detach() for made in (one, two, made))
    assert np.allclose(both, (first + second) / 2, atol=1e-6)
    assert not np.allclose(first, second, atol=1e-6)
    assert [s["data"].get("mean_of") for s in release.stages(out)] == [None, None, ["one", "two"]]
    three = run(tmp_path / "three", replace(RECIPE, epochs=1, seed=4))
    three.train(ROWS, ROWS[:16])
    apart = average.mean_of([three.folder, two.folder], tmp_path / "apart")
    assert [s["run"] for s in release.stages(apart)] == ["three", "one", "two", "apart"]
    with pytest.raises(UsageError, match="nothing"):
        average.mean_of([tmp_path / "nothing"], tmp_path / "other")


def test_a_released_folder_opens_without_torch_and_goes_back_to_a_checkpoint(tmp_path: Path) -> None:
    import torch
    from transformers import AutoModel

    from discourse import classify
    from discourse.classify import TagInput
    from discourse.train import base as bases
    from discourse.train import checkpoint, material, release

    made = run(tmp_path / "r")
    made.train(ROWS, ROWS[:16])
    corpus = str(small_corpus(tmp_path))
    given = material.gather([corpus], None)
    out = release.write(made, tmp_path / "small@2", corpus=corpus, material=given, say=lambda _: None)
    model = classify.load(str(out), threads=1)
    assert model.name == "small@2"
    rows = [TagInput(id="1", text="migrants oui", lang="fr", context="bien")]
    assert model.tag(rows)[0].scores.keys() == set(codebook.TASKS[1:])
    card = (out / "README.md").read_text(encoding="utf-8")
    front = yaml.safe_load(card.split("---\n")[1])
    assert front["datasets"] == ["made"]
    assert front["base_model"] == made.base.origin["base"].split(",")[0]
    assert front["model-index"][0]["results"][0]["dataset"]["name"] == "corpus"
    assert "(reliability.svg)" in card and (out / "reliability.svg").is_file()
    assert str(tmp_path) not in card
    read = checkpoint.read(str(out))
    state, head = read.weights, read.head
    trained = made.best()
    for name, value in trained.encoder.state_dict().items():
        if name.endswith("query.weight") or name.endswith("output.dense.weight"):
            assert np.corrcoef(state[name].ravel(), value.numpy().ravel())[0, 1] > 0.999, name
    assert np.allclose(head["weight"], trained.head.weight.detach().numpy(), atol=0.02)
    on = Run(tmp_path / "on", bases.load(bases.save(read, tmp_path / "base")), RECIPE, say=lambda _: None)
    given = made.encoded(ROWS)
    scores = [finetune.predict(net, given).ravel() for net in (on.net, made.best())]
    assert np.corrcoef(*scores)[0, 1] > 0.98
    on.train(ROWS, ROWS[:16])
    before, after = (release.stages(made.folder), release.recipe(on, corpus, {})["stages"])
    assert after[: len(before) + 1] == [*before, {"rounded": "small@2"}]
    assert len(after) == len(before) + 2
    folder = checkpoint.write(str(out), tmp_path / "checkpoint")
    again = AutoModel.from_pretrained(folder, add_pooling_layer=False)
    encoded = made.encoded([ROWS[0]])[0]
    with torch.inference_mode():
        vectors = again(torch.tensor([encoded.ids]), token_type_ids=torch.tensor([encoded.types])).last_hidden_state
    own = vectors[torch.tensor([encoded.types]) == 0].mean(0, keepdim=True)
    found = own.numpy() @ head["weight"].T + head["bias"]
    assert np.corrcoef(found.ravel(), model.scores(rows).ravel())[0, 1] > 0.98


def small_corpus(folder: Path) -> Path:
    """Write a corpus of a few rows a split: enough to be calibrated on, in the shape of the real one."""
    out = folder / "corpus"
    out.mkdir()
    empty = {"immigration_frame": [], "narrative": ["thematic"], "harm": [], "harm_reported": False, "voices": []}
    lines = []
    for i in range(90):
        relevant = i % 3 > 0
        row = {"id": f"r{i}", "scenario": f"s{i}", "split": ("train", "dev", "test")[i % 5 % 3], "lang": "fr"}
        row |= {"kind": "press", "text": ROWS[i % 64].text, "context": None, "relevance": relevant, **empty}
        row |= {"sentiment": _SIDES[i % 3 if i % 2 else 1], "policy_frame": ["economic"] * (i % 2), "concern": []}
        if not relevant:
            row |= {"sentiment": None, "policy_frame": [], "narrative": []}
        lines.append(json.dumps(row))
    (out / "fr.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return out


def test_the_gate_holds_in_a_source_that_is_farther_from_what_was_learnt() -> None:
    near = [replace(ROWS[0], id=f"near-{i}", known={"relevance": 1.0}, source="near") for i in range(5000)]
    far = [
        replace(ROWS[0], id=f"far-{i}", text=f"Zzyx {i} qwv", known={"relevance": 1.0}, source="far")
        for i in range(gating.ENOUGH)
    ]
    prior = np.zeros(len(codebook.load().columns()), np.float32)
    alone, beside = gating.learn(ROWS, near, prior), gating.learn(ROWS, near + far, prior)
    passed = [np.mean([g.score(e.text, e.context) >= g.threshold for e in far]) for g in (beside, alone)]
    assert passed[0] >= 0.99 > passed[1]


def test_the_gate_does_not_learn_from_a_rule_that_the_encoder_doubts() -> None:
    ruled = [replace(ROWS[1], id=f"ruled-{i}", known={"relevance": 0.0}, source="titles") for i in range(3)]
    asked: list[str] = []

    def relevance(some: Sequence[Example]) -> np.ndarray:
        asked.extend(e.id for e in some)
        return np.array([0.9, 0.1, 0.1], np.float32)

    read = [
        replace(ROWS[0], id="ours", known={"relevance": 1.0}, source="titles"),
        replace(ROWS[1], id="theirs", known={"relevance": 0.0}, source="real-v1"),
    ]
    kept = gating.undoubted([*ruled, *read], relevance)
    assert asked == ["ruled-0", "ruled-1", "ruled-2"]
    assert [e.id for e in kept] == ["ruled-1", "ruled-2", "ours", "theirs"]
    assert gating.undoubted(read, relevance) == read


def test_the_gate_lets_relevant_texts_pass_and_spares_others() -> None:
    gate = gating.learn(ROWS, ROWS, np.zeros(len(codebook.load().columns()), np.float32))
    found = gating.measure(gate, ROWS)
    assert found["recall"] == 1.0
    assert found["spared"] > 0.9
