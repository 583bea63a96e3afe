"""Residents' letters to the town hall, one a week."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from valmorel.setting import Item, Town, bank
from valmorel.texts import slots, slug, write, written_day


@dataclass(frozen=True, kw_only=True)
class Letter:
    """One letter as it came in."""

    item: Item
    week: int
    day: date
    title: str
    path: str


def letters(town: Town) -> list[Letter]:
    """Return a letter a week, about migration every other time; the event's own every third week after it begins."""
    rows = [r for r in bank("letters") if r.get("event") in (None, town.event)]
    town.rng("letters").shuffle(rows)
    event = sorted((r for r in rows if "event" in r), key=lambda r: r["phase"])
    plain = {
        about: [r for r in rows if "event" not in r and r["truth"]["relevance"] == about] for about in (True, False)
    }
    received = []
    for week in range(1, town.weeks + 1):
        turn = town.started(week) and (week - town.event_week) % 3 == 0
        pool = (event if turn else []) or plain[week % 2 == 1] or plain[True] or plain[False]
        if pool:
            received.append(_received(town, week, pool.pop(0)))
    return received


def _received(town: Town, week: int, item: Item) -> Letter:
    day = town.day(week, town.rng("letter", week).randrange(1, 5))
    title = slots(town, item["id"])(item["title"])
    path = f"letters/{day.isoformat()}_{slug(item['title'].split(',')[0], 5)}.txt"
    return Letter(item=item, week=week, day=day, title=title, path=path)


def write_letters(out: Path, town: Town, received: list[Letter]) -> None:
    """Write each letter as a file with its date in the name."""
    for letter in received:
        fill = slots(town, letter.item["id"])
        body = "\n\n".join(fill(p) for p in letter.item["paragraphs"])
        head = f"Objet : {letter.title}\nReçu en mairie le {written_day(letter.day, 'fr')}\n"
        write(out / letter.path, f"{head}\n{body}\n{_contact(town.rng('contact', letter.week))}")


def _contact(rng: random.Random) -> str:
    """Return a line for the masking to find: a number kept for fiction, an address that cannot exist, or nothing."""
    number = f"Tél. : 06 39 98 {rng.randrange(10, 100)} {rng.randrange(10, 100)}\n"
    return rng.choice(("", number, "Courriel : habitant@courriel.example\n"))
