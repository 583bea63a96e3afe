"""Killed at any point and run again, a run ends in the same state as an undisturbed one; bad places end in the right code."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from discourse.store import open_read_only

CONFIG = """
[discourse]
city = "Bourg"
[[ingest.sources]]
name = "table"
kind = "table"
address = "rows.jsonl"
[[ingest.sources]]
name = "notes"
kind = "folder"
publisher = "civic"
address = "notes"
[classify]
model = "baseline"
batch = 8
[report]
languages = ["fr"]
"""
SUBJECTS = ("Les réfugiés cherchent un logement", "La mairie ouvre une classe", "Le marché revient place du centre")


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """A small town: 160 rows and 20 notes over twelve weeks."""
    root = tmp_path / "town"
    (root / "notes").mkdir(parents=True)
    (root / "discourse.toml").write_text(CONFIG, encoding="utf-8")
    rows = [
        {
            "id": str(i),
            "title": f"{SUBJECTS[i % 3]} ({i})",
            "text": f"Numéro {i}. {SUBJECTS[i % 3]}, a dit une habitante du quartier {i % 7}. On en parle encore.",
            "published": f"2026-{9 + i % 3:02d}-{1 + i % 27:02d}",
        }
        for i in range(160)
    ]
    (root / "rows.jsonl").write_text("\n".join(json.dumps(r) for r in rows), encoding="utf-8")
    for i in range(20):
        (root / "notes" / f"2026-10-{1 + i:02d}_note.txt").write_text(f"Note {i}\n\n{SUBJECTS[i % 3]} encore.\n")
    return root


def command(root: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "discourse", "run", "--root", str(root), "--week", "2026-W44", "--quiet", *more]


ENV = {**os.environ, "DISCOURSE_NOW": "2026-11-16T06:00:00+00:00", "PYTHONHASHSEED": "0"}


def run(root: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(root, *more), env=ENV, capture_output=True, text=True, check=False)


def state(root: Path) -> dict[str, object]:
    """Return everything a run leaves behind but its log: documents, passages, tags, stories, items, report files."""
    with open_read_only(root) as store:
        frame = store.passages(text=True).polars().sort("passage_id")
        documents = store.document_table().sort("id")
        items = sorted((i.source, i.key, i.outcome, i.reason) for i in store.items())
        found = sorted(h.document_id for h in store.search("réfugiés", limit=500))
    files = {p.name: p.read_bytes() for p in sorted((root / "reports").rglob("*")) if p.is_file()}
    return {"passages": frame.rows(), "documents": documents.rows(), "items": items, "found": found, "files": files}


def test_killed_at_twenty_points_it_ends_like_an_undisturbed_run(town: Path, tmp_path: Path) -> None:
    calm = tmp_path / "calm"
    shutil.copytree(town, calm)
    started = time.monotonic()
    assert run(calm).returncode == 0
    usual = time.monotonic() - started
    expected = state(calm)
    chance = random.Random(7)
    for _ in range(20):
        process = subprocess.Popen(
            command(town), env=ENV, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        time.sleep(chance.uniform(0.15, usual * 0.95))
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    last = run(town)
    assert last.returncode == 0, last.stderr
    assert state(town) == expected


def test_a_second_run_changes_nothing_and_says_so(town: Path) -> None:
    assert run(town).returncode == 0
    before = state(town)
    again = run(town)
    assert again.returncode == 0
    assert "unchanged" in again.stdout
    assert " new" not in again.stdout
    assert state(town) == before


def test_two_runs_at_once_are_told_apart(town: Path) -> None:
    from filelock import FileLock

    with FileLock(town / "discourse.lock"):
        second = run(town)
    assert second.returncode == 75
    assert "another run" in second.stderr


def test_a_corrupt_file_is_counted_and_the_rest_is_read(town: Path) -> None:
    (town / "notes" / "2026-10-30_bad.pdf").write_bytes(b"%PDF-1.7 broken")
    done = run(town)
    assert done.returncode == 3
    assert "bad pdf" in done.stdout
    assert "180 new" in done.stdout


def test_a_dead_source_does_not_end_the_run_and_nothing_usable_says_so(town: Path) -> None:
    (town / "rows.jsonl").unlink()
    assert run(town).returncode == 3
    shutil.rmtree(town / "notes")
    (town / "discourse.db").unlink()
    nothing = run(town)
    assert nothing.returncode == 4
    assert "none of 2 sources" in nothing.stderr


def test_a_folder_that_cannot_be_written_is_named(town: Path) -> None:
    """Root may write anywhere, so there the folder is mounted read-only for this one command."""
    prefix: list[str] = []
    if os.geteuid() == 0:
        mount = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" || exit 99; exec "$@"'
        prefix = ["unshare", "-m", "sh", "-c", mount, str(town)]
    else:
        town.chmod(0o555)
    try:
        done = subprocess.run([*prefix, *command(town)], env=ENV, capture_output=True, text=True, check=False)
    finally:
        town.chmod(0o755)
    if done.returncode == 99 or "unshare" in done.stderr:
        pytest.skip("this system lets nobody mount a folder read-only")
    assert done.returncode == 2, done.stderr
    assert "cannot be written" in done.stderr


def test_a_full_disk_asks_for_another_try_and_keeps_what_was_there(town: Path) -> None:
    """A file-size limit stands for the full disk: every write beyond it is refused by the system."""
    assert run(town).returncode == 0
    before = state(town)
    with (town / "rows.jsonl").open("a", encoding="utf-8") as file:
        for i in range(1000, 3000):
            file.write(
                "\n" + json.dumps({"id": str(i), "title": f"Encore {i}", "text": "mot " * 200, "date": "2026-10-01"})
            )
    size = (town / "discourse.db").stat().st_size // 1024 + 64
    limited = subprocess.run(
        ["bash", "-c", f"trap '' XFSZ; ulimit -f {size}; exec \"$@\"", "bash", *command(town)],
        env=ENV, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert limited.returncode == 75, (limited.returncode, limited.stderr)
    with open_read_only(town) as store:
        assert store.counts()["documents"] >= len(before["documents"])  # type: ignore[arg-type]
    assert run(town).returncode == 0
    with open_read_only(town) as store:
        assert store.counts()["documents"] == 2180
