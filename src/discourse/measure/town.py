"""What the figures of a town are made from: its texts, weeks and outlets as arrays, and which weeks may be compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from discourse.config import Settings
from discourse.measure import gold as people
from discourse.measure import stories
from discourse.measure.estimates import Correction, correction
from discourse.measure.recalibrate import cuts, logit, sigmoid
from discourse.measure.stories import Floats, Ints, Texts, Units, Wide
from discourse.records import PUBLISHERS

MIN_USABLE = 4
Bools = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Town:
    """All weeks in order, the last being the one asked for, and everything that was published in them.

    Figures are made from week ``first`` on; the weeks before it only tell what is usual.
    """

    weeks: tuple[str, ...]
    sources: tuple[str, ...]
    texts: Texts
    passages: Units | None
    seen: Texts
    versions: tuple[str, ...]
    reach: Floats
    down: Bools
    settings: Settings
    applied: Mapping[int, Correction] = field(default_factory=dict)
    first: int = 0

    @property
    def now(self) -> int:
        """Return the index of the week asked for."""
        return len(self.weeks) - 1

    def shown(self) -> Iterator[tuple[int, str]]:
        """Yield the weeks that figures are made for, with their places."""
        yield from enumerate(self.weeks[self.first :], self.first)

    def group(self, name: str) -> tuple[Bools, Bools]:
        """Return which texts, and which of all texts seen, belong to ``all``, a publisher, or ``source:<slug>``."""
        return self._member(self.texts, name), self._member(self.seen, name)

    def _member(self, texts: Texts, name: str) -> Bools:
        if name in PUBLISHERS:
            return np.asarray(texts.kind == PUBLISHERS.index(name))
        if name.startswith("source:"):
            return np.asarray(texts.source == self.sources.index(name.removeprefix("source:")))
        return np.ones(len(texts.story), bool)

    def groups(self) -> list[str]:
        """Return every group that has texts: all, publishers, sources."""
        kinds = [k for i, k in enumerate(PUBLISHERS) if (self.seen.kind == i).any()]
        present = set(self.seen.source.tolist())
        return ["all", *kinds, *(f"source:{s}" for i, s in enumerate(self.sources) if i in present)]

    def units(self, texts: Texts) -> Units:
        """Return what is counted: stories, or stories weighed by the reach of the outlets that carried them."""
        return stories.units_of(texts, reach=self.reach if self.settings.measure.unit == "reach" else None)


def build(
    passages: pl.DataFrame,
    documents: pl.DataFrame,
    *,
    week: str,
    settings: Settings,
    readings: Sequence[people.Reading] = (),
    down: frozenset[tuple[str, str]] = frozenset(),
) -> Town:
    """Return the town as arrays; undated texts and weeks after ``week`` are left out."""
    passages = passages.filter(pl.col("week").is_not_null() & (pl.col("week") <= week))
    documents = documents.filter(pl.col("week").is_not_null() & (pl.col("week") <= week))
    weeks = tuple(sorted({*documents["week"].unique().to_list(), *passages["week"].unique().to_list(), week}))
    sources = tuple(sorted({*documents["source"].unique().to_list(), *passages["source"].unique().to_list()}))
    relevant = passages.filter(pl.col("relevance") >= settings.classify.relevance_threshold)
    versions = _versions(relevant, weeks, settings)
    keys = _keys(relevant, weeks, sources)
    truth, chance = people.beside(relevant["passage_id"].to_list() if readings else [], readings)
    values = stories.matrix(relevant, _cuts(relevant))
    by_passage = settings.measure.unit == "passage"
    applied: dict[int, Correction] = {}
    if truth is not None and chance is not None and not by_passage and not whole_texts(keys["document"], chance):
        values, applied = _refitted(values, truth, chance)
        truth = chance = None
    seen = _seen(documents, passages, weeks, sources, readings)
    return Town(
        weeks=weeks,
        sources=sources,
        texts=stories.texts_of(keys, values, truth, chance),
        passages=stories.passages_as_units(keys, values, truth, chance) if by_passage else None,
        seen=seen,
        versions=versions,
        reach=np.array([spec.reach if (spec := settings.source(s)) else 1.0 for s in sources]),
        down=_down(down, seen, weeks, sources),
        settings=settings,
        applied=applied,
    )


def whole_texts(document: Ints, chance: Floats) -> bool:
    """Say whether people read whole texts; when they read passages here and there, no text is known as a whole."""
    size = np.bincount(document)
    read = np.bincount(document, ~np.isnan(chance))
    several = (size > 1) & (read > 0)
    return not several.any() or float((read == size)[several].mean()) >= 0.9


def _refitted(values: Wide, truth: Wide, chance: Floats) -> tuple[Wide, dict[int, Correction]]:
    """Return probabilities of passages refitted to the passages that people read, before texts are made of them."""
    out, applied = values.copy(), dict[int, Correction]()
    for j in range(values.shape[1] - 1):
        found = correction(values[:, j], truth[:, j], chance)
        if found is not None:
            out[:, j] = sigmoid(found.beta[0] * logit(values[:, j].astype(float)) + found.beta[1])
            applied[j] = replace(found, applied=True)
    return out, applied


def _cuts(relevant: pl.DataFrame) -> Mapping[str, float]:
    models = [m for m in relevant["model"].unique().to_list() if m] if "model" in relevant.columns else []
    return cuts(models[0]) if len(models) == 1 else {}


def _keys(frame: pl.DataFrame, weeks: Sequence[str], sources: Sequence[str]) -> dict[str, Ints]:
    story = frame.select(pl.col("story_id").fill_null(pl.col("document_id")))["story_id"]
    return {
        "story": stories.codes(story)[0],
        "document": stories.codes(frame["document_id"])[0],
        "source": coded(frame["source"], sources),
        "kind": coded(frame["kind"], PUBLISHERS),
        "week": coded(frame["week"], weeks),
    }


def coded(column: pl.Series, known: Sequence[str]) -> Ints:
    """Return the place of every value in ``known``; -1 for others."""
    table = pl.DataFrame(
        {"value": list(known), "code": range(len(known))}, schema={"value": pl.String, "code": pl.Int64}
    )
    joined = pl.DataFrame({"value": column.cast(pl.String)}).join(table, on="value", how="left", maintain_order="left")
    return joined["code"].fill_null(-1).to_numpy()


def _seen(
    documents: pl.DataFrame,
    passages: pl.DataFrame,
    weeks: Sequence[str],
    sources: Sequence[str],
    readings: Sequence[people.Reading],
) -> Texts:
    """Return every text seen, relevant or not; its one value is the highest relevance among its passages."""
    best = passages.group_by("document_id").agg(pl.col("relevance").max())
    frame = documents.select(pl.col("id").alias("document_id"), "story_id", "source", "kind", "week")
    frame = frame.join(best, on="document_id", how="left", maintain_order="left")
    keys = _keys(frame, weeks, sources)
    values = frame["relevance"].fill_null(0.0).cast(pl.Float32).to_numpy()[:, None]
    truth, chance = _relevance_read(passages, frame, readings)
    return Texts(
        story=keys["story"], source=keys["source"], kind=keys["kind"], week=keys["week"], values=values, truth=truth,
        chance=chance,
    )  # fmt: skip


def _relevance_read(
    passages: pl.DataFrame, frame: pl.DataFrame, readings: Sequence[people.Reading]
) -> tuple[Wide | None, Floats | None]:
    """Return whether people found each text to be about migration, where they read every passage of it."""
    said = [
        (r.passage, max(r.tasks["relevance"].values(), default=0.0), r.chance)
        for r in readings
        if "relevance" in r.tasks
    ]
    if not said:
        return None, None
    table = pl.DataFrame(said, schema={"passage_id": pl.String, "yes": pl.Float64, "chance": pl.Float64}, orient="row")
    joined = passages.select("passage_id", "document_id").join(table, on="passage_id", how="left")
    read = joined.group_by("document_id").agg(
        pl.when(pl.col("yes").is_null().any()).then(None).otherwise(pl.col("yes").max()).alias("yes"),
        pl.when(pl.col("yes").is_null().any()).then(None).otherwise(pl.col("chance").min()).alias("chance"),
    )
    found = frame.select("document_id").join(read, on="document_id", how="left", maintain_order="left")
    truth = found["yes"].cast(pl.Float32).fill_null(float("nan")).to_numpy()
    return truth[:, None], found["chance"].fill_null(float("nan")).to_numpy()


def _versions(relevant: pl.DataFrame, weeks: Sequence[str], settings: Settings) -> tuple[str, ...]:
    """Return, by week, the model and codebook that tagged most of it, with the threshold."""
    if "model" not in relevant.columns or not relevant.height:
        return ("",) * len(weeks)
    most = (
        relevant.group_by("week", "model", "codebook")
        .len()
        .sort(["week", "len", "model", "codebook"], descending=[False, True, False, False], nulls_last=True)
        .unique("week", keep="first", maintain_order=True)
    )
    threshold = settings.classify.relevance_threshold
    said = {
        w: f"{model or 'unknown model'} · codebook {book or '?'} · threshold {threshold:g}"
        for w, model, book, _ in most.iter_rows()
    }
    return tuple(said.get(w, "") for w in weeks)


def _down(pairs: frozenset[tuple[str, str]], seen: Texts, weeks: Sequence[str], sources: Sequence[str]) -> Bools:
    """Return when each source could not be heard, shape (sources, weeks): silent, or not yet there.

    A source that begins after the first week was not yet there, unless at its own pace so long a silence is no surprise
    (a chance above one in a hundred, counts being Poisson).
    """
    out = np.zeros((len(sources), len(weeks)), bool)
    for i in range(len(sources)):
        when = seen.week[seen.source == i]
        if len(when) and (first := int(when.min())):
            pace = len(when) / (len(weeks) - first)
            out[i, :first] = np.exp(-pace * first) < 0.01
    for source, week in pairs:
        if source in sources and week in weeks:
            out[sources.index(source), weeks.index(week)] = True
    return out


def comparable(town: Town, members: Bools) -> tuple[Ints, Ints]:
    """Return past weeks and sources by which the last week may be judged: like with like.

    A source that is silent now is left out of the past as well; a week when one of the others was silent is left out.
    Where that leaves too few weeks, the least steady sources are left out instead.
    """
    now, horizon = town.now, town.settings.report.baseline_weeks + 3
    published = np.zeros(len(town.sources), bool)
    published[np.unique(town.seen.source[members])] = True
    up = np.flatnonzero(published & ~town.down[:, now])
    past = np.arange(max(0, now - horizon), now)
    wanted = min(MIN_USABLE, len(past))
    while len(up) > 1 and (~town.down[np.ix_(up, past)].any(axis=0)).sum() < wanted:
        up = np.delete(up, town.down[np.ix_(up, past)].sum(axis=1).argmax())
    usable = np.flatnonzero(~town.down[up][:, :now].any(axis=0)) if len(up) else np.zeros(0, np.int64)
    return usable.astype(np.int64), up.astype(np.int64)


def same_version(town: Town, weeks: Ints) -> Ints:
    """Return the weeks tagged by the same model, codebook and threshold as the last one (or not tagged at all)."""
    now = town.versions[town.now]
    return np.array([w for w in weeks if not now or town.versions[w] in ("", now)], np.int64)
