"""The shipped encoder at work: tokenizers and onnxruntime, all labels of a text in one pass, no torch."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from discourse.classify.folder import ModelFolder
from discourse.errors import ModelError

Array = NDArray[np.float32]
WEIGHTS, TOKENIZER = "model.onnx", "tokenizer.json"
SLOW = ("SkipLayerNormFusion",)
"""Rewritings of the graph that onnxruntime does without: its joint sum and norm takes five times as long as the two."""
SUB_BATCH = 6
"""Texts run together: beyond this, padding and memory cost more than is saved (4 to 32 were tried, once)."""


class EncoderScorer:
    """Raw scores of texts, each read together with its context: ``text </s></s> context``.

    Each of ``threads`` runs texts of its own from end to end: joining them at every step of the graph costs more
    than it saves (`benchmarks/speed.py`, two cores: 2.5 times the pipeline so, 6.0 times apart). The session is
    one of a single thread.
    """

    def __init__(self, session: Any, tokenizer: Any, *, prefix: str, threads: int = 1) -> None:
        self._session = session
        self.tokenizer = tokenizer
        self.prefix = prefix
        self.threads = threads

    def __call__(self, texts: Sequence[str], contexts: Sequence[str | None]) -> Array:
        return self.read("scores", texts, contexts)

    def read(self, output: str, texts: Sequence[str], contexts: Sequence[str | None]) -> Array:
        """Return one of the graph's outputs, ``scores`` or ``vectors``: shape (texts, labels or width)."""
        given = [
            (self.prefix + text, context) if context else self.prefix + text
            for text, context in zip(texts, contexts, strict=True)
        ]
        rows = self.tokenizer.encode_batch_fast(given)
        order = sorted(range(len(rows)), key=lambda i: -len(rows[i].ids))  # the longest first: all end together
        parts = [order[at : at + SUB_BATCH] for at in range(0, len(order), SUB_BATCH)]
        with ThreadPoolExecutor(self.threads) as pool:
            found = list(pool.map(lambda part: self._run(output, [rows[i] for i in part]), parts))
        out = np.empty((len(rows), found[0].shape[1] if found else 0), np.float32)
        for part, scores in zip(parts, found, strict=True):
            out[part] = scores
        return out

    def _run(self, output: str, rows: Sequence[Any]) -> Array:
        longest = max(len(row.ids) for row in rows)
        ids = np.ones((len(rows), longest), np.int64)
        mask = np.zeros((len(rows), longest), np.int64)
        types = np.zeros((len(rows), longest), np.int64)
        for i, row in enumerate(rows):
            size = len(row.ids)
            ids[i, :size] = row.ids
            mask[i, :size] = 1
            types[i, :size] = [1 if s == 1 else 0 for s in row.sequence_ids]
        (found,) = self._session.run([output], {"ids": ids, "mask": mask, "types": types})
        return np.asarray(found, np.float32)


def open_scorer(where: ModelFolder, *, threads: int = 0) -> EncoderScorer:
    """Return the scorer of an ``encoder`` folder; ``threads`` 0 means every core.

    Raises ``ModelError`` when the weights cannot be run.
    """
    import onnxruntime
    from tokenizers import Tokenizer

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(
            str(where.path / WEIGHTS),
            sess_options=options,
            providers=["CPUExecutionProvider"],
            disabled_optimizers=list(SLOW),
        )
        tokenizer = Tokenizer.from_file(str(where.path / TOKENIZER))
    except Exception as error:  # both libraries raise their own kinds for a file they cannot read
        raise ModelError(f"{where.path} cannot be run ({error}).", remedy="Take a fresh copy.") from error
    tokenizer.enable_truncation(int(where.options.get("tokens", 256)), strategy="longest_first")
    tokenizer.no_padding()
    prefix = str(where.options.get("prefix", "query: "))
    return EncoderScorer(session, tokenizer, prefix=prefix, threads=threads or os.cpu_count() or 1)
