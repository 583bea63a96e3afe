"""How long do all weekly figures of 1,000,000 tagged passages take?"""

from __future__ import annotations

import resource
import time

import numpy as np
import polars as pl

from discourse import measure
from simulation.towns import KINDS, OUTLETS, labels, town_settings, week_name


def speed(runs: int, seed: int, _only: str) -> None:
    """Print seconds and memory for all weekly figures of 1,000,000 passages in 260 weeks."""
    passages, documents = _many(1_000_000, 260, seed)
    before, cpu, wall = _peak(), time.process_time(), time.perf_counter()
    found = measure.week_figures(passages, documents, week=week_name(259), settings=town_settings())
    print("| passages | weeks | figures | CPU s | wall s | peak MB before | peak MB |\n|---|---|---|---|---|---|---|")
    spent = f"{time.process_time() - cpu:.1f} | {time.perf_counter() - wall:.1f} | {before:.0f} | {_peak():.0f} |"
    print(f"| {passages.height:,} | 260 | {len(found):,} | {spent}")


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _many(n: int, weeks: int, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    rng, stories = np.random.default_rng(seed), n // 3
    story = np.sort(rng.integers(0, stories, n))
    week, outlet = np.sort(rng.integers(0, weeks, stories)), rng.integers(0, len(OUTLETS), stories)
    ids = np.char.add("s", np.arange(stories).astype(str))
    frame = pl.DataFrame(
        {
            "passage_id": np.char.add("p", np.arange(n).astype(str)),
            "document_id": ids[story],
            "story_id": ids[story],
            "source": np.array(OUTLETS)[outlet[story]],
            "kind": np.array(KINDS)[outlet[story]],
            "lang": np.array(["fr", "en", "es", "de", "it"])[story % 5],
            "week": np.array([week_name(w) for w in range(weeks)])[week[story]],
            "relevance": rng.uniform(0.4, 1.0, n).astype(np.float32),
            "model": np.full(n, "simulated"),
            "codebook": np.full(n, "1"),
            **{x: rng.beta(0.5, 2, n).astype(np.float32) for x in labels() if not x.startswith("voice.")},
        }
    ).with_columns(voices=pl.Series([[]] * n, dtype=pl.List(pl.String)))
    documents = frame.unique("document_id", keep="first", maintain_order=True)
    return frame, documents.select(pl.col("document_id").alias("id"), "story_id", "source", "kind", "week")
