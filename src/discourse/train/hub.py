"""Any encoder of the BERT family, by its name on a model hub or by its folder, as a base to fine-tune.

BERT itself and RoBERTa's family (XLM-RoBERTa, CamemBERT), whose layers are the same: their positions begin behind the
padding's number, and they know one kind of token, which serves text and context alike. Word embeddings are packed into
4 bits, since they stay frozen; the vocabulary is kept whole.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from discourse.errors import ModelError
from discourse.train.base import BLOCK, Base, PackedEmbeddings

SHIFTED = ("roberta", "xlm-roberta", "camembert")
FAMILY = ("bert", *SHIFTED)
_WORDS, _PLACES, _TYPES = (f"embeddings.{kind}_embeddings.weight" for kind in ("word", "position", "token_type"))


def read(name: str) -> Base:
    """Return an encoder as a base; raise ``ModelError`` where it cannot be had or is built otherwise."""
    from transformers import AutoModel, AutoTokenizer

    try:
        model = AutoModel.from_pretrained(name)
        tokenizer = AutoTokenizer.from_pretrained(name)
        spec = json.loads(tokenizer.backend_tokenizer.to_str())
    except (OSError, ValueError, AttributeError, ImportError) as error:
        raise ModelError(
            f"the encoder {name!r} cannot be had ({str(error).splitlines()[0]}).",
            remedy="Name a model of a hub that can be reached, or a folder with config, weights and tokenizer.json.",
        ) from error
    _refuse_others(name, model.config)
    state = {k: v.detach().float().numpy() for k, v in model.state_dict().items() if not k.startswith("pooler")}
    state = {k: v for k, v in state.items() if "position_ids" not in k and "token_type_ids" not in k}
    if model.config.model_type in SHIFTED:
        state[_PLACES] = state[_PLACES][model.config.pad_token_id + 1 :]
    if len(state[_TYPES]) == 1:
        state[_TYPES] = np.repeat(state[_TYPES], 2, axis=0)
    words = pack(state.pop(_WORDS))
    return Base(_config(model.config, state), state, words, spec, origin={"base": name, "stages": []})


def _refuse_others(name: str, config: Any) -> None:
    kind, act = config.model_type, getattr(config, "hidden_act", None)
    place = getattr(config, "position_embedding_type", None) or "absolute"
    if kind not in FAMILY or act != "gelu" or place != "absolute" or config.hidden_size % BLOCK:
        raise ModelError(
            f"the encoder {name!r} is a {kind} with {act}, {place} positions and a width of {config.hidden_size}.",
            remedy=f"Name one of {', '.join(FAMILY)}, with gelu, absolute positions and a width of {BLOCK} n.",
        )


def _config(config: Any, state: dict[str, NDArray[np.float32]]) -> dict[str, Any]:
    names = ("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "layer_norm_eps")
    own = {"vocab_size": config.vocab_size, "pad_token_id": config.pad_token_id}
    sizes = own | {"type_vocab_size": len(state[_TYPES])}
    return {name: getattr(config, name) for name in names} | sizes | {"max_position_embeddings": len(state[_PLACES])}


def pack(words: NDArray[np.float32]) -> PackedEmbeddings:
    """Return word embeddings, shape (pieces, width), in 4 bits (Q4_0): a block's largest is -8 times its scale."""
    blocks = words.reshape(len(words), -1, BLOCK)
    top = np.take_along_axis(blocks, np.abs(blocks).argmax(2)[:, :, None], 2)[:, :, 0]
    scales = (top / -8).astype(np.float16)
    step = np.where(scales == 0, 1, scales).astype(np.float32)[:, :, None]
    levels = np.clip(np.round(blocks / step) + 8, 0, 15).astype(np.uint8)
    half = BLOCK // 2
    values = levels[:, :, :half] | (levels[:, :, half:] << 4)
    return PackedEmbeddings(values.reshape(len(words), -1), scales)
