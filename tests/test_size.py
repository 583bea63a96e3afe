"""What is tracked stays small: a clone is weights, corpora and code, and no more than 60 MiB."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LIMIT = 60 * 2**20


def tracked() -> dict[str, int]:
    """Return the size of every tracked file by its path; skip the test where there is no git checkout."""
    if not (ROOT / ".git").exists():
        pytest.skip("this is no git checkout: nothing says what is tracked")
    try:
        done = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("git is not installed here: nothing says what is tracked")
    assert done.returncode == 0, done.stderr.decode()
    files = {name: ROOT / name for name in done.stdout.decode().split("\0") if name}
    return {name: file.lstat().st_size for name, file in files.items() if file.is_symlink() or file.is_file()}


def test_the_tracked_tree_stays_within_sixty_mebibytes() -> None:
    sizes = tracked()
    total = sum(sizes.values())
    largest = ", ".join(f"{name} {sizes[name] / 2**20:.1f}" for name in sorted(sizes, key=lambda n: -sizes[n])[:5])
    assert "pyproject.toml" in sizes
    assert total <= LIMIT, f"{total / 2**20:.1f} MiB are tracked; the largest: {largest}"
