"""The outlets' feeds and pages."""

from __future__ import annotations

import json
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from valmorel.plan import Story
from valmorel.setting import HERE, OUTLETS, SETTING, Town
from valmorel.texts import slug, teaser, typeset, write, written_day

WEATHER = ("12 °C, averses", "17 °C, éclaircies", "9 °C, brouillard le matin", "21 °C, beau temps")


def print_all(out: Path, town: Town, stories: list[Story]) -> None:
    """Write each outlet's feed (newest first) and its pages."""
    env = Environment(loader=FileSystemLoader(HERE / "layouts"), autoescape=True, keep_trailing_newline=True)
    for outlet in OUTLETS:
        mine = [s for s in stories if s.outlet is outlet]
        page = env.get_template(f"{outlet.layout}.html.j2")
        for k, story in enumerate(mine):
            write(out / "pages" / story.url.removeprefix("https://"), page.render(_page(town, story, mine[:k])))
        kind, stamp = ("atom", "iso") if outlet.name == "valmorel-infos" else ("rss", "rfc")
        items = [_entry(town, s) for s in reversed(mine)]
        feed = env.get_template(f"feed.{kind}.j2")
        built = items[0][stamp] if items else ""
        write(out / "feeds" / f"{outlet.name}.xml", feed.render(outlet=outlet, items=items, built=built))


def _entry(town: Town, story: Story) -> dict[str, Any]:
    outlet = story.outlet
    return {
        "title": typeset(story.title, outlet),
        "url": story.url,
        "iso": story.when.isoformat(),
        "rfc": format_datetime(story.when),
        "teaser": typeset(teaser(story.paragraphs), outlet),
        "rubric": SETTING["rubrics"][outlet.lang].get(story.item["desk"], "News"),
        "author": town.rng("author", story.url).choice(outlet.authors),
    }


def _page(town: Town, story: Story, earlier: list[Story]) -> dict[str, Any]:
    """Return what a layout shows: the story, and links to what the outlet printed before."""
    outlet, rng = story.outlet, town.rng("page", story.url)
    links = [{"url": s.url, "title": typeset(s.title, outlet)} for s in earlier[-25:]]
    clock = "%H:%M" if outlet.lang == "en" else "%H h %M"
    return _entry(town, story) | {
        "host": outlet.host,
        "slug": slug(story.title),
        "desk": story.item["desk"],
        "paragraphs": [typeset(p, outlet) for p in story.paragraphs],
        "date": story.when.date().isoformat(),
        "day": written_day(story.when.date(), outlet.lang),
        "hour": story.when.strftime(clock),
        "minutes": 1 + sum(len(p.split()) for p in story.paragraphs) // 120,
        "related": rng.sample(links, min(3, len(links))),
        "popular": rng.sample(links, min(4, len(links))),
        "weather": rng.choice(WEATHER),
        "jsonld": _linked_data(story),
    }


def _linked_data(story: Story) -> Markup:
    """Return the story's schema.org data, closed against script tags."""
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": story.title,
        "datePublished": story.when.isoformat(),
        "inLanguage": story.outlet.lang,
        "publisher": {"@type": "Organization", "name": story.outlet.title},
    }
    return Markup(json.dumps(data, ensure_ascii=False).replace("</", "<\\/"))
