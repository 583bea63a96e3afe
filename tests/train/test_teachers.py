"""A run learns what earlier runs say, also of texts and tasks that nobody labelled; nothing is asked twice."""

from __future__ import annotations

import json
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
from tests.train.test_finetune import RECIPE, ROWS, WORDS, run

UNLABELLED = [replace(e, id=f"u{e.id}", known={}, text=f"{e.text} {e.text.split()[0]}") for e in ROWS[:32]]


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A run that has learnt to tell relevance and sides, and its base."""
    folder = tmp_path_factory.mktemp("runs")
    run(folder / "teacher", replace(RECIPE, epochs=24, patience=24)).train(ROWS, ROWS[:32])
    return str(folder / "teacher"), str(bases.save(tiny.base(WORDS), folder / "base"))


def test_what_nobody_labelled_is_learnt_from_teachers(tmp_path: Path, teacher: tuple[str, str]) -> None:
    told = [replace(e, known={"relevance": e.known["relevance"]}) for e in ROWS]
    side = targets.spans()["sentiment"]
    wanted = teachers.said([teacher], UNLABELLED, say=lambda _: None)
    relevant = wanted[:, 0] > 0.5
    assert 8 <= relevant.sum() <= 24
    found = {}
    for name, recipe in {
        "alone": replace(RECIPE, epochs=16, patience=16),
        "taught": replace(RECIPE, epochs=16, patience=16, teachers=(teacher,)),
    }.items():
        made = run(tmp_path / name, recipe)
        made.train(told, ROWS[:32], unlabelled=UNLABELLED)
        scores = finetune.predict(made.best(), made.encoded(UNLABELLED))
        found[name] = (scores[:, side].argmax(1) == wanted[:, side].argmax(1))[relevant].mean()
    assert found["taught"] > 0.9 > found["alone"]


def test_several_teachers_are_one_mean(tmp_path: Path, teacher: tuple[str, str]) -> None:
    other = run(tmp_path / "other", replace(RECIPE, epochs=1, seed=9))
    other.train(ROWS, ROWS[:16])
    second = (str(other.folder), teacher[1])
    one, two, both = (teachers.said(t, ROWS[:8]) for t in ([teacher], [second], [teacher, second]))
    assert np.abs(one - two).max() > 0.01
    np.testing.assert_allclose(both, (one + two) / 2, atol=1e-6)
    np.testing.assert_allclose(both[:, targets.spans()["sentiment"]].sum(1), 1, atol=1e-5)


def test_a_teacher_is_asked_once_and_again_when_its_weights_are_others(tmp_path: Path) -> None:
    made = run(tmp_path / "r", replace(RECIPE, epochs=1))
    made.train(ROWS, ROWS[:16])
    asked = (str(made.folder), str(bases.save(tiny.base(WORDS), tmp_path / "base")))
    lines: list[str] = []
    first = teachers.said([asked], ROWS[:8], say=lines.append)
    texts = len({(e.text, e.context) for e in ROWS[:8]})
    assert lines == [f"r was asked about {texts} of {texts} texts"]
    assert np.array_equal(teachers.said([asked], ROWS[:8], say=lines.append), first)
    assert len(lines) == 1
    run(tmp_path / "r2", replace(RECIPE, epochs=2)).train(ROWS, ROWS[:16])
    (tmp_path / "r2" / "best.pt").replace(tmp_path / "r" / "best.pt")
    assert not np.allclose(teachers.said([asked], ROWS[:8], say=lines.append), first)
    assert len(lines) == 2


def test_a_teacher_without_weights_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"teacher .*nobody has no weights"):
        run(tmp_path / "r", replace(RECIPE, teachers=((str(tmp_path / "nobody"), "base"),))).train(ROWS, ROWS[:16])


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


def test_a_run_says_who_taught_it_and_does_not_go_on_with_other_teachers(
    tmp_path: Path, teacher: tuple[str, str]
) -> None:
    made = run(tmp_path / "r", replace(RECIPE, epochs=1, teachers=(teacher,)))
    made.train(ROWS, ROWS[:16], unlabelled=UNLABELLED)
    said = json.loads((tmp_path / "r" / "data.json").read_text(encoding="utf-8"))
    assert said["teachers"] == {teacher[0]: teachers.weights_hash(Path(teacher[0]))}
    assert sum(said["texts"].values()) == len(ROWS) + len(UNLABELLED)
    again = Recipe(**json.loads((tmp_path / "r" / "recipe.json").read_text(encoding="utf-8")))
    run(tmp_path / "r", again).train(ROWS, ROWS[:16], unlabelled=UNLABELLED)
    with pytest.raises(UsageError, match="another recipe"):
        run(tmp_path / "r", replace(again, teachers=())).train(ROWS, ROWS[:16])
    assert [s["run"] for s in release.stages(tmp_path / "r")] == ["teacher", "r"]


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


def test_a_card_names_no_corpus_for_what_nobody_labelled() -> None:
    made = {"corpus": "c", "base": "b", "stages": [{"data": {"texts": {"made": 3, teachers.SOURCE: 4}}}]}
    front = yaml.safe_load(release._front("small@1", made, {}).split("---\n")[1])
    assert front["datasets"] == ["made"]
