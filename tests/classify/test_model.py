"""A model at work: order and values hold for every batch size, what was not read is said, the gate spares reading."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from discourse import classify, codebook
from discourse.classify import calibration, folder
from discourse.classify.gate import BITS, Gate
from discourse.classify.model import MAX_CHARACTERS, Model, Spans, TagInput
from discourse.errors import ModelError

COLUMNS = len(codebook.load().columns())
TEXTS = [f"Les migrants arrivent en ville, épisode {i}, et le maire répond." for i in range(9)]


def test_order_and_values_do_not_depend_on_batches() -> None:
    model = classify.load("baseline")
    rows = [TagInput(id=str(i), text=t * (1 + i % 3), lang="fr") for i, t in enumerate(TEXTS)]
    whole = model.probabilities(rows)
    assert np.allclose(whole, model.probabilities(rows, batch=2), atol=1e-5)
    assert np.allclose(whole[::-1], model.probabilities(rows[::-1]), atol=1e-5)
    assert model.probabilities([]).shape == (0, COLUMNS)


def test_the_python_face_takes_strings_and_mappings() -> None:
    one, two = classify.tag([TEXTS[0], {"text": TEXTS[0], "id": "z", "context": "Titre"}], model="baseline")
    assert (one["id"], two["id"]) == ("0", "z")
    assert one["model"] == two["model"] == folder.find("baseline").name


def test_an_unknown_name_lists_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=folder.find("baseline").name):
        classify.load("nothing-like-it")
    with pytest.raises(ModelError, match=r"model\.json"):
        classify.load(str(tmp_path))


def test_calibration_survives_json_and_keeps_the_order_of_sides() -> None:
    chance = np.random.default_rng(4)
    scale = calibration.Calibration(
        {"*": chance.random(COLUMNS).astype(np.float32) + 0.5},
        {"*": chance.normal(size=COLUMNS).astype(np.float32)},
        np.full(COLUMNS, 0.25, np.float32),
    )
    again = calibration.from_json(json.loads(json.dumps(scale.as_json())))
    raw = chance.normal(size=(5, COLUMNS)).astype(np.float32)
    assert np.allclose(scale.probabilities(raw, ["fr"] * 5), again.probabilities(raw, ["xx"] * 5), atol=1e-6)


def test_doubts_are_named_by_the_abstention_band() -> None:
    scale = replace(calibration.identity(COLUMNS), doubt={"relevance": 0.9, "sentiment": 0.6})
    raw = np.full((1, COLUMNS), -6.0, np.float32)
    raw[0, 0], raw[0, 1:4], raw[0, 4], raw[0, 5] = 1.0, (0.4, 0.5, 0.6), 0.02, 3.0  # .73; a third each; .505; .95
    model = Model(
        classify.load("baseline").folder,
        lambda texts, contexts: raw,
        scale,
        Spans(voices=lambda t, lang: (), terms=lambda t, lang: ()),
    )
    (tags,) = model.tag([TagInput(id="a", text="Le conseil délibère.", lang="fr")])
    first = classify.load("baseline").folder.columns[4]
    assert model.doubts(tags) == ("relevance", "sentiment", first)
    model.calibration = calibration.identity(COLUMNS)
    assert model.doubts(tags) == (first,)


def test_a_gated_text_costs_no_reading_and_still_carries_every_label() -> None:
    seen: list[str] = []

    def scorer(texts: list[str], contexts: list[str | None]) -> np.ndarray:
        seen.extend(texts)
        return np.full((len(texts), COLUMNS), 1.0, np.float32)

    weights = np.zeros(1 << BITS, np.float32)
    gate = Gate(weights, bias=0.0, threshold=0.5, prior=np.full(COLUMNS, -3.0, np.float32))
    model = Model(
        classify.load("baseline").folder,
        scorer,
        calibration.identity(COLUMNS),
        Spans(voices=lambda t, lang: (), terms=lambda t, lang: ()),
        gate=gate,
    )
    rows = [TagInput(id="a", text="Le budget est voté.", lang="fr"), TagInput(id="b", text="Miasto", lang="pl")]
    spared, read = model.tag(rows, gate=True)
    assert seen == ["Miasto"]
    assert spared.relevance < 0.1
    assert read.relevance > 0.5
    assert set(spared.scores) == set(codebook.TASKS[1:])
    assert model.tag(rows)[0].relevance > 0.5


def test_what_was_not_read_is_said_with_how_much_was() -> None:
    text = "Die Stadt nimmt Geflüchtete auf. " * 3200
    (row,) = classify.tag([{"text": text, "lang": "de"}], model="baseline")
    assert f"the first {MAX_CHARACTERS} of {len(text.rstrip())} characters" in row["warning"]
    (row,) = classify.tag([{"text": text, "lang": "pl"}], model="baseline")
    assert "language 'pl'" in row["warning"]
    assert f"the first {MAX_CHARACTERS} of" in row["warning"]
    (row,) = classify.tag([{"text": text[:MAX_CHARACTERS] + " \n", "lang": "de"}], model="baseline")
    assert "warning" not in row


def test_an_encoder_says_where_its_pieces_were_used_up() -> None:
    text = "Die Stadt nimmt Geflüchtete auf. " * 60
    whole, cut = classify.tag([{"text": t, "lang": "de"} for t in (text[:300], text)])
    assert "warning" not in whole
    read = int(cut["warning"].split("the first ")[1].split(" of ")[0])
    assert 300 < read < len(text)
    model = classify.load("default")
    ends = [TagInput(id=t, text=text[: read + 40] + t, lang="de") for t in (" Nein.", " Ja, und zwar sofort.")]
    assert np.allclose(*model.scores(ends), atol=1e-3), "what comes after changes nothing"
    other = TagInput(
        id="c", text=f"{text[: read - 200]} Raus mit ihnen, sofort. {text[read - 100 : read + 40]}", lang="de"
    )
    assert not np.allclose(*model.scores([ends[0], other]), atol=1e-3), "what comes before does"


def test_half_a_character_is_read_as_a_question_mark() -> None:
    half, asked = (
        classify.load("default").tag([TagInput(id="a", text=f"Oui {c}", context=c)]) for c in ("\ud83d", "?")
    )
    assert half == asked
