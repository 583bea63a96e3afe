"""What eight bits and company change: the shipped file against its own weights in floats, and alone against in a batch.

    python benchmarks/rounding.py                 needs the `train` extra (torch, transformers)

The same test passages three times: in floats (the checkpoint that `discourse train checkpoint` exports), by the shipped
file in one batch, and by the shipped file one by one. An ordinary int8 export of these weights (every product dynamic,
per channel) stands beside it: what a user would get from onnxruntime's own recipe.
"""

from __future__ import annotations

import logging
import sys
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

PASSAGES = 384


def floats(model: str, rows: Sequence[Any]) -> NDArray[np.float32]:
    """Return the scores of the exported checkpoint, computed by transformers in floats."""
    import torch
    from safetensors.torch import load_file
    from transformers import AutoModel

    from discourse.classify import encoder, folder
    from discourse.train import checkpoint, finetune
    from discourse.train.base import Base, PackedEmbeddings

    where = folder.read(folder.find(model))
    with tempfile.TemporaryDirectory() as kept:
        path = checkpoint.write(model, Path(kept))
        net = AutoModel.from_pretrained(path, add_pooling_layer=False).eval()
        head = load_file(str(path / "head.safetensors"))
    nothing = PackedEmbeddings(np.zeros((0, 0), np.uint8), np.zeros((0, 0), np.float16))
    base = Base({}, {}, nothing, where.json(encoder.TOKENIZER))
    tokens = int(where.options["tokens"])
    out = []
    for row in finetune.encode(base, [e.text for e in rows], [e.context for e in rows], tokens=tokens):
        ids, mask, types = finetune.collate([row])
        with torch.inference_mode():
            last = net(input_ids=ids, attention_mask=mask, token_type_ids=types).last_hidden_state
        out.append((last[types == 0].mean(0, keepdim=True) @ head["weight"].T + head["bias"]).numpy())
    return np.concatenate(out)


def ordinary(model: str, out: Path) -> Path:
    """Write the same weights as onnxruntime's own recipe rounds them: every product int8 on one scale a batch."""
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from safetensors.torch import load_file
    from transformers import AutoModel

    from discourse.train import checkpoint

    class Whole(torch.nn.Module):  # type: ignore[misc]
        def __init__(self, path: Path) -> None:
            super().__init__()
            self.encoder = AutoModel.from_pretrained(path, add_pooling_layer=False, attn_implementation="eager").eval()
            head = load_file(str(path / "head.safetensors"))
            self.head = torch.nn.Linear(head["weight"].shape[1], head["weight"].shape[0])
            self.head.load_state_dict(head)

        def forward(self, ids: Any, mask: Any, types: Any) -> Any:
            last = self.encoder(input_ids=ids, attention_mask=mask, token_type_ids=types).last_hidden_state
            own = (mask * (1 - types)).to(torch.float32).unsqueeze(2)
            return self.head((last * own).sum(1) / own.sum(1))

    whole = out.with_suffix(".floats.onnx")
    example = tuple(torch.ones(2, 8, dtype=torch.int64) for _ in range(3))
    rows, length = torch.export.Dim("rows", min=1, max=4096), torch.export.Dim("length", min=2, max=224)
    with tempfile.TemporaryDirectory() as kept, torch.inference_mode():
        torch.onnx.export(
            Whole(checkpoint.write(model, Path(kept))),
            example,
            str(whole),
            dynamo=True,
            input_names=["ids", "mask", "types"],
            output_names=["scores"],
            dynamic_shapes=tuple({0: rows, 1: length} for _ in range(3)),
            external_data=False,
            verbose=False,
        )
    quantize_dynamic(whole, out, per_channel=True, weight_type=QuantType.QInt8)
    return out


def main(model: str) -> None:
    """Print how far the scores move, and how many sentiments and decisions change."""
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    import onnxruntime

    from discourse.classify import encoder, folder
    from discourse.train import corpora

    rows = corpora.read("discourse-v1", "test")[:PASSAGES]
    texts, contexts = [e.text for e in rows], [e.context for e in rows]
    shipped = encoder.open_scorer(folder.read(folder.find(model)))
    with tempfile.TemporaryDirectory() as kept:
        session = onnxruntime.InferenceSession(str(ordinary(model, Path(kept) / "ordinary.onnx")))
        plain = encoder.EncoderScorer(session, shipped.tokenizer, prefix=shipped.prefix)
        wanted = floats(model, rows)
        print(f"{PASSAGES} passages of the test split     mean |score|   sentiments   decisions changed")
        for name, scorer in (("shipped", shipped), ("ordinary int8", plain)):
            together = scorer(texts, contexts)
            alone = np.concatenate([scorer([t], [c]) for t, c in zip(texts, contexts, strict=True)])
            for what, one, two in (
                ("in floats and in 8 bits", wanted, alone),
                ("alone and in a batch", alone, together),
            ):
                moved = np.abs(one - two).mean()
                turned = (one[:, 1:4].argmax(1) != two[:, 1:4].argmax(1)).mean()
                decided = ((one > 0) != (two > 0)).mean()
                print(f"{name:14} {what:24} {moved:12.3f} {turned:12.1%} {decided:12.2%}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "discourse-small")
