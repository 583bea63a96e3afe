"""What tests share: the rule that CI never skips a real component, and places to find things."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
NOW = datetime(2026, 11, 16, 6, tzinfo=UTC)


def _has_postgres() -> bool:
    return bool(shutil.which("pg_ctl")) or any(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))


COMPONENTS = {
    "postgres": _has_postgres,
    "poppler": lambda: bool(shutil.which("pdftotext")),
    "chromium": lambda: bool(shutil.which("chromium")),
    "tesseract": lambda: bool(shutil.which("tesseract")),
    "libreoffice": lambda: bool(shutil.which("soffice")),
}


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("component"):
        name = mark.args[0]
        if COMPONENTS[name]():
            continue
        if os.environ.get("CI"):
            pytest.fail(f"{name} is missing: .ci/run must install it", pytrace=False)
        pytest.skip(f"{name} is not installed here")


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def shared() -> Path:
    if not SHARED.is_dir():
        pytest.skip("the real texts beside the project (../shared) are not here")
    return SHARED
