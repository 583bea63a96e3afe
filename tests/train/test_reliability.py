"""Reliability: bins hold every decision once, and the picture shows those that say something."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np

from discourse.train import reliability, targets
from tests.train.test_scores import examples


def test_bins_hold_every_decision_once_and_their_means() -> None:
    rows, raw = examples(300)
    p = (1 / (1 + np.exp(-raw))).astype(np.float32)
    found = reliability.bins(p, targets.of(rows))
    for task, at in targets.spans().items():
        assert sum(b["n"] for b in found[task]) == 300 * (at.stop - at.start)
        assert [b["p"] for b in found[task]] == sorted(b["p"] for b in found[task])
    assert found["concern"][0]["share"] < found["concern"][-1]["share"]


def test_the_picture_has_a_square_a_task_and_no_dot_for_a_thin_bin() -> None:
    thick, thin = {"n": 40, "p": 0.2, "share": 0.3}, {"n": 4, "p": 0.9, "share": 1.0}
    root = ElementTree.fromstring(reliability.svg({"relevance": [thick], "policy_frame": [thick, thin]}))
    tags = [e.tag.rsplit("}", 1)[1] for e in root.iter()]
    assert (tags.count("rect"), tags.count("circle")) == (2, 2)
    assert "policy frame" in {e.text for e in root.iter()}
