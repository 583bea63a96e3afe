"""A model folder is loaded whole or refused, the file named: missing, cut, altered, one too many, another codebook."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from discourse import classify
from discourse.classify import folder
from discourse.errors import ModelError

LINEAR = ("weights.npz", "vectorizers.skops", "calibration.json", "recipe.json")
ENCODER = ("model.onnx", "gate.npz", "tokenizer.json", "calibration.json", "config.json")
EACH = [("baseline", name) for name in LINEAR] + [("default", name) for name in ENCODER]
HARMS = [(*row, harm) for row in EACH for harm in ("missing", "truncated", "empty")]
FELT = [row for row in HARMS if row[1] not in ("recipe.json", "config.json") and row[1:] != ("gate.npz", "missing")]
"""Harms that are felt also where a manifest vouches for them: these files are opened, and a model may have no gate."""


def without(model: str, out: Path, *left: str) -> Path:
    """Return a copy of a model folder without some files; the others are hard links, which no test may write to."""
    out.mkdir()
    for file in folder.find(model).iterdir():
        if file.name not in left:
            _link(file, out / file.name)
    return out


def _link(file: Path, to: Path) -> None:
    try:
        os.link(file, to)
    except OSError:  # another file system
        shutil.copyfile(file, to)


def bytes_of(model: str, name: str) -> bytes:
    return (folder.find(model) / name).read_bytes()


def with_manifest(model: str, out: Path, **changed: Any) -> Path:
    """Return a copy of a model folder whose manifest says something else."""
    made = without(model, out, "model.json")
    said = json.loads(bytes_of(model, "model.json")) | changed
    (made / "model.json").write_text(json.dumps(said), encoding="utf-8")
    return made


def refused(path: Path, *named: str) -> None:
    """Require that a folder is refused with an error that names things, the phase and a remedy."""
    with pytest.raises(ModelError) as caught:
        classify.load(str(path))
    said = str(caught.value)
    assert all(name in said for name in named), said
    assert said.startswith("load model: ")
    assert caught.value.remedy


@pytest.mark.parametrize(("model", "name"), EACH)
@pytest.mark.parametrize("harm", ["missing", "truncated", "altered"])
def test_a_damaged_folder_is_refused_and_the_file_named(tmp_path: Path, model: str, name: str, harm: str) -> None:
    made, body = without(model, tmp_path / "m", name), bytes_of(model, name)
    if harm != "missing":
        middle = len(body) // 2
        changed = body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :]
        (made / name).write_bytes(body[:middle] if harm == "truncated" else changed)
    refused(made, str(made / name))


@pytest.mark.parametrize("model", ["baseline", "default"])
def test_the_untouched_copy_is_taken(tmp_path: Path, model: str) -> None:
    assert classify.load(str(without(model, tmp_path / "m"))).name == folder.find(model).name


@pytest.mark.parametrize("files", [{}, [], None, "weights.npz", ["weights.npz"], 7])
def test_a_manifest_that_lists_no_files_is_refused(tmp_path: Path, files: Any) -> None:
    refused(with_manifest("baseline", tmp_path / "m", files=files), "model.json")


@pytest.mark.parametrize("said", ["[]", "null", "{}", '"x"', "{", "\x00", '{"files": {}}'])
def test_a_manifest_that_is_none_is_refused(tmp_path: Path, said: str) -> None:
    made = without("baseline", tmp_path / "m", "model.json")
    (made / "model.json").write_text(said, encoding="utf-8")
    refused(made, "model.json")


@pytest.mark.parametrize("changed", [{"columns": 3}, {"options": [1]}, {"columns": None}])
def test_a_manifest_whose_fields_are_of_another_kind_is_refused(tmp_path: Path, changed: dict[str, Any]) -> None:
    refused(with_manifest("baseline", tmp_path / "m", **changed), "model.json")


@pytest.mark.parametrize("name", ENCODER)
def test_a_file_that_the_manifest_does_not_list_is_refused(tmp_path: Path, name: str) -> None:
    files = json.loads(bytes_of("default", "model.json"))["files"]
    left = {listed: digest for listed, digest in files.items() if listed != name}
    refused(with_manifest("default", tmp_path / "m", files=left), name, "not listed")


def test_a_file_more_is_refused_also_in_a_folder_below(tmp_path: Path) -> None:
    made = without("baseline", tmp_path / "m")
    (made / "more").mkdir()
    (made / "more" / "gate.npz").write_bytes(b"x")
    refused(made, "gate.npz", "not listed")


def test_card_figures_and_hidden_files_may_change(tmp_path: Path) -> None:
    made = without("baseline", tmp_path / "m", "README.md")
    for name in ("README.md", "reliability.svg", "reliability.png", ".DS_Store"):
        (made / name).write_text("mended", encoding="utf-8")
    assert classify.load(str(made)).name == folder.find("baseline").name


@pytest.mark.parametrize(("model", "name", "harm"), FELT)
def test_a_manifest_that_vouches_for_a_damaged_file_does_not_help_it(
    tmp_path: Path, model: str, name: str, harm: str
) -> None:
    made, body = without(model, tmp_path / "m", name, "model.json"), bytes_of(model, name)
    if harm != "missing":
        (made / name).write_bytes(body[: len(body) // 2] if harm == "truncated" else b"")
    said = json.loads(bytes_of(model, "model.json"))
    folder.write_manifest(made, name="m", version="1", kind=said["format"], options=said["options"])
    refused(made, str(made))


@pytest.mark.parametrize("changed", [{"codebook": "0"}, {"columns": ["relevance"]}])
def test_another_codebook_is_refused(tmp_path: Path, changed: dict[str, Any]) -> None:
    refused(with_manifest("baseline", tmp_path / "m", **changed), "codebook")


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    refused(with_manifest("baseline", tmp_path / "m", format="pickle"), "unknown format 'pickle'")
