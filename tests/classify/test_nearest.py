"""The likest examples: by letters, by vectors, and vectors that are kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from discourse.classify.nearest import Nearest, Vectors

LABELS = ("homes", "homes", "schools", "crime")
TEXTS = (
    "How long is the queue for a flat?",
    "Who gets council houses?",
    "How many pupils are there?",
    "How many thefts?",
)


class Letters:
    """A reader that counts letters, and how often it was asked."""

    def __init__(self) -> None:
        self.read = 0

    def __call__(self, texts: Sequence[str]) -> Vectors:
        self.read += len(texts)
        return np.array([[text.lower().count(c) + 0.01 for c in "abcdefghijklmnopqrstuvwxyz?"] for text in texts])


def test_the_likest_example_comes_first_and_each_label_once() -> None:
    found = Nearest(LABELS, TEXTS)
    assert found("how many PUPILS") == ("schools", "crime", "homes")
    assert found("Council house")[0] == "homes"
    assert set(found("")) == set(LABELS)


def test_vectors_decide_where_letters_do_not() -> None:
    def reader(texts: Sequence[str]) -> Vectors:
        return np.array([[1.0, 0.0] if "robber" in t or "thefts" in t else [0.0, 1.0] for t in texts])

    assert Nearest(LABELS, TEXTS)("robber")[0] != "crime"
    assert Nearest(LABELS, TEXTS, reader=reader)("robber")[0] == "crime"


def test_vectors_are_kept_for_the_model_that_made_them(tmp_path: Path) -> None:
    first, again, other = Letters(), Letters(), Letters()
    Nearest(LABELS, TEXTS, reader=first, model="a", folder=tmp_path / "kept")
    same = Nearest(LABELS, TEXTS, reader=again, model="a", folder=tmp_path / "kept")
    Nearest(LABELS, TEXTS, reader=other, model="b", folder=tmp_path / "kept")
    assert (again.read, other.read) == (0, first.read)
    assert same(TEXTS[3])[0] == "crime"


def test_a_kept_file_that_was_cut_is_made_again(tmp_path: Path) -> None:
    Nearest(LABELS, TEXTS, reader=Letters(), model="a", folder=tmp_path)
    (file,) = tmp_path.glob("*.npy")
    whole = file.read_bytes()
    file.write_bytes(whole[:100])
    reader = Letters()
    Nearest(LABELS, TEXTS, reader=reader, model="a", folder=tmp_path)
    assert reader.read == len(TEXTS)
    assert file.read_bytes() == whole


def test_a_folder_that_cannot_be_written_is_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert Nearest(LABELS, TEXTS, reader=Letters(), model="a", folder=tmp_path / "file" / "under")("Wie viele?")
