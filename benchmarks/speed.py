"""All labels in one pass against one task of the transformers pipeline on the same weights, and the gate on a stream.

    python benchmarks/speed.py ../shared/data        needs the `train` extra (torch, transformers)

The same texts, one after the other in one run, on every core: the transformers text-classification pipeline over the
fp32 checkpoint for one task, as it comes (one text at a time) and in batches of 32; the shipped int8 model for all tasks; the same with the gate, on a stream in which one
passage in twenty is about migration. The ratios count; the machine may be shared. Peak memory is that of a process
that loads the model and tags, with nothing else in it. The last line is the machine's limit: how much faster onnxruntime
multiplies in 8 bits than in floats, in a product of the size of the encoder's largest.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

TEXTS, ROUNDS = 192, 3
_PEAK = """
import sys
from discourse import classify
from discourse.classify import TagInput
texts = sys.stdin.read().split("\\0")
model = classify.load(sys.argv[1])
model.probabilities([TagInput(id=str(i), text=t, lang="fr") for i, t in enumerate(texts)])
high = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(int(high.split()[1]) / 1024)
"""


def rate(work: Callable[[], object], count: int) -> float:
    """Return texts a second, the median of some rounds."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return count / statistics.median(times)


def reference(model: str) -> Callable[[Sequence[str], int], object]:
    """Return the transformers pipeline for one task, on the same weights in floats: ``(texts, batch size) -> labels``."""
    import torch
    from transformers import AutoConfig, AutoTokenizer, BertForSequenceClassification, pipeline

    from discourse.train import checkpoint

    torch.set_num_threads(os.cpu_count() or 1)
    with tempfile.TemporaryDirectory() as folder:
        path = checkpoint.write(model, Path(folder))
        config = AutoConfig.from_pretrained(path, num_labels=2)
        net = BertForSequenceClassification.from_pretrained(path, config=config)
        tokenizer = AutoTokenizer.from_pretrained(path)
    made = pipeline("text-classification", model=net, tokenizer=tokenizer, device="cpu")
    return lambda texts, size: made([f"query: {t}" for t in texts], batch_size=size)


def product(folder: Path) -> float:
    """Return how many times as fast an 8-bit product of a batch's size runs as the same one in floats."""
    import numpy as np
    import onnx
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper
    from onnxruntime.quantization import QuantType, quantize_dynamic

    rows, inputs, outputs = 1280, 1536, 384
    chance = np.random.default_rng(5)
    matrix = numpy_helper.from_array(chance.normal(size=(inputs, outputs)).astype(np.float32), "w")
    ends = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [rows, w]) for n, w in (("x", inputs), ("y", outputs))]
    graph = helper.make_graph([helper.make_node("MatMul", ["x", "w"], ["y"])], "g", ends[:1], ends[1:], [matrix])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10), folder / "f.onnx")
    quantize_dynamic(folder / "f.onnx", folder / "q.onnx", per_channel=True, weight_type=QuantType.QInt8)
    given = {"x": chance.normal(size=(rows, inputs)).astype(np.float32)}
    sessions = [onnxruntime.InferenceSession(folder / f"{name}.onnx") for name in "fq"]
    times: list[list[float]] = [[], []]
    for _ in range(25):
        for session, kept in zip(sessions, times, strict=True):
            start = time.perf_counter()
            session.run(None, given)
            kept.append(time.perf_counter() - start)
    return statistics.median(times[0]) / statistics.median(times[1])


def stream(data: Path, count: int) -> tuple[list[str], list[str]]:
    """Return (texts of which one in twenty is about migration, their languages): dev passages among other titles."""
    from discourse.train import corpora, outside

    others = [e for e in outside.stream(data, calibrate=True) if e.known["relevance"] == 0]
    ours = [e for e in corpora.read("discourse-v1", "dev") if e.known["relevance"] == 1]
    rows = [*others[: count - count // 20], *ours[: count // 20]]
    return [e.text for e in rows], [e.lang for e in rows]


def main(data: Path, name: str = "default") -> None:
    """Print a row a way of tagging."""
    from discourse import classify
    from discourse.classify import TagInput
    from discourse.train import corpora

    texts = [e.text for e in corpora.read("discourse-v1", "dev")][:TEXTS]
    model = classify.load(name)
    rows = [TagInput(id=str(i), text=t, lang="fr") for i, t in enumerate(texts)]
    theirs = reference(name)
    one = {size: rate(partial(theirs, texts, size), len(texts)) for size in (1, 32)}
    all_tasks = rate(lambda: model.probabilities(rows), len(rows))
    mixed, langs = stream(data, 4 * TEXTS)
    given = [TagInput(id=str(i), text=t, lang=x) for i, (t, x) in enumerate(zip(mixed, langs, strict=True))]
    plain = {size: rate(partial(theirs, mixed, size), len(mixed)) for size in (1, 32)}
    gated = rate(lambda: model.gated_probabilities(given), len(given))
    peak = subprocess.run(
        [sys.executable, "-c", _PEAK, name], input="\0".join(texts), capture_output=True, text=True, check=True
    )
    print(f"{model.name}, {os.cpu_count()} cores\n\n| way | texts/s | times the pipeline as it comes | in batches |")
    print("|---|---|---|---|")
    for what, ours, found in (
        ("", ("discourse, int8, all tasks", all_tasks), one),
        (" on a stream (5 % relevant)", ("discourse with the gate on the same stream", gated), plain),
    ):
        print(f"| transformers pipeline, fp32, one task{what} | {found[1]:.0f} | 1 | {found[1] / found[32]:.1f} |")
        print(f"| the same in batches of 32 | {found[32]:.0f} | {found[32] / found[1]:.1f} | 1 |")
        print(f"| {ours[0]} | {ours[1]:.0f} | {ours[1] / found[1]:.1f} | {ours[1] / found[32]:.1f} |")
    print(f"\nPeak memory of tagging: {float(peak.stdout):.0f} MB")
    with tempfile.TemporaryDirectory() as folder:
        print(f"An 8-bit product runs {product(Path(folder)):.1f} times as fast as one in floats here.")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
