"""From a fine-tuned network to ``model.onnx``: int8 matrices, word embeddings kept in their 4 bits.

It gives ``scores`` (texts, labels) and ``vectors`` (texts, width): the mean vector of a text, which the head reads.

The graph is written out layer by layer (Devlin et al. 2019), so that it holds nothing that the runtime does not need.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from discourse.train.base import BLOCK, Base

POSITIONS = 256
"""Longer inputs are cut: a passage and its context have under 200 pieces."""


def plain(net: Any, base: Base) -> Any:
    """Return the network as a module of plain tensor operations: ``(ids, mask, types) -> scores, vectors``."""
    import torch
    from torch import nn
    from torch.nn import functional

    heads, width = base.config["num_attention_heads"], base.config["hidden_size"]
    epsilon, embeddings = base.config["layer_norm_eps"], net.encoder.embeddings

    class Plain(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("values", torch.from_numpy(base.embeddings.values))
            self.register_buffer("scales", torch.from_numpy(base.embeddings.scales))
            self.register_buffer("positions", embeddings.position_embeddings.weight.detach()[:POSITIONS].clone())
            self.register_buffer("types", embeddings.token_type_embeddings.weight.detach().clone())
            self.norm = embeddings.LayerNorm
            self.layers = net.encoder.encoder.layer
            self.head = net.head

        def words(self, ids: Any) -> Any:
            """Unpack 4-bit embeddings: the low halves of a block's bytes, then the high halves, times its scale."""
            packed = self.values[ids].to(torch.float32)
            high = torch.floor(packed * (1 / 16))
            low = packed - high * 16
            shape = (ids.shape[0], ids.shape[1], width // BLOCK, BLOCK // 2)
            both = torch.cat([low.reshape(shape), high.reshape(shape)], dim=3) - 8.0
            scaled = both * self.scales[ids].to(torch.float32).unsqueeze(3)
            return scaled.reshape(ids.shape[0], ids.shape[1], width)

        def forward(self, ids: Any, mask: Any, types: Any) -> Any:
            x = self.words(ids) + self.types[types] + self.positions[: ids.shape[1]].unsqueeze(0)
            x = functional.layer_norm(x, (width,), self.norm.weight, self.norm.bias, epsilon)
            real = mask.to(torch.float32)
            hide = (1.0 - real)[:, None, None, :] * -10000.0
            for layer in self.layers:
                x = self.block(layer, x, hide)
            weight = real.unsqueeze(2)
            vectors = (x * weight).sum(1) / weight.sum(1)
            return self.head(vectors), vectors

        def block(self, layer: Any, x: Any, hide: Any) -> Any:
            own = layer.attention.self
            split = (x.shape[0], x.shape[1], heads, width // heads)
            q, k, v = (f(x).reshape(split).transpose(1, 2) for f in (own.query, own.key, own.value))
            weights = torch.softmax(q @ k.transpose(2, 3) * (1 / math.sqrt(width // heads)) + hide, dim=3)
            seen = (weights @ v).transpose(1, 2).reshape(x.shape[0], x.shape[1], width)
            x = layer.attention.output.LayerNorm(x + layer.attention.output.dense(seen))
            inner = functional.gelu(layer.intermediate.dense(x))
            return layer.output.LayerNorm(x + layer.output.dense(inner))

    return Plain().eval()


def export(net: Any, base: Base, out: Path) -> Path:
    """Write ``out`` (an int8 ONNX file) from a network and return its path; matrices per channel, the rest fp32."""
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic

    module = plain(net, base)
    whole = out.with_suffix(".fp32.onnx")
    example = tuple(torch.ones(2, 8, dtype=torch.int64) for _ in range(3))
    rows, length = torch.export.Dim("rows", min=1, max=4096), torch.export.Dim("length", min=2, max=POSITIONS)
    with torch.inference_mode():
        torch.onnx.export(
            module,
            example,
            str(whole),
            dynamo=True,
            input_names=["ids", "mask", "types"],
            output_names=["scores", "vectors"],
            dynamic_shapes=tuple({0: rows, 1: length} for _ in range(3)),
            external_data=False,
            verbose=False,
        )
    quantize_dynamic(
        whole,
        out,
        op_types_to_quantize=["MatMul"],
        nodes_to_exclude=_sensitive(whole),
        per_channel=True,
        weight_type=QuantType.QInt8,
        extra_options={"MatMulConstBOnly": True},
    )
    whole.unlink()
    return out


def _sensitive(file: Path) -> list[str]:
    """Return the matrix products that stay as they are: the head, and the last layer's second one.

    Their inputs have outliers, and an int8 scale is that of a batch: with these two in int8 the texts that share a batch
    turned one sentiment in ten.
    """
    import onnx

    nodes = onnx.load(str(file), load_external_data=False).graph.node
    head = next(n.name for n in reversed(nodes) if n.op_type in ("Gemm", "MatMul"))
    last = next(n.name for n in reversed(nodes) if n.op_type == "MatMul" and n.name != head)
    return [head, f"{head}_MatMul", last]
