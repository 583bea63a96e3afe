"""Scores agree with scikit-learn; calibration finds what was hidden in the data; intervals cover scenarios."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import average_precision_score, f1_score

from discourse import codebook
from discourse.classify import calibration
from discourse.train import by_language, calibrate, evaluate, scores, targets
from discourse.train.corpora import Example

COLUMNS = len(codebook.load().columns())


@given(arrays(np.bool_, 30), arrays(np.bool_, 30))
def test_f1_is_that_of_scikit_learn(said: np.ndarray, true: np.ndarray) -> None:
    assert scores.f1(said, true) == pytest.approx(f1_score(true, said, zero_division=0.0))


@given(arrays(np.bool_, 25).filter(lambda a: a.any()), st.integers(0, 9999))
def test_average_precision_is_that_of_scikit_learn(true: np.ndarray, seed: int) -> None:
    said = np.random.default_rng(seed).permutation(25).astype(np.float32)
    wanted = average_precision_score(true, said)
    assert scores.average_precision(said, true.astype(np.float32)) == pytest.approx(wanted)


def test_honest_probabilities_have_no_calibration_error() -> None:
    chance = np.random.default_rng(1)
    p = chance.random(40_000).astype(np.float32)
    assert scores.calibration_error(p, (chance.random(40_000) < p).astype(np.float32)) < 0.01
    assert scores.calibration_error(np.full(100, 0.9, np.float32), np.zeros(100, np.float32)) == pytest.approx(0.9)


def test_platt_recovers_slope_and_offset() -> None:
    chance = np.random.default_rng(2)
    raw = chance.normal(size=20_000)
    true = (chance.random(20_000) < 1 / (1 + np.exp(-(1.7 * raw - 0.6)))).astype(float)
    slope, offset = calibrate.platt(raw, true)
    assert slope == pytest.approx(1.7, abs=0.1)
    assert offset == pytest.approx(-0.6, abs=0.1)


@given(st.integers(0, 9999))
def test_the_threshold_for_f1_is_never_above_a_half(seed: int) -> None:
    p = np.random.default_rng(seed).random(50)
    assert 0.12 <= calibrate.best_threshold(p) <= 0.5


def examples(count: int, seed: int = 3) -> tuple[list[Example], np.ndarray]:
    """Return made examples with every column known, and raw scores that lean the right way."""
    chance = np.random.default_rng(seed)
    names = codebook.load().columns()
    made, raw = [], np.zeros((count, COLUMNS), np.float32)
    for i in range(count):
        known = {name: float(chance.random() < 0.3) for name in names}
        known["relevance"] = 1.0
        for at, name in enumerate(("negative", "neutral", "positive")):
            known[f"sentiment.{name}"] = float(at == i % 3)
        raw[i] = [2 * known[n] - 1 + chance.normal() * 0.7 for n in names]
        made.append(Example(id=str(i), text="a b c", lang="fr", known=known, scenario=str(i // 3)))
    return made, raw


def test_calibration_makes_a_half_the_decision_for_every_label() -> None:
    rows, raw = examples(400)
    p = calibrate.fit(raw, targets.of(rows)).probabilities(raw, ["fr"] * 400)
    found = evaluate.labels(p, targets.of(rows), rows)
    assert min(row["f1"] for name, row in found.items() if name != "relevance") > 0.6
    assert p[:, 1:4].sum(1) == pytest.approx(np.ones(400), abs=1e-5)


def test_rare_labels_are_placed_without_a_slope() -> None:
    rows, raw = examples(60)
    rows = [Example(**{**r.__dict__, "known": {**r.known, "harm.dehumanising_metaphor": 0.0}}) for r in rows]
    scale = calibrate.fit(raw, targets.of(rows))
    at = codebook.load().columns().index("harm.dehumanising_metaphor")
    assert scale.slopes["*"][at] == 1.0
    assert np.isfinite(scale.offsets["*"][at])


def test_a_language_gets_a_shift_where_it_pays_and_none_where_it_does_not() -> None:
    rows, raw = examples(1200)
    langs = ["fr" if i % 2 else "de" for i in range(1200)]
    at = targets.spans()["concern"]
    raw[::2, at] -= 1.5  # the German ones are scored too low
    groups = [e.scenario for e in rows]
    tried = {(t.task, t.lang): t for t in by_language.shifts(raw.astype(float), targets.of(rows), langs, groups)}
    assert tried["concern", "de"].kept and tried["concern", "de"].shift > tried["concern", "fr"].shift + 0.8
    scale = calibrate.fit(raw, targets.of(rows), langs=langs, groups=groups)
    assert (scale.offsets["de"] > scale.offsets["*"])[at].all()
    assert np.array_equal(scale.offsets["de"][1:4], scale.offsets["*"][1:4])
    even = by_language.shifts(examples(1200)[1].astype(float), targets.of(rows), langs, groups)
    plain = calibrate.fit(examples(1200)[1], targets.of(rows))
    again = plain.slopes["*"] * examples(1200)[1] + plain.offsets["*"]
    assert not [t for t in by_language.shifts(again.astype(float), targets.of(rows), langs, groups) if t.kept]
    assert {t.task for t in even}.isdisjoint(by_language.NEVER)


def test_decisions_outside_the_abstention_band_are_right_as_often_as_was_asked() -> None:
    rows, raw = examples(900)
    raw[:, 1:4] += np.random.default_rng(8).normal(size=(900, 3)) * 1.2
    known = targets.of(rows)
    scale = calibrate.fit(raw, known)
    p = scale.probabilities(raw, ["fr"] * 900)
    doubted = scale.doubted(p)
    right = p[:, 1:4].argmax(1) == known.values[:, 1:4].argmax(1)
    sure = ~doubted[:, 1]
    assert 0.05 < sure.mean() < 1
    assert right[sure].mean() >= calibrate.RIGHT["sentiment"] > right[~sure].mean()
    assert calibration.from_json(scale.as_json()).doubt == scale.doubt
    labels = doubted[:, 4:]
    assert (p[:, 4:][labels] >= 0.5).all() and (p[:, 4:][labels] < 0.52).all()


def test_cuts_are_moved_until_both_sides_are_found_alike() -> None:
    """Labels of supportive texts are scored lower here than those of critical ones: untouched cuts would miss more."""
    chance = np.random.default_rng(4)
    names = codebook.load().columns()
    at = targets.spans()["immigration_frame"]
    supportive, critical = names[at.start], names[at.stop - 1]
    rows, p = [], np.full((900, at.stop - at.start), 0.02)
    for i in range(900):
        side = ("negative", "positive")[i % 2]
        known = dict.fromkeys(names, 0.0) | {"relevance": 1.0, f"sentiment.{side}": 1.0}
        if i % 3:
            known[supportive if side == "positive" else critical] = 1.0
            p[i, 0 if side == "positive" else -1] = np.clip(
                chance.normal(0.34 if side == "positive" else 0.42, 0.1), 0, 1
            )
        rows.append(Example(id=str(i), text="a b c", lang="fr", known=known, scenario=str(i)))
    known, plain = targets.of(rows), np.full(at.stop - at.start, 0.35)
    moved = calibrate.levelled(p, known, at, plain)

    def gap(cuts: np.ndarray) -> float:
        true = known.values[:, at] > 0.5
        hit = (p >= cuts) & true
        one, other = (hit[known.values[:, c] > 0.5].sum() / true[known.values[:, c] > 0.5].sum() for c in (1, 3))
        return abs(float(one - other))

    assert gap(plain) > 0.2
    assert gap(moved) < 0.05
    assert moved[0] < plain[0] < moved[-1]


def test_report_has_intervals_around_its_scores() -> None:
    rows, raw = examples(120)
    p = calibrate.fit(raw, targets.of(rows)).probabilities(raw, ["fr"] * 120)
    found = evaluate.report(p, rows)
    for task, row in found["tasks"].items():
        low, high = row["macro_f1_interval"]
        assert low <= row["macro_f1"] <= high, task
    assert found["tasks"]["sentiment"]["scenarios"] == 40
    assert "| sentiment |" in evaluate.table(found["tasks"])


def test_symmetry_sees_a_model_that_misses_one_side() -> None:
    rows, _ = examples(300)
    known = targets.of(rows)
    p = known.values.copy()
    critical = known.values[:, 1] > 0.5
    p[critical, 4:18] = 0.0
    found = evaluate.symmetry(p, known)["policy_frame"]
    assert found["recall_critical"] == 0.0
    assert found["gap"] == pytest.approx(1.0)
