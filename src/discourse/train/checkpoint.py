"""From a shipped model folder back to a checkpoint that ``transformers`` opens: int8 matrices are made floats again.

``AutoModel.from_pretrained(folder)`` gives the encoder; ``head.safetensors`` holds the linear head over the mean of
its vectors, and ``labels.json`` names its rows.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from discourse.classify import encoder, folder
from discourse.errors import ModelError
from discourse.train.base import PackedEmbeddings

Array = NDArray[np.float32]
_ORDER = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)


def read(model: str) -> tuple[dict[str, Any], dict[str, Array], dict[str, Array]]:
    """Return configuration, encoder weights by Hugging Face name, and the head of an ``encoder`` model folder."""
    import onnx
    from onnx import numpy_helper

    where = folder.read(folder.find(model))
    if where.format != "encoder":
        raise ModelError(f"{where.full_name} is no encoder.", remedy="Name one whose format is encoder.")
    graph = onnx.load(str(where.path / encoder.WEIGHTS)).graph
    values = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
    packed = PackedEmbeddings(values["values"], values["scales"])
    state = {
        "embeddings.word_embeddings.weight": packed.unpacked(),
        "embeddings.position_embeddings.weight": values["positions"],
        "embeddings.token_type_embeddings.weight": values["types"],
        "embeddings.LayerNorm.weight": values["norm.weight"],
        "embeddings.LayerNorm.bias": values["norm.bias"],
    }
    state |= {f"encoder.layer.{n[7:]}": v for n, v in values.items() if n.startswith("layers.")}
    state |= _matrices(graph, values)
    config = {**where.json("config.json"), "max_position_embeddings": len(values["positions"])}
    head = {"weight": _head(graph, values), "bias": np.array(values["head.bias"], np.float32)}
    return config, {k: np.asarray(v, np.float32) for k, v in state.items()}, head


def _matrices(graph: Any, values: Mapping[str, NDArray[Any]]) -> dict[str, Array]:
    """Return the matrices of all layers: the graph multiplies in the order in which a layer is written."""
    out = {}
    nodes = [n for n in graph.node if n.op_type == "MatMulInteger"]
    for at, node in enumerate(nodes):
        layer, part = divmod(at, len(_ORDER))
        name = node.input[1].removesuffix("_quantized")
        whole = values[f"{name}_quantized"].astype(np.float32) - values[f"{name}_zero_point"].astype(np.float32)
        out[f"encoder.layer.{layer}.{_ORDER[part]}.weight"] = (whole * values[f"{name}_scale"]).T
    return out


def _head(graph: Any, values: Mapping[str, NDArray[Any]]) -> Array:
    node = [n for n in graph.node if n.op_type == "MatMul"][-1]
    return np.asarray(values[node.input[1]].T, np.float32)


def write(model: str, out: Path) -> Path:
    """Write the checkpoint of a model folder, with its tokenizer and labels; return the folder."""
    import torch
    from safetensors.torch import save_file
    from transformers import BertConfig, BertModel

    config, state, head = read(model)
    where = folder.find(model)
    net = BertModel(BertConfig(**{k: v for k, v in config.items() if k != "model_type"}), add_pooling_layer=False)
    net.load_state_dict({k: torch.from_numpy(np.ascontiguousarray(v)) for k, v in state.items()}, strict=False)
    net.save_pretrained(out)
    save_file({k: torch.from_numpy(np.ascontiguousarray(v)) for k, v in head.items()}, str(out / "head.safetensors"))
    for name in (encoder.TOKENIZER, "labels.json", "calibration.json"):
        shutil.copy(where / name, out / name)
    marks = {
        "pad_token": "<pad>",
        "unk_token": "<unk>",
        "cls_token": "<s>",
        "sep_token": "</s>",
        "mask_token": "<mask>",
    }
    said = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": config["max_position_embeddings"],
        **marks,
    }
    (out / "tokenizer_config.json").write_text(json.dumps(said, indent=1), encoding="utf-8")
    return out
