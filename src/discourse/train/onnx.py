"""From a fine-tuned network to ``model.onnx``: 8-bit matrices, word embeddings kept in their 4 bits.

It gives ``scores`` (texts, labels) and ``vectors`` (texts, width): the mean vector of a text, which the head reads.

An int8 product rounds its input on one scale for the whole batch, so one large number coarsens every text beside it.
Two places have such numbers. What enters the first feed-forward product is made even beforehand, its columns divided
and the matrix multiplied (Xiao et al. 2023, SmoothQuant); the second one runs in blocks with a scale each
(``MatMulNBits``). ``benchmarks/rounding.py`` measures what is left.

The graph is written out layer by layer (Devlin et al. 2019), so that it holds nothing that the runtime does not need.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from discourse.train.base import BLOCK, Base
from discourse.train.finetune import Encoded, collate

POSITIONS = 256
"""Longer inputs are cut: a passage and its context have under 200 pieces."""
ROUNDED = 128
"""Numbers that share a scale in a product that runs in blocks."""


def plain(net: Any, base: Base, even: Any) -> Any:
    """Return the network as a module of plain tensor operations: ``(ids, mask, types) -> scores, vectors``.

    ``even`` has shape (layers, width): what the inputs of each first feed-forward product are divided by.
    """
    import torch
    from torch import nn
    from torch.nn import functional

    heads, width = base.config["num_attention_heads"], base.config["hidden_size"]
    epsilon, embeddings = base.config["layer_norm_eps"], net.encoder.embeddings

    def fixed(rows: Iterable[Any]) -> Any:
        return nn.ParameterList([nn.Parameter(row, requires_grad=False) for row in rows])

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
            self.even = fixed(1 / row for row in even)
            firsts = (layer.intermediate.dense.weight.detach() for layer in self.layers)
            self.first = fixed(weight * row for weight, row in zip(firsts, even, strict=True))

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
            for at, layer in enumerate(self.layers):
                x = self.block(layer, x, hide, at)
            weight = real.unsqueeze(2)
            vectors = (x * weight).sum(1) / weight.sum(1)
            return self.head(vectors), vectors

        def block(self, layer: Any, x: Any, hide: Any, at: int) -> Any:
            own = layer.attention.self
            split = (x.shape[0], x.shape[1], heads, width // heads)
            q, k, v = (f(x).reshape(split).transpose(1, 2) for f in (own.query, own.key, own.value))
            weights = torch.softmax(q @ k.transpose(2, 3) * (1 / math.sqrt(width // heads)) + hide, dim=3)
            seen = (weights @ v).transpose(1, 2).reshape(x.shape[0], x.shape[1], width)
            x = layer.attention.output.LayerNorm(x + layer.attention.output.dense(seen))
            inner = functional.linear(x * self.even[at], self.first[at], layer.intermediate.dense.bias)
            return layer.output.LayerNorm(x + layer.output.dense(functional.gelu(inner)))

    return Plain().eval()


def export(net: Any, base: Base, out: Path, rows: Sequence[Encoded]) -> Path:
    """Write ``out`` (an 8-bit ONNX file) from a network and return its path; matrices per channel, the rest fp32.

    ``rows`` are texts whose largest numbers set how the columns are made even; a few hundred do.
    """
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic

    whole, part = out.with_suffix(".fp32.onnx"), out.with_suffix(".part.onnx")
    example = tuple(torch.ones(2, 8, dtype=torch.int64) for _ in range(3))
    size, length = torch.export.Dim("rows", min=1, max=4096), torch.export.Dim("length", min=2, max=POSITIONS)
    with torch.inference_mode():
        torch.onnx.export(
            plain(net, base, columns(net, rows)),
            example,
            str(whole),
            dynamo=True,
            input_names=["ids", "mask", "types"],
            output_names=["scores", "vectors"],
            dynamic_shapes=tuple({0: size, 1: length} for _ in range(3)),
            external_data=False,
            verbose=False,
        )
    floats, blocks = _kept(whole)
    quantize_dynamic(
        whole,
        part,
        op_types_to_quantize=["MatMul"],
        nodes_to_exclude=[*floats, *blocks],
        per_channel=True,
        weight_type=QuantType.QInt8,
        extra_options={"MatMulConstBOnly": True},
    )
    _in_blocks(part, out, blocks)
    whole.unlink()
    part.unlink()
    return out


def columns(net: Any, rows: Sequence[Encoded]) -> Any:
    """Return what to divide each first feed-forward product's inputs by, shape (layers, width).

    The divisor of a column is the root of its largest number over the root of its largest weight: both grow even.
    """
    import torch

    layers = net.encoder.encoder.layer
    top = torch.full((len(layers), net.head.in_features), 1e-4)

    def note(at: int) -> Any:
        def look(_: Any, given: Any) -> None:
            top[at] = torch.maximum(top[at], given[0].detach().abs().amax(dim=(0, 1)))

        return look

    hooks = [layer.intermediate.dense.register_forward_pre_hook(note(at)) for at, layer in enumerate(layers)]
    with torch.inference_mode():
        for row in rows:  # one by one: padding would be looked at too
            net(*collate([row]))
    for hook in hooks:
        hook.remove()
    weights = torch.stack([layer.intermediate.dense.weight.detach().abs().amax(dim=0) for layer in layers])
    found = (top / weights.clamp(min=1e-4)).sqrt()
    return found / found.log().mean(dim=1, keepdim=True).exp()


def _kept(file: Path) -> tuple[list[str], list[str]]:
    """Return the products that stay as they are (the head), and those that run in blocks: each layer's last one."""
    import onnx

    graph = onnx.load(str(file), load_external_data=False).graph
    head = next(n.name for n in reversed(graph.node) if n.op_type in ("Gemm", "MatMul"))
    fixed = {i.name for i in graph.initializer if len(i.dims) == 2}
    products = [n.name for n in graph.node if n.op_type == "MatMul" and n.input[1] in fixed and n.name != head]
    return [head, f"{head}_MatMul"], products[5::6]


def _in_blocks(file: Path, out: Path, names: Sequence[str]) -> None:
    import logging

    import onnx
    from onnxruntime.quantization import matmul_nbits_quantizer as nbits

    logging.getLogger(nbits.__name__).setLevel(logging.WARNING)
    model = onnx.load(str(file))
    others = [n.name for n in model.graph.node if n.op_type == "MatMul" and n.name not in names]
    # Level 1 multiplies in floats: finer than rounded inputs, and faster on a processor without 8-bit products.
    work = nbits.MatMulNBitsQuantizer(
        model, bits=8, block_size=ROUNDED, is_symmetric=True, accuracy_level=1, nodes_to_exclude=others
    )
    work.process()
    work.model.save_model_to_file(str(out), False)
    _without_traces(out)


def _without_traces(file: Path) -> None:
    """Take out of a file what the exporter notes beside each node: where on whose machine it was made."""
    import onnx

    model = onnx.load(str(file))
    graph = model.graph
    for part in (*graph.node, *graph.value_info, *graph.input, *graph.output, *graph.initializer, graph):
        part.doc_string = ""
        del part.metadata_props[:]
    onnx.save(model, str(file))
