"""Towns with a known truth: what is published, what is true of it, and what a classifier makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from discourse import codebook
from discourse.config import IngestSettings, Settings, SourceSpec
from discourse.measure import weekly
from discourse.measure.town import build
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
    """A town to draw: how much is published, how well the classifier tells, and what happens in which week.

    ``heard`` is how often a kind of voice is found in a story that has it, and in one that has not.
    """

    relevant: float = 12.0
    other: float = 15.0
    weeks: int = 12
    passages: float = 2.0
    sharpness: float = 2.0
    heard: tuple[float, float] = (0.7, 0.05)
    spread: float = 0.0
    restless: float = 1.0
    alike: float = 0.0
    reprints: float = 0.05
    event: int | None = None
    label: str = "concern.housing"
    to: float = 0.5
    louder: float = 1.0
    slope: float = 1.0
    shift: float = 0.0
    outage: tuple[int, int] | None = None
    slope_a_week: float = 0.0
    season: float = 0.0
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


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """Passages and documents as the store shows them, what is true of each story, and of each week.

    ``shares`` are those of the stories that were seen, ``rates`` those by which they were drawn: (weeks, labels).
    """

    passages: pl.DataFrame
    documents: pl.DataFrame
    shares: Floats
    rates: Floats
    truth: dict[str, NDArray[np.bool_]]


def draw(place: Place, seed: int) -> Drawn:
    """Return a town. Every passage of a story has its labels; the classifier sees each story through one noise."""
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
    scores = 1 / (1 + np.exp(-(place.slope * np.log(scores / (1 - scores)) + place.shift)))
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
            voices=pl.Series(_heard(truth, names, place.heard, seed)[story][document].tolist()),
            **{n: pl.Series(scores[:, i].astype(np.float32)) for i, n in enumerate(names) if "voice." not in n},
        )
    )
    if place.outage:
        gone = (pl.col("source") == OUTLETS[place.outage[0]]) & (pl.col("week") >= week_name(place.outage[1]))
        frame, docs = frame.filter(~gone), docs.filter(~gone)
    known = {f"s{i}": row for i, row in enumerate(truth)}
    shares = seen_shares(frame, known, place.weeks)
    return Drawn(passages=frame, documents=docs, shares=shares, rates=stories["rates"], truth=known)


def seen_shares(frame: pl.DataFrame, truth: dict[str, NDArray[np.bool_]], weeks: int) -> Floats:
    """Return the true shares of the stories about migration that were published and seen: (weeks, labels)."""
    out = np.full((weeks, len(labels())), np.nan)
    found = frame.filter(pl.col("relevance") >= 0.5).select("week", "story_id").unique()
    for w in range(weeks):
        there = found.filter(pl.col("week") == week_name(w))["story_id"].to_list()
        if there:
            out[w] = np.mean([truth[s] for s in there], axis=0)
    return out


def _heard(
    truth: NDArray[np.bool_], names: Sequence[str], rates: tuple[float, float], seed: int
) -> NDArray[np.object_]:
    """Return which voices are found in each story: a yes or a no, which is wrong as often as ``rates`` say."""
    at = [(i, n.removeprefix("voice.")) for i, n in enumerate(names) if n.startswith("voice.")]
    found = np.random.default_rng(seed + 2 * 10**6).random(truth.shape) < np.where(truth, *rates)
    out = np.empty(len(truth), object)
    out[:] = [[n for i, n in at if row[i]] for row in found]
    return out


def _stories(place: Place, rng: np.random.Generator) -> dict[str, Any]:
    names, base = labels(), usual()
    rows: dict[str, list[Any]] = {"week": [], "outlet": [], "relevant": [], "truth": []}
    rates = np.zeros((place.weeks, len(names)))
    moves = rng.random(len(names)) < place.restless
    lean = rng.normal(0, place.alike, (len(OUTLETS), len(names)))
    turn = rng.random(len(names)) * 2 * np.pi
    way = np.where(rng.random(len(names)) < 0.5, 1.0, -1.0)
    for w in range(place.weeks):
        after = place.event is not None and w >= place.event
        logits = np.log(base / (1 - base)) + rng.normal(0, place.spread, len(names)) * moves
        logits += place.season * np.sin(2 * np.pi * w / 52 + turn) + place.slope_a_week * way * (w - place.weeks + 1)
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
        rates[w] = rate[:n].mean(axis=0) if n else np.nan
        rates[w, side] = base[side]
    return {k: np.concatenate(v) for k, v in rows.items()} | {"rates": rates}


def judged(place: Place, seed: int) -> list[Figure]:
    """Return the figures of a drawn town in the groups that are judged, those of its last week decided."""
    town = draw(place, seed)
    down = frozenset(
        (OUTLETS[place.outage[0]], week_name(w)) for w in range(place.outage[1], place.weeks)
    ) if place.outage else frozenset()  # fmt: skip
    week = week_name(place.weeks - 1)
    built = build(town.passages, town.documents, week=week, settings=place.settings, down=down)
    groups = [g for g in built.groups() if g in weekly.JUDGED]
    found = [f for g in groups for f in weekly.figures_of(built, g, {})]
    return weekly.decided(found, week, place.settings.measure.false_discovery_rate)


@dataclass(frozen=True, kw_only=True)
class Checked:
    """How people draw what they read: about ``n`` stories, alike or more often where the model says yes; by passage."""

    n: int = 200
    favour: float = 1.0
    by: str = "story_id"
    weeks: tuple[str, ...] = ()


def checked(
    passages: pl.DataFrame, truth: dict[str, NDArray[np.bool_]], how: Checked, seed: int
) -> list[dict[str, Any]]:
    """Return label rows of a random sample, as the store keeps them."""
    rng = np.random.default_rng(seed + 10**6)
    frame = passages.filter(pl.col("relevance") >= 0.5)
    frame = frame.filter(pl.col("week").is_in(how.weeks)) if how.weeks else frame
    likely = frame.group_by(how.by, maintain_order=True).agg(pl.col("concern.housing").max())
    keen = np.where(likely["concern.housing"].to_numpy() > 0.3, how.favour, 1.0)
    chance = np.minimum(1.0, how.n * keen / keen.sum())
    hit = rng.random(len(keen)) < chance
    drawn = dict(zip(likely[how.by].to_numpy()[hit], chance[hit], strict=True))
    out = []
    for row in frame.filter(pl.col(how.by).is_in(list(drawn))).iter_rows(named=True):
        by_task: dict[str, list[str]] = {t: [] for t in RATES}
        for name, yes in zip(labels(), truth[row["story_id"]], strict=True):
            task, label = name.split(".")
            by_task[task] += [label] if yes else []
        out += [
            {"passage_id": row["passage_id"], "task": t, "annotator": "a", "value": v, "sample": "random",
             "probability": float(drawn[row[how.by]]), "codebook": "1"}
            for t, v in by_task.items()
        ]  # fmt: skip
    return out


def changes(found: Sequence[Figure], week: str) -> list[Figure]:
    """Return what a report of the week would call a change."""
    return [f for f in found if f.period == week and f.change in ("higher", "lower")]
