"""From a fine-tuned network to ``model.onnx``: 8-bit matrices, word embeddings kept in their 4 bits.

It gives ``scores`` (texts, labels) and ``vectors`` (texts, width): the mean vector of a text, which the head reads.

An int8 product rounds all its inputs on one scale. The scale is a fixed one, found on a few hundred texts: one taken
from the batch would let a text's scores follow its company. One large number coarsens all others, and two places have
such numbers. What enters a feed-forward product is made even beforehand, its columns divided and the matrix multiplied
(Xiao et al. 2023, SmoothQuant); the few columns of the second one that stand out most are multiplied in floats
(Dettmers et al. 2022, LLM.int8). ``benchmarks/rounding.py`` measures what is left.

The graph is written out layer by layer (Devlin et al. 2019), so that it holds nothing that the runtime does not need.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from discourse.train.base import BLOCK, Base
from discourse.train.finetune import Encoded, collate

POSITIONS = 256
"""Longer inputs are cut: a passage and its context have under 200 pieces."""
APART = 16
"""Columns of a layer's last product that are multiplied in floats."""


@dataclass(frozen=True)
class Evened:
    """How the inputs of the feed-forward products are made even; found by looking at a few hundred texts.

    ``first`` (layers, width) and ``second`` (layers, inner) are what columns are divided by; ``apart`` (layers, APART)
    are the columns of the second product that are multiplied in floats.
    """

    first: Any
    second: Any
    apart: Any


def plain(net: Any, base: Base, even: Evened) -> Any:
    """Return the network as a module of plain tensor operations: ``(ids, mask, types) -> scores, vectors``."""
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
            firsts = [layer.intermediate.dense.weight.detach() for layer in self.layers]
            seconds = [layer.output.dense.weight.detach() for layer in self.layers]
            self.even = fixed(1 / row for row in even.first)
            self.first = fixed(weight * row for weight, row in zip(firsts, even.first, strict=True))
            kept = 1 / even.second
            kept.scatter_(1, even.apart, 0.0)  # what is multiplied in floats is nothing to the 8-bit product
            self.spread = fixed(kept)
            self.second = fixed(w * r * (k > 0) for w, r, k in zip(seconds, even.second, kept, strict=True))
            self.apart = fixed(even.apart)
            self.beyond = fixed(w[:, at] for w, at in zip(seconds, even.apart, strict=True))

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
            weight = (real * (1.0 - types.to(torch.float32))).unsqueeze(2)  # the text's own pieces
            vectors = (x * weight).sum(1) / weight.sum(1)
            return self.head(vectors), vectors

        def block(self, layer: Any, x: Any, hide: Any, at: int) -> Any:
            own = layer.attention.self
            split = (x.shape[0], x.shape[1], heads, width // heads)
            q, k, v = (f(x).reshape(split).transpose(1, 2) for f in (own.query, own.key, own.value))
            weights = torch.softmax(q @ k.transpose(2, 3) * (1 / math.sqrt(width // heads)) + hide, dim=3)
            seen = (weights @ v).transpose(1, 2).reshape(x.shape[0], x.shape[1], width)
            x = layer.attention.output.LayerNorm(x + layer.attention.output.dense(seen))
            inner = functional.gelu(functional.linear(x * self.even[at], self.first[at], layer.intermediate.dense.bias))
            last = functional.linear(inner * self.spread[at], self.second[at], layer.output.dense.bias)
            last = last + functional.linear(inner.index_select(2, self.apart[at]), self.beyond[at])
            return layer.output.LayerNorm(x + last)

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
            plain(net, base, evened(net, rows)),
            example,
            str(whole),
            dynamo=True,
            input_names=["ids", "mask", "types"],
            output_names=["scores", "vectors"],
            dynamic_shapes=tuple({0: size, 1: length} for _ in range(3)),
            external_data=False,
            verbose=False,
        )
    quantize_dynamic(
        whole,
        part,
        op_types_to_quantize=["MatMul"],
        nodes_to_exclude=_floats(whole),
        per_channel=True,
        weight_type=QuantType.QInt8,
        extra_options={"MatMulConstBOnly": True},
    )
    _settle(part, out, rows)
    whole.unlink()
    part.unlink()
    _without_traces(out)
    return out


def evened(net: Any, rows: Sequence[Encoded]) -> Evened:
    """Return what to divide the inputs of the feed-forward products by, and which of their columns stand apart.

    The divisor of a column is the root of its largest number over the root of its largest weight: both grow even.
    """
    import torch

    firsts = [layer.intermediate.dense for layer in net.encoder.encoder.layer]
    seconds = [layer.output.dense for layer in net.encoder.encoder.layer]
    tops = {part: torch.full((part.in_features,), 1e-4) for part in (*firsts, *seconds)}

    def look(part: Any, given: Any) -> None:
        tops[part] = torch.maximum(tops[part], given[0].detach().abs().amax(dim=(0, 1)))

    hooks = [part.register_forward_pre_hook(look) for part in tops]
    with torch.inference_mode():
        for row in rows:  # one by one: padding would be looked at too
            net(*collate([row]))
    for hook in hooks:
        hook.remove()
    apart = [tops[part].topk(min(APART, part.in_features // 2)).indices.sort().values for part in seconds]
    return Evened(
        first=torch.stack([_divisors(part, tops[part]) for part in firsts]),
        second=torch.stack([_divisors(part, tops[part]) for part in seconds]),
        apart=torch.stack(apart),
    )


def _divisors(part: Any, top: Any) -> Any:
    found = (top / part.weight.detach().abs().amax(dim=0).clamp(min=1e-4)).sqrt()
    return found / found.log().mean().exp()


def _floats(file: Path) -> list[str]:
    """Return the products that stay as they are: the head, and each layer's few columns apart."""
    import onnx

    graph = onnx.load(str(file), load_external_data=False).graph
    head = next(n.name for n in reversed(graph.node) if n.op_type in ("Gemm", "MatMul"))
    sizes = {i.name: i.dims[0] for i in graph.initializer if len(i.dims) == 2}
    least = min(sizes.get(n.input[1], POSITIONS) for n in graph.node if n.op_type == "MatMul" and n.name != head)
    few = [n.name for n in graph.node if n.op_type == "MatMul" and sizes.get(n.input[1]) == least]
    return [head, f"{head}_MatMul", *few]


def _settle(file: Path, out: Path, rows: Sequence[Encoded]) -> None:
    """Fix the scale of what enters each 8-bit product, and write product, scales and bias as one step.

    A number beyond all that was seen is cut to the largest that was.
    """
    import onnx
    from onnx import helper, numpy_helper

    model = onnx.load(str(file))
    graph = model.graph
    makers = {o: n for n in graph.node for o in n.output}
    fixed = {i.name: list(i.dims) for i in graph.initializer}
    for node, (low, high) in _ranges(file, graph, rows).items():
        looked = makers[node]
        values, scale, zero = looked.output
        step = np.float32((high - low) / 255)
        for name, value in ((scale, step), (zero, np.uint8(np.clip(round(-low / step), 0, 255)))):
            graph.initializer.append(numpy_helper.from_array(np.array(value), name))
        looked.CopyFrom(helper.make_node("QuantizeLinear", [looked.input[0], scale, zero], [values], name=looked.name))
    users: dict[str, list[Any]] = {}
    for n in graph.node:
        for i in n.input:
            users.setdefault(i, []).append(n)
    gone: set[str] = set()
    for product in [n for n in graph.node if n.op_type == "MatMulInteger"]:
        (cast,) = users[product.output[0]]
        (scaled,) = users[cast.output[0]]
        both = makers[next(i for i in scaled.input if i != cast.output[0])]
        given, matrix, zero, matrix_zero = product.input
        own = f"{matrix.removesuffix('_quantized')}_scale"
        of_input = next(i for i in both.input if i != own)
        last, bias = scaled, []
        if [n.op_type for n in users[scaled.output[0]]] == ["Add"]:
            (add,) = users[scaled.output[0]]
            bias = [i for i in add.input if len(fixed.get(i, ())) == 1]
            last = add if bias else scaled
        gone |= {n.output[0] for n in (cast, scaled, both, last)}
        product.CopyFrom(
            helper.make_node(
                "MatMulIntegerToFloat",
                [given, matrix, of_input, own, zero, matrix_zero, *bias],
                [last.output[0]],
                domain="com.microsoft",
                name=product.name,
            )
        )
    kept = [n for n in graph.node if n.op_type == "MatMulIntegerToFloat" or n.output[0] not in gone]
    del graph.node[:]
    graph.node.extend(kept)
    if "com.microsoft" not in {o.domain for o in model.opset_import}:
        model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    onnx.save(model, str(out))


def _ranges(file: Path, graph: Any, rows: Sequence[Encoded]) -> dict[str, tuple[float, float]]:
    """Return the smallest and the largest number that enters each 8-bit product, by the name of its rounded input."""
    import onnx
    import onnxruntime
    from onnx import TensorProto, helper

    looked = [n.output for n in graph.node if n.op_type == "DynamicQuantizeLinear"]
    probe = onnx.load(str(file))
    for _, scale, zero in looked:
        probe.graph.output.append(helper.make_tensor_value_info(scale, TensorProto.FLOAT, []))
        probe.graph.output.append(helper.make_tensor_value_info(zero, TensorProto.UINT8, []))
    session = onnxruntime.InferenceSession(probe.SerializeToString(), providers=["CPUExecutionProvider"])
    low, high = np.zeros(len(looked)), np.zeros(len(looked))
    for row in rows:
        ids, mask, types = (t.numpy() for t in collate([row]))
        wanted = [name for _, *names in looked for name in names]
        found = np.array(session.run(wanted, {"ids": ids, "mask": mask, "types": types}), np.float64)
        low = np.minimum(low, -found[1::2] * found[::2])
        high = np.maximum(high, (255 - found[1::2]) * found[::2])
    return {names[0]: (float(a), float(b)) for names, a, b in zip(looked, low, high, strict=True)}


def _without_traces(file: Path) -> None:
    """Take out of a file what the exporter notes beside each node: where on whose machine it was made."""
    import onnx

    model = onnx.load(str(file))
    graph = model.graph
    for part in (*graph.node, *graph.value_info, *graph.input, *graph.output, *graph.initializer, graph):
        part.doc_string = ""
        del part.metadata_props[:]
    onnx.save(model, str(file))
