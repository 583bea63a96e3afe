"""Stage by stage: items/s, CPU seconds, peak memory; and two ratios against what a user would pick instead.

    python benchmarks/run.py            every stage on the demo town and on generated rows
    python benchmarks/run.py ingest     one stage

Every stage runs in a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
TOWN = ROOT / "corpora" / "demo" / "town"
NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)
ROWS = 20_000


def _settings(root: Path) -> Any:
    from discourse import config

    return config.load(root / "discourse.toml", root=root)


def _rows(root: Path) -> None:
    """Write a table of generated titles, for the stages whose cost is a matter of rows."""
    subjects = (
        "Le logement des réfugiés",
        "La foire de printemps",
        "Une classe pour élèves arrivants",
        "Le pont rouvre",
    )
    with (root / "rows.csv").open("w", encoding="utf-8") as file:
        file.write("date,title\n")
        for i in range(ROWS):
            day = f"20{10 + i % 15:02d}-{1 + i % 12:02d}-{1 + i % 28:02d}"
            file.write(f'{day},"{subjects[i % 4]} en débat, numéro {i} du quartier {i % 97}"\n')
    (root / "discourse.toml").write_text(
        '[[ingest.sources]]\nname = "rows"\nkind = "table"\naddress = "rows.csv"\nlanguage = "fr"\n', encoding="utf-8"
    )


def _job(root: Path, stage: str) -> Any:
    from discourse import pipeline

    with pipeline.job(_settings(root), "bench", now=NOW) as work:
        if stage == "report":
            pipeline.report(work, ["2026-W46"])
        else:
            getattr(pipeline, stage)(work)
        counts = work.store.counts()
    return counts


def ingest_town(root: Path) -> int:
    """Feeds, pages, PDF and CSV of the demo town."""
    return int(_job(root, "ingest")["documents"])


def ingest_rows(root: Path) -> int:
    """A table of generated titles, with the joining of reprints."""
    return int(_job(root, "ingest")["documents"])


def classify(root: Path) -> int:
    """Every passage of what was ingested."""
    return int(_job(root, "classify")["passages"])


def report(root: Path) -> int:
    """Figures and every face of one week; items are passages in the store."""
    return int(_job(root, "report")["passages"])


def help_page(_: Path) -> int:
    """``discourse --help`` against an empty Python, median of nine."""

    def median(*command: str) -> float:
        times = []
        for _ in range(9):
            start = time.perf_counter()
            subprocess.run([sys.executable, *command], capture_output=True, check=True)
            times.append(time.perf_counter() - start)
        return statistics.median(times)

    ratio = median("-m", "discourse", "--help") / median("-c", "pass")
    print(f"  --help takes {ratio:.1f} x an empty Python (at most 12 promised)")
    return 1


def _child(stage: Callable[[Path], int], root: Path, out: Any) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF)
    start = time.perf_counter()
    items = stage(root)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    out.put({"items": items, "wall": wall, "cpu": cpu, "peak": after.ru_maxrss / 1024})


def measure(name: str, stage: Callable[[Path], int], root: Path) -> dict[str, Any]:
    """Run a stage in a fresh process and return its figures."""
    context = multiprocessing.get_context("spawn")
    out = context.Queue()
    process = context.Process(target=_child, args=(stage, root, out))
    process.start()
    found: dict[str, Any] = out.get()
    process.join()
    rate = found["items"] / found["wall"]
    print(
        f"{name:<14}{found['items']:>8}{rate:>12.0f}{found['cpu']:>10.1f}{found['wall']:>10.1f}{found['peak']:>10.0f}"
    )
    return {"stage": name, **found}


def main(asked: list[str]) -> None:
    """Run the stages that were asked for and print a row each; the last line is JSON."""
    stages: list[tuple[str, Callable[[Path], int], str]] = [
        ("ingest town", ingest_town, "town"),
        ("classify town", classify, "town"),
        ("report town", report, "town"),
        ("ingest rows", ingest_rows, "rows"),
        ("classify rows", classify, "rows"),
        ("help", help_page, "rows"),
    ]
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}")
    print(f"{'stage':<14}{'items':>8}{'items/s':>12}{'CPU s':>10}{'wall s':>10}{'peak MB':>10}")
    found = []
    with tempfile.TemporaryDirectory() as scratch:
        roots = {"town": Path(scratch) / "town", "rows": Path(scratch) / "rows"}
        shutil.copytree(TOWN, roots["town"])
        roots["rows"].mkdir()
        _rows(roots["rows"])
        for name, stage, where in stages:
            if not asked or any(a in name for a in asked):
                found.append(measure(name, stage, roots[where]))
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1:])
