"""Other people's sets are read as their owners write them; what a set does not say stays unknown."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from discourse.errors import CorpusError
from discourse.train import anchors, external, outside
from discourse.train.external import ExternalRow


def jsonl(path: Path, *rows: dict[str, object]) -> Path:
    path.write_text("\n".join(json.dumps(r) for r in rows), encoding="utf-8")
    return path


def row(text: str, **labels: object) -> ExternalRow:
    return ExternalRow(id=f"x:{text[:20]}", text=text, lang="fr", group="g", labels=labels)


def test_theses_are_the_context_of_reasons(tmp_path: Path) -> None:
    (tmp_path / "stance").mkdir()
    said = {"thesis_id": "a#1", "thesis": "Mehr Sprachkurse.", "stance_toward_migrants": "anti", "answer": "x"}
    jsonl(
        tmp_path / "stance" / "wahlomat_migration_de.jsonl",
        said | {"party": "A", "comment": "Das Geld fehlt an anderer Stelle dringend."},
        said | {"party": "B", "comment": "Zu dieser These hat die Partei keine Begründung vorgelegt."},
    )
    (found,) = outside.to_learn_from(tmp_path)
    assert found.context == "Mehr Sprachkurse."
    assert found.known == {"sentiment.negative": 1.0, "sentiment.neutral": 0.0, "sentiment.positive": 0.0}


def test_the_side_of_a_yes_to_a_thesis_follows_from_who_agrees_with_it(tmp_path: Path) -> None:
    (tmp_path / "stance").mkdir()
    said: list[dict[str, object]] = [
        {"thesis": "Mehr Sprachkurse. ", "answer": "Stimme nicht zu", "stance_toward_migrants": "anti"},
        {"thesis": "Weniger Geld.", "answer": "Stimme nicht zu", "stance_toward_migrants": "pro"},
        {"thesis": "Grenzen schließen.", "answer": "Stimme zu", "stance_toward_migrants": "anti"},
        {"thesis": "Offen.", "answer": "Neutral", "stance_toward_migrants": "neutral"},
    ]
    file = tmp_path / "stance" / "wahlomat_migration_de.jsonl"
    jsonl(file, *(row | {"thesis_id": "a#1", "party": "A", "comment": "Weil."} for row in said))
    assert outside.theses(tmp_path) == {
        "Mehr Sprachkurse.": "positive",
        "Weniger Geld.": "negative",
        "Grenzen schließen.": "negative",
    }
    assert outside.theses(tmp_path / "nothing") == {}


def test_split_coders_are_left_out() -> None:
    cap, other = outside.manifestos(
        [
            row("We will cap migration.", share=1.0, scale=1.0),
            row("Maybe.", share=1 / 3, scale=None),
            row("We will cut taxes.", share=0.0, scale=None),
        ]
    )
    assert cap.known["relevance"] == 1.0
    assert cap.known["sentiment.negative"] == 1.0
    assert other.known == {"relevance": 0.0}


def test_titles_with_a_doubtful_word_are_nobodys() -> None:
    given = [f"Un titre sur les migrants de Calais numéro {i}" for i in range(20)]
    given += [f"Le budget de la ville voté en séance {i}" for i in range(20)]
    given += [f"La frontière entre rire et larmes, épisode {i}" for i in range(20)]
    found = outside.titles([row(t) for t in given], yes=50, no=50)
    assert found
    for e in found:
        assert "frontière" not in e.text
        assert e.known == {"relevance": float("migrants" in e.text)}


def test_tweets_come_in_equal_numbers_or_not_at_all() -> None:
    about = [row(f"migrants {i}", group="refugees") for i in range(5)]
    others = [row(f"autre {i}", group="women") for i in range(3)]
    assert [e.known["relevance"] for e in outside.mlma(about + others)] == [1.0] * 3 + [0.0] * 3
    assert outside.mlma(about) == []


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    file = tmp_path / "b.jsonl"
    file.write_text('{"a": 1}\n{"a": ', encoding="utf-8")
    with pytest.raises(CorpusError, match="line 2"):
        list(external.jsonl(file))


def test_only_sets_that_are_there_are_measured(tmp_path: Path) -> None:
    assert anchors.measure(tmp_path, lambda given: pytest.fail("nothing to ask")) == {}
    assert outside.to_learn_from(tmp_path) == []


def test_xstance_is_decided_by_the_likelier_side(tmp_path: Path) -> None:
    import numpy as np

    (tmp_path / "stance").mkdir()
    row = {"topic": "Immigration", "language": "fr", "question": "Faut-il ?", "question_id": 1}
    jsonl(
        tmp_path / "stance" / "xstance_valid.jsonl",
        row | {"comment": "oui", "stance_toward_migrants": "pro"},
        row | {"comment": "non", "stance_toward_migrants": "anti", "question_id": 2},
        row | {"comment": "x", "stance_toward_migrants": "pro", "topic": "Welfare"},
    )

    def ask(given):  # type: ignore[no-untyped-def]
        out = np.zeros((len(given), 46), np.float32)
        out[:, 2] = 0.9  # neutral wins, and the order of the sides still counts
        for i, (text, _, context) in enumerate(given):
            assert context == "Faut-il ?"
            out[i, 3 if text == "oui" else 1] = 0.06
        return out

    assert anchors.measure(tmp_path, ask)["xstance"]["fr"]["macro_f1"] == 1.0


def test_what_we_have_read_ourselves_is_not_learnt_by_rule_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["Das Geld fehlt an anderer Stelle dringend.", "Wir brauchen jede helfende Hand im Land."]
    said = {"thesis_id": "a#1", "thesis": "Mehr Sprachkurse.", "stance_toward_migrants": "anti", "answer": "x"}
    (tmp_path / "stance").mkdir()
    rows = (said | {"party": str(n), "comment": text} for n, text in enumerate(texts))
    jsonl(tmp_path / "stance" / "wahlomat_migration_de.jsonl", *rows)
    ours = tmp_path / "real-v1"
    ours.mkdir()
    jsonl(ours / "learn.jsonl", {"sha256": hashlib.sha256(texts[0].encode()).hexdigest()})
    monkeypatch.setattr(outside.bundled, "folder", lambda name: ours)
    assert [e.text for e in outside.to_learn_from(tmp_path)] == texts[1:]


def test_texts_that_nobody_labelled_are_for_teachers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def titles(kind: str) -> list[str]:
        return [f"{kind} numéro {i} de la semaine" for i in range(60)]

    migrants, football = titles("Les migrants du"), titles("Le match de football")
    (tmp_path / "raw" / "headlines").mkdir(parents=True)
    lines = ["date,title", *(f'2015-01-01," {t}"' for t in [*migrants, *football, *football])]
    file = tmp_path / "raw" / "headlines" / "fr_liberation_titles_2014-2018.csv"
    file.write_text("\n".join(lines), encoding="utf-8")
    read = f" {migrants[-1]}"
    monkeypatch.setattr(outside, "_read_already", lambda: frozenset({hashlib.sha256(read.encode()).hexdigest()}))
    found = outside.unlabelled(tmp_path)
    stream = {e.text for kept in (False, True) for e in outside.stream(tmp_path, calibrate=kept)}
    assert stream, "titles without a word of migration are a stream of other news"
    kept = {t for t in (*migrants, *football) if hashlib.sha256(t.encode()).hexdigest()[0] not in "01234567"}
    texts = [e.text.strip() for e in found]
    assert len(texts) == len(set(texts))
    assert set(texts) <= kept - {migrants[-1]}
    assert sum("migrants" in t for t in texts) > 3
    learnt = {e.text.strip() for e in outside.stream(tmp_path)[:: outside.THINNED]}
    held = {e.text.strip() for e in outside.stream(tmp_path, calibrate=True)}
    assert not set(texts) & (learnt | held)
    assert all(e.known == {} and e.source == "unlabelled" for e in found)
    monkeypatch.setattr(outside, "UNLABELLED", (("liberation", 3, 0),))
    assert ["migrants" in e.text for e in outside.unlabelled(tmp_path)] == [True] * 3
