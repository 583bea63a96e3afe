"""The report finds what happened in the demo town, in towns made with other seeds, and finds nothing where nothing happened."""

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
WEEKS = pipeline.weeks_between("2026-W39", "2026-W46")
CONCERN = {"event-centre": "housing", "event-school": "schools", "event-station": "crime_and_safety"}


def generator() -> Callable[..., dict[str, Any]]:
    spec = importlib.util.spec_from_file_location("demo_generate", ROOT / "corpora" / "demo" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.generate  # type: ignore[no-any-return]


def reports(root: Path, **town: Any) -> dict[str, dict[str, Any]]:
    """Make a town, run the weekly job over it and return the report of each week as data."""
    generator()(root, **town)
    done = pipeline.run(root / "discourse.toml", root=root, weeks=WEEKS, now=NOW)
    assert done.log.exit_code == 0, done.log.line()
    return {w: json.loads((root / "reports" / w / "report.json").read_text(encoding="utf-8")) for w in WEEKS}


def figure(report: dict[str, Any], task: str, label: str) -> dict[str, Any]:
    found = [
        f
        for f in report["figures"]
        if (f["task"], f["label"], f["group"], f["period"]) == (task, label, "all", report["week"])
    ]
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(
    ("seed", "event", "week", "dead", "dead_week"),
    [
        (2026, "event-centre", 5, "radio-loire", 9),
        (7, "event-school", 6, "gazette", 9),
        (11, "event-station", 5, "reveil", 8),
    ],
)
def test_what_happened_is_found(seed: int, event: str, week: int, dead: str, dead_week: int, tmp_path: Path) -> None:
    found = reports(tmp_path, seed=seed, event=event, event_week=week, dead_source=dead, dead_week=dead_week)
    after = [w for w in WEEKS if int(w[6:]) - 34 >= week][:3]
    changes = {w: figure(found[w], "concern", CONCERN[event])["change"] for w in after}
    assert "higher" in changes.values(), changes
    shares = [figure(found[w], "concern", CONCERN[event])["share"] for w in WEEKS]
    assert max(shares) >= 1.5 * min(shares)
    ledger = {r["source"]: r["state"] for r in found["2026-W46"]["ledger"]}
    assert {s for s, state in ledger.items() if state == "silent"} == {dead}
    assert found["2026-W46"]["headline"][0]["key"] == "silent"
    before = {r["source"]: r["state"] for r in found[f"2026-W{34 + dead_week - 1}"]["ledger"]}
    assert "silent" not in before.values()


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
    found = reports(tmp_path, seed=5, event=None, dead_source=None)
    said = {w: [s["key"] for s in r["headline"]] for w, r in found.items()}
    quiet = [w for w in WEEKS if "changed" not in said[w]]
    assert len(quiet) >= len(WEEKS) - 1, said
    assert {"no_change"} <= set(said["2026-W46"]), said["2026-W46"]
