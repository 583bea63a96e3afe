"""Passages go out to people without the model's labels and come back checked; a wrong row stops the import whole."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from discourse.cli import call
from discourse.store import Kept, open_read_only, open_store
from tests.spine import make

COUNT = 60


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DISCOURSE_NOW", "2026-11-16T06:00:00Z")
    (tmp_path / "discourse.toml").write_text("", encoding="utf-8")
    documents = [make.document(i, f"Les réfugiés du quartier {i} cherchent un logement.") for i in range(COUNT)]
    with open_store(f"sqlite:///{tmp_path / 'discourse.db'}") as store:
        store.keep([Kept(document=d, content_hash=d.id) for d in documents])
        store.write_tags("m@1/1", [make.tagged(d.id, len(d.text)) for d in documents])
    return tmp_path


def sheet(home: Path) -> list[dict[str, str]]:
    with (home / "read.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def fill(home: Path, rows: list[dict[str, str]]) -> None:
    with (home / "read.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def test_a_sheet_is_blind_and_its_readings_carry_their_chance(home: Path) -> None:
    assert call(["labels", "sample", "--n", "20", "--out", "read.csv"]) == 0
    rows = sheet(home)
    assert len(rows) == 20
    assert {r["relevance"] + r["sentiment"] + r["concern"] for r in rows} == {""}
    for row in rows[:6]:
        row |= {"relevance": "yes", "sentiment": "neutral", "concern": "housing"}
    rows[6]["relevance"] = "no"
    fill(home, rows)
    assert call(["labels", "import", "read.csv", "--by", "reader-1"]) == 0
    with open_read_only(home) as store:
        said = store.labels()
    assert {r["passage_id"] for r in said} == {r["id"] for r in rows[:7]}, "what was left blank was not read"
    assert [r["probability"] for r in said] == pytest.approx([20 / COUNT] * len(said))
    assert [r["value"] for r in said if r["passage_id"] == rows[6]["id"]] == [[]]
    assert [r["value"] for r in said if r["passage_id"] == rows[0]["id"] and r["task"] == "concern"] == [["housing"]]


def test_what_teaches_never_enters_an_estimate(home: Path) -> None:
    from discourse.measure import gold

    assert call(["labels", "sample", "--for", "learning", "--n", "10", "--out", "read.csv"]) == 0
    rows = sheet(home)
    for row in rows:
        row |= {"relevance": "yes", "sentiment": "positive"}
    fill(home, rows)
    assert call(["labels", "import", "read.csv", "--by", "reader-1"]) == 0
    with open_read_only(home) as store:
        said = store.labels()
    assert len({r["passage_id"] for r in said}) == 10
    assert gold.readings(said) == []


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"text": "Un autre texte."}, "was changed"),
        ({"id": "gazette:999#0"}, "was not drawn"),
        ({"concern": "weather"}, "unknown label 'weather'"),
    ],
)
def test_a_wrong_row_is_named_and_nothing_is_written(
    home: Path, change: dict[str, str], word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(["labels", "sample", "--n", "8", "--out", "read.csv"]) == 0
    rows = sheet(home)
    for row in rows:
        row |= {"relevance": "yes", "sentiment": "neutral"}
    rows[3] |= change
    fill(home, rows)
    assert call(["labels", "import", "read.csv", "--by", "reader-1"]) != 0
    assert word in capsys.readouterr().err
    with open_read_only(home) as store:
        assert store.labels() == []


def test_label_studio_goes_out_and_comes_back(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["labels", "sample", "--n", "8", "--out", "read.json"]) == 0
    tasks = json.loads((home / "read.json").read_text(encoding="utf-8"))
    said = [{"from_name": "relevance", "value": {"choices": ["yes"]}}]
    said += [{"from_name": "sentiment", "value": {"choices": ["negative"]}}]
    tasks[0]["annotations"] = [{"result": said}]
    (home / "read.json").write_text(json.dumps(tasks), encoding="utf-8")
    assert call(["labels", "import", "read.json", "--by", "reader-2", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["passages"], found["not_read"]) == (1, 7)


def test_status_says_how_much_was_read_and_when_nothing_can_be_said(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(["labels", "status", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["read"] == 0
    assert [d["state"] for d in found["drift"]] == ["too_few"]


def test_the_audit_of_both_sides_needs_readers(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["labels", "audit"]) == 0
    assert "nobody has read" in capsys.readouterr().err
    assert call(["labels", "sample", "--n", "50", "--out", "read.csv"]) == 0
    rows = sheet(home)
    for i, row in enumerate(rows):
        row |= {"relevance": "yes", "sentiment": "positive" if i % 2 else "negative", "concern": "housing"}
    fill(home, rows)
    assert call(["labels", "import", "read.csv", "--by", "reader-1"]) == 0
    capsys.readouterr()
    assert call(["labels", "audit", "--json"]) == 0
    found = {(g["group"], g["task"]): g for g in json.loads(capsys.readouterr().out)}
    one = found["all", "concern"]
    assert (one["supportive"]["n"], one["critical"]["n"]) == (25, 25)
    assert one["low"] <= one["gap"] <= one["high"]
    assert found["all", "policy_frame"]["state"] == "too_few"
