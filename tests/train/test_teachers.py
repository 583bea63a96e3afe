"""A run learns what earlier runs say, also of texts and tasks that nobody labelled; nothing is asked twice."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

from discourse.cli.train import app
from discourse.errors import UsageError
from discourse.train import agreement, corpora, finetune, material, release, targets, teachers
from discourse.train import base as bases
from discourse.train.finetune import Recipe
from tests.train import tiny
from tests.train.test_finetune import RECIPE, ROWS, WORDS, run, small_corpus

UNLABELLED = [
    replace(e, id=f"{'mlma-fr:' if i % 2 else 'recast-'}{i}", known={}, text=f"{e.text} ville", source=teachers.SOURCE)
    for i, e in enumerate(ROWS[:32])
]


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A run that has learnt to tell relevance and sides, and its base."""
    folder = tmp_path_factory.mktemp("runs")
    run(folder / "teacher", replace(RECIPE, epochs=24, patience=24)).train(ROWS, ROWS[:32])
    return str(folder / "teacher"), str(bases.save(tiny.base(WORDS), folder / "base"))


def test_what_nobody_labelled_is_learnt_from_teachers(tmp_path: Path, teacher: tuple[str, str]) -> None:
    told = [replace(e, known={"relevance": 0.0}) for e in ROWS if not e.known["relevance"]]
    side = targets.spans()["sentiment"]
    wanted = teachers.said([teacher], UNLABELLED, say=lambda _: None)
    relevant = wanted[:, 0] > 0.5
    assert 8 <= relevant.sum() <= 24
    assert len(set(wanted[relevant, side].argmax(1).tolist())) == 2
    found = {}
    for name, recipe in {
        "alone": replace(RECIPE, epochs=24, patience=24),
        "taught": replace(RECIPE, epochs=24, patience=24, teachers=(teacher,)),
    }.items():
        made = run(tmp_path / name, recipe)
        made.train(told, ROWS[:32], unlabelled=UNLABELLED)
        scores = finetune.predict(made.best(), made.encoded(UNLABELLED))
        found[name] = (scores[:, side].argmax(1) == wanted[:, side].argmax(1))[relevant].mean()
    assert found["taught"] > 0.75, found
    assert found["alone"] < 0.6, found


def test_the_loss_is_how_far_scores_are_from_what_is_taught_as_far_as_a_text_is_relevant() -> None:
    import torch

    losses = finetune.Losses(targets.of(ROWS), RECIPE.task_weights)
    where, chance = targets.spans(), np.random.default_rng(2)
    scores = chance.normal(size=(3, sum(s.stop - s.start for s in where.values()))).astype(np.float32)
    taught = teachers.as_probabilities(chance.normal(size=scores.shape).astype(np.float32))
    said = teachers.as_probabilities(scores)
    wanted = 0.0
    for task, at in where.items():
        p, t = said[:, at], taught[:, at]
        each = -t * np.log(p)
        each = each.sum(1) if task == "sentiment" else (each - (1 - t) * np.log(1 - p)).mean(1)
        wanted += RECIPE.task_weights[task] * float((each * (1 if task == "relevance" else taught[:, 0])).mean())
    given = torch.from_numpy(scores).requires_grad_()
    found = losses.as_taught(given, torch.from_numpy(taught))
    assert found.item() == pytest.approx(wanted, rel=1e-4)
    losses.as_taught(given, torch.from_numpy(said)).backward()
    assert given.grad is not None and float(given.grad.abs().max()) < 1e-6, "nothing to learn where it is said"


def test_several_teachers_are_one_mean(tmp_path: Path, teacher: tuple[str, str]) -> None:
    other = run(tmp_path / "other", replace(RECIPE, epochs=1, seed=9))
    other.train(ROWS, ROWS[:16])
    second = (str(other.folder), teacher[1])
    one, two, both = (teachers.said(t, ROWS[:8]) for t in ([teacher], [second], [teacher, second]))
    assert np.abs(one - two).max() > 0.01
    np.testing.assert_allclose(both, (one + two) / 2, atol=1e-6)
    np.testing.assert_allclose(both[:, targets.spans()["sentiment"]].sum(1), 1, atol=1e-5)


def test_a_teacher_is_asked_once_and_again_when_it_would_say_something_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = run(tmp_path / "r", replace(RECIPE, epochs=1))
    made.train(ROWS, ROWS[:16])
    asked = (str(made.folder), str(bases.save(tiny.base(WORDS), tmp_path / "base")))
    monkeypatch.setattr(teachers, "AT_ONCE", 2)
    lines: list[str] = []
    teachers.said([asked], ROWS[5:7], say=lines.append)
    first = teachers.said([asked], ROWS[:12], say=lines.append)
    own = teachers.as_probabilities(finetune.predict(made.best(), made.encoded(ROWS[:12])))
    np.testing.assert_allclose(first, own, atol=2e-3)
    assert len({tuple(row) for row in first.tolist()}) == len({(e.text, e.context) for e in ROWS[:12]})
    count = len(lines)
    assert np.array_equal(teachers.said([asked], ROWS[:12], say=lines.append), first)
    assert len(lines) == count
    (made.folder / "taught.npz").write_bytes((made.folder / "taught.npz").read_bytes()[:100])
    assert np.array_equal(teachers.said([asked], ROWS[:12], say=lines.append), first)
    assert len(lines) > count, "a file cut short is nothing kept"
    run(tmp_path / "r2", replace(RECIPE, epochs=2)).train(ROWS, ROWS[:16])
    (tmp_path / "r2" / "best.pt").replace(tmp_path / "r" / "best.pt")
    assert not np.allclose(teachers.said([asked], ROWS[:12], say=lines.append), first)


def test_a_teacher_reads_as_its_own_recipe_says(tmp_path: Path) -> None:
    blind = run(tmp_path / "blind", replace(RECIPE, epochs=1, with_context=False))
    blind.train(ROWS, ROWS[:16])
    base = str(bases.save(tiny.base(WORDS), tmp_path / "base"))
    first, second = (replace(ROWS[0], context=context) for context in ("bien", "mal"))
    said = teachers.said([(str(blind.folder), base)], [first, second], say=lambda _: None)
    assert np.array_equal(said[0], said[1])


def test_a_teacher_without_weights_or_with_another_base_is_named(tmp_path: Path, teacher: tuple[str, str]) -> None:
    def learn(run_folder: str, base: str) -> None:
        run(tmp_path / "r", replace(RECIPE, teachers=((run_folder, base),))).train(ROWS, ROWS[:16])

    with pytest.raises(UsageError, match=r"teacher .*nobody has no weights"):
        learn(str(tmp_path / "nobody"), teacher[1])
    with pytest.raises(UsageError, match=r"base .*nothing of the teacher .* is not there"):
        learn(teacher[0], str(tmp_path / "nothing"))
    other = str(bases.save(tiny.base([*WORDS, "fleuves"]), tmp_path / "other"))
    with pytest.raises(UsageError, match=r"was not begun from .*other"):
        learn(teacher[0], other)


def test_a_recipe_names_each_teacher_with_its_base(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="a teacher is a pair"):
        Recipe(teachers=("runs/one", "runs/two"))  # type: ignore[arg-type]
    (tmp_path / "recipe.json").write_text('{"teachers": ["runs/one"]}', encoding="utf-8")
    done = CliRunner().invoke(
        app, ["encoder", str(tmp_path / "r"), "--corpus", "opinions-v1", "--recipe", str(tmp_path / "recipe.json")]
    )
    assert done.exit_code != 0
    assert isinstance(done.exception, UsageError)
    assert "a teacher is a pair" in str(done.exception)


def test_a_run_says_who_taught_it_and_does_not_go_on_when_they_are_others(
    tmp_path: Path, teacher: tuple[str, str]
) -> None:
    own = tmp_path / "teacher"
    shutil.copytree(teacher[0], own)
    made = run(tmp_path / "r", replace(RECIPE, epochs=1, teachers=((str(own), teacher[1]),)))
    made.train(ROWS, ROWS[:16], unlabelled=UNLABELLED)
    said = json.loads((tmp_path / "r" / "data.json").read_text(encoding="utf-8"))
    assert said["teachers"]["teacher"]["sha256"] == teachers.fingerprint(own, Path(teacher[1]))
    assert said["teachers"]["teacher"]["base"] == tiny.base(WORDS).origin["base"]
    assert sum(said["texts"].values()) == len(ROWS) + len(UNLABELLED)
    assert said["unlabelled"] == {"mlma": 16, "recast": 16}
    again = Recipe(**json.loads((tmp_path / "r" / "recipe.json").read_text(encoding="utf-8")))
    run(tmp_path / "r", again).train(ROWS, ROWS[:16], unlabelled=UNLABELLED)
    run(tmp_path / "next", replace(RECIPE, epochs=1, seed=8)).train(ROWS, ROWS[:16])
    shutil.copy(tmp_path / "next" / "best.pt", own / "best.pt")
    with pytest.raises(UsageError, match="other texts, labels, teachers"):
        run(tmp_path / "r", again).train(ROWS, ROWS[:16], unlabelled=UNLABELLED)


def test_a_released_recipe_names_the_teachers_and_no_folder_of_this_machine(
    tmp_path: Path, teacher: tuple[str, str]
) -> None:
    made = run(tmp_path / "r", replace(RECIPE, epochs=1, teachers=(teacher,), start=f"{teacher[0]}/best.pt"))
    made.train(ROWS, ROWS[:16], unlabelled=UNLABELLED)
    corpus = str(small_corpus(tmp_path))
    said = release.recipe(made, corpus, {})
    assert [s["run"] for s in said["stages"]] == ["teacher", "r"]
    last = said["stages"][-1]
    assert last["recipe"]["teachers"] == [["teacher", "base"]]
    assert last["recipe"]["start"] == "teacher/best.pt"
    assert str(tmp_path.parent) not in json.dumps(said["stages"])
    assert yaml.safe_load(release._front("x@1", said, {}).split("---\n")[1])["datasets"] == ["made", "mlma"]


def test_texts_put_together_are_new_and_of_one_language_and_nothing_is_known_of_them() -> None:
    given = [
        replace(
            ROWS[0],
            id=str(i),
            lang="fr" if i % 2 else "de",
            text=f"{word} fois un {i}. {word} fois deux {i}. {word} fois trois {i}.",
            context=f"{word} {i} ?" if i % 3 else None,
        )
        for i, word in ((i, "Alpha" if i % 2 else "Beta") for i in range(20))
    ]
    found = teachers.recast(given, 60)
    assert len({(e.text, e.context) for e in found}) == len(found) == 60
    assert not {(e.text, e.context) for e in found} & {(e.text, e.context) for e in given}
    sentences = {f"{part.strip()}." for e in given for part in e.text.split(".") if part.strip()}
    for e in found:
        assert {f"{part.strip()}." for part in e.text.split(".") if part.strip()} <= sentences
        assert ("Alpha" in e.text) == (e.lang == "fr") != ("Beta" in e.text)
        assert e.context is None or ("Alpha" in e.context) == (e.lang == "fr")
        assert (e.known, e.source, e.yes) == ({}, "unlabelled", "")
    assert {e.text.count(".") for e in found} == {1, 2, 3, 4}
    assert {e.context is None for e in found} == {True, False}
    assert teachers.recast(given, 60) == found
    assert len(teachers.recast(given[1:2], 500)) < 100, "where nothing new is left, it ends"
    assert teachers.recast([], 5) == []


def test_what_teachers_are_asked_about_comes_from_train_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(material, "RECAST", 150)
    found = material.unlabelled(("opinions-v1", agreement.NAME), None)
    assert len(found) == 150
    train = corpora.read("opinions-v1", "train")
    texts, contexts = " ".join(e.text for e in train), {e.context for e in train}
    for e in found:
        assert e.context in contexts | {None}
        words = e.text.split(" ")
        cuts = ((" ".join(words[:at]), " ".join(words[at:])) for at in range(len(words)))
        assert any(first in texts and second in texts for first, second in cuts)
