"""What we promise of the house itself: it is light to import and to ask for help, and its parts are documented."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("torch", "transformers", "datasets", "sklearn", "spacy", "onnxruntime", "pandas", "polars", "numpy", "sqlalchemy",
         "trafilatura", "altair", "typst", "rich", "pydantic")  # fmt: skip


@pytest.mark.parametrize("code", ["import discourse", "from discourse.cli import call; call(['--help'])"])
def test_importing_and_help_load_nothing_heavy(code: str) -> None:
    check = f"{code}\nimport sys; print([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stderr.strip().splitlines()[-1] == "[]"


def test_running_needs_no_torch() -> None:
    code = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "transformers", "datasets"):
            raise ImportError(name)

sys.meta_path.insert(0, Absent())
import discourse
print(discourse.tag(["Des réfugiés arrivent."])[0]["lang"], discourse.tag(["Bonjour"], model="baseline")[0]["lang"])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["fr", "fr"]


def test_no_module_is_a_drawer() -> None:
    source = Path(__file__).resolve().parents[2] / "src" / "discourse"
    names = {p.stem for p in source.rglob("*.py")}
    assert not names & {"utils", "helpers", "manager", "misc", "common"}
    long = {str(p.relative_to(source)): n for p in source.rglob("*.py") if (n := len(p.read_text().splitlines())) > 620}
    assert long == {}
