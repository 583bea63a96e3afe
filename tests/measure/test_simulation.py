"""The simulated towns behind the figures of docs/measure.md, small and fast."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def benchmarks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    yield
    for name in [m for m in sys.modules if m == "simulation" or m.startswith("simulation.")]:
        del sys.modules[name]


def test_a_town_is_the_same_for_the_same_seed() -> None:
    from simulation.towns import Place, draw

    one, again, other = (draw(Place(weeks=3), seed) for seed in (1, 1, 2))
    assert one.passages.equals(again.passages)
    assert not one.passages.equals(other.passages)


def test_stories_have_the_labels_they_were_drawn_with() -> None:
    from simulation.towns import Place, draw, usual

    town = draw(Place(relevant=3000.0, weeks=1), 0)
    assert float(np.abs(town.shares[0] - usual()).max()) < 0.05


def test_a_silent_outlet_publishes_nothing() -> None:
    from simulation.towns import OUTLETS, Place, draw, week_name

    town = draw(Place(weeks=4, relevant=40.0, outage=(0, 2)), 0)
    late = town.documents.filter(town.documents["week"] >= week_name(2))
    assert OUTLETS[0] not in late["source"].to_list()
    assert OUTLETS[0] in town.documents["source"].to_list()


def test_quiet_towns_make_no_alarms_and_a_doubled_concern_is_found() -> None:
    from simulation.towns import Place, changes, judged, week_name

    quiet = Place(relevant=60.0, other=80.0, weeks=9)
    assert sum(len(changes(judged(quiet, seed), week_name(8))) for seed in range(6)) <= 1
    moved = Place(relevant=150.0, other=100.0, weeks=10, event=8, to=0.5)
    found = [f for seed in range(3) for f in changes(judged(moved, seed), week_name(9))]
    assert sum(f.label == "housing" and f.group == "all" and f.change == "higher" for f in found) == 3


def test_intervals_of_checked_towns_hold_most_of_the_truth() -> None:
    from simulation.held import holds
    from simulation.towns import Checked, Place, usual

    hits = np.array([holds(Place(relevant=600.0, other=100.0, weeks=1), Checked(), seed) for seed in range(4)])
    enough = usual() * 200 >= 10
    assert 0.92 <= hits[:, 0][:, enough].mean() <= 1.0
    assert hits[:, 2][:, enough].mean() < 0.15
