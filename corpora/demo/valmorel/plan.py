"""What the press publishes, where and when."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, time

from valmorel.setting import BY_NAME, PARIS, WIRE_WEEK, Item, Outlet, Town, bank, meetings
from valmorel.stock import Choice, Stock
from valmorel.texts import slots, slug


@dataclass(kw_only=True)
class Story:
    """One text as it is printed: a row of the bank, its outlet, its moment."""

    item: Item
    week: int
    outlet: Outlet
    when: datetime
    title: str
    paragraphs: list[str]
    url: str = ""
    reprint: bool = False
    reprint_of: str | None = None


def press(town: Town) -> list[Story]:
    """Return every press story of the town by time, a bank text at most once (the wire: in each French outlet)."""
    stock = Stock(town)
    stories: list[Story] = []
    for week in range(1, town.weeks + 1):
        relevant, other = stock.wanted(week)
        prints = _reprints(town) if week == WIRE_WEEK else []
        wired = sum(s.item["truth"]["relevance"] for s in prints)
        chosen = stock.relevant(week, relevant - wired, wired) + stock.other(week, other - len(prints) + wired)
        stories += prints + _dated(town, week, chosen)
    _after_council(town, stories)
    _keep_order(stories)
    for story in stories:
        story.url = f"https://{story.outlet.host}/{story.when:%Y/%m}/{slug(story.title)}.html"
    stories.sort(key=lambda s: (s.when, s.url))
    prints = [s for s in stories if s.reprint]
    for later in prints[1:]:
        later.reprint_of = prints[0].url
    return stories


def _dated(town: Town, week: int, chosen: list[Choice]) -> list[Story]:
    rng = town.rng("days", week)
    stories = []
    for item, outlet in chosen:
        fill = slots(town, item["with"] if "with" in item else item["id"])
        moment = _moment(town, week, outlet, rng, news=item["family"] == town.event and week == town.event_week)
        paragraphs = [fill(p) for p in item["paragraphs"]]
        stories.append(
            Story(item=item, week=week, outlet=outlet, when=moment, title=fill(item["title"]), paragraphs=paragraphs)
        )
    _in_turn([s for s in stories if s.item["family"] == town.event])
    return stories


def _moment(town: Town, week: int, outlet: Outlet, rng: random.Random, *, news: bool) -> datetime:
    """Return when an outlet prints a story; the event's first stories are never before the Monday's news."""
    weekday = rng.choices(range(7), outlet.days)[0]
    if news and weekday == 0:
        weekday = next(d for d in range(1, 7) if outlet.prints_on(d))
    clock = time(6) if outlet.name == "reveil" else time(rng.randrange(6, 20), rng.randrange(60))
    return datetime.combine(town.day(week, weekday), clock, PARIS)


def _in_turn(happening: list[Story]) -> None:
    """Let a week's stories of the event follow one another, where their outlets print on such a day."""
    moments = sorted(s.when for s in happening)
    for story in happening:
        story.when = next((m for m in moments if story.outlet.prints_on(m.weekday())), story.when)
        if story.when in moments:
            moments.remove(story.when)


def _keep_order(stories: list[Story]) -> None:
    """Let an answer appear after what it answers, by exchanging their places."""
    by_id = {s.item["id"]: s for s in stories}
    for answer in stories:
        asked = by_id.get(answer.item.get("after", ""))
        if asked and answer.when <= asked.when:
            _exchange(answer, asked)


def _after_council(town: Town, stories: list[Story]) -> None:
    """Let what reports the council's evening on the event appear in the days after it, by exchanging places."""
    for week in [w for w in meetings(town) if town.started(w)][:1]:
        close = [s for s in stories if s.week == week and s.when.weekday() > 1 and s.item["family"] == town.event]
        for story in stories:
            near = [s for s in close if s.item["lang"] == story.item["lang"] and "reports" not in s.item]
            if "reports" in story.item and story not in close and near:
                _exchange(story, max(near, key=lambda s: s.item["phase"]))


def _exchange(one: Story, other: Story) -> None:
    one.week, other.week = other.week, one.week
    one.outlet, other.outlet = other.outlet, one.outlet
    one.when, other.when = other.when, one.when


def wire_of(town: Town) -> Item:
    """Return the agency story: about the event once it has begun, else about train times."""
    about = town.event if town.started(WIRE_WEEK) else "none"
    return next(r for r in bank("wire") if r["event"] == about)


def _reprints(town: Town) -> list[Story]:
    """Return the agency story in the French outlets, lightly edited by each in its own way."""
    wire, rng = wire_of(town), town.rng("wire")
    p = wire["paragraphs"]
    edits = {
        "gazette": [f"(AFL) {p[0]}", *p[1:]],
        "reveil": [*p[:-1], "Avec l'AFL"],
        "radio-loire": [*p[:2], *p[3:], "AFL"],
        "valmorel-infos": [*p[1:], "Source : Agence France-Loire"],
        "loire-eco": [*p, "(avec AFL)"],
    }
    stories = []
    for (name, paragraphs), title in zip(edits.items(), wire["titles"], strict=True):
        outlet, fixed = BY_NAME[name], {"reveil": (3, 6), "loire-eco": (4, 7)}
        weekday, hour = fixed.get(name, (rng.choice((3, 3, 4)), rng.randrange(12, 20)))
        when = datetime.combine(town.day(WIRE_WEEK, weekday), time(hour, 15 if hour > 6 else 0), PARIS)
        if not town.silent(outlet, WIRE_WEEK):
            stories.append(
                Story(
                    item=wire, week=WIRE_WEEK, outlet=outlet, when=when, title=title, paragraphs=paragraphs,
                    reprint=True,
                )
            )  # fmt: skip
    return stories
