"""Any encoder of the BERT family becomes a base that says what the encoder says; others are refused by name."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from discourse.errors import ModelError
from discourse.train import base as bases
from discourse.train import finetune, hub
from discourse.train.finetune import Run
from tests.train import tiny
from tests.train.test_finetune import RECIPE, ROWS, WORDS

SIZES = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "max_position_embeddings": 66,
}


def saved(folder: Path, kind: str, **options: object) -> Path:
    """Write a small random encoder of a kind, with a tokenizer, as a hub would hold it."""
    import torch
    from tokenizers import Tokenizer
    from transformers import AutoModel, PreTrainedTokenizerFast
    from transformers.models.auto.configuration_auto import AutoConfig

    torch.manual_seed(3)
    spec = tiny.tokenizer(WORDS)
    size = len(spec["model"]["vocab"])
    config = AutoConfig.for_model(kind, vocab_size=size, pad_token_id=1, **{**SIZES, **options})
    AutoModel.from_config(config).save_pretrained(folder)
    marks = {"pad_token": "<pad>", "unk_token": "<unk>", "cls_token": "<s>", "sep_token": "</s>"}
    made = PreTrainedTokenizerFast(tokenizer_object=Tokenizer.from_str(json.dumps(spec)), **marks)
    made.save_pretrained(folder)
    return folder


@pytest.mark.parametrize("kind", ["bert", "xlm-roberta"])
def test_a_base_says_what_the_encoder_says(kind: str, tmp_path: Path) -> None:
    import torch
    from transformers import AutoModel

    from discourse.train.network import bert

    folder = saved(tmp_path / kind, kind)
    base = bases.load(bases.save(hub.read(str(folder)), tmp_path / "base"))
    theirs, ours = AutoModel.from_pretrained(folder).eval(), bert(base).eval()
    theirs.embeddings.word_embeddings.weight.data = torch.from_numpy(base.embeddings.unpacked())
    ids, mask, types = finetune.collate(finetune.encode(base, ["migrants oui", "ville"], [None, None], tokens=24))
    with torch.inference_mode():
        wanted = theirs(input_ids=ids, attention_mask=mask).last_hidden_state
        found = ours(input_ids=ids, attention_mask=mask, token_type_ids=types).last_hidden_state
    torch.testing.assert_close(found[mask > 0], wanted[mask > 0], atol=1e-4, rtol=1e-4)


def test_a_base_from_a_hub_can_be_trained(tmp_path: Path) -> None:
    base = hub.read(str(saved(tmp_path / "m", "bert")))
    recipe = replace(RECIPE, epochs=6)
    best = Run(tmp_path / "r", base, recipe, say=lambda _: None).train(ROWS, ROWS[:32])
    assert best["relevance"] > 0.9


def test_four_bits_keep_the_embeddings_nearly_as_they_were() -> None:
    words = np.random.default_rng(4).normal(size=(50, 64)).astype(np.float32)
    found = hub.pack(words).unpacked()
    assert np.corrcoef(found.ravel(), words.ravel())[0, 1] > 0.99
    assert np.array_equal(hub.pack(np.zeros((2, 32), np.float32)).unpacked(), np.zeros((2, 32)))


def test_what_cannot_be_used_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="bert with relu"):
        hub.read(str(saved(tmp_path / "relu", "bert", hidden_act="relu")))
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match="cannot be had"):
        hub.read(str(tmp_path / "empty"))
