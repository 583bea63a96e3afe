"""From a shipped model folder back to a checkpoint that ``transformers`` opens: 8-bit matrices are made floats again.

``AutoModel.from_pretrained(folder)`` gives the encoder; ``head.safetensors`` holds the linear head over the mean of
its vectors at the text's own pieces (token type 0, not the context's), and ``labels.json`` names its rows.
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
from discourse.train.base import Base, PackedEmbeddings

Array = NDArray[np.float32]
_ORDER = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)


def read(model: str) -> Base:
    """Return an ``encoder`` model folder as floats, with its head: what a checkpoint holds, or what one goes on from.

    Raises ``ModelError`` for a model that is no encoder.
    """
    import onnx
    from onnx import numpy_helper

    where = folder.read(folder.find(model))
    if where.format != "encoder":
        raise ModelError(f"{where.full_name} is no encoder.", remedy="Name one whose format is encoder.")
    graph = onnx.load(str(where.path / encoder.WEIGHTS)).graph
    values = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
    tables = [v for name, v in values.items() if v.ndim == 2 and not name.endswith("_quantized")]
    packed = PackedEmbeddings(_only(tables, np.uint8), _only(tables, np.float16))
    types = next(v for v in tables if v.dtype == np.float32 and len(v) == 2)
    state = {
        "embeddings.position_embeddings.weight": values["positions"],
        "embeddings.token_type_embeddings.weight": types,
        "embeddings.LayerNorm.weight": values["norm.weight"],
        "embeddings.LayerNorm.bias": values["norm.bias"],
    }
    state |= {f"encoder.layer.{n[7:]}": v for n, v in values.items() if n.startswith("layers.")}
    state |= _matrices(graph, values)
    head = {"weight": _head(graph, values), "bias": values["head.bias"]}
    recipe = where.json("recipe.json")
    return Base(
        config={**where.json("config.json"), "max_position_embeddings": len(values["positions"])},
        weights={k: np.asarray(v, np.float32) for k, v in state.items()},
        embeddings=packed,
        tokenizer=where.json(encoder.TOKENIZER),
        head={k: np.array(v, np.float32) for k, v in head.items()},
        origin={"base": recipe["base"], "stages": [*recipe["stages"], {"rounded": where.full_name}]},
    )


def _only(tables: list[NDArray[Any]], kind: Any) -> NDArray[Any]:
    """Return the one table of a type: the exporter renames the tables that are only looked up."""
    return next(v for v in tables if v.dtype == kind)


def _matrices(graph: Any, values: Mapping[str, NDArray[Any]]) -> dict[str, Array]:
    """Return the matrices of all layers: the graph multiplies in the order in which a layer is written."""
    labels = len(values["head.bias"])
    every = [m for m in _products(graph, values) if m.shape[1] != labels]
    picked = [values[n.input[1]] for n in graph.node if n.op_type == "Gather" and _is_picked(n, values)]
    apart = [m for m in every if len(m) == len(picked[0])]
    out = {}
    for at, whole in enumerate(m for m in every if len(m) != len(picked[0])):
        layer, part = divmod(at, len(_ORDER))
        if _ORDER[part] == "intermediate.dense":
            whole = whole * values[f"even.{layer}"][:, None]
        elif _ORDER[part] == "output.dense":
            whole = whole * values[f"spread.{layer}"][:, None]
            whole[picked[layer]] = apart[layer]
        out[f"encoder.layer.{layer}.{_ORDER[part]}.weight"] = whole.T
    return out


def _is_picked(node: Any, values: Mapping[str, NDArray[Any]]) -> bool:
    """Tell whether a node picks the columns of a layer that are multiplied apart."""
    at = values.get(node.input[1])
    return at is not None and at.ndim == 1 and node.input[0] not in values


def _products(graph: Any, values: Mapping[str, NDArray[Any]]) -> list[Array]:
    """Return every fixed matrix that the graph multiplies by, in its order, as floats of shape (inputs, outputs)."""
    out = []
    for node in graph.node:
        name = node.input[1].removesuffix("_quantized") if len(node.input) > 1 else ""
        if node.op_type == "MatMulIntegerToFloat":
            whole = values[f"{name}_quantized"].astype(np.float32) - values[f"{name}_zero_point"].astype(np.float32)
            out.append(np.asarray(whole * values[f"{name}_scale"], np.float32))
        elif node.op_type == "MatMul" and name in values:
            out.append(np.asarray(values[name], np.float32))
    return out


def _head(graph: Any, values: Mapping[str, NDArray[Any]]) -> Array:
    return next(m.T for m in _products(graph, values) if m.shape[1] == len(values["head.bias"]))


def write(model: str, out: Path) -> Path:
    """Write the checkpoint of a model folder, with its tokenizer and labels; return the folder."""
    import torch
    from safetensors.torch import save_file

    from discourse.train.network import bert

    base = read(model)
    where = folder.find(model)
    bert(base).save_pretrained(out)
    head = {k: torch.from_numpy(np.ascontiguousarray(v)) for k, v in base.head.items()}
    save_file(head, str(out / "head.safetensors"))
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
        "model_max_length": base.config["max_position_embeddings"],
        **marks,
    }
    (out / "tokenizer_config.json").write_text(json.dumps(said, indent=1), encoding="utf-8")
    return out
