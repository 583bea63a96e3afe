"""Is a change claimed when, and only when, there is one? Quiet towns, and towns where one concern moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from discourse.records import Figure
from simulation.towns import Place, changes, judged, week_name


def alarms(runs: int, seed: int, only: str) -> None:
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
        "300 stories, 26 weeks, labels drift (log-odds .03 a week)": replace(
            quiet, relevant=300.0, other=300.0, weeks=26, slope_a_week=0.03
        ),
        "300 stories, 120 weeks, labels follow the year (log-odds .4)": replace(
            quiet, relevant=300.0, other=300.0, weeks=120, season=0.4
        ),
    }
    print("| town where nothing happens | reports | with a change | changes a report |\n|---|---|---|---|")
    for name, place in towns.items():
        if only not in name:
            continue
        found = [len(changes(judged(place, seed + r), week_name(place.weeks - 1))) for r in range(runs)]
        print(f"| {name} | {runs} | {np.mean(np.array(found) > 0):.1%} | {np.mean(found):.3f} |", flush=True)


def power(runs: int, seed: int, only: str) -> None:
    """Print how often a shift of one concern, usually 18 %, is found in its first and in its fourth week."""
    print("| stories a week | housing from 18 % to | week 1 | week 4 |\n|---|---|---|---|")
    for relevant in (r for r in (15.0, 60.0, 150.0) if only in f"{r:.0f} stories"):
        for to in (0.26, 0.34, 0.50):
            hits = []
            for later in (1, 4):
                place = Place(relevant=relevant, other=relevant * 1.3, event=8, to=to, weeks=8 + later)
                last = week_name(place.weeks - 1)
                hits.append(np.mean([_found(judged(place, seed + r), last, place.label) for r in range(runs)]))
            print(f"| {relevant:.0f} | {to:.0%} | " + " | ".join(f"{h:.0%}" for h in hits) + " |", flush=True)


def _found(found: Sequence[Figure], week: str, label: str) -> bool:
    return any(
        f"{f.task}.{f.label}" == label and f.group == "all" and f.change == "higher" for f in changes(found, week)
    )
