"""The command line as a stranger meets it: what it says, where, and with which exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from discourse.cli import call

CONFIG = """
[[ingest.sources]]
name = "rows"
kind = "table"
address = "rows.csv"
[classify]
model = "baseline"
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DISCOURSE_NOW", "2026-11-16T06:00:00Z")
    return tmp_path


@pytest.fixture
def town(home: Path) -> Path:
    (home / "discourse.toml").write_text(CONFIG, encoding="utf-8")
    rows = ["date,title,text"]
    rows += [
        f'2026-11-{2 + i % 7:02d},Titre {i},"Les réfugiés du quartier {i} cherchent un logement, dit la mairie."'
        for i in range(30)
    ]
    (home / "rows.csv").write_text("\n".join(rows), encoding="utf-8")
    return home


def test_without_a_configuration_run_explains_init(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["run"]) == 2
    assert "discourse init" in capsys.readouterr().err


def test_init_then_run_says_what_is_missing(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["init"]) == 0
    assert (home / "discourse.toml").is_file()
    assert call(["run"]) == 2
    assert "no source" in capsys.readouterr().err
    assert call(["init"]) == 2


def test_run_prints_one_last_line_of_counts_and_writes_the_report(
    town: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(["run", "--week", "2026-W45"]) == 0
    said = capsys.readouterr().out.strip().splitlines()
    assert len(said) == 1
    assert "30 new" in said[0]
    assert (town / "reports" / "2026-W45" / "report.fr.html").is_file()


def test_status_search_and_json(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(["run", "--week", "2026-W45", "--json", "--quiet"]) == 0
    assert json.loads(capsys.readouterr().out)["counts"]["ingest"] == {"new": 30}
    assert call(["status", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["documents"] == 30
    assert call(["search", "refugie", "logement", "--json", "--limit", "3"]) == 0
    hits = json.loads(capsys.readouterr().out)
    assert len(hits) == 3
    assert "**réfugiés**" in hits[0]["snippet"]


def test_stages_run_one_by_one(town: Path) -> None:
    assert [call([stage, "--quiet"]) for stage in ("ingest", "classify")] == [0, 0]
    assert call(["report", "--week", "2026-W45", "--quiet"]) == 0
    assert (town / "reports" / "2026-W45" / "report.fr.html").is_file()


def test_past_weeks_are_filled_in(town: Path) -> None:
    assert call(["run", "--from", "2026-W44", "--to", "2026-W46", "--quiet"]) == 0
    assert sorted(p.name for p in (town / "reports").iterdir()) == ["2026-W44", "2026-W45", "2026-W46"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "--week", "46"], "ISO week"),
        (["run", "--week", "2026-W60"], "ISO week"),
        (["run", "--from", "2026-W46", "--to", "2026-W40"], "comes after"),
        (["run", "--week", "2026-W46", "--from", "2026-W40"], "both given"),
        (["report", "sign", "--week", "2026-W45", "--by", " "], "nobody"),
        (["report", "advise", "weather", "answer", "--by", "A", "--why", "x", "--week", "2026-W45"], "no concern"),
        (["report", "advise", "housing", "shout", "--by", "A", "--why", "x", "--week", "2026-W45"], "no advice"),
        (["report", "advise", "housing", "answer", "--by", "A", "--why", " ", "--week", "2026-W45"], "a reason"),
        (["search", "--", "!?"], "no store"),
        (["serch"], "search"),
    ],
)
def test_a_wrong_call_says_what_and_ends_with_two(
    town: Path, arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(arguments) == 2
    assert says in capsys.readouterr().err


def test_a_signature_puts_a_name_on_the_report(town: Path) -> None:
    assert call(["run", "--week", "2026-W45", "--quiet"]) == 0
    page = town / "reports" / "2026-W45" / "report.fr.html"
    assert "A. Martin" not in page.read_text(encoding="utf-8")
    assert call(["report", "sign", "--week", "2026-W45", "--by", "A. Martin"]) == 0
    assert "A. Martin" in page.read_text(encoding="utf-8")


def test_an_officer_overrules_the_advice_on_record_and_a_signature_falls(town: Path) -> None:
    assert call(["run", "--week", "2026-W45", "--quiet"]) == 0
    assert call(["report", "sign", "--week", "2026-W45", "--by", "A. Martin"]) == 0
    decision = ["housing", "leave-alone", "--week", "2026-W45", "--by", "B. Durand", "--why", "Le conseil vote lundi."]
    assert call(["report", "advise", *decision]) == 0
    page = (town / "reports" / "2026-W45" / "report.fr.html").read_text(encoding="utf-8")
    assert "B. Durand" in page
    assert "Le conseil vote lundi." in page
    assert "A. Martin" not in page


def test_tag_answers_every_row_in_order(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [
        '{"id": "a", "text": "Des réfugiés arrivent.", "mine": 3}',
        "not json",
        '{"id": "b"}',
        '{"id": "c", "text": "Ok alors", "lang": "pt"}',
    ]
    (home / "in.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert call(["tag", "in.jsonl", "--out", "out.jsonl", "--model", "baseline"]) == 3
    rows = [json.loads(line) for line in (home / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [r["id"] for r in rows] == ["a", None, "b", "c"]
    assert rows[0]["mine"] == 3
    assert set(rows[0]["sentiment"]) == {"negative", "neutral", "positive"}
    assert [len(rows[0][t]) for t in ("policy_frame", "immigration_frame", "narrative", "concern", "harm")] == [
        14,
        11,
        2,
        13,
        2,
    ]
    assert rows[1]["error"]["slug"] == "not_json"
    assert rows[2]["error"]["slug"] == "no_text"
    assert "warning" in rows[3]
    assert "warning" not in rows[0]


def test_extract_gives_a_document_a_row(home: Path) -> None:
    (home / "note.txt").write_text("Un titre\n\nLa mairie ouvre un centre pour les réfugiés.\n", encoding="utf-8")
    (home / "broken.pdf").write_bytes(b"%PDF-1.4 nothing")
    assert call(["extract", "note.txt", "broken.pdf", "--out", "out.jsonl"]) == 3
    rows = [json.loads(line) for line in (home / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(rows) == 1
    assert {"url", "title", "published", "lang", "kind", "parts", "text"} <= set(rows[0])
    assert (rows[0]["url"], rows[0]["title"], rows[0]["lang"]) == ("note.txt", "Un titre", "fr")
