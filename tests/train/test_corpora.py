"""A corpus is read whole or refused, with file, line, field and remedy."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from discourse import codebook
from discourse.errors import CorpusError
from discourse.train import corpora, readings, targets


def row(**changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": "fr-0001",
        "scenario": "gare",
        "split": "train",
        "lang": "fr",
        "kind": "press",
        "text": "La mairie ouvre un gymnase à trente demandeurs d'asile.",
        "context": None,
        "relevance": True,
        "sentiment": "neutral",
        "policy_frame": ["capacity_and_resources"],
        "immigration_frame": [],
        "narrative": ["episodic"],
        "concern": ["public_space"],
        "harm": [],
        "harm_reported": False,
        "voices": [],
    }
    return made | changes


def written(folder: Path, *rows: Any) -> Path:
    folder.mkdir(exist_ok=True)
    lines = [r if isinstance(r, bytes) else json.dumps(r, ensure_ascii=False).encode() for r in rows]
    (folder / "fr.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    return folder


BROKEN = [
    (row(sentiment="sad"), "sentiment"),
    (row(policy_frame=["economics"]), "unknown label 'economics'"),
    (row(concern=["housing", "housing"]), "stands twice"),
    (row(lang="pt"), "lang"),
    (row(text="  "), "text"),
    (row(relevance=1), "relevance"),
    (row(relevance=False), "relevance"),
    (row(sentiment=None), "sentiment"),
    (row(split="valid"), "split"),
    (row(kind="blog"), "kind"),
    (row(context=""), "context"),
    (row(comment="x"), "comment"),
    (row(voices=[{"voice": "resident", "start": 3, "end": 900}]), "lies outside the text"),
    (row(voices=[{"voice": "ghost", "start": 0, "end": 2}]), "no known kind"),
    ({k: v for k, v in row().items() if k != "harm"}, "harm: is missing"),
    (b'{"id": ', "not JSON"),
    (b"[1, 2]", "no JSON object"),
    ("été".encode("latin-1"), "not UTF-8"),
]


@pytest.mark.parametrize(("bad", "said"), BROKEN, ids=[s for _, s in BROKEN])
def test_a_bad_row_names_file_line_and_field(tmp_path: Path, bad: Any, said: str) -> None:
    folder = written(tmp_path / "c", row(), bad)
    with pytest.raises(CorpusError) as caught:
        corpora.read(str(folder))
    assert "fr.jsonl, line 2" in str(caught.value)
    assert said in str(caught.value)
    assert caught.value.remedy


def test_a_row_that_names_no_voices_has_none(tmp_path: Path) -> None:
    short = {k: v for k, v in row().items() if k != "voices"}
    assert list(corpora.rows_of(written(tmp_path / "c", short))) == [row()]


def test_a_gzipped_file_holds_the_same_rows_and_a_cut_one_is_named(tmp_path: Path) -> None:
    plain = written(tmp_path / "plain", row(), row(id="fr-0002"))
    packed = tmp_path / "packed"
    packed.mkdir()
    whole = gzip.compress((plain / "fr.jsonl").read_bytes(), mtime=0)
    (packed / "fr.jsonl.gz").write_bytes(whole)
    assert list(corpora.rows_of(packed)) == list(corpora.rows_of(plain))
    (packed / "fr.jsonl.gz").write_bytes(whole[:-9])
    with pytest.raises(CorpusError, match=r"fr\.jsonl\.gz: the file: is not gzip") as caught:
        corpora.read(str(packed))
    assert caught.value.remedy
    (packed / "fr.jsonl.gz").write_bytes(gzip.compress((plain / "fr.jsonl").read_bytes() + b"{", mtime=0))
    with pytest.raises(CorpusError, match=r"fr\.jsonl\.gz, line 3"):
        corpora.read(str(packed))


def test_ids_are_unique_over_files(tmp_path: Path) -> None:
    folder = written(tmp_path / "c", row())
    (folder / "en.jsonl").write_text(json.dumps(row(lang="en")), encoding="utf-8")
    with pytest.raises(CorpusError, match=r"also stands in en\.jsonl, line 1"):
        corpora.read(str(folder))


def test_a_scenario_never_crosses_splits(tmp_path: Path) -> None:
    folder = written(tmp_path / "c", row(), row(id="fr-0002", split="test"))
    with pytest.raises(CorpusError, match="two splits"):
        corpora.read(str(folder))


def test_labels_become_known_columns_and_reported_harm_is_not_the_writers(tmp_path: Path) -> None:
    rows = (
        row(harm=["dehumanising_metaphor"], harm_reported=True),
        row(id="b", relevance=False, sentiment=None, policy_frame=[], concern=[], narrative=[]),
    )
    relevant, other = corpora.read(str(written(tmp_path / "c", *rows)))
    assert relevant.known["harm.dehumanising_metaphor"] == 0.0
    assert relevant.known["sentiment.neutral"] == 1.0
    assert relevant.known["policy_frame.capacity_and_resources"] == 1.0
    assert other.known == {"relevance": 0.0}
    found = targets.of([relevant, other])
    assert found.known[0].all()
    assert found.known[1].sum() == 1


def test_an_unknown_corpus_or_split_is_named() -> None:
    with pytest.raises(CorpusError, match="no corpus 'nowhere'"):
        corpora.read("nowhere")
    with pytest.raises(CorpusError, match="no split 'valid'"):
        corpora.read("discourse-v1", "valid")


def test_the_written_corpus_holds_what_it_promises() -> None:
    rows = corpora.read("discourse-v1")
    assert len(rows) >= 4500
    count = {lang: sum(e.lang == lang for e in rows) for lang in ("fr", "en", "es", "de", "it")}
    assert count["fr"] >= 1700
    assert min(count.values()) >= 700
    assert sum(e.known["relevance"] == 0 for e in rows) >= 0.2 * len(rows)
    assert sum(e.context is not None for e in rows) >= 900
    every = targets.of(rows)
    assert (every.values.sum(0) >= 90).all()
    assert every.values.shape[1] == len(codebook.load().columns())


def test_datasets_view_is_typed(tmp_path: Path) -> None:
    folder = written(
        tmp_path / "c", row(), row(id="b", scenario="pont", split="dev"), row(id="c", scenario="x", split="test")
    )
    found = corpora.load(str(folder))
    assert found["train"].features["sentiment"].names == ["negative", "neutral", "positive"]
    assert found["train"][0]["text"] == row()["text"]
    assert len(corpora.load(str(folder), "dev")) == 1


def test_the_hash_follows_every_byte(tmp_path: Path) -> None:
    before = corpora.content_hash(str(written(tmp_path / "c", row())))
    after = corpora.content_hash(str(written(tmp_path / "c", row(text="Autre."))))
    assert before != after


def test_a_third_reading_decides_what_two_saw_differently(tmp_path: Path) -> None:
    source = corpora.folder("discourse-v1")
    row = next(r for r in corpora.rows_of(source) if r["relevance"] and "housing" in r["concern"])
    (tmp_path / "fr.jsonl").write_text(json.dumps(row), encoding="utf-8")
    (tmp_path / "readings").mkdir()
    file = tmp_path / "readings" / corpora.ADJUDICATED
    before = corpora.content_hash(str(tmp_path))
    said = {"concern.housing": False, "concern.schools": True, "sentiment": "neutral"}
    file.write_text(json.dumps({"id": row["id"], "reader": "C", "decided": said}), encoding="utf-8")
    known = corpora.read(str(tmp_path))[0].known
    assert (known["concern.housing"], known["concern.schools"], known["sentiment.neutral"]) == (0.0, 1.0, 1.0)
    assert corpora.content_hash(str(tmp_path)) != before, "what decides is part of what is pinned"
    file.write_text(json.dumps({"id": row["id"], "decided": {"relevance.relevant": False}}), encoding="utf-8")
    assert corpora.read(str(tmp_path))[0].known == {"relevance": 0.0}
    file.write_text(json.dumps({"id": row["id"], "decided": {"concern.weather": True}}), encoding="utf-8")
    with pytest.raises(CorpusError, match=r"line 1: decided: unknown label 'concern\.weather'"):
        corpora.read(str(tmp_path))


def test_every_passage_on_which_two_readers_differ_is_decided() -> None:

    decided = corpora.decisions(corpora.folder("discourse-v1"))
    for first, second in readings.second_reading():
        a, b = readings.flags(first), readings.flags(second)
        if {k for k, yes in a.items() if yes} != {k for k, yes in b.items() if yes}:
            assert first["id"] in decided


def test_agreement_on_sides_tells_doubt_from_contradiction() -> None:
    told = [("positive", "positive"), ("negative", "neutral"), ("neutral", "positive"), ("negative", "positive")]
    assert readings.sides(told) == "4: 1 alike, 2 neutral to one of them, 1 opposite"


def test_opinions_have_the_second_readers_labels_only_where_the_writer_gave_none() -> None:
    pairs = readings.second_reading("opinions-v1")
    assert len(pairs) > 600
    for row, read in pairs:
        for task in ("policy_frame", "narrative", "concern"):
            assert row[task] == read[task], row["id"]
