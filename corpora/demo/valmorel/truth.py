"""What is true of the town: of each document, and of each week."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date

from valmorel.council import Session
from valmorel.letters import Letter
from valmorel.plan import Story
from valmorel.setting import BY_NAME, WIRE_WEEK, Item, Town


def of_press(town: Town, stories: Iterable[Story]) -> dict[str, Item]:
    """Return each page's truth by its address."""
    return {
        s.url: _row(town, s.item, s.outlet.name, s.when.date(), s.week, s.title)
        | {"published": s.when.isoformat(), "reprint_of": s.reprint_of}
        for s in stories
    }


def of_letters(town: Town, received: Iterable[Letter]) -> dict[str, Item]:
    """Return each letter's truth by its path."""
    return {x.path: _row(town, x.item, "letters", x.day, x.week, x.title) for x in received}


def of_council(town: Town, held: Iterable[Session]) -> dict[str, Item]:
    """Return the truth of each deliberation by its address and of each session's minutes by their path."""
    rows: dict[str, Item] = {}
    for session in held:
        for number, item in enumerate([*session.debated, *session.agreed], start=1):
            row = _row(town, item, "deliberations", session.day, session.week, item["title"])
            rows[session.delib_url(number)] = row | {"voices": [], "delib_id": session.delib_id(number)}
        rows[session.minutes] = _of_minutes(town, session)
    return rows


def _row(town: Town, item: Item, source: str, day: date, week: int, title: str) -> Item:
    return {
        "source": source,
        "date": day.isoformat(),
        "week": town.label(week),
        "title": title,
        "bank_id": item["id"],
        "family": item["family"],
        "lang": item["lang"],
        **item["truth"],
        "event": town.event is not None and town.event in (item["family"], item.get("event")),
        "reprint_of": None,
    }


def _of_minutes(town: Town, session: Session) -> Item:
    """Return what holds of the minutes as a whole (the union over their relevant items) and section by section."""
    about = [i for i in [*session.debated, *session.agreed] if i["truth"]["relevance"]]
    moods = {i["truth"]["sentiment"] for i in about}
    mood = (moods.pop() if len(moods) == 1 else "neutral") if about else None
    union = {k: sorted({v for i in about for v in i["truth"][k]}) for k in ("policy_frame", "concern", "voices")}
    item = {
        "id": f"pv-{session.day.isoformat()}",
        "family": "council",
        "lang": "fr",
        "truth": {"relevance": bool(about), "sentiment": mood, **union},
        "event": next((i["event"] for i in about if "event" in i), None),
    }
    sections = [
        {"number": n, "title": i["title"], "bank_id": i["id"], **i["truth"]} for n, i in enumerate(session.debated, 1)
    ]
    return _row(town, item, "pv", session.day, session.week, session.title) | {"sections": sections}


def summary(town: Town, documents: dict[str, Item], stories: list[Story]) -> Item:
    """Return what happens in the town, and the counts of each week."""
    weekly: dict[str, list[Item]] = defaultdict(list)
    for row in documents.values():
        weekly[row["week"]].append(row)
    prints = [s for s in stories if s.reprint]
    dies = town.dead_source is not None and town.dead_week <= town.weeks
    return {
        "city": "Valmorel-sur-Loire",
        "seed": town.seed,
        "first_week": town.label(1),
        "last_week": town.label(town.weeks),
        "event": town.event,
        "event_week": town.label(town.event_week) if town.event else None,
        "dominant_concern": town.concern,
        "dead_source": town.dead_source if dies else None,
        "dead_week": town.label(town.dead_week) if dies else None,
        "wire_week": town.label(WIRE_WEEK) if prints else None,
        "wire": _wire(prints) if prints else None,
        "weeks": {town.label(w): _counts(weekly[town.label(w)], town.concern) for w in range(1, town.weeks + 1)},
    }


def _wire(prints: list[Story]) -> Item:
    item = prints[0].item
    return {"bank_id": item["id"], "relevance": item["truth"]["relevance"], "urls": [s.url for s in prints]}


def _counts(rows: list[Item], concern: str | None) -> Item:
    about = [r for r in rows if r["relevance"]]
    publishers = Counter(_publisher(r) for r in rows)
    on = sum(concern in r["concern"] for r in about)
    return {
        "all": len(rows),
        **{p: publishers[p] for p in ("press", "council", "civic")},
        "relevant": len(about),
        "relevant_press": sum(_publisher(r) == "press" for r in about),
        "sentiment": _tally(r["sentiment"] for r in about),
        "concern": _tally(c for r in about for c in r["concern"]),
        "dominant": on if concern else None,
        "dominant_share": round(on / len(about), 3) if concern and about else None,
        "by_source": _tally(r["source"] for r in rows),
    }


def _publisher(row: Item) -> str:
    return "press" if row["source"] in BY_NAME else "civic" if row["source"] == "letters" else "council"


def _tally(values: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(values).items()))
