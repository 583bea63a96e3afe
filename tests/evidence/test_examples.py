"""Example questions, and the officer's command that needs words and examples to agree."""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path

import pytest

from discourse.cli import evidence as commands
from discourse.evidence.match import asking, examples, topics
from discourse.records import LANGUAGES

TABLE = tomllib.loads(resources.files("discourse.evidence").joinpath("examples.toml").read_text(encoding="utf-8"))


def test_every_topic_has_examples_in_five_languages_and_no_example_has_two_topics() -> None:
    assert set(TABLE["topics"]) == set(topics())
    assert all(set(by_lang) == set(LANGUAGES) for part in TABLE.values() for by_lang in part.values())
    names, texts = examples()
    assert len(texts) == len(set(texts)) == len(names) > 1000
    assert {name.partition(".")[0] for name in names} == {*topics(), "elsewhere", "none"}


@pytest.mark.parametrize(
    ("question", "asks"),
    [
        ("J'ai un voisin malien. Il est gentil. Combien d'étrangers ici ?", "Combien d'étrangers ici ?"),
        ("Ich frage mich. Wie viele kommen her", "Wie viele kommen her"),
        ("No question at all.", "No question at all."),
        ("", ""),
    ],
)
def test_the_sentences_that_ask_are_told_from_what_leads_up_to_them(question: str, asks: str) -> None:
    assert asking(question) == asks


def test_the_shipped_model_reads_the_question_before_an_officer_gets_a_figure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "discourse.toml").write_text(
        '[discourse]\nplace = "FR"\n[evidence]\nseries = ["fr"]\n', encoding="utf-8"
    )
    commands.answer("Combien d'emplois de gardien la mairie a-t-elle créés pour la piscine ?", lang="fr", root=tmp_path)
    assert "reads like" in capsys.readouterr().out
    commands.answer("Quel est le taux de chômage des immigrés ?", lang="fr", root=tmp_path)
    assert "sujet: unemployment" in capsys.readouterr().out
    assert list((tmp_path / "evidence-cache").glob("vectors-*.npy"))
