"""What happened in the demo town shows in its report, also with another seed; where nothing happened it says so."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from discourse import pipeline
from discourse.store import open_read_only

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)
LAST = "2026-W46"
CONCERN = {"event-centre": "housing", "event-school": "schools"}


def generator() -> Callable[..., dict[str, Any]]:
    spec = importlib.util.spec_from_file_location("demo_generate", ROOT / "corpora" / "demo" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.generate  # type: ignore[no-any-return]


def report(root: Path, **town: Any) -> dict[str, Any]:
    """Make a town, run the weekly job over it and return the report of its last week as data."""
    generator()(root, **town)
    done = pipeline.run(root / "discourse.toml", root=root, weeks=[LAST], now=NOW)
    assert done.log.exit_code == 0, done.log.line()
    found: dict[str, Any] = json.loads((root / "reports" / LAST / "report.json").read_text(encoding="utf-8"))
    return found


def series(found: dict[str, Any], task: str, label: str) -> dict[str, float]:
    """Return a label's share of stories in each week."""
    return {
        f["period"]: f["share"]
        for f in found["figures"]
        if (f["task"], f["label"], f["group"]) == (task, label, "all") and f["share"] is not None
    }


@pytest.mark.parametrize(
    ("seed", "event", "week", "dead", "dead_week"),
    [(2026, "event-centre", 5, "radio-loire", 9), (7, "event-school", 6, "gazette", 9)],
)
def test_what_happened_shows(seed: int, event: str, week: int, dead: str, dead_week: int, tmp_path: Path) -> None:
    """The source that died is named, and the event's concern takes a larger share after it than before.

    That a single week's rise is called detectable is not asked: a town of sixteen stories a week lacks the power.
    """
    found = report(tmp_path, seed=seed, event=event, event_week=week, dead_source=dead, dead_week=dead_week)
    assert {r["source"] for r in found["ledger"] if r["state"] == "silent"} == {dead}
    shares = series(found, "concern", CONCERN[event])
    before = [v for w, v in shares.items() if int(w[6:]) - 34 < week]
    after = [v for w, v in shares.items() if int(w[6:]) - 34 >= week]
    assert sum(after) / len(after) > 1.15 * sum(before) / len(before), shares


def test_a_wire_story_in_five_outlets_is_one_story(tmp_path: Path) -> None:
    truth = generator()(tmp_path)
    reprints = {k for k, d in truth["documents"].items() if d["reprint_of"]}
    originals = {d["reprint_of"] for d in truth["documents"].values() if d["reprint_of"]}
    assert len(reprints) == 4
    pipeline.run(tmp_path / "discourse.toml", root=tmp_path, weeks=["2026-W41"], now=NOW)
    with open_read_only(tmp_path) as store:
        table = store.document_table()
    stories = dict(table.select("url", "story_id").iter_rows())
    assert len({stories[url] for url in reprints | originals}) == 1
    alone = table.filter(~table["url"].is_in(list(reprints | originals)))
    assert alone["story_id"].n_unique() >= alone.height - 2


def test_where_nothing_happens_the_report_says_so(tmp_path: Path) -> None:
    found = report(tmp_path, seed=5, event=None, dead_source=None)
    rules = [sentence["rule"] for sentence in found["headline"]]
    assert "still" in rules, rules
    assert "moved" not in rules
    assert not {r["state"] for r in found["ledger"]} & {"silent", "failing"}
