"""Each corpus carries a data package that fits its files, and the package's own checker agrees."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from discourse.train import corpora, metadata

frictionless = pytest.importorskip("frictionless", reason="the `dev` extra brings the checker of data packages")


@pytest.mark.parametrize("name", metadata.ALL)
def test_the_package_is_that_of_the_files(name: str) -> None:
    said = json.loads((corpora.folder(name) / metadata.FILE).read_text(encoding="utf-8"))
    assert said == metadata.describe(name), f"write it anew: python -m discourse.train.metadata {name}"


@pytest.mark.parametrize("name", metadata.ALL)
def test_the_checker_finds_nothing_wrong(name: str) -> None:
    file = corpora.folder(name) / metadata.FILE
    found = frictionless.validate(str(file))
    assert found.valid, found.flatten(["type", "note"])[:5]


def test_the_checker_sees_a_changed_file(tmp_path: Path) -> None:
    copy = tmp_path / "counterfactual-v1"
    shutil.copytree(corpora.folder("counterfactual-v1"), copy)
    file = copy / "pairs.jsonl"
    file.write_text(file.read_text(encoding="utf-8").replace("true", "false", 1) + "\n", encoding="utf-8")
    assert not frictionless.validate(str(copy / metadata.FILE)).valid
