"""Do the figures hold? Towns with a known truth, a classifier with known errors, and what measure makes of them.

    python benchmarks/simulate.py coverage       do 95 % intervals hold the truth, with 200 checked stories?
    python benchmarks/simulate.py error          how far off are shares under prior shift, beside QuaPy on those draws?
    python benchmarks/simulate.py alarms         how many reports of a quiet town claim a change?
    python benchmarks/simulate.py power          what change can a town of so many stories a week detect?
    python benchmarks/simulate.py speed          1,000,000 passages, 260 weeks

`--runs N` sets how many towns are drawn, `--seed N` where to begin. Each prints a table in Markdown.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from discourse import codebook, measure
from discourse.config import IngestSettings, Settings, SourceSpec
from discourse.records import Figure

Floats = NDArray[np.float64]
OUTLETS = ("gazette", "reveil", "radio", "infos", "eco", "post", "deliberations", "letters")
KINDS = ("press",) * 6 + ("council", "civic")
MIX = (0.36, 0.15, 0.13, 0.15, 0.07, 0.08, 0.04, 0.02)
RATES = {
    "concern": (0.18, 0.12, 0.12, 0.10, 0.10, 0.06, 0.14, 0.08, 0.10, 0.13, 0.20, 0.18, 0.25),
    "policy_frame": (0.2, 0.25, 0.1, 0.15, 0.2, 0.35, 0.15, 0.08, 0.1, 0.2, 0.12, 0.15, 0.3, 0.05),
    "immigration_frame": (0.03, 0.2, 0.05, 0.1, 0.08, 0.12, 0.08, 0.05, 0.12, 0.1, 0.06),
    "narrative": (0.6, 0.5),
    "harm": (0.03, 0.03),
    "sentiment": (0.3, 0.4, 0.3),
    "voice": (0.15, 0.3, 0.4, 0.2, 0.2, 0.15, 0.35, 0.15, 0.1, 0.1),
}


@dataclass(frozen=True, kw_only=True)
class Place:
    """A town to draw: how much is published, how well the classifier tells, and what happens in which week."""

    relevant: float = 12.0
    other: float = 15.0
    weeks: int = 12
    passages: float = 2.0
    sharpness: float = 2.0
    spread: float = 0.0
    restless: float = 1.0
    alike: float = 0.0
    reprints: float = 0.05
    event: int | None = None
    label: str = "concern.housing"
    to: float = 0.5
    louder: float = 1.0
    outage: tuple[int, int] | None = None
    trained_on: float | None = None
    councils: bool = True
    settings: Settings = field(default_factory=lambda: town_settings())  # noqa: PLW0108 (defined below)


def town_settings(*, min_n: int = 20, baseline: int = 8, unit: str = "story") -> Settings:
    """Return the settings of the simulated town."""
    sources = tuple(
        SourceSpec(name=o, kind="feed", address="x", publisher=k) for o, k in zip(OUTLETS, KINDS, strict=True)
    )
    base = Settings(ingest=IngestSettings(sources=sources))
    return base.model_copy(
        update={
            "measure": base.measure.model_copy(update={"min_n": min_n, "unit": unit}),
            "report": base.report.model_copy(update={"baseline_weeks": baseline}),
        }
    )


def labels() -> tuple[str, ...]:
    """Return every label as ``task.label``, without relevance."""
    book = codebook.load()
    return (*book.columns()[1:], *(f"voice.{v}" for v in book["voice"].label_names))


def usual() -> Floats:
    """Return the share of each label when nothing happens."""
    rates = {f"{t}.{n}": r for t, rs in RATES.items() for n, r in zip(codebook.load()[t].label_names, rs, strict=True)}
    return np.array([rates[name] for name in labels()])


def week_name(at: int) -> str:
    """Return the ISO week so many weeks after the first."""
    return f"{2024 + at // 52}-W{1 + at % 52:02d}"


def posterior(truth: NDArray[np.bool_], prior: Any, sharpness: float, rng: np.random.Generator) -> Floats:
    """Return probabilities calibrated to ``prior``: the classifier sees the truth through unit noise."""
    seen = rng.normal(np.where(truth, sharpness / 2, -sharpness / 2), 1.0)
    return np.asarray(1 / (1 + np.exp(-(np.log(prior / (1 - prior)) + sharpness * seen))))


def draw(place: Place, seed: int) -> tuple[pl.DataFrame, pl.DataFrame, Floats]:
    """Return passages and documents as the store shows them, and the true share of each label in each week.

    Stories carry labels; their passages see them through one noise of the story and one of their own.
    """
    rng = np.random.default_rng(seed)
    stories = _stories(place, rng)
    names = labels()
    truth, prior = stories["truth"], np.array(place.trained_on or usual())
    copies = np.minimum(1 + (rng.random(len(truth)) < place.reprints) * rng.integers(1, 5, len(truth)), 5)
    story = np.repeat(np.arange(len(truth)), copies)
    outlet = np.where(np.diff(story, prepend=-1) > 0, stories["outlet"][story], rng.integers(0, 6, len(story)))
    count = 1 + rng.poisson(place.passages - 1, len(truth))
    document = np.repeat(np.arange(len(story)), count[story])
    scores = posterior(truth, prior, place.sharpness, rng)[story][document]
    side = [i for i, n in enumerate(names) if n.startswith("sentiment.")]
    scores[:, side] /= scores[:, side].sum(axis=1, keepdims=True)
    week = np.array([week_name(w) for w in stories["week"]])
    docs = pl.DataFrame(
        {
            "id": [f"d{i}" for i in range(len(story))],
            "story_id": [f"s{s}" for s in story],
            "source": np.array(OUTLETS)[outlet],
            "kind": np.array(KINDS)[outlet],
            "week": week[story],
        }
    )
    frame = (
        docs[document]
        .rename({"id": "document_id"})
        .with_columns(
            passage_id=pl.Series([f"p{i}" for i in range(len(document))]),
            relevance=pl.Series(stories["relevant"][story][document] * 0.9),
            model=pl.lit("simulated"),
            codebook=pl.lit("1"),
            voices=pl.Series(_heard(truth[story][document], names)),
            **{n: pl.Series(scores[:, i].astype(np.float32)) for i, n in enumerate(names) if "voice." not in n},
        )
    )
    if place.outage:
        gone = (pl.col("source") == OUTLETS[place.outage[0]]) & (pl.col("week") >= week_name(place.outage[1]))
        frame, docs = frame.filter(~gone), docs.filter(~gone)
    return frame, docs, stories["shares"]


def _heard(truth: NDArray[np.bool_], names: Sequence[str]) -> list[list[str]]:
    at = [(i, n.removeprefix("voice.")) for i, n in enumerate(names) if n.startswith("voice.")]
    return [[n for i, n in at if row[i]] for row in truth]


def _stories(place: Place, rng: np.random.Generator) -> dict[str, Any]:
    names, base = labels(), usual()
    rows: dict[str, list[Any]] = {"week": [], "outlet": [], "relevant": [], "truth": []}
    shares = np.zeros((place.weeks, len(names)))
    moves = rng.random(len(names)) < place.restless
    lean = rng.normal(0, place.alike, (len(OUTLETS), len(names)))
    for w in range(place.weeks):
        after = place.event is not None and w >= place.event
        logits = np.log(base / (1 - base)) + rng.normal(0, place.spread, len(names)) * moves
        if after:
            logits[names.index(place.label)] = np.log(place.to / (1 - place.to))
        n = rng.poisson(
            place.relevant * (place.louder if after else 1.0) * np.exp(rng.normal(0, min(0.2, place.spread)))
        )
        other = rng.poisson(place.other)
        outlet = rng.choice(len(OUTLETS), n + other, p=MIX)
        rate = 1 / (1 + np.exp(-(logits + lean[outlet])))
        truth = rng.random((n + other, len(names))) < rate
        side = [i for i, x in enumerate(names) if x.startswith("sentiment.")]
        truth[:, side] = np.eye(3, dtype=bool)[rng.choice(3, n + other, p=base[side])]
        rows["week"].append(np.full(n + other, w))
        rows["outlet"].append(outlet)
        rows["relevant"].append(np.arange(n + other) < n)
        rows["truth"].append(truth)
        shares[w] = truth[:n].mean(axis=0) if n else np.nan
    return {k: np.concatenate(v) for k, v in rows.items()} | {"shares": shares}


def figures(place: Place, seed: int, *, gold: Sequence[dict[str, Any]] = ()) -> list[Figure]:
    """Return the figures of the last week of a drawn town."""
    passages, documents, _ = draw(place, seed)
    down = frozenset(
        (OUTLETS[place.outage[0]], week_name(w)) for w in range(place.outage[1], place.weeks)
    ) if place.outage else frozenset()  # fmt: skip
    week = week_name(place.weeks - 1)
    return measure.week_figures(passages, documents, week=week, settings=place.settings, gold=gold, down=down)


def changes(found: Sequence[Figure], week: str) -> list[Figure]:
    """Return what a report of the week would call a change."""
    return [f for f in found if f.period == week and f.change in ("higher", "lower")]


def alarms(runs: int, seed: int) -> None:
    """Print the share of quiet reports that claim any change, by town."""
    quiet = Place()
    towns = {
        "12 stories a week, 12 weeks": quiet,
        "12 stories, 5 weeks only": replace(quiet, weeks=5),
        "60 stories a week": replace(quiet, relevant=60.0, other=80.0),
        "60 stories, weeks differ by more than chance (log-odds SD 0.3)": replace(
            quiet, relevant=60.0, other=80.0, spread=0.3
        ),
        "60 stories, one label in four differs a lot (log-odds SD 0.7)": replace(
            quiet, relevant=60.0, other=80.0, spread=0.7, restless=0.25
        ),
        "60 stories, outlets lean (log-odds SD 0.5), one dead since week 9": replace(
            quiet, relevant=60.0, other=80.0, alike=0.5, outage=(1, 8)
        ),
        "60 stories, blunt classifier (AUC .76)": replace(quiet, relevant=60.0, other=80.0, sharpness=1.0),
        "300 stories a week, a third reprinted": replace(quiet, relevant=300.0, other=300.0, reprints=0.33),
        "60 stories, 26 weeks": replace(quiet, relevant=60.0, other=80.0, weeks=26),
    }
    print("| town where nothing happens | reports | with a change | changes a report |\n|---|---|---|---|")
    for name, place in towns.items():
        found = [len(changes(figures(place, seed + r), week_name(place.weeks - 1))) for r in range(runs)]
        print(f"| {name} | {runs} | {np.mean(np.array(found) > 0):.1%} | {np.mean(found):.3f} |", flush=True)


def power(runs: int, seed: int) -> None:
    """Print how often a shift of one concern is found in its first, second and fourth week."""
    print(
        "| stories a week | classifier AUC | share from 18 % to | week 1 | week 2 | week 4 |\n|---|---|---|---|---|---|"
    )
    for relevant in (12.0, 30.0, 60.0, 150.0):
        for sharpness, auc in ((2.0, ".92"),):
            for to in (0.26, 0.34, 0.50):
                hits = []
                for later in (1, 2, 4):
                    place = Place(
                        relevant=relevant, other=relevant * 1.3, sharpness=sharpness, event=8, to=to, weeks=8 + later
                    )
                    last = week_name(place.weeks - 1)
                    hits.append(np.mean([_found(figures(place, seed + r), last, place.label) for r in range(runs)]))
                print(
                    f"| {relevant:.0f} | {auc} | {to:.0%} | " + " | ".join(f"{h:.0%}" for h in hits) + " |", flush=True
                )


def _found(found: Sequence[Figure], week: str, label: str) -> bool:
    return any(
        f"{f.task}.{f.label}" == label and f.group == "all" and f.change == "higher" for f in changes(found, week)
    )


def main(arguments: Sequence[str]) -> None:
    """Run the simulation that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=sorted(WHAT))
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(arguments)
    WHAT[given.what](given.runs, given.seed)


WHAT: dict[str, Callable[[int, int], None]] = {"alarms": alarms, "power": power}

if __name__ == "__main__":
    main(sys.argv[1:])
