"""Who prints, who lives and who sits in the town, and where one town's chance comes from."""

from __future__ import annotations

import json
import random
import tomllib
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

HERE = Path(__file__).resolve().parents[1]
PARIS = ZoneInfo("Europe/Paris")

Item = dict[str, Any]
"""A row of the bank, or of the truth."""


@dataclass(frozen=True, kw_only=True)
class Outlet:
    """One paper: how much it prints, on which weekdays, and how much more or less of each desk."""

    name: str
    title: str
    host: str
    strap: str
    layout: str
    lang: str
    share: float
    days: list[int]
    authors: list[str]
    desks: dict[str, float] = field(default_factory=dict)
    typographic: bool = False

    def prints_on(self, weekday: int) -> bool:
        """Return whether it publishes on a weekday (0 is Monday)."""
        return self.days[weekday] > 0


SETTING: dict[str, Any] = tomllib.loads((HERE / "setting.toml").read_text(encoding="utf-8"))
OUTLETS = tuple(Outlet(**o) for o in SETTING["outlets"])
BY_NAME = {o.name: o for o in OUTLETS}
DOMINANT: dict[str, str] = SETTING["dominant"]
WIRE_WEEK: int = SETTING["wire_week"]


@dataclass(frozen=True, kw_only=True)
class Town:
    """The arguments of one town."""

    seed: int
    event: str | None
    event_week: int
    dead_source: str | None
    dead_week: int
    weeks: int
    monday: date

    def rng(self, *what: object) -> random.Random:
        """Return a source of chance of its own for each purpose, so that one choice never shifts another."""
        return random.Random(":".join(map(str, (self.seed, *what))))

    @property
    def concern(self) -> str | None:
        """Return the concern that the event brings up, ``None`` in a quiet town."""
        return DOMINANT[self.event] if self.event else None

    def started(self, week: int) -> bool:
        """Return whether the event has begun by a week (counted from one)."""
        return self.event is not None and week >= self.event_week

    def silent(self, outlet: Outlet, week: int) -> bool:
        """Return whether an outlet has stopped publishing."""
        return outlet.name == self.dead_source and week >= self.dead_week

    def day(self, week: int, weekday: int) -> date:
        """Return a day of a week."""
        return self.monday + timedelta(weeks=week - 1, days=weekday)

    def label(self, week: int) -> str:
        """Return the ISO name of a week: 2026-W39."""
        year, number, _ = self.day(week, 0).isocalendar()
        return f"{year}-W{number:02d}"


def meetings(town: Town) -> list[int]:
    """Return the weeks in which the council meets, on the Tuesday."""
    return list(range(4, town.weeks + 1, 4))


def bank(family: str) -> list[Item]:
    """Return the rows of one family, in the order they are written."""
    text = (HERE / "bank" / f"{family}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines() if line.strip()]
