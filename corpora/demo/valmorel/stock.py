"""What is left of the bank, how many stories a week takes from it, and which."""

from __future__ import annotations

import random
from math import ceil

from valmorel.setting import BY_NAME, OUTLETS, Item, Outlet, Town, bank

Choice = tuple[Item, Outlet]
BEFORE = (10.2, 15.4)
"""Press stories a week, on migration and on anything else, while nothing happens."""
AFTER = (14.6, 11.8)
SHARE = {False: 0.17, True: 0.48}
"""The dominant concern's share of the stories on migration, before and after the event."""


class Stock:
    """The bank of one town, each text taken at most once."""

    def __init__(self, town: Town) -> None:
        self.town = town
        background, others = bank("background-relevant"), bank("background-other")
        town.rng("background").shuffle(background)
        town.rng("other").shuffle(others)
        self.on_topic = [r for r in background if town.concern in r["truth"]["concern"]]
        self.off_topic = [r for r in background if town.concern not in r["truth"]["concern"]]
        self.twins = {r["with"]: r for r in others if "with" in r}
        self.others = [r for r in others if "with" not in r]
        self.event = _in_phases(town)
        self.event_quota = _event_quota(town, len(self.event))
        self.rates = self._rates(len(others))

    def wanted(self, week: int) -> tuple[int, int]:
        """Return how many stories a week prints: on migration, on anything else."""
        rng = self.town.rng("volume", week)
        relevant, other = self.rates[self.town.started(week)]
        return max(0, _round(relevant, rng) + rng.choice((-1, 0, 0, 1))), _round(other, rng)

    def relevant(self, week: int, n: int, wired: int) -> list[Choice]:
        """Return a week's stories on migration, beside ``wired`` prints of the agency's."""
        rng = self.town.rng("relevant", week)
        on_event, on_topic = self._of_event(week, n, wired, rng) if self.town.concern else (0, 0)
        chosen = []
        for k in range(n):
            pool = self.event if k < on_event else self.on_topic if k < on_event + on_topic else self.off_topic
            chosen += self._take(pool or self.off_topic or self.on_topic, week, rng)
        return chosen

    def other(self, week: int, n: int) -> list[Choice]:
        """Return a week's other stories; one that is told in both languages is told in one week."""
        rng, post = self.town.rng("others", week), BY_NAME["valmorel-post"]
        chosen: list[Choice] = []
        while len(chosen) < n and self.others:
            got = self._take(self.others, week, rng)
            n -= not got
            chosen += got
            twin = self.twins.pop(got[0][0]["id"], None) if got else None
            if twin and not self.town.silent(post, week):
                chosen.append((twin, post))
        return chosen

    def _of_event(self, week: int, n: int, wired: int, rng: random.Random) -> tuple[int, int]:
        """Return how many stories of the event, and others of its concern, so that both last to the end."""
        left = self.town.weeks - week + 1
        wanted = max(0, _round(SHARE[self.town.started(week)] * (n + wired), rng) - wired)
        on_event = 0
        if self.town.started(week):
            on_event = max(0, max(self.event_quota[week], ceil(len(self.event) / left)) - wired // 2)
        reserve = len(self.on_topic) if not self.town.started(week) else 1 + ceil(len(self.on_topic) / left)
        return on_event, min(reserve, max(0, wanted - on_event))

    def _take(self, pool: list[Item], week: int, rng: random.Random) -> list[Choice]:
        """Take one story; none when its outlet has fallen silent (the story stays for another week)."""
        if not pool:
            return []
        item = pool[0] if pool is self.event else max(pool, key=lambda r: self._fit(r, week) + rng.random())
        outlet = _outlet(item, rng)
        if self.town.silent(outlet, week):
            return []
        pool.remove(item)
        return [(item, outlet)]

    def _fit(self, item: Item, week: int) -> float:
        """Return how well a seasonal story suits a week: early ones first, late ones last."""
        third = min(2, (week - 1) * 3 // self.town.weeks)
        by_season = {"early": (0.6, -0.4, -1.0), "late": (-1.0, -0.4, 0.6)}
        return by_season.get(item.get("season", ""), (0, 0, 0))[third]

    def _rates(self, others: int) -> dict[bool, tuple[float, float]]:
        """Return the stories a week before and after the event, within what the bank can give."""
        town, on, off = self.town, len(self.on_topic), len(self.off_topic)
        before = town.event_week - 1 if town.event else town.weeks
        after = max(0, town.weeks - before)
        quiet = min(BEFORE[0], (on + off - 4) / town.weeks)
        loud = AFTER[0]
        if after:
            on_left = len(self.event) + 5 + on - SHARE[False] * quiet * before
            off_left = off - (1 - SHARE[False]) * quiet * before
            loud = min(loud, 2.08 * on_left / after, 1.9 * off_left / after)
        scale = min(1.0, (others + 2) / (BEFORE[1] * before + AFTER[1] * after))
        return {False: (quiet, BEFORE[1] * scale), True: (loud, AFTER[1] * scale)}


def _event_quota(town: Town, n: int) -> dict[int, int]:
    """Return how many event stories each week tells: most at first, some to the end."""
    weeks = [w for w in range(1, town.weeks + 1) if town.started(w)]
    weight = [1 + 1.2 * 0.55**i for i in range(len(weeks))]
    quota = {w: min(8, int(n * g / sum(weight))) for w, g in zip(weeks, weight, strict=True)}
    for w in weeks[1:]:
        quota[w] += sum(quota.values()) < n
    return quota


def _in_phases(town: Town) -> list[Item]:
    """Return the event's stories: the announcement, then phase by phase in any order."""
    if town.event is None:
        return []
    first, *rest = bank(town.event)
    town.rng("event").shuffle(rest)
    return [first | {"outlet": "gazette"}, *sorted(rest, key=lambda r: r["phase"])]


def _outlet(item: Item, rng: random.Random) -> Outlet:
    if item["lang"] == "en":
        return BY_NAME["valmorel-post"]
    if "outlet" in item:
        return BY_NAME[item["outlet"]]
    french = [o for o in OUTLETS if o.lang == "fr"]
    return rng.choices(french, [o.share * o.desks.get(item["desk"], 1) for o in french])[0]


def _round(value: float, rng: random.Random) -> int:
    return int(value) + (rng.random() < value - int(value))
