"""Do 95 % intervals hold the truth, with a checked sample of 200?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from discourse.measure import gold as people
from discourse.measure import weekly
from discourse.measure.town import build
from simulation.towns import Checked, Floats, Place, checked, draw, labels, usual, week_name


def coverage(runs: int, seed: int, only: str) -> None:
    """Print how often 95 % intervals hold the truth, over labels with at least ten positives in a sample of 200."""
    one = Place(relevant=2000.0, other=500.0, weeks=1)
    base, stratified = Checked(), Checked(favour=4.0)
    towns: dict[str, tuple[Place, Checked]] = {
        "2,000 stories, calibrated, AUC .92": (one, base),
        "blunt classifier, AUC .76": (replace(one, sharpness=1.0), base),
        "sharp classifier, AUC .98": (replace(one, sharpness=3.0), base),
        "trained where every label had 40 %": (replace(one, trained_on=0.4), base),
        "overconfident and too ready to say yes": (replace(one, slope=2.0, shift=1.0), base),
        "drawn 4 x as often where housing is likely": (one, stratified),
        "outlets lean (log-odds SD 0.7)": (replace(one, alike=0.7), base),
        "half of the stories reprinted": (replace(one, reprints=0.5), base),
        "an outlet falls silent half way": (replace(one, relevant=500.0, weeks=4, outage=(0, 2)), Checked(n=800)),
        "600 stories": (replace(one, relevant=600.0), base),
        "6,000 stories, 4 passages each": (replace(one, relevant=6000.0, passages=4.0), base),
        "single passages drawn, not stories": (one, Checked(by="passage_id")),
        "checked in other weeks only, this one shifted": (
            replace(one, relevant=600.0, weeks=4, event=3, to=0.4), Checked(weeks=tuple(week_name(w) for w in range(3)))
        ),
    }  # fmt: skip
    print("| setting | towns | of the stories | of the rate behind | worst label | width |\n|---|---|---|---|---|---|")
    for name, (place, how) in towns.items():
        if only not in name:
            continue
        hits = np.array([holds(place, how, seed + r) for r in range(runs)])
        for method, enough in _by_method(how).items():
            drawn, behind = np.nanmean(hits[:, 0], axis=0)[enough], np.nanmean(hits[:, 1], axis=0)[enough]
            width = np.nanmean(hits[:, 2][:, enough])
            shown = f"{drawn.mean():.1%} | {behind.mean():.1%} | {drawn.min():.1%} | {width:.3f} |"
            print(f"| {name}{method} | {runs} | {shown}", flush=True)


def _by_method(how: Checked) -> dict[str, Floats]:
    """Return the labels that are common enough, apart by how they are corrected where only other weeks were checked."""
    enough = usual() * 200 >= 10
    voice = np.array([name.startswith("voice.") for name in labels()])
    return {" (em)": enough & ~voice, " (adjusted count)": enough & voice} if how.weeks else {"": enough}


def holds(place: Place, how: Checked, seed: int) -> list[list[float]]:
    """Return, for every label of the last week, hits of the stories drawn, of the rate behind them, and widths."""
    town = draw(place, seed)
    gold = checked(town.passages, town.truth, how, seed)
    week = week_name(place.weeks - 1)
    readings = people.readings(gold)
    built = build(town.passages, town.documents, week=week, settings=place.settings, readings=readings)
    found = weekly.plain_figures(built, "all", weekly.corrections_of(built), by_concern=False)
    at = {f"{f.task}.{f.label}": f for f in found if f.period == week}
    out: list[list[float]] = [[], [], []]
    for j, name in enumerate(labels()):
        f = at[name]
        assert f.low is not None and f.high is not None
        for i, truth in enumerate((town.shares[-1, j], town.rates[-1, j])):
            out[i].append(float(f.low <= truth <= f.high))
        out[2].append(f.high - f.low)
    return out
