"""Questions that read like others: the nearest examples, kept vectors, and the shipped model at work."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from discourse.cli import evidence as commands
from discourse.evidence import alike
from discourse.evidence.alike import Examples, Vectors
from discourse.evidence.match import topics
from discourse.records import LANGUAGES

TABLE = tomllib.loads(resources.files("discourse.evidence").joinpath("examples.toml").read_text(encoding="utf-8"))


class Letters:
    """A reader that counts letters, and how often it was asked."""

    def __init__(self) -> None:
        self.read = 0

    def __call__(self, texts: Sequence[str]) -> Vectors:
        self.read += len(texts)
        return np.array([[text.lower().count(c) + 0.01 for c in "abcdefghijklmnopqrstuvwxyz?"] for text in texts])


def test_every_topic_has_examples_in_five_languages_and_no_example_has_two_topics() -> None:
    assert set(TABLE["topics"]) == set(topics())
    every = [q for part in TABLE.values() for by_lang in part.values() for found in by_lang.values() for q in found]
    assert len(every) == len(set(every)) > 700
    assert all(set(by_lang) == set(LANGUAGES) for part in TABLE.values() for by_lang in part.values())


def test_an_example_is_nearest_to_itself() -> None:
    found = Examples(Letters(), model="letters")
    for name in ("crime", "schools", "deaths"):
        assert found.nearest(TABLE["topics"][name]["de"][0])[0] == name
    assert found.nearest(TABLE["none"]["rule"]["fr"][0])[0] == "none.rule"
    assert len(set(found.nearest("?"))) == len(found.nearest("?"))


def test_vectors_are_kept_for_the_model_that_made_them(tmp_path: Path) -> None:
    first, again, other = Letters(), Letters(), Letters()
    Examples(first, model="a", folder=tmp_path / "kept")
    same = Examples(again, model="a", folder=tmp_path / "kept")
    Examples(other, model="b", folder=tmp_path / "kept")
    assert (again.read, other.read) == (0, first.read)
    assert same.nearest(TABLE["topics"]["crime"]["it"][0])[0] == "crime"


def test_a_kept_file_that_was_cut_is_made_again(tmp_path: Path) -> None:
    Examples(Letters(), model="a", folder=tmp_path)
    (file,) = tmp_path.glob("*.npy")
    file.write_bytes(file.read_bytes()[:100])
    reader = Letters()
    Examples(reader, model="a", folder=tmp_path)
    assert reader.read
    assert len(file.read_bytes()) > 1000


def test_a_folder_that_cannot_be_written_is_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert Examples(Letters(), model="a", folder=tmp_path / "file" / "under").nearest("Wie viele?")


def test_the_shipped_model_reads_the_question_before_an_officer_gets_a_figure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "discourse.toml").write_text(
        '[discourse]\nplace = "FR"\n[evidence]\nseries = ["fr"]\n', encoding="utf-8"
    )
    commands.answer("Combien d'emplois de gardien la mairie a-t-elle créés pour la piscine ?", lang="fr", root=tmp_path)
    assert "reads like" in capsys.readouterr().out
    commands.answer("Quel est le taux de chômage des immigrés ?", lang="fr", root=tmp_path)
    said = capsys.readouterr().out
    assert "sujet: unemployment" in said
    assert list((tmp_path / "evidence-cache").glob("examples-*.npy"))
    assert alike.AGREED == 2
